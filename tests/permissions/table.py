"""Who gets what at every address. A product decision is a cell here; tests and documentation
follow it.

200 shows something, 302 did it and leads on. "in" asks to sign in: it leads to the form and back;
htmx gets 401 and leaves its page alone, and whoever sent words gets 401 and a page that holds
them. 403 is visible but not allowed, 404 invisible or not there, 405 the wrong way to ask, 410 a
link that is dead for this person. `htmx` is what it gets, with a part of the page, for 302.
"""

from dataclasses import dataclass, replace

ACTORS = (
    "owner", "moderator", "member", "newcomer", "other circle", "before the reveal", "observer",
    "muted", "suspended", "former", "outsider", "administrator", "anonymous",
)  # fmt: skip

SIGN = "sign in"


@dataclass(frozen=True)
class Row:
    name: str  # of the address, as in the URL configuration
    method: str
    of: str  # which one of its kind, where that matters
    cells: tuple[int | str, ...]  # one for each of ACTORS, as a page
    fragment: int | None  # what 200, 201 and 302 become for htmx, where it gets a part of the page

    @property
    def id(self) -> str:
        return f"{self.name} {self.method} {self.of}".strip()

    def for_fragment(self, cell: int | str) -> int | str:
        """What htmx gets where a page would get `cell`."""
        return self.fragment if self.fragment and cell in {200, 201, 302} else cell


def row(name: str, method: str, cells: str, of: str = "", *, htmx: int | None = None) -> Row:
    read = tuple(SIGN if cell == "in" else int(cell) for cell in cells.split())
    assert len(read) == len(ACTORS), name
    return Row(name, method, of, read, htmx)


def seen_by_fewer(of: str, *unseen: str) -> tuple[Row, ...]:
    """Every row of a note of another's, for a note that doesn't exist for these actors."""
    return tuple(
        replace(
            each,
            of=of,
            cells=tuple(
                404 if actor in unseen and cell != SIGN else cell
                for actor, cell in zip(ACTORS, each.cells, strict=True)
            ),
        )
        for each in NOTES
        if each.name.startswith("note") and each.of in {"", "another's"}
    )


# fmt: off
NOTES: tuple[Row, ...] = (
    #                               own mod mem new cir unr obs mut sus for out adm anon
    row("note", "GET",             "302 302 302 302 302 302 302 302 404 404 404 404 in", "another's"),
    row("note", "GET",             "302 302 404 404 404 404 404 404 404 404 404 404 in", "to the leaders"),
    row("note", "GET",             "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's, private"),
    row("note", "GET",             "302 302 404 404 404 404 404 404 404 404 404 404 in", "a pending note"),
    row("note", "GET",             "404 404 404 404 404 404 404 404 404 404 404 404 in", "a withdrawn note"),
    row("note_thread", "GET",      "200 200 200 200 200 200 200 200 404 404 404 404 in"),
    row("note_menu", "GET",        "200 200 200 200 200 200 200 200 404 404 404 404 in"),
    row("note_history", "GET",     "200 200 200 200 200 200 200 200 404 404 404 404 in"),
    row("note_cite", "GET",        "200 200 200 200 200 200 200 200 404 404 404 404 in", "another's"),
    row("note_cite", "GET",        "200 200 200 200 200 200 200 200 404 404 404 404 in", "one's own"),
    row("note_cite", "GET",        "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's, private"),
    row("note_cite", "GET",        "403 403 404 404 404 404 404 404 404 404 404 404 in", "a pending note"),
    row("note_words", "GET",       "200 200 200 200 200 200 200 200 404 404 404 404 in"),
    row("note_place", "GET",       "200 200 200 200 200 200 403 403 404 404 404 404 in", "one's own"),
    row("note_place", "POST",      "302 302 302 302 302 302 403 403 404 404 404 404 in", "one's own", htmx=200),
    row("note_place", "GET",       "403 403 403 403 403 403 403 403 404 404 404 404 in", "another's"),
    row("note_place", "POST",      "403 403 403 403 403 403 403 403 404 404 404 404 in", "another's"),
    row("note_place", "GET",       "200 200 403 403 403 403 403 403 404 404 404 404 in", "a note without its words"),
    row("note_place", "POST",      "302 302 403 403 403 403 403 403 404 404 404 404 in", "a note without its words", htmx=200),
    row("note_reply", "GET",       "200 200 200 200 200 200 403 403 404 404 404 404 in"),
    row("note_reply", "POST",      "302 302 302 302 302 302 403 403 404 404 404 404 in", htmx=200),
    row("note_reply", "GET",       "403 403 403 403 403 403 403 403 404 404 404 404 in", "a locked thread"),
    row("note_reply", "POST",      "422 422 422 422 422 422 403 403 404 404 404 404 in", "a locked thread"),
    row("note_reply", "POST",      "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's, private"),
    row("note_edit", "GET",        "200 200 200 200 200 200 403 403 404 404 404 404 in", "one's own"),
    row("note_edit", "POST",       "302 302 302 302 302 302 403 403 404 404 404 404 in", "one's own", htmx=200),
    row("note_edit", "GET",        "403 403 403 403 403 403 403 403 404 404 404 404 in", "another's"),
    row("note_edit", "POST",       "403 403 403 403 403 403 403 403 404 404 404 404 in", "another's"),
    row("note_decide", "GET",      "200 200 403 403 403 403 403 403 404 404 404 404 in", "another's"),
    row("note_decide", "POST",     "302 302 403 403 403 403 403 403 404 404 404 404 in", "another's", htmx=200),
    row("note_decide", "POST",     "403 403 403 403 403 403 403 403 404 404 404 404 in", "one's own"),
    row("note_decide", "POST",     "302 302 404 404 404 404 404 404 404 404 404 404 in", "a pending note", htmx=200),
    row("note_decide", "POST",     "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's, private"),
    row("note_delete", "GET",      "200 200 200 200 200 200 200 200 404 404 404 404 in", "one's own"),
    row("note_delete", "POST",     "302 302 302 302 302 302 302 302 404 404 404 404 in", "one's own", htmx=200),
    row("note_delete", "GET",      "403 403 403 403 403 403 403 403 404 404 404 404 in", "another's"),
    row("note_delete", "POST",     "403 403 403 403 403 403 403 403 404 404 404 404 in", "another's"),
    row("note_take_back", "GET",   "200 200 200 200 200 200 200 200 404 404 404 404 in", "one's own, deleted"),
    row("note_take_back", "POST",  "302 302 302 302 302 302 302 302 404 404 404 404 in", "one's own, deleted", htmx=200),
    row("note_take_back", "GET",   "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's"),
    row("note_take_back", "POST",  "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's"),
    row("note_report", "GET",      "200 200 200 200 200 200 200 200 404 404 404 404 in", "another's"),
    row("note_report", "POST",     "302 302 302 302 302 302 302 302 404 404 404 404 in", "another's", htmx=200),
    row("note_report", "GET",      "403 403 403 403 403 403 403 403 404 404 404 404 in", "one's own"),
    row("note_report", "POST",     "403 403 403 403 403 403 403 403 404 404 404 404 in", "one's own"),
    row("note_report", "POST",     "403 403 404 404 404 404 404 404 404 404 404 404 in", "a pending note"),
    row("note_why", "GET",         "200 200 404 404 404 404 404 404 404 404 404 404 in", "another's"),
    row("note_why", "GET",         "200 200 200 200 200 200 200 200 404 404 404 404 in", "one's own"),
    row("note_why", "GET",         "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's, private"),
    row("note_why", "GET",         "200 200 200 404 404 404 404 404 404 404 404 404 in", "a removed note of the member's"),
    row("note_resubmit", "GET",    "403 403 404 404 404 404 404 404 404 404 404 404 in", "another's"),
    row("note_resubmit", "POST",   "403 403 403 403 403 403 403 403 404 404 404 404 in", "one's own"),
    row("note_resubmit", "GET",    "403 403 200 404 404 404 404 404 404 404 404 404 in", "a removed note of the member's"),
    row("note_resubmit", "POST",   "403 403 302 404 404 404 404 404 404 404 404 404 in", "a removed note of the member's"),
    row("note_lock", "GET",        "200 200 403 403 403 403 403 403 404 404 404 404 in", "another's"),
    row("note_lock", "POST",       "302 302 403 403 403 403 403 403 404 404 404 404 in", "another's", htmx=200),
    row("note_lock", "POST",       "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's, private"),
    row("note_resolve", "GET",     "200 200 403 403 403 403 403 403 404 404 404 404 in", "another's"),
    row("note_resolve", "POST",    "302 302 403 403 403 403 403 403 404 404 404 404 in", "another's", htmx=200),
    row("note_resolve", "GET",     "200 200 200 200 200 200 403 403 404 404 404 404 in", "one's own"),
    row("note_resolve", "POST",    "302 302 302 302 302 302 403 403 404 404 404 404 in", "one's own", htmx=200),
    row("note_resolve", "POST",    "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's, private"),
    row("note_reopen", "GET",      "405 405 405 405 405 405 405 405 405 405 405 405 in", "one's own"),
    row("note_reopen", "POST",     "302 302 403 403 403 403 403 403 404 404 404 404 in", "another's", htmx=200),
    row("note_reopen", "POST",     "302 302 302 302 302 302 403 403 404 404 404 404 in", "one's own", htmx=200),
    row("note_endorse", "GET",     "405 405 405 405 405 405 405 405 405 405 405 405 in", "one's own"),
    row("note_endorse", "POST",    "302 302 302 302 302 302 302 302 404 404 404 404 in", "another's", htmx=200),
    row("note_endorse", "POST",    "403 403 403 403 403 403 403 403 404 404 404 404 in", "one's own"),
    row("note_endorse", "POST",    "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's, private"),
    row("note_mute", "GET",        "405 405 405 405 405 405 405 405 405 405 405 405 in", "one's own"),
    row("note_mute", "POST",       "302 302 302 302 302 302 302 302 404 404 404 404 in", "another's", htmx=204),
    row("note_mute", "POST",       "403 403 403 403 403 403 403 403 404 404 404 404 in", "one's own"),
)
SECTIONS: dict[str, tuple[Row, ...]] = {
    "The site": (
        #                               own mod mem new cir unr obs mut sus for out adm anon
        row("home", "GET",             "200 200 200 200 200 200 200 200 200 200 200 200 200"),
        row("my_groups", "GET",        "302 302 302 302 302 302 302 302 302 302 302 302 in", htmx=200),
        row("settings", "GET",         "200 200 200 200 200 200 200 200 200 200 200 200 in"),
        row("settings", "POST",        "302 302 302 302 302 302 302 302 302 302 302 302 in"),
        row("claim", "GET",            "200 200 200 200 200 200 200 200 200 200 200 200 200", "a new site"),
        row("claim", "POST",           "302 302 302 302 302 302 302 302 302 302 302 302 200", "a new site"),
        row("claim", "GET",            "200 200 200 200 200 200 200 200 200 200 200 200 200", "a site with an administrator"),
        row("claim", "POST",           "403 403 403 403 403 403 403 403 403 403 403 403 200", "a site with an administrator"),
        row("claim", "POST",           "404 404 404 404 404 404 404 404 404 404 404 404 404", "a wrong token"),
        row("livez", "GET",            "200 200 200 200 200 200 200 200 200 200 200 200 200"),
        row("readyz", "GET",           "200 200 200 200 200 200 200 200 200 200 200 200 200"),
    ),
    "Groups": (
        #                               own mod mem new cir unr obs mut sus for out adm anon
        row("group_new", "GET",        "200 200 200 200 200 200 200 200 200 200 200 200 in"),
        row("group_new", "POST",       "302 302 302 302 302 302 302 302 302 302 302 302 in"),
        row("group", "GET",            "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("group", "GET",            "200 200 200 200 200 200 200 200 200 200 200 200 200", "a public group"),
        row("people", "GET",           "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("people", "GET",           "200 200 200 200 200 200 200 200 403 403 403 403 in", "a public group"),
        row("group_edit", "GET",       "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("group_edit", "POST",      "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("group_policy", "GET",     "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("group_policy", "GET",     "200 200 403 403 403 403 403 403 403 403 403 403 in", "a public group"),
        row("group_policy", "POST",    "302 403 403 403 403 403 403 403 404 404 404 404 in"),
        row("group_copy", "GET",       "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("group_copy", "GET",       "200 200 403 403 403 403 403 403 403 403 403 403 in", "a public group"),
        row("group_copy", "POST",      "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("group_erase", "GET",      "200 403 403 403 403 403 403 403 404 404 404 404 in"),
        row("group_erase", "POST",     "302 403 403 403 403 403 403 403 404 404 404 404 in"),
        row("group_keep", "GET",       "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("group_keep", "POST",      "302 403 403 403 403 403 403 403 404 404 404 404 in"),
        row("group_leave", "GET",      "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("group_leave", "GET",      "200 200 200 200 200 200 200 200 403 403 403 403 in", "a public group"),
        row("group_leave", "POST",     "403 302 302 302 302 302 302 302 404 404 404 404 in"),
        row("taken_home", "GET",       "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("taken_home", "GET",       "200 200 200 200 200 200 200 200 403 403 403 403 in", "a public group"),
        row("taken_home", "POST",      "302 302 302 302 302 302 302 302 404 404 404 404 in"),
        row("guests", "GET",           "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("guests", "GET",           "200 200 200 200 200 200 200 200 403 403 403 403 in", "a public group"),
        row("guest_offer", "GET",      "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("guest_offer", "POST",     "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("guest_offer", "POST",     "404 404 403 403 403 403 403 403 404 404 404 404 in", "of another group"),
        row("guest_answer", "GET",     "405 405 405 405 405 405 405 405 405 405 405 405 in", "offered to the member"),
        row("guest_answer", "POST",    "403 403 302 404 404 404 404 404 404 404 404 404 in", "offered to the member"),
        row("guest_answer", "POST",    "404 404 404 404 404 404 404 404 404 404 404 404 in", "of another group"),
        row("member", "GET",           "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("member", "GET",           "404 404 403 403 403 403 403 403 404 404 404 404 in", "of another group"),
        row("member", "POST",          "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("member", "POST",          "302 403 403 403 403 403 403 403 404 404 404 404 in", "the moderator"),
        row("member", "POST",          "403 403 403 403 403 403 403 403 404 404 404 404 in", "the owner"),
        row("member", "POST",          "404 404 403 403 403 403 403 403 404 404 404 404 in", "of another group"),
        row("member_hand_over", "GET", "200 403 403 403 403 403 403 403 404 404 404 404 in"),
        row("member_hand_over", "POST", "302 403 403 403 403 403 403 403 404 404 404 404 in"),
        row("member_hand_over", "POST", "404 404 403 403 403 403 403 403 404 404 404 404 in", "of another group"),
        row("member_remove", "GET",    "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("member_remove", "POST",   "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("member_remove", "POST",   "302 403 403 403 403 403 403 403 404 404 404 404 in", "the moderator"),
        row("member_remove", "POST",   "403 403 403 403 403 403 403 403 404 404 404 404 in", "the owner"),
        row("member_remove", "POST",   "404 404 403 403 403 403 403 403 404 404 404 404 in", "of another group"),
        row("invitations", "GET",      "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("invitations", "POST",     "201 201 403 403 403 403 403 403 404 404 404 404 in"),
        row("invitation_codes", "GET", "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("invitation_codes", "POST", "201 201 403 403 403 403 403 403 404 404 404 404 in"),
        row("invitation_mail", "GET",  "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("invitation_mail", "POST", "403 403 403 403 403 403 403 403 404 404 404 404 in", "where no mail leaves"),
        row("invitation_batch", "GET", "200 200 403 403 403 403 403 403 404 404 404 404 in", htmx=200),
        row("join_requests", "GET",    "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("join_request_decide", "GET", "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("join_request_decide", "POST", "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("sign_in_link_new", "GET", "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("sign_in_link_new", "POST", "201 201 403 403 403 403 403 403 404 404 404 404 in"),
        row("sign_in_link_new", "POST", "201 403 403 403 403 403 403 403 404 404 404 404 in", "the moderator"),
        row("sign_in_link_new", "POST", "403 403 403 403 403 403 403 403 404 404 404 404 in", "the owner"),
        row("sign_in_link_new", "POST", "404 404 403 403 403 403 403 403 404 404 404 404 in", "of another group"),
        row("invitation_revoke", "GET", "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("invitation_revoke", "POST", "302 302 403 403 403 403 403 403 404 404 404 404 in"),
    ),
    "Joining": (  # an outsider with the link is the invited one
        #                               own mod mem new cir unr obs mut sus for out adm anon
        row("join", "GET",             "302 302 302 302 302 302 302 302 410 200 200 200 200", "a link that works"),
        row("join", "POST",            "302 302 302 302 302 302 302 302 410 302 302 302 200", "a link that works"),
        row("join", "GET",             "302 302 302 302 302 302 302 302 410 200 200 200 200", "a code that works"),
        row("join", "POST",            "302 302 302 302 302 302 302 302 410 302 302 302 200", "a code that works"),
        row("join", "GET",             "302 302 302 302 302 302 302 302 410 410 410 410 410", "a dead link"),
        row("join", "POST",            "302 302 302 302 302 302 302 302 410 410 410 410 410", "a dead link"),
        row("join_ask", "GET",         "405 405 405 405 405 405 405 405 405 405 405 405 405", "a dead link"),
        row("join_ask", "POST",        "302 302 302 302 302 302 302 302 302 302 302 302 302", "a dead link"),
        row("join_code", "GET",        "200 200 200 200 200 200 200 200 200 200 200 200 200"),
        row("join_code", "POST",       "302 302 302 302 302 302 302 302 302 302 302 302 302"),
        row("join_asked", "GET",       "200 200 200 200 200 200 200 200 200 200 200 200 200"),
        row("group_join", "GET",       "302 302 302 302 302 302 302 302 404 404 404 404 in"),
        row("group_join", "POST",      "302 302 302 302 302 302 302 302 404 404 404 404 in"),
        row("group_join", "GET",       "302 302 302 302 302 302 302 302 404 200 200 200 in", "a group that takes requests"),
        row("group_join", "POST",      "302 302 302 302 302 302 302 302 404 302 302 302 in", "a group that takes requests"),
        row("group_join", "POST",      "302 302 302 302 302 302 302 302 404 302 302 302 in", "an open group"),
        row("sign_in_link", "GET",     "200 200 200 200 200 200 200 200 200 200 200 200 200", "a link that works"),
        row("sign_in_link", "GET",     "410 410 410 410 410 410 410 410 410 410 410 410 410", "a dead link"),
        row("sign_in_link", "POST",    "410 410 410 410 410 410 410 410 410 410 410 410 410", "a dead link"),
    ),
    "Adding an article": (
        #                               own mod mem new cir unr obs mut sus for out adm anon
        row("import_new", "GET",       "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("import_new", "POST",      "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("import_draft", "GET",     "200 404 404 404 404 404 404 404 404 404 404 404 in", "the owner's draft"),
        row("import_draft", "POST",    "302 404 404 404 404 404 404 404 404 404 404 404 in", "the owner's draft"),
        row("import_discard", "GET",   "405 405 405 405 405 405 405 405 405 405 405 405 in", "the owner's draft"),
        row("import_discard", "POST",  "302 404 404 404 404 404 404 404 404 404 404 404 in", "the owner's draft"),
    ),
    "Taking notes home, and bringing them in": (
        #                                   own mod mem new cir unr obs mut sus for out adm anon
        row("my_export", "GET",            "200 200 200 200 200 200 200 200 200 200 200 200 in"),
        row("my_export", "POST",           "200 200 200 200 200 200 200 200 200 200 200 200 in"),
        row("group_export", "GET",         "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("group_export", "GET",         "200 200 200 200 200 200 200 200 403 403 403 403 in", "a public group"),
        row("group_export", "POST",        "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("reading_export", "GET",       "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("reading_export", "GET",       "200 200 404 404 404 404 404 404 404 404 404 404 in", "a planned reading"),
        row("reading_export", "GET",       "200 200 200 200 200 200 200 200 403 403 403 403 in", "a public group"),
        row("reading_export", "POST",      "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("export", "GET",               "200 404 404 404 404 404 404 404 404 404 404 404 in", "the owner's"),
        row("export_file", "GET",          "200 404 404 404 404 404 404 404 404 404 404 404 in", "the owner's"),
        row("export_cancel", "GET",        "405 405 405 405 405 405 405 405 405 405 405 405 in", "the owner's"),
        row("export_cancel", "POST",       "302 404 404 404 404 404 404 404 404 404 404 404 in", "the owner's"),
        row("group_import_new", "GET",     "200 200 200 200 200 200 200 200 200 200 200 200 in"),
        row("group_import_new", "POST",    "302 302 302 302 302 302 302 302 302 302 302 302 in"),
        row("notes_import_new", "GET",     "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("notes_import_new", "POST",    "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("notes_import", "GET",         "200 404 404 404 404 404 404 404 404 404 404 404 in", "the owner's"),
        row("notes_import", "POST",        "302 404 404 404 404 404 404 404 404 404 404 404 in", "the owner's"),
        row("notes_import_discard", "GET", "405 405 405 405 405 405 405 405 405 405 405 405 in", "the owner's"),
        row("notes_import_discard", "POST", "302 404 404 404 404 404 404 404 404 404 404 404 in", "the owner's"),
    ),
    "Reading": (
        #                               own mod mem new cir unr obs mut sus for out adm anon
        row("reading", "GET",          "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("reading", "GET",          "200 200 404 404 404 404 404 404 404 404 404 404 in", "a planned reading"),
        row("reading", "GET",          "200 200 200 200 200 200 200 200 200 200 200 200 200", "a public group"),
        row("meeting", "GET",          "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("meeting", "GET",          "200 200 404 404 404 404 404 404 404 404 404 404 in", "a planned reading"),
        row("meeting", "GET",          "200 200 200 200 200 200 200 200 403 403 403 403 in", "a public group"),
        row("meeting", "POST",         "302 302 403 403 403 403 403 403 404 404 404 404 in", htmx=200),
        row("reading_seen", "GET",     "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("reading_seen", "POST",    "302 302 302 302 302 302 302 302 404 404 404 404 in", htmx=204),
        row("reading_seen", "POST",    "302 302 404 404 404 404 404 404 404 404 404 404 in", "a planned reading", htmx=204),
        row("reading_seen", "POST",    "302 302 302 302 302 302 302 302 403 403 403 403 in", "a public group", htmx=204),
        row("reading_finished", "GET",  "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("reading_finished", "POST", "302 302 302 302 302 302 302 302 404 404 404 404 in"),
        row("reading_finished", "POST", "302 302 404 404 404 404 404 404 404 404 404 404 in", "a planned reading"),
        row("reading_finished", "POST", "302 302 302 302 302 302 302 302 403 403 403 403 in", "a public group"),
        row("paragraph", "GET",        "302 302 302 302 302 302 302 302 404 404 404 404 in"),
        row("passage_cite", "GET",     "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("passage_cite", "GET",     "200 200 404 404 404 404 404 404 404 404 404 404 in", "a planned reading"),
        row("passage_cite", "GET",     "200 200 200 200 200 200 200 200 200 200 200 200 200", "a public group"),
        row("paragraph_notes", "GET",  "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("annotate", "GET",         "200 200 200 200 200 200 403 403 404 404 404 404 in"),
        row("annotate", "POST",        "302 302 302 302 302 302 403 403 404 404 404 404 in", htmx=200),
        row("annotate", "POST",        "302 302 302 302 302 302 403 403 403 403 403 403 in", "in public", htmx=200),
        row("annotate", "POST",        "403 403 403 403 403 403 403 403 404 404 404 404 in", "a closed reading"),
        row("annotate", "POST",        "302 302 302 302 422 302 403 403 404 404 404 404 in", "to a circle", htmx=200),
        row("private_notes", "GET",    "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("private_notes", "GET",    "200 200 200 200 200 200 200 200 200 200 200 200 in", "a public group"),
        row("private_notes", "POST",   "302 302 302 302 302 302 422 422 404 404 404 404 in", "one's own"),
    ),
    "Texts as they were": (
        #                               own mod mem new cir unr obs mut sus for out adm anon
        row("texts", "GET",            "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("texts", "GET",            "200 200 200 200 200 200 200 200 200 200 200 200 200", "a public group"),
        row("texts", "GET",            "200 200 404 404 404 404 404 404 404 404 404 404 in", "a planned reading"),
        row("text_as_it_was", "GET",   "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("text_as_it_was", "GET",   "200 200 200 200 200 200 200 200 200 200 200 200 200", "a public group"),
        row("text_as_it_was", "GET",   "200 200 404 404 404 404 404 404 404 404 404 404 in", "a planned reading"),
    ),
    "Notes after a correction": (
        #                               own mod mem new cir unr obs mut sus for out adm anon
        row("need_a_look", "GET",      "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("need_a_look", "GET",      "200 200 200 200 200 200 200 200 200 200 200 200 in", "a public group"),
        row("need_a_look", "GET",      "200 200 404 404 404 404 404 404 404 404 404 404 in", "a planned reading"),
    ),
    "Leading a reading": (
        #                               own mod mem new cir unr obs mut sus for out adm anon
        row("reading_settings", "GET",  "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("reading_settings", "POST", "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("reading_settings", "GET",  "200 200 404 404 404 404 404 404 404 404 404 404 in", "a planned reading"),
        row("reading_settings", "GET",  "200 200 403 403 403 403 403 403 403 403 403 403 in", "a public group"),
        row("reading_move", "GET",      "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("reading_move", "POST",     "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("circles", "GET",           "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("circles", "POST",          "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("circle_new", "GET",        "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("circle_new", "POST",       "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("circles_divide", "GET",    "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("circles_divide", "POST",   "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("circle_rename", "GET",     "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("circle_rename", "POST",    "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("circle_remove", "GET",     "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("circle_remove", "POST",    "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("own_copy", "GET",          "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("own_copy", "GET",          "200 200 403 403 403 403 403 403 404 404 404 404 in", "another group's text"),
        row("own_copy", "POST",         "302 302 403 403 403 403 403 403 404 404 404 404 in", "another group's text"),
        row("correct", "GET",           "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("correct", "GET",           "403 403 403 403 403 403 403 403 404 404 404 404 in", "another group's text"),
        row("correct", "GET",           "200 200 404 404 404 404 404 404 404 404 404 404 in", "a planned reading"),
        row("correct", "GET",           "200 200 403 403 403 403 403 403 403 403 403 403 in", "a public group"),
        row("correct", "POST",          "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("correct", "POST",          "403 403 403 403 403 403 403 403 404 404 404 404 in", "another group's text"),
        row("correct_block", "GET",     "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("correct_block", "POST",    "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("correct_block", "POST",    "403 403 403 403 403 403 403 403 404 404 404 404 in", "another group's text"),
        row("correct_insert", "GET",    "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("correct_insert", "POST",   "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("correct_import", "GET",    "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("correct_import", "POST",   "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("correct_import", "POST",   "403 403 403 403 403 403 403 403 404 404 404 404 in", "another group's text"),
        row("correct_about", "GET",     "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("correct_about", "POST",    "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("correct_about", "POST",    "403 403 403 403 403 403 403 403 404 404 404 404 in", "another group's text"),
        row("correction_preview", "GET", "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("correction_preview", "GET", "403 403 403 403 403 403 403 403 404 404 404 404 in", "another group's text"),
        row("correction_preview", "GET", "200 200 403 403 403 403 403 403 404 404 404 404 in", "a correction of one's own"),
        row("correction_preview", "POST", "302 302 403 403 403 403 403 403 404 404 404 404 in", "a correction of one's own"),
        row("correct_discard", "GET",   "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("correct_discard", "POST",  "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("correct_rebase", "GET",    "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("correct_rebase", "POST",   "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("text_again", "GET",        "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("text_again", "POST",       "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("text_again", "POST",       "403 403 403 403 403 403 403 403 404 404 404 404 in", "another group's text"),
        row("taking_part", "GET",       "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("taking_part", "POST",      "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("taking_part", "GET",       "200 200 403 403 403 403 403 403 403 403 403 403 in", "a public group"),
        row("taking_part_csv", "GET",   "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("taking_part_csv", "GET",   "200 200 403 403 403 403 403 403 403 403 403 403 in", "a public group"),
    ),
    "Moderating": (
        #                               own mod mem new cir unr obs mut sus for out adm anon
        row("moderation", "GET",       "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("moderation", "GET",       "200 200 403 403 403 403 403 403 403 403 403 403 in", "a public group"),
        row("moderation_bulk", "POST", "200 200 403 403 403 403 403 403 404 404 404 404 in", "a pending note"),
        row("decision_undo", "POST",   "302 403 404 404 404 404 404 404 404 404 404 404 in", "the owner has just decided", htmx=200),
        row("decision_reverse", "POST", "302 302 403 404 404 404 404 404 404 404 404 404 in", "the member's note removed"),
    ),
    "Rules and the log": (
        #                               own mod mem new cir unr obs mut sus for out adm anon
        row("group_reasons", "GET",    "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("group_reasons", "GET",    "200 200 403 403 403 403 403 403 403 403 403 403 in", "a public group"),
        row("group_reasons", "POST",   "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("word_rules", "GET",       "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("word_rules", "GET",       "200 200 403 403 403 403 403 403 403 403 403 403 in", "a public group"),
        row("word_rules", "POST",      "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("word_rule_drop", "GET",   "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("word_rule_drop", "POST",  "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("group_log", "GET",        "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("group_log", "GET",        "200 200 403 403 403 403 403 403 404 404 404 404 in", "a log kept by the leaders"),
        row("group_log", "GET",        "200 200 200 200 200 200 200 200 403 403 403 403 in", "a public group"),
        row("note_ask_purge", "GET",   "200 403 403 403 403 403 403 403 404 404 404 404 in"),
        row("note_ask_purge", "POST",  "302 403 403 403 403 403 403 403 404 404 404 404 in"),
        row("note_ask_purge", "POST",  "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's, private"),
    ),
    "The site's administrators": (
        #                               own mod mem new cir unr obs mut sus for out adm anon
        row("site", "GET",             "404 404 404 404 404 404 404 404 404 404 404 200 in"),
        row("site_step_in", "GET",     "404 404 404 404 404 404 404 404 404 404 404 200 in"),
        row("site_step_in", "POST",    "404 404 404 404 404 404 404 404 404 404 404 302 in"),
        row("site_word_rules", "GET",  "404 404 404 404 404 404 404 404 404 404 404 200 in"),
        row("site_word_rules", "POST", "404 404 404 404 404 404 404 404 404 404 404 302 in"),
        row("site_word_rule_drop", "GET",  "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("site_word_rule_drop", "POST", "404 404 404 404 404 404 404 404 404 404 404 302 in"),
        row("note_purge", "GET",       "404 404 404 404 404 404 404 404 404 404 404 200 in"),
        row("note_purge", "POST",      "404 404 404 404 404 404 404 404 404 404 404 302 in"),
        row("note_purge", "GET",       "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's, private"),
        row("note_purge", "POST",      "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's, private"),
        row("note_purge", "POST",      "404 404 404 404 404 404 404 404 404 404 404 302 in", "a withdrawn note"),
    ),
    "What members may do, and whom they mute": (
        #                               own mod mem new cir unr obs mut sus for out adm anon
        row("member_standing", "GET",  "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("member_standing", "POST", "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("member_standing", "POST", "302 403 403 403 403 403 403 403 404 404 404 404 in", "the moderator"),
        row("member_standing", "POST", "403 403 403 403 403 403 403 403 404 404 404 404 in", "the owner"),
        row("member_standing", "POST", "404 404 403 403 403 403 403 403 404 404 404 404 in", "of another group"),
        row("member_notes", "GET",     "200 200 403 403 403 403 403 403 404 404 404 404 in"),
        row("member_notes", "GET",     "200 404 403 403 403 403 403 403 404 404 404 404 in", "the moderator"),
        row("member_notes", "POST",    "302 302 403 403 403 403 403 403 404 404 404 404 in"),
        row("member_notes", "POST",    "302 404 403 403 403 403 403 403 404 404 404 404 in", "the moderator"),
        row("member_notes", "POST",    "404 302 403 403 403 403 403 403 404 404 404 404 in", "the owner"),
        row("member_notes", "POST",    "404 404 403 403 403 403 403 403 404 404 404 404 in", "of another group"),
        row("acknowledge", "GET",      "302 302 302 302 302 302 302 302 404 404 404 404 in"),
        row("acknowledge", "GET",      "302 302 302 302 302 302 302 302 403 403 403 403 in", "a public group"),
        row("acknowledge", "GET",      "302 302 200 302 302 302 302 302 404 404 404 404 in", "a warning"),
        row("acknowledge", "POST",     "302 302 302 302 302 302 302 302 404 404 404 404 in", "a warning"),
        row("mutes", "GET",            "200 200 200 200 200 200 200 200 404 404 404 404 in"),
        row("mutes", "GET",            "200 200 200 200 200 200 200 200 403 403 403 403 in", "a public group"),
        row("mute_end", "GET",         "405 405 405 405 405 405 405 405 405 405 405 405 in", "the member's"),
        row("mute_end", "POST",        "404 404 302 404 404 404 404 404 404 404 404 404 in", "the member's"),
    ),
    "Messages, decisions and reports": (
        #                               own mod mem new cir unr obs mut sus for out adm anon
        row("messages", "GET",         "200 200 200 200 200 200 200 200 200 200 200 200 in"),
        row("messages_seen", "GET",    "405 405 405 405 405 405 405 405 405 405 405 405 in"),
        row("messages_seen", "POST",   "302 302 302 302 302 302 302 302 302 302 302 302 in", htmx=204),
        row("decision", "GET",         "200 200 200 404 404 404 404 404 404 404 404 404 in", "the member's note removed"),
        row("decision", "GET",         "200 200 404 404 404 404 404 404 200 404 404 404 in", "somebody suspended"),
        row("decision_reconsider", "GET", "405 405 405 405 405 405 405 405 405 405 405 405 in", "the member's note removed"),
        row("decision_reconsider", "POST", "403 403 302 404 404 404 404 404 404 404 404 404 in", "the member's note removed"),
        row("decision_reconsider", "POST", "403 403 404 404 404 404 404 404 302 404 404 404 in", "somebody suspended"),
        row("reconsideration_answer", "GET", "200 200 404 404 404 404 404 404 404 404 404 404 in", "the moderator decided"),
        row("reconsideration_answer", "POST", "302 403 404 404 404 404 404 404 404 404 404 404 in", "the moderator decided"),
        row("report_withdraw", "GET",  "405 405 405 405 405 405 405 405 405 405 405 405 in", "one's own report"),
        row("report_withdraw", "POST", "302 302 302 302 302 302 302 302 404 404 404 404 in", "one's own report", htmx=200),
        row("report_withdraw", "POST", "404 404 404 404 404 404 404 404 404 404 404 404 in", "another's report"),
    ),
    "Notes": NOTES,
    "Notes that fewer see": (
        *seen_by_fewer("an old note", "newcomer"),
        *seen_by_fewer("a circle's note", "other circle"),
        *seen_by_fewer("revealed after one's own note", "before the reveal"),
    ),
}
# fmt: on
ROWS = [row for rows in SECTIONS.values() for row in rows]

# django-allauth's own addresses, asked for by GET: what somebody signed in gets, and anybody else.
# fmt: off
ACCOUNTS: dict[str, tuple[int | str, int | str]] = {
    #                                     signed in  not
    "account_login":                        (302, 200),
    "account_signup":                       (302, 200),
    "account_logout":                       (200, 302),
    "account_inactive":                     (200, 200),
    "account_reauthenticate":               (200, SIGN),
    "account_email":                        (200, SIGN),
    "account_email_verification_sent":      (200, 200),
    "account_confirm_email":                (200, 200),
    "account_change_password":              (200, SIGN),
    "account_set_password":                 (302, SIGN),
    "account_reset_password":               (200, 200),
    "account_reset_password_done":          (200, 200),
    "account_reset_password_from_key":      (200, 200),
    "account_reset_password_from_key_done": (200, 200),
    "account_confirm_login_code":           (302, SIGN),
}
# fmt: on

WORDS = {
    "owner": "owner", "moderator": "moderator", "member": "member", "newcomer": "newcomer",
    "other circle": "member of another circle", "before the reveal": "member before the reveal",
    "administrator": "site administrator", "observer": "observer",
    "muted": "muted member", "suspended": "suspended member", "former": "former member",
    "outsider": "outsider", "anonymous": "not signed in",
}  # fmt: skip


def document() -> str:
    """The table as docs/permissions.md."""
    lines = [
        "# Who gets what, at every address",
        "",
        "<!-- Generated from tests/permissions/table.py by `python -m tests.permissions`. -->",
        "",
        "Generated from `tests/permissions/table.py` by `python -m tests.permissions`: change the",
        "table, not this page. The same table makes the tests: each cell is asked for as a page",
        "and as a fragment for htmx.",
        "",
        "200 and 201 show something; 302 did it, or leads to it; *sign in* leads to the sign-in",
        "form and back; htmx gets 401 and leaves its page alone, and words that were sent come",
        "back with 401. 403 is visible but not allowed, 404 invisible or not there, and nothing",
        "tells which; 405 is the wrong way to ask, as is every method not named here; 410 is a",
        "link that is dead for this person.",
        "",
        "A newcomer reads threads begun since they came; a member of another circle is in none of",
        "those named here; a member before the reveal has written nothing where others’ notes are",
        "seen after one’s own. Who has left, and who is suspended, is outside. The site’s",
        "administrator has no way into a group that others lack. Some actors of the leak matrix",
        "have no column of their own: an author is whoever a row calls *one’s own* is about, a",
        "public reader is an outsider, or not signed in, at a public group, and the invited is an",
        "outsider with the link. There are no reports yet, so nobody is a reporter.",
    ]
    for title, rows in SECTIONS.items():
        lines += ["", f"## {title}", "", _line(["address", "", *(WORDS[who] for who in ACTORS)])]
        lines.append(_line(["---"] * (len(ACTORS) + 2)))
        for each in rows:
            name = f"`{each.name}`" + (f", {each.of}" if each.of else "")
            lines.append(_line([name, each.method, *map(str, each.cells)]))
    lines += [
        "",
        "## Accounts",
        "",
        "django-allauth's pages, by GET.",
        "",
        _line(["address", "signed in", "not signed in"]),
        _line(["---"] * 3),
        *(_line([f"`{name}`", *map(str, cells)]) for name, cells in ACCOUNTS.items()),
    ]
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
