"""Projects and claims over REST: the contract's answers to the liaison, the staff, the loser, the stranger."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.roles import Role
from projects.models import Project, ProjectClaim
from tests.cast import make_person
from tests.factories.projects import make_claim, make_project, project_fields, yesterday
from tests.factories.units import make_unit
from tests.rest import Rest, error, key_of

pytestmark = pytest.mark.django_db

CLAIMS, PROJECTS = "/api/v1/claims/", "/api/v1/projects/"


@pytest.fixture
def project(huangmenjie) -> Project:
    return make_project(place=huangmenjie, title="家电义修日")


def rest(person) -> Rest:
    return Rest(key_of(person))


def test_a_liaison_claims_and_steps_back(project, liaison, unit):
    body = {"project": project.pk, "unit": unit.pk, "kind": "lead", "plan": "带四名师傅", "headcount": 6}
    answer = rest(liaison).post(CLAIMS, body)
    row = answer.json()
    assert answer.status_code == 201
    assert (row["status"], row["status_display"], row["kind_display"], row["headcount"]) == (
        "submitted",
        "已提交",
        "主认领",
        6,
    )
    assert row["project"] == {"id": project.pk, "number": project.number, "title": "家电义修日"}
    assert row["unit"] == {"id": unit.pk, "name": unit.name}
    assert row["moves"] == [{"name": "withdraw", "label": "撤回"}]
    assert rest(liaison).post(f"{CLAIMS}{row['id']}/withdraw/").json()["status"] == "withdrawn"


def test_community_screens_subdistrict_confirms_and_the_loser_reads_who_won(
    project, liaison, community, subdistrict, yulin
):
    rival = make_person("rival", Role.LIAISON, unit=make_unit(place=yulin, name="成都玉林电器有限公司"))
    first, second = (
        rest(person).post(CLAIMS, {"project": project.pk, "unit": person.actor.unit_id}).json()["id"]
        for person in (liaison, rival)
    )
    for pk in (first, second):
        assert rest(community).post(f"{CLAIMS}{pk}/screen/").json()["status"] == "screened"
    assert (
        rest(subdistrict).post(f"{CLAIMS}{first}/confirm/", {"note": "同意"}).json()["status"] == "confirmed"
    )
    status, kind, code, attr = error(rest(subdistrict).post(f"{CLAIMS}{second}/confirm/"))
    assert (status, kind, code, attr) == (409, "client_error", "already_claimed", None)
    late = make_person("late", Role.LIAISON, unit=make_unit(place=yulin))
    answer = rest(late).post(CLAIMS, {"project": project.pk, "unit": late.actor.unit_id})
    assert error(answer)[:3] == (409, "client_error", "already_claimed")
    assert "成都安和物业服务有限公司" in answer.json()["errors"][0]["detail"]


def test_the_same_key_claims_once(project, liaison, unit):
    body = {"project": project.pk, "unit": unit.pk}
    client = rest(liaison)
    first, again = (client.post(CLAIMS, body, idempotency_key="tap-1") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert ProjectClaim.objects.count() == 1


def test_claims_that_are_refused(project, liaison, unit, other_unit, community, huangmenjie):
    client = rest(liaison)
    assert error(client.post(CLAIMS, {"project": project.pk, "unit": other_unit.pk}))[:3] == (
        403,
        "client_error",
        "permission_denied",
    )
    assert error(rest(community).post(CLAIMS, {"project": project.pk, "unit": unit.pk}))[0] == 403
    assert error(Rest().post(CLAIMS, {"project": project.pk, "unit": unit.pk}))[0] == 401
    draft = make_project(place=huangmenjie, status="draft")
    assert error(client.post(CLAIMS, {"project": draft.pk, "unit": unit.pk})) == (
        400,
        "validation_error",
        "unknown_project",
        "project",
    )
    for body, attr in (
        ({"project": project.pk, "unit": unit.pk, "kind": "boss"}, "kind"),
        ({"project": project.pk, "unit": unit.pk, "headcount": 0}, "headcount"),
        ({"project": project.pk, "unit": unit.pk, "plan": "长" * 1001}, "plan"),
        ({"project": 10**40, "unit": unit.pk}, "project"),
        ({"project": "家电", "unit": unit.pk}, "project"),
        ({"unit": unit.pk}, "project"),
        ({"project": project.pk, "unit": unit.pk, "planned": 1}, "planned"),
    ):
        status, kind, _, where = error(client.post(CLAIMS, body))
        assert (status, kind, where) == (400, "validation_error", attr)
    Project.objects.filter(pk=project.pk).update(claim_due_on=yesterday())
    assert error(client.post(CLAIMS, {"project": project.pk, "unit": unit.pk}))[:3] == (
        409,
        "client_error",
        "deadline_passed",
    )
    assert not ProjectClaim.objects.exists()


def test_a_foreign_claim_is_404_a_verb_not_allowed_403(project, liaison, other_liaison, stranger, community):
    claim = make_claim(project=project, unit=liaison.membership.unit)
    for person in (other_liaison, stranger):
        assert rest(person).get(f"{CLAIMS}{claim.pk}/").status_code == 404
        assert rest(person).post(f"{CLAIMS}{claim.pk}/withdraw/").status_code == 404
    assert error(rest(community).post(f"{CLAIMS}{claim.pk}/confirm/"))[0] == 403
    assert error(rest(community).post(f"{CLAIMS}{claim.pk}/reject/")) == (
        400,
        "validation_error",
        "note_required",
        "note",
    )


def test_anybody_reads_what_is_published_and_nothing_else(project, unit, huangmenjie):
    make_project(place=huangmenjie, status="draft")
    claim = make_claim(project=project, unit=unit, status="confirmed", plan="内部打算", contact="张某")
    make_claim(project=project, unit=make_unit(place=huangmenjie))
    projects, claims = Rest().get(PROJECTS).json(), Rest().get(CLAIMS).json()
    assert [row["id"] for row in projects["results"]] == [project.pk]
    assert projects["results"][0]["confirmed_leads"] == 1
    assert [row["id"] for row in claims["results"]] == [claim.pk]
    assert {"plan", "contact", "headcount"} & set(claims["results"][0]) == set()
    assert Rest().get(f"{PROJECTS}{project.pk}/").json()["moves"] == []


def test_filters_are_the_pages_and_unknown_ones_are_refused(project, huangmenjie, jinyan, subdistrict):
    make_project(place=jinyan, theme="members", title="党课")
    assert [row["title"] for row in Rest().get(f"{PROJECTS}?place=510107005").json()["results"]] == [
        "家电义修日"
    ]
    assert [
        row["title"]
        for row in Rest().get(f"{PROJECTS}?theme=members&status=open&search=党").json()["results"]
    ] == ["党课"]
    assert Rest().get(f"{PROJECTS}?due_before=2020-01-01").json()["count"] == 0
    for query, attr in (
        ("status=finished", "status"),
        ("place=1", "place"),
        ("due_before=soon", "due_before"),
        ("color=red", "color"),
    ):
        assert error(Rest().get(f"{PROJECTS}?{query}"))[::3] == (400, attr)
    assert rest(subdistrict).get(f"{CLAIMS}?project={project.pk}").json()["count"] == 0


def test_a_community_drafts_changes_and_submits_a_subdistrict_publishes(community, subdistrict, huangmenjie):
    fields = project_fields(title="义诊")
    body = {
        **fields,
        "place": huangmenjie.code,
        **{name: f"{fields[name]}" for name in ("start_on", "end_on", "claim_due_on")},
    }
    answer = rest(community).post(PROJECTS, body)
    assert (answer.status_code, answer.json()["status"]) == (201, "draft")
    one = f"{PROJECTS}{answer.json()['id']}/"
    assert rest(community).patch(one, {"title": "每月义诊"}).json()["title"] == "每月义诊"
    assert rest(community).post(f"{one}submit/").json()["status"] == "review"
    published = rest(subdistrict).post(f"{one}publish/", {"is_cleared": True}).json()
    assert (published["status"], published["number"][:8], published["number"][-8:]) == (
        "open",
        "XM-2026-",
        "-玉林-0001"[-8:],
    )
    assert error(rest(subdistrict).post(f"{one}publish/", {"is_cleared": True}))[:3] == (
        409,
        "client_error",
        "wrong_state",
    )
    assert error(rest(community).post(PROJECTS, {**body, "place": "510107009001"}))[0] == 403
    assert error(rest(community).post(PROJECTS, {**body, "place": "999"}))[::3] == (400, "place")


def test_an_extension_takes_a_day(subdistrict, huangmenjie):
    project = make_project(place=huangmenjie, status="unclaimed", claim_due_on=yesterday())
    one = f"{PROJECTS}{project.pk}/extend/"
    assert error(rest(subdistrict).post(one, {"note": "再问", "claim_due_on": f"{yesterday()}"}))[::3] == (
        400,
        "claim_due_on",
    )
    assert rest(subdistrict).post(one, {"note": "再问"}).json()["status"] == "open"


@pytest.mark.parametrize(("address", "queries"), [(PROJECTS, 2), (CLAIMS, 2)])
def test_lists_cost_the_same_with_one_row_and_with_three(address, queries, huangmenjie, yulin):
    client = Rest()

    def count() -> int:
        project = make_project(place=huangmenjie)
        make_claim(project=project, unit=make_unit(place=yulin), status="confirmed")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    client.get(address)
    assert [count(), count(), count()] == [queries] * 3
