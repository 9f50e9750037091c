"""The database refuses what must never be true; here its refusal becomes the constraint's own Chinese sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.apps import apps
from django.db import IntegrityError, transaction

from core.errors import RuleViolation

OTHERWISE = "这样保存会与已有的数据冲突，请刷新页面核对后再办理。"


@cache
def sentences() -> dict[str, str]:
    """What each named constraint of every model says when it is broken."""
    return {
        constraint.name: str(constraint.violation_error_message)
        for model in apps.get_models()
        for constraint in model._meta.constraints
    }


def broken_constraint(error: IntegrityError) -> str:
    """The name of the constraint that PostgreSQL says was broken; empty when it doesn't say."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


@contextmanager
def explained(**fields: str) -> Iterator[None]:
    """Run writes in a savepoint; a broken constraint is raised as `RuleViolation` in its own words.

    ``fields`` says beside which form field a constraint's sentence belongs: ``unit_credit_code_once="credit_code"``.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = broken_constraint(error)
        raise RuleViolation(
            sentences().get(name, OTHERWISE), field=fields.get(name), code=name or "conflict"
        ) from error
