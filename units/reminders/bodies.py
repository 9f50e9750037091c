"""Whom to remind about regional bodies: publicities that end, rosters to confirm, bodies that hold no sessions.

Sources: domain.md §2(b) (名册季度核对；12 个月没有开会的组织要标出), §2.14 (公示 end-1). Pure: takes the day and yields words;
each fact has its own key. Nothing is said on days off.
"""

from collections.abc import Iterator
from datetime import date

from core.periods import Quarter
from core.telling import Audience, Word, reminds
from core.workdays import Calendar
from units.models import BodySeat, RegionalBody, Representative
from units.models.bodies import StagedPost
from units.queries.bodies import paper_bodies, rosters_due
from units.reminders.terms import STAFF_OF, audiences
from units.todo.bodies import roster_reminded_on


@reminds
def body_words(today: date) -> Iterator[Word]:
    """Every word about bodies that is due on a day; the same day gives the same again."""
    calendar = Calendar()
    if not calendar.is_workday(today):
        return
    for model in (BodySeat, Representative):
        rows = model.objects.filter(status="publicized")
        rows = rows.select_related("person", f"{model.body_field}__place__parent")
        for post in rows.order_by("pk"):
            yield from publicity_words(post, calendar, today)
    quarter = Quarter.containing(today)
    if today >= roster_reminded_on(quarter):
        yield from roster_words(today, quarter)
    yield from paper_words(today)


def publicity_words(post: StagedPost, calendar: Calendar, today: date) -> Iterator[Word]:
    """The workday before a publicity ends its place hears it; once it is over, the level above as well."""
    body, until = post.of_body, post.publicity_until
    name = f"{post._meta.model_name}-{post.pk}:{until}"
    said = {"about": post, "url": post.get_absolute_url(), "due_on": until}
    if until >= today >= calendar.add_workdays(until, -1):
        yield Word(
            key=f"publicity-ends:{name}", to=tuple(audiences(body.place, is_over=False)), kind="publicity-ends",
            title=f"公示将期满：{post}", body=f"{body}的{post}公示到{until}期满，请留意有没有意见。", **said,
        )  # fmt: skip
    if today > until:
        yield Word(
            key=f"publicity-over:{name}", to=tuple(audiences(body.place, is_over=True)), kind="publicity-over",
            title=f"公示期满，请办理：{post}", body=f"{body}的{post}公示已期满，请上级办理。", **said,
        )  # fmt: skip


def roster_words(today: date, quarter: Quarter) -> Iterator[Word]:
    """One word a place about the rosters it has not confirmed this quarter."""
    rows = (
        RegionalBody.objects.filter(rosters_due(today)).select_related("place").order_by("place_code", "pk")
    )
    by_place: dict[str, list[RegionalBody]] = {}
    for body in rows:
        by_place.setdefault(body.place_code, []).append(body)
    for code, bodies in by_place.items():
        first = bodies[0]
        yield Word(
            key=f"roster-due:{code}:{quarter}", to=(Audience(roles=STAFF_OF[first.place.level], place_code=code),),
            kind="roster-due", title=f"请核对{quarter.label}名册：{first.place}",
            body=f"{first}等{len(bodies)}个组织的名册本季还没有核对，没有变化的点“名册无变化”。", url=first.get_absolute_url(),
            about=first, due_on=quarter.last_day,
        )  # fmt: skip


def paper_words(today: date) -> Iterator[Word]:
    """A body that held no session for a year is told of once a half-year, to its place and the level above."""
    rows = RegionalBody.objects.filter(paper_bodies(today)).select_related("place__parent").order_by("pk")
    half = f"{today.year}-{1 if today.month <= 6 else 2}"
    for body in rows:
        yield Word(
            key=f"body-paper:{body.pk}:{half}", to=tuple(audiences(body.place, is_over=True)), kind="body-paper",
            title=f"12 个月没有开会：{body}", body="请安排会议，或者研究是否保留。", url=body.get_absolute_url(), about=body,
        )  # fmt: skip
