"""The page behind a card's QR code: what the holder has, what it came from, what it can be given for."""

from django import forms
from django.db.models import Q
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from core.api.throttles import count, seconds_left
from core.clock import today
from core.codes import under
from core.components import date_cell
from core.errors import RuleViolation
from core.pages import SimplePage
from projects.actions.redemptions import NO_PHONE, reserve_by_holder
from projects.models import PointsCard, PointsEntry, Redemption, Reward
from projects.points_rules import hours_text
from projects.queries.project import codes_above, subdistrict_of
from projects.views.cards import owed_text, signed_text

# Four digits are soon guessed: few tries a minute for one card, some more for one address.
LOOKS_PER_MINUTE, TRIES_PER_MINUTE = 60, 5
TOO_MANY = "操作太频繁，请过一分钟再试。"
LATEST, MOST_REWARDS = 10, 30


class ReserveForm(forms.Form):
    """What to reserve, and the phone's last digits where a phone is stored."""

    reward = forms.IntegerField(
        min_value=1, max_value=2**63 - 1, error_messages={"required": "请选择要兑换的一项。"}
    )
    tail = forms.CharField(label="手机号后四位", max_length=4, required=False, strip=True)


@method_decorator(never_cache, name="dispatch")
class CardPage(SimplePage):
    """``/open/cards/<token>/``: masked name, points, hours, last entries, what can be had near by."""

    public = True
    template_name = "projects/points_card.html"
    title = "志愿服务积分卡"

    def render(self, context: dict, *, template_name: str = "", status: int = 200) -> TemplateResponse:
        answer = super().render(context, template_name=template_name, status=status)
        answer["X-Robots-Tag"] = "noindex"
        return answer

    def is_too_often(self, name: str, most: int) -> bool:
        return count(name) > most

    def get(self, request, token, **kwargs):
        return self.answer(token, ReserveForm())

    def post(self, request, token, **kwargs):
        form = ReserveForm(request.POST)
        if self.is_too_often(f"points-reserve:{token[:64]}", TRIES_PER_MINUTE):
            return self.wait(self.answer(token, form, 429, refusal=TOO_MANY))
        if not form.is_valid():
            return self.answer(token, form, 422)
        try:
            redemption = reserve_by_holder(
                token=token[:64], reward_id=form.cleaned_data["reward"], tail=form.cleaned_data["tail"]
            )
        except RuleViolation as refusal:
            status = 400 if refusal.is_input else 409
            return self.answer(token, form, status, refusal=refusal.message)
        return HttpResponseRedirect(f"{request.path}?reserved={redemption.number}")

    def wait(self, answer: TemplateResponse) -> TemplateResponse:
        answer["Retry-After"] = str(seconds_left())
        return answer

    def answer(self, token: str, form: ReserveForm, status: int = 200, refusal: str = "") -> TemplateResponse:
        address = self.request.META.get("REMOTE_ADDR", "")
        if self.is_too_often(f"points-look:{address}", LOOKS_PER_MINUTE):
            return self.wait(self.render(self.get_context(refusal=TOO_MANY), status=429))
        card = find_by_token(token)
        if card is None:
            raise Http404
        reserved = self.request.GET.get("reserved", "")[:40]
        waiting = card.redemptions.filter(status=Redemption.Status.RESERVED).select_related("reward__place")
        rewards = [(reward, hours_text(reward.cost), reward.cost <= card.balance) for reward in near_by(card)]
        form.fields["tail"].required = bool(card.phone)
        is_active = card.status == PointsCard.Status.ACTIVE
        context = self.get_context(
            card=card,
            form=form,
            refusal=refusal or first_error(form),
            facts=facts_of(card),
            balance_text=hours_text(card.balance),
            owed_text=hours_text(card.owed) if card.owed else "",
            hours_text=hours_text(card.hours),
            entries=[line_of(entry) for entry in card.entries.all()[:LATEST]],
            rewards=rewards,
            has_enough=any(enough for _, _, enough in rewards),
            waiting=list(waiting),
            reserved=next((one for one in waiting if one.number == reserved), None),
            can_reserve=is_active and not lacks_phone(card),
            lacks_phone=NO_PHONE if is_active and lacks_phone(card) else "",
            asks_tail=bool(card.phone),
        )
        return self.render(context, status=status)


def lacks_phone(card: PointsCard) -> bool:
    """Whether nobody can tell the holder of a person's card from whoever found it."""
    return card.holder == PointsCard.Holder.PERSON and not card.phone


def line_of(entry: PointsEntry) -> tuple[str, str, str, str, str]:
    """Day, kind, points, hours and words of an entry."""
    hours = signed_text(entry.hours) if entry.hours else ""
    note = "，".join(words for words in (entry.note, owed_text(entry)) if words)
    return date_cell(entry.occurred_on), entry.get_kind_display(), signed_text(entry.delta), hours, note


def first_error(form: ReserveForm) -> str:
    return str(next(iter(form.errors.values()))[0]) if form.is_bound and form.errors else ""


def find_by_token(token: str) -> PointsCard | None:
    if not (token.isascii() and token.isprintable()) or len(token) > 64:
        return None
    return PointsCard.objects.filter(token=token).select_related("place").first()


def facts_of(card: PointsCard) -> list[tuple[str, str]]:
    """What whoever holds the card may read: no full name, no phone."""
    return [
        ("持卡人", card.masked_name),
        ("卡号", card.number),
        ("所在社区", str(card.place)),
    ]


def near_by(card: PointsCard) -> list[Reward]:
    """What this card may be given for: at the counters of its subdistrict, and those above."""
    subdistrict = subdistrict_of(card.place).code
    here = under(subdistrict) | Q(place_code__in=codes_above(subdistrict))
    offered = Reward.objects.offered(today()).filter(here, stock__gt=0).select_related("place")
    return list(offered.order_by("cost", "pk")[:MOST_REWARDS])
