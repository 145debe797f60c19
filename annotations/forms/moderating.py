"""What moderators send: decisions, with the version that they were made on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import slug_re
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotations.enums import Outcome, Rule, Verb
from annotations.models import Annotation, Reason
from annotations.models.moderation import MAX_SENTENCE
from annotations.moderation import AT_ONCE
from annotations.querysets import AnnotationQuerySet
from annotations.queue import Tab, Wanted
from annotations.reasons import in_use, reasons_of
from annotations.transitions import DECISIONS
from reader.forms.choices import Explained
from reader.models import StudyGroup

# A note and every reply to it; no state of one note, so no verb of the table.
REMOVE_ALL = "remove_all"
VERBS = (*DECISIONS, Verb.DECLINE_EDIT, Verb.IGNORE, REMOVE_ALL)
WITH_REASON = (Verb.REMOVE, Verb.SEND_BACK, Verb.DECLINE_EDIT, REMOVE_ALL)
IN_BULK = (Verb.APPROVE, Verb.HIDE, Verb.REMOVE)


class ReasonForm(forms.Form):
    """Why: a reason of the group's, and a sentence in one's own words."""

    reason = forms.ChoiceField(label=_("Why"), required=False)
    sentence = forms.CharField(
        label=_("In your words, if you like"),
        help_text=_("Its author reads this too. Nobody learns who decided."),
        max_length=MAX_SENTENCE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "grows", "dir": "auto"}),
    )

    def take_reasons(self, group: StudyGroup) -> list[Reason]:
        reasons = in_use(reasons_of(group))
        field: Any = self.fields["reason"]
        field.widget = Explained({each.code: each.sentence for each in reasons})
        field.choices = [(each.code, each.label) for each in reasons]
        return reasons

    def require_reason(self, verb: str) -> None:
        if verb in WITH_REASON and not self.cleaned_data.get("reason"):
            self.add_error("reason", _("Choose a reason: its author is told."))


class DecideForm(ReasonForm):
    verb = forms.ChoiceField(choices=[(verb, verb) for verb in VERBS], widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    # Which words these were, to say what has changed where something has.
    revision = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        choices=[(each, each) for each in (Outcome.IGNORED, Outcome.DUPLICATE)],
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(
        self, data: Any = None, *, note: Annotation, group: StudyGroup, verb: str = ""
    ) -> None:
        super().__init__(
            data,
            auto_id=f"decide-{note.uuid}-%s",
            initial={"verb": verb, "seen": note.version, "revision": note.revision},
        )
        self.note = note
        self.take_reasons(group)

    @property
    def asked(self) -> str:
        """The verb it is about."""
        verb = str(self["verb"].value() or "")
        return verb if verb in VERBS else ""

    @property
    def takes_reason(self) -> bool:
        return self.asked in WITH_REASON

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.require_reason(data.get("verb", ""))
        if data.get("verb") == REMOVE_ALL and not self.note.is_root:
            raise ValidationError(_("Only what begins a thread is removed with its replies."))
        return data

    def why(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("reason", "sentence")}


class BulkForm(ReasonForm):
    """Several notes at once, each given as its id and the version that was seen."""

    verb = forms.ChoiceField(choices=[(verb, verb) for verb in IN_BULK])

    def __init__(
        self, data: Any = None, *, group: StudyGroup, notes: AnnotationQuerySet | None = None
    ) -> None:
        """`notes` are those that the person may decide about, in whichever group."""
        super().__init__(data, auto_id="bulk-%s")
        self.group, self.notes = group, notes
        self.take_reasons(group)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.require_reason(data.get("verb", ""))
        chosen = dict(map(_named, self.sent))
        if not chosen:
            raise ValidationError(_("Choose the notes first."))
        if len(chosen) > AT_ONCE:
            raise ValidationError(_("At most %(most)d notes at once.") % {"most": AT_ONCE})
        here = Q(reading__group=self.group, uuid__in=chosen)
        if self.notes is None or not self.notes.filter(here).exists():
            raise ValidationError(_("None of these notes is there any more."))
        data["chosen"] = list(chosen.items())
        return data

    @property
    def sent(self) -> list[str]:
        data: Any = self.data
        return list(data.getlist("chosen"))

    @property
    def can_be_mended(self) -> bool:
        """Whether nothing but the reason is missing."""
        return set(self.errors) == {"reason"}

    def decision(self) -> dict[str, Any]:
        """What `moderation.decide_all` takes of it, beside who decides and in which group."""
        return {**self.cleaned_data, "verb": Verb(self.cleaned_data["verb"])}


def _named(value: str) -> tuple[UUID, int]:
    uuid, _colon, seen = value.partition(":")
    try:
        return UUID(uuid), int(seen)
    except ValueError:
        raise ValidationError(_("Choose the notes first.")) from None


def wanted_in(query: QueryDict, group: StudyGroup) -> Wanted:
    """Which part of a group's queue an address asks for. What leads nowhere counts for nothing."""
    tab, rule = query.get("tab", ""), query.get("rule", "")
    person, article = _number(query.get("person")), query.get("article", "")
    readings = group.readings.select_related("article")
    return Wanted(
        Tab(tab) if tab in Tab else Tab.HELD,
        group.memberships.select_related("user").filter(pk=person).first() if person else None,
        readings.filter(article__slug=article).first() if slug_re.match(article) else None,
        rule if rule in Rule else "",
        _number(query.get("after")),
    )


def _number(value: str | None) -> int | None:
    """A row's number; no database has larger ones."""
    digits = value is not None and value.isascii() and value.isdecimal() and len(value) < 19
    return int(value) if digits and value else None
