"""The form page (表单页): create or change a row through an action; nothing typed or stored is lost unseen."""

from collections.abc import Callable, Iterable

from django.contrib import messages
from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db import models, transaction
from django.forms import BaseModelForm
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from core.errors import NotAllowed, RuleViolation
from core.pages.base import Page
from core.pages.once import new_token, once, posted_token
from core.pages.rows import RowMixin, history_of


class Conflict:
    """Another person's change to one field since this form was opened: label, typed text, present text."""

    __slots__ = ("label", "mine", "theirs")

    def __init__(self, label: str, mine: str, theirs: str):
        self.label, self.mine, self.theirs = label, mine, theirs


def plain_value(form, name: str, value) -> str:
    """A field value in the form's own raw spelling, to compare what was read with what is stored."""
    if isinstance(value, models.Model):
        value = value.pk
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return ",".join(sorted(plain_value(form, name, one) for one in value))
    prepared = form.fields[name].prepare_value(value)
    return "" if prepared is None else str(prepared)


def shown_value(form, name: str, value) -> str:
    """A raw field value in the words of the field's choices."""
    choices = getattr(form.fields[name], "choices", None)
    if choices is None:
        return {"True": "是", "False": "否"}.get(str(value), "" if value is None else str(value))
    wanted = str(value.pk if isinstance(value, models.Model) else value)
    return next((str(label) for key, label in choices if str(key) == wanted), wanted)


class FormPage(RowMixin, Page):
    """Create a row, or change one (when the address names it), through an action.

    ``action(**cleaned, actor=)`` writes; a change passes the row as ``object_kwarg``. A `RuleViolation` is
    shown beside its field, or on top, with everything typed kept.
    """

    template_name = "pages/form.html"
    form_class = None
    action: Callable | None = None
    object_kwarg = ""
    submit_label = "保存"
    success_message = "已保存。"
    is_multipart = False
    help_text = ""

    # What a subclass may give

    @property
    def is_change(self) -> bool:
        return self.lookup in self.kwargs

    def get_title(self) -> str:
        return self.title or (
            f"修改：{self.object}" if self.is_change else f"新建{self.model._meta.verbose_name}"
        )

    def get_initial(self) -> dict:
        """The values the form opens with: the row's own for a change."""
        return self.stored_values(self.object) if self.is_change else {}

    def get_form_kwargs(self) -> dict:
        """Further arguments of the form class, e.g. ``{"actor": self.actor}``."""
        return {}

    def get_action_kwargs(self, cleaned: dict) -> dict:
        return cleaned

    def run_action(self, cleaned: dict, row=None):
        action = type(self).__dict__.get("action") or type(self).action
        action = action.__func__ if isinstance(action, staticmethod) else action
        named = {self.object_kwarg or self.model._meta.model_name: row} if row is not None else {}
        return action(**named, **self.get_action_kwargs(cleaned), actor=self.actor)

    def get_success_url(self, obj) -> str:
        return obj.get_absolute_url()

    def get_cancel_url(self) -> str:
        return self.object.get_absolute_url() if self.is_change else ""

    # The form

    def stored_values(self, row) -> dict:
        """The row's present values of the form's fields that are fields of the model."""
        values = {}
        for name in self.form_class.base_fields:
            try:
                field = row._meta.get_field(name)
            except FieldDoesNotExist:
                continue
            values[name] = list(getattr(row, name).all()) if field.many_to_many else getattr(row, name)
        return values

    def get_form(self, data=None, files=None):
        kwargs = {"initial": self.get_initial(), **self.get_form_kwargs()}
        if issubclass(self.form_class, BaseModelForm) and self.is_change:
            kwargs["instance"] = self.object
        return self.form_class(data, files, **kwargs)

    def read_version(self, form, row) -> dict[str, str]:
        """The stored raw value of each compared field; what a later save is checked against."""
        return {
            name: plain_value(form, name, value)
            for name, value in self.stored_values(row).items()
            if name in form.fields
        }

    def version_token(self, form) -> str:
        if not self.is_change:
            return ""
        return signing.dumps(self.read_version(form, self.object), salt=self.version_salt, compress=True)

    def posted_version(self) -> dict[str, str]:
        """What the person's form was opened with; empty when the posted text isn't ours."""
        try:
            return signing.loads(self.request.POST.get("version", ""), salt=self.version_salt)
        except signing.BadSignature:
            return {}

    @property
    def version_salt(self) -> str:
        return f"form-version:{self.model._meta.label}:{self.kwargs.get(self.lookup)}"

    def find_conflicts(self, form, row) -> list[Conflict]:
        """Fields that somebody else changed since the form was opened, to a value other than the typed one.

        Without a readable version every field that differs from the stored one counts: nothing is overwritten
        unseen.
        """
        base = self.posted_version()
        found = []
        stored = self.stored_values(row)
        for name, now in self.read_version(form, row).items():
            mine = form.cleaned_data.get(name)
            if now != base.get(name) and plain_value(form, name, mine) != now:
                label = str(form.fields[name].label or name)
                found.append(
                    Conflict(label, shown_value(form, name, mine), shown_value(form, name, stored[name]))
                )
        return found

    # Answers

    def get(self, request, **kwargs):
        return self.render_form(self.get_form())

    def post(self, request, **kwargs):
        form = self.get_form(request.POST, request.FILES)
        if not form.is_valid():
            return self.render_form(form, status=422)
        response, is_again = once(request, f"form:{self.actor.user_id}", lambda: self.save(form))
        if is_again:
            messages.success(request, self.success_message)
        return response

    def save(self, form) -> HttpResponse:
        try:
            with transaction.atomic():
                row = self.locked_row()
                conflicts = self.find_conflicts(form, row) if row is not None else []
                if conflicts:
                    return self.render_conflict(form, row, conflicts)
                obj = self.run_action(dict(form.cleaned_data), row)
        except NotAllowed as refusal:
            return self.render_refusal(form, refusal, status=403)
        except RuleViolation as refusal:
            return self.render_refusal(form, refusal, status=400 if refusal.is_input else 409)
        return self.succeed(obj)

    def locked_row(self):
        """The row under lock and as it stands now; None when a new one is made."""
        if not self.is_change:
            return None
        return get_object_or_404(self.get_queryset().select_for_update(of=("self",)), pk=self.object.pk)

    def succeed(self, obj) -> HttpResponse:
        messages.success(self.request, self.success_message)
        return HttpResponseRedirect(self.get_success_url(obj))

    def render_refusal(self, form, refusal: RuleViolation, *, status: int):
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return self.render_form(form, status=status)

    def render_conflict(self, form, row, conflicts: list[Conflict]):
        """Show both texts; only this answer carries the new version, so only after it a save overwrites."""
        last = history_of(row).first()
        self.object = row
        version = self.version_token(form)
        return self.render_form(form, status=409, version=version, conflicts=conflicts, changed_by=last)

    def render_form(self, form, *, status: int = 200, version: str = "", **more) -> HttpResponse:
        kept = self.request.POST.get("version", "")
        return self.render(
            self.get_context(
                form=form,
                object=self.object if self.is_change else None,
                version=version or kept or self.version_token(form),
                once=posted_token(self.request) or new_token(),
                submit_label=self.submit_label,
                cancel_url=self.get_cancel_url(),
                help_text=self.help_text,
                is_multipart=self.is_multipart or form.is_multipart(),
                draft_key=f"{self.request.path}#{self.actor.user_id}",
                **more,
            ),
            status=status,
        )
