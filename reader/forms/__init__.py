"""What people send: fields, sentences about what is wrong, and nothing that writes."""

from reader.forms.accounts import SettingsForm
from reader.forms.articles import LEAVE_OUT, DraftForm, ImportForm
from reader.forms.groups import GroupForm
from reader.forms.invitations import InvitationForm

__all__ = [
    "LEAVE_OUT",
    "DraftForm",
    "GroupForm",
    "ImportForm",
    "InvitationForm",
    "SettingsForm",
]
