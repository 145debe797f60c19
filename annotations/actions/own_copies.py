"""A group's own copy of a text that it reads: from then on its leaders correct it, and nobody
else. What was written around the text goes along."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from annotations.enums import Audience
from annotations.models import Annotation, Layer, Target
from reader.actions.own_copies import copied
from reader.models import Article, Membership, Paragraph, Reading, StudyGroup, User
from reader.permissions import can_take_copy, is_leader, membership_of, require


@transaction.atomic
def take_copy(*, by: User, reading: Reading) -> Reading:
    """Let a group read a copy of its text, past texts included, that is its own; a second call
    returns the same reading.

    Everything written in the reading stands in the copy from then on, on the same words, and
    nobody sees more or less of it than before. So do the private notes of the group's people,
    former ones too, but for those who read the text elsewhere as well: theirs stay there.
    """
    # The group first, as whoever copies it does; then the text, for which whoever corrects it
    # waits, and whoever writes a note.
    StudyGroup.objects.select_for_update(no_key=True).get(pk=reading.group_id)
    article = Article.objects.select_for_update().get(pk=reading.article_id)
    reading = Reading.objects.with_titles().get(pk=reading.pk)
    membership = membership_of(by, reading.group)
    require(is_leader(membership), _("Only the group's leaders take a copy of a text."))
    if not can_take_copy(membership, reading):
        return reading
    own = copied(article, by=by, steward=reading.group)
    _carry_along(reading, own)
    reading.article = own
    reading.save(update_fields=["article"])
    return reading


def _carry_along(reading: Reading, own: Article) -> None:
    """Put what was written in a reading, and its people's private notes, into a copy of its text,
    each on the paragraphs that theirs became. As many queries, however many notes."""
    private = Q(audience=Audience.PRIVATE, article=reading.article, creator__in=_at_home(reading))
    Annotation.objects.filter(Q(reading=reading) | private).update(article=own)

    def became(column: str) -> Subquery:
        paragraphs = Paragraph.objects.filter(article=own, copied_from=OuterRef(column))
        return Subquery(paragraphs.order_by().values("pk"))

    Target.objects.filter(annotation__article=own).update(
        start_paragraph=became("start_paragraph"), end_paragraph=became("end_paragraph")
    )
    Layer.objects.filter(reading=reading).update(paragraph=became("paragraph"))


def _at_home(reading: Reading) -> QuerySet[Any, Any]:
    """The ids of people of the group, former ones too, who read its text nowhere else."""
    elsewhere = Reading.objects.filter(article=reading.article).exclude(pk=reading.pk).readers()
    known = Membership.objects.filter(group=reading.group)
    return known.exclude(user__in=elsewhere).values("user")
