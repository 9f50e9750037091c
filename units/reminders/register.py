"""Whom to chase about the register: takes the day, yields words, writes nothing.

Requests that have waited more than five workdays are told to those who decide and to the district, each once. A member
unit without a liaison is told to its place once a month. Nothing is said on days off.
"""

from collections.abc import Iterator
from datetime import date

from django.utils import timezone

from core.components import date_text
from core.telling import Audience, Word, reminds
from core.workdays import Calendar
from units.models import DenominatorExit, Unit, UnitChangeRequest
from units.models.register import UnitRequest
from units.todo.register import without_liaison
from units.words.register import DECIDE_WORKDAYS, community_staff, district_staff, subdistrict_staff


@reminds
def register_words_due(today: date) -> Iterator[Word]:
    """Every word about the register that is due on a day; the same day gives the same again."""
    calendar = Calendar()
    if not calendar.is_workday(today):
        return
    yield from late_requests(calendar, today)
    for unit in without_liaison(Unit.objects.all(), today).select_related("place").order_by("pk"):
        yield missing_liaison(unit, today)


def late_requests(calendar: Calendar, today: date) -> Iterator[Word]:
    for model, kind in ((DenominatorExit, "exit-late"), (UnitChangeRequest, "change-late")):
        rows = model.objects.filter(status="submitted").select_related("unit__place").order_by("pk")
        for row in rows.iterator(chunk_size=500):
            due_on = calendar.add_workdays(timezone.localtime(row.submitted_at).date(), DECIDE_WORKDAYS)
            if due_on < today:
                yield late_word(row, kind, due_on)


def late_word(row: UnitRequest, kind: str, due_on: date) -> Word:
    place = row.unit.place
    to: list[Audience] = [subdistrict_staff(place), district_staff(place)]
    if kind == "change-late":
        to.append(community_staff(place))
    return Word(
        key=f"{kind}:{row.pk}", to=tuple(to), kind=kind, title=f"申请逾期未审核：{row}",
        body=f"{row}应在{date_text(due_on)}前审核，还没有结果。", url=row.get_absolute_url(), about=row, due_on=due_on,
        not_to=row.author_id,
    )  # fmt: skip


def missing_liaison(unit: Unit, today: date) -> Word:
    return Word(
        key=f"liaison-missing:{unit.pk}:{today:%Y-%m}", to=(community_staff(unit.place), subdistrict_staff(unit.place)),
        kind="liaison-missing", title=f"成员单位没有联络员：{unit}",
        body=f"{unit}是联席会成员单位，现在没有在任的联络员，请登记。", url=unit.get_absolute_url(), about=unit,
    )  # fmt: skip
