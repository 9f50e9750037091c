"""Whom to chase about points: pure, takes the day, writes nothing.

The days are ours: three workdays to verify, ten days to collect and three before it lapses, five workdays for a
certificate (民政部令第67号: 及时), the end of the month to call back, two left in stock.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from django.utils import timezone

from core.components import date_text
from core.periods import Month
from core.roles import Role
from core.workdays import Calendar
from notifications.reminders import Reminder
from projects.messages.points import unit_people
from projects.models import CallBack, PointsCard, Redemption, Reward, VolunteerRecord
from projects.queries.points import open_requests
from projects.queries.project import staff_of, staff_over
from units.models import Division

VERIFY_WORKDAYS, COLLECT_DAYS, CALL_BEFORE_WORKDAYS, FEW_LEFT = 3, 10, 5, 2
LAPSE_BEFORE_DAYS, CERTIFICATE_WORKDAYS, CERTIFICATE_BEFORE_WORKDAYS = 3, 5, 1
DELIVERIES = Q(stock_entries__redemption__isnull=True, stock_entries__delta__gt=0)


def points_reminders(today: date) -> Iterator[Reminder]:
    """Everything about points that is due on a day; the same day gives the same again. Nothing on days off."""
    calendar = Calendar()
    if not calendar.is_workday(today):
        return
    yield from records_to_verify(today, calendar)
    yield from rewards_to_collect(today)
    yield from redemptions_to_lapse(today)
    yield from certificates_due(today, calendar)
    yield from call_backs_open(today, calendar)
    yield from stock_low()


def records_to_verify(today: date, calendar: Calendar) -> Iterator[Reminder]:
    """For each place with a record older than three workdays: its community, else its subdistrict."""
    until = calendar.add_workdays(today, -VERIFY_WORKDAYS)
    before = timezone.make_aware(datetime.combine(until, time()))
    late = VolunteerRecord.objects.filter(status="pending", created_at__lt=before)
    counted = (
        late.order_by().values("place_id").annotate(many=Count("pk"), oldest=Min("pk")).order_by("place_id")
    )
    places = Division.objects.in_bulk([row["place_id"] for row in counted])
    for row in counted:
        place = places[row["place_id"]]
        people = staff_over(place.code, Role.COMMUNITY) or staff_of(place.code)
        yield Reminder(
            key=f"records-to-verify:{place.code}:{row['oldest']}",
            to=tuple(person.pk for person in people),
            kind="records_to_verify",
            title=f"志愿服务待核实：{place.name}",
            body=f"{place.name}有 {row['many']} 条志愿服务登记超过 {VERIFY_WORKDAYS} 个工作日还没有核实。",
            url=reverse("projects:record_verify"),
            about=place,
            due_on=until,
        )


def rewards_to_collect(today: date) -> Iterator[Reminder]:
    """For each redemption that nobody has collected for ten days: the counter's staff."""
    until = today - timedelta(days=COLLECT_DAYS)
    before = timezone.make_aware(datetime.combine(until + timedelta(days=1), time()))
    waiting = Redemption.objects.filter(status="reserved", created_at__lt=before)
    for redemption in waiting.select_related("reward", "card").order_by("pk"):
        yield Reminder(
            key=f"redemption-uncollected:{redemption.pk}",
            to=tuple(person.pk for person in staff_of(redemption.place_code)),
            kind="redemption_uncollected",
            title=f"兑换一直没有领取：{redemption.reward.title}",
            body=f"兑换单 {redemption.number}（{redemption.card.name}）已过 {COLLECT_DAYS} 天，请联系领取，或者取消退回积分。",
            url=redemption.get_absolute_url(),
            about=redemption,
            due_on=timezone.localdate(redemption.created_at) + timedelta(days=COLLECT_DAYS),
        )


def redemptions_to_lapse(today: date) -> Iterator[Reminder]:
    """For each redemption that lapses within three days: the counter's staff and the unit of the card."""
    soon = Redemption.objects.filter(
        status="reserved", collect_by__range=(today, today + timedelta(days=LAPSE_BEFORE_DAYS))
    )
    for redemption in soon.select_related("reward", "card").order_by("pk"):
        people = [*staff_of(redemption.place_code), *unit_people(redemption.card)]
        yield Reminder(
            key=f"redemption-lapses:{redemption.pk}",
            to=tuple(dict.fromkeys(person.pk for person in people)),
            kind="redemption_lapses",
            title=f"兑换快要过期：{redemption.reward.title}",
            body=f"兑换单 {redemption.number}（{redemption.card.name}）请在{date_text(redemption.collect_by)}前领取，"
            "过期自动退回积分和库存。",
            url=redemption.get_absolute_url(),
            about=redemption,
            due_on=redemption.collect_by,
        )


def certificate_due(asked_at: datetime, calendar: Calendar) -> date:
    """The day by which a certificate is to be issued: five workdays after it was asked for."""
    return calendar.add_workdays(timezone.localdate(asked_at), CERTIFICATE_WORKDAYS)


def certificates_due(today: date, calendar: Calendar) -> Iterator[Reminder]:
    """For each request for a certificate that is due tomorrow or was before: the card's community."""
    for entry in open_requests():
        due = certificate_due(entry.at, calendar)
        if today < calendar.add_workdays(due, -CERTIFICATE_BEFORE_WORKDAYS):
            continue
        card = PointsCard.objects.get(pk=entry.about_id)
        people = staff_over(card.place_code, Role.COMMUNITY) or staff_of(card.place_code)
        yield Reminder(
            key=f"certificate-due:{entry.pk}",
            to=tuple(person.pk for person in people),
            kind="certificate_due",
            title=f"志愿服务记录证明还没有出具：{card.name}",
            body=f"{entry.actor_label}申请：{entry.note}请在{date_text(due)}前出具。",
            url=reverse("projects:card_certificate", args=[card.pk]),
            about=card,
            due_on=due,
        )


def call_backs_due(month: Month, calendar: Calendar) -> date:
    """The last workday of the month after the one the sample is from."""
    return calendar.last_workday(month.next())


def call_backs_open(today: date, calendar: Calendar) -> Iterator[Reminder]:
    """For each subdistrict with calls of last month's sample to make, five workdays before the month ends."""
    month = Month.containing(today).previous()
    due = call_backs_due(month, calendar)
    if today < calendar.add_workdays(due, -CALL_BEFORE_WORKDAYS):
        return
    codes = CallBack.objects.filter(outcome="open", month=month.first_day).values_list(
        "place_code", flat=True
    )
    above = {code[:9] for code in codes}
    for place in Division.objects.filter(code__in=above).order_by("code"):
        yield Reminder(
            key=f"call-backs-open:{place.code}:{month}",
            to=tuple(person.pk for person in staff_over(place.code, Role.SUBDISTRICT)),
            kind="call_backs_open",
            title=f"随机回访还没有做完：{month.label}",
            body=f"{place.name}还有回访没有登记结果，请在本月内完成。",
            url=f"{reverse('projects:call_back_list')}?outcome=open",
            about=place,
            due_on=due,
        )


def stock_low() -> Iterator[Reminder]:
    """For each reward on offer that runs out: the staff of its place, once after each delivery."""
    low = Reward.objects.filter(is_offered=True, stock__lte=FEW_LEFT, stock_entries__isnull=False)
    for reward in low.annotate(delivered=Max("stock_entries__pk", filter=DELIVERIES)).order_by("pk"):
        yield Reminder(
            key=f"stock-low:{reward.pk}:{reward.delivered}",
            to=tuple(person.pk for person in staff_of(reward.place_code)),
            kind="stock_low",
            title=f"兑换项快兑完了：{reward.title}",
            body=f"“{reward.title}”只剩 {reward.stock} 件，请补货，或者下架。",
            url=reward.get_absolute_url(),
            about=reward,
        )
