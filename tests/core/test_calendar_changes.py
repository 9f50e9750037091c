"""Entering a holiday notice: needs a source, can be corrected, moves unfinished due days, is taken back."""

from datetime import date

import pytest
from django.contrib.contenttypes.models import ContentType

from core.calendar_changes import enter_override, remove_override
from core.errors import InputError
from core.models import HistoryEntry, WorkdayOverride
from core.workdays import is_workday

NEW_YEAR_EVE = date(2027, 1, 4)


def enter(person, **fields):
    values = {"date": NEW_YEAR_EVE, "is_workday": False, "source": "国办发明电〔2026〕8号", **fields}
    return enter_override(**values, actor=person.actor)


def test_an_entered_day_counts_at_once_and_stands_in_the_timeline(district):
    assert is_workday(NEW_YEAR_EVE) is True
    row = enter(district)
    assert is_workday(NEW_YEAR_EVE) is False
    kind = ContentType.objects.get_for_model(WorkdayOverride)
    assert HistoryEntry.objects.get(about_type=kind, about_id=row.pk).label == "录入放假安排"


def test_a_day_without_a_source_is_refused(district):
    with pytest.raises(InputError, match="请写明依据"):
        enter(district, source="  ")
    assert not WorkdayOverride.objects.exists()


def test_entering_a_day_again_corrects_it(district):
    enter(district)
    row = enter(district, is_workday=True)
    assert WorkdayOverride.objects.get() == row
    assert is_workday(NEW_YEAR_EVE) is True


def test_a_day_taken_back_counts_by_the_library_again(district):
    remove_override(override=enter(district), actor=district.actor)
    assert is_workday(NEW_YEAR_EVE) is True


def test_staff_of_a_community_may_not_enter_days(community):
    assert community.client.get("/system/workdays/enter/").status_code == 403


def test_the_district_enters_a_day_on_the_page(district):
    answer = district.client.post(
        "/system/workdays/enter/",
        {"date": "2027-01-04", "is_workday": "0", "note": "元旦", "source": "国办发明电〔2026〕8号"},
    )
    assert (answer.status_code, answer.url) == (302, "/system/workdays/")
    assert "国办发明电〔2026〕8号" in district.client.get("/system/workdays/").content.decode()
    answer = district.client.post(
        "/system/workdays/enter/", {"date": "2027-01-04", "is_workday": "0", "source": " "}
    )
    assert answer.status_code == 422
