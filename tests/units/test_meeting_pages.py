"""Pages, papers and endpoints of sessions, resolutions and proposals, as each of the cast opens them."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from docx import Document

from core.clock import today
from core.roles import Role
from tests.cast import make_person
from tests.counting import own_queries
from tests.factories.bodies import make_representative
from tests.factories.meetings import (
    make_item,
    make_joint_meeting,
    make_meeting,
    make_proposal,
    make_resolution,
    sign_in,
)
from tests.factories.projects import make_project, yesterday
from tests.factories.units import make_unit
from tests.rest import Rest, error, key_of
from units.models import AgendaItem, Meeting, Resolution

pytestmark = pytest.mark.django_db

NEW = "/units/meetings/new/"


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def body(yulin, unit, huangmenjie):
    return make_joint_meeting(yulin, unit, make_unit(place=huangmenjie, name="蜀都律师事务所"))


@pytest.fixture
def proposer(huangmenjie):
    person = make_person("proposer", Role.REPRESENTATIVE, place=huangmenjie, name="周某")
    make_representative(make_joint_meeting(huangmenjie, kind="assembly"), user=person.user)
    return person


class TestSession:
    def test_convened_from_the_form(self, body, subdistrict):
        day = today() + timedelta(days=20)
        typed = {"body": body.pk, "kind": "plenary", "held_at": f"{day}T14:30", "venue": "三楼会议室"}
        if day.year != today().year:
            typed["held_at"] = f"{today()}T23:30"
        page = text(subdistrict.client.post(NEW, typed, follow=True))
        assert "会议已建立" in page
        assert Meeting.objects.get().venue == "三楼会议室"

    def test_a_refusal_keeps_what_was_typed(self, body, subdistrict):
        typed = {"body": body.pk, "kind": "plenary", "held_at": "2020-01-01T09:00", "venue": "三楼会议室"}
        answer = subdistrict.client.post(NEW, typed)
        assert answer.status_code == 400
        assert "会议时间已经过去了" in text(answer)
        assert "三楼会议室" in text(answer)

    def test_members_propose_from_the_phone(self, body, liaison):
        meeting = make_meeting(body, status="soliciting", items_due_on=today())
        page = text(liaison.client.get(meeting.get_absolute_url()))
        assert f"/units/meetings/{meeting.pk}/items/new/" in page
        answer = liaison.client.post(
            f"/units/meetings/{meeting.pk}/items/new/", {"title": "停车共享"}, follow=True
        )
        assert "议题已提出" in text(answer)
        assert "停车共享" in text(answer)

    def test_the_secretary_decides_on_the_same_screen(self, body, subdistrict, unit):
        meeting = make_meeting(body, status="soliciting")
        item = make_item(meeting, status="proposed", unit=unit)
        assert f"/units/items/{item.pk}/adopt/" in text(subdistrict.client.get(meeting.get_absolute_url()))
        answer = subdistrict.client.post(f"/units/items/{item.pk}/postpone/", {"note": ""}, follow=True)
        assert "请填写暂缓的理由" in text(answer)
        answer = subdistrict.client.post(f"/units/items/{item.pk}/adopt/", follow=True)
        assert "已办理：采纳" in text(answer)
        assert "没有这个操作" in text(
            subdistrict.client.post(f"/units/items/{item.pk}/nothing/", follow=True)
        )

    def test_what_was_postponed_and_what_nobody_claimed_is_offered(self, body, subdistrict, huangmenjie):
        make_item(make_meeting(body, status="archived"), status="postponed", title="上次暂缓的事")
        make_project(place=huangmenjie, status="unclaimed", claim_due_on=yesterday(), title="社区食堂扩点")
        meeting = make_meeting(body)
        page = text(subdistrict.client.get(meeting.get_absolute_url()))
        assert "上次暂缓的事" in page
        assert "协商认领项目：社区食堂扩点" in page
        form = subdistrict.client.get(f"/units/meetings/{meeting.pk}/items/new/?title=社区食堂扩点")
        assert 'value="社区食堂扩点"' in text(form)
        item = AgendaItem.objects.get()
        subdistrict.client.post(f"/units/meetings/{meeting.pk}/take-up/{item.pk}/")
        assert meeting.items.get() == item

    def test_attendance_is_saved_and_a_refusal_keeps_every_line(self, body, subdistrict):
        meeting = make_meeting(body, status="notified")
        first, second = body.members.order_by("pk")
        address = f"/units/meetings/{meeting.pk}/attendance/"
        typed = {f"presence-{first.pk}": "substitute", f"presence-{second.pk}": "leave"}
        answer = subdistrict.client.post(address, typed)
        assert answer.status_code == 400
        assert "委托他人到会要写明受托人" in text(answer)
        assert '<option value="leave" selected>' in text(answer)
        assert not meeting.attendances.exists()
        answer = subdistrict.client.post(address, {**typed, f"substitute-{first.pk}": "刘某"}, follow=True)
        assert "到会情况已登记" in text(answer)
        assert "应到 2，实到 1（其中委托 1），请假 1" in text(answer)

    def test_drafts_are_the_conveners_alone(self, body, subdistrict, liaison):
        meeting = make_meeting(body, status="minutes_review", minutes="会议决定开放停车场。")
        make_resolution(meeting, text="开放夜间泊位")
        assert "开放夜间泊位" in text(subdistrict.client.get(meeting.get_absolute_url()))
        page = text(liaison.client.get(meeting.get_absolute_url()))
        assert "开放夜间泊位" not in page
        assert "会议决定开放停车场" not in page

    def test_minutes_from_the_form_begin_with_the_agenda(self, body, subdistrict):
        meeting = make_meeting(body, status="held")
        make_item(meeting, title="停车共享")
        address = meeting.get_move_url("draft_minutes")
        assert "会议审议了“停车共享”" in text(subdistrict.client.get(address))
        typed = {"minutes": "会议听取了通报。", "no_resolutions": "on",
                 "version": subdistrict.client.get(address).context["version"]}  # fmt: skip
        assert "纪要已提交" in text(subdistrict.client.post(address, typed, follow=True))
        assert Meeting.objects.get().minutes.endswith("议定事项：无")

    def test_strangers_find_nothing(self, body, stranger, other_liaison, liaison):
        meeting = make_meeting(body, status="notified")
        for person in (stranger, other_liaison):
            assert person.client.get(meeting.get_absolute_url()).status_code == 404
        assert liaison.client.get(f"/units/meetings/{meeting.pk}/pack/").status_code == 403
        assert Client().get(meeting.get_absolute_url()).status_code == 302


class TestPapers:
    def words(self, data: bytes) -> str:
        document = Document(BytesIO(data))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)

    def test_the_meeting_pack_holds_everything_in_one_paper(self, body, subdistrict, huangmenjie):
        earlier = make_meeting(body, status="issued", on=today() - timedelta(days=40))
        make_resolution(earlier, text="开放夜间泊位", due_on=yesterday(), progress=60)
        make_project(place=huangmenjie, status="unclaimed", claim_due_on=yesterday(), title="社区食堂扩点")
        meeting = make_meeting(body)
        make_item(meeting, title="停车共享", background="晚间车位不足。")
        answer = subdistrict.client.get(f"/units/meetings/{meeting.pk}/pack/")
        assert answer["Content-Type"].endswith("wordprocessingml.document")
        words = self.words(answer.content)
        for part in ("通报上次会议议定事项办理情况（1 件尚未销号）", "停车共享", "晚间车位不足", "办理中 60%（逾期）",
                     "社区食堂扩点", "逾期未办结的问题", "签到册", "蜀都律师事务所"):  # fmt: skip
            assert part in words, part

    def test_notice_minutes_and_task_sheet_say_what_they_must(self, body, subdistrict, district, unit):
        from units.actions.meetings import draft_minutes, issue_minutes
        from units.documents.meetings import minutes_paper, notice, task_paper
        from units.queries.agenda import members_of

        meeting = make_meeting(body, status="held")
        sign_in(meeting)
        make_item(meeting, title="停车共享", unit=unit)
        resolution = make_resolution(meeting, text="开放夜间泊位")
        said = self.words(notice(meeting, "玉林党联〔2026〕1号", list(members_of(meeting)), today()).save())
        for part in (
            "玉林党联〔2026〕1号",
            "1.停车共享（成都安和物业服务有限公司提出）",
            "参会回执",
            "三楼会议室",
        ):
            assert part in said, part
        drafted = draft_minutes(meeting=meeting, minutes="会议决定开放停车场。", actor=subdistrict.actor)
        said = self.words(minutes_paper(issue_minutes(meeting=drafted, actor=district.actor)).save())
        for part in (
            "会议决定开放停车场。",
            "开放夜间泊位",
            "出席：成都安和物业服务有限公司、蜀都律师事务所",
        ):
            assert part in said, part
        said = self.words(task_paper(resolution).save())
        assert resolution.number in said
        assert "销号意见" in said


class TestResolutions:
    def test_a_unit_sees_its_own_and_reports_from_the_phone(self, body, liaison, huangmenjie):
        meeting = make_meeting(body, status="issued")
        mine = make_resolution(meeting, text="开放夜间泊位")
        other = body.members.order_by("pk").last().unit
        make_resolution(meeting, text="法律咨询进院落", lead_unit=other)
        page = text(liaison.client.get("/units/resolutions/"))
        assert "开放夜间泊位" in page
        assert "法律咨询进院落" not in page
        liaison.client.post(f"/units/resolutions/{mine.pk}/report_done/", {"note": "30 个泊位已开放"})
        assert Resolution.objects.get(pk=mine.pk).status == "done"

    def test_for_a_unit_what_is_open_comes_first(self, body, liaison):
        meeting = make_meeting(body, status="issued")
        make_resolution(meeting, text="销号了的", status="closed", due_on=yesterday(), closed_on=today())
        make_resolution(meeting, text="还在办的")
        page = text(liaison.client.get("/units/resolutions/"))
        assert page.index("还在办的") < page.index("销号了的")

    def test_filters_by_overdue_lead_and_state(self, body, subdistrict, unit):
        meeting = make_meeting(body, status="issued")
        make_resolution(meeting, text="已经逾期的", due_on=yesterday())
        make_resolution(meeting, text="还早的")
        make_resolution(meeting, text="销号了的", status="closed", due_on=yesterday(), closed_on=today())
        for query, shown in (
            ("overdue=true", {"已经逾期的"}), ("overdue=false", {"还早的", "销号了的"}), ("status=closed", {"销号了的"}),
            (f"lead={unit.pk}", {"已经逾期的", "还早的", "销号了的"}), ("lead_place=510107005", set()),
        ):  # fmt: skip
            page = text(subdistrict.client.get(f"/units/resolutions/?{query}"))
            assert {title for title in ("已经逾期的", "还早的", "销号了的") if title in page} == shown, query
        assert subdistrict.client.get("/units/resolutions/?overdue=maybe").status_code == 400

    def test_written_down_extended_and_printed_on_pages(self, body, subdistrict, liaison, unit):
        meeting = make_meeting(body, status="held")
        due = today() + timedelta(days=30)
        typed = {"text": "开放夜间泊位", "lead_unit": unit.pk, "due_on": due}
        page = text(
            subdistrict.client.post(f"/units/meetings/{meeting.pk}/resolutions/new/", typed, follow=True)
        )
        assert "议定事项已登记" in page
        row = Resolution.objects.get()
        assert subdistrict.client.get(f"/units/resolutions/{row.pk}/edit/").status_code == 200
        Meeting.objects.update(status="issued", signed_by=subdistrict.user)
        address = row.get_move_url("ask_extension")
        version = liaison.client.get(address).context["version"]
        typed = {"wanted_due_on": due + timedelta(days=10), "note": "等设备", "version": version}
        assert "延期申请已提交" in text(liaison.client.post(address, typed, follow=True))
        page = text(subdistrict.client.post(f"/units/resolutions/{row.pk}/task-sheet/", follow=True))
        assert "督办单已印发" in page


class TestProposals:
    def test_submitted_assigned_answered_and_rated(
        self, proposer, yulin, huangmenjie, subdistrict, community
    ):
        assembly = make_joint_meeting(yulin, kind="assembly")
        typed = {"body": assembly.pk, "title": "加装扶手", "text": "三号院楼梯没有扶手。"}
        assert "提案已提交" in text(proposer.client.post("/units/proposals/new/", typed, follow=True))
        address = f"/units/proposals/{assembly.proposals.get().pk}/"
        subdistrict.client.post(f"{address}file/")
        version = subdistrict.client.get(f"{address}assign/").context["version"]
        page = subdistrict.client.post(
            f"{address}assign/", {"handler": huangmenjie.pk, "version": version}, follow=True
        )
        assert "已交办" in text(page)
        assert "已办理：答复" in text(
            community.client.post(f"{address}reply/", {"note": "下月安装"}, follow=True)
        )
        version = proposer.client.get(f"{address}rate/").context["version"]
        assert "评价已提交" in text(
            proposer.client.post(f"{address}rate/", {"rating": "satisfied", "version": version}, follow=True)
        )

    def test_one_sees_only_the_own(self, proposer, yulin, subdistrict, stranger, liaison):
        make_proposal(yulin, author=None)
        assert "加装健身器材" not in text(proposer.client.get("/units/proposals/"))
        assert "加装健身器材" in text(subdistrict.client.get("/units/proposals/"))
        assert "加装健身器材" not in text(stranger.client.get("/units/proposals/"))
        assert liaison.client.get("/units/proposals/").status_code == 403


class TestCosts:
    @pytest.mark.parametrize(("address", "queries"), [("meetings", 3), ("resolutions", 5), ("proposals", 3)])
    def test_lists_cost_the_same_with_one_row_and_with_three(
        self, address, queries, body, yulin, subdistrict
    ):
        def cost() -> int:
            meeting = make_meeting(body, status="issued")
            make_resolution(meeting)
            make_proposal(yulin, author=None, status="assigned")
            return own_queries(subdistrict.client, f"/units/{address}/")

        assert [cost(), cost(), cost()] == [queries] * 3

    def test_a_session_costs_the_same_with_one_of_each_and_with_three(self, body, subdistrict, huangmenjie):
        meeting, earlier = make_meeting(body), make_meeting(body, status="issued")

        def cost() -> int:
            make_item(meeting)
            make_resolution(earlier)
            make_joint_meeting(body.place, make_unit(place=huangmenjie))
            return own_queries(subdistrict.client, meeting.get_absolute_url())

        assert len({cost(), cost(), cost()}) == 1

    @pytest.mark.parametrize("address", ["meetings", "resolutions", "proposals"])
    def test_lists_are_exported(self, address, body, yulin, subdistrict):
        make_resolution(make_meeting(body, status="issued"))
        make_proposal(yulin, author=None)
        for name in ("xlsx", "csv"):
            assert subdistrict.client.get(f"/units/{address}/?format={name}").status_code == 200


class TestRest:
    def rest(self, person) -> Rest:
        return Rest(key_of(person))

    def test_a_session_over_rest_from_convening_to_issued(self, body, subdistrict, district, unit, liaison):
        client = self.rest(subdistrict)
        made = client.post("/api/v1/meetings/", {"body": body.pk, "venue": "三楼会议室"})
        assert made.status_code == 201
        address = f"/api/v1/meetings/{made.json()['id']}/"
        assert [move["name"] for move in made.json()["moves"]] == ["solicit", "cancel"]
        assert client.post(f"{address}solicit/").json()["status"] == "soliciting"
        assert error(client.post(f"{address}notify/"))[:3] == (409, "client_error", "no_time_or_place")
        meeting = Meeting.objects.get()
        held = make_meeting(body, status="held")
        sign_in(held)
        body_ = {
            "meeting": held.pk,
            "text": "开放泊位",
            "due_on": str(today() + timedelta(days=30)),
            "lead_unit": unit.pk,
        }
        assert client.post("/api/v1/resolutions/", body_).status_code == 201
        drafted = client.post(f"/api/v1/meetings/{held.pk}/draft_minutes/", {"minutes": "会议决定。"})
        assert drafted.json()["status"] == "minutes_review"
        assert error(client.post(f"/api/v1/meetings/{held.pk}/issue/"))[0] == 403
        answer = self.rest(district).post(f"/api/v1/meetings/{held.pk}/issue/").json()
        assert (answer["status"], answer["turnout"]["came"]) == ("issued", 2)
        resolution = f"/api/v1/resolutions/{Resolution.objects.get().pk}/"
        lead = self.rest(liaison)
        assert lead.patch(resolution, {"progress": 60, "note": "一半"}).json()["progress"] == 60
        assert lead.post(f"{resolution}report_done/", {"note": "完成"}).json()["status"] == "done"
        assert error(lead.post(f"{resolution}close/"))[0] == 403
        assert client.post(f"{resolution}close/").json()["status"] == "closed"
        assert meeting.status == "soliciting"

    def test_anybody_reads_what_is_issued_and_no_more(self, body, unit):
        make_resolution(make_meeting(body, status="issued"))
        make_resolution(make_meeting(body, status="held"))
        anonymous = Rest()
        (meeting,) = anonymous.get("/api/v1/meetings/").json()["results"]
        assert meeting["status"] == "issued"
        assert "venue" not in meeting
        (row,) = anonymous.get("/api/v1/resolutions/").json()["results"]
        assert row["lead_unit"] == {"id": unit.pk, "name": unit.name}
        assert "progress" not in row
        assert error(anonymous.get("/api/v1/proposals/"))[0] == 401

    def test_bad_input_is_a_400_beside_its_field(self, body, subdistrict):
        client = self.rest(subdistrict)
        held = make_meeting(body, status="held")
        for payload, attr in (
            ({"body": 999999}, "body"), ({"body": body.pk, "kind": "boss"}, "kind"), ({}, "body"), ({"body": 10**40}, "body"),
        ):  # fmt: skip
            status, _, _, where = error(client.post("/api/v1/meetings/", payload))
            assert (status, where) == (400, attr)
        wrong = {"meeting": held.pk, "text": "甲", "due_on": str(today() + timedelta(days=9))}
        assert error(client.post("/api/v1/resolutions/", wrong))[3] == "lead_unit"
        assert error(client.post("/api/v1/resolutions/", {**wrong, "lead_place": "42"}))[3] == "lead_place"

    def test_a_proposal_over_rest(self, proposer, yulin, huangmenjie, subdistrict, community):
        proposal = make_proposal(yulin, author=proposer.user, status="filed")
        address = f"/api/v1/proposals/{proposal.pk}/"
        client = self.rest(subdistrict)
        assert error(client.post(f"{address}assign/", {"handler": "510107009"}))[0] in (400, 409)
        assert client.post(f"{address}assign/", {"handler": huangmenjie.code}).json()["status"] == "assigned"
        assert (
            self.rest(community).post(f"{address}reply/", {"note": "下月安装"}).json()["status"] == "replied"
        )
        assert (
            self.rest(proposer).post(f"{address}rate/", {"rating": "satisfied"}).json()["status"] == "closed"
        )
