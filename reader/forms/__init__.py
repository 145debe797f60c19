"""What people send: fields, sentences about what is wrong, and nothing that writes."""

from reader.forms.accounts import SettingsForm
from reader.forms.articles import LEAVE_OUT, DraftForm, ImportForm
from reader.forms.groups import EraseForm, GroupForm, NewGroupForm, PolicyForm
from reader.forms.invitations import (
    AddressesForm,
    AnswerForm,
    AskingForm,
    CodeEntryForm,
    CodeForm,
    InvitationForm,
)
from reader.forms.members import LeaveForm, RoleForm

__all__ = [
    "LEAVE_OUT",
    "AddressesForm",
    "AnswerForm",
    "AskingForm",
    "CodeEntryForm",
    "CodeForm",
    "DraftForm",
    "EraseForm",
    "GroupForm",
    "ImportForm",
    "InvitationForm",
    "LeaveForm",
    "NewGroupForm",
    "PolicyForm",
    "RoleForm",
    "SettingsForm",
]
