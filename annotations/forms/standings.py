"""What leaders send about a member: what they may do from now on, and what to keep in mind."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotations.forms.places import HiddenFieldsForm
from annotations.models import MAX_SENTENCE, LogEntry, MemberNote
from annotations.moderation.standings import HIDE, KEEP, OVER_NOTES, REMOVE, WITH_END
from annotations.reasons import in_use, reasons_of
from reader.enums import Standing
from reader.forms.choices import Explained
from reader.forms.readings import Moment
from reader.models import Membership
from reader.permissions import standing_now

MEANS: dict[str, str | Promise] = {
    Standing.ACTIVE: _("Reads and writes as before. What was decided earlier is over."),
    Standing.HELD: _("Writes, and others see it once a moderator has looked at it."),
    Standing.WARNED: _(
        "Writes nothing until they have read your sentence and said so, with a button. "
        "It ends by that."
    ),
    Standing.MUTED: _("Reads, and writes nothing."),
    Standing.SUSPENDED: _("Doesn’t come into the group. Afterwards everything is as before."),
    Standing.BANNED: _(
        "Doesn’t come in, and no link, code or request lets them in again while it lasts."
    ),
}
NOTES: dict[str, str | Promise] = {
    KEEP: _("They stay where they are, under their name."),
    HIDE: _("Out of view until somebody decides about each of them."),
    REMOVE: _("Removed, for the reason you choose. Replies by others stay."),
}


class StandingForm(HiddenFieldsForm):
    standing = forms.ChoiceField(label=_("From now on"), choices=Standing, widget=Explained(MEANS))
    until = forms.DateTimeField(
        label=_("Until"),
        required=False,
        widget=Moment,
        help_text=_("In your time zone. Empty: until a leader decides anew."),
    )
    reason = forms.ChoiceField(label=_("Why"), required=False)
    sentence = forms.CharField(
        label=_("A sentence to them, in your words"),
        required=False,
        max_length=MAX_SENTENCE,
        widget=forms.Textarea({"rows": 4}),
    )
    notes = forms.ChoiceField(
        label=_("What they have written here"),
        choices=[(KEEP, _("keep")), (HIDE, _("hide")), (REMOVE, _("remove"))],
        initial=KEEP,
        required=False,
        widget=Explained(NOTES),
    )
    # The newest row of the log about this person that the page was made with.
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, membership: Membership) -> None:
        now = standing_now(membership)
        last = LogEntry.objects.about_member(membership).first()
        super().__init__(
            data,
            initial={
                "standing": now,
                "until": membership.standing_until if now != Standing.ACTIVE else None,
                "seen": last.pk if last else 0,
            },
        )
        reasons = in_use(reasons_of(membership.group))
        named: Any = self.fields["reason"]
        named.choices = [("", _("Choose a reason")), *((each.code, each.label) for each in reasons)]

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until is not None and until <= timezone.now() and self._chosen in WITH_END:
            raise ValidationError(_("Choose a moment to come, or leave it empty."))
        return until

    @property
    def _chosen(self) -> str:
        return str(self.cleaned_data.get("standing", ""))

    def clean(self) -> dict[str, Any]:
        """What the chosen standing doesn't ask for is left out, whatever still stands there."""
        data = super().clean() or {}
        if self._chosen not in WITH_END:
            data["until"] = None
        if self._chosen not in OVER_NOTES:
            data["notes"] = KEEP
        data["notes"] = data.get("notes") or KEEP
        if self._chosen == Standing.ACTIVE:
            data["reason"] = ""
        elif "reason" in data and not data["reason"]:
            self.add_error("reason", _("Choose a reason: the person is told."))
        return data


class MemberNoteForm(forms.ModelForm[MemberNote]):
    class Meta:
        model = MemberNote
        fields = ("words",)
        labels = {"words": _("What the leaders should keep in mind")}
        widgets = {"words": forms.Textarea({"rows": 4})}


class AcknowledgeForm(HiddenFieldsForm):
    """Which warning was read."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
