"""Every setting comes from the environment; the defaults serve tests and development.

A secret may be given as `NAME` or, for container secrets, as a file path in `NAME_FILE`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
from celery.schedules import schedule
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()

DEBUG = env.bool("DEBUG", default=False)
# Anything that holds data outlives the process that made it up, so production must name its keys.
DEVELOPMENT = env.bool("SPOTPC_DEVELOPMENT", default=False)


def secret(name: str, stand_in: str) -> str:
    """A secret from the environment; in development a well-known stand-in."""
    try:
        value: str = env.str(name, default="").strip()  # editors end a file with a newline
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}.") from error
    if value:
        return value
    if DEVELOPMENT:
        return stand_in
    raise ImproperlyConfigured(f"{name} (or {name}_FILE) must be set; see README.md, Settings.")


SECRET_KEY = secret("SECRET_KEY", "development-only-secret-key-of-spot-pc-0123456789")
# Fernet keys for secrets at rest, newest first; older ones still decrypt.
FIELD_KEYS = secret("SPOTPC_FIELD_KEYS", "ZGV2ZWxvcG1lbnQtb25seS1maWVsZC1rZXktMzJieXQ=").split(",")

# 127.0.0.1: the container asks itself whether it is well.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=["localhost", "testserver"]), "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",  # its templates, which ours override field by field
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "template_partials",
    "spotpc.web",
    "spotpc.jobs",
    "spotpc.emulator",
    "spotpc.demo",
    "spotpc.setup",
    "tenants",
    "images",
    "spotgroups",
    "w365",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "spotpc.middleware.ViewerTimeZone",
]

ROOT_URLCONF = "spotpc.urls"
WSGI_APPLICATION = "spotpc.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Readers never wait for the writer, writers queue instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "tenants.Admin"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = env.int("SPOTPC_SESSION_SECONDS", default=12 * 3600)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # every form carries its token; no script asks for it
CSRF_COOKIE_SAMESITE = "Lax"

HTTPS = env.bool("SPOTPC_HTTPS", default=not DEVELOPMENT)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
# Whether the neighbours under the same domain speak HTTPS only is not ours to promise.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT

DJANGO_TABLES2_TEMPLATE = "web/table.html"

# --- Celery: a wake-up channel, nothing more. The job rows are the truth. -------------------
CELERY_BROKER_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
# Far above the longest tick, or Redis hands a running task to a second worker.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    # A web request that cannot reach Redis gives up at once: the dispatcher will announce the job.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

DISPATCH_SECONDS = env.float("SPOTPC_DISPATCH_SECONDS", default=5.0)
SYNC_SECONDS = env.float("SPOTPC_SYNC_SECONDS", default=120.0)
CELERY_BEAT_SCHEDULE = {
    # `expires`: wake-ups that nobody fetched in time are worthless, the next ones say the same.
    "dispatch-due-jobs": {
        "task": "jobs.dispatch",
        "schedule": schedule(DISPATCH_SECONDS),
        "options": {"expires": DISPATCH_SECONDS},
    },
    "reap-leases": {"task": "jobs.reap", "schedule": schedule(15.0), "options": {"expires": 15}},
    "sync-tenants": {
        "task": "tenants.sync_due",
        "schedule": schedule(DISPATCH_SECONDS),
        "options": {"expires": DISPATCH_SECONDS},
    },
    "sweep-orphans": {
        "task": "jobs.sweep",
        "schedule": schedule(3600.0),
        "options": {"expires": 3600},
    },
}

# --- Azure ------------------------------------------------------------------------------------
# public, usgov, china, or custom with the three addresses below.
AZURE_CLOUD = env.str("SPOTPC_AZURE_CLOUD", default="public")
if AZURE_CLOUD not in ("public", "usgov", "china", "custom"):
    raise ImproperlyConfigured("SPOTPC_AZURE_CLOUD is one of public, usgov, china and custom.")
AZURE_AUTHORITY = env.str("SPOTPC_AZURE_AUTHORITY", default="")
AZURE_RESOURCE_MANAGER = env.str("SPOTPC_AZURE_RESOURCE_MANAGER", default="")
AZURE_GRAPH = env.str("SPOTPC_AZURE_GRAPH", default="")
AZURE_CA_FILE = env.str("SPOTPC_AZURE_CA_FILE", default="") or None
# How much faster than the real Azure the configured cloud works. Waits for Azure are divided by
# it; promises to people (warning minutes, schedules) never are.
AZURE_PACE = env.float("SPOTPC_AZURE_PACE", default=1.0)
# The registration package of the AVD agent; Microsoft publishes new ones under new names.
AVD_AGENT_PACKAGE = env.str(
    "SPOTPC_AVD_AGENT_PACKAGE",
    default="https://wvdportalstorageblob.blob.core.windows.net/galleryartifacts/"
    "Configuration_1.0.02790.438.zip",
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # The SDKs log every request with its headers at INFO.
        "azure": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
