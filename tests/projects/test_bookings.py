"""Bookings of resources: request, answer, use, feedback; one at a time even when two accept at once."""

from collections import Counter
from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from notifications.models import Notification
from notifications.reminders import send_reminders
from projects.actions.bookings import (
    accept_booking,
    cancel_booking,
    decline_booking,
    give_feedback,
    request_booking,
    use_booking,
)
from projects.models import ResourceBooking
from projects.queries.lists import week_of
from projects.reminders.lists import list_reminders
from tests.factories.projects import make_project
from tests.factories.projects_lists import make_booking, make_need, make_resource, moment
from tests.projects.test_races import at_once

pytestmark = pytest.mark.django_db
BOOKED = "这段时间已经有别的预约，请换一个时间。"
# A Wednesday.
DAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def on_monday(request):
    if "transactional_db" in request.fixturenames:
        yield
    else:
        with time_machine.travel("2026-11-23T09:00:00+08:00", tick=False):
            yield


@pytest.fixture
def resource(unit):
    return make_resource(unit=unit, title="会议室", hours={3: ("09:00", "12:00"), 6: ("14:00", "17:00")})


def ask(resource, person, place, hours=("09:00", "11:00"), on=DAY, **more):
    return request_booking(
        resource=resource, place=place, starts_at=moment(on, hours[0]), ends_at=moment(on, hours[1]),
        **{"purpose": "健康讲座", "actor": person.actor, **more},
    )  # fmt: skip


def told(person) -> list[str]:
    return list(
        Notification.objects.filter(recipient=person.user).order_by("pk").values_list("kind", flat=True)
    )


class TestRequest:
    def test_a_place_asks_and_the_unit_hears(self, resource, community, liaison, huangmenjie):
        booking = ask(resource, community, huangmenjie, headcount=40)
        assert (booking.status, booking.place, booking.is_exclusive) == ("requested", huangmenjie, True)
        message = Notification.objects.get(recipient=liaison.user)
        assert message.body == (
            "玉林街道黉门街社区预约成都安和物业服务有限公司的“会议室”，11月25日 周三 09:00—11:00，40 人，用途：健康讲座。"
            "请在2026年11月25日前答复。"
        )

    def test_refusals_stand_beside_their_field(self, resource, community, huangmenjie):
        for more, field, sentence in (
            ({"hours": ("11:00", "09:00")}, "ends_at", "结束时间要晚于开始时间。"),
            ({"on": date(2026, 11, 18)}, "starts_at", "不能预约已经过去的时间。"),
            ({"on": date(2028, 1, 5)}, "starts_at", "最多提前一年预约。"),
            ({"purpose": " "}, "purpose", "请写明用来做什么。"),
            ({"purpose": "长" * 201}, "purpose", "最多 200 字。"),
            ({"headcount": 0}, "headcount", "参加人数要在 1 到 100000 之间；说不准可以不填。"),
            (
                {"need": make_need(place=huangmenjie, status="closed")},
                "need",
                "这条需求是“已关闭”，不能为它预约资源。",
            ),
            (
                {"project": make_project(place=huangmenjie, status="terminated")},
                "project",
                "这个项目是“已撤销”，不能为它预约资源。",
            ),
        ):
            with pytest.raises(InputError) as refusal:
                ask(resource, community, huangmenjie, **more)
            assert (refusal.value.field, refusal.value.message) == (field, sentence)
        with pytest.raises(InputError, match="一次最多预约 31 天"):
            request_booking(
                resource=resource, place=huangmenjie, starts_at=moment(DAY, "09:00"),
                ends_at=moment(DAY + timedelta(days=32), "09:00"), purpose="x", actor=community.actor,
            )  # fmt: skip

    def test_outside_the_hours_it_says_which_they_are(self, resource, community, huangmenjie, unit):
        hours = "全部开放时段：周三 09:00—12:00；周六 14:00—17:00。"
        for on, clock, there in (
            (DAY, ("11:00", "13:00"), "周三开放 09:00—12:00"),
            (DAY + timedelta(days=1), ("09:00", "11:00"), "周四不开放"),
        ):
            with pytest.raises(RuleViolation) as refusal:
                ask(resource, community, huangmenjie, clock, on)
            assert refusal.value.message == f"申请的时间不在开放时段内：{there}。{hours}"
            assert (refusal.value.field, refusal.value.code) == ("starts_at", "closed_then")
        assert ask(resource, community, huangmenjie, ("09:00", "12:00")).pk
        assert ask(make_resource(unit=unit), community, huangmenjie, ("03:00", "04:00")).pk

    def test_only_in_its_scope_while_it_is_offered(
        self, unit, resource, community, stranger, huangmenjie, jinyan, yulin
    ):
        with pytest.raises(RuleViolation) as refusal:
            ask(resource, stranger, jinyan)
        assert refusal.value.message == "这项资源只对玉林街道开放，晋阳街道金雁社区不在开放范围内。"
        assert (refusal.value.field, refusal.value.code) == ("place", "out_of_scope")
        resource.scope = "district"
        resource.save()
        assert ask(resource, stranger, jinyan).pk
        ending = make_resource(unit=unit, valid_to=DAY - timedelta(days=1))
        with pytest.raises(RuleViolation, match="这项资源到2026年11月24日为止"):
            ask(ending, community, huangmenjie)
        paused = make_resource(unit=unit, status="paused")
        with pytest.raises(RuleViolation, match="这项资源现在是“暂停”，不能预约"):
            ask(paused, community, huangmenjie)

    def test_nobody_books_for_another_place_or_as_a_unit(
        self, resource, community, subdistrict, liaison, district, huangmenjie, yulin, jinyan
    ):
        for person, place in (
            (community, yulin),
            (community, jinyan),
            (liaison, huangmenjie),
            (district, huangmenjie),
        ):
            with pytest.raises(NotAllowed, match="只能由社区或街道的工作人员为本辖区预约资源"):
                ask(resource, person, place)
        assert ask(resource, subdistrict, huangmenjie).pk
        with pytest.raises(RuleViolation, match="黉门街社区已经申请过这段时间"):
            ask(resource, community, huangmenjie, ("10:00", "12:00"))

    def test_a_taken_time_is_refused_until_its_end(self, resource, community, huangmenjie, yulin, unit):
        make_booking(resource=resource, place=yulin, on=DAY, status="accepted")
        with pytest.raises(RuleViolation) as refusal:
            ask(resource, community, huangmenjie, ("10:59", "12:00"))
        assert (refusal.value.message, refusal.value.field, refusal.value.code) == (
            BOOKED,
            "starts_at",
            "booked",
        )
        assert ask(resource, community, huangmenjie, ("11:00", "12:00")).pk
        shared = make_resource(unit=unit, is_exclusive=False)
        make_booking(resource=shared, place=yulin, on=DAY, status="accepted")
        assert ask(shared, community, huangmenjie).pk


class TestAnswer:
    def test_the_unit_accepts_and_others_for_the_same_time_hear(
        self, resource, liaison, community, subdistrict, huangmenjie, yulin, other_liaison
    ):
        first = make_booking(resource=resource, place=huangmenjie, on=DAY)
        rival = make_booking(resource=resource, place=yulin, on=DAY, hours=("10:00", "12:00"))
        for person in (community, other_liaison):
            with pytest.raises(NotAllowed, match="您当前的身份不能“确认可以使用”"):
                accept_booking(booking=first, actor=person.actor)
        assert accept_booking(booking=first, actor=liaison.actor).status == "accepted"
        assert (told(community), told(subdistrict)) == (["booking_accepted"], ["booking_overtaken"])
        with pytest.raises(RuleViolation) as refusal:
            accept_booking(booking=rival, actor=liaison.actor)
        assert (refusal.value.message, refusal.value.code) == (BOOKED, "booked")
        with pytest.raises(RuleViolation, match="请填写不能提供的原因"):
            decline_booking(booking=rival, note="", actor=liaison.actor)
        assert decline_booking(booking=first, note="临时维修", actor=liaison.actor).status == "declined"
        assert accept_booking(booking=rival, actor=liaison.actor).status == "accepted"

    def test_too_late_or_withdrawn(self, resource, liaison, huangmenjie):
        past = make_booking(resource=resource, place=huangmenjie, on=date(2026, 11, 18))
        with pytest.raises(RuleViolation, match="申请的时间已经过去"):
            accept_booking(booking=past, actor=liaison.actor)
        coming = make_booking(resource=resource, place=huangmenjie, on=DAY)
        resource.status = "withdrawn"
        resource.save()
        with pytest.raises(RuleViolation, match="资源已经撤回"):
            accept_booking(booking=coming, actor=liaison.actor)

    def test_the_database_refuses_what_the_code_lets_through(self, resource, huangmenjie, yulin):
        make_booking(resource=resource, place=yulin, on=DAY, status="accepted")
        with pytest.raises(IntegrityError, match="booking_no_overlap"), transaction.atomic():
            make_booking(resource=resource, place=huangmenjie, on=DAY, status="accepted")


class TestUse:
    def test_used_then_told_how_it_was(self, resource, liaison, community, huangmenjie, stranger):
        booking = make_booking(resource=resource, place=huangmenjie, on=DAY, status="accepted")
        with pytest.raises(RuleViolation, match="预约的时间是11月25日 周三 09:00—11:00，还没有开始"):
            use_booking(booking=booking, actor=liaison.actor)
        with time_machine.travel("2026-11-25T12:00:00+08:00", tick=False):
            with pytest.raises(NotAllowed):
                use_booking(booking=booking, actor=stranger.actor)
            assert use_booking(booking=booking, actor=liaison.actor).status == "used"
            for rating, note, field, sentence in (
                (4, "", "rating", "评价只能是满意、基本满意或不满意。"),
                (1, " ", "note", "请写明哪里不满意。"),
                (3, "长" * 501, "note", "最多 500 字。"),
            ):
                with pytest.raises(InputError) as refusal:
                    give_feedback(booking=booking, rating=rating, note=note, actor=community.actor)
                assert (refusal.value.field, refusal.value.message) == (field, sentence)
            with pytest.raises(NotAllowed):
                give_feedback(booking=booking, rating=3, actor=liaison.actor)
            done = give_feedback(booking=booking, rating=3, note="很好", actor=community.actor)
        assert (done.status, done.rating, done.feedback) == ("feedback", 3, "很好")
        assert told(liaison) == ["booking_feedback"]

    def test_the_place_calls_off(self, resource, liaison, community, huangmenjie):
        booking = make_booking(resource=resource, place=huangmenjie, on=DAY, status="accepted")
        assert cancel_booking(booking=booking, note="改期", actor=community.actor).status == "cancelled"
        assert told(liaison) == ["booking_cancelled"]


def test_both_sides_see_a_booking_and_nobody_else(
    resource, huangmenjie, community, subdistrict, liaison, other_liaison, stranger, district, jinyan
):
    resource.scope = "district"
    resource.save()
    here = make_booking(resource=resource, place=huangmenjie, on=DAY)
    elsewhere = make_booking(resource=resource, place=jinyan, on=DAY)
    seen = {
        person.user.username: set(ResourceBooking.objects.visible_to(person.actor))
        for person in (community, subdistrict, liaison, other_liaison, stranger, district)
    }
    both = {here, elsewhere}
    assert seen == {
        "community": both, "subdistrict": both, "liaison": both, "other_liaison": set(), "stranger": {elsewhere},
        "district": both,
    }  # fmt: skip


def test_the_week_tells_others_only_that_a_time_is_taken(resource, huangmenjie, yulin, liaison, stranger):
    make_booking(resource=resource, place=huangmenjie, on=DAY, status="accepted", purpose="健康讲座")
    make_booking(resource=resource, place=yulin, on=DAY, hours=("11:00", "12:00"))
    wednesday = week_of(resource, date(2026, 11, 23), liaison.actor)[2]
    assert (wednesday.label, wednesday.hours) == ("11月25日 周三", "09:00—12:00")
    assert [(entry.hours, entry.words, entry.tag.word) for entry in wednesday.entries] == [
        ("09:00—11:00", "黉门街社区 · 健康讲座", "单位已确认"),
        ("11:00—12:00", "玉林街道 · 健康讲座", "已申请"),
    ]
    theirs = week_of(resource, date(2026, 11, 23), stranger.actor)[2]
    assert [(entry.hours, entry.words, entry.tag.word, entry.url) for entry in theirs.entries] == [
        ("09:00—11:00", "", "已约", "")
    ]


class TestReminders:
    def test_each_is_due_on_its_day_and_told_once(
        self, resource, liaison, community, subdistrict, huangmenjie
    ):
        asked = ask(resource, community, huangmenjie, on=date(2026, 12, 2))
        coming = make_booking(resource=resource, place=huangmenjie, on=DAY, status="accepted")
        used = make_booking(resource=resource, place=huangmenjie, on=date(2026, 11, 18), status="used")
        need = make_need(place=huangmenjie, status="collected")

        def due(on):
            return {reminder.kind: reminder for reminder in list_reminders(on)}

        assert set(due(date(2026, 11, 22))) == set()
        assert set(due(date(2026, 11, 23))) == {"booking_feedback_due"}
        assert set(due(date(2026, 11, 24))) == {"booking_feedback_due", "booking_tomorrow"}
        assert set(due(date(2026, 11, 25))) == {"booking_feedback_due", "booking_unanswered"}
        thursday = due(date(2026, 11, 26))
        assert set(thursday) == {"booking_feedback_due", "booking_unanswered", "need_unverified"}
        assert thursday["booking_unanswered"].to == (liaison.user.pk,)
        assert thursday["booking_unanswered"].key == f"booking_unanswered:{asked.pk}:2026-11-25"
        assert thursday["booking_feedback_due"].key == f"booking_feedback_due:{used.pk}:2026-11-23"
        assert thursday["need_unverified"].key == f"need_unverified:{need.pk}:2026-11-26"
        assert set(thursday["need_unverified"].to) == {community.user.pk, subdistrict.user.pk}
        tomorrow = due(date(2026, 11, 24))["booking_tomorrow"]
        assert (tomorrow.about, set(tomorrow.to)) == (coming, {liaison.user.pk, community.user.pk})
        assert send_reminders(list_reminders(date(2026, 11, 26))) == 4
        assert send_reminders(list_reminders(date(2026, 11, 26))) == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_acceptances_at_once_exactly_one_holds(transactional_db, unit, liaison, huangmenjie, yulin):
    resource = make_resource(unit=unit)
    on = today() + timedelta(days=3)
    pair = [
        make_booking(resource=resource, place=huangmenjie, on=on),
        make_booking(resource=resource, place=yulin, on=on, hours=("10:00", "12:00")),
    ]
    outcomes = at_once(
        *[lambda booking=booking: accept_booking(booking=booking, actor=liaison.actor) for booking in pair]
    )
    assert Counter(outcomes) == {"done": 1, "booked": 1}
    assert resource.bookings.filter(status="accepted").count() == 1
