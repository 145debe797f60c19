// @ts-check
// What is transient is painted by the Custom Highlight API and never enters the text.

const CATEGORIES = ["yellow", "green", "rose", "blue", "violet"];

/** @param {string} name @param {Range[]} ranges */
function set(name, ranges) {
  if (!("highlights" in CSS)) return;
  if (ranges.length > 0) CSS.highlights.set(name, new Highlight(...ranges));
  else CSS.highlights.delete(name);
}

/**
 * The words that a note is being written about.
 * @param {Range[]} ranges
 */
export function paintPending(ranges) {
  set("pending", ranges);
}

/**
 * The words of those notes that are looked at, each with a stronger edge of its own category.
 * @param {{ category: string, ranges: Range[] }[]} notes
 */
export function paintActive(notes) {
  for (const category of CATEGORIES) {
    const mine = notes.filter((note) => note.category === category);
    set(`active-${category}`, mine.flatMap(({ ranges }) => ranges));
  }
}
