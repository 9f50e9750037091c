"""Work on projects over REST: the same verbs and the same refusals as on the pages."""

from datetime import date

import pytest
import time_machine

from projects.models import Project
from tests.factories.projects import make_milestone, make_project, make_running, project_fields
from tests.factories.units import make_unit
from tests.rest import Rest, error, key_of

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def project(huangmenjie, unit) -> Project:
    return make_running(place=huangmenjie, unit=unit, title="家电义修日", end_on=date(2026, 12, 31))


def rest(person) -> Rest:
    return Rest(key_of(person))


def test_a_draft_carries_all_its_fields(community, huangmenjie):
    fields = project_fields(title="义诊")
    days = {name: f"{fields[name]}" for name in ("start_on", "end_on", "claim_due_on")}
    body = {
        **fields, **days, "place": huangmenjie.code, "more_places": ["510107005009"], "origin": "need",
        "milestones": [{"title": "首次义诊", "due_on": "2026-12-20"}],
    }  # fmt: skip
    client = rest(community)
    row = client.post(f"{API}/projects/", body).json()
    assert (row["origin_display"], row["more_places"][0]["code"]) == ("需求清单", "510107005009")
    assert [(one["title"], one["due_on"], one["done_on"]) for one in row["milestones"]] == [
        ("首次义诊", "2026-12-20", None)
    ]
    assert client.patch(f"{API}/projects/{row['id']}/", {"milestones": []}).json()["milestones"] == []
    assert error(client.post(f"{API}/projects/", {**body, "more_places": ["999"]}))[::3] == (
        400,
        "more_places",
    )
    assert error(client.post(f"{API}/projects/", {**body, "milestones": [{"title": "首次"}]}))[0] == 400


def test_the_whole_way_from_the_first_milestone_to_the_archive(project, liaison, community, subdistrict):
    milestone = make_milestone(project=project, title="首次义修")
    unit_side, owner, above = rest(liaison), rest(community), rest(subdistrict)
    one = f"{API}/projects/{project.pk}/"
    assert error(unit_side.post(f"{one}hand_in/", {"statement": "完成"}))[:3] == (
        409,
        "client_error",
        "milestones_open",
    )
    assert (
        unit_side.post(f"{API}/milestones/{milestone.pk}/finish/", {"note": "修好十件"}).json()["done_on"]
        == "2026-11-23"
    )
    assert error(owner.post(f"{API}/milestones/{milestone.pk}/finish/"))[0] == 403
    body = {"project": project.pk, "text": "居民来得更多。"}
    assert unit_side.post(f"{API}/progress-reports/", body).status_code == 201
    body = {"project": project.pk, "wanted_end_on": "2027-01-31", "reason": "人手不够"}
    asked = unit_side.post(f"{API}/extensions/", body).json()
    assert error(unit_side.post(f"{API}/extensions/", body))[:3] == (409, "client_error", "asked_before")
    assert owner.post(f"{API}/extensions/{asked['id']}/approve/").json()["status"] == "approved"
    handed = unit_side.post(f"{one}hand_in/", {"statement": "按计划完成。"}).json()
    assert (handed["status"], handed["end_on"], handed["moves"]) == ("to_accept", "2027-01-31", [])
    acceptance = owner.get(f"{API}/acceptances/?project={project.pk}").json()["results"][0]
    items = owner.get(f"{API}/acceptances/{acceptance['id']}/").json()["items"]
    assert [(item["target"], item["is_met"]) for item in items] == [
        ("首次义修", True),
        ("服务（未设预计人次）", None),
    ]
    assert error(owner.post(f"{one}rectify/", {"note": "补签到表", "rectify_due_on": "2026-11-23"}))[::3] == (
        400,
        "rectify_due_on",
    )
    assert owner.post(f"{one}rectify/", {"note": "补签到表"}).json()["status"] == "fixing"
    assert unit_side.post(f"{one}hand_in/", {"statement": "已补。"}).json()["status"] == "to_accept"
    done = owner.post(f"{one}accept/", {"note": "好", "met": []}).json()
    assert (done["status"], done["completed_on"]) == ("done", "2026-11-23")
    for move, status in (("enlist", "to_review"), ("review", "reviewed"), ("archive", "archived")):
        assert above.post(f"{one}{move}/", {"note": "满意率 96.4%"}).json()["status"] == status


def test_a_unit_is_asked_and_answers(huangmenjie, unit, liaison, other_liaison, subdistrict):
    project = make_project(
        place=huangmenjie,
        status="unclaimed",
        start_on=date(2026, 10, 1),
        end_on=date(2027, 6, 30),
        claim_due_on=date(2026, 11, 20),
    )
    body = {"project": project.pk, "unit": unit.pk, "reason": "就在附近。"}
    row = rest(subdistrict).post(f"{API}/invitations/", body).json()
    assert (row["status"], row["due_on"]) == ("invited", "2026-11-30")
    assert rest(other_liaison).get(f"{API}/invitations/{row['id']}/").status_code == 404
    assert [
        move["name"] for move in rest(liaison).get(f"{API}/invitations/{row['id']}/").json()["moves"]
    ] == ["accept", "decline"]
    answer = rest(liaison).post(f"{API}/invitations/{row['id']}/accept/", {"headcount": 4})
    assert answer.json()["status"] == "accepted"
    assert project.claims.get().status == "screened"
    assert error(rest(subdistrict).post(f"{API}/invitations/", {**body, "unit": 10**12}))[::3] == (
        400,
        "unit",
    )
    assert error(rest(subdistrict).post(f"{API}/projects/{project.pk}/put_on_agenda/"))[:3] == (
        409,
        "client_error",
        "no_open_session",
    )
    reshaped = rest(subdistrict).post(
        f"{API}/projects/{project.pk}/reshape/", {"note": "改短", "volunteers_needed": 2}
    )
    assert (reshaped.json()["status"], reshaped.json()["claim_due_on"]) == ("open", "2026-12-07")


def test_anybody_reads_the_milestones_of_published_projects_and_nothing_more(project, huangmenjie):
    make_milestone(project=project, title="首次义修", note="内部说明")
    make_milestone(project=make_project(place=huangmenjie, status="draft"), title="草稿里的")
    rows = Rest().get(f"{API}/milestones/").json()["results"]
    assert [(row["title"], "note" in row) for row in rows] == [("首次义修", False)]
    for name in ("extensions", "acceptances", "invitations", "progress-reports"):
        assert Rest().get(f"{API}/{name}/").status_code == 401, name


def test_filters_are_those_of_the_page(project, huangmenjie, liaison, yulin):
    make_project(place=huangmenjie, title="可认领")
    make_running(place=huangmenjie, unit=make_unit(place=yulin), title="别人的")
    client = rest(liaison)

    def titles(query: str) -> list[str]:
        return [row["title"] for row in client.get(f"{API}/projects/?{query}&ordering=id").json()["results"]]

    assert titles("claimable=true") == ["可认领"]
    assert titles("mine=true") == ["家电义修日"]
    assert titles("phase=working") == ["家电义修日", "别人的"]
    for query, attr in (("phase=x", "phase"), ("mine=x", "mine"), ("overdue=2", "overdue")):
        assert error(client.get(f"{API}/projects/?{query}"))[::3] == (400, attr)
