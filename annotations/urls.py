from django.urls import path

from annotations import views

READING = "g/<slug:group>/read/<slug:article>/"

urlpatterns = [
    path(READING, views.reading, name="reading"),
    path(f"{READING}annotate/", views.annotate, name="annotate"),
    path(f"{READING}p/<slug:key>/", views.paragraph_notes, name="paragraph_notes"),
    path("p/<slug:key>/", views.paragraph, name="paragraph"),
    path("n/<uuid:uuid>/", views.note, name="note"),
    path("n/<uuid:uuid>/thread/", views.thread, name="note_thread"),
    path("n/<uuid:uuid>/menu/", views.menu, name="note_menu"),
    path("n/<uuid:uuid>/reply/", views.reply, name="note_reply"),
    path("n/<uuid:uuid>/edit/", views.edit, name="note_edit"),
    path("n/<uuid:uuid>/delete/", views.delete, name="note_delete"),
    path("n/<uuid:uuid>/history/", views.history, name="note_history"),
]
