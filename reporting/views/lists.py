"""The lists behind the numbers: units (or carriers) of a cell, what moved, new organizations."""

from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import Tag, number_text
from core.errors import RuleViolation
from core.indicators import Indicator
from core.pages import InvalidQuery, ListPage
from core.roles import STAFF
from reporting.alerts import ALERTS, Alert
from reporting.cells import kept_members, rows_behind
from reporting.forms import AlertForm, CellForm, MovementForm, NewOrganizationForm
from reporting.frozen_lists import frozen_note
from reporting.questions import CoverageQuestion
from reporting.snapshots import find_frozen
from reporting.versions import known_territory, versions
from units.indicators import NEW_ORGANIZATIONS, Cell
from units.indicators.movement import EXCLUDED, REASON_LABELS, events
from units.indicators.territory import By, Territory
from units.models import Carrier, CoverageSpell, PartyOrganization, Unit

STATUSES = dict(Unit.OperatingStatus.choices)
MODES = dict(CoverageSpell.Mode.choices)


class FigureList(ListPage):
    """A list behind a number: it shows the formula with its version, and only places of the actor's own."""

    template_name = "reporting/figure_list.html"
    roles = STAFF
    form_class = CellForm
    default_order = ("place_code", "pk")
    unit_word = "家"
    empty_text = "这一格没有单位。"

    @cached_property
    def form(self):
        own = {"page", "sort", "format", "q"}
        return self.form_class({name: text for name, text in self.request.GET.items() if name not in own})

    @property
    def extra_params(self) -> frozenset[str]:
        return frozenset(self.form_class.base_fields)

    @property
    def hidden_params(self) -> list[tuple[str, str]]:
        """What a search keeps of the address."""
        return [(name, text) for name, text in self.request.GET.items() if name in self.extra_params]

    @property
    def clear_url(self) -> str:
        """The same list without the search."""
        return f"{self.request.path}?{urlencode(self.hidden_params)}"

    @cached_property
    def asked(self) -> dict:
        """The values of the address; raises `InvalidQuery` with a sentence."""
        if not self.form.is_valid():
            name, errors = next(iter(self.form.errors.items()))
            raise InvalidQuery(f"{self.form.fields[name].label}：{errors[0]}")
        return self.form.cleaned_data

    @cached_property
    def territory(self) -> Territory:
        """The place; one outside the actor's own is as good as not there."""
        territory = known_territory(self.asked["place"], By.NONE, versions()[1])
        if not self.actor.stands_over(territory.code):
            raise Http404
        return territory

    @cached_property
    def is_sound(self) -> bool:
        """Whether the address names a list at all; if not, the page says why and nothing else."""
        try:
            return bool(self.territory)
        except (InvalidQuery, RuleViolation):
            return False

    @property
    def indicator(self) -> Indicator:
        return self.form.question().indicator

    def get_context(self, **more) -> dict:
        return super().get_context(indicator=self.indicator if self.is_sound else None, **more)

    def get_subtitle(self) -> str:
        if not self.is_sound:
            return ""
        return f"{self.territory.place.path_name} · {self.days_text()}"

    def days_text(self) -> str:
        return f"截至 {self.asked['as_of']}"

    def get_breadcrumbs(self) -> list[tuple[str, str]]:
        url = reverse("reporting:coverage")
        return [("覆盖率", f"{url}?{self.form.question().query()}" if self.is_sound else url)]


class CellPage(FigureList):
    """The units behind a cell of the coverage table, as they were on that day."""

    @cached_property
    def is_of_carriers(self) -> bool:
        return self.is_sound and self.form.question().of_measure.subject is not None

    @property
    def model(self):
        return Carrier if self.is_of_carriers else Unit

    @property
    def unit_word(self) -> str:
        return "个" if self.is_of_carriers else "家"

    @property
    def empty_text(self) -> str:
        return "这一格没有载体。" if self.is_of_carriers else "这一格没有单位。"

    @property
    def search_fields(self) -> tuple[str, ...]:
        return ("name", "address") if self.is_of_carriers else ("name", "credit_code")

    @property
    def search_hint(self) -> str:
        return "按载体名称或地址查找" if self.is_of_carriers else "按单位名称或信用代码查找"

    def get_rows(self):
        related = ("place", "committee") if self.is_of_carriers else ("place",)
        among = self.model.objects.visible_to(self.actor).select_related(*related)
        return rows_behind(self.form.question(), self.asked["cell"], self.territory, among)

    def get_context(self, **more) -> dict:
        return super().get_context(notes=self.notes() if self.is_sound else [], **more)

    def notes(self) -> list[str]:
        """What a reader of a past day has to know: what is only known as it is now, and what was frozen."""
        question = self.form.question()
        frozen = find_frozen(question.indicator, self.territory, question.as_of)
        if frozen is None:
            return present_notes(question)
        number = frozen.breakdown.total.fields()[self.asked["cell"]]
        kept = kept_members(question, self.asked["cell"], self.territory, frozen.version)
        hidden = 0 if kept is None else number - self.get_rows().order_by().count()
        told = f"{number_text(number)} {self.unit_word}"
        return [frozen_note(f"{question.as_of} ", told, is_kept=kept is not None, hidden=hidden)]

    def get_title(self) -> str:
        if not self.is_sound:
            return "名单"
        return f"{self.indicator.name}：{Cell(self.asked['cell']).label}"

    def get_columns(self) -> list[Column]:
        if self.is_of_carriers:
            return CARRIER_COLUMNS
        is_excluded = self.is_sound and self.asked["cell"] == Cell.EXCLUDED
        return [*UNIT_COLUMNS, *(EXCLUDED_COLUMNS if is_excluded else COVERED_COLUMNS)]


def present_notes(question: CoverageQuestion) -> list[str]:
    """Says of a past day that isn't frozen what is only known as it is registered now."""
    present = question.of_measure.present
    if not present or question.as_of >= today():
        return []
    sentence = (
        f"{present}没有留存历史：{question.as_of} 的这一口径按今天登记的{present}计算。"
        "需要当时的数，请看已冻结的月末。"
    )
    return [sentence]


def status_tag(status: str | None) -> Tag | None:
    return Tag(STATUSES[status], "ok" if status == "operating" else "off") if status else None


def mode_tag(mode: str | None) -> Tag:
    return Tag(MODES[mode], "ok") if mode else Tag("未覆盖", "wait")


UNIT_COLUMNS = [
    Column(
        "name",
        "单位名称",
        link=lambda unit: unit.get_absolute_url(),
        sort="name_pinyin",
        is_main=True,
        width=36,
    ),
    Column("credit_code", "统一社会信用代码", width=22),
    Column("place", "所在社区", value="place.path_name", sort="place_code", width=24),
    Column("category", "类别", value=lambda unit: unit.get_category_display(), width=14),
]
COVERED_COLUMNS = [
    Column("mode", "覆盖方式", kind="tag", value=lambda unit: mode_tag(unit.mode_on)),
    Column("organization", "党组织", value="organization_on", width=32),
    Column("since", "覆盖起始日", value="covered_since", kind="date"),
    Column("members_full", "正式党员", kind="int", sort="members_full"),
    Column("employees", "从业人数", kind="int", sort="employees"),
]
EXCLUDED_COLUMNS = [
    Column("status", "经营状态", kind="tag", value=lambda unit: status_tag(unit.status_on)),
    Column("since", "剔除日期", value="status_since", kind="date"),
    Column("reason", "剔除原因", value="status_reason", width=30),
    Column("evidence", "依据", value="status_evidence", width=30),
]


CARRIER_COLUMNS = [
    Column("name", "载体", link=lambda row: row.get_absolute_url(), sort="name", is_main=True, width=30),
    Column("kind", "类型", value=lambda row: row.get_kind_display(), sort="kind", width=14),
    Column("place", "所在地", value="place.path_name", sort="place_code", width=24),
    Column("has_station", "党建服务站", kind="tag", value=lambda row: station_tag(row.has_station_on)),
    Column("committee", "综合党委", value="committee.name", width=30),
    Column("from_on", "启用日期", kind="date", sort="from_on"),
    Column("to_on", "停用日期", kind="date", sort="to_on"),
]


def station_tag(has_station: bool) -> Tag:
    return Tag("在用", "ok") if has_station else Tag("没有", "off")


class MovementPage(FigureList):
    """The units that came into a denominator or left it between two days, and why."""

    form_class = MovementForm
    default_order = ("event_on", "pk")
    empty_text = "这段时间没有变动。"

    @cached_property
    def is_of_carriers(self) -> bool:
        return self.is_sound and self.form.question().of_measure.subject is not None

    @property
    def search_fields(self) -> tuple[str, ...]:
        return ("name",) if self.is_of_carriers else ("unit__name", "unit__credit_code")

    @property
    def search_hint(self) -> str:
        return "按载体名称查找" if self.is_of_carriers else "按单位名称或信用代码查找"

    def get_rows(self):
        question, asked = self.form.question(), self.asked
        if asked["first"] > question.as_of:
            raise InvalidQuery("起始日不能晚于截止日。")
        found = events(
            asked["line"],
            question.of_measure,
            question.of_kind,
            self.territory,
            asked["first"],
            question.as_of,
        )
        if asked["line"] == EXCLUDED and asked["reason"]:
            found = found.filter(left_for=asked["reason"])
        if self.is_of_carriers:
            return found.filter(pk__in=Carrier.objects.visible_to(self.actor).values("pk")).select_related(
                "place"
            )
        mine = Unit.objects.visible_to(self.actor)
        return found.filter(unit__in=mine).select_related("unit__place")

    def get_title(self) -> str:
        if not self.is_sound:
            return "分母变动"
        line = dict(self.form.fields["line"].choices)[self.asked["line"]]
        reason = REASON_LABELS.get(self.asked["reason"], "")
        return f"分母变动：{line}{f'（{reason}）' if reason else ''}"

    def days_text(self) -> str:
        return f"{self.asked['first']} 至 {self.asked['as_of']}"

    def get_columns(self) -> list[Column]:
        if self.is_of_carriers:
            return MOVED_CARRIER_COLUMNS
        is_excluded = self.is_sound and self.asked["line"] == EXCLUDED
        return [*MOVED_COLUMNS, *(LEFT_COLUMNS if is_excluded else [])]


MOVED_COLUMNS = [
    Column(
        "name", "单位名称", value="unit.name", link=lambda spell: spell.unit.get_absolute_url(),
        sort="unit__name_pinyin", is_main=True, width=36,
    ),
    Column("credit_code", "统一社会信用代码", value="unit.credit_code", width=22),
    Column("place", "所在社区", value="unit.place.path_name", sort="place_code", width=24),
    Column("event_on", "变动日期", kind="date", sort="event_on"),
]  # fmt: skip
MOVED_CARRIER_COLUMNS = [*CARRIER_COLUMNS[:3], Column("event_on", "变动日期", kind="date", sort="event_on")]
LEFT_COLUMNS = [
    Column("left_for", "剔除为", kind="tag", value=lambda spell: Tag(REASON_LABELS[spell.left_for], "off")),
    Column("left_reason", "原因", width=30),
    Column("left_evidence", "依据", width=30),
]


class NewOrganizationsPage(FigureList):
    """The two-new party organizations established in the year up to a day."""

    form_class = NewOrganizationForm
    model = PartyOrganization
    search_fields = ("name",)
    search_hint = "按党组织名称查找"
    unit_word = "个"
    default_order = ("established_on", "pk")
    empty_text = "这段时间没有新建的两新党组织。"
    columns = [
        Column("name", "党组织名称", is_main=True, width=40),
        Column("category", "类别", value=lambda row: row.get_category_display(), width=16),
        Column("place", "所在地", value="place.path_name", sort="place_code", width=24),
        Column("established_on", "成立日期", kind="date", sort="established_on"),
        Column("member_count", "党员人数", kind="int", sort="member_count"),
    ]

    @property
    def indicator(self) -> Indicator:
        return NEW_ORGANIZATIONS

    def year_start(self) -> date:
        return self.asked["as_of"].replace(month=1, day=1)

    def get_rows(self):
        mine = PartyOrganization.objects.visible_to(self.actor).select_related("place")
        asked = self.asked
        counted = NEW_ORGANIZATIONS.members(asked["cell"], self.territory, self.year_start(), asked["as_of"])
        return mine.filter(pk__in=counted.values("pk"))

    def get_title(self) -> str:
        return "新建两新党组织"

    def days_text(self) -> str:
        return f"{self.year_start()} 至 {self.asked['as_of']}"

    def get_breadcrumbs(self) -> list[tuple[str, str]]:
        return [("覆盖率", reverse("reporting:coverage"))]


# Warnings (预警)


class AlertList(FigureList):
    """One list of warnings of a place on a day: party organizations, or units left without one."""

    form_class = AlertForm
    indicator = None

    @cached_property
    def alert(self) -> Alert:
        if self.kwargs["slug"] not in ALERTS:
            raise Http404
        return ALERTS[self.kwargs["slug"]]

    @property
    def model(self):
        return self.alert.model

    @property
    def unit_word(self) -> str:
        return self.alert.unit_word

    @property
    def empty_text(self) -> str:
        return f"没有{self.alert.label}。"

    search_fields = ("name",)
    search_hint = "按名称查找"

    def get_rows(self):
        rows = self.alert.rows(self.territory, self.asked["as_of"])
        mine = self.model.objects.visible_to(self.actor)
        return rows.filter(pk__in=mine.values("pk")).select_related("place")

    def get_title(self) -> str:
        return self.alert.label

    def get_context(self, **more) -> dict:
        return super().get_context(notes=[self.alert.help], **more)

    def get_breadcrumbs(self) -> list[tuple[str, str]]:
        url = reverse("reporting:coverage")
        asked = f"?place={self.asked['place']}&as_of={self.asked['as_of']}" if self.is_sound else ""
        return [("覆盖率", f"{url}{asked}")]

    def get_columns(self) -> list[Column]:
        return [*UNIT_COLUMNS, *COVERED_COLUMNS] if self.alert.is_of_units else ORGANIZATION_COLUMNS


ORGANIZATION_COLUMNS = [
    Column(
        "name",
        "党组织名称",
        link=lambda row: row.get_absolute_url(),
        sort="name",
        is_main=True,
        width=40,
    ),
    Column("category", "类别", value=lambda row: row.get_category_display(), sort="category", width=14),
    Column("place", "所在地", value="place.path_name", sort="place_code", width=24),
    Column("covered_count", "覆盖单位", kind="int", sort="covered_count"),
    Column("member_count", "党员人数", kind="int", sort="member_count"),
    Column("established_on", "成立日期", kind="date", sort="established_on"),
    Column("term_end", "本届届满", kind="date", sort="term_end"),
]
