// @ts-check
// Which section is being read, marked in the contents.

/** @param {HTMLElement} room @param {AbortSignal} signal */
export function follow(room, signal) {
  const links = /** @type {HTMLAnchorElement[]} */ ([...room.querySelectorAll(".contents a")]);
  const headings = links.map((link) => document.getElementById(link.hash.slice(1)));
  if (headings.length === 0) return;
  const mark = () => {
    const line = innerHeight * 0.4;
    const begun = headings.findLastIndex((one) => one && one.getBoundingClientRect().top < line);
    links.forEach((link, at) => {
      if (at === begun) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  };
  const seen = new IntersectionObserver(mark, { rootMargin: "0px 0px -60% 0px" });
  for (const heading of headings) if (heading) seen.observe(heading);
  signal.addEventListener("abort", () => seen.disconnect());
  mark();
}
