"""Settings of a checkout: `manage.py` and `script/server`. Everything it needs lies under PORTAL_VAR."""

import secrets
from collections.abc import Callable

from core.encryption import new_key
from wuhou.settings.base import *  # noqa: F403
from wuhou.settings.base import VAR, env
from wuhou.stack.folders import private_folder


def kept_key(name: str, fresh: Callable[[], str]) -> str:
    """A key of this checkout's own, so that no two portals sign or encrypt with the same one."""
    path = private_folder(VAR) / name
    if not path.exists():
        unfinished = path.with_suffix(f".{secrets.token_hex(4)}")
        unfinished.write_text(fresh())
        unfinished.chmod(0o600)
        unfinished.rename(path)
    return path.read_text()


# Off unless asked for: a person who tries the portal should see its own error pages.
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or kept_key("secret_key", lambda: secrets.token_urlsafe(50))
FIELD_KEYS = env.list("FIELD_KEYS", default=[]) or [kept_key("field_key", new_key)]
INDEX_KEY = env.str("INDEX_KEY", default="") or kept_key("index_key", new_key)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *env.list("ALLOWED_HOSTS", default=[])]
SESSION_COOKIE_AGE = 60 * env.int("SESSION_IDLE_MINUTES", default=12 * 60)

# Files are served from where they lie; only production collects them.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(VAR / "mail")
SHOW_GALLERY = True

# What goes wrong in a page or task is written to var/log/, with its traceback.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}
