// @ts-check
// Menus that hang open: one closes by Escape, and when something else is pressed.

const OPEN = "details.menu[open], details.dropdown[open]";

/**
 * Close what hangs open, but for the one that holds `target`; whether there was one.
 * @param {Element | null} target
 */
export function closeMenus(target) {
  const open = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll(OPEN)]).filter(
    (menu) => !target || !menu.contains(target),
  );
  for (const menu of open) {
    const held = menu.contains(document.activeElement);
    menu.open = false;
    if (held) menu.querySelector("summary")?.focus();
  }
  return open.length > 0;
}

document.addEventListener("click", (event) => {
  closeMenus(/** @type {Element} */ (event.target));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus(null);
});
