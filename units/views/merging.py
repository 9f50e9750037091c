"""Merging an entry that stands twice (合并重复登记): choose what stays, see what moves, say where open work goes."""

from functools import cached_property

from django.contrib.postgres.search import TrigramSimilarity
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from core.pages import FormPage, query_string
from core.roles import DISTRICT_STAFF
from units.actions.merging import merge_units, questions, refusals
from units.forms.register import MergeForm, MergePickForm
from units.merging import preview
from units.models import Unit

SIMILAR, MOST_SIMILAR = 0.35, 5


class UnitMerge(FormPage):
    """并入其他单位, in two steps at one address; ``?into=`` names the unit that stays."""

    model = Unit
    roles = DISTRICT_STAFF
    template_name = "units/register_merge.html"
    action = staticmethod(merge_units)
    success_message = "已合并。原登记不再列出，它的记录可以从这里的“并入的重复登记”打开。"

    @property
    def is_change(self) -> bool:
        """Nothing of the unit itself is typed here."""
        return False

    def get_queryset(self):
        return super().get_queryset().effective().select_related("place")

    @cached_property
    def target(self) -> Unit | None:
        number = self.request.GET.get("into", "")
        if not number:
            return None
        is_number = number.isascii() and number.isdigit() and len(number) < 19
        return get_object_or_404(self.get_queryset(), pk=int(number) if is_number else 0)

    def get_title(self):
        return f"并入其他单位：{self.object}"

    def get_breadcrumbs(self):
        return [("单位台账", reverse("units:unit_list")), (self.object.name, self.object.get_absolute_url())]

    @property
    def submit_label(self) -> str:
        return "确认合并" if self.target else "下一步：核对"

    def get_form(self, data=None, files=None):
        if self.target is None:
            others = Unit.objects.visible_to(self.actor).effective().exclude(pk=self.object.pk)
            return MergePickForm(data, units=others)
        return MergeForm(data, questions=questions(self.object, self.target))

    def save(self, form):
        if self.target is None:
            here = reverse("units:unit_merge", args=[self.object.pk])
            return HttpResponseRedirect(here + query_string(into=form.cleaned_data["into"].pk))
        return super().save(form)

    def get_action_kwargs(self, cleaned):
        on, reason = cleaned.pop("on"), cleaned.pop("reason")
        return {"source": self.object, "target": self.target, "on": on, "reason": reason, "choices": cleaned}

    def get_context(self, **more):
        target = self.target
        if target is None:
            return super().get_context(unit=self.object, similar=self.similar(), **more)
        return super().get_context(
            unit=self.object,
            target=target,
            sides=[(self.object, "并入（不再列出）"), (target, "保留")],
            lines=list(preview(self.object, target)),
            refusals=refusals(self.object, target),
            **more,
        )

    def similar(self) -> list[Unit]:
        """Entries nearby that look like the same unit."""
        near = Unit.objects.under(self.object.place_code[:9]).effective().exclude(pk=self.object.pk)
        alike = near.annotate(alike=TrigramSimilarity("name", self.object.name)).filter(alike__gt=SIMILAR)
        return list(alike.select_related("place").order_by("-alike", "pk")[:MOST_SIMILAR])

    def get_cancel_url(self):
        return self.object.get_absolute_url()
