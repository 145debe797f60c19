from django.urls import path

from annotations.views import (
    copying,
    correcting,
    groups,
    notes,
    own_copies,
    placing,
    reading,
    sharing,
    taking_part,
)

READING = "g/<slug:group>/read/<slug:article>/"

urlpatterns = [
    path("", groups.groups, name="home"),
    path("g/<slug:group>/", groups.home, name="group"),
    path(READING, reading.reading, name="reading"),
    path(f"{READING}annotate/", notes.annotate, name="annotate"),
    path(f"{READING}private/", sharing.private_notes, name="private_notes"),
    path(f"{READING}own-copy/", own_copies.own_copy, name="own_copy"),
    path(f"{READING}correct/preview/", correcting.preview, name="correction_preview"),
    path("g/<slug:group>/copy/", copying.copy, name="group_copy"),
    path(f"{READING}p/<slug:key>/", reading.paragraph_notes, name="paragraph_notes"),
    path("p/<slug:key>/", reading.paragraph, name="paragraph"),
    path("n/<uuid:uuid>/", notes.note, name="note"),
    path("n/<uuid:uuid>/thread/", notes.thread, name="note_thread"),
    path("n/<uuid:uuid>/menu/", notes.menu, name="note_menu"),
    path("n/<uuid:uuid>/reply/", notes.reply, name="note_reply"),
    path("n/<uuid:uuid>/edit/", notes.edit, name="note_edit"),
    path("n/<uuid:uuid>/delete/", notes.delete, name="note_delete"),
    path("n/<uuid:uuid>/history/", notes.history, name="note_history"),
    path("n/<uuid:uuid>/words/", placing.words, name="note_words"),
    path("n/<uuid:uuid>/place/", placing.place, name="note_place"),
    path(f"{READING}look/", placing.look, name="need_a_look"),
    path(f"{READING}taking-part/", taking_part.taking_part, name="taking_part"),
    path(f"{READING}taking-part.csv", taking_part.as_csv, name="taking_part_csv"),
]
