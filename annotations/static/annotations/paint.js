// @ts-check
// What is pending is painted by the Custom Highlight API and never enters the text.

/**
 * The words that a note is being written about; none takes the paint away.
 * @param {Range[]} ranges
 */
export function paintPending(ranges) {
  if (!("highlights" in CSS)) return;
  if (ranges.length > 0) CSS.highlights.set("pending", new Highlight(...ranges));
  else CSS.highlights.delete("pending");
}
