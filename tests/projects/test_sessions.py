"""Sessions: the unit records, the community confirms, and what is never let in."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from itertools import product

import pytest
import time_machine

from core.clock import today
from core.errors import NotAllowed, RuleViolation
from core.models import HistoryEntry
from core.roles import Role
from notifications.models import Notification
from projects.actions.sessions import (
    SESSION_MOVES,
    AlreadyRecorded,
    change_session,
    confirm_session,
    confirm_sessions,
    record_session,
    resubmit_session,
    return_session,
    revoke_session,
    void_session,
)
from projects.models import Session
from projects.queries.project import person_times_of
from projects.queries.sessions import alike, places_of
from tests.cast import make_person
from tests.factories.projects import make_claim
from tests.factories.projects_points import make_tariff
from tests.factories.projects_sessions import make_evaluations, make_session, make_working_claim

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def claim(huangmenjie, unit):
    return make_working_claim(place=huangmenjie, unit=unit, title="家电义修日")


def typed(**fields) -> dict:
    return {"held_on": today(), "person_times": 86, "summary": "修好小家电 32 件", **fields}


def refused(claim, actor, **fields) -> tuple[str | None, str]:
    """The field and the sentence of the refusal."""
    with pytest.raises(RuleViolation) as caught:
        record_session(claim=claim, actor=actor, **typed(**fields))
    return caught.value.field, caught.value.message


def test_recorded_by_the_unit_confirmed_by_the_community_counted_once(claim, liaison, community, subdistrict):
    session = record_session(
        claim=claim, actor=liaison.actor, **typed(volunteers=6, volunteer_hours=Decimal("9.5"))
    )
    assert (session.status, session.place_code, session.unit, session.project) == (
        "recorded", "510107005008", claim.unit, claim.project,
    )  # fmt: skip
    assert len(session.evaluation_code) == 12
    told = Notification.objects.get(kind="session_recorded")
    assert told.recipient == community.user
    assert "服务 86 人次" in told.body
    assert person_times_of(claim.project) == 0
    confirmed = confirm_session(session=session, actor=community.actor)
    assert (confirmed.status, confirmed.verifier) == ("confirmed", community.user)
    assert person_times_of(claim.project) == 86
    assert person_times_of(claim.project, today() + DAY) == 0
    assert Notification.objects.get(kind="session_confirmed").recipient == liaison.user
    revoked = revoke_session(session=confirmed, note="人次重复", actor=subdistrict.actor)
    assert (revoked.status, person_times_of(claim.project)) == ("revoked", 0)
    assert set(Notification.objects.filter(kind="session_revoked").values_list("recipient", flat=True)) == {
        liaison.user.pk, community.user.pk,
    }  # fmt: skip
    labels = HistoryEntry.objects.filter(about_id=session.pk, about_type__model="session").values_list(
        "label", flat=True
    )
    assert list(labels) == ["撤销核实", "核实", "登记"]


def test_what_cannot_be_is_said_beside_its_field(claim, liaison, yulin, jinyan):
    actor = liaison.actor
    start = claim.project.start_on
    for fields, field, words in (
        ({"held_on": today() + DAY}, "held_on", "不能晚于今天"),
        ({"held_on": start - DAY}, "held_on", "不能登记此前的活动"),
        ({"person_times": 0}, "person_times", "至少是 1"),
        ({"person_times": 201}, "evidence", "超过 200 人次"),
        ({"person_times": 20_001, "evidence": "tickets"}, "person_times", "最多 20000 人次"),
        ({"evidence": "photo"}, "evidence", "请从列表中选择佐证"),
        ({"people": 87}, "people", "在 1 和服务人次之间"),
        ({"summary": "  "}, "summary", "做了什么"),
        ({"summary": "长" * 301}, "summary", "最多 300 字"),
        ({"place": jinyan}, "place", "项目不在金雁社区实施"),
        ({"place": yulin}, "place", "项目不在玉林街道实施"),
        ({"volunteers": 0, "volunteer_hours": Decimal(2)}, "volunteers", "也请填志愿者人数"),
        ({"volunteers": 2, "volunteer_hours": Decimal("1.2")}, "volunteer_hours", "以半小时为单位"),
        ({"volunteers": 1, "volunteer_hours": Decimal("8.5")}, "volunteer_hours", "合计最多 8 小时（每人每天最多 8 小时）"),
    ):  # fmt: skip
        found, sentence = refused(claim, actor, **fields)
        assert (found, words in sentence) == (field, True), (fields, sentence)
    assert not Session.objects.exists()
    Session.objects.all().delete()
    assert record_session(claim=claim, actor=actor, **typed(person_times=200)).evidence == ""
    assert record_session(
        claim=claim, actor=actor, **typed(person_times=20_000, evidence="tickets", held_on=today() - DAY)
    ).pk


def test_only_the_own_confirmed_claim_of_a_project_under_way(claim, liaison, other_liaison, community):
    for actor in (other_liaison.actor, community.actor, replace(liaison.actor, is_read_only=True)):
        with pytest.raises(NotAllowed):
            record_session(claim=claim, actor=actor, **typed())
    for status in ("open", "suspended", "done", "terminated"):
        type(claim.project).objects.update(status=status)
        assert refused(claim, liaison.actor)[0] == "claim"
    type(claim.project).objects.update(status="claimed")
    type(claim).objects.update(status="screened")
    assert "确认以后才能登记活动" in refused(claim, liaison.actor)[1]


def clock(text: str) -> dict:
    """``09:00-11:00`` or ``09:00`` of yesterday."""
    first, _, last = text.partition("-")
    times = {"starts_at": time.fromisoformat(first)} | ({"ends_at": time.fromisoformat(last)} if last else {})
    return {"held_on": today() - DAY, **times}


def test_the_same_session_twice_names_the_first(claim, liaison):
    """One whose start is unknown is the only one of its day; those with times never overlap."""
    record = partial(record_session, claim=claim, actor=liaison.actor)
    first = record(**typed(held_on=today() - DAY))
    for again in ({"held_on": today() - DAY}, clock("14:00"), clock("09:00-11:00")):
        with pytest.raises(AlreadyRecorded) as caught:
            record(**typed(person_times=5, **again))
        assert caught.value.first == first
        assert f"场次 {first.pk}" in caught.value.message
    void_session(session=first, note="记错了", actor=liaison.actor)
    morning = record(**typed(person_times=60, **clock("09:00")))
    for again in (
        {"held_on": today() - DAY}, clock("09:00"), clock("09:01-11:00"), clock("10:59-12:00"), clock("08:00"),
        clock("08:00-09:01"),
    ):  # fmt: skip
        with pytest.raises(AlreadyRecorded) as caught:
            record(**typed(person_times=5, **again))
        assert (caught.value.first, caught.value.code) == (morning, "session_once")
    assert "09:00在黉门街社区的这一场已经由张某登记过了" in caught.value.message
    record(**typed(person_times=60, **clock("11:00-12:00")))
    later = record(**typed(person_times=60, **clock("08:00-09:00")))
    with pytest.raises(AlreadyRecorded):
        change_session(session=later, ends_at=time(9, 30), actor=liaison.actor)
    assert Session.objects.exclude(status="voided").count() == 3


def test_many_people_of_one_day_need_evidence_however_they_are_told(claim, liaison, community, yulin):
    """150 in the morning and 150 in the afternoon are 300 (domain.md §2(e): evidence above 200)."""
    record = partial(record_session, claim=claim, actor=liaison.actor)
    morning = record(**typed(person_times=150, **clock("09:00-11:00")))
    field, sentence = refused(claim, liaison.actor, person_times=51, **clock("14:00-16:00"))
    assert (field, "一共 201 人次" in sentence) == ("evidence", True)
    record(**typed(person_times=50, **clock("14:00-16:00")))
    record(**typed(person_times=150, evidence="tickets", **clock("16:00-17:00")))
    with pytest.raises(RuleViolation) as caught:
        change_session(session=morning, person_times=151, actor=liaison.actor)
    assert caught.value.field == "evidence"
    with pytest.raises(RuleViolation) as caught:
        confirm_session(session=morning, actor=community.actor)
    assert (caught.value.code, "请退回更正" in caught.value.message) == ("evidence_missing", True)
    change_session(session=morning, evidence="sign_in_sheet", actor=liaison.actor)
    assert confirm_session(session=morning, actor=community.actor).status == "confirmed"


def test_partners_never_count_the_same_activity_twice(claim, liaison, other_liaison, other_unit, community):
    first = record_session(claim=claim, actor=liaison.actor, **typed(**clock("09:00-11:00")))
    partner = make_claim(project=claim.project, unit=other_unit, status="confirmed", kind="joint")
    for again in ({"held_on": today() - DAY}, clock("10:00-12:00")):
        with pytest.raises(AlreadyRecorded) as caught:
            record_session(claim=partner, actor=other_liaison.actor, **typed(**again))
        assert (caught.value.code, caught.value.first) == ("session_of_partner", first)
        assert "成都安和物业服务有限公司已经登记了这个项目" in caught.value.message
    second = record_session(
        claim=partner, actor=other_liaison.actor, **typed(person_times=20, **clock("11:00-12:00"))
    )
    assert list(alike(second)) == [first]
    answers = confirm_sessions(sessions=[first, second], actor=community.actor)
    assert {sentence for _, sentence in answers} == {"同日另有一场，请打开逐场核对后核实。"}
    assert confirm_session(session=first, actor=community.actor).status == "confirmed"
    # What was entered before the rule was kept, the community cannot confirm twice.
    Session.objects.filter(pk=second.pk).update(starts_at=time(10))
    with pytest.raises(AlreadyRecorded):
        confirm_session(session=second, actor=community.actor)


@time_machine.travel("2026-11-24T12:00:00+08:00", tick=False)
def test_nothing_is_recorded_before_it_is_over_nor_before_the_units_own_work_began(
    huangmenjie, unit, other_unit, liaison, other_liaison
):
    claim = make_working_claim(place=huangmenjie, unit=unit, started_on=date(2026, 3, 2))
    for fields, field, words in (
        ({"starts_at": time(23)}, "starts_at", "活动还没有开始"),
        ({"starts_at": time(12, 1)}, "starts_at", "活动还没有开始"),
        ({"starts_at": time(11), "ends_at": time(12, 30)}, "ends_at", "12:30 才结束"),
        ({"held_on": date(2026, 3, 1)}, "held_on", "项目从2026年3月2日开始"),
    ):
        found, sentence = refused(claim, liaison.actor, **fields)
        assert (found, words in sentence) == (field, True), (fields, sentence)
    for day in (date(2026, 11, 24), date(2026, 3, 2)):
        assert record_session(claim=claim, actor=liaison.actor, **typed(held_on=day)).pk
    # The unit that takes over cannot book its predecessor's time.
    type(claim).objects.filter(pk=claim.pk).update(status="quit", slot=None, left_on=date(2026, 6, 10))
    noon = datetime(2026, 6, 10, 12, tzinfo=UTC)
    successor = make_claim(project=claim.project, unit=other_unit, status="confirmed", decided_at=noon)
    field, sentence = refused(successor, other_liaison.actor, held_on=date(2026, 6, 9))
    assert (field, "的认领2026年6月10日确认，不能登记此前的活动" in sentence) == ("held_on", True)
    day = date(2026, 6, 10)
    assert record_session(claim=successor, actor=other_liaison.actor, **typed(held_on=day)).pk
    type(claim.project).objects.update(status="claimed")
    field, sentence = refused(successor, other_liaison.actor)
    assert (field, "开始实施以后再登记" in sentence) == ("claim", True)


def test_volunteers_hours_are_bounded_by_their_number_and_the_time_that_passed(claim, liaison):
    make_tariff(valid_from=date(2020, 1, 1), day_cap_hours=6)
    actor, ten = liaison.actor, {"volunteers": 10}
    for fields, words in (
        ({**clock("09:00-10:00"), "volunteer_hours": Decimal(240)}, "合计最多 10 小时（按09:00至10:00计）"),
        ({**clock("09:00-10:30"), "volunteer_hours": Decimal("15.5")}, "合计最多 15 小时"),
        ({**clock("09:00"), "volunteer_hours": Decimal("60.5")}, "合计最多 60 小时（每人每天最多 6 小时）"),
        (
            {**clock("09:00-20:00"), "volunteer_hours": Decimal("60.5")},
            "合计最多 60 小时（每人每天最多 6 小时）",
        ),
    ):
        field, sentence = refused(claim, actor, **ten, **fields)
        assert (field, words in sentence) == ("volunteer_hours", True), sentence
    assert record_session(
        claim=claim, actor=actor, **typed(volunteer_hours=Decimal(15), **ten, **clock("09:00-10:30"))
    )


def test_a_project_over_several_places_counts_where_it_was_held(
    unit, liaison, yulin, places, huangmenjie, jinyan
):
    claim = make_working_claim(place=yulin, unit=unit)
    claim.project.more_places.add(jinyan)
    offered = {place.code for place in places_of([claim.project])}
    assert {yulin.code, huangmenjie.code, jinyan.code} <= offered
    assert all(code.startswith((yulin.code, jinyan.code)) for code in offered)
    for place in (jinyan, huangmenjie, yulin):
        assert (
            record_session(claim=claim, actor=liaison.actor, place=place, **typed()).place_code == place.code
        )


def test_whoever_entered_the_figures_never_confirms_them(claim, liaison, community, unit, huangmenjie):
    session = record_session(claim=claim, actor=liaison.actor, **typed())
    same_person = replace(liaison.actor, role=Role.COMMUNITY, place_code=huangmenjie.code, unit_id=None)
    with pytest.raises(NotAllowed) as caught:
        confirm_session(session=session, actor=same_person)
    assert caught.value.code == "own_paper"
    colleague = make_person("colleague", Role.LIAISON, unit=unit)
    return_session(session=session, note="人次请核对", actor=community.actor)
    resubmit_session(session=session, person_times=80, actor=colleague.actor)
    corrector = replace(colleague.actor, role=Role.COMMUNITY, place_code=huangmenjie.code, unit_id=None)
    with pytest.raises(NotAllowed) as caught:
        confirm_session(session=session, actor=corrector)
    assert caught.value.code == "own_paper"
    with pytest.raises(NotAllowed):
        confirm_session(session=session, actor=colleague.actor)
    assert confirm_session(session=session, actor=community.actor).person_times == 80


def test_returned_corrected_and_handed_in_again(claim, liaison, community):
    session = record_session(claim=claim, actor=liaison.actor, **typed())
    with pytest.raises(RuleViolation):
        return_session(session=session, note=" ", actor=community.actor)
    return_session(session=session, note="人次请核对", actor=community.actor)
    assert "人次请核对" in Notification.objects.get(kind="session_returned").body
    with pytest.raises(RuleViolation):
        change_session(session=session, person_times=70, actor=liaison.actor)
    with pytest.raises(RuleViolation) as caught:
        resubmit_session(session=session, person_times=300, actor=liaison.actor)
    assert caught.value.field == "evidence"
    session.refresh_from_db()
    assert session.status == "returned"
    assert resubmit_session(session=session, person_times=70, actor=liaison.actor).status == "recorded"
    changes = HistoryEntry.objects.filter(label="更正").values_list("changes", flat=True)
    assert list(changes) == [{"person_times": ["服务人次", "86", "70"]}]


def test_figures_are_corrected_until_somebody_confirms_them(claim, liaison, other_liaison, community):
    session = record_session(claim=claim, actor=liaison.actor, **typed())
    make_evaluations(session, satisfied=3)
    with pytest.raises(NotAllowed):
        change_session(session=session, person_times=1, actor=other_liaison.actor)
    with pytest.raises(RuleViolation) as caught:
        change_session(session=session, person_times=2, actor=liaison.actor)
    assert "服务人次不能少于 3" in caught.value.message
    assert change_session(session=session, person_times=90, actor=liaison.actor).person_times == 90
    confirm_session(session=session, actor=community.actor)
    with pytest.raises(RuleViolation) as caught:
        change_session(session=session, person_times=500, actor=liaison.actor)
    assert caught.value.code == "wrong_state"


def test_many_are_confirmed_one_by_one(claim, liaison, community):
    held = [make_session(claim=claim, held_on=today() - number * DAY) for number in range(3)]
    own = make_session(claim=claim, held_on=today() - 9 * DAY, author=community.user)
    Session.objects.filter(pk=held[1].pk).update(status="voided")
    answers = confirm_sessions(sessions=[*held, own], actor=community.actor)
    assert [session for session, sentence in answers if not sentence] == [held[0], held[2]]
    assert "已作废" in answers[1][1]
    assert "请由另一位同事" in answers[3][1]
    assert Session.objects.confirmed().count() == 2


ROLES = [*Role.values, "stranger", "other_liaison"]
STAFF = {"district", "social_work", "subdistrict", "community"}
ALLOWED = {
    "record": {"liaison", "social_org"},
    "call_off": {"liaison", "social_org"},
    "confirm": STAFF,
    "return": STAFF,
    "resubmit": {"liaison", "social_org"},
    "void": {"liaison", "social_org"},
    "revoke": STAFF - {"community"},
}
PLACED = {
    Role.DISTRICT: "510107", Role.SOCIAL_WORK: "510107", Role.SUBDISTRICT: "510107005", Role.COMMUNITY: "510107005008",
    Role.GRID_WORKER: "510107005008", Role.REPRESENTATIVE: "510107005008",
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_session_moves(role, claim, places, unit, request):
    if role in ("stranger", "other_liaison"):
        actor = request.getfixturevalue(role).actor
    elif role in (Role.LIAISON, Role.SOCIAL_ORG):
        actor = make_person("somebody", role, unit=unit).actor
    else:
        actor = make_person("somebody", role, place=places.get(PLACED.get(role, ""))).actor
    for number, (name, status) in enumerate(product(SESSION_MOVES, Session.Status.values)):
        move = Session.get_move(name)
        session = make_session(claim=claim, status=status, held_on=today() - number * DAY)
        figures = {"person_times": 60} if name == "record" else {}
        try:
            outcome = SESSION_MOVES[name](session=session, note="理由", actor=actor, **figures).status
        except NotAllowed:
            outcome = "not_allowed"
        except RuleViolation as refusal:
            outcome = refusal.code
        possible = move.target if status in move.sources else "wrong_state"
        assert outcome == (possible if role in ALLOWED[name] else "not_allowed"), (name, status)


def test_every_move_has_its_action():
    assert {row.name for row in Session.MOVES} == set(SESSION_MOVES) == set(ALLOWED)
