"""Every refusal as ``{"type", "errors": [{"code", "detail", "attr"}]}``: a Chinese sentence, never a 500 for input."""

import logging
from collections.abc import Iterable

from django.apps import apps
from django.core import exceptions as refused
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError
from rest_framework import exceptions
from rest_framework.settings import api_settings

from core.api.renderers import json_response
from core.errors import NUL_SENTENCE, NotAllowed, RuleViolation, StaleVersion

logger = logging.getLogger("django.request")

VALIDATION, CLIENT, SERVER = "validation_error", "client_error", "server_error"
RETRY_SECONDS = 5
# PostgreSQL gives these up so that the other side can go on; trying again works.
_TRY_AGAIN = {"40001", "40P01", "55P03"}
# How psycopg refuses a text before the database sees it.
_NUL_REFUSED = "A string literal cannot contain NUL (0x00) characters."

SENTENCES = {
    "not_found": "没有找到您要的内容，或者它不在您的范围内。",
    "not_authenticated": "请先提供令牌：Authorization: Token <key>。",
    "permission_denied": "您当前的身份不能进行这个操作。",
    "csrf_failed": "页面已过期或来源不明，请刷新页面后重试。",
    "too_large": "请求正文太大。",
    "bad_request": "请求不完整或格式不对，请检查后重试。",
    "out_of_range": "有一个数字或文字超出了可以保存的范围。",
    "conflict": "与已有的记录冲突，没有保存。",
    "busy": "同一内容正在被别人办理，请稍后再试。",
    "unavailable": "服务暂时不可用，请稍后再试。",
    "error": "系统出错了，已记录。请稍后再试，或联系系统管理员。",
}


class Problem(Exception):
    """An answer other than success: a status and one or more (code, detail, attr)."""

    def __init__(
        self, status: int, errors: Iterable[tuple[str, str, str | None]], *, kind: str = "", headers=None
    ):
        self.status = status
        self.errors = list(errors)
        self.kind = kind or (SERVER if status >= 500 else VALIDATION if status == 400 else CLIENT)
        self.headers = headers or {}
        super().__init__("；".join(detail for _, detail, _ in self.errors))


class BadRequest(Problem):
    """400: a parameter or field is wrong; ``attr`` names it."""

    def __init__(self, detail: str, *, attr: str | None = None, code: str = "invalid"):
        super().__init__(400, [(code, detail, attr)])


def known(status: int, code: str, *, kind: str = "", headers=None) -> Problem:
    """A refusal whose sentence stands in `SENTENCES`."""
    return Problem(status, [(code, SENTENCES[code], None)], kind=kind, headers=headers)


def flatten(detail, path: str = "") -> list[tuple[str, str, str | None]]:
    """DRF's nested error details as (code, sentence, dotted path); list positions count from 0."""
    if isinstance(detail, dict):
        pairs = detail.items()
    elif isinstance(detail, list) and any(isinstance(one, dict | list) for one in detail):
        pairs = [(index, one) for index, one in enumerate(detail) if one]
    else:
        return [
            (getattr(one, "code", "invalid"), str(one), path or None)
            for one in (detail if isinstance(detail, list) else [detail])
        ]
    found = []
    for key, value in pairs:
        own = key == api_settings.NON_FIELD_ERRORS_KEY or key == refused.NON_FIELD_ERRORS
        found += flatten(value, path if own else f"{path}.{key}" if path else str(key))
    return found


def of_rule(refusal: RuleViolation) -> Problem:
    """400 for input, 403 for who, 412 for a stale version, 409 for everything a rule or the state refuses."""
    if isinstance(refusal, NotAllowed):
        status = 403
    elif isinstance(refusal, StaleVersion):
        status = 412
    else:
        status = 400 if refusal.is_input else 409
    return Problem(status, [(refusal.code, refusal.message, refusal.field)])


def of_model(error: refused.ValidationError) -> Problem:
    """What ``full_clean`` or a form field refused."""
    if hasattr(error, "error_dict"):
        pairs = [(name, one) for name, many in error.error_dict.items() for one in many]
    else:
        pairs = [(None, one) for one in error.error_list]
    errors = [
        (one.code or "invalid", sentence, None if name == refused.NON_FIELD_ERRORS else name)
        for name, one in pairs
        for sentence in one.messages
    ]
    return Problem(400, errors)


def constraint_sentence(error: IntegrityError) -> tuple[str, str]:
    """(constraint's name, its sentence for a clerk) of the database constraint that refused."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if (
                constraint.name == name
                and constraint.violation_error_message != constraint.default_violation_error_message
            ):
                return name, str(constraint.violation_error_message)
    return "conflict", SENTENCES["conflict"]


def is_nul_refused(error: Exception) -> bool:
    """Whether a text with a NUL, which PostgreSQL can't store, got as far as a query."""
    return isinstance(error, ValueError) and str(error) == _NUL_REFUSED


def is_to_be_tried_again(error: Exception) -> bool:
    """Whether the database gave this transaction up so that another one can go on."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "pgcode", None) in _TRY_AGAIN


def of_database(error: Exception) -> Problem:
    if isinstance(error, IntegrityError):
        code, sentence = constraint_sentence(error)
        return Problem(409, [(code, sentence, None)])
    if isinstance(error, DataError):
        return known(400, "out_of_range")
    if is_to_be_tried_again(error):
        return known(409, "busy", headers={"Retry-After": "1"})
    return known(503, "unavailable", headers={"Retry-After": str(RETRY_SECONDS)})


# DRF's own sentences are English where its catalogue is; these are the contract's.
_DRF_SENTENCES = {
    exceptions.NotAuthenticated: ("not_authenticated", SENTENCES["not_authenticated"]),
    exceptions.NotAcceptable: ("not_acceptable", "这里只提供 application/json（列表另有 text/csv）。"),
    exceptions.NotFound: ("not_found", SENTENCES["not_found"]),
}


def of_drf(error: exceptions.APIException) -> Problem:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(max(int(error.wait + 0.999), 1))
    if isinstance(error, exceptions.ValidationError):
        return Problem(400, flatten(error.detail))
    code, sentence = _DRF_SENTENCES.get(
        type(error), (getattr(error.detail, "code", "error"), str(error.detail))
    )
    if isinstance(error, exceptions.MethodNotAllowed):
        code, sentence = (
            "method_not_allowed",
            f"这个地址不支持 {error.args[0] if error.args else '该'} 方法。",
        )
    if isinstance(error, exceptions.UnsupportedMediaType):
        code, sentence = (
            "unsupported_media_type",
            "不支持这种正文格式。请用 application/json（上传文件用 multipart/form-data）。",
        )
    if isinstance(error, exceptions.Throttled):
        code, sentence = "throttled", f"请求太频繁，请 {headers.get('Retry-After', '60')} 秒后再试。"
    return Problem(error.status_code, [(code, sentence, None)], kind=CLIENT, headers=headers)


def problem_of(error: Exception) -> Problem | None:
    """The refusal an exception stands for; None for a fault of our own."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RuleViolation):
        return of_rule(error)
    if isinstance(error, exceptions.APIException):
        return of_drf(error)
    if isinstance(error, Http404):
        return known(404, "not_found")
    if isinstance(error, refused.PermissionDenied):
        return known(403, "permission_denied")
    if isinstance(error, refused.ValidationError):
        return of_model(error)
    if isinstance(error, refused.RequestDataTooBig):
        return known(413, "too_large")
    if isinstance(error, refused.SuspiciousOperation | refused.BadRequest | UnreadablePostError):
        return known(400, "bad_request", kind=CLIENT)
    if isinstance(error, IntegrityError | DataError | OperationalError):
        return of_database(error)
    if is_nul_refused(error):
        return Problem(400, [("invalid", NUL_SENTENCE, None)])
    return None


def problem_response(problem: Problem) -> HttpResponse:
    errors = [{"code": code, "detail": detail, "attr": attr} for code, detail, attr in problem.errors]
    return json_response(
        {"type": problem.kind, "errors": errors}, status=problem.status, headers=problem.headers
    )


def answer_error(error: Exception, context: dict) -> HttpResponse:
    """DRF's EXCEPTION_HANDLER: any exception as an answer; a fault of our own is logged and told as a 500."""
    problem = problem_of(error)
    if problem is None or problem.status == 503:
        request = getattr(context.get("request"), "_request", None)
        logger.error(
            "API fault at %s", getattr(request, "path", "?"), exc_info=error, extra={"request": request}
        )
        if problem is None:
            got_request_exception.send(sender=None, request=request)
            problem = known(500, "error")
    return problem_response(problem)
