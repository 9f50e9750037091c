"""Specimens for the gallery of components: made-up rows in every state, nothing from the database."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

from django import forms
from django.db import models

from core.columns import Column, table_body
from core.components import Tag, bar
from core.workflow import move

COLOURS = [
    ("党徽红 700", "#9d1b20"), ("主按钮 600", "#b5232a"), ("底色 50", "#fdf4f3"), ("金", "#c8963e"),
    ("正文", "#1d2127"), ("次要", "#5f6872"), ("线", "#e5e8ec"), ("地", "#f5f6f8"),
    ("完成", "#176b45"), ("等待", "#7d5200"), ("逾期", "#a02f1c"), ("进行", "#1f5fa8"),
]  # fmt: skip
TAGS = [
    Tag("已确认", "ok"), Tag("待审核", "wait"), Tag("逾期 2 天", "late"), Tag("办理中", "info"),
    Tag("草稿", "off"),
]  # fmt: skip


class SpecimenStatus(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待初审"
    SCREENED = "screened", "待确认"
    CONFIRMED = "confirmed", "已确认"
    DONE = "done", "已完成"
    REFUSED = "refused", "未通过"


class Specimen:
    """A row that behaves like a claim without being stored."""

    Status = SpecimenStatus
    STEPS = ("draft", "submitted", "screened", "confirmed", "done")
    MOVES = (
        move("confirm", "确认", "screened", "confirmed", ["subdistrict"], tone="primary"),
        move(
            "return", "退回补充", "screened", "draft", ["subdistrict"], needs_note=True, note_label="退回原因"
        ),
        move(
            "refuse",
            "不予通过",
            "screened",
            "refused",
            ["subdistrict"],
            needs_note=True,
            tone="danger",
            note_label="理由",
        ),
    )
    pk = 0
    _meta = SimpleNamespace(model_name="specimen")

    def __init__(self, status: str):
        self.status = status

    def get_status_display(self) -> str:
        return SpecimenStatus(self.status).label

    def turn_roles(self) -> frozenset[str]:
        return frozenset().union(*(row.roles for row in self.MOVES if self.status in row.sources))

    def available_moves(self, actor) -> list:
        return [row for row in self.MOVES if self.status in row.sources]

    def get_move_url(self, name: str) -> str:
        return "#moves"


class SpecimenForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(
        label="项目名称", help_text="写清楚做什么、在哪里，例如：院落义诊月月行。", max_length=60
    )
    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), ("health", "健康"), ("repair", "维修")])
    starts_on = forms.DateField(label="开始日期", required=False)
    people = forms.IntegerField(label="需要人数", min_value=1)
    note = forms.CharField(label="说明", widget=forms.Textarea, required=False)
    term = forms.ChoiceField(
        label="期限", choices=[("short", "短期"), ("long", "长期")], widget=forms.RadioSelect
    )
    file = forms.FileField(label="附件", help_text="Word、PDF 或图片，不超过 20 MB。", required=False)
    is_public = forms.BooleanField(label="向居民公开", required=False)


def row(name: str, units: int, covered: int, tag: Tag, on: date | None) -> SimpleNamespace:
    return SimpleNamespace(name=name, units=units, covered=covered, tag=tag, on=on)


ROWS = [
    row("浆洗街街道（示例）", 132, 111, TAGS[0], date(2026, 11, 20)),
    row("玉林街道（示例）", 162, 143, TAGS[1], date(2026, 11, 18)),
    row("簇桥街道（示例）", 118, 94, TAGS[2], None),
]
COLUMNS = [
    Column("name", "街道", link=lambda row: "#table"),
    Column("units", "正常经营", kind="int", link=lambda row: "#table"),
    Column("rate", "覆盖率", value=lambda row: (row.covered, row.units), kind="rate"),
    Column(
        "bar", "与目标 85%", value=lambda row: bar(row.covered / row.units, 0.85), kind="html", in_sheet=False
    ),
    Column("tag", "状态", kind="tag", value=lambda row: row.tag),
    Column("on", "更新", kind="date"),
]


def entry(label: str, actor: str, day: int, note: str = "", changes: dict | None = None) -> SimpleNamespace:
    at = datetime(2026, 11, day, 2, 30, tzinfo=UTC)
    return SimpleNamespace(label=label, actor_label=actor, at=at, note=note, changes=changes or {})


ENTRIES = [
    entry("退回补充", "王某 · 玉林街道党工委", 20, "服务时间没有写，请补上每月哪一天。"),
    entry("修改", "张某 · 安和物业（示例）", 19, changes={"people": ["需要人数", "4", "6"]}),
    entry("提交", "张某 · 安和物业（示例）", 18),
]
CONFLICT = SimpleNamespace(label="需要人数", mine="8", theirs="6")


def chart_points() -> list[tuple[str, float]]:
    rates = [0.731, 0.74, 0.756, 0.762, 0.779, 0.791, 0.805, 0.81, 0.819, 0.825, 0.829, 0.832]
    return [(f"{month}月", rate) for month, rate in enumerate(rates, start=1)]


def refused_form() -> SpecimenForm:
    """The form as it comes back: what was typed kept, each error beside its field."""
    form = SpecimenForm(
        {"name": "院落义诊月月行", "kind": "", "people": "0", "term": "long"}, auto_id="bad_%s"
    )
    form.is_valid()
    return form


def specimens(request) -> dict:
    """Everything the gallery shows."""
    return {
        "title": "组件",
        "subtitle": "每个组件和它的各种状态；页面只用这里有的样子。",
        "colours": COLOURS,
        "tags": TAGS,
        "states": [Specimen(status) for status in ("screened", "done", "refused")],
        "specimen": Specimen("screened"),
        "form": SpecimenForm(initial={"name": "家电义修日"}),
        "refused": refused_form(),
        "conflicts": [CONFLICT],
        "columns": COLUMNS,
        "body": table_body(COLUMNS, ROWS),
        "entries": ENTRIES,
        "chart": chart_points(),
        "gapped": [("1月", 12), ("2月", None), ("3月", 18), ("4月", 9), ("5月", 22)],
        "pagination": {
            "number": 3,
            "count": 25,
            "previous": "?page=2",
            "next": "?page=4",
            "first": "?page=1",
            "last": "?page=25",
            "pages": [(number, f"?page={number}") for number in (2, 3, 4)],
        },
        "facts": [("统一社会信用代码", "91510107MA6XXXXX0X"), ("所在社区", "倪家桥社区"), ("联系电话", "")],
        "today": date(2026, 11, 22),
        "icons": [
            "home",
            "sitemap",
            "messages",
            "heart-handshake",
            "flag",
            "heart",
            "eye",
            "chart-bar",
            "settings",
            "bell",
        ],
    }
