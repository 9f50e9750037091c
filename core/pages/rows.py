"""The detail page (详情页): one row with its state, facts, attachments and timeline."""

from functools import cached_property
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.shortcuts import get_object_or_404

from core.models import Attachment, HistoryEntry
from core.pages.base import Page


class RowMixin:
    """Find the one row the address names among those the actor may see."""

    model: type[models.Model]
    lookup = "pk"

    def get_queryset(self):
        return self.model.objects.visible_to(self.actor)

    @cached_property
    def object(self):
        return get_object_or_404(self.get_queryset(), **{self.lookup: self.kwargs[self.lookup]})


def history_of(obj: models.Model) -> models.QuerySet:
    """The timeline of a row, newest first."""
    kind = ContentType.objects.get_for_model(obj, for_concrete_model=False)
    return HistoryEntry.objects.filter(about_type=kind, about_id=obj.pk)


def attachments_of(obj: models.Model) -> models.QuerySet:
    kind = ContentType.objects.get_for_model(obj, for_concrete_model=False)
    return Attachment.objects.filter(about_type=kind, about_id=obj.pk)


class DetailPage(RowMixin, Page):
    """One row: its state and whose turn it is, what the actor may do now, facts, related things, timeline."""

    template_name = "pages/detail.html"
    shows_attachments = True

    def get_title(self) -> str:
        return self.title or str(self.object)

    def get_facts(self) -> list[tuple[str, Any]]:
        """(label, value) pairs; a value may be safe HTML made by `core.components`."""
        return []

    def get_actions(self) -> list[tuple[str, str, str]]:
        """(label, address, icon) of links beside the title, such as 修改."""
        return []

    def get_extra_context(self) -> dict:
        """What the page's own blocks need."""
        return {}

    def get(self, request, **kwargs):
        obj = self.object
        return self.render(
            self.get_context(
                object=obj,
                facts=self.get_facts(),
                actions=self.get_actions(),
                timeline=list(history_of(obj)),
                attachments=list(attachments_of(obj)) if self.shows_attachments else [],
                **self.get_extra_context(),
            )
        )
