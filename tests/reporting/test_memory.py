"""Remembered answers: found again under their own version only, and never more than fit."""

import pytest

from reporting import api
from reporting.memory import LARGEST, AnswerMemory
from tests.factories.units import make_unit

URL = "/api/v1/statistics/"


def test_an_answer_is_found_under_its_version_only():
    memory = AnswerMemory(100)
    memory.put("question", "1", b"answer")
    assert memory.get("question", "1") == b"answer"
    assert memory.get("question", "2") is None
    assert memory.knows("question")
    assert not memory.knows("another")


def test_a_newer_answer_takes_the_place_of_the_older():
    memory = AnswerMemory(100)
    memory.put("question", "1", b"old")
    memory.put("question", "2", b"newer")
    assert memory.get("question", "1") is None
    assert memory.get("question", "2") == b"newer"
    assert memory.size == 5


def test_the_longest_unused_goes_first():
    memory = AnswerMemory(10)
    memory.put("a", "1", b"aaaaa")
    memory.put("b", "1", b"bbbbb")
    memory.get("a", "1")
    memory.put("c", "1", b"ccccc")
    assert [memory.knows(name) for name in "abc"] == [True, False, True]
    assert memory.size == 10


def test_what_is_too_large_is_not_kept():
    memory = AnswerMemory(LARGEST * 4)
    memory.put("a", "1", b"x" * (LARGEST + 1))
    assert not memory.knows("a")
    nothing = AnswerMemory(0)
    nothing.put("a", "1", b"x")
    assert not nothing.knows("a")


@pytest.mark.parametrize(
    "address",
    [
        "coverage/",
        "coverage/series/",
        "coverage/movement/",
        "indicators/NEW-ORG/",
        "indicators/COV-50/series/",
    ],
)
def test_a_remembered_answer_costs_one_short_query_and_ends_with_the_next_change(
    client, huangmenjie, django_assert_num_queries, address
):
    make_unit(place=huangmenjie)
    first = client.get(URL + address).content
    with django_assert_num_queries(1):
        assert client.get(URL + address).content == first
    make_unit(place=huangmenjie, covered="standalone", employees=60)
    if "NEW-ORG" not in address:
        assert client.get(URL + address).content != first


def test_two_questions_never_share_an_answer(client, huangmenjie):
    make_unit(place=huangmenjie)
    answers = {
        client.get(URL + "coverage/", params).content
        for params in (
            {},
            {"by": "none"},
            {"kind": "two_new"},
            {"measure": "work"},
            {"place": "510107005"},
            {"as_of": "2026-01-01"},
        )
    }
    assert len(answers) == 6
    assert api.memory.size > 0
