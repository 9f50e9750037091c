"""What no page caught is a sentence with its status, never a server error; a fault of our own stays one."""

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection
from django.test import RequestFactory

from core.errors import NUL_SENTENCE, InputError, NotAllowed, RuleViolation
from core.models import HistoryEntry
from core.refusals import RefusalMiddleware
from projects.models import ProjectClaim
from tests.factories.meetings import make_joint_meeting, make_meeting
from tests.factories.projects import make_claim, make_project
from tests.rest import Rest, error, key_of


def answer_to(exception: Exception, *, htmx: bool = False):
    request = RequestFactory().post("/projects/1/")
    request.htmx = htmx
    return RefusalMiddleware(lambda request: None).process_exception(request, exception)


def nul_in_a_query() -> ValueError:
    with pytest.raises(ValueError, match="NUL") as caught, connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["a\x00b"])
    return caught.value


@pytest.mark.django_db
def test_a_refusal_that_no_page_caught_is_its_sentence():
    for exception, status, sentence in (
        (RuleViolation("现在不行。"), 409, "现在不行。"),
        (InputError("写得不对。"), 400, "写得不对。"),
        (NotAllowed("您不能。"), 403, "您不能。"),
        (DataError(), 400, "有一个数字或文字超出了可以保存的范围。"),
        (IntegrityError(), 409, "与已有的记录冲突，没有保存。"),
        (nul_in_a_query(), 400, NUL_SENTENCE),
    ):
        page = answer_to(exception)
        assert (page.status_code, sentence in page.content.decode()) == (status, True), exception
        fragment = answer_to(exception, htmx=True)
        assert (fragment.status_code, sentence in fragment.content.decode()) == (status, True), exception
        assert "<html" not in fragment.content.decode()
    for exception in (RuntimeError("a fault of our own"), ValueError("another"), OperationalError("away")):
        assert answer_to(exception) is None


@pytest.mark.django_db
def test_a_note_with_a_nul_is_refused_in_the_same_words_everywhere(huangmenjie, yulin, unit, subdistrict):
    claim = make_claim(project=make_project(place=huangmenjie), unit=unit, status="screened")
    said = subdistrict.client.post(f"/projects/claims/{claim.pk}/reject/", {"note": "a\x00b"}, follow=True)
    assert NUL_SENTENCE in said.content.decode()
    told = Rest(key_of(subdistrict)).post(f"/api/v1/claims/{claim.pk}/reject/", {"note": "a\x00b"})
    assert (error(told)[0], told.json()["errors"][0]["detail"]) == (400, NUL_SENTENCE)
    assert ProjectClaim.objects.get().status == "screened"
    assert not HistoryEntry.objects.filter(about_id=claim.pk, move="reject").exists()
    meeting = make_meeting(make_joint_meeting(yulin, unit), status="notified")
    (member,) = meeting.body.members.all()
    typed = {f"presence-{member.pk}": "substitute", f"substitute-{member.pk}": "\x00"}
    page = subdistrict.client.post(f"/units/meetings/{meeting.pk}/attendance/", typed)
    assert (page.status_code, NUL_SENTENCE in page.content.decode()) == (400, True)
