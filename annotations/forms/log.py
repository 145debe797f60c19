"""What of a group's log a leader wants to see."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from annotations.enums import Verb
from reader.models import StudyGroup

# Not a row of the log: nothing is to be learnt by asking for them.
NEVER_LOGGED = (Verb.PUBLISH, Verb.WITHDRAW, Verb.TAKE_BACK)


class LogFilterForm(forms.Form):
    person = forms.TypedChoiceField(
        label=_("By or about"), coerce=int, empty_value=None, required=False
    )
    verb = forms.ChoiceField(label=_("What"), required=False)

    def __init__(self, data: Any, *, group: StudyGroup) -> None:
        super().__init__(data)
        # Who goes by "former member" isn't to be found by their name.
        people = group.memberships.filter(nameless=False, user__anonymised_at=None).by_name()
        person: Any = self.fields["person"]
        person.choices = [("", _("everybody")), *((each.user_id, each.user) for each in people)]
        verb: Any = self.fields["verb"]
        verbs = [(each.value, capfirst(each.label)) for each in Verb if each not in NEVER_LOGGED]
        verb.choices = [("", _("everything")), *verbs]

    def wanted(self) -> dict[str, Any]:
        """What was chosen; what can't be is left out."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
