from django.urls import path

from reader.views import (
    articles,
    groups,
    invitations,
    joining,
    participation,
    people,
    readings,
    site,
)

READING = "g/<slug:group>/read/<slug:article>/"

urlpatterns = [
    path("groups/", site.my_groups, name="my_groups"),
    path("settings/", site.settings, name="settings"),
    path("claim/<str:token>/", site.claim, name="claim"),
    path("join/", joining.enter_code, name="join_code"),
    path("join/asked/", joining.asked, name="join_asked"),
    path("join/<str:token>/", joining.join, name="join"),
    path("join/<str:token>/ask/", joining.ask, name="join_ask"),
    path("sign-in/<str:token>/", joining.sign_in_link, name="sign_in_link"),
    path("g/new/", groups.create, name="group_new"),
    path("g/<slug:group>/edit/", groups.edit, name="group_edit"),
    path("g/<slug:group>/policy/", groups.policy, name="group_policy"),
    path("g/<slug:group>/erase/", groups.erase, name="group_erase"),
    path("g/<slug:group>/keep/", groups.keep, name="group_keep"),
    path("g/<slug:group>/leave/", people.leave, name="group_leave"),
    path("g/<slug:group>/people/", people.people, name="people"),
    path("g/<slug:group>/people/<int:pk>/", people.member, name="member"),
    path("g/<slug:group>/people/<int:pk>/hand-over/", people.hand_over, name="member_hand_over"),
    path("g/<slug:group>/people/<int:pk>/remove/", people.remove, name="member_remove"),
    path(
        "g/<slug:group>/people/<int:pk>/sign-in-link/",
        joining.new_sign_in_link,
        name="sign_in_link_new",
    ),
    path("g/<slug:group>/join/", joining.group_join, name="group_join"),
    path("g/<slug:group>/requests/", joining.requests, name="join_requests"),
    path("g/<slug:group>/requests/<int:pk>/", joining.decide, name="join_request_decide"),
    path("g/<slug:group>/invitations/", invitations.invitations, name="invitations"),
    path("g/<slug:group>/invitations/codes/", invitations.codes, name="invitation_codes"),
    path("g/<slug:group>/invitations/mail/", invitations.mail, name="invitation_mail"),
    path(
        "g/<slug:group>/invitations/batches/<uuid:pk>/", invitations.batch, name="invitation_batch"
    ),
    path(
        "g/<slug:group>/invitations/<int:pk>/revoke/", invitations.revoke, name="invitation_revoke"
    ),
    path("g/<slug:group>/articles/new/", articles.create, name="import_new"),
    path("imports/<uuid:pk>/", articles.draft, name="import_draft"),
    path("imports/<uuid:pk>/discard/", articles.discard, name="import_discard"),
    path("livez", site.livez, name="livez"),
    path("readyz", site.readyz, name="readyz"),
    path(f"{READING}seen/", participation.seen, name="reading_seen"),
    path(f"{READING}settings/", readings.settings, name="reading_settings"),
    path(f"{READING}move/", readings.move, name="reading_move"),
    path(f"{READING}finished/", participation.finished, name="reading_finished"),
    path(f"{READING}circles/", readings.circles, name="circles"),
    path(f"{READING}circles/new/", readings.circle_new, name="circle_new"),
    path(f"{READING}circles/divide/", readings.circles_divide, name="circles_divide"),
    path(f"{READING}circles/<int:pk>/", readings.circle_rename, name="circle_rename"),
    path(f"{READING}circles/<int:pk>/remove/", readings.circle_remove, name="circle_remove"),
]
