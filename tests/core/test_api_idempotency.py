"""Idempotency-Key: one effect and one answer, also under concurrency and after a crash."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from core.models import IdempotencyRecord
from projects.models import Project
from tests.core import api_samples
from tests.rest import Rest, error, key_of

pytestmark = pytest.mark.urls("tests.core.api_samples")

LIST = "/api/v1/samples/"
BODY = {"title": "好", "place": "510107005008"}


@pytest.fixture(autouse=True)
def _no_calls():
    api_samples.calls.clear()


def test_the_same_key_and_body_gives_the_same_answer_and_one_effect(community):
    rest = Rest(key_of(community))
    first = rest.post(LIST, BODY, idempotency_key="k-1")
    second = rest.post(LIST, BODY, idempotency_key="k-1")
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert (first.status_code, second.headers["Idempotent-Replayed"]) == (201, "true")
    assert "Idempotent-Replayed" not in first.headers
    assert api_samples.calls == ["好"]
    assert Project.objects.count() == 1


def test_the_same_key_with_another_body_or_address_is_409(community):
    rest = Rest(key_of(community))
    pk = rest.post(LIST, BODY, idempotency_key="k-1").json()["id"]
    for answer in (
        rest.post(LIST, {**BODY, "title": "另一个"}, idempotency_key="k-1"),
        rest.post(f"{LIST}{pk}/submit/", idempotency_key="k-1"),
    ):
        assert error(answer) == (409, "client_error", "idempotency_key_reused", None)
    assert Project.objects.get().status == "draft"


def test_a_refusal_is_answered_again_without_trying(community):
    rest = Rest(key_of(community))
    answers = [rest.post(LIST, {**BODY, "title": "冲突"}, idempotency_key="k-1") for _ in range(2)]
    assert [error(answer)[:3] for answer in answers] == [(409, "client_error", "taken")] * 2
    assert api_samples.calls == ["冲突"]
    assert not Project.objects.exists()


def test_keys_belong_to_one_token_or_one_person_in_one_role(community):
    for rest in (Rest(key_of(community)), Rest(key_of(community))):
        assert rest.post(LIST, BODY, idempotency_key="k-1").status_code == 201
    session = community.client
    for _ in range(2):
        answer = session.post(LIST, BODY, content_type="application/json", headers={"Idempotency-Key": "k-1"})
        assert answer.status_code == 201
    assert Project.objects.count() == 3


def test_after_a_day_a_key_is_free_again(community):
    rest = Rest(key_of(community))
    rest.post(LIST, BODY, idempotency_key="k-1")
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    answer = rest.post(LIST, {**BODY, "title": "另一个"}, idempotency_key="k-1")
    assert (answer.status_code, IdempotencyRecord.objects.count()) == (201, 1)


def test_old_answers_are_swept_away_by_later_writes(community):
    rest = Rest(key_of(community))
    for number in range(3):
        rest.post(LIST, BODY, idempotency_key=f"old-{number}")
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=25))
    rest.post(LIST, BODY, idempotency_key="new")
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["new"]


@pytest.mark.parametrize("key", ["x" * 201, "钥匙"])
def test_a_key_that_cannot_be_one_is_400(community, key):
    rest = Rest(key_of(community))
    answer = rest.client.post(
        LIST, BODY, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key, headers=rest.headers
    )
    assert error(answer) == (400, "validation_error", "invalid", "Idempotency-Key")


def test_files_are_told_apart_by_their_content(community):
    rest = Rest(key_of(community))

    def upload(content: bytes):
        headers = {**rest.headers, "Idempotency-Key": "k-1"}
        return rest.client.post(
            "/api/v1/upload/", {"file": SimpleUploadedFile("a.csv", content)}, headers=headers
        )

    assert (upload(b"1,2").json(), upload(b"1,2").json()) == ({"size": 3}, {"size": 3})
    assert upload(b"1,3").status_code == 409
    assert api_samples.calls == ["upload"]


@pytest.mark.django_db(transaction=True)
def test_a_fault_leaves_neither_effect_nor_key(community):
    rest = Rest(key_of(community))
    answer = rest.post(LIST, {**BODY, "title": "故障"}, idempotency_key="k-1")
    assert error(answer) == (500, "server_error", "error", None)
    assert (Project.objects.count(), IdempotencyRecord.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_ten_requests_at_once_with_one_key_have_one_effect(community):
    key, barrier = key_of(community), Barrier(10)

    def send(_):
        try:
            barrier.wait()
            return Rest(key).post(LIST, BODY, idempotency_key="k-1")
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(10)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert (Project.objects.count(), api_samples.calls) == (1, ["好"])
