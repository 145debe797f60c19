from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("annotations.urls")),
    path("", include("reader.urls")),
]

handler400 = "reader.views.errors.bad_request"
handler403 = "reader.views.errors.forbidden"
handler404 = "reader.views.errors.not_found"
handler500 = "reader.views.errors.server_error"
