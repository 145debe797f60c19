"""How much is taken home, and whether it may be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from annotations.enums import Audience
from annotations.exporting.notebook import Filters
from annotations.exporting.writing import file_name
from annotations.models import Annotation
from annotations.permissions import can_export
from annotations.querysets import GONE
from reader.models import Membership, Reading, StudyGroup, User
from reader.permissions import is_leader, membership_of


@dataclass(frozen=True)
class Scope:
    """What somebody wants to take home: a group, one reading of it, or, without a group, their
    own notes wherever they wrote them."""

    user: User
    group: StudyGroup | None = None
    reading: Reading | None = None

    @property
    def readings(self) -> list[Reading]:
        """Those that are in it, in the order of their group."""
        found = Reading.objects.visible_to(self.user).with_titles()
        if self.reading is not None:
            return list(found.filter(pk=self.reading.pk))
        if self.group is not None:
            return list(found.filter(group=self.group).order_by("order", "created_at", "pk"))
        own = Annotation.objects.filter(creator=self.user).exclude(state__in=GONE)
        mine = Q(pk__in=own.values("reading"))
        mine |= Q(article__in=own.filter(audience=Audience.PRIVATE).values("article"))
        return list(found.filter(mine).order_by("group__name", "group", "order", "pk"))

    @cached_property
    def membership(self) -> Membership | None:
        return None if self.group is None else membership_of(self.user, self.group)

    @property
    def url(self) -> str:
        if self.reading is not None:
            return absolute(self.reading.get_absolute_url())
        return absolute("/" if self.group is None else self.group.get_absolute_url())

    @property
    def title(self) -> str:
        if self.reading is not None:
            return str(self.reading.article.title)
        return _("My notes") if self.group is None else str(self.group.name)

    @property
    def takes_others(self) -> bool:
        """Whether this person may take home what others wrote there."""
        return self.group is not None and can_export(self.membership, self.group)

    @property
    def leads(self) -> bool:
        return is_leader(self.membership)

    @property
    def stem(self) -> str:
        """What a file of it is called, without an ending."""
        named = [] if self.group is None or self.reading is None else [self.group.name]
        return file_name(" – ".join([self.title, *named]))

    def weight(self) -> int:
        """About how many notes there are, to tell what takes a while."""
        notes = Annotation.objects.visible_to(self.user).order_by()
        if self.reading is not None:
            return notes.filter(reading=self.reading).count()
        if self.group is not None:
            return notes.filter(reading__group=self.group).count()
        return notes.filter(creator=self.user).count()

    def allowed(self, filters: Filters) -> Filters:
        """What was chosen, as far as this person may take it: who may not take others' words
        home takes their own."""
        if self.group is None:
            return replace(filters, mine=True, whole_threads=False, leaders=True, private=True)
        if not self.takes_others:
            return replace(filters, mine=True, whole_threads=False, leaders=False)
        return filters if self.leads else replace(filters, leaders=False)


def absolute(path: str) -> str:
    """The address under which a path of this site is found from outside."""
    return f"{settings.CATENA_URL}{path}"
