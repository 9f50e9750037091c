"""Settings of a real deployment, all from the environment; refuses to start with unsafe ones and names them all."""

from urllib.parse import urlsplit

from core.encryption import key_of
from wuhou.errors import UnsafeSettings
from wuhou.logs import json_logging
from wuhou.settings import base
from wuhou.settings.base import *  # noqa: F403
from wuhou.settings.base import env

SHORTEST_KEY = 50
SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = [host.strip() for host in env.list("ALLOWED_HOSTS", default=[]) if host.strip()]
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
DEBUG = False
# Sign-ins whose password everybody knows have no place here.
ALLOW_SAMPLE = False


def unsafe_settings() -> list[str]:
    """What stands in the way of a safe start, each with what to do (Chinese, English)."""
    database = base.DATABASES["default"]
    findings = {
        "SECRET_KEY：至少 50 个随机字符 — at least 50 random characters": len(SECRET_KEY) < SHORTEST_KEY
        or len(set(SECRET_KEY)) < 10
        or SECRET_KEY.startswith("django-insecure"),
        "FIELD_KEYS：加密电话号码的密钥，每把 32 字节、base64 — the keys of telephone numbers, 32 bytes in base64 each": not are_keys(
            base.FIELD_KEYS
        ),
        "INDEX_KEY：检索电话号码的密钥，32 字节、base64 — the key of their digests, 32 bytes in base64": not are_keys(
            [base.INDEX_KEY]
        ),
        "ALLOWED_HOSTS：写明域名，不能为空或含 * — name the hosts, no *": not ALLOWED_HOSTS
        or any("*" in host or host == "." for host in ALLOWED_HOSTS),
        "PUBLIC_URL：以 https:// 开头的访问地址 — the address, starting with https://": urlsplit(
            PUBLIC_URL
        ).scheme
        != "https"
        or not urlsplit(PUBLIC_URL).hostname,
        "DATABASE_URL：正式数据库的地址 — the database to use": not env.str("DATABASE_URL", default=""),
        "DATABASE_URL：经网络连接时必须有密码 — a password where the database is reached over a network": is_over_network(
            database["HOST"]
        )
        and not database["PASSWORD"],
        "REDIS_URL：正式 Redis 的地址 — the Redis to use": not env.str("REDIS_URL", default=""),
        "PORTAL_VAR：上传文件与日志的文件夹 — the folder of uploads": not env.str("PORTAL_VAR", default=""),
        "EMAIL_URL：发送提醒的邮件服务器 — the mail server for reminders": not env.str(
            "EMAIL_URL", default=""
        ),
        "DEBUG：正式环境不能打开 — must not be on": env.str("DEBUG", default="").lower()
        in {"1", "true", "yes", "on"},
    }
    return [sentence for sentence, is_unsafe in findings.items() if is_unsafe]


def are_keys(texts: list[str]) -> bool:
    """Whether there are keys, and every one can be one."""
    try:
        return bool([key_of(text) for text in texts])
    except ValueError:
        return False


def is_over_network(host: str) -> bool:
    """Whether a database host is another machine: not a socket folder, not this machine."""
    return bool(host) and not host.startswith("/") and host not in {"localhost", "127.0.0.1", "::1"}


if findings := unsafe_settings():
    raise UnsafeSettings(
        "门户没有启动，以下设置不安全或缺失。The portal does not start; these settings are unsafe or missing:\n"
        + "\n".join(f"  - {finding}" for finding in findings)
    )

# nginx ends TLS and tells so in this header (docs/operations.md); it must overwrite what a client sends.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
# Probes come from the machine itself, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# `manage.py collectstatic` gives every file a name with its digest, so that browsers may keep it for ever.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
vars().update(env.email_url("EMAIL_URL"))
LOGGING = json_logging(env.str("LOG_LEVEL", default="INFO"))
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
