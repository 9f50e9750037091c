"""Pages of points cards (积分卡): list, one card with its ledger, issue, correct, print, certificate."""

from decimal import Decimal

import segno
from django.contrib.contenttypes.models import ContentType
from django.db.models import Sum
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import Tag, date_text
from core.documents.verification import absolute
from core.models import IssuedDocument
from core.pages import DetailPage, FormPage, ListPage, SimplePage, move_view
from core.pages.rows import RowMixin
from core.periods import Year
from core.roles import SIGNED_IN, STAFF, THREE_OFFICERS, UNIT_SIDE, Role
from projects.actions.certificates import issue_certificate, request_certificate
from projects.actions.points import CARD_MOVES, ISSUERS, change_card, issue_card
from projects.actions.tariffs import add_tariff
from projects.filters.points import CardFilter, EntryFilter
from projects.forms.points import CardChangeForm, CardForm, CertificateForm, TariffForm
from projects.models import PointsCard, PointsEntry, PointsTariff, Redemption, VolunteerRecord
from projects.models.points import KEEPERS
from projects.points_rules import figure, hours_text, is_same_person
from projects.queries.points import open_requests

READERS = STAFF | UNIT_SIDE
LATEST = 10
ENTRY_TONES = {"service": "ok", "redemption": "wait", "refund": "info", "reversal": "late"}


def signed_text(value) -> str:
    """``+2``, ``-30``."""
    return f"{'+' if value > 0 else ''}{hours_text(value)}"


def owed_text(entry: PointsEntry) -> str:
    """What a line of the ledger says of the outstanding claim (待扣), in words."""
    if not entry.owed:
        return ""
    said = "记待扣" if entry.owed > 0 else "抵扣待扣"
    return f"{said} {hours_text(abs(entry.owed))} 分"


class CardList(ListPage):
    """The cards the actor may see. They sort by number, name and place, never by points: nobody is ranked."""

    model = PointsCard
    title = "积分卡"
    roles = READERS
    unit_word = "张"
    filterset_class = CardFilter
    search_fields = ("number", "name", "unit__name")
    search_hint = "卡号、姓名、所属单位"
    default_order = ("place_code", "pk")
    empty_text = "还没有发放积分卡。志愿者在社区办卡之后，就会出现在这里。"
    columns = [
        Column(
            "name",
            "持卡人",
            link=lambda row: row.get_absolute_url(),
            sort="name",
            is_main=True,
            sheet_value=lambda row: row.masked_name,
        ),
        Column("number", "卡号", sort="number", width=24),
        Column("holder", "类型", lambda row: row.get_holder_display()),
        Column("unit", "所属单位", "unit.name", width=30),
        Column("place", "所在社区", "place.path_name", sort="place_code", width=24),
        Column("phone", "电话（隐去）", "masked_phone", in_page=False),
        Column(
            "balance",
            "积分余额",
            lambda row: f"{hours_text(row.balance)} 分",
            align="n",
            sheet_value=lambda row: figure(row.balance),
        ),
        Column("owed", "待扣积分", lambda row: figure(row.owed), in_page=False),
        Column(
            "hours",
            "累计时长",
            lambda row: f"{hours_text(row.hours)} 小时",
            align="n",
            sheet_value=lambda row: figure(row.hours),
        ),
        Column("issued_on", "发卡日期", kind="date", sort="issued_on"),
        Column("status", "状态", kind="tag"),
    ]

    def get_rows(self):
        return super().get_rows().select_related("place", "unit")

    def get_actions(self):
        return [("发放积分卡", reverse("projects:card_new"), "plus")] if self.actor.role in ISSUERS else []

    def get_empty_action(self):
        return ("发放积分卡", reverse("projects:card_new")) if self.actor.role in ISSUERS else None


class CardRow:
    """What the pages of one card share."""

    model = PointsCard
    roles = READERS

    def get_queryset(self):
        return super().get_queryset().select_related("place", "unit")

    def get_breadcrumbs(self):
        return [("积分卡", reverse("projects:card_list"))]


class CardDetail(CardRow, DetailPage):
    """One card: balance and hours side by side, its latest entries and records, papers issued about it."""

    template_name = "projects/card_detail.html"

    def get_title(self):
        return self.object.name

    def get_subtitle(self):
        return f"{self.object.number} · {self.object.place}"

    def get_facts(self):
        card = self.object
        shown = card.phone if card.shows_phone_to(self.actor) else card.masked_phone
        facts = [
            ("卡号", card.number),
            ("持卡人类型", card.get_holder_display()),
            ("所属单位", str(card.unit) if card.unit else ""),
            ("所在社区", card.place.path_name),
            ("电话", shown),
            ("发卡日期", date_text(card.issued_on)),
        ]
        return [(label, value) for label, value in facts if value]

    def get_actions(self):
        card, actions = self.object, []
        is_keeper = self.actor.role in KEEPERS and self.actor.stands_over(card.place_code)
        is_open = card.status != PointsCard.Status.CLOSED
        if card.status == PointsCard.Status.ACTIVE and self.actor.role in ISSUERS:
            url = f"{reverse('projects:record_new')}?card={card.number}"
            actions.append(("登记服务", url, "plus"))
        if is_keeper and is_open:
            actions.append(("修改", reverse("projects:card_change", args=[card.pk]), "pencil"))
        if is_keeper or (self.actor.unit_id and self.actor.unit_id == card.unit_id):
            actions.append(("打印积分卡", reverse("projects:card_print", args=[card.pk]), "printer"))
        if card.holder == PointsCard.Holder.PERSON and is_keeper:
            actions.append(
                ("出具服务记录证明", reverse("projects:card_certificate", args=[card.pk]), "certificate")
            )
        elif card.holder == PointsCard.Holder.PERSON and self.actor.unit_id:
            actions.append(
                ("申请服务记录证明", reverse("projects:card_certificate", args=[card.pk]), "certificate")
            )
        return actions

    def get_extra_context(self):
        card = self.object
        entries = PointsEntry.objects.filter(card=card).select_related("record", "redemption")
        records = VolunteerRecord.objects.filter(card=card, status="pending").order_by("starts_at")
        return {
            "entries": [
                (entry, ENTRY_TONES[entry.kind], signed_text(entry.delta), owed_text(entry))
                for entry in entries[:LATEST]
            ],
            "owed_text": hours_text(card.owed) if card.owed else "",
            "twins": self.twins(),
            "balance_text": hours_text(card.balance),
            "hours_text": hours_text(card.hours),
            "pending": list(records[:LATEST]),
            "reserved": list(
                Redemption.objects.filter(card=card, status="reserved").select_related("reward")[:LATEST]
            ),
            "documents": list(papers_about(card, self.actor)[:LATEST]),
            "entries_url": f"{reverse('projects:entry_list')}?card={card.number}",
        }

    def twins(self) -> list[PointsCard]:
        """Other open cards that may be the same person's, for whoever keeps the cards."""
        card = self.object
        if self.actor.role not in KEEPERS or card.holder != PointsCard.Holder.PERSON:
            return []
        same = PointsCard.objects.filter(name=card.name, holder=card.holder).exclude(pk=card.pk)
        visible = same.visible_to(self.actor).exclude(status=PointsCard.Status.CLOSED)
        return [other for other in visible.order_by("pk") if is_same_person(card, other)]


def papers_about(card: PointsCard, actor):
    """The certificates that were issued for a card."""
    kind = ContentType.objects.get_for_model(PointsCard)
    return IssuedDocument.objects.visible_to(actor).filter(about_type=kind, about_id=card.pk)


class CardNew(FormPage):
    """Issue a card."""

    model = PointsCard
    roles = ISSUERS
    form_class = CardForm
    title = "发放积分卡"
    submit_label = "发卡"
    success_message = "已发卡，可以打印。"
    action = staticmethod(issue_card)

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_initial(self):
        form_places = CardForm(actor=self.actor).fields["place"].queryset
        own = list(form_places.filter(code__startswith=self.actor.place_code or "-")[:2])
        return {"place": own[0] if len(own) == 1 else None}

    def get_breadcrumbs(self):
        return [("积分卡", reverse("projects:card_list"))]

    def get_cancel_url(self):
        return reverse("projects:card_list")


class CardChange(CardRow, FormPage):
    """Correct a card's facts."""

    roles = KEEPERS
    form_class = CardChangeForm
    action = staticmethod(change_card)
    object_kwarg = "card"

    def get_queryset(self):
        return PointsCard.objects.visible_to(self.actor)

    def get_title(self):
        return f"修改积分卡：{self.object.name}"

    def get_form_kwargs(self):
        return {"actor": self.actor}


class CardPrint(CardRow, RowMixin, SimplePage):
    """Both sides of a card, 85.6 × 54 mm, as a printer puts them on paper."""

    template_name = "projects/card_print.html"

    def get_title(self):
        return f"打印积分卡：{self.object.name}"

    def get_context(self, **more):
        card = self.object
        address = absolute(card.get_public_url())
        code = segno.make(address, error="m", micro=False).svg_data_uri(border=1, scale=4)
        return super().get_context(object=card, card=card, qr=code, address=address, **more)


class CardCertificate(CardRow, FormPage):
    """Issue a certificate about a period (社区、街道), or ask for one (单位)."""

    form_class = CertificateForm
    roles = KEEPERS | UNIT_SIDE

    @property
    def is_change(self) -> bool:
        """Nothing of the card is changed."""
        return False

    @property
    def issues(self) -> bool:
        return self.actor.role in KEEPERS

    @property
    def submit_label(self):
        return "出具" if self.issues else "申请"

    @property
    def success_message(self):
        return "已出具，可以在下方下载。" if self.issues else "已向社区申请，出具后会通知您。"

    @property
    def help_text(self):
        body = "本辖区" if self.issues else "所在社区"
        return (
            f"{self.asked_for}证明列出这段时间在{body}已核实的每次服务和时长，印有编号和核验码，不收取费用。"
        )

    @property
    def asked_for(self) -> str:
        """What the unit asked for, when nobody has answered yet."""
        entry = open_requests(self.object.place_code).filter(about_id=self.object.pk).first()
        return f"单位的申请：{entry.note.rstrip('。')}。" if entry and self.issues else ""

    def get_title(self):
        return f"志愿服务记录证明：{self.object.name}"

    def get_purpose(self) -> str:
        """The purpose of the request, after its period."""
        return self.asked_for.partition("。")[2].strip("。")

    def get_initial(self):
        return {"first": Year.containing(today()).first_day, "last": today(), "purpose": self.get_purpose()}

    def run_action(self, cleaned, row=None):
        action = issue_certificate if self.issues else request_certificate
        return action(card=self.object, actor=self.actor, **cleaned)

    def get_success_url(self, obj):
        return self.object.get_absolute_url()

    def get_cancel_url(self):
        return self.object.get_absolute_url()


class EntryList(ListPage):
    """The ledger (积分流水): what was added, redeemed, given back, reversed. Nothing in it is ever changed."""

    model = PointsEntry
    title = "积分流水"
    roles = READERS
    filterset_class = EntryFilter
    search_fields = ("card__number", "card__name", "note")
    search_hint = "卡号、姓名、说明"
    empty_text = "还没有积分流水。服务核实入账或者兑换之后，就会出现在这里。"
    columns = [
        Column(
            "name",
            "持卡人",
            "card.name",
            link=lambda row: row.card.get_absolute_url(),
            is_main=True,
            sheet_value=lambda row: row.card.masked_name,
        ),
        Column("card", "积分卡", "card.number", width=24),
        Column("kind", "类型", lambda row: Tag(row.get_kind_display(), ENTRY_TONES[row.kind]), kind="tag"),
        Column(
            "delta",
            "积分",
            lambda row: signed_text(row.delta),
            align="n",
            sheet_value=lambda row: figure(row.delta),
        ),
        Column(
            "owed",
            "待扣",
            lambda row: signed_text(row.owed) if row.owed else "",
            align="n",
            sheet_value=lambda row: figure(row.owed),
        ),
        Column(
            "hours",
            "时长（小时）",
            lambda row: signed_text(row.hours) if row.hours else "",
            align="n",
            sheet_value=lambda row: figure(row.hours),
        ),
        Column("note", "说明", width=36),
        Column("occurred_on", "发生日期", kind="date", sort="occurred_on"),
        Column("created_at", "入账时间", kind="date"),
        Column("tariff", "积分规则", lambda row: str(row.tariff) if row.tariff else "", in_page=False),
        Column("author", "入账人", lambda row: str(row.author or "持卡人"), in_page=False),
    ]

    def get_rows(self):
        return super().get_rows().select_related("card", "tariff", "author")

    def totals(self, rows):
        sums = rows.order_by().aggregate(delta=Sum("delta"), owed=Sum("owed"), hours=Sum("hours"))
        return {name: signed_text(value or Decimal(0)) for name, value in sums.items()}

    def get_breadcrumbs(self):
        return [("积分卡", reverse("projects:card_list"))]

    def get_empty_action(self):
        return ("看看志愿服务记录", reverse("projects:record_list"))


def facts_of(tariff: PointsTariff) -> list[tuple[str, str]]:
    """A version of the rules in words."""
    leader, organizer = hours_text(tariff.leader_factor), hours_text(tariff.organizer_factor)
    return [
        ("启用日期", date_text(tariff.valid_from)),
        ("每小时积分", f"{hours_text(tariff.points_per_hour)} 分"),
        ("最少", f"{hours_text(tariff.min_hours)} 小时，以半小时为单位"),
        ("单场最多", f"{hours_text(tariff.session_cap_hours)} 小时"),
        ("每日最多", f"{hours_text(tariff.day_cap_hours)} 小时"),
        ("身份系数", f"负责人 {leader}，组织者 {organizer}"),
        (
            "违规系数",
            f"违规 {hours_text(tariff.violation_factor)}，严重违规 {hours_text(tariff.serious_factor)}；只减积分，不减时长",
        ),
        ("兑换保留", f"{tariff.collect_days} 天没有领取的，积分和库存自动退回"),
        ("依据", tariff.basis),
    ]


class TariffList(SimplePage):
    """The rules by which hours become points, every version of them."""

    template_name = "projects/points_tariffs.html"
    title = "积分规则"
    subtitle = "服务按当天有效的规则折算积分；规则只增加新版，不改旧版。"
    roles = SIGNED_IN - THREE_OFFICERS

    def get_context(self, **more):
        rows = list(PointsTariff.objects.all())
        for row in rows:
            row.facts = facts_of(row)
        valid = next((row for row in rows if row.valid_from <= today()), None)
        may_add = self.actor.role == Role.DISTRICT and not self.actor.is_read_only
        return super().get_context(rows=rows, valid=valid, may_add=may_add, **more)


class TariffNew(FormPage):
    """A new version of the rules."""

    model = PointsTariff
    roles = frozenset({Role.DISTRICT})
    form_class = TariffForm
    title = "制定新版积分规则"
    submit_label = "制定"
    success_message = "已制定新版积分规则。"
    help_text = "制定后不能修改；有变化的，再制定一版。"
    action = staticmethod(add_tariff)

    def get_initial(self):
        """The version before, to be changed where it differs."""
        last = PointsTariff.objects.order_by("-valid_from").first()
        names = [name for name in TariffForm.base_fields if name not in ("valid_from", "basis")]
        return {name: getattr(last, name) for name in names} if last else {"valid_from": today()}

    def get_breadcrumbs(self):
        return [("积分规则", reverse("projects:tariff_list"))]

    def get_cancel_url(self):
        return reverse("projects:tariff_list")

    def get_success_url(self, obj):
        return reverse("projects:tariff_list")


card_move = move_view(PointsCard, CARD_MOVES, roles=STAFF, object_kwarg="card")
