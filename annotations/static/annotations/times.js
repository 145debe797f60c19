// @ts-check
// Times in the reader's own zone, as short as they can be.

const DAY = 24 * 60 * 60 * 1000;
const language = document.documentElement.lang;
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
const hour = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const weekday = new Intl.DateTimeFormat(language, {
  weekday: "short",
  hour: "numeric",
  minute: "2-digit",
});
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
const year = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric" });

/** @param {Date} when @param {Date} now */
function format(when, now) {
  if (when.toDateString() === now.toDateString()) return hour;
  if (Math.abs(now.getTime() - when.getTime()) < 6 * DAY) return weekday;
  return when.getFullYear() === now.getFullYear() ? day : year;
}

/** @param {Element} root */
export function localise(root) {
  const now = new Date();
  for (const time of root.querySelectorAll("time[datetime]")) {
    const when = new Date(/** @type {HTMLTimeElement} */ (time).dateTime);
    time.textContent = format(when, now).format(when);
    time.setAttribute("title", full.format(when));
  }
}
