"""Anybody checks a paper by its code and learns that it is ours, not what it says (文件核验)."""

from datetime import date

import pytest
import time_machine
from django.core.cache import cache

from core.documents import issue_document, official_letter, withdraw_document
from core.documents.verification import spaced
from core.views.documents import LOOKUPS_PER_MINUTE

pytestmark = pytest.mark.django_db
SECRET = "内部情况不得外传"


@pytest.fixture(autouse=True)
def fresh_counters():
    cache.clear()


@pytest.fixture
def issued(unit, district):
    paper = official_letter(
        "关于<安和>物业的通报",
        kind="bulletin",
        mark="中共成都市武侯区委组织部",
        number="武组通〔2026〕3号",
        to="各街道",
    )
    paper.paragraph(SECRET)
    paper.sign("中共成都市武侯区委组织部", date(2026, 11, 20))
    return issue_document(about=unit, content=paper, actor=district.actor)


def page(client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_anybody_may_open_the_check_page(client):
    assert "核验码" in page(client, "/verify/")


def test_a_typed_code_leads_to_the_papers_address(client, issued):
    answer = client.get("/verify/", {"code": f" {spaced(issued.code).lower()} "})
    assert (answer.status_code, answer.url) == (302, f"/verify/{issued.code}/")


def test_the_page_shows_title_body_day_state_and_fingerprint_but_not_the_content(client, issued):
    text = page(client, issued.verify_url)
    shown = (
        "目前有效",
        "关于&lt;安和&gt;物业的通报",
        "武组通〔2026〕3号",
        "中共成都市武侯区委组织部",
        "2026年11月20日",
        issued.sha256[:8],
    )
    assert [words for words in shown if words not in text] == []
    assert SECRET not in text
    assert issued.issued_label not in text


def test_the_code_in_the_address_may_be_written_with_dashes(client, issued):
    assert "目前有效" in page(client, f"/verify/{spaced(issued.code).lower()}/")


def test_a_withdrawn_paper_says_so_and_not_why(client, issued, district):
    withdraw_document(document=issued, reason="数据涉及个人", actor=district.actor)
    text = page(client, issued.verify_url)
    assert "现已撤回" in text
    assert "目前有效" not in text
    assert "数据涉及个人" not in text


@pytest.mark.parametrize("code", ["ACDEFGHJ3467", "abc", "%F0%9F%98%80", "x" * 3000, "%00%00"])
def test_an_unknown_code_is_answered_with_a_sentence(client, code):
    assert "没有查到这个核验码" in page(client, f"/verify/{code}/", status=404)


def test_a_code_that_cannot_be_one_keeps_what_was_typed(client):
    text = page(client, "/verify/?code=%3Cb%3Ehello", status=404)
    assert 'value="&lt;b&gt;hello"' in text


def test_answers_are_neither_stored_nor_indexed(client, issued):
    answer = client.get(issued.verify_url)
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"


def test_guessing_is_slowed_down_and_goes_on_after_a_minute(client, issued):
    with time_machine.travel("2026-11-23 09:00:10+08:00", tick=False) as clock:
        for _ in range(LOOKUPS_PER_MINUTE):
            page(client, "/verify/ACDEFGHJ3467/", status=404)
        answer = client.get(issued.verify_url)
        assert (answer.status_code, answer["Retry-After"]) == (429, "50")
        assert "查询太频繁" in answer.content.decode()
        # Somebody elsewhere is not held up.
        assert client.get(issued.verify_url, REMOTE_ADDR="203.0.113.9").status_code == 200
        clock.shift(60)
        page(client, issued.verify_url)
