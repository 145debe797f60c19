"""Web Annotations, as the W3C has them: one collection in one file, its pages one after the other.

https://www.w3.org/TR/annotation-model/. What that model has no word for stands under `catena:`, a
vocabulary that is laid into the file's own context, so that no key is lost in a JSON-LD processor.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from annotations.enums import AnchorState, Motivation
from annotations.exporting.notebook import Block, Chapter, Entry, Notebook, Place, Thread
from annotations.exporting.writing import Tick, Written

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
FRAGMENTS = "http://tools.ietf.org/rfc/rfc3236"  # what `#p-…` means in a page
A_PAGE = 100

_MOMENT = "http://www.w3.org/2001/XMLSchema#dateTime"

type Json = dict[str, Any]


def write(notebook: Notebook, tick: Tick) -> Written:
    return Written(".jsonld", _chunks(notebook, tick))


def vocabulary(notebook: Notebook) -> Json:
    """The context of our own words; those that aren't plain are told what they are."""
    return {
        "catena": f"{notebook.site}/ns/catena#",
        "catena:pages": {"@id": "catena:pages", "@container": "@list"},
        "catena:blocks": {"@id": "catena:blocks", "@container": "@list"},
        "catena:resolved": {"@id": "catena:resolved", "@type": _MOMENT},
    }


def _chunks(notebook: Notebook, tick: Tick) -> Iterator[bytes]:
    """The first page stands where the model wants it. Of later ones it wants the address alone:
    they follow in a list of ours, and name the collection that they are part of."""
    total = sum(len(thread.entries) for chapter in notebook.chapters for thread in chapter.threads)
    last = -(-total // A_PAGE)
    yield _open(_collection(notebook, total, last))
    batches = batched(_annotations(notebook, tick), A_PAGE)
    for number, some in enumerate(batches, start=1):
        yield {1: ',\n"first": ', 2: ',\n"catena:pages": [\n'}.get(number, ",\n").encode()
        yield _open(_page(notebook, number, last))
        yield b',"items":[\n' + ",\n".join(map(_dumps, some)).encode() + b"\n]}"
    yield b"]}\n" if last > 1 else b"}\n"


def _collection(notebook: Notebook, total: int, last: int) -> Json:
    return _told(
        {
            "@context": [CONTEXT, vocabulary(notebook)],
            "id": _collection_id(notebook),
            "type": "AnnotationCollection",
            "label": notebook.title,
            "total": total,
            "generated": _moment(notebook.generated_at),
            "catena:group": notebook.group,
            "catena:chosen": notebook.chosen,
            "last": _page_id(notebook, last) if last else "",
        },
        keeping=("label", "total"),
    )


def _page(notebook: Notebook, number: int, last: int) -> Json:
    return _told(
        {
            "id": _page_id(notebook, number),
            "type": "AnnotationPage",
            "partOf": _collection_id(notebook),
            "prev": _page_id(notebook, number - 1) if number > 1 else "",
            "next": _page_id(notebook, number + 1) if number < last else "",
            "startIndex": (number - 1) * A_PAGE,
        },
        keeping=("startIndex",),
    )


def _collection_id(notebook: Notebook) -> str:
    return f"{notebook.url}#annotations"


def _page_id(notebook: Notebook, number: int) -> str:
    return f"{notebook.url}#annotations-{number}"


def _annotations(notebook: Notebook, tick: Tick) -> Iterator[Json]:
    for chapter in notebook.chapters:
        for thread in chapter.threads:
            addresses = {entry.id: entry.url for entry in thread.entries}
            for entry in thread.entries:
                parent = None if entry.parent is None else addresses[entry.parent]
                yield _annotation(notebook, chapter, thread, entry, parent)
            tick(sum(not entry.is_stone for entry in thread.entries))


def _annotation(
    notebook: Notebook, chapter: Chapter, thread: Thread, entry: Entry, parent: str | None
) -> Json:
    """A stone is the place of a note alone: no body, no creator, no motive but that of a reply."""
    is_root = parent is None
    return _told(
        {
            "@context": CONTEXT,
            "id": entry.url,
            "type": "Annotation",
            "motivation": "" if entry.is_stone and is_root else entry.motivation.value,
            "created": _moment(entry.created),
            "modified": "" if entry.edited is None else _moment(entry.edited),
            "creator": _creator(entry),
            "body": _bodies(entry, notebook.language),
            "target": _target(notebook, chapter, thread.place) if parent is None else parent,
            "catena:category": entry.category,
            "catena:state": entry.state.value,
            "catena:audience": entry.audience.value,
            "catena:circle": entry.circle,
            "catena:depth": entry.depth,
            "catena:mark": entry.mark,
            "catena:stone": entry.stone,
            "catena:endorsements": entry.endorsements,
            **(_of_thread(chapter, thread) if is_root else {}),
        },
        keeping=("catena:depth",),
    )


def _of_thread(chapter: Chapter, thread: Thread) -> Json:
    place, resolution = thread.place, thread.resolution
    stands = chapter.blocks and not place.whole_article
    return {
        # Which of the text's paragraphs, from 0: those of another copy have other keys.
        "catena:blocks": [place.first, place.last] if stands else [],
        "catena:anchorState": place.anchor_state.value,
        "catena:textRevision": place.text_revision,
        "catena:locked": thread.is_locked,
        "catena:resolved": "" if resolution is None else _moment(resolution.at),
        "catena:resolution": "" if resolution is None else resolution.outcome,
    }


def _creator(entry: Entry) -> Json | None:
    author = entry.author
    if author is None:
        return None
    return {"id": f"urn:uuid:{author.id}", "type": "Person", "name": author.name}


def _bodies(entry: Entry, language: str) -> list[Json]:
    tags = [{"type": "TextualBody", "value": tag, "purpose": "tagging"} for tag in entry.tags]
    if not entry.body:
        return tags
    highlights = entry.motivation == Motivation.HIGHLIGHTING
    purpose = Motivation.COMMENTING if highlights else entry.motivation
    words = {
        "type": "TextualBody",
        "value": entry.body,
        "format": "text/markdown",
        "language": language,
        "purpose": purpose.value,
    }
    return [words, *tags]


def _target(notebook: Notebook, chapter: Chapter, place: Place) -> Json:
    return _told(
        {
            "type": "SpecificResource",
            # One's own notes on a text that one reads no more have no page to be about.
            "source": chapter.url or f"{notebook.url}#{chapter.slug}",
            "selector": _selectors(chapter, place),
            "state": {"type": "TimeState", "sourceDate": _moment(chapter.text_from)},
        }
    )


def _selectors(chapter: Chapter, place: Place) -> list[Json]:
    """The place, then its words. What is said of the whole article selects nothing."""
    if place.whole_article:
        return []
    found = []
    if chapter.blocks:
        first, last = chapter.blocks[place.first], chapter.blocks[place.last]
        if place.anchor_state == AnchorState.DETACHED:
            found.append(_fragment(first))
        elif first is last:
            found.append(_fragment(first, place.start, place.end))
        else:
            found.append(_range(first, place.start, last, place.end))
    if place.exact:
        quote = {"prefix": place.prefix, "suffix": place.suffix}
        found.append({"type": "TextQuoteSelector", "exact": place.exact, **quote})
    return found


def _fragment(block: Block, start: int | None = None, end: int | None = None) -> Json:
    """A paragraph or, with offsets, words in it."""
    fragment: Json = {
        "type": "FragmentSelector",
        "value": f"p-{block.key}",
        "conformsTo": FRAGMENTS,
    }
    if start is not None:
        fragment["refinedBy"] = {"type": "TextPositionSelector", "start": start, "end": end}
    return fragment


def _range(first: Block, start: int, last: Block, end: int) -> Json:
    """The model has a range end where its second selector begins: that one is a mere point."""
    return {
        "type": "RangeSelector",
        "startSelector": _fragment(first, start, len(first.text)),
        "endSelector": _fragment(last, end, end),
    }


def _told(keys: Json, keeping: Iterable[str] = ()) -> Json:
    """Without what says nothing: a processor would drop some of that and keep the rest."""
    return {key: value for key, value in keys.items() if value or key in keeping}


def _moment(when: datetime) -> str:
    """UTC, as the model demands it: with a Z."""
    return when.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _open(head: Json) -> bytes:
    """An object that isn't finished yet."""
    return _dumps(head)[:-1].encode()


def _dumps(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
