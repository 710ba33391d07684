"""Alliv's settings, in reading order. Every value comes from the environment; `.env.example` lists them with a sentence each."""

import secrets
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from alliv import env

django_stubs_ext.monkeypatch()  # lets classes such as ModelAdmin[Skill] name their model at run time

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Mode ---------------------------------------------------------------------------------------
PRODUCTION = env.choice("ALLIV_MODE", "embedded", ["embedded", "production"]) == "production"
DEBUG = env.flag("DEBUG", default=not PRODUCTION)
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)


def embedded_secret() -> str:
    """A random key of this installation, made at the first start and kept: there is no default to forget."""
    path = VAR_DIR / "secret.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


SECRET_KEY = env.text("SECRET_KEY") or ("" if PRODUCTION else embedded_secret())
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,[::1]")
PUBLIC_URL = env.url(
    "PUBLIC_URL", f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION and ALLOWED_HOSTS else "http://127.0.0.1:8000", schemes=["http", "https"]
).rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0, minimum=0, maximum=10)

# --- Services -----------------------------------------------------------------------------------
DATABASE_URL = env.url("DATABASE_URL", schemes=["postgres", "postgresql", "sqlite"])
REDIS_URL = env.url("REDIS_URL", schemes=["redis", "rediss", "unix"])
CHAT_REDIS_URLS = env.urls("CHAT_REDIS_URLS", schemes=["redis", "rediss", "unix"]) or [REDIS_URL]
# A second database for the message log, and its older name. Without it the log lives in the main database.
CHAT_DATABASE_URL = env.url("CHAT_DATABASE_URL", schemes=["mongodb", "mongodb+srv"]) or env.url(
    "MONGO_URI", schemes=["mongodb", "mongodb+srv"]
)

DB_POOL_MAX = env.number("DB_POOL_MAX", 50, minimum=1, maximum=1000)
DB_POOL_MIN = env.number("DB_POOL_MIN", 10, minimum=0, maximum=DB_POOL_MAX)
PROCESSES = env.number("ALLIV_PROCESSES", 1, minimum=1, maximum=1000)
DB_POOL_TIMEOUT = env.number("DB_POOL_TIMEOUT", 5, minimum=1, maximum=300)
POSTGRES_OPTIONS: dict[str, Any] = {
    "pool": {
        "min_size": DB_POOL_MIN // PROCESSES,
        "max_size": max(1, DB_POOL_MAX // PROCESSES),
        "max_idle": env.number("DB_POOL_IDLE", 45, minimum=1, maximum=86_400),
        "timeout": DB_POOL_TIMEOUT,
        "reconnect_timeout": DB_POOL_TIMEOUT,  # each attempt waits twice as long as the one before: new ones find a new server sooner
    },
    "options": "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
}
# A write transaction takes SQLite's lock when it begins, so that what it read is still true when it writes;
# FULL because an acknowledged message has to survive a power cut.
SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16384;",
}


def database() -> dict[str, Any]:
    """The main database: PostgreSQL by DATABASE_URL, else one SQLite file under VAR_DIR."""
    config: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL or f"sqlite:///{VAR_DIR / 'db.sqlite3'}"))
    sqlite = "sqlite" in config["ENGINE"]
    config["OPTIONS"] = {**config.get("OPTIONS", {}), **(SQLITE_OPTIONS if sqlite else POSTGRES_OPTIONS)}
    config["CONN_MAX_AGE"] = 0
    if sqlite:  # a file for tests too: threads that share SQLite's memory lock one another out instead of waiting
        config["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
    return config


def document_database() -> dict[str, Any]:
    """MongoDB by CHAT_DATABASE_URL. A write waits for the majority of a replica set: a server that is lost takes none along."""
    path = urlsplit(CHAT_DATABASE_URL).path.strip("/")
    if not (name := env.text("DB_NAME", path)):
        raise ImproperlyConfigured("CHAT_DATABASE_URL is without the name of a database: add it behind the slash, or set DB_NAME.")
    biggest = env.number("MONGO_POOL_MAX", 50, minimum=1, maximum=1000)
    options = {
        "maxPoolSize": max(1, biggest // PROCESSES),
        "minPoolSize": env.number("MONGO_POOL_MIN", 10, minimum=0, maximum=biggest) // PROCESSES,
        "maxIdleTimeMS": env.number("MONGO_POOL_IDLE", 45, minimum=1, maximum=86_400) * 1000,
        "serverSelectionTimeoutMS": env.number("MONGO_TIMEOUT", 5, minimum=1, maximum=300) * 1000,
        "connectTimeoutMS": 2000,
        "socketTimeoutMS": 30_000,
        "w": "majority",
    }
    return {"ENGINE": "django_mongodb_backend", "HOST": CHAT_DATABASE_URL, "NAME": name, "OPTIONS": options, "TEST": {"MIGRATE": False}}


DATABASES = {"default": database(), **({"mongodb": document_database()} if CHAT_DATABASE_URL else {})}
DATABASE_ROUTERS = ["chat.places.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def impatient(url: str) -> str:
    """The server's address with a second to connect and a second to answer: one that hangs must not hang requests."""
    return url if url.startswith("unix:") else f"{url}{'&' if '?' in url else '?'}socket_connect_timeout=1&socket_timeout=1"


CACHES: dict[str, dict[str, Any]] = {
    "here": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "here", "OPTIONS": {"MAX_ENTRIES": 100_000}},
    "default": (
        {
            "BACKEND": "ops.counting.CountedRedis",
            "LOCATION": impatient(REDIS_URL),
            "KEY_PREFIX": "alliv",
            # Hundreds of requests at once wait for a connection. The usual pool raises, and limits would be counted as if Redis was gone.
            "OPTIONS": {"pool_class": "redis.BlockingConnectionPool", "max_connections": 50, "timeout": 3},
        }
        if REDIS_URL
        else {"BACKEND": "ops.counting.CountedMemory", "LOCATION": "alliv", "OPTIONS": {"MAX_ENTRIES": 100_000}}
    ),
}

CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "chat.layer.CoalescingLayer", "CONFIG": {"hosts": CHAT_REDIS_URLS, "prefix": "alliv"}}
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 100_000}}
    )
}

# Jobs carry ids and JSON only: whoever can write to Redis must not be able to run code (rq's default is pickle).
RQ_QUEUES = {
    name: {"URL": impatient(REDIS_URL or "redis://127.0.0.1:6379/0"), "SERIALIZER": "rq.serializers.JSONSerializer", "DEFAULT_TIMEOUT": 600}
    for name in ("emails", "default", "media")
}
# One process for every job of a worker: the embedding model's child belongs to it and is started once.
RQ = {"WORKER_CLASS": "rq.worker.SimpleWorker"}
# Its dashboard asks nobody for a permission and can empty queues; staff look at our own rows of jobs.
RQ_SHOW_ADMIN_LINK = False
JOB_LEASE_SECONDS = 120

# --- Applications -------------------------------------------------------------------------------
INSTALLED_APPS = [
    "alliv.apps.AllivAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "django_prometheus",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.github",
    "ops",
    "ops.legacy",
    "accounts.vocabulary",
    "accounts",
    "accounts.mfa",
    "accounts.trust",
    "accounts.moderation",
    "accounts.privacy",
    "accounts.audit",
    "media",
    "matching",
    "matching.curation",
    "chat",
    # Behind `ops`, whose `rqworker` goes first.
    *(["django_rq"] if REDIS_URL else []),
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "ops.context.RequestContext",
    "django.middleware.gzip.GZipMiddleware",
    "alliv.api.errors.LastWord",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.sessions.LiveSessions",
    "accounts.audit.recording.Recording",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "alliv.pages.OwnTime",
    "alliv.pages.ProblemPages",
    "alliv.api.idempotency.Idempotency",
    "ops.metrics.CountedRequests",
]

ROOT_URLCONF = "alliv.urls"
ASGI_APPLICATION = "alliv.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"page": "alliv.templatetags.page"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "alliv.pages.frame",
            ],
        },
    }
]

# --- Members ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.Member"
AUTHENTICATION_BACKENDS = ["accounts.signin.EmailBackend"]
PASSWORD_HASHERS = ["accounts.hashers.Argon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher", "accounts.hashers.OldBcrypt"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "accounts.passwords.MaximumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ["email"]}},
    {"NAME": "accounts.passwords.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Whether staff may work only with a second factor.
STAFF_SECOND_FACTOR = PRODUCTION
# Only the OAuth flow of django-allauth is used; `accounts.social` says where it ends.
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
SOCIALACCOUNT_ADAPTER = "accounts.social.adapter.SocialAdapter"
SOCIALACCOUNT_QUERY_EMAIL = True
_PROVIDERS = {
    "google": (env.text("GOOGLE_CLIENT_ID"), env.text("GOOGLE_CLIENT_SECRET")),
    "github": (env.text("GITHUB_CLIENT_ID"), env.text("GITHUB_CLIENT_SECRET")),
}
SOCIALACCOUNT_PROVIDERS = {
    name: {"APP": {"client_id": identifier, "secret": secret}, "OAUTH_PKCE_ENABLED": True}
    for name, (identifier, secret) in _PROVIDERS.items()
    if identifier and secret
}
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "discover"
ACCESS_TOKEN_SECONDS = 15 * 60
REFRESH_TOKEN_SECONDS = 14 * 24 * 3600
LIKES_PER_DAY = 100
SUPER_LIKES_PER_DAY = 5

# --- Embeddings ---------------------------------------------------------------------------------
EMBEDDINGS_ENABLED = env.flag("EMBEDDINGS_ENABLED", default=True)

# --- Ranking ------------------------------------------------------------------------------------
# From so many members on, the processes of one machine share their columns through files under VAR_DIR.
SNAPSHOT_FROM = env.number("SNAPSHOT_FROM", 5000, minimum=1, maximum=1_000_000_000)

# Where Discover finds its candidates: everybody in memory, or PostgreSQL with pgvector.
RANKING_BACKEND = env.choice("RANKING_BACKEND", "memory", {"memory", "pgvector"})
if RANKING_BACKEND == "pgvector" and "postgresql" not in DATABASES["default"]["ENGINE"]:
    raise env.refused("RANKING_BACKEND", RANKING_BACKEND, "memory, as long as DATABASE_URL names no PostgreSQL")

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.tokens.BearerAuthentication", "accounts.tokens.BrowserAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.IsVerifiedMember"],
    "DEFAULT_THROTTLE_CLASSES": ["ops.limits.RequestLimit"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["ops.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "ops.paging.NewestFirst",
    "DEFAULT_SCHEMA_CLASS": "alliv.api.naming.NamedSchema",
    "DEFAULT_VERSIONING_CLASS": "alliv.api.versions.HeaderVersioning",
    "DEFAULT_VERSION": "1",
    "ALLOWED_VERSIONS": ["1"],
    "EXCEPTION_HANDLER": "alliv.api.errors.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Versions that age: since when, and until when they answer. docs/api.md says how a version ends.
API_AGEING: dict[str, tuple[datetime, datetime]] = {}
SPECTACULAR_SETTINGS = {
    "TITLE": "Alliv",
    "DESCRIPTION": "Find collaborators: profiles, an explained compatibility score, likes, matches and chat.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api",
    "OAS_VERSION": "3.1.0",
    "SERVERS": [{"url": PUBLIC_URL}],
    "COMPONENT_SPLIT_PATCH": False,  # what a PATCH must have is said by its own body
    "ENUM_NAME_OVERRIDES": {
        "ExperienceLevel": "accounts.models.ExperienceLevel",
        "Visibility": "accounts.models.Visibility",
        "ReportReason": "accounts.moderation.models.Report.Reason",
        "SwipeAction": "matching.models.Swipe.Action",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "alliv.api.openapi.complete"],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# --- Files and pages ----------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/photos/"
# Photos lie in the bucket when there is one; the keys that open it come from the usual AWS_… variables.
S3_BUCKET = env.text("S3_BUCKET")
S3_ENDPOINT_URL = env.url("S3_ENDPOINT_URL", schemes=["http", "https"])
S3_REGION = env.text("AWS_DEFAULT_REGION", "us-east-1")


def bucket_storage(bucket: str, endpoint: str) -> dict[str, Any]:
    """S3 or what speaks like it; one that does not answer is given up on soon."""
    from botocore.config import Config  # slow to import, and not needed without a bucket

    style = {"addressing_style": "path" if endpoint else "auto"}
    config = Config(
        signature_version="s3v4", s3=style, connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2}, max_pool_connections=50,
        request_checksum_calculation="when_required", response_checksum_validation="when_required",
    )  # fmt: skip
    place = {"bucket_name": bucket, "endpoint_url": endpoint or None, "region_name": S3_REGION}
    return {"BACKEND": "media.bucket.SharedS3Storage", "OPTIONS": {**place, "file_overwrite": True, "client_config": config}}


STORAGES = {
    "default": bucket_storage(S3_BUCKET, S3_ENDPOINT_URL) if S3_BUCKET else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": ("django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else "alliv.static.HashedStaticFiles")},
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("id", "Bahasa Indonesia")]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- Mail ---------------------------------------------------------------------------------------
EMAIL_URL = env.url("EMAIL_URL", "smtp://localhost:25" if PRODUCTION else "", schemes=["smtp", "smtps", "smtp+tls"])
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Alliv <hello@alliv.test>")
DEV_MAIL = not EMAIL_URL and not PRODUCTION
if EMAIL_URL:
    _smtp = env.smtp("EMAIL_URL", EMAIL_URL)
    EMAIL_BACKEND = "ops.smtp.TellingBackend"
    EMAIL_HOST, EMAIL_PORT = _smtp.host, _smtp.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _smtp.user, _smtp.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = _smtp.starttls, _smtp.ssl
    EMAIL_TIMEOUT = 10
else:
    EMAIL_BACKEND = "ops.devmail.DevMailBackend"

# --- Security -----------------------------------------------------------------------------------
PROVIDER_ORIGINS = {"google": "https://accounts.google.com", "github": "https://github.com"}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        # A form that leads to a provider is followed there, and browsers look at every step.
        "form-action": [SELF, *(origin for name, origin in PROVIDER_ORIGINS.items() if name in SOCIALACCOUNT_PROVIDERS)],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "alliv.pages.csrf_failure"
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Backups ------------------------------------------------------------------------------------
BACKUP_DIR = env.folder_or_bucket("BACKUP_DIR", str(VAR_DIR / "backups"), other_than=S3_BUCKET)
BACKUP_RECIPIENT = env.age_recipient("BACKUP_RECIPIENT")
BACKUP_IDENTITY = env.text("BACKUP_IDENTITY")
RETENTION_DAYS = env.number("RETENTION_DAYS", 7, minimum=1, maximum=3650)
PG_BIN_DIR = env.text("PG_BIN_DIR")

# --- Watching -----------------------------------------------------------------------------------
READY_REQUIRES = env.some_of(
    "READY_REQUIRES", "database,migrations,redis", ["database", "migrations", "redis", "mongodb", "queue", "storage"]
)
METRICS_TOKEN = env.text("METRICS_TOKEN")
PROMETHEUS_EXPORT_MIGRATIONS = False
LIMITS_ENABLED = env.flag("LIMITS_ENABLED", default=True)
LOG_FORMAT = env.choice("LOG_FORMAT", "json" if PRODUCTION else "text", ["json", "text"])
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "ops.logs.JSONLines"}, "text": {"()": "ops.logs.ReadableLines"}},
    "handlers": {
        "out": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stderr" if not PRODUCTION else "ext://sys.stdout",
            "formatter": LOG_FORMAT,
        }
    },
    "root": {"handlers": ["out"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        # `ops.context` writes one line for every request; Django's own would be a second.
        "django.request": {"level": "CRITICAL"},
        "uvicorn.access": {"handlers": [], "propagate": False},
        "fido2": {"level": "WARNING"},  # it tells which passkeys come and go
        "botocore.credentials": {"level": "WARNING"},  # commands are silent when all is well
    },
}

# --- What production refuses --------------------------------------------------------------------
if PRODUCTION:
    _unsafe = {
        "SECRET_KEY must be set to at least 50 random characters": (
            len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith("django-insecure")
        ),
        "DEBUG must be 0": DEBUG,
        "DATABASE_URL must name a PostgreSQL server": not DATABASE_URL.startswith("postgres"),
        "PUBLIC_URL must start with https://": not PUBLIC_URL.startswith("https://"),
        "METRICS_TOKEN must be empty or have at least 16 characters": 0 < len(METRICS_TOKEN) < 16,
        "ALLOWED_HOSTS must name this site's hosts": not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS,
        "REDIS_URL must name a Redis server": not REDIS_URL,
        "LIMITS_ENABLED must be 1": not LIMITS_ENABLED,
    }
    if _refusals := [sentence for sentence, refused in _unsafe.items() if refused]:
        raise ImproperlyConfigured("Production mode does not start: " + "; ".join(_refusals) + ".")
