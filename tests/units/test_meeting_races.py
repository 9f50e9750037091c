"""Many people press at once, on a real PostgreSQL with real connections: numbers without gaps, nothing lost, one wins."""

from functools import partial

import pytest

from core.models import HistoryEntry
from tests.cast import make_person
from tests.factories.meetings import make_joint_meeting, make_meeting, make_resolution
from tests.projects.test_races import at_once
from units.actions.meetings import prepare_meeting, propose_item
from units.actions.resolutions import add_resolution, ask_extension, close_resolution, grant_extension
from units.models import Meeting, Resolution

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def body(yulin, unit):
    return make_joint_meeting(yulin, unit)


def test_sessions_convened_at_once_get_numbers_without_gaps(body, subdistrict):
    actor = subdistrict.actor
    outcomes = at_once(*[partial(prepare_meeting, body=body, actor=actor) for _ in range(8)])
    assert outcomes == ["done"] * 8
    assert sorted(Meeting.objects.values_list("number", flat=True)) == list(range(1, 9))


def test_items_and_resolutions_written_at_once_are_all_kept(body, subdistrict, unit):
    actor = subdistrict.actor
    meeting, held = make_meeting(body), make_meeting(body, status="held")
    due_on = make_resolution(make_meeting(body, status="issued")).due_on
    works = [partial(propose_item, meeting=meeting, title=f"议题{one}", actor=actor) for one in range(4)]
    works += [
        partial(add_resolution, meeting=held, text=f"事项{one}", due_on=due_on, lead_unit=unit, actor=actor)
        for one in range(4)
    ]
    assert at_once(*works) == ["done"] * 8
    assert sorted(meeting.items.values_list("position", flat=True)) == [1, 2, 3, 4]
    assert len(set(held.resolutions.values_list("number", flat=True))) == 4


def test_a_resolution_is_closed_once(body, subdistrict, yulin):
    done = make_resolution(make_meeting(body, status="issued"), status="done")
    colleague = make_person("colleague", "subdistrict", place=yulin)
    works = [
        partial(close_resolution, resolution=done, actor=person.actor) for person in (subdistrict, colleague)
    ]
    assert sorted(at_once(*works)) == ["done", "wrong_state"]
    assert HistoryEntry.objects.filter(move="close").count() == 1


def test_one_extension_granted_twice_counts_once(body, subdistrict, yulin, liaison):
    row = make_resolution(make_meeting(body, status="issued"))
    wanted = row.due_on.replace(year=row.due_on.year + 1)
    asked = ask_extension(resolution=row, wanted_due_on=wanted, note="等设备", actor=liaison.actor)
    colleague = make_person("colleague", "subdistrict", place=yulin)
    works = [
        partial(grant_extension, resolution=asked, actor=person.actor) for person in (subdistrict, colleague)
    ]
    assert sorted(at_once(*works)) == ["done", "wrong_state"]
    assert Resolution.objects.get(pk=row.pk).extensions == 1
