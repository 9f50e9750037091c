"""Rows and moves over REST: what may be done now, by whom, and what is refused."""

import pytest

from core.models import HistoryEntry
from projects.models import Project
from tests.factories.projects import make_project
from tests.rest import Rest, error, key_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.api_samples")]

LIST = "/api/v1/samples/"


@pytest.fixture
def draft(huangmenjie) -> Project:
    return make_project(place=huangmenjie, status="draft", title="义诊")


def test_a_row_carries_the_moves_of_this_client(community, subdistrict, draft):
    row = Rest(key_of(community)).get(f"{LIST}{draft.pk}/").json()
    # "terminate" is in the moves table too, but this register has no action for it.
    assert row["moves"] == [{"name": "submit", "label": "提交审核"}]
    assert row["summary"] == "每月一次，为居民义务修理小家电。"
    read_only = Rest(key_of(community, permissions=["read"])).get(f"{LIST}{draft.pk}/").json()
    assert read_only["moves"] == []


def test_anonymous_clients_see_public_fields_and_no_moves(huangmenjie):
    project = make_project(place=huangmenjie)
    row = Rest().get(f"{LIST}{project.pk}/").json()
    assert set(row) == {"id", "title", "status", "status_display", "place", "moves"}
    assert row["moves"] == []


def test_a_foreign_row_is_404_for_reading_and_for_moving(stranger, draft):
    rest = Rest(key_of(stranger))
    for answer in (
        rest.get(f"{LIST}{draft.pk}/"),
        rest.post(f"{LIST}{draft.pk}/submit/"),
        rest.patch(f"{LIST}{draft.pk}/"),
    ):
        assert error(answer) == (404, "client_error", "not_found", None)
    assert error(Rest().get(f"{LIST}{draft.pk}/"))[0] == 404
    assert error(rest.get(f"{LIST}{10**30}/"))[0] == 404


def test_a_move_answers_with_the_row_and_stands_in_the_timeline(community, draft):
    answer = Rest(key_of(community)).post(f"{LIST}{draft.pk}/submit/", {"note": "请审核"})
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["status_display"], answer.json()["moves"]) == (
        "review",
        "待审核",
        [],
    )
    entry = HistoryEntry.objects.get(about_id=draft.pk, move="submit")
    assert (entry.note, entry.actor_id) == ("请审核", community.user.pk)


def test_a_move_needs_no_body(community, draft):
    rest = Rest(key_of(community))
    assert rest.client.post(f"{LIST}{draft.pk}/submit/", headers=rest.headers).status_code == 415
    assert rest.post(f"{LIST}{draft.pk}/submit/", b"").status_code == 200


def test_a_move_from_the_wrong_state_is_409(community, draft):
    rest = Rest(key_of(community))
    rest.post(f"{LIST}{draft.pk}/submit/")
    assert error(rest.post(f"{LIST}{draft.pk}/submit/")) == (409, "client_error", "wrong_state", None)


def test_a_move_of_another_role_is_403_and_a_missing_note_400(community, subdistrict, draft):
    rest = Rest(key_of(community))
    rest.post(f"{LIST}{draft.pk}/submit/")
    assert error(rest.post(f"{LIST}{draft.pk}/publish/"))[0] == 403
    answer = Rest(key_of(subdistrict)).post(f"{LIST}{draft.pk}/return/", {"note": " "})
    assert error(answer) == (400, "validation_error", "note_required", "note")


def test_a_move_with_an_unknown_field_is_400(community, draft):
    answer = Rest(key_of(community)).post(f"{LIST}{draft.pk}/submit/", {"comment": "x"})
    assert error(answer) == (400, "validation_error", "unknown_field", "comment")


def test_an_unknown_move_is_404(community, draft):
    assert error(Rest(key_of(community)).post(f"{LIST}{draft.pk}/terminate/"))[0] == 404


def test_a_role_that_may_not_write_here_is_403(district):
    assert error(Rest(key_of(district)).post(LIST, {"title": "好", "place": "510107"}))[0] == 403


def test_a_new_row_is_201(community):
    answer = Rest(key_of(community)).post(LIST, {"title": "好", "place": "510107005008"})
    assert (answer.status_code, answer.json()["title"], answer.json()["status"]) == (201, "好", "draft")


def test_a_refused_creation_leaves_nothing(community):
    answer = Rest(key_of(community)).post(
        LIST, {"title": "冲突", "place": "510107005008"}, idempotency_key="a"
    )
    assert error(answer) == (409, "client_error", "taken", "title")
    assert not Project.objects.filter(title="冲突").exists()
