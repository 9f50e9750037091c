"""服务对象满意率 PRJ-SAT: of the evaluations of the sessions of a period, those satisfied or fairly satisfied.

Source: domain.md §2(e) "Goes wrong": evaluation only by people linked to the session. Places with fewer than five
evaluations in the period are left out altogether, so that every figure shown stands for a group, no row betrays
another by subtraction, and rows add up to the total.
"""

from datetime import date

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from core.indicators import Breakdown, Indicator, PeriodType
from projects.models import Session, SessionEvaluation
from projects.models.sessions import SMALLEST_GROUP
from units.indicators.coverage import LEVELS
from units.indicators.folding import fold
from units.indicators.territory import Territory
from units.models import Division

Option = SessionEvaluation.Option
CONTENT = Q(option__in=[Option.SATISFIED, Option.FAIRLY])


def counted_places(territory: Territory, first: date, last: date) -> list[tuple[str, int, int]]:
    """(place code, evaluations, content ones) of every place with enough evaluations."""
    said = SessionEvaluation.objects.filter(
        territory.within("session__place_code"),
        session__status=Session.Status.CONFIRMED,
        session__held_on__range=(first, last),
    )
    counted = said.order_by().values_list("session__place_code").annotate(
        all=Count("pk"), content=Count("pk", filter=CONTENT)
    )  # fmt: skip
    return list(counted.filter(all__gte=SMALLEST_GROUP))


def count(territory: Territory, first: date, last: date) -> Breakdown:
    """The rate by place."""
    places = counted_places(territory, first, last)
    return fold(
        territory,
        last,
        [(code, content) for code, _, content in places],
        [(code, everybody) for code, everybody, _ in places],
    )


def members(cell: str, territory: Territory, first: date, last: date) -> QuerySet[Division]:
    """The places that count, each with how many evaluations it ``counted``, which add up to the cell.

    Not the sessions: a session may have a few evaluations only, and nobody is to be recognised by them.
    """
    brought = {
        code: {"numerator": content, "missing": everybody - content}.get(cell, everybody)
        for code, everybody, content in counted_places(territory, first, last)
    }
    cases = [When(code=code, then=Value(number)) for code, number in brought.items() if number]
    places = Division.objects.filter(code__in=[code for code, number in brought.items() if number])
    return places.annotate(counted=Case(*cases, default=Value(0), output_field=IntegerField()))


SERVED_SATISFACTION = Indicator(
    id="PRJ-SAT",
    name="服务对象满意率",
    numerator_text="其中评价为满意或基本满意的份数",
    denominator_text="时期内已核实场次的服务对象评价份数",
    levels=LEVELS,
    count=count,
    members=members,
    period_type=PeriodType.PERIOD,
    unit_word="份",
    note=f"时期内评价不足 {SMALLEST_GROUP} 份的地方不计入，以免认出评价人",
)
