"""The verbs of survey rounds (摸排): open a round, fill a line on the phone or by spreadsheet, take counts over.

Source: domain.md §2(c): 六清 of every two-new unit. What was found goes into the register only through `change_unit`,
so that every rule over a unit's numbers holds here too.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.errors import InputError, RuleViolation
from core.history import write_history
from core.roles import DISTRICT_STAFF, Role
from core.sheets import CellError, Field, HeaderMap, cells, open_sheet
from units.actions.units import change_unit, lock, refuse_unless_over
from units.models import Division, SurveyLine, SurveyRound, Unit
from units.queries.units import within
from units.rules import check_members

ROUND_ROLES = DISTRICT_STAFF | {Role.SUBDISTRICT, Role.COMMUNITY}
MOST_ROWS = 5000
# The columns of the spreadsheet; the list of lines is exported with the same ones.
FIELDS = {
    "line": Field("编号", required=True, parse=lambda cell: cells.integer(cell, minimum=1)),
    "unit": Field("单位", ("单位名称",)),
    "is_operating": Field("正常经营", ("是否正常经营",), parse=cells.yes_no, choices=("是", "否")),
    "employees": Field("从业人数", ("职工人数",), parse=cells.integer),
    "members_total": Field("党员人数", parse=cells.integer),
    "members_full": Field("正式党员人数", parse=cells.integer),
    "not_built_reason": Field("未建原因"),
}
SHEET = HeaderMap(FIELDS)
VALUES = ("is_operating", "employees", "members_total", "members_full", "not_built_reason")


@transaction.atomic
def open_round(
    *,
    name: str,
    place: Division,
    due_on: date,
    actor: Actor,
    opened_on: date | None = None,
    is_sample: bool = False,
) -> SurveyRound:
    """Open a round for a place (开展摸排): one line for each operating two-new unit there.

    Raises `InputError` for a deadline before the first day, `RuleViolation` where there is nothing to look into.
    """
    refuse_unless_over(place.code, actor, ROUND_ROLES)
    first = opened_on or today()
    if not name.strip():
        raise InputError("请填写摸排的名称。", field="name")
    if due_on < first:
        raise InputError("截止日期不能早于开始日期。", field="due_on", code="survey_round_in_order")
    units = Unit.objects.effective().filter(
        within(place), category__in=Unit.TWO_NEW, operating_status=Unit.OperatingStatus.OPERATING
    )
    opened = SurveyRound.objects.create(
        name=name.strip(),
        place=place,
        place_code=place.code,
        opened_on=first,
        due_on=due_on,
        is_sample=is_sample,
    )
    lines = SurveyLine.objects.bulk_create(
        [SurveyLine(round=opened, unit=unit) for unit in units.order_by("place_code", "pk")], 1000
    )
    if not lines:
        raise RuleViolation(
            f"{place}没有正常经营的两新组织，无须摸排。", field="place", code="nothing_to_survey"
        )
    write_history(about=opened, move="open", label="开展摸排", actor=actor, note=f"共{len(lines)}家。")
    return opened


@transaction.atomic
def fill_line(*, line: SurveyLine, actor: Actor, is_applied: bool = False, **values: Any) -> SurveyLine:
    """Write down what was found at one unit (登记摸排); ``is_applied`` takes the counts over into the register.

    ``values`` are columns of `SurveyLine`. Raises `InputError` beside the field that is wrong.
    """
    refuse_unless_over(line.unit.place_code, actor)
    locked = SurveyLine.objects.select_for_update().select_related("unit").get(pk=line.pk)
    check_found(values)
    for name in VALUES:
        if name in values:
            setattr(locked, name, values[name])
    locked.surveyed_by_id, locked.surveyed_on = actor.user_id, today()
    locked.save()
    if is_applied:
        apply_line(line=locked, actor=actor)
    return locked


def check_found(values: dict[str, Any]) -> None:
    """What must be true of what was found."""
    if values.get("is_operating") is None:
        raise InputError("请填写是否正常经营。", field="is_operating", code="required")
    if values.get("members_full") is not None and values.get("members_total") is None:
        raise InputError("填了正式党员人数的，也要填党员人数。", field="members_total", code="required")
    check_members(values.get("members_total"), values.get("members_full"))
    if len(values.get("not_built_reason") or "") > 100:
        raise InputError("未建原因最多 100 字。", field="not_built_reason")


@transaction.atomic
def apply_line(*, line: SurveyLine, actor: Actor) -> Unit:
    """Take the counts of a filled line over into the register (更新单位台账), through `change_unit`.

    Refused before the line is filled, and when a later round of the same unit was filled already.
    """
    if line.surveyed_on is None:
        raise RuleViolation("还没有登记摸排结果。", code="not_surveyed")
    unit = lock(line.unit)
    later = (
        SurveyLine.objects.filled()
        .filter(unit=unit, round__opened_on__gt=line.round.opened_on)
        .select_related("round")
        .first()
    )
    if later:
        raise RuleViolation(f"“{later.round}”已经有更新的摸排结果，不能用旧的覆盖。", code="later_round")
    return change_unit(unit=unit, actor=actor, note=f"按摸排结果更新：{line.round}", **line.counts)


@transaction.atomic
def fill_by_sheet(*, round: SurveyRound, file, actor: Actor, is_applied: bool = False) -> dict[str, Any]:
    """Fill lines from a spreadsheet (表格回填): the exported list, filled in; blank rows are left alone.

    All rows go in or none: ``{"filled": 12, "blank": 3, "errors": []}``, errors as `CellError`.
    """
    sheet = open_sheet(file, header_map=SHEET)
    match = SHEET.match(sheet.header).check()
    rows = [match.read(row.number, row.cells) for row in limited(sheet.rows())]
    lines = own_lines(round, [form.values["line"] for form in rows], actor)
    errors = [error for form in rows for error in form.errors]
    filled = [form for form in rows if not form.errors and is_filled(form.values)]
    seen: set[int] = set()
    for form in filled:
        problem = fill_row(form, lines, seen, actor, is_applied, match)
        errors += [problem] if problem else []
    if errors:
        transaction.set_rollback(True)
        return {"filled": 0, "blank": len(rows) - len(filled), "errors": errors}
    return {"filled": len(filled), "blank": len(rows) - len(filled), "errors": []}


def limited(rows: Iterable) -> Iterable:
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise InputError(
                f"一次最多回填 {MOST_ROWS} 行，请按社区分开上传。", field="file", code="too_many_rows"
            )
        yield row


def own_lines(round: SurveyRound, numbers: list[int | None], actor: Actor) -> dict[int, SurveyLine]:
    """The lines of the round that the actor may fill, by number."""
    lines = SurveyLine.objects.visible_to(actor).filter(
        round=round, pk__in=[number for number in numbers if number]
    )
    return {line.pk: line for line in lines.select_related("unit", "round")}


def is_filled(values: dict[str, Any]) -> bool:
    return any(values[name] not in (None, "") for name in VALUES)


def fill_row(
    form, lines: dict[int, SurveyLine], seen: set[int], actor: Actor, is_applied: bool, match
) -> CellError | None:
    """Fill one line; what stands against it as the error of its row."""
    number = form.values["line"]
    if number not in lines:
        return match.error(
            form.number, "line", "本轮摸排里没有这个编号，或者不在您的管理范围内。", "unknown_line"
        )
    if number in seen:
        return match.error(form.number, "line", "同一编号出现了两次。", "doubled_line")
    seen.add(number)
    values = {name: form.values[name] for name in VALUES if name != "not_built_reason"}
    reason = form.values["not_built_reason"] or ""
    try:
        fill_line(line=lines[number], actor=actor, is_applied=is_applied, not_built_reason=reason, **values)
    except RuleViolation as refusal:
        return match.error(form.number, refusal.field, refusal.message, refusal.code)
    return None
