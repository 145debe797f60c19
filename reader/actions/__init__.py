from reader.actions.accounts import (
    claim_site,
    issue_claim,
    rename,
    set_profile,
    set_quiet_hours,
    set_reading_settings,
)
from reader.actions.articles import discard_draft, draft_article, mend_draft, publish
from reader.actions.batches import invite_by_mail
from reader.actions.correcting import TextMovedOn, publish_correction
from reader.actions.groups import ask_to_erase, create_group, edit_group, keep_group, set_policy
from reader.actions.invitations import invite, invite_by_code, revoke
from reader.actions.joining import accept_invitation, join_group
from reader.actions.members import hand_over, leave, remove, set_role, set_taken_home
from reader.actions.requests import ask_for_another, ask_to_join, decide_request
from reader.actions.sign_in_links import issue_sign_in_link, use_sign_in_link

__all__ = [
    "TextMovedOn",
    "accept_invitation",
    "ask_for_another",
    "ask_to_erase",
    "ask_to_join",
    "claim_site",
    "create_group",
    "decide_request",
    "discard_draft",
    "draft_article",
    "edit_group",
    "hand_over",
    "invite",
    "invite_by_code",
    "invite_by_mail",
    "issue_claim",
    "issue_sign_in_link",
    "join_group",
    "keep_group",
    "leave",
    "mend_draft",
    "publish",
    "publish_correction",
    "remove",
    "rename",
    "revoke",
    "set_policy",
    "set_profile",
    "set_quiet_hours",
    "set_reading_settings",
    "set_role",
    "set_taken_home",
    "use_sign_in_link",
]
