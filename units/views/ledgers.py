"""台账与报表: the ledgers and statistical tables staff ask for by name, of any place on any day, on screen and for print."""

import tempfile
from functools import cached_property
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from core.clock import today
from core.codes import under
from core.columns import Column
from core.errors import RuleViolation
from core.pages import InvalidQuery, ListPage, SimplePage
from core.pages.lists import SHEET_LIMIT, XLSX_TYPE
from core.roles import STAFF
from core.sheets import Filler, write_xlsx
from units.filters.units import FILTERED_LEVELS
from units.indicators.territory import By, Territory, territory_of
from units.ledgers import LEDGERS, Ledger, exports_seen_by, needs_reason, note_export
from units.models import Division, Unit
from units.queries.units import root_place
from units.tables import TABLES, Grid, StatisticalTable


class LedgerForm(forms.Form):
    """Of which place, on which day."""

    place = forms.ModelChoiceField(
        label="范围", queryset=Division.objects.none(), to_field_name="code", empty_label=None
    )
    as_of = forms.DateField(label="截至", widget=forms.DateInput)

    def __init__(self, query, *, actor):
        defaults = {"place": actor.place_code, "as_of": today().isoformat()}
        super().__init__({**defaults, **{name: query[name] for name in defaults if query.get(name)}})
        own = Division.objects.filter(under(actor.place_code, "code"), level__in=FILTERED_LEVELS)
        if actor.place_code == settings.ROOT_PLACE_CODE:
            own = own.filter(administered_by=root_place().administered_by)
        self.fields["place"].queryset = own.order_by("code")

    def clean_as_of(self):
        day = self.cleaned_data["as_of"]
        if day > today():
            raise forms.ValidationError("日期不能晚于今天。")
        return day


class OfPlaceAndDay:
    """What a ledger and a table share: the place and the day that were asked for, and whether they make sense."""

    roles = STAFF

    @cached_property
    def form(self) -> LedgerForm:
        return LedgerForm(self.request.POST or self.request.GET, actor=self.actor)

    @property
    def is_sound(self) -> bool:
        return self.form.is_valid()

    @property
    def place(self) -> Division:
        return self.form.cleaned_data["place"]

    @property
    def day(self):
        return self.form.cleaned_data["as_of"]

    @cached_property
    def territory(self) -> Territory:
        return territory_of(self.place, By.NONE)

    def refuse_unsound(self) -> None:
        if not self.is_sound:
            name, errors = next(iter(self.form.errors.items()))
            raise InvalidQuery(f"{self.form.fields[name].label}：{errors[0]}")

    @property
    def asked(self) -> str:
        """The place and the day as the end of an address."""
        return urlencode({"place": self.place.code, "as_of": self.day.isoformat()}) if self.is_sound else ""

    def get_breadcrumbs(self) -> list[tuple[str, str]]:
        return [("台账与报表", reverse("units:ledger_index"))]

    def get_subtitle(self) -> str:
        return f"{self.place.path_name} · 截至 {self.day}" if self.is_sound else ""

    def sheet(self, *, title: str, columns: list[Column], rows, note: str) -> FileResponse:
        """The workbook: title, filler and date, header frozen and repeated, A4 landscape."""
        target = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it after sending
        filler = Filler(self.actor.label.removeprefix(f"{self.actor.name} · "), self.actor.name)
        write_xlsx(title=title, columns=columns, rows=rows, filler=filler, on=today(), note=note, path=target)
        target.seek(0)
        headers = {"Content-Disposition": content_disposition_header(True, f"{title}.xlsx")}
        return FileResponse(target, content_type=XLSX_TYPE, headers=headers)


class LedgerIndex(SimplePage):
    """台账与报表: what there is, and who took what away lately."""

    roles = STAFF
    title = "台账与报表"
    subtitle = "选一张表，再选范围和日期；每个数都和覆盖率、组织架构页面同一口径。"
    template_name = "units/ledger_index.html"

    def get_context(self, **more):
        others = [
            ("联席会成员名册", "成员单位、领导成员和联络员。", reverse("units:member_list")),
            ("区域党员代表名册", "各级代表会议的代表。", reverse("units:representative_list")),
            (
                "覆盖率月报（分街道表）",
                "任意日期分街道、社区的覆盖率和分母变动。",
                reverse("reporting:coverage"),
            ),
        ]
        return super().get_context(
            ledgers=LEDGERS.values(),
            tables=TABLES.values(),
            others=others,
            exports=exports_seen_by(self.actor),
            **more,
        )


class LedgerPage(OfPlaceAndDay, ListPage):
    """One ledger on screen, 50 rows a page; taking it away asks for a reason where it holds personal fields."""

    template_name = "units/ledger.html"
    model = Unit
    search_fields = ("name", "credit_code")
    search_hint = "按单位名称或信用代码查找"
    unit_word = "家"
    default_order = ("place_code", "pk")
    empty_text = "这个范围当日没有要列的单位。"
    extra_params = frozenset({"place", "as_of"})
    formats = ()

    @cached_property
    def ledger(self) -> Ledger:
        if self.kwargs["slug"] not in LEDGERS:
            raise Http404
        return LEDGERS[self.kwargs["slug"]]

    @property
    def hidden_params(self) -> list[tuple[str, str]]:
        """What a search keeps of the address."""
        return [(name, text) for name, text in self.request.GET.items() if name in self.extra_params]

    def get_title(self) -> str:
        return self.ledger.name

    def get_columns(self) -> list[Column]:
        return list(self.ledger.columns)

    def get_rows(self):
        self.refuse_unsound()
        mine = Unit.objects.visible_to(self.actor)
        rows = self.ledger.rows(self.territory, self.day).filter(pk__in=mine.values("pk"))
        return rows.select_related("place")

    def get_actions(self):
        if not self.is_sound:
            return []
        url = reverse("units:ledger_export", args=[self.ledger.slug])
        return [("导出台账", f"{url}?{self.asked}", "download")]

    def get_context(self, **more):
        return super().get_context(question=self.form, ledger=self.ledger, **more)


class LedgerExport(LedgerPage):
    """The reason for an export, and the workbook."""

    template_name = "units/ledger_export.html"

    def get(self, request, **kwargs):
        return self.ask()

    def post(self, request, **kwargs):
        reason = request.POST.get("reason", "")
        try:
            self.refuse_unsound()
            number = self.number
            if number > SHEET_LIMIT:
                raise InvalidQuery(f"一次最多导出 {SHEET_LIMIT:,} 行，请缩小范围。")
            export_number = note_export(
                ledger=self.ledger,
                place=self.place,
                day=self.day,
                number=number,
                reason=reason,
                actor=self.actor,
            )
        except (InvalidQuery, RuleViolation) as refusal:
            return self.ask(sentence=str(refusal), reason=reason, status=409 if self.is_sound else 400)
        rows = self.get_rows().order_by(*self.default_order).iterator(chunk_size=2000)
        title = self.ledger.title(self.place, self.day)
        at = timezone.localtime()
        note = f"导出编号：{export_number}　　导出人：{self.actor.name}　　导出时间：{at:%Y-%m-%d %H:%M}"
        return self.sheet(title=title, columns=self.ledger.sheet_columns(), rows=rows, note=note)

    @cached_property
    def number(self) -> int:
        return self.get_rows().order_by().count()

    def ask(self, *, sentence: str = "", reason: str = "", status: int = 200) -> HttpResponse:
        """The page that asks what the ledger is for."""
        if not self.is_sound:
            sentence = sentence or "请重新选择范围和日期。"
            status = 400
        context = self.get_context(
            sentence=sentence,
            reason=reason,
            number=self.number if self.is_sound else 0,
            needs_reason=not self.is_sound or needs_reason(self.ledger, self.number),
            back=f"{reverse('units:ledger', args=[self.ledger.slug])}?{self.asked}",
        )
        return self.render(context, status=status)

    def get_title(self) -> str:
        return f"导出{self.ledger.name}"

    def get_actions(self):
        return []


class TablePage(OfPlaceAndDay, SimplePage):
    """One statistical table on screen and as a workbook."""

    template_name = "units/table.html"

    @cached_property
    def table(self) -> StatisticalTable:
        if self.kwargs["slug"] not in TABLES:
            raise Http404
        return TABLES[self.kwargs["slug"]]

    def get_title(self) -> str:
        return self.table.name

    @cached_property
    def grid(self) -> Grid:
        return self.table.count(self.territory, self.day)

    def get(self, request, **kwargs):
        wanted, unknown = request.GET.get("format", ""), set(request.GET) - {"place", "as_of", "format"}
        sentence = ""
        try:
            self.refuse_unsound()
            if unknown:
                raise InvalidQuery(f"不认识的筛选条件：{'、'.join(sorted(unknown))}。请从页面上重新选择。")
            if wanted not in ("", "xlsx"):
                raise InvalidQuery("只能导出：xlsx。")
        except InvalidQuery as refusal:
            sentence = str(refusal)
        if wanted and not sentence:
            return self.export()
        more = {}
        if not sentence:
            more = {"grid": self.grid, "export": f"?{self.asked}&format=xlsx", "present": self.present_note()}
        context = self.get_context(question=self.form, table=self.table, sentence=sentence, **more)
        return self.render(context, status=400 if sentence else 200)

    def present_note(self) -> str:
        """Says of a past day what is only known as it is registered now."""
        if self.day >= today() or self.table.slug == "42":
            return ""
        return (
            f"党员人数、从业人数、单位类别和法定代表人没有留存历史：{self.day} 的这些栏目按今天登记的数计算，"
            "组织覆盖、经营状态和指导员按当日记录。"
        )

    def export(self) -> FileResponse:
        """The table as a workbook: the parts of a row set in, whole numbers as numbers."""
        numbers = [
            Column(
                f"column_{index}", head, value=lambda row, index=index: row[2][index], kind="int", width=12
            )
            for index, head in enumerate(self.grid.heads)
        ]
        first = Column(
            "line", "项目", value=lambda row: f"{'　　其中：' if row[1] else ''}{row[0]}", width=38
        )
        note = f"{self.table.help}　表式：党内统计第{self.table.number}表　{self.present_note()}".rstrip()
        title = self.table.title(self.place, self.day)
        return self.sheet(title=title, columns=[first, *numbers], rows=self.grid.rows, note=note)
