from django.conf import settings
from django.urls import include, path

from reader.views.errors import no_mail

# Where no mail leaves, nobody is told to look for one.
without_mail = [path("accounts/password/reset/", no_mail, name="account_reset_password")]

urlpatterns = [
    *([] if settings.CATENA_SENDS_MAIL else without_mail),
    path("accounts/", include("allauth.urls")),
    path("", include("reader.urls")),  # first, so that "g/new/" is no group's address
    path("", include("annotations.urls")),
]

handler400 = "reader.views.errors.bad_request"
handler403 = "reader.views.errors.forbidden"
handler404 = "reader.views.errors.not_found"
handler500 = "reader.views.errors.server_error"
