"""What lies in a place, over the models of all apps: found along their foreign keys, so that a mechanism added later counts.

A row lies in a place when its ``place`` is the place or one below it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from django.apps import apps
from django.db import models
from django.db.models import Q

from core.codes import under
from core.workflow import StatusModel
from units.models import Division, Unit

# Fields that say by being empty that a row still holds.
ENDS = ("to_on", "dissolved_on", "closed_on")
# Units with these statuses have left; their rows may stay behind with a closed place.
GONE = (Unit.OperatingStatus.DEREGISTERED, Unit.OperatingStatus.REVOKED, Unit.OperatingStatus.MOVED_OUT)


class Found(NamedTuple):
    """So many rows of one kind."""

    label: str
    count: int


def stored_models() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy:
            yield model


def lying_models() -> Iterator[type[models.Model]]:
    """Models whose rows lie at a place."""
    for model in stored_models():
        found = next((one for one in model._meta.concrete_fields if one.name == "place"), None)
        if found is not None and found.related_model is Division:
            yield model


def current(model: type[models.Model]) -> Q | None:
    """Which rows of a model still hold; None for models whose rows have no end."""
    if model is Unit:
        return Q(merged_into=None) & ~Q(operating_status__in=GONE)
    end = next((one.name for one in model._meta.concrete_fields if one.name in ENDS), None)
    if end:
        return Q(**{end: None})
    if issubclass(model, StatusModel):
        over = {str(model.STEPS[-1])} if model.STEPS else set()
        return Q(status__in={source for row in model.MOVES for source in row.sources} - over)
    return None


def below(place: Division) -> models.QuerySet:
    """Places inside the place that are in use."""
    return Division.objects.filter(under(place.code, "code"), valid_to=None).exclude(pk=place.pk)


def lying_there(place: Division) -> list[Found]:
    """Everything at or below a place by kind, most first within places, rows, accounts; for the page before merging."""
    found = [Found("下级区划", below(place).count())]
    inside = under(place.code, "place__code")
    for model in lying_models():
        rows = model._base_manager.filter(inside)
        found.append(Found(str(model._meta.verbose_name), rows.count()))
    return [one for one in found if one.count]


def in_the_way(place: Division) -> list[Found]:
    """What still holds at or below a place and must go before it can be closed."""
    found = [Found("下级区划", below(place).count())]
    inside = under(place.code, "place__code")
    for model in lying_models():
        holds = current(model)
        if holds is not None:
            found.append(
                Found(str(model._meta.verbose_name), model._base_manager.filter(inside, holds).count())
            )
    return [one for one in found if one.count]
