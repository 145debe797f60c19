"""What a reader's hands do."""

from playwright.sync_api import Locator, Page, expect

_POINT = """([index, offset, edge]) => {
  const words = [...document.querySelectorAll(".words")][index];
  words.scrollIntoView({ block: "center" });
  const nodes = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
  let seen = 0;
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    const at = offset - seen;
    if (at < node.length || (edge === "end" && at === node.length)) {
      const range = document.createRange();
      range.setStart(node, edge === "end" ? at - 1 : at);
      range.setEnd(node, edge === "end" ? at : at + 1);
      const box = range.getBoundingClientRect();
      return [edge === "end" ? box.right - 1 : box.left + 1, box.top + box.height / 2];
    }
    seen += node.length;
  }
}"""
_SELECT = """([first, start, last, end, released]) => {
  const all = [...document.querySelectorAll(".words")];
  const point = (words, offset) => {
    const nodes = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
    let seen = 0;
    for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
      if (offset <= seen + node.length) return [node, offset - seen];
      seen += node.length;
    }
  };
  getSelection().setBaseAndExtent(...point(all[first], start), ...point(all[last], end));
  if (released) document.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
  return getSelection().toString();
}"""


def index_of(page: Page, words: str) -> tuple[int, int, int]:
    """Which paragraph holds these words, and from where to where, in UTF-16 code units; once
    the page is ready for it."""
    expect(page.locator("reading-room:defined")).to_have_count(1)
    found = page.evaluate(
        """(wanted) => [...document.querySelectorAll(".words")]
            .map((words, index) => [index, words.textContent.indexOf(wanted)])
            .find(([, at]) => at >= 0)""",
        words,
    )
    assert found is not None, words
    index, start = found
    return index, start, start + len(words.encode("utf-16-le")) // 2


def drag_over(page: Page, words: str, until: str = "") -> None:
    """Select with the mouse, from the beginning of some words to their end or another's."""
    first, start, end = index_of(page, words)
    last = first
    if until:
        last, _start, end = index_of(page, until)
    from_x, from_y = page.evaluate(_POINT, [first, start, "start"])
    x, y = _still(page, last, end)
    page.mouse.move(from_x, from_y)
    page.mouse.down()
    page.mouse.move(x, y, steps=6)
    page.mouse.up()
    expect(page.locator("#toolbar")).to_be_visible()


def _still(page: Page, index: int, offset: int) -> tuple[float, float]:
    """Where a place is now, without scrolling to it."""
    point: list[float] = page.evaluate(
        _POINT.replace('words.scrollIntoView({ block: "center" });', ""), [index, offset, "end"]
    )
    return point[0], point[1]


def select(page: Page, words: str, until: str = "", *, released: bool = True) -> str:
    """Select by script, for scripts in which a mouse's way is hard to tell; what is selected.
    Not `released`, the selecting still goes on."""
    first, start, end = index_of(page, words)
    last = first
    if until:
        last, _start, end = index_of(page, until)
    selected: str = page.evaluate(_SELECT, [first, start, last, end, released])
    return selected


def choose(page: Page, act: str, category: str = "") -> None:
    """What the toolbar offers; where that is a form, wait until it has the focus."""
    name = f"[data-category={category}]" if category else f"[data-act={act}]"
    page.locator(f"#toolbar {name}").first.click()
    if act in {"comment", "question"} and page.locator("#composer form").count() == 0:
        expect(page.locator("#composer textarea")).to_be_focused()


def write(page: Page, words: str, *, audience: str = "") -> None:
    """Fill in the form that is open, and save."""
    form = page.locator("form.note-form:visible")
    form.locator("textarea").fill(words)
    if audience:
        form.locator("select[name=audience]").select_option(audience)
    form.get_by_role("button", name="Save").click()


def card(page: Page, words: str) -> Locator:
    """The card of the thread in which these words stand."""
    return page.locator(".card", has_text=words)


def reply(thread: Locator, words: str) -> None:
    """Answer a thread's first note by keyboard, once the form is there and has the focus."""
    thread.get_by_role("link", name="Reply").first.click()
    field = thread.get_by_label("Your reply")
    expect(field).to_be_focused()
    field.press_sequentially(words)
    field.press("Control+Enter")


def sign_up(page: Page, name: str, address: str) -> None:
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill("a long way from home")
    page.get_by_role("button", name="Sign Up").click()


def start_group(page: Page, name: str, rules: str, kind: str = "") -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("How we talk").fill(rules)
    if kind:
        page.get_by_role("radio", name=kind).check(force=True)
    page.get_by_role("button", name="Start it").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def make_link(page: Page, leads_to: str = "") -> str:
    """Go from a group's home to its invitations, and make a link there."""
    page.get_by_role("navigation", name="In this group").get_by_text("Invite").click()
    if leads_to:
        page.get_by_label("Leads to").select_option(leads_to)
    page.get_by_role("button", name="Make a link").click()
    return page.get_by_label("The link").input_value()


def open_menu(thread: Locator) -> None:
    """What can be done with a thread's first note."""
    thread.locator(".body").first.click()
    thread.get_by_label("More about").first.click()
    expect(thread.get_by_role("link", name="Link to this note")).to_be_visible()
