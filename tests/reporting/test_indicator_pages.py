"""The page of every indicator and the list behind each of its numbers: the same as over REST, told by the cast."""

import csv
import io
import re
from datetime import date, datetime
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import transaction

from core.indicators import all_indicators, discover, get_indicator
from core.periods import Month
from projects.models import PointsEntry, Session
from reporting.behind import EVALUATIONS, SUMS, TIERS
from reporting.snapshots import freeze
from tests.cast import make_person
from tests.counting import own_queries
from tests.factories.bodies import make_body, make_party_committee, make_seat
from tests.factories.issues import make_activity, make_issue
from tests.factories.meetings import make_joint_meeting, make_meeting, make_resolution, sign_in
from tests.factories.projects import make_claim, make_project
from tests.factories.projects_lists import make_booking, make_need, make_resource
from tests.factories.projects_points import earn, make_card, make_record
from tests.factories.projects_sessions import make_evaluations, make_session, make_working_claim
from tests.factories.units import make_unit
from tests.reporting.district import build_district
from units.divisions import load_divisions, read_divisions
from units.indicators import COVERAGE
from units.models import Division

discover()
NOW = datetime.fromisoformat("2026-11-23T10:00:00+08:00")
URL = "/statistics/indicators/"
REST = "/api/v1/statistics/indicators/"
IDS = [indicator.id for indicator in all_indicators()]
# The family of coverage has a page of its own.
OWN_PAGES = [name for name in IDS if name not in {indicator.id for indicator in COVERAGE.values()}]


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00+08:00")


def build_work(places) -> None:
    """Something in every indicator, at 黉门街 (with more) and at 金雁."""
    here, there, above = places["510107005008"], places["510107009001"], places["510107005"]
    units = [make_unit(place=here), make_unit(place=here), make_unit(place=there)]
    committee = make_body(place=here)
    make_seat(committee, post="part_time", from_unit=units[0])
    secretary = make_seat(committee, post="secretary").person
    make_party_committee(place=here, secretary=secretary)
    make_body(place=there)
    make_body(place=above, kind="assembly")
    body = make_joint_meeting(above, *units)
    meeting = make_meeting(body, status="issued", on=date(2026, 5, 12))
    sign_in(meeting)
    meeting.attendances.filter(member__unit=units[0]).update(presence="absent")
    meeting.attendances.filter(member__unit=units[1]).update(is_head=True)
    make_resolution(meeting, due_on=date(2026, 6, 1), closed_on=date(2026, 5, 30), status="closed")
    make_resolution(meeting, due_on=date(2026, 7, 1))
    for place in (here, here, there):
        make_issue(
            place=place, status="reviewed", registered_on=date(2026, 10, 8), resolved_on=date(2026, 10, 20)
        )
    make_issue(place=here, status="processing", registered_on=date(2026, 10, 8))
    make_activity(place=here, status="held", held_on=date(2026, 9, 1))
    build_projects(here, there, units)


def build_projects(here: Division, there: Division, units) -> None:
    for place, unit, more in (
        (here, units[0], {"status": "running", "is_regular": True}),
        (here, units[1], {"status": "done", "completed_on": date(2026, 9, 30)}),
        (there, units[2], {"status": "running", "term": "long"}),
    ):
        days = {"start_on": date(2026, 3, 9), "started_on": date(2026, 3, 9), "end_on": date(2026, 10, 31)}
        project = make_project(place=place, published_at=noon("2026-02-02"), **days, **more)
        make_claim(project=project, unit=unit, status="confirmed", decided_at=noon("2026-03-02"))
    make_need(place=here)
    for unit in units:
        make_booking(
            resource=make_resource(unit=unit),
            place=here,
            status="used",
            on=date(2026, 10, 9),
        )
    make_resource(unit=units[0])
    make_need(place=there, status="converted", project=make_project(place=there))
    for place, times in ((here, 60), (here, 25), (there, 7)):
        claim = make_working_claim(place=place, unit=units[0])
        session = make_session(claim=claim, status="confirmed", person_times=times, held_on=date(2026, 10, 9))
        make_evaluations(session, satisfied=5, dissatisfied=1)
    for place, hours in ((here, 3), (here, 1), (there, 2)):
        earn(make_card(place=place), hours, on=date(2026, 10, 20))


def build_cast() -> dict:
    """The district, its places, and people who have signed in."""
    load_divisions(read_divisions())
    places = {division.code: division for division in Division.objects.select_related("parent")}
    build_district(places)
    build_work(places)
    freeze(month=Month(2026, 10))
    here = places["510107005008"]
    people = {
        "district": make_person("district", "district", place=places["510107"]),
        "community": make_person("community", "community", place=here),
        "liaison": make_person("liaison", "liaison", unit=make_unit(place=here)),
    }
    assert all(person.client for person in people.values())
    return {"places": places, **people}


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The district with all its work, October frozen; built once."""
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW, tick=False):
            built = build_cast()
        yield built
        transaction.set_rollback(True)


@pytest.fixture
def cast(loaded, db):
    with time_machine.travel(NOW, tick=False):
        yield loaded


def page(client, url: str, status: int = 200, **params) -> str:
    response = client.get(url, params)
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def words(html: str) -> str:
    body = html.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def table_of(html: str) -> list[list[str]]:
    table = html.partition('<table class="figures">')[2].partition("</table>")[0]
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", line)]
        for line in re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.DOTALL)[1:]
    ]


def question(name: str, **more) -> dict[str, str]:
    is_period = get_indicator(name).period_type == "period"
    return {**({"period": "2026"} if is_period else {"as_of": "2026-11-23"}), **more}


def numbers(name: str, figure: dict) -> list[str]:
    """The numbers of a figure of REST in the order of the table."""
    parts = [
        part for part in figure if part not in ("place", "numerator", "denominator", "rate", "rate_display")
    ]
    is_rate = bool(get_indicator(name).denominator_text)
    order = [*(["denominator"] if is_rate else []), "numerator", *parts]
    return [*(f"{figure[cell]:,}" for cell in order), *([figure["rate_display"]] if is_rate else [])]


def cells(figure: dict) -> dict[str, int]:
    """Every whole number of a figure by its cell."""
    return {cell: value for cell, value in figure.items() if type(value) is int}


def lines(client, name: str, **params) -> list[dict[str, str]]:
    """The list behind a cell as its CSV says it."""
    response = client.get(f"{URL}{name}/rows/", {**params, "format": "csv"})
    assert response.status_code == 200, response.content.decode()[:2000]
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", OWN_PAGES)
def test_the_page_says_what_rest_says_and_every_number_opens(cast, name):
    client = cast["district"].client
    october = {"period": "2026-10"} if "period" in question(name) else {"as_of": "2026-10-31"}
    for asked, is_frozen in (
        (question(name, by="subdistrict"), False),
        ({**october, "by": "community"}, True),
    ):
        html = page(client, f"{URL}{name}/", **asked)
        answer = client.get(f"{REST}{name}/", asked).json()
        assert [line[1:] for line in table_of(html)] == [
            numbers(name, figure) for figure in (*answer["rows"], answer["total"])
        ]
        assert answer["total"]["numerator"] or is_frozen, "the data must show something"
        assert ("已在月末冻结" in html) == answer["frozen"] == is_frozen
        assert cells(answer["total"]) == {
            cell: sum(row[cell] for row in answer["rows"]) for cell in cells(answer["total"])
        }


@pytest.mark.parametrize("name", IDS)
def test_every_cell_equals_its_list(cast, name):
    client = cast["district"].client
    rest = client.get(f"{REST}{name}/", question(name, by="subdistrict")).json()
    for figure in (rest["total"], *(row for row in rest["rows"] if row["numerator"])):
        place = figure.get("place", {"code": "510107"})["code"]
        for cell, number in cells(figure).items():
            asked = question(name, place=place, cell=cell)
            found = lines(client, name, **asked)
            assert all(line["名称"] != "（不在查看范围）" for line in found)
            if name == EVALUATIONS:
                note = words(page(client, f"{URL}{name}/rows/", **asked))
                assert f"这一格是 {number} 份评价" in note
            if number and (name in SUMS or name == EVALUATIONS or (name == TIERS and cell != "numerator")):
                [column] = set(found[0]) - {"名称", "地方", "状态"}
                assert sum(int(line[column]) for line in found) == number, (place, cell)
                assert f"合计 {number:,}" in words(page(client, f"{URL}{name}/rows/", **asked))
            else:
                assert len(found) == number, (place, cell)


def test_what_lies_at_the_place_itself_opens_alone(cast):
    """The session of 玉林街道 itself is in none of its communities: 3 attendances of three units."""
    client = cast["district"].client
    asked = question("CONF-ATT", place="510107005", by="child")
    html = page(client, f"{URL}CONF-ATT/", **asked)
    [own] = [line for line in table_of(html) if line[0] == "玉林街道本级"]
    assert own == ["玉林街道本级", "3", "2", "1", "66.7%"]
    for cell, number in (("denominator", 3), ("numerator", 2), ("missing", 1)):
        link = f"{URL}CONF-ATT/rows/?{urlencode({**place_first(asked), 'cell': cell, 'own': 1})}"
        assert f'href="{link.replace("&", "&amp;")}"' in html
        assert len(lines(client, "CONF-ATT", **asked, cell=cell, own="1")) == number
    for name, number in (("PRJ-SES", 0), ("ISS-SOLVED", 0), ("ORG-COMPLETE", 1)):
        assert len(lines(client, name, **question(name, place="510107005", by="child", own="1"))) == number
    assert "own 只能写 1" in words(page(client, f"{URL}CONF-ATT/rows/", 400, own="x"))
    assert "玉林街道本级" in words(page(client, f"{URL}CONF-ATT/rows/", **asked, own="1"))


def place_first(asked: dict) -> dict:
    """The question in the order in which addresses say it."""
    return {name: asked[name] for name in ("place", "period", "by")}


def test_coverage_leads_staff_to_its_own_page_and_shows_others_the_total(cast):
    response = cast["community"].client.get(f"{URL}COV-WORK-SO/")
    assert (response.status_code, response["Location"]) == (
        302,
        "/statistics/coverage/?measure=work&kind=social_organization",
    )
    html = page(cast["liaison"].client, f"{URL}COV-ORG-NP/")
    assert table_of(html)[-1][0] == "合计"
    assert "/rows/" not in html


def test_a_frozen_value_leads_to_its_month(cast):
    """Coverage by way of its own page, all others straight; a value of another place leads nowhere."""
    html = page(cast["district"].client, "/statistics/snapshots/", period="2026-10")
    for link in ("COV-50/?place=510107&amp;as_of=2026-10-31", "PRJ-PT/?place=510107&amp;period=2026-10"):
        assert f'href="{URL}{link}"' in html
    for name, asked in (("COV-50", {"as_of": "2026-10-31"}), ("PRJ-PT", {"period": "2026-10"})):
        response = cast["district"].client.get(f"{URL}{name}/", {"place": "510107", **asked}, follow=True)
        assert "已在月末冻结" in response.content.decode()
    assert f'href="{URL}PRJ-PT/' not in page(cast["community"].client, "/statistics/snapshots/")


def test_the_catalogue_leads_to_every_page_by_family(cast):
    html = page(cast["liaison"].client, URL)
    assert re.findall(r"<h2>(.*?)</h2>", html) == ["覆盖", "组织", "会议", "问题", "项目", "志愿服务"]
    assert {name for name in IDS if f'href="{URL}{name}/"' in html} == set(IDS)


def test_staff_open_their_own_places_alone_and_others_the_district_as_a_whole(cast):
    community, liaison = cast["community"].client, cast["liaison"].client
    assert "武侯区玉林街道黉门街社区" in words(page(community, f"{URL}PRJ-PT/")).replace(
        " ", ""
    ) or "黉门街社区" in words(page(community, f"{URL}PRJ-PT/"))
    assert len(lines(community, "PRJ-PT")) == 2
    for url in (f"{URL}PRJ-PT/", f"{URL}PRJ-PT/rows/"):
        page(community, url, 404, place="510107009001")
        page(community, url, 404, place="510107005")
    html = page(liaison, f"{URL}PRJ-PT/")
    assert table_of(html)[-1] == ["合计", "92"]
    assert "/rows/" not in html
    page(liaison, f"{URL}PRJ-PT/", 404, place="510107005")
    page(liaison, f"{URL}PRJ-PT/rows/", 403)
    page(cast["district"].client, f"{URL}COV-MOON/", 404)


def test_a_row_opens_its_page_and_one_out_of_sight_says_nothing(cast):
    """黉门街 counts the service; the card is kept at 金雁, whose page it may not open."""
    places = cast["places"]
    card = make_card(place=places["510107009001"], name="钱某某")
    record = make_record(card=card, on=date(2026, 10, 21), place=places["510107005008"], status="valid")
    entry = PointsEntry.objects.create(
        card=card, place_code="510107005008", kind="service", delta=2, hours=2, record=record, occurred_on=record.starts_at.date(),
    )  # fmt: skip
    for who, is_linked in (("district", True), ("community", False)):
        html = page(cast[who].client, f"{URL}VOL-HOURS/rows/")
        assert str(entry) in html
        assert (f'href="{card.get_absolute_url()}"' in html) == is_linked


def test_files_give_no_holder_of_a_card_by_the_whole_name(cast):
    card = make_card(place=cast["places"]["510107009001"], name="钱某某")
    earn(card, 2, on=date(2026, 10, 21))
    asked = {"place": "510107009001", "period": "2026"}
    client = cast["district"].client
    for name, ending in (("VOL-HOURS", " +2.0"), ("VOL-PEOPLE", "")):
        assert str(card) in page(client, f"{URL}{name}/rows/", **asked)
        written = [line["名称"] for line in lines(client, name, **asked)]
        assert f"钱**（{card.number}）{ending}" in written


@pytest.mark.parametrize(
    ("path", "params", "sentence"),
    [
        ("PRJ-PT/", {"period": "2027"}, "时段 2027 还没有开始"),
        ("PRJ-PT/", {"period": "昨天"}, "看不懂时段"),
        ("PRJ-PT/", {"as_of": "2026-01-01"}, "不认识的筛选条件：as_of"),
        ("PRJ-PT/", {"by": "street"}, "下级："),
        ("PRJ-PT/", {"place": "5101079"}, "没有代码为“5101079”的区划"),
        ("PRJ-PT/", {"format": "pdf"}, "只能导出"),
        ("ORG-ONE/", {"as_of": "2026-11-24"}, "日期不能晚于今天"),
        ("ORG-ONE/", {"as_of": "x"}, "日期要写成 2026-11-22 这样的形式"),
        ("PRJ-PT/rows/", {"cell": "denominator"}, "没有“denominator”这一格"),
        ("PRJ-PT/rows/", {"period": "2027"}, "时段 2027 还没有开始"),
        ("PRJ-PT/rows/", {"kind": "x"}, "不认识的筛选条件：kind"),
        ("PRJ-PT/rows/", {"sort": "x"}, "这一列不能排序"),
        ("PRJ-PT/rows/", {"place": "5101079"}, "没有代码为“5101079”的区划"),
    ],
)
def test_wrong_questions_are_refused_in_words(cast, path, params, sentence):
    assert sentence in words(page(cast["district"].client, URL + path, 400, **params))


def test_lists_are_searched_sorted_and_exported(cast):
    client = cast["district"].client
    assert client.get(f"{URL}PRJ-PT/", {"format": "xlsx"}).status_code == 200
    assert client.get(f"{URL}PRJ-PT/rows/", {"format": "xlsx"}).status_code == 200
    assert [line["人次"] for line in lines(client, "PRJ-PT", sort="-counted")] == ["60", "25", "7"]
    assert "没有符合条件的记录" in words(page(client, f"{URL}PRJ-PT/rows/", q="没有这个"))
    text = b"".join(client.get(f"{URL}PRJ-PT/", {"format": "csv", "by": "none"}).streaming_content)
    assert text.decode("utf-8-sig").splitlines() == ["地方,数量（人次）", "合计,92"]


# Places, the figure with what is frozen, the chart's twelve months and what of them is frozen, the places above.
PAGE_QUERIES = 16


def test_lists_take_the_same_queries_for_one_row_and_for_three(cast):
    """Places, the figure with what is frozen, count, rows, and the sum where there is one."""
    client = cast["district"].client
    for name, cell, expected in (
        ("PRJ-PT", "numerator", 5),
        ("CONF-ATT", "denominator", 5),
        ("ISS-SOLVED", "denominator", 5),
    ):
        counted = {
            own_queries(client, f"{URL}{name}/rows/?cell={cell}&period=2026&place={place}")
            for place in ("510107", "510107005", "510107009")
        }
        assert counted == {expected}, name
    pages = {
        f"{URL}{name}/?place={place}&by=none"
        for name in ("PRJ-PT", "PRJ-SES")
        for place in ("510107", "510107009")
    }
    assert {own_queries(client, url) for url in pages} == {PAGE_QUERIES}


def test_a_row_that_somebody_may_not_read_counts_without_a_word(cast, monkeypatch):
    rows = type(Session.objects.all())
    monkeypatch.setattr(rows, "visible_to", lambda self, actor: self.filter(person_times=60))
    client = cast["district"].client
    asked = {"sort": "-counted", "period": "2026"}
    assert [(line["名称"], line["状态"], line["人次"]) for line in lines(client, "PRJ-PT", **asked)] == [
        (str(Session.objects.get(person_times=60)), "已核实", "60"),
        ("（不在查看范围）", "", "25"),
        ("（不在查看范围）", "", "7"),
    ]
    assert [line["人次"] for line in lines(client, "PRJ-PT", q="示例", **asked)] == ["60"]
