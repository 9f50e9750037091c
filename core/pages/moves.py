"""The endpoint of a move: one button, one short POST, the action, and back to the row."""

import inspect
from collections.abc import Callable, Collection

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from core.access import actor_of, requires
from core.errors import NotAllowed, RuleViolation
from core.roles import SIGNED_IN


def back_to(request: HttpRequest, fallback: str) -> str:
    """The page a button asked to return to, when it lies on this site; else ``fallback``."""
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return fallback


def answer_move(request: HttpRequest, url: str, refusal: RuleViolation | None = None) -> HttpResponse:
    """Go back to the page; htmx gets a refusal's sentence as a fragment with 409 (403 when not allowed)."""
    is_htmx = bool(getattr(request, "htmx", False))
    if refusal is not None and is_htmx:
        status = 403 if isinstance(refusal, NotAllowed) else 409
        return TemplateResponse(
            request, "components/refusal.html", {"sentence": refusal.message}, status=status
        )
    if refusal is not None:
        messages.error(request, refusal.message)
    if is_htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def move_view(
    model: type[models.Model],
    actions: dict[str, Callable],
    *,
    roles: Collection[str] = SIGNED_IN,
    object_kwarg: str = "",
    lookup: str = "pk",
    success: str = "已办理：{label}。",
) -> Callable:
    """The POST endpoint of a model's moves: ``path("<int:pk>/<slug:move>/", move_view(Claim, {...}))``.

    ``actions`` maps a move's name to its ``action(*, <object_kwarg>, actor[, note])``; the row comes from
    ``visible_to(actor)`` (else 404), an unknown move is refused with a sentence.
    """
    argument = object_kwarg or model._meta.model_name
    takes_note = {name: "note" in inspect.signature(action).parameters for name, action in actions.items()}

    @require_POST
    @requires(roles)
    def view(request, move, **kwargs):
        actor = actor_of(request)
        row = get_object_or_404(model.objects.visible_to(actor), **{lookup: kwargs[lookup]})
        url = back_to(request, row.get_absolute_url())
        if move not in actions:
            return answer_move(request, url, RuleViolation("没有这个操作。", code="unknown_move"))
        arguments = {argument: row, "actor": actor}
        if takes_note[move]:
            arguments["note"] = request.POST.get("note", "").strip()
        try:
            actions[move](**arguments)
        except RuleViolation as refusal:
            return answer_move(request, url, refusal)
        messages.success(request, success.format(label=model.get_move(move).label))
        return answer_move(request, url)

    view.access = frozenset(str(role) for role in roles)
    return view
