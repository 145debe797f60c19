"""Where an invitation may lead: to pages of this site, by their addresses."""

from urllib.parse import urlsplit

from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.http import url_has_allowed_host_and_scheme

from reader.enums import BlockKind
from reader.models import Invitation, Membership, Paragraph, Reading, StudyGroup
from reader.permissions import asks_first
from reader.querysets import Viewer


def leads_into(group: StudyGroup, path: str) -> bool:
    """Whether it is the group's home, one of its readings, or the lasting address of a note or a
    paragraph; these show themselves only to those who may see them."""
    match = _match(path)
    if match is None or match.url_name in {"note", "paragraph"}:
        return match is not None
    if match.kwargs.get("group") != group.slug:
        return False
    return match.url_name == "group" or reading_at(group, path) is not None


def reading_at(group: StudyGroup, path: str) -> Reading | None:
    """The group's reading that an address names, itself or by a paragraph of its text."""
    match = _match(path)
    readings = group.readings.with_titles()
    if match is None or match.url_name not in {"reading", "paragraph"}:
        return None
    if match.url_name == "reading":
        named = readings.at(match.kwargs["group"], match.kwargs["article"])
    else:
        named = readings.with_paragraph(match.kwargs["key"])
    found: Reading | None = named.first()
    return found


def landing(invitation: Invitation, user: Viewer) -> str:
    """Where it leads this person: on to its page, or to the group's home where that is a reading
    which they don't see yet."""
    named = reading_at(invitation.group, invitation.path)
    if named is None:
        return invitation.path or invitation.group.get_absolute_url()
    seen = Reading.objects.visible_to(user).filter(pk=named.pk).exists()
    return invitation.path if seen else invitation.group.get_absolute_url()


def beginning(invitation: Invitation, known: Membership | None) -> tuple[Reading, Paragraph] | None:
    """What an invitation shows of the text before anybody has joined: its first paragraph. None
    where the leaders are asked first, or nothing is open yet."""
    if asks_first(invitation, known):
        return None
    named = reading_at(invitation.group, invitation.path)
    begun = invitation.group.readings.open_now().with_titles()
    reading = (begun.filter(pk=named.pk) if named else begun).first()
    if reading is None:
        return None
    first = reading.article.paragraphs.standing().filter(kind=BlockKind.PARAGRAPH).first()
    return (reading, first) if first else None


def _match(path: str) -> ResolverMatch | None:
    ours = url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    if not (ours and path.startswith("/") and path.isprintable()):
        return None
    try:
        return resolve(urlsplit(path).path)
    except (Resolver404, ValueError):
        return None
