"""Every setting, from the environment. docs/operations.md lists the variables."""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from config import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(env.text("CATENA_STATE", str(BASE_DIR / "var")))
# What set-up makes, apart from the state where an image carries it and a volume the state.
ASSETS_DIR = Path(env.text("CATENA_ASSETS", str(STATE_DIR)))

DEBUG = env.flag("CATENA_DEBUG")
SECRET_KEY = env.secret_key(STATE_DIR, debug=DEBUG)

# The public address decides hosts, cookies and HSTS, so they can't contradict each other.
_port = env.number("CATENA_PORT", 0)
CATENA_URL = env.text("CATENA_URL", f"http://127.0.0.1:{_port or 8000}").rstrip("/")
_address = urlsplit(CATENA_URL)
if _address.scheme not in {"http", "https"} or not _address.hostname:
    raise ImproperlyConfigured(f"CATENA_URL is {CATENA_URL!r}; it must be http(s)://HOST[:PORT].")
_https = _address.scheme == "https"

# Where `manage.py serve` listens, and the proxies that may tell it a client's address.
CATENA_HOST = env.text("CATENA_HOST", "127.0.0.1")
CATENA_PORT = _port or (8000 if _https else _address.port or 8000)
CATENA_PROXIES = env.text("CATENA_PROXIES", "127.0.0.1")

ALLOWED_HOSTS = [_address.hostname]
if _address.hostname in {"127.0.0.1", "localhost"}:
    ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"{_address.scheme}://{_address.netloc}"]

CATENA_REGISTRATION = env.choice(
    "CATENA_REGISTRATION", "invitation", {"open", "invitation", "closed"}
)
# Of one person; a list of 500 addresses goes through in one.
CATENA_INVITATIONS_PER_DAY = env.number("CATENA_INVITATIONS_PER_DAY", 1000)
# Of one person, counted together over all groups; leaders write as they like.
CATENA_LIMIT_NOTES = env.limits("CATENA_LIMIT_NOTES", "12/min 120/h")
CATENA_LIMIT_NOTES_FIRST_DAY = env.limits("CATENA_LIMIT_NOTES_FIRST_DAY", "4/min 30/h")
CATENA_LIMIT_HIGHLIGHTS = env.limits("CATENA_LIMIT_HIGHLIGHTS", "60/min 600/h")
CATENA_LIMIT_EDITS = env.limits("CATENA_LIMIT_EDITS", "20/min")
CATENA_LIMIT_REPORTS = env.limits("CATENA_LIMIT_REPORTS", "10/h")
CATENA_LIMIT_EXPORTS = env.limits("CATENA_LIMIT_EXPORTS", "6/h")
CATENA_LIMIT_IMPORTS = env.limits("CATENA_LIMIT_IMPORTS", "20/h")
CATENA_PDF_PAGES = env.number("CATENA_PDF_PAGES", 400)
CATENA_THREADS = env.number("CATENA_THREADS", 8)
CATENA_ALLOW_SEED = DEBUG or env.flag("CATENA_ALLOW_SEED")
# Fragments and pages made by another build are never served: their keys name it.
CATENA_BUILD = env.text("CATENA_BUILD") or env.build(BASE_DIR, ASSETS_DIR / "static")

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "annotations.apps.AnnotationsConfig",
    "reader.apps.ReaderConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "django_htmx",
    "django_tasks_db",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "reader.middleware.browser_rules",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "reader.middleware.time_and_language",
    "reader.middleware.sign_in_links",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "reader.context.page",
            ],
        },
    }
]

DATABASES = {
    "default": env.database(env.text("DATABASE_URL"), STATE_DIR, threads=CATENA_THREADS),
}

CATENA_SQLITE_WAL_IS_SAFE = env.wal_is_safe(sqlite3.sqlite_version_info)

# One process keeps its own fragments unless CATENA_CACHE_URL names a Redis or Valkey for all.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": env.number("CATENA_CACHE_ENTRIES", 20_000)},
    }
}
if DEBUG:
    CACHES["default"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
if _cache := env.text("CATENA_CACHE_URL"):
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _cache,
    }

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

AUTH_USER_MODEL = "reader.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

# Without a mail server nobody can be asked to open a message: sign-in is by password then.
MAILERS = env.mailers(env.text("CATENA_MAIL_URL"))
CATENA_SENDS_MAIL = bool(env.text("CATENA_MAIL_URL"))
DEFAULT_FROM_EMAIL = env.text("CATENA_MAIL_FROM", f"Catena <catena@{_address.hostname}>")

ACCOUNT_ADAPTER = "reader.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "reader.accounts.NameForm"
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "website"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = CATENA_SENDS_MAIL
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if CATENA_SENDS_MAIL else "none"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = CATENA_SENDS_MAIL
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_PREVENT_ENUMERATION = CATENA_SENDS_MAIL
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
# A classroom shares one address: limits by address are wide, limits by account stay narrow.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "300/m/ip,10/5m/key",
    "signup": "200/m/ip",
    "request_login_code": "100/m/ip,3/m/key",
    "confirm_email": "1/10s/key",
    "reset_password": "60/m/ip,5/m/key",
    "reset_password_from_key": "60/m/ip",
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
TIME_ZONE = env.text("CATENA_TIME_ZONE", "UTC")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = ASSETS_DIR / "static"
STATICFILES_DIRS = [("fonts", ASSETS_DIR / "fonts")] if (ASSETS_DIR / "fonts").is_dir() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Notes on their way out or in, between two requests. It has no address of its own.
    "takeaway": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": STATE_DIR / "takeaway",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.storage.ModuleManifestStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_SSL_REDIRECT = _https and env.flag("CATENA_REDIRECT_TO_HTTPS", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SESSION_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-session" if _https else "session"
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "csrf"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
CSRF_FAILURE_VIEW = "reader.views.errors.csrf_failure"

# Twenty megabytes of text arrive whole, so that the answer can be a sentence.
DATA_UPLOAD_MAX_MEMORY_SIZE = 24 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# A site without mail is a choice here, and neighbours under the same domain are not ours to bind.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if not CATENA_SENDS_MAIL:
    SILENCED_SYSTEM_CHECKS.append("mail.E001")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.logs.Discreet",
            "fmt": "{levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "catena": {"level": "INFO"},
        # Of tasks and workers only failures are worth a line.
        "django.tasks": {"level": "ERROR"},
        "django_tasks_db": {"level": "ERROR"},
        # Whoever knocks with another name is answered 400; that fills no log.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
