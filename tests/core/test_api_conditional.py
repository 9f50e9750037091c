"""ETag, If-None-Match and If-Match: nothing unchanged is computed twice, nothing stale is overwritten."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.api.conditional import REMEMBERED, _tags, remember
from projects.models import Project
from tests.core import api_samples
from tests.factories.projects import make_project
from tests.rest import Rest, error, key_of

pytestmark = pytest.mark.urls("tests.core.api_samples")

LIST = "/api/v1/samples/"


def test_a_view_that_knows_its_version_does_not_work_for_a_304(db):
    api_samples.TagView.worked, api_samples.TagView.version = 0, "1"
    etag = Rest().get("/api/v1/tagged/").headers["ETag"]
    answer = Rest().get("/api/v1/tagged/", if_none_match=f'"other", W/{etag}')
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)
    assert api_samples.TagView.worked == 1
    api_samples.TagView.version = "2"
    again = Rest().get("/api/v1/tagged/", if_none_match=etag)
    assert (again.status_code, again.json()) == (200, {"version": "2"})


def test_the_tag_belongs_to_one_reader(subdistrict):
    assert (
        Rest().get("/api/v1/tagged/").headers["ETag"]
        != Rest(key_of(subdistrict)).get("/api/v1/tagged/").headers["ETag"]
    )


def test_answers_must_be_asked_for_again_and_vary_by_reader(db):
    headers = Rest().get("/api/v1/tagged/").headers
    assert headers["Cache-Control"] == "private, no-cache"
    assert {one.strip() for one in headers["Vary"].split(",")} >= {"Accept", "Authorization", "Cookie"}


def test_a_list_has_the_tag_of_its_content(subdistrict, huangmenjie):
    rest = Rest(key_of(subdistrict))
    project = make_project(place=huangmenjie)
    etag = rest.get(LIST).headers["ETag"]
    assert rest.get(LIST, if_none_match=etag).status_code == 304
    Project.objects.filter(pk=project.pk).update(title="改名")
    assert rest.get(LIST, if_none_match=etag).json()["results"][0]["title"] == "改名"


@pytest.mark.django_db(transaction=True)
def test_an_unchanged_list_costs_one_look_at_the_snapshot(subdistrict, huangmenjie):
    rest = Rest(key_of(subdistrict))
    project = make_project(place=huangmenjie)
    rest.get(LIST)
    etag = rest.get(LIST).headers["ETag"]
    with CaptureQueriesContext(connection) as queries:
        assert rest.get(LIST, if_none_match=etag).status_code == 304
    assert [one["sql"] for one in queries] == ["SELECT pg_current_snapshot()::text"]
    Project.objects.filter(pk=project.pk).update(title="改名")
    assert rest.get(LIST, if_none_match=etag).status_code == 200
    # A write elsewhere changes the snapshot, but not the content: computed once more, still 304.
    etag = rest.get(LIST).headers["ETag"]
    Project.objects.filter(pk=project.pk).update(title="改名")
    assert rest.get(LIST, if_none_match=etag).status_code == 304


@pytest.mark.django_db(transaction=True)
def test_a_csv_has_a_tag_too(subdistrict, huangmenjie):
    rest = Rest(key_of(subdistrict))
    make_project(place=huangmenjie)
    rest.get(LIST)
    answer = rest.get(f"{LIST}?format=csv")
    assert b"".join(answer.streaming_content)
    assert answer.headers["ETag"] != rest.get(LIST).headers["ETag"]


def test_only_so_many_tags_are_remembered():
    for number in range(REMEMBERED + 10):
        remember(("test", number), "x")
    assert len(_tags) == REMEMBERED
    _tags.clear()


def test_a_move_with_a_stale_if_match_is_412_and_does_nothing(community, huangmenjie):
    rest = Rest(key_of(community))
    project = make_project(place=huangmenjie, status="draft")
    etag = rest.get(f"{LIST}{project.pk}/").headers["ETag"]
    Project.objects.filter(pk=project.pk).update(title="刚刚被改")
    answer = rest.post(f"{LIST}{project.pk}/submit/", if_match=etag)
    assert error(answer) == (412, "client_error", "stale", None)
    project.refresh_from_db()
    assert project.status == "draft"
    fresh = rest.get(f"{LIST}{project.pk}/").headers["ETag"]
    assert answer.headers["ETag"] == fresh
    assert rest.post(f"{LIST}{project.pk}/submit/", if_match=fresh).status_code == 200


def test_a_change_minds_if_match_too(community, huangmenjie):
    rest = Rest(key_of(community))
    project = make_project(place=huangmenjie, status="draft", title="旧")
    assert error(rest.patch(f"{LIST}{project.pk}/", {"title": "新"}, if_match='"old"'))[0] == 412
    answer = rest.patch(f"{LIST}{project.pk}/", {"title": "新"}, if_match="*")
    assert (answer.status_code, answer.json()["title"]) == (200, "新")
