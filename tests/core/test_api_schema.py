"""The description of the API is valid OpenAPI 3.1 and leaves out no endpoint, parameter or error."""

import re

import orjson
import pytest
from drf_spectacular.validation import validate_schema

from core.api.docs import schema_body
from tests.guards.sources import routes
from tests.rest import Rest

METHODS = {"get", "post", "patch", "put", "delete"}
# Addresses under /api/v1/ that describe nothing a client calls.
NOT_DESCRIBED = {"api:schema", "api:docs", "api:nothing-here"}


@pytest.fixture(scope="module")
def schema() -> dict:
    return orjson.loads(schema_body())


def operations(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield path, method, operation


def test_the_document_is_valid_openapi_31(schema):
    assert schema["openapi"].startswith("3.1")
    validate_schema(schema)


def test_it_is_public_and_cached_by_its_tag(db):
    answer = Rest().get("/api/v1/schema/")
    assert answer.headers["Content-Type"] == "application/vnd.oai.openapi+json"
    assert Rest().get("/api/v1/schema/", if_none_match=answer.headers["ETag"]).status_code == 304


def test_every_endpoint_is_described(schema):
    described = {re.sub(r"\{\w+\}", "{}", path) for path in schema["paths"]}
    for name, pattern in routes():
        if name.startswith("api:") and name not in NOT_DESCRIBED:
            path = "/api/v1/" + re.sub(r"<[^>]+>", "{}", str(pattern.pattern))
            assert path in described, name


def test_every_operation_has_a_name_of_its_own_a_text_and_errors(schema):
    names = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(schema):
        assert re.search("[一-鿿]", operation.get("summary", "")), (path, method)
        assert {"400", "401"} <= set(operation["responses"]), (path, method)
        error = operation["responses"]["400"]["content"]["application/json"]["schema"]
        assert error == {"$ref": "#/components/schemas/ApiError"}


def test_every_parameter_is_explained(schema):
    for path, method, operation in operations(schema):
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                assert parameter.get("description"), (path, method, parameter["name"])


def test_writes_take_an_idempotency_key_and_reads_a_tag(schema):
    for path, method, operation in operations(schema):
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("If-None-Match" if method == "get" else "Idempotency-Key") in names, (path, method)


def test_lists_are_described_as_csv_too(schema):
    content = schema["paths"]["/api/v1/divisions/"]["get"]["responses"]["200"]["content"]
    assert set(content) == {"application/json", "text/csv"}


def test_public_reads_need_no_credentials(schema):
    assert {} in schema["paths"]["/api/v1/divisions/"]["get"]["security"]
    assert {} not in schema["paths"]["/api/v1/todo/"]["get"]["security"]


def test_the_page_to_read_it_has_nothing_inline(db):
    page = Rest().get("/api/v1/docs/").content.decode()
    assert "swagger-ui-bundle.js" in page
    assert not re.search(r"<style|style=|<script>|\son\w+=", page)
