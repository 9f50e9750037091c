"""Whom to chase about work on projects, on which day, and what stands among whose to-dos."""

from datetime import date

import pytest
import time_machine

from core.todo import waiting_items
from projects.models import Project
from projects.reminders.work import work_reminders
from projects.todo.work import todo_count, todo_items
from tests.factories.projects import (
    make_acceptance,
    make_claim,
    make_extension,
    make_invitation,
    make_milestone,
    make_project,
    make_running,
)
from tests.factories.projects_sessions import make_session
from tests.factories.units import make_unit

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)
LONG_AGO = date(2026, 1, 5)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        yield


def running(place, unit, **fields) -> Project:
    return make_running(
        place=place,
        unit=unit,
        **{"started_on": LONG_AGO, "start_on": LONG_AGO, "end_on": date(2027, 6, 30), **fields},
    )


def said(on: date, kind: str = "") -> list[tuple[str, set[int]]]:
    """(kind with its stage, whom) of the reminders of a day."""
    found = [
        (one.key.split(":")[0] + one.key[-4:], set(one.to))
        for one in work_reminders(on)
        if one.kind.startswith(kind)
    ]
    assert found == [
        (one.key.split(":")[0] + one.key[-4:], set(one.to))
        for one in work_reminders(on)
        if one.kind.startswith(kind)
    ]
    return found


def kinds(on: date) -> list[str]:
    return sorted(one.kind for one in work_reminders(on))


class TestProgress:
    """A short project is asked each month, a long one each quarter; ten workdays later the owner hears of silence."""

    # Last workdays: November 30, December 31 (also of the quarter); ten workdays after November 30 is December 14.
    @pytest.mark.parametrize(
        ("on", "term", "found"),
        [
            (date(2026, 11, 24), "short", []),
            (date(2026, 11, 25), "short", ["project_progress_due"]),
            (date(2026, 11, 30), "short", ["project_progress_due"]),
            (date(2026, 11, 30), "long", []),
            (date(2026, 12, 11), "short", []),
            (date(2026, 12, 14), "short", ["project_silent"]),
            (date(2026, 12, 28), "long", ["project_progress_due"]),
            (date(2026, 11, 28), "short", []),
        ],
    )
    def test_on_which_days(self, on, term, found, huangmenjie, unit, liaison, community):
        project = running(huangmenjie, unit, term=term)
        # The period before is told of, so that only this one is silent.
        for day in [date(2026, 9, 15)] if term == "long" else [date(2026, 10, 15)]:
            make_session(claim=project.claims.get(), held_on=day)
        assert kinds(on) == found

    def test_the_unit_hears_it_and_then_the_owner_instead(
        self, huangmenjie, unit, liaison, community, subdistrict
    ):
        running(huangmenjie, unit)
        assert said(date(2026, 11, 26), "project_progress") == [
            ("project-progress-due6-11", {liaison.user.pk})
        ]
        assert said(date(2026, 12, 14), "project_silent") == [
            ("project-silent6-11", {community.user.pk, subdistrict.user.pk})
        ]

    def test_a_word_of_any_kind_is_enough(self, huangmenjie, unit):
        for told in ("report", "session"):
            project = running(huangmenjie, unit)
            if told == "report":
                project.progress_reports.create(claim=project.claims.get(), text="顺利。", reported_on=MONDAY)
            else:
                make_session(claim=project.claims.get(), held_on=MONDAY)
        running(huangmenjie, unit, started_on=date(2026, 11, 10))
        running(huangmenjie, unit, status="suspended")
        assert [kind for kind in kinds(date(2026, 11, 26)) if kind == "project_progress_due"] == []


class TestDays:
    @pytest.fixture
    def project(self, huangmenjie, unit, liaison, community):
        project = running(huangmenjie, unit)
        make_session(claim=project.claims.get(), held_on=MONDAY)
        make_session(claim=project.claims.get(), held_on=date(2026, 10, 12))
        return project

    def test_a_milestone_three_workdays_before_and_the_day_after(self, project, liaison, community):
        make_milestone(project=project, due_on=date(2026, 11, 27))
        make_milestone(project=project, due_on=date(2026, 11, 27), done_on=MONDAY)
        unit, owner = liaison.user.pk, community.user.pk
        assert [said(date(2026, 11, day)) for day in (23, 24, 27)] == [
            [], [("milestone-due:T-3", {unit})], [("milestone-due:T-3", {unit})],
        ]  # fmt: skip
        assert said(date(2026, 11, 30)) == [("milestone-due7:+1", {unit, owner})]

    def test_the_last_day_five_workdays_before_and_the_day_after(self, project, liaison, community):
        Project.objects.update(end_on=date(2026, 11, 27))
        assert said(date(2026, 11, 20)) == [("project-end-due:T-5", {liaison.user.pk})]
        assert said(date(2026, 11, 30))[0] == ("project-end-due7:+1", {liaison.user.pk, community.user.pk})

    def test_putting_right(self, project, unit, liaison, community):
        Project.objects.update(status="fixing")
        make_acceptance(project=project, unit=unit, result="rectify", rectify_due_on=date(2026, 11, 10))
        make_acceptance(project=project, unit=unit, result="rectify", rectify_due_on=date(2026, 11, 27))
        assert said(date(2026, 11, 23)) == []
        assert said(date(2026, 11, 24)) == [("rectify-due:T-3", {liaison.user.pk})]
        late = next(iter(work_reminders(date(2026, 11, 30))))
        assert (late.key.endswith(":+1"), set(late.to)) == (True, {liaison.user.pk, community.user.pk})

    def test_the_owner_is_reminded_of_what_waits(self, project, unit, community):
        make_extension(project=project, unit=unit)
        waiting = running(project.place, unit, status="to_accept")
        make_acceptance(project=waiting, unit=unit)
        # Three and five workdays after Monday.
        assert [kinds(date(2026, 11, day)) for day in (26, 27, 30)] == [
            [],
            ["extension_waiting"],
            ["extension_waiting"],
        ]
        assert kinds(date(2026, 12, 1)) == ["acceptance_waiting", "extension_waiting"]
        assert {pk for one in work_reminders(date(2026, 12, 1)) for pk in one.to} == {community.user.pk}

    def test_an_invitation_one_workday_before(self, project, unit, liaison):
        make_invitation(
            project=make_project(place=project.place, status="unclaimed"),
            unit=unit,
            due_on=date(2026, 11, 27),
        )
        assert [kinds(date(2026, 11, day)) for day in (25, 26, 27)] == [
            [],
            ["invitation_due"],
            ["invitation_due"],
        ]


@pytest.mark.parametrize("projects", [1, 3])
def test_it_costs_the_same_with_one_project_and_with_three(
    projects, huangmenjie, unit, liaison, community, django_assert_num_queries
):
    for _ in range(projects):
        make_milestone(project=running(huangmenjie, unit), due_on=date(2026, 11, 30))
    list(work_reminders(date(2026, 11, 30)))
    with django_assert_num_queries(16):
        assert len(list(work_reminders(date(2026, 11, 30)))) == 3 * projects


class TestTodo:
    def kinds(self, person) -> list[str]:
        items = list(todo_items(person.actor, MONDAY))
        assert todo_count(person.actor, MONDAY) == len(items)
        return sorted(item.kind for item in items)

    def test_each_sees_what_is_his_or_hers(
        self, huangmenjie, yulin, unit, liaison, other_liaison, community, subdistrict, district, stranger
    ):
        running(huangmenjie, unit, status="claimed", start_on=MONDAY)
        make_acceptance(project=running(huangmenjie, unit, status="to_accept"), unit=unit)
        make_extension(project=running(huangmenjie, unit), unit=unit)
        late = running(huangmenjie, unit, end_on=date(2026, 11, 22))
        make_milestone(project=late, due_on=date(2026, 11, 30))
        make_milestone(project=late, due_on=date(2026, 12, 30))
        fixing = running(huangmenjie, unit, status="fixing")
        make_acceptance(project=fixing, unit=unit, result="rectify", rectify_due_on=date(2026, 12, 1))
        lost = make_project(place=huangmenjie, status="unclaimed")
        make_invitation(project=lost, unit=unit)
        make_claim(project=lost, unit=make_unit(place=yulin), status="standby")
        assert self.kinds(community) == ["project-accept", "project-extension", "project-start"]
        assert self.kinds(liaison) == [
            "project-ended",
            "project-fix",
            "project-invitation",
            "project-milestone",
        ]
        assert self.kinds(subdistrict) == ["project-hand-over"]
        assert self.kinds(other_liaison) == self.kinds(stranger) == self.kinds(district) == []
        waits = [item.title.partition("：")[0] for item in waiting_items(liaison.actor, MONDAY)]
        assert sorted(waits) == ["等延期答复", "等验收"]
        assert [item.title for item in waiting_items(subdistrict.actor, MONDAY) if "答复" in item.title] == [
            f"等{unit}答复：{lost}"
        ]
