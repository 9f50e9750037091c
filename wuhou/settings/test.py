"""Settings of the tests; the services are real ones (tests/services_plugin.py)."""

import os

from wuhou.addresses import broker_url, with_database
from wuhou.settings import base
from wuhou.settings.base import *  # noqa: F403

DEBUG = False
SECRET_KEY = "only-for-tests-" + "0" * 50  # nosec B105
FIELD_KEYS = ["dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtdGU="]
INDEX_KEY = "aW5kZXgtaW5kZXgtaW5kZXgtaW5kZXgtaW5kZXgtaW4="
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# Slow hashing guards real passwords; here it would only slow down the cast's sign-in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Parallel processes of pytest-xdist ("gw0", "gw1", …) share one Redis, each in a numbered database.
REDIS_URL = with_database(base.REDIS_URL, 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]))
CACHES = {"default": {**base.CACHES["default"], "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = broker_url(REDIS_URL)

# PORTAL_VAR is the test run's temporary folder.
VAR = base.VAR / os.environ.get("PYTEST_XDIST_WORKER", "alone")
MEDIA_ROOT = VAR / "media"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
SHOW_GALLERY = True
