"""Every refusal of the API has the same shape, a Chinese sentence, and never is a 500 for what a client sends."""

import pytest

from tests.core import api_samples
from tests.rest import Rest, client_key, error, key_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.api_samples")]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rule", (409, "client_error", "not_now", None)),
        ("input", (400, "validation_error", "invalid", "x")),
        ("role", (403, "client_error", "permission_denied", None)),
        ("stale", (412, "client_error", "stale", None)),
        ("missing", (404, "client_error", "not_found", None)),
        ("denied", (403, "client_error", "permission_denied", None)),
        ("model", (400, "validation_error", "invalid", "title")),
        ("data", (400, "validation_error", "out_of_range", None)),
        ("integrity", (409, "client_error", "conflict", None)),
        ("away", (503, "server_error", "unavailable", None)),
        ("drf", (400, "validation_error", "invalid", "rows.1.name")),
        ("fault", (500, "server_error", "error", None)),
    ],
)
def test_each_exception_has_its_answer(kind, expected):
    assert error(Rest().get(f"/api/v1/faults/{kind}/")) == expected


def test_a_server_that_is_away_says_when_to_come_back():
    assert Rest().get("/api/v1/faults/away/").headers["Retry-After"] == "5"


def test_several_errors_are_told_together():
    errors = Rest().get("/api/v1/faults/model/").json()["errors"]
    assert [(one["attr"], one["detail"]) for one in errors] == [("title", "太长了。"), (None, "合起来不对。")]


def test_an_unknown_address_is_404_in_the_same_shape():
    for path in ("/api/v1/", "/api/v1/nothing/", "/api/v1/nothing", "/api/v1/%ff%fe/"):
        assert error(Rest().get(path)) == (404, "client_error", "not_found", None)


def test_a_method_that_is_not_there_is_405_and_names_those_that_are(subdistrict):
    answer = Rest(key_of(subdistrict)).send("delete", "/api/v1/staff/", {}, {})
    assert error(answer) == (405, "client_error", "method_not_allowed", None)
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_options_tells_the_methods():
    answer = Rest().client.options("/api/v1/faults/rule/")
    assert (answer.status_code, answer.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "parse_error"),
        (b'{"a": NaN}', "parse_error"),
        (b'{"a": "\xff\xfe"}', "parse_error"),
        (b'{"a": "\\ud800"}', "parse_error"),
        (b'{"a": ["x", {"b": "\\u0000"}]}', "parse_error"),
        (b"[" * 100_000, "parse_error"),
    ],
)
def test_a_body_that_cannot_be_read_is_400(subdistrict, body, code):
    assert error(Rest(key_of(subdistrict)).post("/api/v1/staff/", body)) == (400, "client_error", code, None)


def test_a_body_that_says_backslash_u0000_in_words_is_fine(subdistrict):
    answer = Rest(key_of(subdistrict)).post("/api/v1/staff/", {"a": "\\u0000"})
    assert (answer.status_code, answer.json()) == (202, {"echo": {"a": "\\u0000"}})


def test_a_body_that_is_too_large_is_413(subdistrict, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = Rest(key_of(subdistrict)).post("/api/v1/staff/", {"a": "x" * 1000})
    assert error(answer) == (413, "client_error", "too_large", None)


def test_a_wrong_media_type_is_415(subdistrict):
    rest = Rest(key_of(subdistrict))
    answer = rest.client.post("/api/v1/staff/", data="a=1", content_type="text/plain", headers=rest.headers)
    assert error(answer) == (415, "client_error", "unsupported_media_type", None)


def test_an_answer_nobody_makes_is_406():
    assert error(Rest().get("/api/v1/tagged/", accept="application/xml")) == (
        406,
        "client_error",
        "not_acceptable",
        None,
    )
    assert error(Rest().get("/api/v1/tagged/", accept="text/csv")) == (
        406,
        "client_error",
        "not_acceptable",
        None,
    )
    assert Rest().get("/api/v1/tagged/", accept="text/html,*/*;q=0.8").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        1,
        {"title": "好", "place": "510107005008", "unknown": 1},
        {"title": 9**30, "place": None},
        {"title": "好" * 101, "place": "510107005008"},
        {"title": True, "place": {"a": 1}},
        {"title": "好", "place": "510107005008", "tags": [1, "二"]},
    ],
)
def test_wrong_input_names_the_field(community, body):
    answer = Rest(key_of(community)).post("/api/v1/samples/", body)
    assert error(answer)[:2] == (400, "validation_error")


def test_the_place_of_a_wrong_list_item_is_told(community):
    body = {"title": "好", "place": "510107005008", "tags": [1, "二"]}
    assert error(Rest(key_of(community)).post("/api/v1/samples/", body))[3] == "tags.1"


def test_a_constraint_of_the_database_answers_with_its_own_sentence(community, monkeypatch):
    def twice(*, title, place, actor):
        return api_samples.make_project(place=place, lead_places=2, title=title)

    monkeypatch.setattr(api_samples.Samples, "create_action", twice)
    answer = Rest(key_of(community)).post("/api/v1/samples/", {"title": "好", "place": "510107005008"})
    assert error(answer) == (409, "client_error", "project_one_lead_unless_parallel", None)
    assert answer.json()["errors"][0]["detail"] == "只有“多家并行”的项目可以由几家同时认领。"


def test_too_many_writes_are_429_with_the_seconds_to_wait(subdistrict, settings):
    settings.API_WRITES_PER_MINUTE = 2
    rest = Rest(key_of(subdistrict))
    answers = [rest.post("/api/v1/staff/") for _ in range(4)]
    # The minute may turn between two calls; one more than allowed within one minute is always refused.
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert error(refused[0]) == (429, "client_error", "throttled", None)
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 60


def test_reads_are_not_counted(subdistrict, settings):
    settings.API_WRITES_PER_MINUTE = 0
    assert Rest(key_of(subdistrict)).get("/api/v1/staff/?kind=a").status_code == 200


def test_a_client_that_may_only_read_is_refused_a_write(yulin, settings):
    assert error(Rest(client_key(yulin)).post("/api/v1/samples/"))[:3] == (403, "client_error", "read_only")
