"""Django settings: with env.py the only reader of the environment. Every variable is in docs/settings.md."""

import shlex
import socket
import sys
from pathlib import Path

from csp.constants import NONE, SELF

from poseweb import addresses, env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.folder("POSEWEB_DATA", BASE_DIR / "var")
# How commands begin that people are told to type in the folder of manage.py.
PYTHON = shlex.quote(sys.executable.removeprefix(f"{BASE_DIR}/"))
if DATA_DIR != BASE_DIR / "var":
    PYTHON = f"POSEWEB_DATA={shlex.quote(str(DATA_DIR))} {PYTHON}"

# --- who may come in -------------------------------------------------------------------------------
QUICKSTART = env.boolean("POSEWEB_QUICKSTART", default=False)  # set by `make run` alone
QUICKSTART_USER = "local"
SERVE = env.boolean("POSEWEB_SERVE", default=False)  # set by `make serve` alone
SUPERVISED = QUICKSTART or SERVE  # by `manage.py run`, on this machine
EVERYWHERE = "0.0.0.0"  # noqa: S104 what `make serve` is for  # nosec B104
BIND = EVERYWHERE if SERVE and not QUICKSTART else "127.0.0.1"
PORT = env.integer("PORT", 8000, least=1, most=65535)
DEBUG = env.boolean("POSEWEB_DEBUG", default=False)
SECRET_KEY = env.secret("POSEWEB_SECRET_KEY", DATA_DIR / "secret_key")
HTTPS = env.boolean("POSEWEB_HTTPS", default=not (SUPERVISED or DEBUG))
LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = LOOPBACK_HOSTS if QUICKSTART else env.words("POSEWEB_ALLOWED_HOSTS")
if SERVE:
    ALLOWED_HOSTS += [*LOOPBACK_HOSTS, *addresses.names(), *addresses.local()]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Other names of the domain are not ours to speak for, and the proxy that ends TLS redirects.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = f"poseweb_{PORT}" if SUPERVISED else "poseweb"  # copies side by side share a host
CSRF_COOKIE_NAME = f"{SESSION_COOKIE_NAME}_csrf"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if HTTPS else None  # browsers heed it on HTTPS only, and complain
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "poseweb.http.refusals.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "blob:"],  # blob: the preview of a photo before it is sent
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
AUTHENTICATION_BACKENDS = ["poseweb.accounts.access.ThrottledBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
INVITATION_DAYS = env.integer("POSEWEB_INVITATION_DAYS", 7, least=1, most=365)
PASSWORD_RESET_TIMEOUT = 2 * 86_400  # seconds that a link for a new password works
MAIL = env.mail("POSEWEB_MAIL_URL")  # empty: no mail is sent, and links for new passwords come from staff
EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_SSL, EMAIL_USE_TLS = MAIL or (
    "localhost", 25, "", "", False, False)  # fmt: skip
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("POSEWEB_MAIL_FROM", "poseweb@localhost")

# --- the application -------------------------------------------------------------------------------
INSTALLED_APPS = [
    "poseweb.apps.PosewebConfig",
    "poseweb.apps.PosewebAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "csp",
]
MIDDLEWARE = [
    "poseweb.operations.probes.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "poseweb.http.intake.CutShortMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "poseweb.accounts.quickstart.QuickStartMiddleware",  # stands aside unless QUICKSTART
    "poseweb.api.tokens.TokenMiddleware",
    "poseweb.http.intake.SizeMiddleware",  # before anybody reads the body
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "poseweb.urls"
WSGI_APPLICATION = "poseweb.wsgi.application"
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
            ],
            "builtins": ["django.templatetags.i18n"],
        },
    },
]
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]  # a line more for each translation (docs/translating.md)
LOCALE_PATHS = [BASE_DIR / "poseweb" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- rows and files --------------------------------------------------------------------------------
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA_DIR / "db.sqlite3",
    "OPTIONS": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
}
POSTGRESQL = env.postgresql("POSEWEB_DATABASE_URL")  # empty: a file in POSEWEB_DATA
DATABASE_PASSWORD = env.text("POSEWEB_DATABASE_PASSWORD")
if POSTGRESQL:
    POSTGRESQL["PASSWORD"] = DATABASE_PASSWORD or POSTGRESQL["PASSWORD"]
    # A server that is gone without a word is noticed in half a minute instead of hours.
    noticed = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    POSTGRESQL["OPTIONS"] = noticed | POSTGRESQL["OPTIONS"]
    POSTGRESQL |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DATABASES = {"default": POSTGRESQL or SQLITE}
MEDIA_ROOT = DATA_DIR / "media"
S3_BUCKET = env.text("POSEWEB_S3_BUCKET", needs="boto3")  # empty: files lie under MEDIA_ROOT, and only drafts otherwise
S3_ENDPOINT = env.address("POSEWEB_S3_ENDPOINT", ("http", "https"))
S3_REGION = env.text("POSEWEB_S3_REGION", "us-east-1")
S3_ACCESS_KEY = env.text("POSEWEB_S3_ACCESS_KEY")
S3_SECRET_KEY = env.text("POSEWEB_S3_SECRET_KEY")
MEDIA_STORAGE = "poseweb.bucket.Bucket" if S3_BUCKET else "poseweb.storage.Folder"
ACCEL_REDIRECT = env.text("POSEWEB_ACCEL_REDIRECT")
if ACCEL_REDIRECT and S3_BUCKET:
    raise env.SettingError("POSEWEB_ACCEL_REDIRECT lets nginx send files of a folder; unset it, or POSEWEB_S3_BUCKET.")
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},  # a third of the bytes on the way
}
MAX_UPLOAD_BYTES = env.integer("POSEWEB_MAX_UPLOAD_MB", 50, least=1, most=4096) * 2**20
MAX_BATCH_FILES = env.integer("POSEWEB_MAX_BATCH_FILES", 100, least=1, most=1000)
MAX_REQUEST_BYTES = env.integer("POSEWEB_MAX_REQUEST_MB", 1000, least=2, most=100_000) * 2**20
DATA_UPLOAD_MAX_NUMBER_FILES = MAX_BATCH_FILES
FILE_UPLOAD_HANDLERS = ["poseweb.http.intake.IntakeHandler"]
MAX_CLIP_BYTES = env.integer("POSEWEB_MAX_CLIP_MB", 500, least=1, most=100_000) * 2**20
MAX_CLIP_SECONDS = env.integer("POSEWEB_MAX_CLIP_SECONDS", 120, least=1, most=86_400)
MAX_CLIP_FRAMES = env.integer("POSEWEB_MAX_CLIP_FRAMES", 15_000, least=1, most=10**7)
MAX_CLIP_PIXELS = env.integer("POSEWEB_MAX_CLIP_MEGAPIXELS", 9, least=1, most=100) * 10**6  # of a frame
QUOTA_MB = env.integer("POSEWEB_QUOTA_MB", 10_000, least=0, most=10**9)  # originals of one account; 0: no limit
QUOTA_PHOTOS = env.integer("POSEWEB_QUOTA_PHOTOS", 10_000, least=0, most=10**9)
KEEP_DAYS = env.integer("POSEWEB_KEEP_DAYS", 0, least=0, most=36_500)  # 0: until somebody deletes them
FILE_UPLOAD_PERMISSIONS = 0o600

# --- networks --------------------------------------------------------------------------------------
NETWORKS_DIR = DATA_DIR / "networks"
MODEL_SOURCE = env.folder("POSEWEB_MODEL_SOURCE", None)
NETWORK = env.text("POSEWEB_NETWORK")  # empty: the most accurate one installed
ENGINE = env.text("POSEWEB_ENGINE", "onnxruntime", one_of=("onnxruntime", "opencv"))
DEVICE = env.text("POSEWEB_DEVICE", "cpu", one_of=("cpu", "cuda"))
NICE = env.integer("POSEWEB_NICE", 10, least=0, most=19)  # of the worker: pages come first (docs/load.md)
THREADS = env.integer("POSEWEB_THREADS", 0, least=0, most=256)  # of ONNX Runtime; 0: one for each core

# --- jobs ------------------------------------------------------------------------------------------
LEASE_SECONDS = env.seconds("POSEWEB_LEASE_SECONDS", 20, least=1, most=3600)
SWEEP_SECONDS = env.seconds("POSEWEB_SWEEP_SECONDS", 15, least=0.5, most=600)
STOP_SECONDS = env.seconds("POSEWEB_STOP_SECONDS", 8, least=0, most=3600)
JOBS_PER_HOUR = env.integer("POSEWEB_JOBS_PER_HOUR", 1000, least=0, most=10**6)  # of one account; 0: no limit
JOB_SECONDS = env.integer("POSEWEB_JOB_SECONDS", 600, least=1, most=86_400)
JOB_MAX_MB = env.integer("POSEWEB_JOB_MAX_MB", 4000, least=200, most=1_000_000)
QUEUE_SECONDS = env.seconds("POSEWEB_QUEUE_SECONDS", 600, least=1, most=604_800)
CRASH_LIMIT = env.integer("POSEWEB_CRASH_LIMIT", 3, least=1, most=100)
BROKER_URL = env.address("POSEWEB_BROKER_URL", ("redis", "rediss"))  # empty: the bell is a folder
BELL_DIR = DATA_DIR / "bell"
CELERY_BROKER_URL = BROKER_URL or "bell://localhost"
# Of Redis. No time-out for the worker's side: an acknowledgement that timed out would block the queue for ever. A
# server that is gone without a word is noticed by the keep-alives of TCP.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "socket_keepalive_options": {socket.TCP_KEEPIDLE: 10, socket.TCP_KEEPINTVL: 5, socket.TCP_KEEPCNT: 3},
    "max_retries": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker as long as it takes
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_EAGER_RESULT = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_LOST_WAIT = 1  # seconds for the last word of a pool process that died; the rows know without it
# A GPU is used by the worker itself: CUDA does not survive a fork, and one process fills the card.
CELERY_WORKER_POOL = "prefork" if DEVICE == "cpu" else "solo"
CELERY_WORKER_CONCURRENCY = env.integer("POSEWEB_WORKERS", 1, least=1, most=64) if DEVICE == "cpu" else 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = env.integer("POSEWEB_WORKER_MAX_MB", 2000, least=300, most=500_000) * 1024
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE

# --- operators -------------------------------------------------------------------------------------
METRICS_TOKEN = env.text("POSEWEB_METRICS_TOKEN", needs="prometheus_client")  # empty: no /metrics

# --- logs ------------------------------------------------------------------------------------------
LOG_LEVEL = env.text("POSEWEB_LOG_LEVEL", "INFO", one_of=("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = env.text("POSEWEB_LOG_FORMAT", "lines", one_of=("lines", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"job": {"()": "poseweb.operations.logs.JobFilter"}},
    "formatters": {
        "lines": {"format": "{asctime} {levelname} {process} {name}{about}: {message}", "style": "{"},
        "json": {"()": "poseweb.operations.logs.JsonLines"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "stream": sys.stderr,
            "formatter": LOG_FORMAT,
            "filters": ["job"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}
