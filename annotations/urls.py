from django.urls import path

from annotations.views import notes, reading

READING = "g/<slug:group>/read/<slug:article>/"

urlpatterns = [
    path(READING, reading.reading, name="reading"),
    path(f"{READING}annotate/", notes.annotate, name="annotate"),
    path(f"{READING}p/<slug:key>/", reading.paragraph_notes, name="paragraph_notes"),
    path("p/<slug:key>/", reading.paragraph, name="paragraph"),
    path("n/<uuid:uuid>/", notes.note, name="note"),
    path("n/<uuid:uuid>/thread/", notes.thread, name="note_thread"),
    path("n/<uuid:uuid>/menu/", notes.menu, name="note_menu"),
    path("n/<uuid:uuid>/reply/", notes.reply, name="note_reply"),
    path("n/<uuid:uuid>/edit/", notes.edit, name="note_edit"),
    path("n/<uuid:uuid>/delete/", notes.delete, name="note_delete"),
    path("n/<uuid:uuid>/history/", notes.history, name="note_history"),
]
