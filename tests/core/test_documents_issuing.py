"""Issuing a paper keeps its bytes, prints its code and shows it only to those who may see what it is about."""

import hashlib
from datetime import date

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.actor import ANONYMOUS
from core.documents import (
    issue_document,
    official_letter,
    register_reader,
    take_document_number,
    withdraw_document,
)
from core.documents.issuing import file_name
from core.documents.reading import _readers
from core.documents.verification import ALPHABET, new_code, read_code, spaced
from core.errors import NotAllowed, RuleViolation
from core.models import HistoryEntry, IssuedDocument
from tests.core.paper_files import read
from units.models import Unit

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 20)


def bulletin(title: str = "关于安和物业的通报", number: str = "武组通〔2026〕3号"):
    paper = official_letter(
        title, kind="bulletin", mark="中共成都市武侯区委组织部", number=number, to="各街道党工委"
    )
    paper.paragraph("现将有关情况通报如下。")
    paper.sign("中共成都市武侯区委组织部", ON)
    return paper


@pytest.fixture
def issued(unit, district) -> IssuedDocument:
    return issue_document(about=unit, content=bulletin(), actor=district.actor)


def history_labels(row) -> list[str]:
    kind = ContentType.objects.get_for_model(row)
    return list(HistoryEntry.objects.filter(about_type=kind, about_id=row.pk).values_list("label", flat=True))


def test_an_issued_paper_keeps_its_bytes_and_their_fingerprint(issued, unit, district):
    data = issued.file.open("rb").read()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (issued.size, issued.sha256)
    assert (issued.kind, issued.title, issued.number) == (
        "bulletin",
        "关于安和物业的通报",
        "武组通〔2026〕3号",
    )
    assert (issued.body, issued.dated_on) == ("中共成都市武侯区委组织部", ON)
    assert (issued.about, issued.place_code, issued.issued_by) == (unit, unit.place_code, district.user)


def test_the_code_and_its_qr_are_printed_in_the_paper(issued, settings):
    document = read(issued.file.open("rb").read())
    words = document.tables[-1].rows[0].cells[1].text
    assert f"核验码：{spaced(issued.code)}" in words
    assert f"{settings.PUBLIC_URL}/verify/" in words
    assert len(document.inline_shapes) == 1


def test_the_qr_holds_the_absolute_address_of_the_check_page(settings, monkeypatch, unit, district):
    settings.PUBLIC_URL = "https://dj.example.gov.cn"
    paper = bulletin()
    seen = []
    save = paper.save
    monkeypatch.setattr(paper, "save", lambda check: seen.append(check) or save(check))
    document = issue_document(about=unit, content=paper, actor=district.actor)
    assert seen[0].url == f"https://dj.example.gov.cn/verify/{document.code}/"


def test_issuing_and_withdrawing_stand_in_the_timeline_of_the_row(issued, unit, district):
    assert history_labels(unit) == ["印发文件"]
    withdrawn = withdraw_document(document=issued, reason="文号有误", actor=district.actor)
    assert (withdrawn.is_withdrawn, withdrawn.withdrawal_reason) == (True, "文号有误")
    assert history_labels(unit) == ["撤回文件", "印发文件"]


def test_a_paper_is_withdrawn_once_and_with_a_reason(issued, district):
    with pytest.raises(RuleViolation, match="请填写撤回原因"):
        withdraw_document(document=issued, reason=" ", actor=district.actor)
    withdraw_document(document=issued, reason="重复印发", actor=district.actor)
    with pytest.raises(RuleViolation, match="已经撤回"):
        withdraw_document(document=issued, reason="再撤一次", actor=district.actor)


def test_a_paper_without_a_title_is_refused(unit, district):
    with pytest.raises(RuleViolation, match="请填写文件标题"):
        issue_document(about=unit, content=bulletin(title=" "), actor=district.actor)
    assert not IssuedDocument.objects.exists()


def test_nobody_issues_without_signing_in(unit):
    with pytest.raises(NotAllowed):
        issue_document(about=unit, content=bulletin(), actor=ANONYMOUS)


@pytest.mark.parametrize("field", ["title", "sha256", "code", "file", "dated_on"])
def test_the_database_refuses_to_change_what_was_issued(issued, field):
    value = date(2020, 1, 1) if field == "dated_on" else "另一个"
    with pytest.raises(InternalError), transaction.atomic():
        IssuedDocument.objects.filter(pk=issued.pk).update(**{field: value})


def test_the_database_refuses_to_delete_what_was_issued(issued):
    with pytest.raises(InternalError), transaction.atomic():
        issued.delete()


def test_the_database_refuses_a_withdrawal_without_reason(issued):
    with pytest.raises(IntegrityError), transaction.atomic():
        IssuedDocument.objects.filter(pk=issued.pk).update(withdrawn_at=issued.issued_at)


def test_those_who_see_the_row_see_its_papers(
    issued, district, subdistrict, community, liaison, stranger, other_liaison
):
    for person in (district, subdistrict, community, liaison):
        assert list(IssuedDocument.objects.visible_to(person.actor)) == [issued]
    for person in (stranger, other_liaison):
        assert not IssuedDocument.objects.visible_to(person.actor).exists()
    assert not IssuedDocument.objects.visible_to(ANONYMOUS).exists()


def test_a_model_may_say_itself_who_reads_its_papers(issued, stranger, monkeypatch):
    monkeypatch.setattr("core.documents.reading._readers", dict(_readers))
    register_reader(Unit, lambda actor: Unit.objects.all())
    assert list(IssuedDocument.objects.visible_to(stranger.actor)) == [issued]


def test_papers_about_a_model_that_says_nothing_are_seen_by_nobody(unit, district):
    document = issue_document(about=district.user, content=bulletin(), actor=district.actor)
    assert document not in IssuedDocument.objects.visible_to(district.actor)


def test_finding_papers_takes_the_same_queries_for_one_and_three(issued, unit, community):
    def queries() -> int:
        ContentType.objects.get_for_model(Unit)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            list(IssuedDocument.objects.visible_to(community.actor))
        return len(captured)

    assert queries() == 2
    for _ in range(2):
        issue_document(about=unit, content=bulletin(), actor=community.actor)
    assert queries() == 2


def test_the_download_is_the_stored_file_under_its_title(issued, liaison):
    answer = liaison.client.get(issued.get_absolute_url())
    assert answer.status_code == 200
    assert hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == issued.sha256
    assert "filename*=utf-8''%E5%85%B3%E4%BA%8E" in answer["Content-Disposition"]
    assert answer["Content-Type"].endswith("wordprocessingml.document")
    assert "no-store" in answer["Cache-Control"]


def test_a_stranger_cannot_download_and_learns_nothing(issued, stranger, client):
    assert stranger.client.get(issued.get_absolute_url()).status_code == 404
    assert stranger.client.get("/documents/999999/").status_code == 404
    answer = client.get(issued.get_absolute_url())
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/")


def test_file_names_hold_nothing_that_windows_forbids(unit, district):
    document = issue_document(about=unit, content=bulletin(title='关于"A/B"的通报:一'), actor=district.actor)
    assert file_name(document) == "关于_A_B_的通报_一.docx"


def test_document_numbers_run_without_gaps_within_a_series(db):
    taken = [take_document_number("武组通", 2026) for _ in range(2)] + [take_document_number("武组函", 2026)]
    assert taken == ["武组通〔2026〕1号", "武组通〔2026〕2号", "武组函〔2026〕1号"]


def test_codes_are_long_enough_and_hold_no_look_alikes():
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert {len(code) for code in codes} == {12}
    assert not set("".join(codes)) & set("0O1IL2Z5S8BUV")
    assert len(ALPHABET) ** 12 > 2**54


@pytest.mark.parametrize(
    "typed",
    ["acde-fghj-3467", " ACDE FGHJ 3467 ", "ＡＣＤＥ－ＦＧＨＪ－３４６７", "ACDE—FGHJ—3467", "acdefghj3467"],
)
def test_codes_are_read_as_people_type_them(typed):
    assert read_code(typed) == "ACDEFGHJ3467"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ACDE",
        "ACDE-FGHJ-3460",
        "ACDE-FGHJ-34677",
        "'; DROP TABLE",
        "核验码核验码核验码核验码",
        "A" * 5000,
    ],
)
def test_what_cannot_be_a_code_is_none(typed):
    assert read_code(typed) == ""
