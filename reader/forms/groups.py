from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from reader.models import StudyGroup


class GroupForm(forms.ModelForm[StudyGroup]):
    class Meta:
        model = StudyGroup
        fields = ("name", "description", "rules")
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "rules": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "description": _("What you read together, how often, for whom."),
            "rules": _("Shown to everybody who joins."),
        }
