from reader.actions.accounts import claim_site, issue_claim, rename, set_reading_settings
from reader.actions.articles import discard_draft, draft_article, mend_draft, publish
from reader.actions.groups import create_group, edit_group
from reader.actions.invitations import accept_invitation, invite, revoke

__all__ = [
    "accept_invitation",
    "claim_site",
    "create_group",
    "discard_draft",
    "draft_article",
    "edit_group",
    "invite",
    "issue_claim",
    "mend_draft",
    "publish",
    "rename",
    "revoke",
    "set_reading_settings",
]
