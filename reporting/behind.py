"""What is behind a cell of any indicator: its rows, what each counts for, and who may read and open them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Exists, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from core.actor import Actor
from core.codes import under
from core.indicators import Figure, Indicator
from units.indicators import Cell
from units.indicators.folding import MISSING
from units.indicators.territory import Territory
from units.models import Division

CELL_LABELS = {
    Cell.NUMERATOR: "分子",
    Cell.DENOMINATOR: "分母",
    MISSING: "未达到",
    Cell.STANDALONE: "单独组建",
    Cell.JOINT: "联合组建",
    Cell.UNCOVERED: "未覆盖",
    Cell.EXCLUDED: "已剔除",
}
TIERS = "ORG-COMPLETE"
# Its places are added up by their tiers.
TIER_WORDS = {Cell.DENOMINATOR: "应建层级", MISSING: "缺少层级"}
# Its rows are places: single evaluations are shown to nobody.
EVALUATIONS = "PRJ-SAT"
# Indicators that add something up instead of counting rows → what it is called, and how much of it a row brings.
SUMS: dict[str, tuple[str, Any]] = {
    "PRJ-PT": ("人次", F("person_times")),
    "VOL-HOURS": ("分钟", Cast(F("hours") * 60, IntegerField())),
}


def cells_of(indicator: Indicator, figure: Figure) -> list[str]:
    """The cells of a figure in the order of the table."""
    both = [Cell.DENOMINATOR] if indicator.denominator_text else []
    return [str(cell) for cell in (*both, Cell.NUMERATOR, *figure.parts)]


def cell_label(indicator: Indicator, cell: str) -> str:
    """A cell's name; a number that is no rate has but one, its unit."""
    if cell == Cell.NUMERATOR and not indicator.denominator_text:
        return f"数量（{indicator.unit_word}）"
    return CELL_LABELS.get(cell, cell)


@dataclass(frozen=True)
class Behind:
    """The rows of a cell. ``sum_label`` names what the ``counted`` of the rows adds up to; empty: each row is one."""

    rows: QuerySet
    sum_label: str = ""

    def at_place_itself(self, territory: Territory) -> "Behind":
        """The rows in none of the places that are rows of the territory's table (本级)."""
        return replace(self, rows=rows_of_place_itself(self.rows, territory, shape_of(self.rows).place))


def rows_of_place_itself(rows: QuerySet, territory: Territory, field: str) -> QuerySet:
    """The rows that lie in none of the places that are rows of the territory's table."""
    left_out: tuple[str, ...] = ()
    for code in sorted(set(territory.places) - {territory.code}):
        if not code.startswith(left_out):
            left_out += (code,)
            rows = rows.exclude(under(code, field))
    return rows


def behind(indicator: Indicator, cell: str, territory: Territory, first: date, last: date) -> Behind:
    """What makes up one cell of an indicator."""
    rows = indicator.members(cell, territory, first, last)
    if indicator.id == EVALUATIONS:
        return Behind(rows, "评价份数")
    if indicator.id == TIERS and cell in TIER_WORDS:
        return Behind(rows, TIER_WORDS[cell])
    if indicator.id in SUMS:
        label, amount = SUMS[indicator.id]
        return Behind(rows.annotate(counted=amount), label)
    return Behind(rows)


# Who may read a row, and where it leads


@dataclass(frozen=True)
class Shape:
    """How the rows of a model are listed.

    ``name``, ``place`` (its code) and ``status`` are fields, ``related`` what the name needs, ``page`` the relation
    whose page a row opens where it has none of its own. ``sheet_name`` is the name an export writes.
    """

    name: str
    place: str = "place_code"
    status: str = "status"
    related: tuple[str, ...] = ()
    page: str = ""
    sheet_name: Callable[[Any], str] = str


def masked_card(card) -> str:
    """A card without its holder's whole name: files go further than pages."""
    return f"{card.masked_name}（{card.number}）"


def masked_entry(entry) -> str:
    return f"{masked_card(entry.card)} {entry.delta:+}"


SHAPES = {
    "units.Attendance": Shape(
        "member__unit__name",
        "meeting__place_code",
        "presence",
        ("meeting", "member__unit", "member__body"),
        "meeting",
    ),
    "units.Division": Shape("path_name", "code", ""),
    "units.Issue": Shape("title"),
    "units.JointActivity": Shape("title"),
    "units.PartyOrganization": Shape("name", status=""),
    "units.RegionalBody": Shape("name"),
    "units.Resolution": Shape("text"),
    "units.Unit": Shape("name", status="operating_status"),
    "units.Carrier": Shape("name", status=""),
    "projects.Need": Shape("title"),
    "projects.PointsCard": Shape("name", sheet_name=masked_card),
    "projects.PointsEntry": Shape(
        "card__name", status="", related=("card",), page="card", sheet_name=masked_entry
    ),
    "projects.Project": Shape("title"),
    "projects.ProjectClaim": Shape("project__title", related=("project",)),
    "projects.Resource": Shape("title"),
    "projects.Session": Shape("project__title", related=("project",)),
}


def shape_of(rows: QuerySet) -> Shape:
    return SHAPES[rows.model._meta.label]


def opened_model(rows: QuerySet, shape: Shape):
    return rows.model._meta.get_field(shape.page).related_model if shape.page else rows.model


def readable(rows: QuerySet, actor: Actor) -> QuerySet:
    """The rows, each with the name of its place and whether the actor may read it and open its page."""
    shape = shape_of(rows)
    opened = opened_model(rows, shape).objects.visible_to(actor)
    may_open = Exists(opened.filter(pk=OuterRef(shape.page or "pk")))
    own = rows.model.objects
    may_read = (
        Exists(own.visible_to(actor).filter(pk=OuterRef("pk"))) if hasattr(own, "visible_to") else may_open
    )
    names = Division.objects.filter(code=OuterRef(shape.place)).values("path_name")[:1]
    return rows.select_related(*shape.related).annotate(
        place_name=Subquery(names), may_open=may_open, may_read=may_read
    )


def page_address(row, shape: Shape) -> str | None:
    """The page a row opens, for those who may open it."""
    if not row.may_open:
        return None
    return (getattr(row, shape.page) if shape.page else row).get_absolute_url()
