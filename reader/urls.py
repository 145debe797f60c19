from django.urls import path

from reader.views import articles, groups, invitations, people, site

urlpatterns = [
    path("", site.home, name="home"),
    path("settings/", site.settings, name="settings"),
    path("claim/<str:token>/", site.claim, name="claim"),
    path("join/<str:token>/", invitations.join, name="join"),
    path("g/new/", groups.create, name="group_new"),
    path("g/<slug:group>/", groups.show, name="group"),
    path("g/<slug:group>/edit/", groups.edit, name="group_edit"),
    path("g/<slug:group>/people/", people.people, name="people"),
    path("g/<slug:group>/invitations/", invitations.invitations, name="invitations"),
    path(
        "g/<slug:group>/invitations/<int:pk>/revoke/", invitations.revoke, name="invitation_revoke"
    ),
    path("g/<slug:group>/articles/new/", articles.create, name="import_new"),
    path("imports/<uuid:pk>/", articles.draft, name="import_draft"),
    path("imports/<uuid:pk>/discard/", articles.discard, name="import_discard"),
    path("livez", site.livez, name="livez"),
    path("readyz", site.readyz, name="readyz"),
]
