"""What people type about cards, records, rewards and redemptions; the rules themselves are in the actions."""

import re
from decimal import Decimal, InvalidOperation

from django import forms

from core.actor import Actor
from core.clock import today
from core.codes import under
from core.errors import InputError, RuleViolation
from core.roles import UNIT_SIDE
from core.sheets import CellError, Field, HeaderMap, cells, open_sheet
from projects.actions.records import Line
from projects.actions.redemptions import counter_places, find_card
from projects.models import CallBack, PointsCard, PointsTariff, Reward, Session, VolunteerRecord
from projects.points_rules import KINDS, MOST_ROWS
from projects.queries.points import recent_cards, recent_sessions
from units.models import Division, Unit
from units.queries.units import root_place

ROLES = VolunteerRecord.Role
ROLE_WORDS = {label: value for value, label in ROLES.choices}
LARGEST_FILE = 2 * 1024 * 1024
SPLIT = re.compile(r"[\s,，;；、\t]+")


def communities(actor: Actor):
    """The communities a person may choose: those of the own place; for a unit all of the district."""
    root = root_place()
    inside = under(actor.place_code or root.code, "code")
    return Division.objects.filter(
        inside, level=Division.Level.COMMUNITY, administered_by=root.administered_by
    ).order_by("code")


def service_places(actor: Actor):
    """Where a service may have been: communities, for staff the own subdistrict as well."""
    root = root_place()
    levels = (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)
    inside = under(actor.place_code or root.code, "code")
    return Division.objects.filter(inside, level__in=levels, administered_by=root.administered_by).order_by(
        "code"
    )


def near_units(actor: Actor):
    """The member units at the actor's place, and the own unit."""
    if actor.unit_id:
        return Unit.objects.filter(pk=actor.unit_id)
    return Unit.objects.visible_to(actor).filter(is_member=True).order_by("name_pinyin")


class CardForm(forms.ModelForm):
    """A card as it is issued."""

    is_namesake = forms.BooleanField(
        label="是同名的另一个人",
        required=False,
        help_text="本社区已有同名的积分卡、又确实不是同一个人时勾选。",
    )

    class Meta:
        model = PointsCard
        fields = ("holder", "name", "phone", "unit", "place")
        help_texts = {
            "name": "个人写姓名，队伍写队名；单位卡可以不填，按单位全称。",
            "phone": "个人必填，用于区分同名的人、回访、兑换时核对后四位；没有手机的填家属或固定电话。不要填身份证号。",
            "unit": "单位的志愿者请选择所属单位；居民个人可以不选。",
        }

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
        self.fields["place"].queryset = communities(actor)
        self.fields["unit"].queryset = near_units(actor)
        if actor.role in UNIT_SIDE:
            del self.fields["unit"]

    def _post_clean(self):
        """Leave the row alone: the action sets and checks the fields."""


class CardChangeForm(CardForm):
    """A card's facts as they are corrected; what kind of holder it has stays."""

    class Meta(CardForm.Meta):
        fields = ("name", "phone", "unit", "place")


def session_words(session: Session) -> str:
    """``2026-11-20 09:00 便民维修（黉门街社区）``."""
    at = f" {session.starts_at:%H:%M}" if session.starts_at else ""
    return f"{session.held_on}{at} {session.project.title}（{session.place.name}）"


def card_words(card: PointsCard) -> str:
    """``王某某（…000012）``: the number's end tells namesakes apart."""
    return f"{card.name}（…{card.number[-6:]}）"


class ServiceForm(forms.Form):
    """What was done when and where; a session says the day and the place."""

    session = forms.ModelChoiceField(
        label="活动场次",
        queryset=None,
        required=False,
        empty_label="不属于场次",
        help_text="选了场次，日期和地点就按场次的。",
    )
    served_on = forms.DateField(label="服务日期", widget=forms.DateInput)
    starts = forms.TimeField(label="开始时间", widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(label="结束时间", widget=forms.TimeInput(attrs={"type": "time"}))
    kind = forms.ChoiceField(label="服务类别", choices=[("", "请选择"), *KINDS.choices])
    content = forms.CharField(
        label="做了什么",
        max_length=80,
        help_text="例如“陪同独居老人就医”。开会、学习、点赞、签到不记志愿服务。",
    )
    place = forms.ModelChoiceField(
        label="服务所在地",
        queryset=None,
        empty_label="请选择",
        required=False,
        help_text="不属于场次的必选。",
    )

    def __init__(self, *args, actor: Actor, session=None, **kwargs):
        super().__init__(*args, **kwargs)
        if session is not None:
            del self.fields["place"], self.fields["session"]
            self.fields["served_on"].widget = forms.HiddenInput()
        else:
            self.fields["place"].queryset = service_places(actor)
            self.fields["session"].queryset = recent_sessions(actor, today())
            self.fields["session"].label_from_instance = session_words

    def clean(self):
        cleaned = super().clean()
        if "session" not in self.fields:
            return cleaned
        if session := cleaned.get("session"):
            cleaned["served_on"], cleaned["place"] = session.held_on, session.place
        elif "place" not in self.errors and not cleaned.get("place"):
            self.add_error("place", "请选择服务所在地，或者选择活动场次。")
        return cleaned


class RecordForm(ServiceForm):
    """One volunteer's service."""

    known = forms.ModelChoiceField(
        label="志愿者",
        queryset=None,
        required=False,
        empty_label="不在下面，我填卡号",
        to_field_name="number",
    )
    card = forms.CharField(
        label="积分卡号",
        max_length=64,
        required=False,
        help_text="上面选了志愿者的不用填。例如 JF-510107005-000001，也可以扫描卡上的二维码。",
    )
    hours = forms.DecimalField(
        label="时长（小时）",
        max_digits=4,
        decimal_places=1,
        required=False,
        help_text="不填就按起止时间计算，以半小时为单位。",
    )
    role = forms.ChoiceField(label="身份", choices=ROLES.choices, initial=ROLES.VOLUNTEER)
    field_order = (
        "known",
        "card",
        "session",
        "served_on",
        "starts",
        "ends",
        "hours",
        "kind",
        "content",
        "place",
        "role",
    )

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, actor=actor, **kwargs)
        self.actor = actor
        known = recent_cards(actor)
        self.fields["known"].queryset = PointsCard.objects.filter(pk__in=[card.pk for card in known])
        self.fields["known"].choices = [
            ("", "不在下面，我填卡号"),
            *((card.number, card_words(card)) for card in known),
        ]
        if not known:
            del self.fields["known"]

    def clean(self):
        cleaned = super().clean()
        known = cleaned.pop("known", None)
        if known and not cleaned.get("card"):
            cleaned["card"] = known
        elif known and cleaned["card"].pk != known.pk:
            self.add_error("card", f"上面选的是{known.name}，这里的卡号是另一张，请只填一处。")
        elif not cleaned.get("card") and "card" not in self.errors:
            self.add_error("card", "请选择志愿者，或者填写积分卡号。")
        return cleaned

    def clean_card(self):
        if not self.cleaned_data["card"]:
            return None
        card = find_card(self.cleaned_data["card"])
        if card is None or not PointsCard.objects.visible_to(self.actor).filter(pk=card.pk).exists():
            raise forms.ValidationError("没有这个卡号，或者不是本辖区、本单位的卡。")
        return card


LINES = HeaderMap(
    {
        "name": Field("姓名", ("志愿者", "志愿者姓名", "名称"), required=True, example="王某"),
        "card": Field(
            "卡号", ("积分卡号", "志愿者卡号"), required=True, example="JF-510107005-000001", width=24
        ),
        "hours": Field(
            "时长", ("小时", "时长（小时）", "服务时长"), example="2", help="不填就按起止时间计算"
        ),
        "role": Field("身份", ("角色",), choices=tuple(ROLE_WORDS), example="志愿者", help="不填就是志愿者"),
    }
)


def hours_of(text: str | None) -> Decimal | None:
    """``2``, ``1.5小时``; None when nothing is written. Raises `InputError`."""
    if not text:
        return None
    plain = text.removesuffix("小时").removesuffix("h").strip()
    try:
        hours = Decimal(plain)
    except InvalidOperation:
        raise InputError(f"时长要写成 1.5 这样的数字，现为“{text[:20]}”。") from None
    if not hours.is_finite() or not 0 < hours < 100:
        raise InputError(f"时长要在 0 到 100 小时之间，现为“{text[:20]}”。")
    return hours


def role_of(text: str | None) -> str:
    """The role behind its Chinese word. Raises `InputError`."""
    if not text:
        return ROLES.VOLUNTEER
    if text not in ROLE_WORDS:
        raise InputError(f"身份只能是{'、'.join(ROLE_WORDS)}，现为“{text[:20]}”。")
    return ROLE_WORDS[text]


def typed_lines(text: str) -> tuple[list[Line], list[str]]:
    """Lines as people paste them (姓名 卡号 小时 [身份]), and what can't be read."""
    lines, refused = [], []
    for number, raw in enumerate(text.splitlines(), 1):
        words = [word for word in SPLIT.split(raw.strip()) if word]
        if not words:
            continue
        try:
            lines.append(line_of(number, words))
        except RuleViolation as refusal:
            refused.append(f"第 {number} 行（{words[0][:20]}）：{refusal.message}")
    return lines, refused


def line_of(number: int, words: list[str]) -> Line:
    if len(words) < 2 or len(words) > 4:
        raise InputError("每行写“姓名 卡号 小时”，例如“王某 JF-510107005-000001 2”。")
    name, card, *rest = [cells.text(word) or "" for word in words]
    return Line(
        number, name, card, hours_of(rest[0] if rest else None), role_of(rest[1] if len(rest) > 1 else None)
    )


def sheet_lines(file) -> tuple[list[Line], list[str]]:
    """The lines of an uploaded sheet, and what can't be read. Raises `InputError` for a file that is none."""
    sheet = open_sheet(file, header_map=LINES)
    match = LINES.match(sheet.header).check()
    lines, refused = [], []
    for row in sheet.rows():
        if len(lines) + len(refused) >= MOST_ROWS + 1:
            break
        form = match.read(row.number, row.cells)
        refused += [str(error) for error in form.errors]
        if not form.errors:
            try:
                values = form.values
                lines.append(
                    Line(
                        row.number,
                        values["name"],
                        values["card"],
                        hours_of(values["hours"]),
                        role_of(values["role"]),
                    )
                )
            except RuleViolation as refusal:
                refused.append(str(CellError(row.number, None, "", refusal.message)))
    return lines, refused


class BatchForm(ServiceForm):
    """The same service of many volunteers: pasted lines, or a sheet."""

    lines = forms.CharField(
        label="志愿者",
        widget=forms.Textarea,
        required=False,
        max_length=60_000,
        help_text=f"每行一人：姓名 卡号 小时，用空格或逗号隔开；可以从表格里直接复制。最多 {MOST_ROWS} 人。",
    )
    sheet = forms.FileField(
        label="或者上传表格",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        help_text="列名：姓名、卡号、时长、身份（后两列可以没有）。",
    )

    def clean(self):
        cleaned = super().clean()
        file = cleaned.pop("sheet", None)
        text = cleaned.get("lines", "")
        if file and text.strip():
            self.add_error("sheet", "粘贴和上传只能选一种，请删去一种。")
        elif file:
            self.read_sheet(file, cleaned)
        elif not self.errors.get("lines"):
            self.take(*typed_lines(text), "lines", cleaned)
        return cleaned

    def read_sheet(self, file, cleaned: dict) -> None:
        if file.size > LARGEST_FILE:
            self.add_error("sheet", "名单表格不会超过 2 MB，请确认选对了文件。")
            return
        try:
            self.take(*sheet_lines(file), "sheet", cleaned)
        except RuleViolation as refusal:
            self.add_error("sheet", refusal.message)

    def take(self, lines: list[Line], refused: list[str], field: str, cleaned: dict) -> None:
        """Hand the lines on; what can't be read is said, and nothing is written."""
        for sentence in refused[:MOST_ROWS]:
            self.add_error(field, sentence)
        if not lines and not refused:
            self.add_error(field, "请填写志愿者名单，每行一人，或者上传表格。")
        cleaned["lines"] = lines


class RewardForm(forms.ModelForm):
    """Something that points are given for."""

    class Meta:
        model = Reward
        fields = ("title", "kind", "description", "cost", "place", "per_quarter", "valid_to", "is_offered")
        widgets = {"valid_to": forms.DateInput, "description": forms.Textarea}
        help_texts = {
            "kind": "只能是服务、物品或公共服务折扣，不能是现金。",
            "per_quarter": "同一张卡一个季度最多兑换几次。",
            "valid_to": "这一天以后不能再兑换；长期有效的不填。",
        }

    def __init__(self, *args, actor: Actor, is_change: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        if is_change:
            del self.fields["place"]
        else:
            self.fields["place"].queryset = counter_places(actor)

    def _post_clean(self):
        """Leave the row alone: the action sets and checks the fields."""


class StockForm(forms.Form):
    """In or out of stock."""

    delta = forms.IntegerField(label="数量", help_text="入库写正数，出库（损坏、盘点短少）写负数。")
    note = forms.CharField(label="说明", max_length=200, help_text="例如“区级配发”“盘点短少”。")


class RedeemForm(forms.Form):
    """Whose card gives points for what, at the counter."""

    card = forms.CharField(
        label="卡号或扫码", max_length=300, help_text="输入卡号，或者用扫码枪扫描卡上的二维码。"
    )
    reward = forms.ModelChoiceField(label="兑换项", queryset=None, empty_label="请选择")
    tail = forms.CharField(
        label="持卡人手机号后四位",
        max_length=4,
        required=False,
        # Never kept as a draft on the counter's machine.
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="请持卡人说出，核对是不是本人。",
    )

    def __init__(self, *args, actor: Actor, is_confirming: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        if is_confirming:
            self.fields["card"].widget = self.fields["reward"].widget = forms.HiddenInput()
        else:
            del self.fields["tail"]
        here = Reward.objects.visible_to(actor).offered(today()).under(actor.place_code)
        self.fields["reward"].queryset = here.select_related("place").order_by("place_code", "title")
        self.fields["reward"].label_from_instance = lambda reward: (
            f"{reward.title}（{reward.cost:f} 分，库存 {reward.stock}，{reward.place.name}）"
        )

    def clean_card(self):
        card = find_card(self.cleaned_data["card"])
        if card is None:
            raise forms.ValidationError("没有这张积分卡，请核对卡号。")
        return card


class TariffForm(forms.ModelForm):
    """A version of the rules."""

    class Meta:
        model = PointsTariff
        fields = (
            "valid_from", "points_per_hour", "min_hours", "session_cap_hours", "day_cap_hours", "leader_factor",
            "organizer_factor", "violation_factor", "serious_factor", "collect_days", "basis",
        )  # fmt: skip
        widgets = {"valid_from": forms.DateInput}
        help_texts = {
            "violation_factor": "有违规的服务，积分乘这个系数，时长不变。",
            "serious_factor": "严重违规的，0 就是不计积分。",
            "collect_days": "兑换以后这么多天没有领取的，积分和库存自动退回。",
            "valid_from": "从这一天起按新规则；以前的服务仍按当时的规则。",
            "basis": "文件名称、文号或会议。",
        }

    def _post_clean(self):
        """Leave the row alone: the action sets and checks the fields."""


class CallBackForm(forms.Form):
    """What a call brought."""

    outcome = forms.ChoiceField(
        label="回访结果",
        choices=[one for one in CallBack.Outcome.choices if one[0] != CallBack.Outcome.OPEN],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label="说明",
        max_length=200,
        required=False,
        help_text="不属实的请写明对方怎么说；不要写病情等个人信息。",
    )


class PeriodForm(forms.Form):
    """From when to when."""

    first = forms.DateField(label="起始日期", widget=forms.DateInput)
    last = forms.DateField(label="截止日期", widget=forms.DateInput)


class CertificateForm(PeriodForm):
    """About which period a certificate is, and what for."""

    purpose = forms.CharField(
        label="用途", max_length=100, required=False, help_text="例如“申请入学”；印在证明上，可以不填。"
    )


class ExportForm(PeriodForm):
    """Which records leave the portal, and why."""

    reason = forms.CharField(
        label="导出用途",
        max_length=200,
        help_text="文件含志愿者姓名和电话；用途和导出人会记入办理记录，文件里也会写明。",
    )
    format = forms.ChoiceField(label="格式", choices=(("xlsx", "Excel"), ("csv", "CSV")))
