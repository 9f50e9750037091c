"""One small form that changes who speaks for a unit, and by which account (一分钟更换联络员)."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.actions import INVITING, HandedOver, hand_over_liaison, take_back_liaison
from accounts.forms import HandOverForm
from core.access import actor_of, requires
from core.clock import today
from core.errors import RuleViolation
from core.pages import FormPage, answer_move
from core.roles import STAFF, UNIT_SIDE
from units.actions.liaisons import PLANNED_DAYS
from units.models import Unit, UnitLiaison

AHEAD = f"最多提前 {PLANNED_DAYS} 天登记，起始日期之前可以撤回。"


@method_decorator(never_cache, name="dispatch")
class HandOver(FormPage):
    """更换联络员: a first password is shown once, in the answer to the form that opened the account."""

    model = Unit
    roles = STAFF | UNIT_SIDE
    form_class = HandOverForm
    submit_label = "确认更换"
    action = staticmethod(hand_over_liaison)

    @property
    def is_change(self) -> bool:
        """Nothing of the unit itself is typed here."""
        return False

    def get_queryset(self):
        return super().get_queryset().effective().select_related("place")

    @property
    def is_first(self) -> bool:
        return not self.object.liaisons.filter(is_primary=True, to_on=None).exists()

    def get_title(self):
        return "登记联络员" if self.is_first else "更换联络员"

    def get_subtitle(self):
        return f"{self.object} · {self.object.place}"

    def get_breadcrumbs(self):
        return [(self.object.name, self.object.get_absolute_url())]

    @property
    def help_text(self) -> str:
        if self.actor.role in UNIT_SIDE:
            return f"从起始日期起，您的账号不再能办理本单位的事项。新联络员的账号由街道开通。{AHEAD}"
        return f"原联络员的身份在起始日期当天结束。更换自动报告社区和街道，联席会名册随之更新。{AHEAD}"

    def get_form_kwargs(self):
        return {"may_invite": self.actor.role in INVITING, "is_first": self.is_first}

    def get_initial(self):
        return {"from_on": today()}

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "unit": self.object}

    def succeed(self, obj: HandedOver) -> HttpResponse:
        if obj.user is not None:
            context = self.get_context(
                unit=self.object, liaison=obj.liaison, account=obj.user, password=obj.password
            )
            return self.render(context, template_name="accounts/handed_over.html", status=201)
        messages.success(self.request, f"已登记，自{obj.liaison.from_on}起由{obj.liaison.person}联络。")
        stays = Unit.objects.visible_to(self.actor).filter(pk=self.object.pk).exists()
        is_over = self.actor.role in UNIT_SIDE and obj.liaison.from_on <= today()
        return HttpResponseRedirect(self.object.get_absolute_url() if stays and not is_over else "/")

    def get_cancel_url(self):
        return reverse("units:unit_detail", args=[self.object.pk])


@require_POST
@requires(STAFF | UNIT_SIDE)
def withdraw(request, pk) -> HttpResponse:
    """Take a planned change back."""
    actor = actor_of(request)
    liaison = get_object_or_404(UnitLiaison.objects.visible_to(actor).select_related("unit"), pk=pk)
    url = liaison.unit.get_absolute_url()
    try:
        take_back_liaison(liaison=liaison, actor=actor)
    except RuleViolation as refusal:
        return answer_move(request, url, refusal)
    messages.success(request, "已撤回这次更换。")
    return answer_move(request, url)
