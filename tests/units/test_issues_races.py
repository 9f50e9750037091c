"""Several people press at once on the issue register: numbers without gaps, one wins, the loser hears why."""

from collections import Counter
from functools import partial

import pytest

from core.models import HistoryEntry
from tests.cast import make_person
from tests.factories.issues import make_issue
from tests.projects.test_races import at_once
from units.actions.issues import (
    REPORTER,
    accept_issue,
    escalate_issue,
    make_code,
    rate_by_code,
    reopen_issue,
    report_by_resident,
    resolve_issue,
)
from units.models import Issue

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_residents_report_at_once_gets_numbers_without_gaps(huangmenjie):
    words = {"title": "西门路灯不亮", "text": "坏了三天。", "category": "environment"}
    outcomes = at_once(*[partial(report_by_resident, place=huangmenjie, **words) for _ in range(8)])
    assert outcomes == ["done"] * 8
    assert sorted(int(number[-4:]) for number in Issue.objects.values_list("number", flat=True)) == [
        1, 2, 3, 4, 5, 6, 7, 8,
    ]  # fmt: skip
    assert len(set(Issue.objects.values_list("reply_code", flat=True))) == 8


def test_an_issue_is_accepted_once(huangmenjie, community):
    issue = make_issue(place=huangmenjie)
    colleague = make_person("colleague", "community", place=huangmenjie)
    works = [partial(accept_issue, issue=issue, actor=person.actor) for person in (community, colleague)]
    assert sorted(at_once(*works)) == ["done", "wrong_state"]
    assert HistoryEntry.objects.filter(about_id=issue.pk, move="accept").count() == 1


def test_it_climbs_or_is_resolved_never_both(huangmenjie, community):
    issue = make_issue(place=huangmenjie, status="processing")
    works = [
        partial(escalate_issue, issue=issue, note="社区办不了", actor=community.actor),
        partial(resolve_issue, issue=issue, note="已修好", actor=community.actor),
    ]
    outcomes = at_once(*works)
    assert outcomes.count("done") == 1
    made = set(HistoryEntry.objects.filter(about_id=issue.pk).values_list("move", flat=True))
    assert len(made & {"escalate", "resolve"}) == 1


def test_a_resident_rates_once_however_often_the_button_is_pressed(huangmenjie):
    issue = make_issue(place=huangmenjie, status="replied", reply_code=make_code())
    works = [partial(rate_by_code, code=issue.reply_code, satisfaction="satisfied") for _ in range(4)]
    assert at_once(*works).count("done") == 1
    assert HistoryEntry.objects.filter(about_id=issue.pk, to_status="reviewed").count() == 1


def test_it_is_closed_or_begun_again_never_both(huangmenjie):
    for _ in range(4):
        issue = make_issue(place=huangmenjie, status="replied", reply_code=make_code())
        outcomes = at_once(
            partial(rate_by_code, code=issue.reply_code, satisfaction="satisfied"),
            partial(reopen_issue, issue=issue, note="灯又坏了", actor=REPORTER),
        )
        issue.refresh_from_db()
        loser = {"reviewed": "not_dissatisfied", "accepted": "wrong_state"}[issue.status]
        assert Counter(outcomes) == {"done": 1, loser: 1}
        assert issue.reopened == (issue.status == "accepted")
