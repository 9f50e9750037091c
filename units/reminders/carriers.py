"""Whom to remind of survey rounds and build plans: three days before the date, and once when it is over.

Pure: takes the day and yields words; each stage has its own key, so that each person hears it once. Nothing is said
on days off.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from core.roles import Role
from core.telling import Audience, Word, reminds
from core.workdays import Calendar
from units.models import BuildPlan, SurveyLine, SurveyRound

DAYS_BEFORE = 3
COMMUNITY_DIGITS = 12


def stage_of(due_on: date, today: date) -> tuple[str, str] | None:
    """(key, words) of the reminder that applies on a day; None when there is none yet."""
    if due_on < today:
        return "over", "已过期限"
    return (
        ("soon", f"还有{(due_on - today).days}天") if due_on - today <= timedelta(days=DAYS_BEFORE) else None
    )


@reminds
def carrier_words(today: date) -> Iterator[Word]:
    """Rounds that aren't finished and plans that aren't founded, near or behind their date."""
    if not Calendar().is_workday(today):
        return
    until = today + timedelta(days=DAYS_BEFORE)
    for one in SurveyRound.objects.filter(due_on__lte=until).order_by("pk"):
        yield from round_words(one, today)
    plans = BuildPlan.objects.open().filter(target_on__lte=until)
    for plan in plans.select_related("unit").order_by("pk"):
        yield plan_word(plan, today)


def round_words(one: SurveyRound, today: date) -> Iterator[Word]:
    """One word for each community that has units nobody has looked into."""
    stage, words = stage_of(one.due_on, today)
    codes = SurveyLine.objects.filled(False).filter(round=one).values_list("unit__place_code", flat=True)
    for code in sorted({place_code[:COMMUNITY_DIGITS] for place_code in codes}):
        yield Word(
            key=f"survey:{one.pk}:{one.due_on}:{stage}:{code}",
            to=(Audience(roles=frozenset({Role.COMMUNITY}), place_code=code),),
            kind="survey-due",
            title=f"摸排提醒：{one}{words}",
            body="还有单位没有登记摸排结果，请尽快补齐。",
            url=f"{one.get_absolute_url()}?filled=false",
            about=one,
            due_on=one.due_on,
        )


def plan_word(plan: BuildPlan, today: date) -> Word:
    stage, words = stage_of(plan.target_on, today)
    above = frozenset({Role.SUBDISTRICT}) if stage == "over" else frozenset()
    audiences = [Audience(roles=frozenset({Role.COMMUNITY}), place_code=plan.place_code[:COMMUNITY_DIGITS])]
    audiences += [Audience(roles=above, place_code=plan.place_code[:9])] if above else []
    return Word(
        key=f"build:{plan.pk}:{plan.target_on}:{stage}",
        to=tuple(audiences),
        kind="build-due",
        title=f"组建提醒：{plan.unit}{words}",
        body=f"现在的状态是“{plan.get_status_display()}”。",
        url=plan.get_absolute_url(),
        about=plan,
        due_on=plan.target_on,
    )
