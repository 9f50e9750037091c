"""Pages of the catalogue and of redemptions (兑换目录、积分兑换)."""

from django.http import HttpResponseRedirect
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import Tag, date_text
from core.errors import RuleViolation
from core.pages import DetailPage, FormPage, ListPage, SimplePage, move_view
from core.pages.rows import RowMixin
from core.roles import SIGNED_IN, STAFF, THREE_OFFICERS, UNIT_SIDE
from projects.actions.redemptions import (
    EDITORS,
    REDEMPTION_MOVES,
    add_reward,
    asks_tail,
    change_reward,
    check_redemption,
    move_stock,
    redeem,
)
from projects.filters.points import RedemptionFilter, RewardFilter
from projects.forms.points import RedeemForm, RewardForm, StockForm
from projects.models import Redemption, Reward
from projects.models.points import KEEPERS
from projects.points_rules import figure, hours_text

LATEST = 20


def offer_tag(reward: Reward) -> Tag:
    """Whether it can be had now, in words."""
    if not reward.is_offered:
        return Tag("已下架", "off")
    if reward.valid_to and reward.valid_to < today():
        return Tag("已过期", "off")
    return Tag("已兑完", "late") if reward.stock < 1 else Tag("可兑换", "ok")


class RewardList(ListPage):
    """The catalogue."""

    model = Reward
    title = "兑换目录"
    roles = SIGNED_IN - THREE_OFFICERS
    unit_word = "项"
    filterset_class = RewardFilter
    search_fields = ("title", "description")
    search_hint = "名称"
    default_order = ("place_code", "pk")
    empty_text = "还没有可以兑换的。社区和街道登记之后，就会出现在这里。"
    columns = [
        Column("title", "名称", link=lambda row: row.get_absolute_url(), is_main=True, width=28),
        Column("kind", "类型", lambda row: row.get_kind_display()),
        Column(
            "cost",
            "所需积分",
            lambda row: hours_text(row.cost),
            align="n",
            sort="cost",
            sheet_value=lambda row: figure(row.cost),
        ),
        Column("stock", "库存", kind="int", sort="stock"),
        Column("per_quarter", "每季最多", kind="int"),
        Column("place", "兑换点", "place.path_name", sort="place_code", width=24),
        Column("valid_to", "有效期至", kind="date", sort="valid_to"),
        Column("state", "状态", offer_tag, kind="tag"),
    ]

    def get_rows(self):
        return super().get_rows().select_related("place")

    def get_actions(self):
        actions = [("办理兑换", reverse("projects:redeem"), "gift")] if self.actor.role in KEEPERS else []
        if self.actor.role in EDITORS:
            actions.append(("登记兑换项", reverse("projects:reward_new"), "plus"))
        return actions

    def get_empty_action(self):
        return ("登记兑换项", reverse("projects:reward_new")) if self.actor.role in EDITORS else None


class RewardRow:
    """What the pages of one reward share."""

    model = Reward
    roles = SIGNED_IN - THREE_OFFICERS

    def get_breadcrumbs(self):
        return [("兑换目录", reverse("projects:reward_list"))]


class RewardDetail(RewardRow, DetailPage):
    """One reward: what it is, how many are left, what went in and out."""

    template_name = "projects/reward_detail.html"

    def get_queryset(self):
        return super().get_queryset().select_related("place")

    def get_subtitle(self):
        return f"{hours_text(self.object.cost)} 分 · {self.object.place}"

    def is_mine(self) -> bool:
        return self.actor.role in EDITORS and self.actor.stands_over(self.object.place_code)

    def get_actions(self):
        reward = self.object
        if not self.is_mine():
            return []
        return [
            ("入库、出库", reverse("projects:reward_stock", args=[reward.pk]), "archive"),
            ("修改", reverse("projects:reward_change", args=[reward.pk]), "pencil"),
        ]

    def get_facts(self):
        reward = self.object
        facts = [
            ("类型", reward.get_kind_display()),
            ("说明", reward.description),
            ("所需积分", f"{hours_text(reward.cost)} 分"),
            ("库存", f"{reward.stock}"),
            ("每人每季最多", f"{reward.per_quarter} 次"),
            ("有效期至", date_text(reward.valid_to) if reward.valid_to else "长期有效"),
            ("兑换点", reward.place.path_name),
        ]
        return [(label, value) for label, value in facts if value]

    def get_context(self, **more):
        """What went in and out, and by whom, is for the counter's own staff."""
        return super().get_context(**more if self.is_mine() else {**more, "timeline": []})

    def get_extra_context(self):
        is_mine = self.is_mine()
        entries = self.object.stock_entries.select_related("author", "redemption")[:LATEST] if is_mine else []
        return {
            "state": offer_tag(self.object),
            "stock_entries": [(entry, f"{entry.delta:+}") for entry in entries],
            "redemptions_url": f"{reverse('projects:redemption_list')}?reward={self.object.pk}"
            if is_mine
            else "",
        }


class RewardNew(RewardRow, FormPage):
    """Offer something."""

    roles = EDITORS
    form_class = RewardForm
    title = "登记兑换项"
    submit_label = "登记"
    success_message = "已登记。请接着登记入库数量。"
    action = staticmethod(add_reward)

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_initial(self):
        return {"per_quarter": 1, "is_offered": True}

    def get_success_url(self, obj):
        return reverse("projects:reward_stock", args=[obj.pk])

    def get_cancel_url(self):
        return reverse("projects:reward_list")


class RewardChange(RewardRow, FormPage):
    """Change what is offered."""

    roles = EDITORS
    form_class = RewardForm
    action = staticmethod(change_reward)

    def get_form_kwargs(self):
        return {"actor": self.actor, "is_change": True}

    def stored_values(self, row):
        values = super().stored_values(row)
        values.pop("place", None)
        return values


class RewardStock(RewardRow, FormPage):
    """Put in or take out, with the reason."""

    roles = EDITORS
    form_class = StockForm
    submit_label = "登记"
    success_message = "已登记库存变动。"
    action = staticmethod(move_stock)

    @property
    def is_change(self) -> bool:
        """Stock moves by its ledger alone."""
        return False

    def get_title(self):
        return f"入库、出库：{self.object.title}"

    def get_subtitle(self):
        return f"现有库存 {self.object.stock}"

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "reward": self.object}

    def get_success_url(self, obj):
        return self.object.get_absolute_url()

    def get_cancel_url(self):
        return self.object.get_absolute_url()


class RedemptionList(ListPage):
    """Redemptions at the actor's place, or of the own unit's cards."""

    model = Redemption
    title = "积分兑换"
    roles = STAFF | UNIT_SIDE
    unit_word = "张"
    filterset_class = RedemptionFilter
    search_fields = ("number", "card__number", "card__name", "reward__title")
    search_hint = "单号、卡号、姓名、兑换项"
    empty_text = "还没有兑换。持卡人在窗口兑换，或者扫卡上的二维码预约。"
    columns = [
        Column(
            "number",
            "兑换单号",
            link=lambda row: row.get_absolute_url(),
            is_main=True,
            sort="number",
            width=28,
        ),
        Column("reward", "兑换项", "reward.title", width=28),
        Column("name", "持卡人", "card.name", sheet_value=lambda row: row.card.masked_name),
        Column("card", "卡号", "card.number", width=24),
        Column(
            "cost",
            "积分",
            lambda row: hours_text(row.cost),
            align="n",
            sheet_value=lambda row: figure(row.cost),
        ),
        Column("place", "兑换点", "reward.place.path_name", sort="place_code", width=24),
        Column("created_at", "兑换时间", kind="date", sort="created_at"),
        Column("status", "状态", kind="tag", sort="status"),
    ]

    def get_rows(self):
        return super().get_rows().select_related("card", "reward__place")

    def get_actions(self):
        return [("办理兑换", reverse("projects:redeem"), "gift")] if self.actor.role in KEEPERS else []

    def get_empty_action(self):
        return ("看看兑换目录", reverse("projects:reward_list"))


class RedemptionRow:
    """What the pages of one redemption share."""

    model = Redemption
    roles = STAFF | UNIT_SIDE

    def get_queryset(self):
        return super().get_queryset().select_related("card", "reward__place", "author")

    def get_facts(self):
        redemption = self.object
        return [
            ("兑换项", redemption.reward.title),
            ("积分", f"{hours_text(redemption.cost)} 分"),
            ("持卡人", redemption.card.name),
            ("卡号", redemption.card.number),
            ("兑换点", redemption.reward.place.path_name),
            ("兑换时间", date_text(redemption.created_at)),
            ("最晚领取", date_text(redemption.collect_by) if redemption.collect_by else "—"),
            ("办理人", str(redemption.author or "持卡人预约")),
        ]


class RedemptionDetail(RedemptionRow, DetailPage):
    """One redemption: waiting at the counter, handed out, or called off."""

    def get_title(self):
        return f"兑换：{self.object.reward.title}"

    def get_subtitle(self):
        return self.object.number

    def get_breadcrumbs(self):
        return [("积分兑换", reverse("projects:redemption_list"))]

    def get_actions(self):
        return [("打印兑换单", reverse("projects:redemption_slip", args=[self.object.pk]), "printer")]


class RedemptionSlip(RedemptionRow, RowMixin, SimplePage):
    """The slip that both sides sign."""

    template_name = "projects/redemption_slip.html"

    def get_title(self):
        return f"兑换单 {self.object.number}"

    def get_breadcrumbs(self):
        return [(self.object.number, self.object.get_absolute_url())]

    def get_context(self, **more):
        return super().get_context(object=self.object, facts=self.get_facts(), on=today(), **more)


class Redeem(FormPage):
    """At the counter: card and reward, then who gets what for how much, and only then the points are taken."""

    model = Redemption
    roles = KEEPERS
    form_class = RedeemForm
    template_name = "projects/redeem.html"
    title = "办理兑换"
    success_message = "已扣减积分和库存，请交付后点“登记领取”。"
    action = staticmethod(redeem)

    @property
    def is_confirming(self) -> bool:
        """The second step: what is about to happen was shown."""
        return "confirmed" in self.request.POST

    submit_label = "下一步"

    def get_form_kwargs(self):
        return {"actor": self.actor, "is_confirming": self.is_confirming}

    def save(self, form):
        if self.is_confirming:
            return super().save(form)
        asked = {"card": form.cleaned_data["card"], "reward": form.cleaned_data["reward"]}
        try:
            check_redemption(**asked, actor=self.actor)
        except RuleViolation as refusal:
            return self.render_refusal(form, refusal, status=400 if refusal.is_input else 409)
        confirming = RedeemForm(actor=self.actor, is_confirming=True, initial=self.typed(asked))
        return self.render_form(confirming, **self.asked(asked))

    def typed(self, asked: dict) -> dict:
        return {"card": asked["card"].number, "reward": asked["reward"].pk}

    def asked(self, asked: dict) -> dict:
        """Who gets what for how much, and what is left of both, for the second step."""
        card, reward = asked["card"], asked["reward"]
        before, after = hours_text(card.balance), hours_text(card.balance - reward.cost)
        facts = [
            ("持卡人", f"{card.masked_name}（{card.get_holder_display()}，{card.number}）"),
            ("兑换项", f"{reward.title}（{reward.place.name}）"),
            ("积分", f"余额 {before} 分，扣 {hours_text(reward.cost)} 分，还剩 {after} 分"),
            ("库存", f"现有 {reward.stock}，兑换后 {reward.stock - 1}"),
        ]  # fmt: skip
        return {
            "confirming": facts,
            "asks_tail": asks_tail(card),
            "has_no_phone": card.holder == card.Holder.PERSON and not card.phone,
        }

    def post(self, request, **kwargs):
        form = self.get_form(request.POST)
        if self.is_confirming and not form.is_valid():
            return HttpResponseRedirect(request.path)
        return super().post(request, **kwargs)

    def render_refusal(self, form, refusal: RuleViolation, *, status: int):
        """What is hidden in the second step is said on top."""
        if self.is_confirming and refusal.field != "tail":
            form.add_error(None, refusal.message)
            return self.render_form(form, status=status)
        return super().render_refusal(form, refusal, status=status)

    def render_form(self, form, *, status: int = 200, **more):
        """A refused second step stays a second step, with what it shows."""
        if self.is_confirming and "confirming" not in more:
            more |= self.asked(form.cleaned_data)
        if "confirming" in more:
            self.submit_label = "确认兑换"
            form.fields["tail"].required = more["asks_tail"]
        return super().render_form(form, status=status, **more)

    def get_context(self, **more):
        """The second step is another form, with nothing of the first to be offered back."""
        if "confirming" in more:
            more["draft_key"] = f"{more['draft_key']}#confirm"
        return super().get_context(**more)

    def get_breadcrumbs(self):
        return [("积分兑换", reverse("projects:redemption_list"))]

    def get_cancel_url(self):
        return reverse("projects:redemption_list")


redemption_move = move_view(Redemption, REDEMPTION_MOVES, roles=KEEPERS)
