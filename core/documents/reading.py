"""Who may read an issued paper: whoever may see the row it is about."""

from collections.abc import Callable

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet

from core.actor import Actor

Reader = Callable[[Actor], QuerySet]
_readers: dict[str, Reader] = {}


def register_reader(model, reader: Reader) -> None:
    """Say for papers about ``model`` which rows an actor may read, where that differs from ``visible_to``."""
    _readers[model._meta.label] = reader


def readable_rows(model, actor: Actor) -> QuerySet:
    """The rows of a model whose papers the actor may read; none for a model that says nothing."""
    if reader := _readers.get(model._meta.label):
        return reader(actor)
    manager = model._default_manager
    return manager.visible_to(actor) if hasattr(manager, "visible_to") else manager.none()


def about_readable(actor: Actor, type_ids) -> Q:
    """Papers about readable rows, for the content types that papers are about."""
    allowed = Q(pk__in=[])
    for kind in (ContentType.objects.get_for_id(one) for one in type_ids):
        model = kind.model_class()
        if model is not None:
            allowed |= Q(about_type=kind, about_id__in=readable_rows(model, actor).order_by().values("pk"))
    return allowed
