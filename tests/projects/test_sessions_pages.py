"""Pages of sessions as each of the cast opens them: the phone form, the list, confirming many, the figures, the papers."""

import io
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from core.clock import today
from projects.models import Session
from tests.counting import own_queries
from tests.factories.projects_sessions import make_evaluations, make_session, make_working_claim
from tests.factories.units import make_unit

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LIST, NEW, CONFIRM = "/projects/sessions/", "/projects/sessions/new/", "/projects/sessions/to-confirm/"
FIGURES = "/projects/sessions/figures/"


@pytest.fixture
def claim(huangmenjie, unit):
    return make_working_claim(place=huangmenjie, unit=unit, title="家电义修日")


def text(response) -> str:
    return response.content.decode()


def typed(claim, **fields) -> dict:
    return {
        "claim": claim.pk, "held_on": today().isoformat(), "person_times": 86, "summary": "修好小家电", "place": claim.project.place_id,
        "evidence": "", **fields,
    }  # fmt: skip


class TestRecording:
    def test_the_project_is_chosen_already_and_five_fields_are_enough(self, claim, liaison):
        form = liaison.client.get(NEW).context["form"]
        assert (form.initial["claim"], form.initial["held_on"]) == (claim, today())
        answer = liaison.client.post(NEW, typed(claim), follow=True)
        assert "已登记，请社区核实" in text(answer)
        session = Session.objects.get()
        assert (session.person_times, session.place, session.author) == (
            86,
            claim.project.place,
            liaison.user,
        )
        assert answer.redirect_chain[-1][0] == f"/projects/sessions/{session.pk}/"

    def test_the_claim_in_the_address_is_chosen_among_several(self, claim, liaison, huangmenjie, unit, yulin):
        other = make_working_claim(place=yulin, unit=unit)
        page = liaison.client.get(f"{NEW}?claim={claim.pk}")
        assert page.context["form"].initial["claim"] == claim
        assert liaison.client.get(NEW).context["form"].initial["claim"] is None
        make_session(claim=other)
        assert liaison.client.get(NEW).context["form"].initial["claim"] == other
        assert liaison.client.get(f"{NEW}?claim=x{'9' * 40}").status_code == 200
        assert liaison.client.get(f"{NEW}?claim={'9' * 40}").status_code == 200

    def test_a_refusal_keeps_what_was_typed_and_a_duplicate_leads_to_the_first(self, claim, liaison):
        answer = liaison.client.post(NEW, typed(claim, person_times=300, summary="大型义诊"))
        assert answer.status_code == 400
        assert "请选一种佐证" in text(answer)
        assert "大型义诊" in text(answer)
        liaison.client.post(NEW, typed(claim))
        answer = liaison.client.post(NEW, typed(claim))
        assert answer.status_code == 409
        assert f'href="/projects/sessions/{Session.objects.get().pk}/"' in text(answer)

    def test_volunteers_are_entered_by_the_community_not_by_the_district(self, claim, community, district):
        session = make_session(claim=claim)
        way = f"/projects/sessions/{session.pk}/"
        assert "登记志愿者" in text(community.client.get(way))
        assert "登记志愿者" not in text(district.client.get(way))

    def test_who_may_not(self, claim, community, other_liaison):
        assert community.client.get(NEW).status_code == 403
        assert Client().get(NEW).status_code == 302
        answer = other_liaison.client.get(NEW, follow=True)
        assert "还没有已确认认领、正在开展的项目" in text(answer)
        assert other_liaison.client.post(NEW, typed(claim)).status_code == 422

    def test_it_is_changed_until_confirmed_and_corrected_when_returned(self, claim, liaison, community):
        session = make_session(claim=claim)
        way = f"/projects/sessions/{session.pk}"
        form = liaison.client.get(f"{way}/change/")
        body = {**typed(claim, person_times=90), "version": form.context["version"]}
        body.pop("claim")
        assert "已保存" in text(liaison.client.post(f"{way}/change/", body, follow=True))
        assert community.client.get(f"{way}/change/").status_code == 403
        assert "已办理：退回更正" in text(
            community.client.post(f"{way}/return/", {"note": "人次"}, follow=True)
        )
        assert f'href="{way}/resubmit/"' in text(liaison.client.get(f"{way}/"))
        assert "更正后重新提交" in text(liaison.client.get(f"{way}/resubmit/"))
        assert "已重新提交" in text(liaison.client.post(f"{way}/resubmit/", body, follow=True))
        community.client.post(f"{way}/confirm/")
        session.refresh_from_db()
        assert (session.status, session.person_times) == ("confirmed", 90)
        assert "还没有核实的场次可以修改" in text(liaison.client.get(f"{way}/change/", follow=True))
        assert "不能“更正后重新提交”" in text(liaison.client.get(f"{way}/resubmit/", follow=True))


class TestReading:
    def test_what_is_not_confirmed_is_for_the_two_sides(
        self, claim, liaison, community, other_liaison, stranger
    ):
        session = make_session(claim=claim)
        for person, code in ((liaison, 200), (community, 200), (other_liaison, 404), (stranger, 404)):
            assert person.client.get(f"/projects/sessions/{session.pk}/").status_code == code
            assert person.client.get(f"/projects/sessions/{session.pk}/poster/").status_code == code
        Session.objects.update(status="confirmed")
        page = text(stranger.client.get(f"/projects/sessions/{session.pk}/"))
        assert "60 人次" in page
        assert "服务对象评价" not in page
        assert stranger.client.get(f"/projects/sessions/{session.pk}/poster/").status_code == 404

    def test_filters_narrow_sums_add_up_and_wrong_ones_are_a_sentence(
        self, claim, unit, other_unit, community, jinyan
    ):
        far = make_working_claim(place=jinyan, unit=other_unit, title="义诊日")
        make_session(claim=claim, status="confirmed", held_on=today() - 40 * DAY)
        make_session(claim=claim, person_times=1500, evidence="tickets")
        make_session(claim=far, status="confirmed", person_times=7, held_on=today() - DAY)
        for query, count, total in (
            ("", 3, "1,567"), ("status=confirmed", 2, "67"), ("place=510107005", 2, "1,560"), (f"project={far.project_id}", 1, "7"),
            (f"unit={unit.pk}&held_on_after={today()}", 1, "1,500"), ("held_at=510107009001", 1, "7"), ("q=义诊", 1, "7"),
        ):  # fmt: skip
            page = community.client.get(f"{LIST}?{query}")
            assert page.context["count"] == count, query
            assert f">{total}</td>" in page.context["totals"], query
        assert "补报 40 天" in text(community.client.get(LIST))
        for query in ("status=x", "place=1", "project=x", "held_at=9", "held_on_after=x"):
            assert community.client.get(f"{LIST}?{query}").status_code == 400, query

    def test_the_number_of_queries_does_not_grow(self, claim, community):
        for page in (LIST, CONFIRM):
            Session.objects.all().delete()
            make_session(claim=claim)
            one = own_queries(community.client, page)
            for number in (1, 2):
                make_session(claim=claim, held_on=today() - number * DAY)
            assert own_queries(community.client, page) == one

    def test_exports_carry_everything(self, claim, community):
        make_session(claim=claim, volunteers=4, volunteer_hours="9.5", evidence="receipt")
        body = b"".join(community.client.get(f"{LIST}?format=xlsx").streaming_content)
        rows = list(load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True))
        line = next(row for row in rows if "家电义修日" in row)
        assert {60, 4, 9.5, "合作方回执", "待核实"} <= set(line)


class TestConfirming:
    def test_the_ticked_ones_are_confirmed_and_the_others_said_row_by_row(
        self, claim, community, liaison, subdistrict
    ):
        good, own, left = (make_session(claim=claim, held_on=today() - number * DAY) for number in range(3))
        page = text(community.client.get(CONFIRM))
        assert page.count('name="session"') == 3
        Session.objects.filter(pk=own.pk).update(author=community.user)
        answer = community.client.post(CONFIRM, {"session": [good.pk, own.pk]})
        assert answer.status_code == 409
        assert "已核实 1 场" in text(answer)
        assert "不能办理自己提交的事项" in text(answer)
        assert "已核实 1 场" in text(subdistrict.client.post(CONFIRM, {"session": [own.pk]}, follow=True))
        assert set(Session.objects.filter(status="recorded")) == {left}
        assert liaison.client.get(CONFIRM).status_code == 403

    def test_nothing_ticked_too_many_and_foreign_ones(self, claim, community, stranger):
        session = make_session(claim=claim)
        assert "请先勾选" in text(community.client.post(CONFIRM))
        assert community.client.post(CONFIRM, {"session": ["x", "²"]}).status_code == 422
        assert community.client.post(CONFIRM, {"session": ["9" * 30]}).status_code == 422
        assert community.client.post(CONFIRM, {"session": [str(n) for n in range(1, 60)]}).status_code == 422
        stranger.client.post(CONFIRM, {"session": [session.pk]})
        assert Session.objects.get().status == "recorded"
        assert 'name="session"' not in text(stranger.client.get(CONFIRM))

    def test_one_activity_told_under_two_projects_is_pointed_out(self, claim, huangmenjie, unit, community):
        told = make_session(claim=claim)
        again = make_session(claim=make_working_claim(place=huangmenjie, unit=unit, title="便民服务日"))
        page = text(community.client.get(f"/projects/sessions/{again.pk}/"))
        assert "同一天同一地点还登记了" in page
        assert f'href="/projects/sessions/{told.pk}/">家电义修日' in page
        assert text(community.client.get(CONFIRM)).count("同日另有一场</span>") == 2
        Session.objects.filter(pk=told.pk).update(status="voided")
        assert "同日另有一场" not in text(community.client.get(CONFIRM))


class TestFigures:
    def test_each_cell_opens_into_its_sessions(self, claim, unit, yulin, jinyan, district, community):
        year = today().year
        for place, month, people in ((None, 1, 10), (None, 2, 20), (yulin, 2, 40), (jinyan, 2, 80)):
            held = make_session(
                claim=claim, status="confirmed", held_on=date(year - 1, month, 3), person_times=people,
                **({"place": place} if place else {}),
            )  # fmt: skip
            assert held.status == "confirmed"
        make_session(
            claim=claim, held_on=date(year - 1, 2, 3), person_times=500, evidence="tickets", starts_at="09:00"
        )
        page = district.client.get(f"{FIGURES}?year={year - 1}")
        sums = page.context["sums"]
        assert (sums.months[:3], sums.total, sums.sessions) == ((10, 140, 0), 150, 4)
        for column in page.context["columns"]:
            if column.kind != "int" or column.name == "sessions":
                continue
            for line in [*page.context["page"].counted[0], sums]:
                url, value = column.link(line), column.value(line)
                if url:
                    rows = district.client.get(url).context
                    assert f">{value}</td>" in rows["totals"], (column.name, line.place)
        below = district.client.get(f"{FIGURES}?year={year - 1}&place=510107005").context
        inside = {line.place.code: line for line in below["page"].counted[0] if line.total}
        assert {code: line.total for code, line in inside.items()} == {"510107005": 40, "510107005008": 30}
        own = below["columns"][2].link(inside["510107005"])
        assert community.client.get(own).context["count"] == 1

    def test_years_places_and_formats_there_are_not(self, claim, district):
        make_session(claim=claim, status="confirmed")
        for query in ("year=1999", "place=1", "year=x", "month=1", "format=pdf"):
            answer = district.client.get(f"{FIGURES}?{query}")
            assert answer.status_code == 400, query
        body = b"".join(district.client.get(f"{FIGURES}?format=xlsx").streaming_content)
        rows = list(load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True))
        line = next(row for row in rows if row[0] == "玉林街道")
        assert line[-2:] == (60, 1)

    def test_the_number_of_queries_does_not_grow(self, claim, district, yulin, unit):
        make_session(claim=claim, status="confirmed")
        one = own_queries(district.client, FIGURES)
        for place in (yulin, claim.project.place):
            other = make_working_claim(place=place, unit=make_unit(place=place))
            make_session(claim=other, status="confirmed")
        assert own_queries(district.client, FIGURES) == one


class TestPapers:
    def test_the_sign_in_sheet_names_the_project_and_has_lines(self, claim, liaison, other_liaison):
        body = liaison.client.get(f"/projects/sessions/sign-in/{claim.pk}/").content
        paper = Document(io.BytesIO(body))
        assert "家电义修日" in " ".join(paragraph.text for paragraph in paper.paragraphs)
        assert [cell.text for cell in paper.tables[0].rows[0].cells] == [
            "序号",
            "姓名",
            "住址（院落）",
            "签名",
        ]
        assert len(paper.tables[0].rows) == 31
        assert other_liaison.client.get(f"/projects/sessions/sign-in/{claim.pk}/").status_code == 404

    def test_the_poster_carries_the_address_of_the_evaluation(self, claim, liaison):
        session = make_session(claim=claim)
        page = text(liaison.client.get(f"/projects/sessions/{session.pk}/poster/"))
        assert f"/open/sessions/{session.evaluation_code}/" in page
        assert '<svg viewBox="0 0' in page
        Session.objects.update(status="voided")
        assert liaison.client.get(f"/projects/sessions/{session.pk}/poster/").status_code == 404


class TestProject:
    def test_its_page_sums_the_years_and_says_what_those_served_said(
        self, claim, liaison, community, stranger
    ):
        last_year = date(today().year - 1, 5, 4)
        session = make_session(claim=claim, status="confirmed", held_on=last_year, volunteers=3)
        make_evaluations(session, satisfied=6, dissatisfied=2)
        few = make_session(claim=claim, status="confirmed")
        make_evaluations(few, dissatisfied=1)
        make_session(claim=claim, person_times=20, held_on=today() - DAY)
        page = text(liaison.client.get(f"/projects/{claim.project_id}/"))
        for words in (
            "满意率 75.0%（8 份评价）", "人数太少（不足 5 份），不单独显示", f"{NEW}?claim={claim.pk}", "全部 3 场",
        ):  # fmt: skip
            assert words in page, words
        assert "全部 2 场" in text(stranger.client.get(f"/projects/{claim.project_id}/"))
        detail = text(community.client.get(f"/projects/sessions/{session.pk}/"))
        assert '满意 <span class="num">6</span>' in detail
        assert '不满意 <span class="num">不足 5 份</span>' in detail


def test_a_late_entry_is_said_in_words_to_whoever_confirms_it(claim, community):
    session = make_session(claim=claim, held_on=today() - 45 * DAY, created_at=timezone.now())
    assert "活动后 45 天补报" in text(community.client.get(f"/projects/sessions/{session.pk}/"))
    assert "补报 45 天" in text(community.client.get(CONFIRM))
