"""What exists for whom among notes. Every surface asks here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotations.enums import (
    PUBLISHED,
    TOMBSTONES,
    AnchorState,
    Audience,
    Category,
    RevisionState,
    State,
)
from reader.enums import LEADERS, Readable, Reveal, Role, Status
from reader.querysets import Viewer, group_ids_of, has_begun

if TYPE_CHECKING:
    from annotations.models import Annotation, AnnotationRevision, Target  # noqa: F401
    from annotations.room import Room
    from reader.models import Article, Paragraph, User


# What a tombstone is made of: never a word that somebody wrote.
STONE_FIELDS = (
    "uuid", "state", "parent", "root", "created_at", "creator", "audience", "motivation",
    "category", "article", "reading", "circle", "version", "reason", "was_shown",
    "locked_at", "locked_until",
)  # fmt: skip
# More ids than these are no longer named one by one: a database takes only so many.
FEW = 1_000
HELD = (State.PENDING, State.HIDDEN, State.REMOVED)
GONE = (State.WITHDRAWN, State.PURGED)


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def visible_to(self, user: Viewer) -> AnnotationQuerySet:
        """The notes whose words this person may read, wherever they look from."""
        return self.filter(_words(user, _anywhere(user)))

    def visible_in(self, room: Room, roots: Collection[int] | None = None) -> AnnotationQuerySet:
        """Those of one room, by the same rules, with what holds for all of them settled before;
        or of some of its threads, by the ids of their roots."""
        return self._in(room, roots).filter(_words(room.user, _here(room)))

    def tombstones_for(self, user: Viewer) -> AnnotationQuerySet:
        """Notes that this person may know to have stood here, without their words.

        A surface shows one only where visible replies remain.
        """
        return self.filter(_stones(user, _anywhere(user))).only(*STONE_FIELDS)

    def tombstones_in(self, room: Room, roots: Collection[int] | None = None) -> AnnotationQuerySet:
        stones = self._in(room, roots).filter(_stones(room.user, _here(room)))
        return stones.only(*STONE_FIELDS)

    def _in(self, room: Room, roots: Collection[int] | None) -> AnnotationQuerySet:
        if roots is None or len(roots) > FEW:
            return self.in_room(room.reading.pk, room.article.pk)
        threads = self.filter(Q(pk__in=roots) | Q(root__in=roots))
        return threads.filter(_read_in(room.reading.pk, "reading"))

    def own_unshared(self, room: Room) -> AnnotationQuerySet:
        """What others with the same seat don't see as this person does: own notes that are held
        or withdrawn, or not for that seat, such as those to a circle which their author has left
        since; and what a leader wrote for this person."""
        user = room.user
        if not user.is_authenticated:
            return self.none()
        to_seat = Q(audience=Audience.GROUP) | Q(circle__in=room.circle_ids)
        shared = Q(state__in=PUBLISHED) & (~Q(audience=Audience.PRIVATE) if room.leads else to_seat)
        mine = Q(creator=user) & (~shared | Q(Exists(_edit_of(OuterRef("pk")))))
        return self.filter(mine | Q(addressee=user)).exclude(
            audience=Audience.PRIVATE, state__in=GONE
        )

    def with_waiting_edits(self) -> AnnotationQuerySet:
        """Each with whether other words of it wait for a moderator, as `edit_waits`."""
        return self.annotate(edit_waits=Exists(_edit_of(OuterRef("pk"))))

    def with_endorsements(self) -> AnnotationQuerySet:
        """Each with how many wonder, too, as `endorsement_count`."""
        from annotations.models import Endorsement

        here = Endorsement.objects.filter(annotation=OuterRef("pk")).order_by()
        counted = here.values("annotation").annotate(count=models.Count("pk")).values("count")
        return self.annotate(endorsement_count=Coalesce(models.Subquery(counted), 0))

    def withdrawn_by(self, user: Viewer) -> AnnotationQuerySet:
        """What somebody has deleted and might want back."""
        return self.filter(creator=user.pk, state=State.WITHDRAWN)

    def written(self) -> AnnotationQuerySet:
        """What a reveal rule counts as written: notes that stand and have words."""
        return self.exclude(state__in=GONE).exclude(body="")

    def unrevealed_in(self, room: Room) -> AnnotationQuerySet:
        """Roots of others that only the reading's reveal rule keeps from this person. A surface
        says of them where one stands, and nothing else."""
        place = replace(_here(room), revealed=YES)
        roots = self._in(room, None).filter(root=None, state__in=PUBLISHED).exclude(IS_PROMPT)
        others = roots.exclude(creator=room.user.pk) if room.user.is_authenticated else roots
        return others.filter(_within_reach(room.user, place))

    def muted_in(self, room: Room) -> AnnotationQuerySet:
        """What this person sees there of those, and of threads, that they have muted."""
        people, roots = room.mutes.people, room.mutes.roots
        muted = Q(creator__in=people) | Q(pk__in=roots) | Q(root__in=roots)
        return self.visible_in(room).filter(muted)

    def prompts_in(self, room: Room) -> AnnotationQuerySet:
        """What the leaders ask in a reading, as far as it is there for this person."""
        return self.visible_in(room).filter(IS_PROMPT, reading=room.reading)

    def roots_on(self, article: Article) -> AnnotationQuerySet:
        """What has a place of its own in a text, in every reading and in private."""
        return self.filter(article=article, root=None)

    def shared(self) -> AnnotationQuerySet:
        """What stands for others than its author, whoever they are."""
        return self.filter(state__in=PUBLISHED).exclude(audience=Audience.PRIVATE)

    def of_groups(self) -> AnnotationQuerySet:
        """What was written in any group, in whatever state it is: no private note."""
        return self.filter(reading__isnull=False)

    def private_of(self, user: User, article_id: int) -> AnnotationQuerySet:
        """A person's notes for themselves on one text, those they deleted included."""
        return self.filter(creator=user, audience=Audience.PRIVATE, article=article_id, root=None)

    def kept_private(self) -> AnnotationQuerySet:
        """Notes that people keep for themselves, whoever they are."""
        return self.filter(audience=Audience.PRIVATE).exclude(state__in=GONE)

    def paused_until_before(self, when: datetime) -> AnnotationQuerySet:
        """Roots of threads whose pause is over by then."""
        return self.filter(root=None, locked_until__lte=when)

    def places(self) -> list[tuple[int, int, int, int]]:
        """Id, version, and where the thread stands: the positions of the first and the last
        paragraph of its root's words."""
        of_root = Q(root=None, targets__current=True)
        of_reply = Q(root__targets__current=True)
        first, last = (
            Coalesce(f"targets__{end}__position", f"root__targets__{end}__position")
            for end in ("start_paragraph", "end_paragraph")
        )
        return list(
            self.filter(of_root | of_reply).order_by("pk").values_list("pk", "version", first, last)
        )

    def in_room(self, reading_id: int, article_id: int) -> AnnotationQuerySet:
        """What is written around an article in one reading, private notes included."""
        return self.filter(
            Q(reading=reading_id) | Q(reading=None, article=article_id), article=article_id
        )


class RevisionQuerySet(models.QuerySet["AnnotationRevision"]):
    def superseded(self) -> RevisionQuerySet:
        return self.filter(state=RevisionState.SUPERSEDED)


class TargetQuerySet(models.QuerySet["Target"]):
    def current(self) -> TargetQuerySet:
        return self.filter(current=True)

    def to_follow(self, article: Article) -> TargetQuerySet:
        """Of every note on an article, whoever sees it: the one that counts and those that
        somebody chose, the oldest first."""
        chosen = Q(placed_by__isnull=False)
        return self.filter(Q(current=True) | chosen, annotation__article=article).order_by("pk")

    def to_repeat(self, annotation_ids: Collection[int]) -> TargetQuerySet:
        """What a note on the same words needs: of each of these, where it stands and the newest
        choice of its words, mostly one and the same, the oldest first."""
        chosen = self.filter(annotation__in=annotation_ids, placed_by__isnull=False)
        newest = chosen.order_by().values("annotation").annotate(newest=models.Max("pk"))
        wanted = Q(current=True) | Q(pk__in=newest.values("newest"))
        return self.filter(wanted, annotation__in=annotation_ids).order_by("pk")

    def in_reading(self, reading_id: int) -> TargetQuerySet:
        """Those of roots written in one reading, private ones included."""
        return self.filter(_read_in(reading_id, "annotation__reading"))

    def to_look_at(self, room: Room) -> TargetQuerySet:
        """Where the notes of a room stand whose words are gone or only nearly there, as far as
        this person may place them anew (`can_place`), in reading order."""
        from annotations.models import Annotation

        user = room.user
        if not user.is_authenticated:
            return self.none()
        mine = Q(creator=user) if room.may_write else Q(creator=user, audience=Audience.PRIVATE)
        led = ~Q(audience=Audience.PRIVATE) if room.leads else NO
        standing = Q(root=None, state__in=(*PUBLISHED, State.PENDING))
        notes = Annotation.objects.visible_in(room).filter(standing & (mine | led))
        # Asked note by note: those that need a look are few among all that are visible.
        places = self.current().filter(
            Exists(notes.filter(pk=OuterRef("annotation"))),
            start_paragraph__article=room.article,
            placed_by=None,  # only a correction leaves a note unsure of its words
            anchor_state__in=(AnchorState.APPROXIMATE, AnchorState.DETACHED),
            whole_article=False,
        )
        return places.select_related(
            "annotation__circle", "start_paragraph", "end_paragraph"
        ).order_by("start_paragraph__position", "start_offset", "annotation")

    def as_chosen(self, annotation_ids: Collection[int]) -> dict[int, Target]:
        """Of each of these notes, by its id: where it stood when somebody last chose its words."""
        chosen = self.filter(annotation__in=annotation_ids, placed_by__isnull=False)
        return {target.annotation_id: target for target in chosen.order_by("pk")}

    def of_private_notes(self, user: User, article_id: int) -> TargetQuerySet:
        """Where a person's notes for themselves stand in a text, in reading order."""
        from annotations.models import Annotation

        notes = Annotation.objects.private_of(user, article_id).filter(state__in=PUBLISHED)
        return (
            self.current()
            .filter(annotation__in=notes)
            .select_related("annotation", "start_paragraph")
            .order_by("start_paragraph__position", "start_offset", "annotation")
        )

    def touching(self, paragraphs: Sequence[Paragraph]) -> TargetQuerySet:
        """Targets that cover any of these paragraphs, given in the order of their article."""
        ids = [paragraph.pk for paragraph in paragraphs]
        spanning = ~Q(start_paragraph=F("end_paragraph"))
        around = self.filter(
            start_paragraph__article=paragraphs[0].article_id,
            start_paragraph__position__lte=paragraphs[-1].position,
            end_paragraph__position__gte=paragraphs[0].position,
        )
        if len(ids) > FEW:
            return around.filter(spanning | Q(start_paragraph__retired=False))
        # Two queries in one, each with its own index: none serves an "or".
        starting = self.filter(start_paragraph__in=ids)
        reaching_in = around.filter(spanning).exclude(start_paragraph__in=ids)
        return starting.union(reaching_in, all=True)


def _edit_of(annotation: Any) -> models.QuerySet[AnnotationRevision]:
    from annotations.models import AnnotationRevision

    return AnnotationRevision.objects.filter(annotation=annotation, state=RevisionState.PENDING)


def _read_in(reading_id: int, column: str) -> Q:
    """Written in this reading, or in none because it is private. Said by what it is not, so that
    no planner takes the index on readings for the shortest way to a few threads."""
    return ~Q((f"{column}__lt", reading_id)) & ~Q((f"{column}__gt", reading_id))


@dataclass(frozen=True, slots=True)
class _Place:
    """What the rules ask about the place of a note and this person's part in it."""

    member: Q  # they may come into its group
    read_since: Q  # and may read threads from as long ago
    leads: Q
    public: Q
    in_circle: Q
    begun: Q
    revealed: Q


class _Settled(Q):
    """What holds of every note or of none. It goes where it is combined: asking it costs time."""

    def __and__(self, other: Q) -> Q:
        return other if self.negated else self

    def __or__(self, other: Q) -> Q:
        return self if self.negated else other

    __rand__, __ror__ = __and__, __or__


YES, NO = _Settled(pk__in=[], _negated=True), _Settled(pk__in=[])
# Leaders' questions are there to be answered, so no reveal rule hides them.
IS_PROMPT = Q(category=Category.VIOLET, root=None)
_ANSWERS_PROMPT = Q(root__category=Category.VIOLET)


def _anywhere(user: Viewer) -> _Place:
    """Asked of every note."""
    from reader.models import Circle

    mine = group_ids_of(user)

    def in_groups(**conditions: Any) -> Q:
        return Q(reading__group__in=mine.filter(**conditions))

    known = user.is_authenticated
    member = in_groups() if known else NO
    since = in_groups(reads_from=None) | IS_PROMPT & member | _since_joining(user)
    return _Place(
        member=member,
        read_since=since if known else NO,
        leads=in_groups(role__in=LEADERS) if known else NO,
        public=Q(reading__group__readable_by=Readable.PUBLIC),
        in_circle=Q(circle__in=Circle.objects.of(user).values("pk")) if known else NO,
        begun=has_begun("reading__"),
        revealed=_revealed_to(user),
    )


def _here(room: Room) -> _Place:
    """Settled for all notes of one room, which knows its reading and the person's membership."""
    membership = room.membership
    since = membership and membership.reads_from
    return _Place(
        member=YES if membership else NO,
        read_since=_begun_since(since) if since else YES if membership else NO,
        leads=YES if room.leads else NO,
        public=YES if room.group.readable_by == Readable.PUBLIC else NO,
        in_circle=Q(circle__in=room.circle_ids),
        begun=NO if room.reading.status_now == Status.PLANNED else YES,
        revealed=YES if room.revealed else IS_PROMPT,
    )


def _words(user: Viewer, place: _Place) -> Q:
    words = _within_reach(user, place) & Q(state__in=PUBLISHED)
    if user.is_authenticated:
        words |= _led(place) & Q(state__in=(*PUBLISHED, *HELD))
        words |= _own(user, place) & ~Q(state__in=GONE)
    return words


def _stones(user: Viewer, place: _Place) -> Q:
    """What was written and can't be read: the counterpart of `_words`."""
    # What was sent again stays, for others, what was removed.
    sent_again = Q(state=State.PENDING)
    stones = _within_reach(user, place) & (Q(state__in=TOMBSTONES) | sent_again) & Q(was_shown=True)
    if user.is_authenticated:
        stones &= ~(_led(place) & Q(state__in=HELD)) & ~(_own(user, place) & ~Q(state__in=GONE))
        stones |= (_led(place) | _own(user, place)) & Q(state__in=GONE)
    return stones


def _own(user: Viewer, place: _Place) -> Q:
    """One's own notes: private ones anywhere, others while one may come into the group."""
    return Q(creator=user) & (Q(audience=Audience.PRIVATE) | place.member)


def _led(place: _Place) -> Q:
    return ~Q(audience=Audience.PRIVATE) & place.leads


def _within_reach(user: Viewer, place: _Place) -> Q:
    """Where a person who doesn't lead may look, by group, circle, audience, reveal rule and when
    they joined."""
    everyone = Q(audience=Audience.GROUP)
    to_member = everyone | Q(audience=Audience.CIRCLE) & place.in_circle
    in_reach = (to_member & place.read_since | everyone & place.public) & place.revealed
    if user.is_authenticated:
        in_reach |= Q(audience=Audience.PERSON, addressee=user) & place.member
    return in_reach & place.begun & _thread_stands(user)


def _thread_stands(user: Viewer) -> Q:
    """Replies to what was held from the beginning wait with it: a thread has no gap at its head."""
    stands = ~Q(root__state=State.PENDING, root__was_shown=False)
    return stands | Q(root__creator=user) if user.is_authenticated else stands


def _begun_since(when: datetime) -> Q:
    begun = Q(root__created_at__gte=when) | Q(root=None, created_at__gte=when)
    return begun | IS_PROMPT | _ANSWERS_PROMPT & Q(created_at__gte=when)


def _since_joining(user: Viewer) -> Q:
    """Threads begun since a newcomer may read; a reply to an older one would stand alone. To what
    the leaders ask, which is there from the beginning, the answers since."""
    from reader.models import Membership

    begun_at = Coalesce(OuterRef("root__created_at"), OuterRef("created_at"))
    here = Membership.objects.with_access().of(user).filter(group=OuterRef("reading__group"))
    since = here.filter(reads_from__lte=begun_at)
    answered_since = here.filter(reads_from__lte=OuterRef("created_at"))
    return Q(Exists(since)) | _ANSWERS_PROMPT & Q(Exists(answered_since))


def _revealed_to(user: Viewer) -> Q:
    at_once = Q(reading__reveal=Reveal.AT_ONCE)
    at_date = Q(reading__reveal=Reveal.AT_DATE, reading__reveal_at__lte=timezone.now())
    revealed = at_once | at_date | IS_PROMPT
    if user.is_authenticated:
        revealed |= Q(reading__reveal=Reveal.AFTER_OWN, reading__in=_written_enough_in(user))
        observed = group_ids_of(user, role=Role.OBSERVER)
        revealed |= Q(reading__reveal=Reveal.AFTER_OWN, reading__group__in=observed)
        revealed |= Q(reading__reveal=Reveal.AFTER_FINISHED, reading__in=_finished_by(user))
    return revealed


def _written_enough_in(user: Viewer) -> models.QuerySet[Any, Any]:
    """The ids of readings in which as many notes of a person stand as reveal those of others."""
    from annotations.models import Annotation

    own = Annotation.objects.written().filter(creator=user.pk, reading__isnull=False)
    by_reading = own.order_by().values("reading_id", "reading__reveal_after")
    enough = by_reading.annotate(written=models.Count("pk"))
    return enough.filter(written__gte=F("reading__reveal_after")).values("reading_id")


def _finished_by(user: Viewer) -> models.QuerySet[Any, Any]:
    from reader.models import Participation

    said_so = Participation.objects.filter(user=user.pk, finished_at__isnull=False)
    return said_so.values("reading_id")
