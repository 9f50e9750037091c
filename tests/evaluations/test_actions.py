"""Recording, confirming, disputing and exempting a visit; and who visits whom."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction

from accounts.models import Membership
from accounts.queries import actor_of
from core.actor import SYSTEM
from core.errors import InputError, NotAllowed, RuleViolation
from core.models import HistoryEntry
from core.periods import Month
from core.roles import Role
from evaluations.actions import (
    assign_visitor,
    confirm_visit,
    dispute_visit,
    end_assignment,
    exempt_visit,
    record_visit,
)
from evaluations.models import MonthlyVisit, VisitAssignment
from notifications.models import Notification
from tests.cast import make_person
from tests.factories.evaluations import make_assignment, make_visit
from tests.factories.units import make_unit

NOVEMBER = Month(2026, 11)
SAID = {"visited_on": date(2026, 11, 18), "mode": "on_site", "summary": "停车紧张、用工招聘。"}


def at(month, day, hour=10):
    return time_machine.travel(datetime(2026, month, day, hour, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False)


@pytest.fixture(autouse=True)
def monday():
    """Monday 23 November 2026, as everywhere in these stories."""
    with at(11, 23):
        yield


@pytest.fixture
def visit(unit, community):
    return make_visit(unit=unit, visitor=community.user, month=NOVEMBER)


# Recording


def test_the_visitor_records_and_the_liaison_is_asked_to_confirm(visit, community, liaison):
    recorded = record_visit(
        visit=visit,
        **SAID,
        met="张经理",
        promise="答复停车",
        promise_due_on=date(2026, 12, 5),
        actor=community.actor,
    )
    assert (recorded.status, recorded.recorded_by, recorded.version) == ("recorded", community.user, 2)
    assert (recorded.visited_on, recorded.met, recorded.promise_due_on) == (
        date(2026, 11, 18),
        "张经理",
        date(2026, 12, 5),
    )
    message = Notification.objects.get()
    assert (message.recipient, message.title) == (liaison.user, "请确认11月18日的走访")
    assert message.body == (
        "赵某登记了11月18日到贵单位的走访（上门）。谈到：停车紧张、用工招聘。答应：答复停车。情况属实请点确认，不符请写明哪里不符。"
    )
    entry = HistoryEntry.objects.get()
    assert (entry.label, entry.from_status, entry.to_status, entry.actor_label) == (
        "登记走访", "planned", "recorded", "赵某 · 黉门街社区党委",
    )  # fmt: skip


def test_a_colleague_of_the_subdistrict_may_record_instead(visit, subdistrict):
    assert record_visit(visit=visit, **SAID, actor=subdistrict.actor).recorded_by == subdistrict.user


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"visited_on": date(2026, 11, 24)}, "visited_on", "走访日期不能晚于今天。"),
        (
            {"visited_on": date(2026, 10, 30)},
            "visited_on",
            "这是2026年11月的走访，走访日期要在2026年11月内。",
        ),
        ({"mode": "phone"}, "mode", "走访方式请选择上门或座谈，电话联系不计入月走访。"),
        ({"mode": ""}, "mode", "走访方式请选择上门或座谈，电话联系不计入月走访。"),
        ({"summary": "  "}, "summary", "请写一两句谈了什么；没有具体事项就写“无”。"),
        ({"summary": "好" * 301}, "summary", "最多写300字，现在是301字。写清要点就好。"),
        ({"promise_due_on": date(2026, 12, 1)}, "promise", "填了答复期限，请写明答应了什么。"),
        (
            {"promise": "答复", "promise_due_on": date(2026, 11, 17)},
            "promise_due_on",
            "答复期限不能早于走访日期。",
        ),
    ],
)
def test_a_record_that_cannot_be_right_is_refused_in_words(change, field, sentence, visit, community):
    with pytest.raises(InputError) as refusal:
        record_visit(visit=visit, **{**SAID, **change}, actor=community.actor)
    assert (refusal.value.field, refusal.value.message) == (field, sentence)
    visit.refresh_from_db()
    assert visit.status == "planned"
    assert not HistoryEntry.objects.exists()


def test_three_hundred_characters_are_enough_and_allowed(visit, community):
    assert (
        len(record_visit(visit=visit, **{**SAID, "summary": "好" * 300}, actor=community.actor).summary)
        == 300
    )


def test_the_edge_day_of_february_counts(unit, community):
    february = make_visit(unit=unit, visitor=community.user, month=Month(2026, 2))
    with at(2, 28, 20):
        said = {**SAID, "visited_on": date(2026, 2, 28)}
        assert record_visit(visit=february, **said, actor=community.actor).visited_on == date(2026, 2, 28)


def test_a_late_record_is_taken_until_the_fifth_workday_of_the_next_month(visit, community):
    # Workdays of December 2026: 1, 2, 3, 4, 7.
    with at(12, 7, 23):
        assert record_visit(visit=visit, **SAID, actor=community.actor).status == "recorded"


def test_after_the_fifth_workday_only_an_exemption_is_left(visit, community, subdistrict):
    with at(12, 8, 0):
        with pytest.raises(RuleViolation) as refusal:
            record_visit(visit=visit, **SAID, actor=community.actor)
        assert refusal.value.code == "too_late"
        assert refusal.value.message == (
            "2026年11月的走访补登已于12月7日截止。确有原因的，请由街道登记免访并写明理由。"
        )
        assert exempt_visit(visit=visit, note="单位整体搬迁", actor=subdistrict.actor).status == "exempt"


def test_a_disputed_visit_may_be_recorded_anew_later_and_is_confirmed_anew(
    visit, community, subdistrict, liaison
):
    record_visit(visit=visit, **SAID, actor=community.actor)
    dispute_visit(visit=visit, note="当天没有人来过", actor=liaison.actor)
    with at(12, 10):
        record_visit(visit=visit, **{**SAID, "visited_on": date(2026, 11, 19)}, actor=community.actor)
        assert confirm_visit(visit=visit, actor=liaison.actor).visited_on == date(2026, 11, 19)
    told = [(row.recipient.username, row.kind) for row in Notification.objects.order_by("id")]
    assert told == [
        ("liaison", "visit-recorded"), ("community", "visit-disputed"), ("subdistrict", "visit-disputed"), ("liaison", "visit-recorded"),
    ]  # fmt: skip


# Confirming and disputing


def test_the_liaison_confirms_with_one_tap(visit, community, liaison):
    record_visit(visit=visit, **SAID, actor=community.actor)
    confirmed = confirm_visit(visit=visit, actor=liaison.actor)
    assert confirmed.status == "confirmed"
    assert confirmed.confirmed_at is not None


def test_the_recorder_never_confirms_even_as_the_units_liaison(visit, community, unit):
    record_visit(visit=visit, **SAID, actor=community.actor)
    other_hat = Membership.objects.create(
        user=community.user, role=Role.LIAISON, unit=unit, from_on=date(2026, 1, 1)
    )
    with pytest.raises(NotAllowed) as refusal:
        confirm_visit(visit=visit, actor=actor_of(other_hat))
    assert refusal.value.message == "不能办理自己提交的事项，请由另一位同事办理。"


def test_a_dispute_needs_a_sentence(visit, community, liaison):
    record_visit(visit=visit, **SAID, actor=community.actor)
    with pytest.raises(RuleViolation) as refusal:
        dispute_visit(visit=visit, note="  ", actor=liaison.actor)
    assert (refusal.value.field, refusal.value.message) == ("note", "请填写哪里不符。")


def test_a_dispute_reaches_the_visitor_and_the_subdistrict(visit, community, subdistrict, liaison):
    record_visit(visit=visit, **SAID, actor=community.actor)
    dispute_visit(visit=visit, note="当天没有人来过", actor=liaison.actor)
    told = Notification.objects.filter(kind="visit-disputed").order_by("recipient_id")
    assert {row.recipient for row in told} == {community.user, subdistrict.user}
    assert told[0].title == "成都安和物业服务有限公司对走访有异议"
    assert told[0].body == "成都安和物业服务有限公司：当天没有人来过。请核对后重新登记。"


def test_the_liaison_of_another_unit_may_not_confirm(visit, community, other_liaison):
    record_visit(visit=visit, **SAID, actor=community.actor)
    with pytest.raises(NotAllowed):
        confirm_visit(visit=visit, actor=other_liaison.actor)


# Exempting


def test_an_exemption_needs_a_reason_and_tells_the_visitor(visit, community, subdistrict):
    with pytest.raises(RuleViolation) as refusal:
        exempt_visit(visit=visit, note="", actor=subdistrict.actor)
    assert refusal.value.message == "请填写免访的理由。"
    exempt_visit(visit=visit, note="停产检修", actor=subdistrict.actor)
    message = Notification.objects.get()
    assert (message.recipient, message.title, message.body) == (
        community.user,
        "成都安和物业服务有限公司11月免访",
        "理由：停产检修",
    )


# The whole table


ROLES = ["district", "subdistrict", "community", "liaison", "stranger", "other_liaison"]
MAY = {
    ("planned", "record"): {"subdistrict", "community"},
    ("disputed", "record"): {"subdistrict", "community"},
    ("recorded", "confirm"): {"liaison"},
    ("recorded", "dispute"): {"liaison"},
    ("planned", "exempt"): {"district", "subdistrict"},
    ("disputed", "exempt"): {"district", "subdistrict"},
}


def make(move, visit, actor):
    if move == "record":
        return record_visit(visit=visit, **SAID, actor=actor)
    action = {"confirm": confirm_visit, "dispute": dispute_visit, "exempt": exempt_visit}[move]
    return action(visit=visit, note="有说明", actor=actor)


@pytest.fixture
def everyone(request):
    return {who: request.getfixturevalue(who).actor for who in ROLES}


@pytest.mark.parametrize("move", [row.name for row in MonthlyVisit.MOVES])
@pytest.mark.parametrize("status", MonthlyVisit.Status.values)
def test_every_move_from_every_state_by_everyone(status, move, everyone, unit, community):
    visit = make_visit(unit=unit, visitor=community.user, month=NOVEMBER, status=status)
    for who, actor in everyone.items():
        may = who in MAY.get((status, move), set())
        assert (move in {row.name for row in visit.available_moves(actor)}) == may, who
        with transaction.atomic():
            if may:
                assert make(move, visit, actor).status == MonthlyVisit.get_move(move).target
                assert HistoryEntry.objects.filter(move=move).count() == 1
            else:
                with pytest.raises(RuleViolation):
                    make(move, visit, actor)
            transaction.set_rollback(may)
        visit.refresh_from_db()
        assert visit.status == status
        assert not HistoryEntry.objects.exists()


# Assignments


def test_the_subdistrict_assigns_a_visitor(unit, community, subdistrict):
    assignment = assign_visitor(
        unit=unit,
        visitor=community.user,
        cadence="monthly",
        from_on=date(2026, 11, 23),
        actor=subdistrict.actor,
    )
    assert (assignment.unit, assignment.visitor, assignment.to_on) == (unit, community.user, None)
    assert HistoryEntry.objects.get().note == "赵某，每月"


def test_a_new_assignment_ends_the_former_and_hands_over_what_is_planned(unit, community, subdistrict, visit):
    former = make_assignment(unit=unit, visitor=community.user)
    october = make_visit(unit=unit, visitor=community.user, month=Month(2026, 10))
    assign_visitor(
        unit=unit,
        visitor=subdistrict.user,
        cadence="monthly",
        from_on=date(2026, 11, 25),
        actor=subdistrict.actor,
    )
    former.refresh_from_db()
    assert former.to_on == date(2026, 11, 25)
    visit.refresh_from_db()
    october.refresh_from_db()
    assert (visit.visitor, visit.version, october.visitor) == (subdistrict.user, 2, community.user)
    assert HistoryEntry.objects.get(move="hand_over").changes == {"visitor": ["走访人", "赵某", "王某"]}


def test_an_assignment_replaced_before_it_began_never_takes_effect(unit, community, subdistrict):
    first = assign_visitor(
        unit=unit,
        visitor=community.user,
        cadence="monthly",
        from_on=date(2026, 12, 1),
        actor=subdistrict.actor,
    )
    assign_visitor(
        unit=unit,
        visitor=subdistrict.user,
        cadence="monthly",
        from_on=date(2026, 11, 23),
        actor=subdistrict.actor,
    )
    first.refresh_from_db()
    assert first.to_on == first.from_on
    effective = VisitAssignment.objects.effective(date(2026, 12, 1))
    assert [row.visitor for row in effective] == [subdistrict.user]


def test_the_same_assignment_twice_is_refused(unit, community, subdistrict):
    make_assignment(unit=unit, visitor=community.user)
    with pytest.raises(RuleViolation) as refusal:
        assign_visitor(
            unit=unit,
            visitor=community.user,
            cadence="monthly",
            from_on=date(2026, 11, 23),
            actor=subdistrict.actor,
        )
    assert refusal.value.message == "这个单位已经是这样安排的。"


@pytest.mark.parametrize("who", ["community", "liaison", "stranger"])
def test_others_may_not_assign(who, unit, community, request):
    with pytest.raises(NotAllowed):
        assign_visitor(
            unit=unit,
            visitor=community.user,
            cadence="monthly",
            from_on=date(2026, 11, 23),
            actor=request.getfixturevalue(who).actor,
        )


def test_a_subdistrict_may_not_assign_elsewhere(other_unit, stranger, subdistrict):
    with pytest.raises(NotAllowed):
        assign_visitor(
            unit=other_unit,
            visitor=stranger.user,
            cadence="monthly",
            from_on=date(2026, 11, 23),
            actor=subdistrict.actor,
        )


def test_the_visitor_must_be_staff_of_the_units_place(unit, stranger, subdistrict):
    with pytest.raises(InputError) as refusal:
        assign_visitor(
            unit=unit,
            visitor=stranger.user,
            cadence="monthly",
            from_on=date(2026, 11, 23),
            actor=subdistrict.actor,
        )
    assert (refusal.value.field, refusal.value.message) == ("visitor", "走访人要在单位所在街道或社区任职。")


def test_past_months_are_not_assigned_again(unit, community, subdistrict):
    with pytest.raises(InputError) as refusal:
        assign_visitor(
            unit=unit,
            visitor=community.user,
            cadence="monthly",
            from_on=date(2026, 10, 31),
            actor=subdistrict.actor,
        )
    assert refusal.value.field == "from_on"


def test_a_closed_unit_is_not_assigned(huangmenjie, community, subdistrict):
    closed = make_unit(place=huangmenjie, status="suspended")
    with pytest.raises(InputError) as refusal:
        assign_visitor(
            unit=closed,
            visitor=community.user,
            cadence="monthly",
            from_on=date(2026, 11, 23),
            actor=subdistrict.actor,
        )
    assert refusal.value.message == "这个单位已停业或并入其他单位，不再安排走访。"


def test_an_assignment_ends_once(unit, community, subdistrict):
    assignment = make_assignment(unit=unit, visitor=community.user)
    assert end_assignment(assignment=assignment, actor=subdistrict.actor).to_on == date(2026, 11, 23)
    with pytest.raises(RuleViolation):
        end_assignment(assignment=assignment, actor=subdistrict.actor)


def test_the_district_assigns_anywhere_and_the_system_too(unit, other_unit, community, stranger, district):
    day = date(2026, 11, 23)
    assert assign_visitor(
        unit=unit, visitor=community.user, cadence="monthly", from_on=day, actor=district.actor
    ).pk
    assert assign_visitor(
        unit=other_unit, visitor=stranger.user, cadence="quarterly", from_on=day, actor=SYSTEM
    ).pk


def test_a_visitor_who_left_cannot_be_assigned(unit, subdistrict, huangmenjie):
    gone = make_person("gone", Role.COMMUNITY, place=huangmenjie)
    gone.membership.to_on = date(2026, 11, 1)
    gone.membership.save()
    with pytest.raises(InputError):
        assign_visitor(
            unit=unit,
            visitor=gone.user,
            cadence="monthly",
            from_on=date(2026, 11, 23),
            actor=subdistrict.actor,
        )
