"""Archives that somebody has made to do harm, or that are damaged: refused with the reason, and
nothing is written."""

# ruff: noqa: E501  a row is a line
from __future__ import annotations

import json
import struct
from io import BytesIO
from typing import Any
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

import pytest
from django.db import transaction

from annotations.importing.archives import reading as arriving
from annotations.importing.archives.reading import read
from annotations.importing.archives.restoring import restore
from annotations.records import BadArchive
from tests.annotations.importing.archived import archived, build
from tests.annotations.importing.forging import (
    ARTICLE,
    CASES,
    HEADER,
    NOTES,
    PARAGRAPHS,
    READING,
    TEXTS,
    Change,
    Rows,
    everything,
    first,
    forged,
    packed,
    rows_of,
    sealed,
    unpacked,
)
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.hostile, pytest.mark.once]

NO_ARCHIVE = "This is no archive of Catena, or the file is damaged."


@pytest.fixture(scope="module")
def good(django_db_setup: None, django_db_blocker: Any) -> bytes:
    """An archive of a small group that has everything."""
    with django_db_blocker.unblock(), transaction.atomic():
        full = build(1, 14, 60)
        data = archived(full.owner, full.group)
        transaction.set_rollback(True)
    return data


def refused(cast: Cast, data: bytes) -> str:
    before = everything()
    with pytest.raises(BadArchive) as told:
        restore(by=cast.outsider, records=read(BytesIO(data)))
    assert everything() == before
    return str(told.value)


def test_the_archive_itself_is_taken(cast: Cast, good: bytes) -> None:
    assert restore(by=cast.outsider, records=read(BytesIO(good))).articles == 1


def test_one_that_was_taken_apart_and_sealed_again_is_taken(cast: Cast, good: bytes) -> None:
    """So whatever is refused below is refused for what was changed in it."""
    assert restore(by=cast.outsider, records=read(BytesIO(sealed(unpacked(good))))).articles == 1


# The file.


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        b"A text, renamed.",
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 2_000,
        b"PK\x05\x06" + b"\x00" * 17,
        b"PK\x05\x06" + b"\xff" * 18,
    ],
    ids=["empty", "four bytes", "text", "picture", "half an end", "an end that lies"],
)
def test_what_is_no_zip(cast: Cast, data: bytes) -> None:
    assert refused(cast, data) == NO_ARCHIVE


def test_another_kind_of_zip(cast: Cast) -> None:
    word = packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
    assert refused(cast, word) == "This is no archive of Catena: it has no header."


def test_truncated_at_every_entry(cast: Cast, good: bytes) -> None:
    with ZipFile(BytesIO(good)) as opened:
        ends = [info.header_offset for info in opened.infolist()] + [opened.start_dir]
    for end in ends:
        for cut in (end - 1, end, end + 1):
            assert refused(cast, good[: max(0, cut)]) == NO_ARCHIVE
    assert refused(cast, good[:-1]) == NO_ARCHIVE


def test_one_changed_byte_in_every_entry(cast: Cast, good: bytes) -> None:
    with ZipFile(BytesIO(good)) as opened:
        places = [info.header_offset + 60 for info in opened.infolist()]
    for at in places:
        changed = good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :]
        assert refused(cast, changed)


def test_too_large(cast: Cast, good: bytes) -> None:
    assert refused(cast, b"\x00" * 20_000_001) == "The file is larger than 20 MB."


def test_too_many_entries(cast: Cast, good: bytes) -> None:
    files = {f"{n}": b"" for n in range(2_001)}
    assert refused(cast, packed(files | unpacked(good))) == "There are more than 2000 files in it."


def test_too_large_unpacked(cast: Cast, good: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "MAX_UNPACKED", 20_000_000)
    monkeypatch.setattr(arriving, "LARGE", 40_000_000)
    files = unpacked(good)
    files[NOTES] = (files[NOTES].splitlines()[0] + b" " * 1_000_000 + b"\n") * 21
    assert refused(cast, packed(files)) == "Unpacked it is larger than 20 MB."


def test_a_bomb(cast: Cast, good: bytes) -> None:
    files = unpacked(good)
    files[NOTES] = files[NOTES].splitlines()[0] + b" " * 3_000_000
    assert refused(cast, packed(files)) == (
        "“readings/001/notes.jsonl” is packed more tightly than text can be."
    )


def test_a_line_without_end(cast: Cast, good: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "MAX_LINE", 200_000)
    files = unpacked(good) | {NOTES: b"[" * 300_000}
    assert refused(cast, packed(files)) == "A line of “readings/001/notes.jsonl” is too long."


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../b", "c:/x", "\\\\share\\x"])
def test_a_name_that_leads_out(cast: Cast, good: bytes, name: str) -> None:
    assert refused(cast, packed(unpacked(good) | {name: b"x"})) == "A file in it leads out of it."


def _with(good: bytes, info: ZipInfo, data: bytes = b"x", how: int = ZIP_DEFLATED) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as opened:
        for name, each in unpacked(good).items():
            opened.writestr(name, each)
        info.compress_type = how
        opened.writestr(info, data)
    return made.getvalue()


def test_a_symbolic_link(cast: Cast, good: bytes) -> None:
    info = ZipInfo("log.jsonl.link")
    info.external_attr, info.create_system = 0o120777 << 16, 3
    assert refused(cast, _with(good, info)) == "“log.jsonl.link” is no plain file."


def test_an_encrypted_entry(cast: Cast, good: bytes) -> None:
    data = bytearray(good)
    at = data.rindex(b"PK\x01\x02")
    (flags,) = struct.unpack_from("<H", data, at + 8)
    struct.pack_into("<H", data, at + 8, flags | 1)
    assert refused(cast, bytes(data)) == "“catena.json” is encrypted."


def test_packed_in_another_way(cast: Cast, good: bytes) -> None:
    assert refused(cast, _with(good, ZipInfo("x"), how=ZIP_LZMA)) == (
        "“x” is packed in a way that isn’t known here."
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_twice(cast: Cast, good: bytes) -> None:
    data = _with(good, ZipInfo("group.json"), how=ZIP_STORED)
    assert refused(cast, data) == "“group.json” is in it twice."


# The header.


def test_an_entry_that_is_missing(cast: Cast, good: bytes) -> None:
    for name in set(unpacked(good)) - {HEADER}:
        files = unpacked(good)
        del files[name]
        assert refused(cast, packed(files)) == f"“{name}” is missing in it."


def test_an_entry_that_no_archive_has(cast: Cast, good: bytes) -> None:
    for name in ("notes.html", "readings/002/notes.jsonl", "readings/001/x.jsonl", "GROUP.json"):
        said = f"“{name}” doesn’t belong into an archive."
        assert refused(cast, packed(unpacked(good) | {name: b""})) == said
        assert refused(cast, sealed(unpacked(good) | {name: b""})) == said


def test_an_entry_that_its_header_keeps_quiet_about(cast: Cast, good: bytes) -> None:
    files = unpacked(good)
    header = json.loads(files[HEADER])
    header["entries"] = [each for each in header["entries"] if each["name"] != "log.jsonl"]
    files[HEADER] = json.dumps(header).encode()
    assert refused(cast, packed(files)) == "Its header doesn’t name “log.jsonl”."


def test_other_bytes_than_its_header_says(cast: Cast, good: bytes) -> None:
    files = unpacked(good)
    files["group.json"] = files["group.json"].replace(b"Six scripts.", b"Six scripts!")
    assert refused(cast, packed(files)) == "“group.json” is not what its header says."


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"version": 2}, "This archive has version 2; this site reads version 1."),
        ({"version": 0}, "This archive has version 0; this site reads version 1."),
        ({"version": "1"}, "This is no archive of Catena: its header says something else."),
        ({"format": "epub"}, "This is no archive of Catena: its header says something else."),
        ({"site": "javascript:alert(1)"}, "The header can't be read: “site” has another form than it should."),
        ({"scope": "all"}, "The header can't be read: “scope” has another form than it should."),
        ({"generated_at": "2026-02-30T00:00:00.000000Z"}, "The header can't be read: “generated_at” isn't a time."),
        ({"more": 1}, "The header can't be read: “more” is unknown."),
        ({"exported_by": str(uuid4())}, "Somebody has a part in it who isn’t among its people."),
    ],
)  # fmt: skip
def test_a_header_that_says_something_else(
    cast: Cast, good: bytes, said: dict[str, Any], why: str
) -> None:
    assert refused(cast, sealed(unpacked(good), **said)) == why


@pytest.mark.parametrize("what", ["readings", "people", "notes", "cases", "log"])
def test_counts_that_are_wrong(cast: Cast, good: bytes, what: str) -> None:
    counts = json.loads(unpacked(good)[HEADER])["counts"]
    counts[what] += 1
    assert refused(cast, sealed(unpacked(good), counts=counts)) == (
        "“readings/002/article.json” is missing in it."
        if what == "readings"
        else "It doesn’t hold as much as its header says."
    )


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"\xff\xfe{}", b"{" * 90_000, b"7" * 9_000])
def test_a_header_that_is_none(cast: Cast, good: bytes, data: bytes) -> None:
    assert refused(cast, packed(unpacked(good) | {HEADER: data})) == (
        "This is no archive of Catena: its header says something else."
    )


# A line.


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"\xff\xfe", "it isn't UTF-8"),
        (b"{", "it isn't JSON"),
        (b"[]", "it isn't an object"),
        (b'{"uuid": NaN}', "it isn't JSON"),
        (b'{"uuid": 1, "uuid": 2}', "“uuid” stands there twice"),
        (b"[" * 200_000, "it is nested too deeply"),
        (b"7" * 10_000, "it isn't JSON"),
        (b"{}", "“addressee” is missing"),
        (b"", "it isn't JSON"),
    ],
)
def test_a_line_that_is_none(cast: Cast, good: bytes, line: bytes, why: str) -> None:
    files = unpacked(good)
    files[NOTES] = line + b"\n" + files[NOTES]
    assert refused(cast, sealed(files)) == (
        f"Line 1 of “readings/001/notes.jsonl” can't be read: {why}."
    )


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("body", "x" * 1_000_000, "“body” is longer than 10000 characters"),
        ("body", "a\x00b", "“body” holds a character that no text has"),
        ("body", "a\ud800b", "“body” holds a character that no text has"),
        ("body", 7, "“body” isn't text"),
        ("body", None, "“body” isn't text"),
        ("body_html", "<script>", "“body_html” is unknown"),
        ("uuid", "7", "“uuid” isn't an id"),
        ("uuid", "{12345678-1234-5678-1234-567812345678}", "“uuid” isn't an id"),
        ("state", "shadowed", "“state” is none of what it can be"),
        ("state", [], "“state” is none of what it can be"),
        ("audience", "world", "“audience” is none of what it can be"),
        ("motivation", "linking", "“motivation” is none of what it can be"),
        ("category", "red", "“category” is none of what it can be"),
        ("version", 0, "“version” is out of bounds"),
        ("version", 2**40, "“version” is out of bounds"),
        ("version", 2**31 - 1, "“version” is out of bounds"),
        ("revision", 2**31 - 1, "“revision” is out of bounds"),
        ("version", True, "“version” isn't a whole number"),
        ("version", 1.0, "“version” isn't a whole number"),
        ("was_shown", 1, "“was_shown” is neither true nor false"),
        ("created_at", "yesterday", "“created_at” isn't a time"),
        ("created_at", "9999-12-31T23:59:59.000000Z", "“created_at” isn't a time"),
        ("created_at", "2026-01-01T00:00:00+00:00", "“created_at” isn't a time"),
        ("created_at", "8999-12-31T23:59:59.000000Z", "“created_at” is still to come"),
        ("shown_at", "2999-12-31T23:59:59.000000Z", "“shown_at” is still to come"),
        ("tags", ["two words"], "“tags” has another form than it should"),
        ("tags", ["x\n---"], "“tags” has another form than it should"),
        ("tags", "abc", "“tags” isn't a list"),
        ("tags", ["x"] * 101, "“tags” has more than 100 parts"),
        ("tags", [["x"]], "“tags” isn't text"),
        ("imported_from", "javascript:alert(1)", "“imported_from” has another form than it should"),
        ("imported_from", "https://a.example/\n", "“imported_from” has another form than it should"),
    ],
)  # fmt: skip
def test_a_value_that_no_note_has(cast: Cast, good: bytes, name: str, value: Any, why: str) -> None:
    said = refused(cast, forged(good, {NOTES: lambda rows: rows[2].update({name: value})}))
    assert said == f"Line 3 of “readings/001/notes.jsonl” can't be read: {why}."


# What doesn't fit together.


def _set(name: str, value: Any, **wanted: Any) -> Change:
    return lambda rows: first(rows, **wanted).update({name: value})


def _place(**said: Any) -> Change:
    def change(rows: Rows) -> None:
        current = [p for p in first(rows, parent=None, state="visible")["places"] if p["current"]]
        current[0].update(said)

    return change


def _answers_itself(rows: Rows) -> None:
    reply = first(rows, parent=bool)
    reply["parent"] = reply["uuid"]


def _in_a_circle(rows: Rows) -> None:
    reply = first(rows, parent=lambda parent: parent and first(rows, uuid=parent)["parent"])
    first(rows, uuid=reply["parent"])["parent"] = reply["uuid"]


def _twice(rows: Rows) -> None:
    rows.append(rows[0])


def _with_places(rows: Rows) -> None:
    first(rows, parent=bool)["places"] = first(rows, parent=None)["places"]


def _two_edits(rows: Rows) -> None:
    words = first(rows, words=lambda words: len(words) > 2)["words"]
    for each in words[:2]:
        each["state"] = "pending"


def _same_number(rows: Rows) -> None:
    words = first(rows, words=lambda words: len(words) > 1)["words"]
    words[1]["number"] = words[0]["number"]


def _twice_endorsed(rows: Rows) -> None:
    having = first(rows, endorsed=bool)["endorsed"]
    having.append(having[0])


def _of_oneself(rows: Rows) -> None:
    note = first(rows, endorsed=bool)
    note["endorsed"][0]["by"] = note["creator"]


def _wider(rows: Rows) -> None:
    root = first(rows, parent=None, audience="leaders")
    first(rows, parent=root["uuid"])["audience"] = "group"


def _to_a_private_note(rows: Rows) -> None:
    private = first(rows, audience="private")
    first(rows, parent=bool, audience="group", creator=bool)["parent"] = private["uuid"]


def _other_people(rows: Rows) -> None:
    first(rows, endorsed=bool)["endorsed"][0]["by"] = str(uuid4())


def _private_of_another(rows: Rows) -> None:
    note = first(rows, audience="private")
    note["creator"] = first(rows, creator=lambda one: one and one != note["creator"])["creator"]


def _no_history(rows: Rows) -> None:
    del rows[0]


def _stands_unsaid(rows: Rows) -> None:
    rows[0]["said"] = rows[0]["said"][1:]


def _begins_as_before(rows: Rows) -> None:
    rows[0]["order"] = None


def _gone_from(rows: Rows) -> None:
    rows[1]["order"].append("nokey")


def _wrong_link(rows: Rows) -> None:
    first(rows, spans=bool)["spans"][-1] = [0, 2, "link", "javascript:alert(1)"]


def _wide_span(rows: Rows) -> None:
    first(rows, spans=bool)["spans"][-1] = [0, 100_000, "strong", ""]


def _all_retired(rows: Rows) -> None:
    for row in rows:
        row["retired"] = True


def _detached_with_words(rows: Rows) -> None:
    def is_detached(places: Any) -> bool:
        return any(each["anchor_state"] == "detached" for each in places)

    for each in first(rows, places=is_detached)["places"]:
        if each["anchor_state"] == "detached":
            each["end_offset"] = 3


def _no_current(rows: Rows) -> None:
    for each in first(rows, parent=None)["places"]:
        each["current"] = False


def _all_current(rows: Rows) -> None:
    places = first(rows, places=lambda places: len(places) > 1)["places"]
    for each in places:
        each["current"] = True


def _open_twice(rows: Rows) -> None:
    rows.append(first(rows, resolved_at=None))


NOTE = "Note … can’t be brought in: "
UNLIKE: dict[str, tuple[str, Change, str]] = {
    "answers nothing": (NOTES, _set("parent", str(uuid4()), parent=bool), NOTE + "what it answers is missing."),
    "answers itself": (NOTES, _answers_itself, "Notes answer each other in a circle."),
    "in a circle": (NOTES, _in_a_circle, "Notes answer each other in a circle."),
    "a root that answers": (NOTES, _set("motivation", "replying", parent=None), NOTE + "it answers something, or it is no answer, but not both."),
    "the same note twice": (NOTES, _twice, "A note stands there twice."),
    "a creator from nowhere": (NOTES, _set("creator", str(uuid4()), creator=bool), "Somebody has a part in it who isn’t among its people."),
    "an endorser from nowhere": (NOTES, _other_people, "Somebody has a part in it who isn’t among its people."),
    "endorsed twice": (NOTES, _twice_endorsed, "An endorsement stands there twice."),
    "endorsed by its author": (NOTES, _of_oneself, NOTE + "its author wonders about it, too."),
    "an answer for more people": (NOTES, _wider, NOTE + "it is for more people than what it answers."),
    "an answer to a private note": (NOTES, _to_a_private_note, NOTE + "it is for more people than what it answers."),
    "nobody's words": (NOTES, _set("creator", None, state="visible"), NOTE + "only what was withdrawn or erased is nobody’s."),
    "a stone with words": (NOTES, _set("body", "still here", state="purged"), NOTE + "it was withdrawn or erased, and still has words."),
    "a stone of somebody": (NOTES, lambda rows: first(rows, state="withdrawn").update(creator=first(rows, creator=bool)["creator"]), NOTE + "only what was withdrawn or erased is nobody’s."),
    "no words at all": (NOTES, _set("body", " ", motivation="commenting", state="visible"), NOTE + "it has no words."),
    "private, of another": (NOTES, _private_of_another, NOTE + "it is private to somebody else than whoever made the archive."),
    "a private answer": (NOTES, lambda rows: first(rows, parent=bool, audience="group", creator=bool).update(audience="private"), NOTE + "it is private to somebody else than whoever made the archive."),
    "for no circle": (NOTES, _set("audience", "circle", audience="group"), NOTE + "it is for a circle, or it isn’t."),
    "for a circle that isn't": (NOTES, lambda rows: first(rows, audience="circle").update(circle="Blue"), NOTE + "the reading has no such circle."),
    "for one person, without": (NOTES, _set("audience", "person", parent=bool, audience="group"), NOTE + "it is for one person, or it isn’t."),
    "a root for one person": (NOTES, lambda rows: first(rows, parent=None, audience="group", creator=bool).update(audience="person", addressee=first(rows, creator=bool)["creator"]), NOTE + "only an answer is for one person."),
    "an answer with a place": (NOTES, _with_places, NOTE + "an answer has no place of its own."),
    "a root without a place": (NOTES, _set("places", [], parent=None), NOTE + "it has no place of its own, or several at once."),
    "no place counts": (NOTES, _no_current, NOTE + "it has no place of its own, or several at once."),
    "every place counts": (NOTES, _all_current, NOTE + "it has no place of its own, or several at once."),
    "beyond the text": (NOTES, _place(end_offset=5_000), NOTE + "it stands beyond the text."),
    "ends before it begins": (NOTES, _place(start_offset=19, end_offset=3), NOTE + "it ends before it begins."),
    "on no paragraph": (NOTES, _place(start="nokey", end="nokey"), "There is no paragraph nokey in this text."),
    "on a text to come": (NOTES, _place(text_revision=99), NOTE + "there was no such text."),
    "detached with words": (NOTES, _detached_with_words, NOTE + "its words are gone, and it covers some."),
    "placed by nobody": (NOTES, _place(chosen=False), NOTE + "somebody placed it, and nobody did."),
    "two edits wait": (NOTES, _two_edits, NOTE + "two edits of it wait at once."),
    "two versions with one number": (NOTES, _same_number, "An earlier version stands there twice."),
    "a version with its number": (NOTES, _set("revision", 1, words=bool), NOTE + "its words and earlier ones have the same number."),
    "a case of nothing": (CASES, _set("note", str(uuid4())), "A case is about a note that isn’t there."),
    "open and decided": (CASES, _set("outcome", "kept", resolved_at=None), "A case is decided and isn’t."),
    "open twice": (CASES, _open_twice, "An open case stands there twice."),
    "a past that is missing": (TEXTS, _no_history, "The past texts of “Text 0 · नाम” are not all there."),
    "an order before there was any": (TEXTS, _begins_as_before, "The past texts of “Text 0 · नाम” are not all there."),
    "a past without words": (TEXTS, _stands_unsaid, "Paragraph … stood somewhere before it said anything."),
    "an order with what isn't": (TEXTS, _gone_from, "There is no paragraph nokey in this text."),
    "a link to a script": (PARAGRAPHS, _wrong_link, "Line … of “readings/001/paragraphs.jsonl” can't be read: “spans” links to no address of the web."),
    "formatting of nothing": (PARAGRAPHS, _wide_span, "Formatting reaches beyond its paragraph."),
    "nothing stands": (PARAGRAPHS, _all_retired, "There is no text in “Text 0 · नाम”."),
    "a paragraph twice": (PARAGRAPHS, _twice, "A paragraph stands there twice."),
    "two articles": (ARTICLE, _twice, "“readings/001/article.json” has not one line."),
    "added by nobody": (ARTICLE, _set("added_by", str(uuid4())), "Somebody has a part in it who isn’t among its people."),
    "a date that is missing": (READING, _set("reveal", "at_date"), "A reading shows others’ notes from a date on, and has no date."),
    "a pseudonym for two": (READING, lambda rows: rows[0]["pseudonyms"].append(rows[0]["pseudonyms"][0]), "A pseudonym stands there twice."),
    "a circle of strangers": (READING, lambda rows: rows[0]["circles"][0]["members"].append(str(uuid4())), "Somebody has a part in it who isn’t among its people."),
    "people twice": ("people.jsonl", _twice, "A person stands there twice."),
    "a system with a name": ("log.jsonl", _set("acting_as", "system", actor=bool), "In the log somebody acts as nobody."),
    "a log about nothing": ("log.jsonl", _set("note", str(uuid4())), "The log is about a note that isn’t there."),
    "a log that hangs on itself": ("log.jsonl", _set("bulk", 1), "A row of the log hangs on a later one."),
    "a log that says too little": ("log.jsonl", _set("details", {}, verb="set_standing"), "A row of the log doesn’t say what was done."),
    "a log that says too much": ("log.jsonl", _set("details", {"sql": "drop"}), "Line 1 of “log.jsonl” can't be read: “details” says what no log does."),
}  # fmt: skip


@pytest.mark.parametrize("name", UNLIKE)
def test_what_does_not_fit_together(cast: Cast, good: bytes, name: str) -> None:
    entry, change, why = UNLIKE[name]
    said = refused(cast, forged(good, {entry: change}))
    begin, _dots, end = why.partition("…")
    assert (said[: len(begin)], said[-len(end) :]) == (begin, end) if _dots else said == why


def test_more_people_than_a_group_gets_to_know(
    cast: Cast, good: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "MOST_PEOPLE", 3)
    assert refused(cast, good) == "There are more than 3 people in it."


def test_log_rows_that_hang_on_each_other_without_end(cast: Cast, good: bytes) -> None:
    def chain(rows: Rows) -> None:
        last = rows[-1]
        rows += [{**last, "bulk": len(rows) + n, "reverses": None} for n in range(30)]

    assert refused(cast, forged(good, {"log.jsonl": chain})) == (
        "Rows of the log hang on each other too deeply."
    )


def test_nothing_of_a_file_is_trusted_on_a_page(cast: Cast, good: bytes) -> None:
    """Words are made safe anew: the file holds none that were."""
    hostile = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) **bold**"
    data = forged(good, {NOTES: _set("body", hostile, state="visible", audience="group")})
    made = restore(by=cast.outsider, records=read(BytesIO(data)))
    found = [each for each in made.readings[0].annotations.all() if each.body == hostile]
    assert [each.body_html for each in found] == [
        "<p>&lt;img src=x onerror=alert(1)&gt; [x](javascript:alert(1)) <strong>bold</strong></p>"
    ]


@pytest.fixture
def deep(good: bytes) -> bytes:
    """A thread of 10,000 answers, each to the one before it."""
    rows = rows_of(unpacked(good)[NOTES])
    reply = first(rows, parent=bool, state="visible", audience="group") | {
        "words": [], "endorsed": [], "resolved": None, "locked": None,
    }  # fmt: skip
    above = reply["parent"]

    def chain(rows: Rows) -> None:
        nonlocal above
        for _ in range(10_000):
            rows.append(reply | {"uuid": str(uuid4()), "parent": above})
            above = rows[-1]["uuid"]

    return forged(good, {NOTES: chain})


@pytest.mark.exhaustive
def test_ten_thousand_deep(cast: Cast, deep: bytes) -> None:
    """However deep, it is stored without one call inside another."""
    found = read(BytesIO(deep))
    made = restore(by=cast.outsider, records=found, me=str(found.header.exported_by))
    assert made.notes == found.header.counts.notes
    assert made.readings[0].annotations.filter(replies=None, root__isnull=False).exists()
