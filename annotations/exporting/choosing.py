"""Which of the notes in a notebook were asked for. Pure: from a notebook to a smaller one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from annotations.enums import Category, Motivation
from annotations.exporting.notebook import Chapter, Entry, Filters, Notebook, Thread


def chosen(notebook: Notebook) -> Notebook:
    """What its filters choose, with the sentence that says so."""
    filters = notebook.filters
    if not filters.chooses:
        return notebook
    chapters = (_chapter(chapter, notebook) for chapter in notebook.chapters)
    kept = [chapter for chapter in chapters if chapter.threads]
    return replace(notebook, chapters=tuple(kept), chosen=in_words(filters, notebook))


def _chapter(chapter: Chapter, notebook: Notebook) -> Chapter:
    threads = (_thread(thread, notebook) for thread in chapter.threads)
    kept = (thread for thread in threads if thread is not None)
    numbered = [replace(thread, number=number) for number, thread in enumerate(kept, start=1)]
    return replace(chapter, threads=tuple(numbered))


def _thread(thread: Thread, notebook: Notebook) -> Thread | None:
    filters = notebook.filters
    if filters.resolved is not None and filters.resolved != (thread.resolution is not None):
        return None
    if filters.detached is not None and filters.detached != thread.place.is_detached:
        return None
    wanted = {entry.id for entry in thread.entries if _is_wanted(entry, notebook)}
    if not wanted:
        return None
    if filters.whole_threads:
        return thread
    resolution = thread.resolution
    if resolution is not None and thread.root.id not in wanted:
        resolution = replace(resolution, outcome="")  # said of what is left out
    return replace(thread, entries=tuple(_alone(thread, wanted)), resolution=resolution)


def _is_wanted(entry: Entry, notebook: Notebook) -> bool:
    filters = notebook.filters
    written_on = entry.created.astimezone(notebook.zone).date()
    return not entry.is_stone and not (
        (filters.mine and not entry.mine)
        or (filters.people and (entry.author is None or entry.author.id not in filters.people))
        or (filters.categories and entry.category not in filters.categories)
        or (filters.motivations and entry.motivation not in filters.motivations)
        or (filters.tags and not filters.tags.intersection(entry.tags))
        or (filters.since and written_on < filters.since)
        or (filters.until and written_on > filters.until)
        or (filters.circle and entry.circle != filters.circle)
    )


def _alone(thread: Thread, wanted: set[UUID]) -> Iterator[Entry]:
    """Those that are wanted, each below the nearest that is there; of a root that isn't wanted
    only the place."""
    root = thread.root
    nearest: dict[UUID | None, Entry] = {}
    for entry in thread.entries:
        above = nearest.get(entry.parent)
        if entry is root:
            made = root if root.id in wanted else _left_out(root)
        elif entry.id not in wanted and above is not None:
            nearest[entry.id] = above
            continue
        else:
            depth = 1 if above is None else above.depth + 1
            made = replace(entry, parent=(above or root).id, depth=depth)
        nearest[entry.id] = made
        yield made


def _left_out(entry: Entry) -> Entry:
    return Entry(
        id=entry.id,
        url=entry.url,
        parent=None,
        depth=0,
        motivation=Motivation.HIGHLIGHTING,
        category="",
        created=entry.created,
        stone=_("What this answers is not part of what was taken home"),
    )


def in_words(filters: Filters, notebook: Notebook) -> str:
    """What was chosen, in one sentence."""
    people = [notebook.people[key].name for key in filters.people if key in notebook.people]
    said = [
        _("my own notes") if filters.mine else "",
        ", ".join(sorted(people)),
        ", ".join(str(Category(code).label) for code in sorted(filters.categories)),
        ", ".join(str(Motivation(code).label) for code in sorted(filters.motivations)),
        ", ".join(f"#{tag}" for tag in sorted(filters.tags)),
        filters.circle,
    ]
    if filters.since:
        said.append(_("since %(day)s") % {"day": date_format(filters.since, "j F Y")})
    if filters.until:
        said.append(_("until %(day)s") % {"day": date_format(filters.until, "j F Y")})
    if filters.resolved is not None:
        said.append(_("resolved") if filters.resolved else _("not resolved"))
    if filters.detached is not None:
        said.append(_("without their words") if filters.detached else _("with their words"))
    sentence = "; ".join(each for each in said if each)
    return sentence[:1].upper() + sentence[1:]
