"""Sign-in is locked for a while after five failures, per account and address (domain.md §5.4); this says for how long."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

MINUTE = timedelta(minutes=1)


def minutes_left(username: str, address: str) -> int:
    """Whole minutes until this account may be tried again from this address, at least one."""
    attempt = (
        AccessAttempt.objects.filter(username=username, ip_address=address).order_by("-attempt_time").first()
    )
    if attempt is None:
        return settings.AXES_COOLOFF_TIME // MINUTE
    left = attempt.attempt_time + settings.AXES_COOLOFF_TIME - timezone.now()
    return max(-(-left // MINUTE), 1)


def is_locked(request: HttpRequest) -> bool:
    return bool(getattr(request, "axes_locked_out", False))


def locked_sentence(request: HttpRequest, username: str) -> str:
    address = getattr(request, "axes_ip_address", None) or request.META.get("REMOTE_ADDR", "")
    left = minutes_left(username, address)
    return f"密码连续输错 5 次，这个账号已暂时锁定。请 {left} 分钟后再试；忘记密码请联系系统管理员。"


def keep_response(request: HttpRequest, response: HttpResponse, credentials: dict | None) -> HttpResponse:
    """django-axes' lockout answer: the sign-in page already says it."""
    return response
