"""Lists of the API: pages, strict parameters, filters, order, search, CSV, and what anonymous clients get."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from projects.models import Project
from tests.factories.projects import make_project
from tests.rest import Rest, client_key, error, key_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.api_samples")]

LIST = "/api/v1/samples/"
STAFF = "/api/v1/staff/"


def titles(answer) -> list[str]:
    assert answer.status_code == 200, answer.content.decode()
    return [row["title"] for row in answer.json()["results"]]


@pytest.fixture
def three(huangmenjie) -> list[Project]:
    return [
        make_project(
            place=huangmenjie, title="甲 义诊", theme="residents", is_regular=True, claim_due_on=today()
        ),
        make_project(place=huangmenjie, title="乙 助学", theme="community"),
        make_project(place=huangmenjie, title="丙 义诊", theme="residents", status="draft"),
    ]


def test_a_page_has_count_next_previous_and_results(subdistrict, three):
    rest = Rest(key_of(subdistrict))
    first = rest.get(f"{LIST}?page_size=2&ordering=id").json()
    assert (first["count"], first["previous"]) == (3, None)
    assert first["next"] == f"http://testserver{LIST}?page_size=2&ordering=id&page=2"
    second = rest.get(first["next"]).json()
    assert [row["title"] for row in second["results"]] == ["丙 义诊"]
    assert second["next"] is None
    assert second["previous"].endswith("page=1")


def test_a_row_carries_codes_displays_places_and_moments(subdistrict, huangmenjie):
    project = make_project(place=huangmenjie, title="甲", claim_due_on=today())
    row = Rest(key_of(subdistrict)).get(LIST).json()["results"][0]
    assert row == {
        "id": project.pk,
        "title": "甲",
        "status": "open",
        "status_display": "待认领",
        "theme": "residents",
        "theme_display": "服务居民",
        "claim_due_on": str(today()),
        "created_at": row["created_at"],
        "author": None,
        "place": {"code": "510107005008", "name": "黉门街社区", "level": "community"},
        "drafted_by": None,
        "label": f"{project.number} 甲",
    }
    assert row["created_at"].endswith("+08:00")


def test_anonymous_clients_get_published_fields_of_published_rows(three):
    body = Rest().get(f"{LIST}?ordering=id").json()
    assert body["count"] == 2
    assert set(body["results"][0]) == {"id", "title", "status", "status_display", "place"}


def test_a_stranger_does_not_see_drafts_of_another_place(stranger, three):
    assert titles(Rest(key_of(stranger)).get(f"{LIST}?ordering=id")) == ["甲 义诊", "乙 助学"]


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ("colour=red", "colour"),
        ("page=0", "page"),
        ("page=99999999999999999999999", "page"),
        ("page=-1", "page"),
        ("page=一", "page"),
        ("page=２", "page"),
        ("page=2", "page"),
        ("page_size=501", "page_size"),
        ("page_size=", "page_size"),
        ("page=1&page=1", "page"),
        ("ordering=secret", "ordering"),
        ("ordering=--id", "ordering"),
        ("theme=nothing", "theme"),
        ("is_regular=maybe", "is_regular"),
        ("due_after=2026-02-30", "due_after"),
        ("search=a%00b", "search"),
        ("format=xml", "format"),
        ("only=closed", "only"),
        ("%00=1", ""),
    ],
)
def test_an_unknown_parameter_or_value_is_400_and_named(subdistrict, three, query, attr):
    status, kind, _, named = error(Rest(key_of(subdistrict)).get(f"{LIST}?{query}"))
    assert (status, kind, named) == (400, "validation_error", attr)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ordering=id", ["甲 义诊", "乙 助学", "丙 义诊"]),
        ("ordering=-id", ["丙 义诊", "乙 助学", "甲 义诊"]),
        ("ordering=-title", ["甲 义诊", "乙 助学", "丙 义诊"]),
        ("ordering=id&theme=community", ["乙 助学"]),
        ("ordering=id&is_regular=true", ["甲 义诊"]),
        ("ordering=id&is_regular=false", ["乙 助学", "丙 义诊"]),
        (f"ordering=id&due_before={today()}", ["甲 义诊"]),
        (f"ordering=id&due_after={today() + timedelta(days=1)}", ["乙 助学", "丙 义诊"]),
        ("ordering=id&search=义诊", ["甲 义诊", "丙 义诊"]),
        ("ordering=id&search=义诊 丙", ["丙 义诊"]),
        ("ordering=id&only=open", ["甲 义诊", "乙 助学"]),
    ],
)
def test_filters_search_and_order(subdistrict, three, query, expected):
    assert titles(Rest(key_of(subdistrict)).get(f"{LIST}?{query}")) == expected


def test_csv_has_a_bom_flat_columns_and_all_rows(subdistrict, three):
    answer = Rest(key_of(subdistrict)).get(f"{LIST}?format=csv&ordering=id&page_size=1")
    body = b"".join(answer.streaming_content)
    lines = body.decode("utf-8-sig").splitlines()
    assert body.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert lines[0] == (
        "id,title,status,status_display,theme,theme_display,claim_due_on,created_at,author,"
        "place_code,place_name,place_level,drafted_by_id,drafted_by_name,label"
    )
    assert len(lines) == 4
    assert lines[1].split(",")[1:4] == ["甲 义诊", "open", "待认领"]


def test_csv_defuses_formulas_and_can_be_asked_for_by_accept(subdistrict, huangmenjie):
    make_project(place=huangmenjie, title='=HYPERLINK("x")')
    answer = Rest(key_of(subdistrict)).get(LIST, accept="text/csv")
    assert "'=HYPERLINK" in b"".join(answer.streaming_content).decode()


def count_queries(rest, path) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert rest.get(path).status_code == 200
    return len(queries)


def test_a_list_takes_two_queries_whatever_its_length(subdistrict, huangmenjie):
    rest = Rest(key_of(subdistrict))
    make_project(place=huangmenjie)
    rest.get(LIST)
    assert count_queries(rest, LIST) == 2
    make_project(place=huangmenjie)
    make_project(place=huangmenjie)
    assert count_queries(rest, LIST) == 2


def test_declared_parameters_are_read_into_values(subdistrict):
    rest = Rest(key_of(subdistrict))
    assert rest.get(f"{STAFF}?kind=b").json() == {
        "n": 1,
        "on": str(today()),
        "is_new": False,
        "word": "",
        "kind": "b",
    }
    answer = rest.get(f"{STAFF}?kind=a&n=9&on=2026-01-31&is_new=true&word=好").json()
    assert answer == {"n": 9, "on": "2026-01-31", "is_new": True, "word": "好", "kind": "a"}


@pytest.mark.parametrize(
    ("query", "code", "attr"),
    [
        ("", "required", "kind"),
        ("kind=c", "invalid", "kind"),
        ("kind=a&n=10", "invalid", "n"),
        ("kind=a&n=1.0", "invalid", "n"),
        ("kind=a&on=20260131", "invalid", "on"),
        ("kind=a&on=2026-W01-1", "invalid", "on"),
        ("kind=a&on=9999-12-31", "invalid", "on"),
        ("kind=a&is_new=True", "invalid", "is_new"),
        ("kind=a&word=123456", "invalid", "word"),
        ("kind=a&token=x", "unknown_parameter", "token"),
    ],
)
def test_declared_parameters_refuse_what_they_do_not_know(subdistrict, query, code, attr):
    assert error(Rest(key_of(subdistrict)).get(f"{STAFF}?{query}")) == (400, "validation_error", code, attr)


def test_a_write_takes_no_query_parameters(subdistrict):
    assert error(Rest(key_of(subdistrict)).post(f"{STAFF}?kind=a"))[3] == "kind"


def test_a_named_client_reads_the_rows_of_its_place(yulin, jinyan, three):
    make_project(place=jinyan, status="draft", title="丁")
    assert titles(Rest(client_key(yulin)).get(f"{LIST}?ordering=id")) == ["甲 义诊", "乙 助学"]


def test_the_places_are_public_and_filtered_by_parent_and_level(places):
    answer = Rest().get("/api/v1/divisions/?parent=510107005&level=community&page_size=500").json()
    assert answer["count"] == sum(
        1 for code, one in places.items() if code.startswith("510107005") and one.level == "community"
    )
    assert answer["results"][0]["parent"] == {"code": "510107005", "name": "玉林街道", "level": "subdistrict"}
    assert answer["results"][0]["level_display"] == "社区"


def test_head_answers_like_get_without_a_body(three):
    answer = Rest().client.head(LIST)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"]
