"""Before the deadline for claims: whom to chase, on which day, once."""

from datetime import date

import pytest
import time_machine

from core.workdays import Calendar
from notifications.models import Notification
from projects.reminders.project import claim_reminders, stage_of
from projects.tasks import remind_of_deadlines
from tests.factories.projects import make_claim, make_project

MONDAY = date(2026, 12, 7)


@pytest.mark.parametrize(
    ("today", "stage"),
    [
        (date(2026, 11, 29), None),
        (date(2026, 11, 30), 5),
        (date(2026, 12, 3), 5),
        (date(2026, 12, 4), 1),
        (MONDAY, 1),
        (date(2026, 12, 8), None),
    ],
)
def test_five_workdays_and_one_before_the_deadline(today, stage):
    assert stage_of(MONDAY, today, Calendar.fixed()) == stage


@pytest.mark.django_db
class TestWho:
    def test_member_units_that_have_not_claimed_are_told_once_a_stage(
        self, huangmenjie, liaison, other_liaison
    ):
        project = make_project(place=huangmenjie, claim_due_on=MONDAY)
        for day in ("2026-11-27", "2026-11-30", "2026-12-01", "2026-12-04", "2026-12-07", "2026-12-08"):
            with time_machine.travel(f"{day}T09:00:00+08:00", tick=False):
                for _ in range(3):
                    remind_of_deadlines()
        keys = list(
            Notification.objects.filter(recipient=liaison.user).order_by("id").values_list("key", flat=True)
        )
        assert keys == [f"project-claim-due:{project.pk}:2026-12-07:T-{stage}" for stage in (5, 1)]
        assert not Notification.objects.filter(recipient=other_liaison.user).exists()

    def test_who_has_claimed_is_left_in_peace(self, huangmenjie, liaison, unit):
        make_claim(project=make_project(place=huangmenjie, claim_due_on=MONDAY), unit=unit)
        assert [reminder.to for reminder in claim_reminders(MONDAY)] == [()]

    def test_only_open_projects_are_chased(self, huangmenjie, liaison):
        make_project(place=huangmenjie, claim_due_on=MONDAY, status="claimed")
        assert list(claim_reminders(MONDAY)) == []
