"""The year's report of a joint meeting on paper: its figures are those of the indicators, its baselines dated."""

from datetime import date, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from docx import Document

from core.errors import InputError, NotAllowed, RuleViolation
from core.indicators import get_indicator
from core.models import IssuedDocument
from tests.factories.bodies import make_body
from tests.factories.issues import make_activity, make_issue
from tests.factories.meetings import make_joint_meeting, make_meeting, make_proposal, make_resolution, sign_in
from tests.factories.projects import make_project
from tests.factories.units import make_unit
from units.documents.annual import issue_annual_report
from units.indicators.territory import read_territory

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 1, 1), date(2026, 11, 23)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(datetime(2026, 11, 23, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        yield


@pytest.fixture
def year(places, yulin, huangmenjie, unit, other_unit, community):
    """A year of the district's and a subdistrict's joint meeting, with something of everything."""
    covered = make_unit(place=huangmenjie, covered="standalone")
    district = make_joint_meeting(places["510107"], unit, other_unit)
    below = make_joint_meeting(yulin, unit, covered)
    for body, on in ((district, date(2026, 5, 12)), (below, date(2026, 6, 2)), (district, date(2025, 5, 12))):
        meeting = make_meeting(body, status="issued", on=on)
        sign_in(meeting)
        meeting.attendances.filter(pk=meeting.attendances.first().pk).update(presence="absent")
        make_resolution(meeting, due_on=date(2026, 8, 1))
    make_resolution(
        district.meetings.first(), status="closed", due_on=date(2026, 8, 1), closed_on=date(2026, 7, 1)
    )
    make_resolution(make_meeting(district, on=date(2026, 12, 1)))
    make_proposal(huangmenjie, author=community.user)
    make_issue(place=huangmenjie, status="resolved")
    make_issue(place=huangmenjie, status="accepted")
    make_activity(place=huangmenjie, status="held", held_on=date(2026, 3, 3))
    make_project(place=huangmenjie, term="long")
    return district, below


def tables_of(document: IssuedDocument) -> dict[str, tuple]:
    """Every row of every table by its first cell."""
    with document.file.open("rb") as file:
        paper = Document(BytesIO(file.read()))
    rows = [tuple(cell.text for cell in row.cells) for table in paper.tables for row in table.rows]
    return {row[0]: row[1:] for row in rows}


def test_each_figure_is_the_indicators(year, district, places):
    document = issue_annual_report(body=year[0], year=2026, actor=district.actor)
    rows, territory = tables_of(document), read_territory("510107")
    for indicator_id in (
        "ORG-COMPLETE", "ORG-ONE", "ORG-PARTTIME", "CONF-UNITS", "CONF-ATT", "CONF-HEAD", "RES-DONE", "ISS-SOLVED", "ISS-ONTIME",
        "ISS-SAT", "ACT-COUNT", "COV-ORG-NP", "COV-ORG-SO", "NEW-ORG", "PRJ-REGULAR", "PRJ-CLAIM", "PRJ-PT",
    ):  # fmt: skip
        indicator = get_indicator(indicator_id)
        figure = indicator.count(territory, FIRST, LAST).total
        whole = str(figure.denominator) if indicator.denominator_text else "—"
        assert rows[indicator.name][1:] == (str(figure.numerator), whole), indicator_id
    assert rows["联席会出席率"] == ("50.0%", "2", "4")
    assert rows["议定事项办结率"] == ("25.0%", "1", "4")
    assert rows["问题办结率"] == ("50.0%", "1", "2")
    # Its own sessions of the year, those of the subdistrict only in the rates.
    assert [row for order, row in rows.items() if order in ("1", "2")] == [
        (year[0].meetings.get(held_at__year=2026, status="issued").title, "2026-05-12", "2", "1", "0")
    ]
    assert (rows["F01"], rows["F02"], rows["F03"]) == (
        ("联席会成员单位", "30余家", "3家", "CONF-UNITS"),
        ("协调解决问题", "145个", "1个", "ISS-SOLVED"),
        ("共建活动", "200余次", "1次", "ACT-COUNT"),
    )
    assert (rows["F04"][1], rows["F05"][1], rows["F06"][1]) == ("37个", "83.2%", "100%")
    assert document.title == f"{year[0].name} 2026年度工作报告"


def test_a_past_year_and_a_place_below_the_district(year, subdistrict):
    document = issue_annual_report(body=year[1], year=2025, actor=subdistrict.actor)
    rows = tables_of(document)
    assert rows["共建活动次数"] == ("0次", "0", "—")
    assert "F01" not in rows
    assert document.code in IssuedDocument.objects.values_list("code", flat=True)


def test_who_issues_it_and_of_what(year, district, community, liaison, huangmenjie):
    for person in (community, liaison):
        with pytest.raises(NotAllowed):
            issue_annual_report(body=year[1], year=2026, actor=person.actor)
    for wrong in (2014, 2027):
        with pytest.raises(InputError, match="请选择 2015 到 2026 年。"):
            issue_annual_report(body=year[1], year=wrong, actor=district.actor)
    with pytest.raises(RuleViolation, match="年度工作报告由区域党建联席会印发。"):
        issue_annual_report(body=make_body(place=huangmenjie), year=2026, actor=district.actor)


def test_from_the_page_of_the_joint_meeting(year, subdistrict, stranger):
    address = f"/units/bodies/{year[1].pk}/annual-report/"
    assert address in subdistrict.client.get(year[1].get_absolute_url()).content.decode()
    assert subdistrict.client.get(address).status_code == 200
    page = subdistrict.client.post(address, {"year": "2026"}, follow=True).content.decode()
    assert IssuedDocument.objects.get().get_absolute_url() in page
    assert subdistrict.client.post(address, {"year": "1999"}).status_code == 422
    assert stranger.client.get(address).status_code == 404
    assert address not in stranger.client.get(year[1].get_absolute_url()).content.decode()
