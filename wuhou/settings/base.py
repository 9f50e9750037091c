"""Settings shared by every way of running the portal; local, test and production add to them."""

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF

from wuhou.addresses import broker_url
from wuhou.stack.folders import var_folder

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent

INSTALLED_APPS = [
    "wuhou",
    "evaluations",
    "reporting",
    "projects",
    "notifications",
    "accounts",
    "units",
    "core",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "pgtrigger",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.content_policy.ContentPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "core.refusals.RefusalMiddleware",
]

ROOT_URLCONF = "wuhou.urls"
WSGI_APPLICATION = "wuhou.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"

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
                "core.context.page",
            ],
        },
    }
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]

# The deployment's own place: every default sum starts here.
ROOT_PLACE_CODE = env.str("ROOT_PLACE_CODE", "510107")
# The target line beside coverage rates, in percent.
COVERAGE_TARGET_PERCENT = env.int("COVERAGE_TARGET_PERCENT", default=85)
# How much each web process remembers of the statistics it has just answered; 0 computes each answer anew.
STATISTICS_MEMORY_BYTES = env.int("STATISTICS_MEMORY_BYTES", default=16 * 1024 * 1024)

# ---- data -------------------------------------------------------------------------------------------------
# What the portal writes on its own machine: uploads, logs and, without DATABASE_URL, the database itself.
VAR = var_folder()
MEDIA_ROOT = VAR / "media"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))

# manage.py and `serve` set both addresses; the defaults only let commands start that need no service.
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
DATABASES = {
    "default": {
        **env.db_url("DATABASE_URL", default="postgres:///portal"),
        "ENGINE": "wuhou.postgresql",
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=300),
        # A connection that a restarted server dropped is noticed before the next request uses it.
        "CONN_HEALTH_CHECKS": True,
        # Needed behind PgBouncer in transaction mode, together with CONN_MAX_AGE=0.
        "DISABLE_SERVER_SIDE_CURSORS": env.bool("DISABLE_SERVER_SIDE_CURSORS", default=False),
        "TEST": {"TEMPLATE": "template0"},
    }
}
CACHES = {
    "default": {"BACKEND": "wuhou.cache.ForgivingRedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "portal"}
}

# ---- encryption -------------------------------------------------------------------------------------------
# 32 bytes in base64 each (core/encryption.py): the keys of telephone numbers, the newest first, and of their digests.
FIELD_KEYS = env.list("FIELD_KEYS", default=[])
INDEX_KEY = env.str("INDEX_KEY", default="")

# ---- sign-in ----------------------------------------------------------------------------------------------
# Source: domain.md §5.4, GB/T 22239-2019 身份鉴别: five failures lock account + address for 30 minutes, idle
# sessions end after 30 minutes.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
# Trying on while locked doesn't lengthen the lock: the page says when it ends, and that stays true.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "accounts.sign_in.keep_response"
AXES_VERBOSE = False
SESSION_COOKIE_AGE = 60 * env.int("SESSION_IDLE_MINUTES", default=30)
SESSION_SAVE_EVERY_REQUEST = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.validators.ThreeOfFourClasses"},
    {"NAME": "accounts.validators.NotTheUsername"},
]

# ---- the browser's own guards -----------------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
}

# ---- uploads ----------------------------------------------------------------------------------------------
# The first one throws away what is too large as it arrives.
FILE_UPLOAD_HANDLERS = [
    "core.uploads.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# ---- messages ---------------------------------------------------------------------------------------------
# Links in messages start here.
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}").rstrip("/")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")
EMAIL_TIMEOUT = 20

# ---- tasks ------------------------------------------------------------------------------------------------
# The lines of beat stand in wuhou/celery.py. Never eta or countdown: due dates live in PostgreSQL.
CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_keepalive": True,
    "health_check_interval": 25,
    "socket_connect_timeout": 5,
    # A request that wakes a worker must not wait for a Redis that is away: the next scan finds its rows.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.5,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
# Shorter than the visibility timeout, so that no task is handed out a second time while it still runs.
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 280
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 2,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.5,
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "wuhou.beat:OneBeatScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat" / "schedule")
CELERY_BEAT_MAX_LOOP_INTERVAL = 5

# The gallery of components at /components/: for those who build pages, never in production.
SHOW_GALLERY = False
FILTERS_EMPTY_CHOICE_LABEL = "全部"
# Whether the sample district (演示数据) may be loaded.
ALLOW_SAMPLE = True

# ---- the REST API -----------------------------------------------------------------------------------------
from wuhou.settings.rest import *  # noqa: E402, F403

# How long a message may stand at "sending" before another worker takes it up (see notifications.delivery).
DELIVERY_STUCK_SECONDS = env.int("DELIVERY_STUCK_SECONDS", default=600)
