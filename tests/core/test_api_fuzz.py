"""Whatever a client sends to any endpoint, the answer is never a 500 and every refusal has the contract's shape."""

import json
from urllib.parse import quote, urlencode

import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_settings
from hypothesis import strategies as st

from core.api.docs import schema_body
from tests.factories.projects import make_claim, make_project
from tests.rest import Rest, client_key, error, key_of

EXAMPLES = 120

LIKELY_WORDS = """0 -1 1 2 500 99999999999999999999 1e9 NaN null true false maybe 510107 510107005008 510107999 '; -- % _ \\
2026-11-22 2026-02-30 0001-01-01 9999-12-31 2026-11 2026-13 2026-Q4 2026-Q5 2026 id -id id,id csv json xml lead open
child 武侯"""
WORDS = st.one_of(
    st.sampled_from(["", " ", "\x00", "\ud7ff", "\U0001f600", "x" * 3000, *LIKELY_WORDS.split()]),
    st.text(max_size=12),
)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(-(2**80), 2**80),
        st.floats(allow_nan=False),
        WORDS,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=6,
)
NO_IDS = ["0", "999999999", "9" * 30, "x", "-1", "１", "COV-ORG-NP", "%00", "%ff", "a/b"]


@pytest.fixture
def clients(places, liaison, community, subdistrict) -> list[Rest]:
    """Nobody, three people and a named client."""
    people = [Rest(key_of(person)) for person in (liaison, community, subdistrict)]
    return [Rest(), *people, Rest(client_key(places["510107"]))]


@pytest.fixture
def ids(huangmenjie, unit) -> st.SearchStrategy:
    """Numbers of rows that are there, and what is none."""
    claim = make_claim(project=make_project(place=huangmenjie), unit=unit)
    rows = [claim, claim.project, unit, make_project(place=huangmenjie, status="draft")]
    return st.sampled_from([*{str(row.pk) for row in rows}, *NO_IDS])


def operations(method: str) -> list[tuple[str, dict]]:
    return [
        (path, one[method]) for path, one in orjson.loads(schema_body())["paths"].items() if method in one
    ]


def filled(path: str, ids, data) -> str:
    """The address with something (a row's number or not) in its placeholders."""
    while "{" in path:
        head, _, rest = path.partition("{")
        path = head + data.draw(ids) + rest.partition("}")[2]
    return path


def query_of(operation: dict, data) -> str:
    """Some of the declared parameters, or unknown ones, with values likely and unlikely."""
    declared = {one["name"]: one["schema"] for one in operation.get("parameters", []) if one["in"] == "query"}
    names = data.draw(st.lists(st.sampled_from([*declared, "unknown"]), max_size=4))
    pairs = []
    for name in names:
        likely = [str(one) for one in declared.get(name, {}).get("enum", [])]
        pairs.append((name, data.draw(st.one_of(st.sampled_from(likely), WORDS) if likely else WORDS)))
    return urlencode(pairs)


def body_of(operation: dict, schemas: dict, data) -> bytes:
    """A body with some of the fields the endpoint takes, or anything at all."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    fields = list(schemas.get(name, {}).get("properties", {}))
    if not fields or data.draw(st.booleans()):
        return data.draw(
            st.one_of(st.binary(max_size=20), VALUES.map(lambda value: json.dumps(value).encode()))
        )
    return json.dumps(
        data.draw(st.dictionaries(st.sampled_from(fields), VALUES, max_size=len(fields)))
    ).encode()


def check(answer, what) -> None:
    assert answer.status_code < 500, (what, answer.status_code, answer.content[:500])
    if answer.streaming:
        assert b"".join(answer.streaming_content) is not None
    elif answer.status_code >= 400:
        assert error(answer)[0] == answer.status_code


fuzz = run_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.django_db(transaction=True)
def test_reads_never_fail(clients, ids):
    reads = operations("get")

    @fuzz
    @given(data=st.data())
    def read(data):
        path, operation = data.draw(st.sampled_from(reads))
        rest = data.draw(st.sampled_from(clients))
        address = f"{filled(path, ids, data)}?{query_of(operation, data)}"
        check(rest.get(address), address)

    read()


@pytest.mark.django_db(transaction=True)
def test_writes_never_fail(clients, ids, settings):
    settings.API_WRITES_PER_MINUTE = 10**9
    writes = [
        (path, operation, method) for method in ("post", "patch") for path, operation in operations(method)
    ]
    schemas = orjson.loads(schema_body())["components"]["schemas"]

    @fuzz
    @given(data=st.data())
    def write(data):
        path, operation, method = data.draw(st.sampled_from(writes))
        rest = data.draw(st.sampled_from(clients))
        address, body = filled(path, ids, data), body_of(operation, schemas, data)
        headers = data.draw(st.sampled_from([{}, {"idempotency_key": "k"}, {"if_match": '"x"'}]))
        check(rest.send(method, address, body, headers), (method, address, body))

    write()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("raw", [b"%ff%fe", b"%c3%28", quote("\ud7ff").encode(), b"%00"])
def test_broken_utf8_in_addresses_is_answered(clients, raw):
    for path, _ in operations("get"):
        if "{" not in path:
            check(clients[1].get(f"{path}?search={raw.decode()}"), path)
