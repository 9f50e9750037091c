"""The figures of the register and of joint activities: reminders, to-dos, indicators against SQL, and the sample."""

import csv
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction

from core.indicators import get_indicator
from core.models import HistoryEntry, NumberSequence
from core.todo import todo_items, waiting_items
from tests.factories.issues import make_activity, make_issue
from units.indicators.territory import By, read_territory
from units.models import Issue, JointActivity
from units.reminders.issues import issue_reminders
from units.todo import issues as todo_issues
from wuhou.sample.loading import load_sample

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
TOTALS = Path(__file__).resolve().parent.parent.parent / "sample" / "totals.csv"


class TestReminders:
    @pytest.mark.parametrize(
        ("on", "kinds"),
        [(date(2026, 11, 25), []), (date(2026, 11, 26), ["issue-due"]), (date(2026, 11, 30), ["issue-due"]), (date(2026, 11, 28), []),
         (date(2026, 12, 1), ["issue-overdue"])],
    )  # fmt: skip
    def test_two_workdays_before_and_one_after(self, on, kinds, huangmenjie):
        make_issue(place=huangmenjie, status="processing", due_on=date(2026, 11, 30))
        assert [word.kind for word in issue_reminders(on)] == kinds
        assert list(issue_reminders(on)) == list(issue_reminders(on))

    def test_once_overdue_the_place_above_hears_it(self, huangmenjie, unit):
        issue = make_issue(place=huangmenjie, status="processing", due_on=date(2026, 11, 20), unit=unit)
        word = next(iter(issue_reminders(MONDAY)))
        assert [one.place_code for one in word.to if one.place_code] == ["510107005008", "510107005"]
        assert [one.unit_ids for one in word.to if one.unit_ids] == [(unit.pk,)]
        assert word.key == f"issue-overdue:{issue.pk}:2026-11-20:+1:processing"

    @pytest.mark.parametrize(
        ("on", "stage", "heard_by"),
        [
            ("2026-11-23", "+1", ["510107005"]),
            ("2026-11-27", "+5", ["510107005", "510107"]),
            ("2026-12-04", "+10", ["510107005", "510107"]),
        ],
    )
    def test_a_longer_delay_is_heard_higher_up_to_the_district(self, on, stage, heard_by, huangmenjie):
        make_issue(place=huangmenjie, status="processing", due_on=date(2026, 11, 20))
        word = next(iter(issue_reminders(date.fromisoformat(on))))
        assert word.key.endswith(f":{stage}:processing")
        assert [one.place_code for one in word.to][1:] == heard_by

    def test_on_its_last_day_acceptance_and_handing_on_are_chased(self, huangmenjie):
        make_issue(place=huangmenjie, accept_due_on=MONDAY)
        make_issue(place=huangmenjie, status="accepted", assign_due_on=MONDAY)
        make_issue(place=huangmenjie, status="processing", assign_due_on=MONDAY)
        assert [word.title.split("：")[0] for word in issue_reminders(MONDAY)] == [
            "问题今天应受理",
            "问题今天应交办",
        ]

    def test_a_missed_acceptance_is_said_too_and_solved_ones_are_left_alone(self, huangmenjie):
        make_issue(place=huangmenjie, registered_on=date(2026, 11, 18))
        make_issue(place=huangmenjie, status="resolved", due_on=date(2026, 11, 2))
        assert [word.title.split("：")[0] for word in issue_reminders(MONDAY)] == ["问题逾期未受理"]


class TestTodo:
    def test_each_step_waits_for_those_whose_turn_it_is(
        self, huangmenjie, yulin, community, subdistrict, liaison, unit
    ):
        for status in ("registered", "accepted", "processing", "resolved", "rejected", "reviewed"):
            make_issue(place=huangmenjie, status=status)
        make_issue(place=huangmenjie, status="assigned", unit=unit)
        make_issue(place=huangmenjie, status="accepted", handler=yulin)
        assert [item.kind for item in todo_issues.todo_items(liaison.actor, MONDAY)] == ["issue-assigned"]
        assert [item.kind for item in todo_issues.todo_items(subdistrict.actor, MONDAY)] == ["issue-accepted"]
        kinds = {item.kind for item in todo_issues.todo_items(community.actor, MONDAY)}
        assert kinds == {"issue-registered", "issue-accepted", "issue-processing", "issue-resolved"}
        assert todo_issues.todo_count(community.actor, MONDAY) == 4
        assert kinds <= {item.kind for item in todo_items(community.actor, MONDAY)}

    def test_who_reported_waits_and_then_rates(self, huangmenjie, liaison):
        open_one = make_issue(place=huangmenjie, author_id=liaison.user.pk)
        replied = make_issue(place=huangmenjie, author_id=liaison.user.pk, status="replied")
        assert [item.url for item in todo_issues.todo_items(liaison.actor, MONDAY)] == [
            replied.get_move_url("rate")
        ]
        assert open_one.get_absolute_url() in [item.url for item in waiting_items(liaison.actor, MONDAY)]

    def test_the_list_costs_one_query(self, huangmenjie, community, django_assert_num_queries):
        for _ in range(3):
            make_issue(place=huangmenjie)
        with django_assert_num_queries(1):
            todo_issues.todo_items(community.actor, MONDAY)


def pair(indicator: str, code: str = "510107", days: tuple[date, date] = YEAR) -> tuple:
    total = get_indicator(indicator).count(read_territory(code, By.NONE), *days).total
    return total.numerator, total.denominator


class TestIndicators:
    def test_by_definition(self, huangmenjie, jinyan):
        june = {
            "registered_on": date(2026, 6, 1),
            "accepted_on": date(2026, 6, 2),
            "due_on": date(2026, 6, 22),
        }
        make_issue(
            place=huangmenjie,
            status="reviewed",
            resolved_on=date(2026, 6, 22),
            rated_on=date(2026, 6, 30),
            **june,
        )
        late = {"resolved_on": date(2026, 7, 1), "rated_on": date(2026, 7, 1), "satisfaction": "dissatisfied"}
        make_issue(place=huangmenjie, status="reviewed", **late, **june)
        original = make_issue(place=jinyan, status="processing", **june)
        make_issue(place=jinyan, status="duplicate", duplicate_of=original, **june)
        make_issue(place=jinyan, status="rejected", registered_on=date(2026, 6, 1))
        in_june = (date(2026, 6, 1), date(2026, 6, 30))
        assert (pair("ISS-SOLVED"), pair("ISS-SOLVED", days=in_june)) == ((2, 3), (1, 3))
        assert pair("ISS-ONTIME", "510107005") == (1, 2)
        assert (pair("ISS-SAT"), pair("ISS-SAT", days=in_june)) == ((1, 2), (1, 1))

    def test_activities_count_once_and_only_when_held(self, huangmenjie, unit, other_unit):
        make_activity(place=huangmenjie, status="held", held_on=date(2026, 6, 1)).units.add(unit, other_unit)
        make_activity(place=huangmenjie, held_on=date(2026, 6, 1))
        make_activity(place=huangmenjie, status="held", held_on=date(2025, 12, 31))
        assert pair("ACT-COUNT") == (1, None)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The sample as of that Monday, loaded once; each story's own changes are rolled back."""
    noon = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(noon, tick=False):
            assert load_sample(MONDAY)
        yield
        transaction.set_rollback(True)


def sql(text: str, *params) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchall()


class TestSample:
    def test_it_adds_up_in_every_subdistrict(self, loaded, db):
        with TOTALS.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["code"]]
        wanted = {row["code"]: (int(row["issues_resolved"]), int(row["joint_activities"])) for row in rows}
        states = "('resolved', 'replied', 'reviewed')"
        solved = dict(
            sql(
                f"SELECT substr(place_code, 1, 9), count(*) FROM units_issue WHERE status IN {states} GROUP BY 1"
            )
        )
        held = dict(
            sql(
                "SELECT substr(place_code, 1, 9), count(*) FROM units_jointactivity WHERE status = 'held' GROUP BY 1"
            )
        )
        assert {code: (solved[code], held[code]) for code in wanted} == wanted
        assert (sum(solved.values()), sum(held.values())) == (145, 206)

    def test_the_indicators_say_what_sql_says(self, loaded, db):
        (accepted, solved), = sql(
            "SELECT count(*), count(resolved_on) FROM units_issue WHERE accepted_on BETWEEN %s AND %s"
            " AND status NOT IN ('rejected', 'duplicate')", *YEAR,
        )  # fmt: skip
        (due, on_time), = sql(
            "SELECT count(*), count(*) FILTER (WHERE resolved_on <= due_on) FROM units_issue WHERE due_on BETWEEN %s AND %s"
            " AND accepted_on IS NOT NULL AND status NOT IN ('rejected', 'duplicate')", YEAR[0], MONDAY,
        )  # fmt: skip
        ((rated, content),) = sql(
            "SELECT count(*), count(*) FILTER (WHERE satisfaction <> 'dissatisfied') FROM units_issue WHERE satisfaction <> ''"
        )
        assert pair("ISS-SOLVED") == (solved, accepted)
        assert solved == 145
        assert pair("ISS-ONTIME", days=(YEAR[0], MONDAY)) == (on_time, due)
        assert pair("ISS-SAT") == (content, rated)
        assert pair("ACT-COUNT") == (206, None)

    def test_rows_add_up_and_open_into_their_lists(self, loaded, db):
        territory = read_territory("510107", By.SUBDISTRICT)
        for name in ("ISS-SOLVED", "ISS-ONTIME", "ISS-SAT", "ACT-COUNT"):
            indicator = get_indicator(name)
            counted = indicator.count(territory, *YEAR)
            assert sum(figure.numerator for _, figure in counted.rows) == counted.total.numerator
            assert indicator.members("numerator", territory, *YEAR).count() == counted.total.numerator
            if counted.total.denominator is not None:
                assert indicator.members("denominator", territory, *YEAR).count() == counted.total.denominator
                assert (
                    indicator.members("missing", territory, *YEAR).count() == counted.total.parts["missing"]
                )

    def test_every_state_and_edge_is_there(self, loaded, db):
        assert set(Issue.objects.values_list("status", flat=True)) == set(Issue.Status.values)
        assert set(JointActivity.objects.values_list("status", flat=True)) == set(JointActivity.Status.values)
        assert Issue.objects.overdue(MONDAY).exists()
        assert Issue.objects.filter(escalated=2, handler__code="510107").exists()
        assert Issue.objects.open().filter(reopened=1).exists()
        assert Issue.objects.get(status="duplicate").duplicate_of.status == "registered"
        assert not Issue.objects.filter(is_sample=False).exists()

    def test_nothing_lies_in_the_future_and_numbers_go_on(self, loaded, db):
        assert not Issue.objects.filter(resolved_on__gt=MONDAY).exists()
        assert not Issue.objects.filter(rated_on__gt=MONDAY).exists()
        assert not HistoryEntry.objects.filter(
            about_type__model__in=["issue", "jointactivity"], at__date__gt=MONDAY
        ).exists()
        for series in NumberSequence.objects.filter(name__startswith="issue:"):
            code, year = series.name.split(":")[1:]
            assert Issue.objects.under(code).filter(registered_on__year=int(year)).count() == series.last
