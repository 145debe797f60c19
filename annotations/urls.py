from django.urls import path

from annotations.views import copying, groups, notes, reading, sharing, taking_part

READING = "g/<slug:group>/read/<slug:article>/"

urlpatterns = [
    path("", groups.groups, name="home"),
    path("g/<slug:group>/", groups.home, name="group"),
    path(READING, reading.reading, name="reading"),
    path(f"{READING}annotate/", notes.annotate, name="annotate"),
    path(f"{READING}private/", sharing.private_notes, name="private_notes"),
    path("g/<slug:group>/copy/", copying.copy, name="group_copy"),
    path(f"{READING}p/<slug:key>/", reading.paragraph_notes, name="paragraph_notes"),
    path("p/<slug:key>/", reading.paragraph, name="paragraph"),
    path("n/<uuid:uuid>/", notes.note, name="note"),
    path("n/<uuid:uuid>/thread/", notes.thread, name="note_thread"),
    path("n/<uuid:uuid>/menu/", notes.menu, name="note_menu"),
    path("n/<uuid:uuid>/reply/", notes.reply, name="note_reply"),
    path("n/<uuid:uuid>/edit/", notes.edit, name="note_edit"),
    path("n/<uuid:uuid>/delete/", notes.delete, name="note_delete"),
    path("n/<uuid:uuid>/approve/", notes.approve, name="note_approve"),
    path("n/<uuid:uuid>/history/", notes.history, name="note_history"),
    path(f"{READING}taking-part/", taking_part.taking_part, name="taking_part"),
    path(f"{READING}taking-part.csv", taking_part.as_csv, name="taking_part_csv"),
]
