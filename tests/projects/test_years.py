"""Long-term projects are evaluated year by year while they run: summed up, accepted, listed, reviewed."""

from datetime import date

import pytest
import time_machine

from core.errors import NotAllowed, RuleViolation
from core.models import HistoryEntry
from core.workdays import Calendar
from notifications.models import Notification
from projects.actions import (
    accept_year,
    conclude_year,
    list_completed,
    return_year,
    review_project,
    review_year,
    terminate_project,
)
from projects.models import Project, ProjectYear, Session
from projects.reminders.years import year_reminders
from projects.todo.years import todo_count, todo_items
from tests.counting import own_queries
from tests.factories.projects import make_running
from tests.factories.projects_sessions import make_session
from tests.rest import Rest, error, key_of

pytestmark = pytest.mark.django_db
DECEMBER = "2026-12-07T10:00:00+08:00"


@pytest.fixture(autouse=True)
def december():
    with time_machine.travel(DECEMBER, tick=False):
        yield


@pytest.fixture
def project(huangmenjie, unit) -> Project:
    return make_running(
        place=huangmenjie,
        unit=unit,
        title="家电义修日",
        term="long",
        started_on=date(2026, 3, 2),
        expected_person_times=50,
    )


@pytest.fixture
def year(project) -> ProjectYear:
    make_session(claim=project.claims.get(), status="confirmed", person_times=60, held_on=date(2026, 5, 4))
    return project.years.create(year=2026, expected_person_times=50)


def conclude(year, person) -> ProjectYear:
    return conclude_year(project_year=year, summary="修了三百件。", actor=person.actor)


def told(person) -> list[str]:
    mine = Notification.objects.filter(recipient=person.user).order_by("id")
    return list(mine.values_list("kind", flat=True))


def code_of(action, **arguments) -> str:
    with pytest.raises(RuleViolation) as refusal:
        action(**arguments)
    return refusal.value.code


def test_summed_up_accepted_listed_and_reviewed_while_the_project_runs(
    year, project, liaison, community, subdistrict
):
    conclude(year, liaison)
    with pytest.raises(RuleViolation):
        return_year(project_year=year, note=" ", actor=community.actor)
    back = return_year(project_year=year, note="请写明户数", actor=community.actor)
    assert (back.status, told(liaison)) == ("open", ["project_year_decided"])
    conclude(year, liaison)
    accepted = accept_year(project_year=year, actor=community.actor)
    assert (accepted.status, accepted.person_times, accepted.accepted_on) == (
        "accepted", 60, date(2026, 12, 7),
    )  # fmt: skip
    assert [list_completed(today=date(2026, 12, day)) for day in (9, 10, 10)] == [0, 1, 0]
    reviewed = review_year(project_year=year, note="满意率 96.4%", actor=subdistrict.actor)
    project.refresh_from_db()
    assert (reviewed.status, reviewed.review_result, project.status) == (
        "reviewed",
        "满意率 96.4%",
        "running",
    )
    assert told(community) == ["project_year_concluded"] * 2 + ["project_year_reviewed"]
    labels = HistoryEntry.objects.filter(about_type__model="project", about_id=project.pk).order_by("id")
    assert list(labels.values_list("label", flat=True)) == [
        "2026年度：写年度小结", "2026年度：退回小结", "2026年度：写年度小结", "2026年度：年度验收通过",
        "2026年度：列入年度评议", "2026年度：登记年度评议结果",
    ]  # fmt: skip


def test_accepted_in_january_it_still_belongs_to_the_review_of_the_year_before(year, liaison, community):
    with time_machine.travel("2027-01-08T10:00:00+08:00", tick=False):
        conclude(year, liaison)
        accept_year(project_year=year, actor=community.actor)
        assert list_completed(today=date(2027, 1, 8)) == 1


def test_nobody_accepts_the_own_summary_and_what_falls_short_needs_words(
    year, project, liaison, community, subdistrict
):
    conclude(year, community)
    assert code_of(accept_year, project_year=year, actor=community.actor) == "own_paper"
    make_session(claim=project.claims.get(), held_on=date(2026, 6, 1), person_times=5)
    Session.objects.filter(status="confirmed").update(person_times=49)
    with pytest.raises(RuleViolation) as refusal:
        accept_year(project_year=year, actor=subdistrict.actor)
    assert (refusal.value.code, refusal.value.field, str(refusal.value)) == (
        "opinion_required", "note",
        "已核实 49 人次，预计 50 人次；还有 1 场活动待核实。年度验收通过请写明问题和理由，也可以退回小结。",
    )  # fmt: skip
    done = accept_year(project_year=year, note="停电一周，少办一场。", actor=subdistrict.actor)
    assert (done.opinion, done.person_times) == ("停电一周，少办一场。", 49)
    with pytest.raises(NotAllowed):
        review_year(project_year=year, note="满意", actor=liaison.actor)


def test_the_last_year_goes_with_the_project_and_a_called_off_one_with_nothing(
    year, project, liaison, community, subdistrict
):
    conclude(year, liaison)
    Project.objects.update(status="to_review", completed_on=date(2026, 12, 1))
    assert code_of(accept_year, project_year=year, actor=community.actor) == "goes_with_project"
    assert (todo_count(community.actor, date(2026, 12, 7)), year_kinds(date(2026, 12, 30))) == (0, [])
    review_project(project=Project.objects.get(), note="满意", actor=subdistrict.actor)
    year.refresh_from_db()
    assert (year.status, year.review_result) == ("reviewed", "满意")
    Project.objects.update(status="running", completed_on=None)
    ProjectYear.objects.update(status="concluded")
    terminate_project(project=Project.objects.get(), note="拆迁", actor=subdistrict.actor)
    assert code_of(accept_year, project_year=year, actor=community.actor) == "wrong_state"


def year_kinds(day: date) -> list[tuple[str, tuple[int, ...]]]:
    return [(one.key, one.to) for one in year_reminders(day, Calendar())]


def test_each_step_has_its_reminder_and_its_todo(year, project, liaison, community, subdistrict):
    """2026-12-10 is a Thursday: five workdays before it is the 3rd."""
    unit, code = liaison.actor.unit_id, project.place_code
    owner = (community.user.pk, subdistrict.user.pk)
    assert year_kinds(date(2026, 12, 2)) == []
    assert year_kinds(date(2026, 12, 3)) == [(f"year-summary-due:unit-{unit}:2026:T-5", (liaison.user.pk,))]
    assert sorted(year_kinds(date(2026, 12, 11))) == [
        (f"year-summary-due:place-{code}:2026:+1", owner),
        (f"year-summary-due:unit-{unit}:2026:+1", (liaison.user.pk,)),
    ]
    items = lambda person: [(one.kind, one.due_on) for one in todo_items(person.actor, date(2026, 12, 7))]  # noqa: E731
    assert items(liaison) == [("year-conclude", date(2026, 12, 10))]
    conclude(year, liaison)
    assert (items(liaison), items(community)) == ([], [("year-accept", date(2026, 12, 14))])
    assert year_kinds(date(2026, 12, 14)) == []
    assert year_kinds(date(2026, 12, 15)) == [(f"year-accept-waiting:place-{code}:2026-12-07", owner)]
    accept_year(project_year=year, actor=community.actor)
    list_completed(today=date(2026, 12, 10))
    assert items(subdistrict) == [("year-review", date(2027, 1, 31))]
    assert year_kinds(date(2027, 2, 1)) == [
        ("year-review-due:place-510107005:2026:+1", (subdistrict.user.pk,))
    ]
    assert [todo_count(person.actor, date(2026, 12, 7)) for person in (liaison, community, subdistrict)] == [
        0,
        0,
        1,
    ]


def test_the_list_counts_each_year_asks_as_often_for_one_as_for_three_and_exports(
    year, project, liaison, other_liaison, community, huangmenjie, unit
):
    address = "/projects/years/"
    one = own_queries(community.client, address)
    page = community.client.get(f"{address}?year=2026&status=open&owed=true")
    assert (page.context["count"], ">60<" in page.content.decode()) == (1, True)
    for number in (2024, 2025):
        project.years.create(year=number)
    assert (one, own_queries(community.client, address)) == (3, 3)
    assert community.client.get(address).context["count"] == 3
    assert liaison.client.get(address).context["count"] == 3
    assert other_liaison.client.get(address).context["count"] == 0
    assert community.client.get("/projects/years/?format=csv").status_code == 200
    page = liaison.client.get(f"/projects/{project.pk}/").content.decode()
    assert f"/projects/years/{year.pk}/conclude/" in page
    answer = liaison.client.post(f"/projects/years/{year.pk}/conclude/", {"summary": "修了三百件。"})
    assert answer.status_code == 302
    assert community.client.post(f"/projects/years/{year.pk}/accept/").status_code == 302
    year.refresh_from_db()
    assert year.status == "accepted"


def test_the_same_over_rest(year, liaison, community):
    unit_side, owner = Rest(key_of(liaison)), Rest(key_of(community))
    address = f"/api/v1/project-years/{year.pk}/"
    assert error(unit_side.post(f"{address}conclude/", {"summary": ""}))[0] == 400
    assert unit_side.post(f"{address}conclude/", {"summary": "修了三百件。"}).json()["status"] == "concluded"
    assert error(owner.post(f"{address}return/", {"note": ""}))[:3] == (
        400,
        "validation_error",
        "note_required",
    )
    accepted = owner.post(f"{address}accept/", {}).json()
    assert (accepted["status_display"], accepted["served"], accepted["person_times"]) == (
        "年度验收通过",
        60,
        60,
    )
    assert error(owner.post(f"{address}accept/"))[:3] == (409, "client_error", "wrong_state")
    assert owner.get("/api/v1/project-years/?year=2026&status=accepted").json()["count"] == 1
    assert error(owner.get("/api/v1/project-years/?owed=vielleicht"))[0] == 400
