"""Assemblies and committees sit: expected by head, a quorum, no substitutes, a decision; proposals on the agenda."""

from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine
from django.db import IntegrityError, transaction
from docx import Document

from core.errors import InputError, NotAllowed, RuleViolation
from core.models import IssuedDocument
from core.roles import Role
from core.workflow import make_move
from tests.cast import make_person
from tests.counting import own_queries
from tests.factories.bodies import make_person as make_somebody
from tests.factories.bodies import make_representative, make_seat
from tests.factories.meetings import (
    make_item,
    make_joint_meeting,
    make_meeting,
    make_proposal,
    make_resolution,
    moment,
)
from tests.rest import Rest, client_key, error, key_of
from units.actions.meetings import (
    Arrival,
    deliberate_item,
    draft_minutes,
    hold_meeting,
    issue_minutes,
    notify_meeting,
    postpone_item,
    prepare_meeting,
    propose_item,
    record_attendance,
    reply_notice,
    solicit_items,
)
from units.actions.proposals import rate_proposal, reply_proposal
from units.actions.resolutions import add_resolution
from units.models import AgendaItem, Attendance, Meeting, RepresentativeProposal, Resolution
from units.queries.agenda import invited_to, open_proposals, turnout_of

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def on_monday():
    with time_machine.travel("2026-11-23T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def representative(huangmenjie):
    return make_person("zhou", Role.REPRESENTATIVE, place=huangmenjie, name="周某")


@pytest.fixture
def assembly(yulin, huangmenjie, representative):
    """玉林街道's assembly of three; the first has an account."""
    body = make_joint_meeting(yulin, kind="assembly")
    make_representative(body, person=make_somebody(place=huangmenjie, name="周某"), user=representative.user)
    for name in ("吴某", "郑某"):
        make_representative(body, person=make_somebody(place=huangmenjie, name=name))
    return body


def refusal(call, **arguments) -> RuleViolation:
    with pytest.raises(RuleViolation) as caught:
        call(**arguments)
    return caught.value


def words_of(data: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(BytesIO(data)).paragraphs)


def test_an_assembly_convenes_holds_decides_and_issues_its_decision(
    assembly, yulin, subdistrict, district, representative, huangmenjie
):
    """The committee's report and a proposal are on its agenda; two of three come; minutes and decision are issued."""
    meeting = prepare_meeting(
        body=assembly, held_at=moment(MONDAY + timedelta(days=4)), venue="礼堂", actor=subdistrict.actor
    )
    assert meeting.title == "玉林街道区域党员代表会议2026年第1次会议"
    meeting = solicit_items(meeting=meeting, actor=subdistrict.actor)
    report = propose_item(
        meeting=meeting, title="听取区域党委工作报告", kind="report", actor=subdistrict.actor
    )
    proposal = make_proposal(yulin, author=representative.user)
    assert list(open_proposals(meeting)) == [proposal]
    item = propose_item(
        meeting=meeting, title="研究提案", kind="proposal", proposal=proposal, actor=subdistrict.actor
    )
    assert (item.kind, item.proposal, list(open_proposals(meeting))) == ("proposal", proposal, [])
    again = refusal(propose_item, meeting=meeting, title="再列", proposal=proposal, actor=subdistrict.actor)
    assert again.code == "already_there"
    own = propose_item(meeting=meeting, title="增设路灯", actor=representative.actor)
    assert (own.status, own.kind, own.unit) == ("proposed", "matter", None)
    own.status = "adopted"
    own.save()
    meeting = notify_meeting(meeting=meeting, actor=subdistrict.actor)
    assert IssuedDocument.objects.get().number == "玉林党代〔2026〕1号"

    with time_machine.travel("2026-11-27T15:00:00+08:00", tick=False):
        first, second, third = invited_to(meeting)
        came = {first.pk: Arrival("present"), second.pk: Arrival("leave"), third.pk: Arrival("absent")}
        record_attendance(meeting=meeting, arrivals=came, actor=subdistrict.actor)
        short = refusal(hold_meeting, meeting=meeting, actor=subdistrict.actor)
        assert short.code == "no_quorum"
        assert "应到代表 3 名，实到 1 名，没有超过半数" in short.message
        in_person = refusal(
            record_attendance,
            meeting=meeting,
            arrivals={second.pk: Arrival("substitute", substitute="刘某")},
            actor=subdistrict.actor,
        )
        assert in_person.code == "in_person"
        record_attendance(meeting=meeting, arrivals={second.pk: Arrival("present")}, actor=subdistrict.actor)
        held = hold_meeting(meeting=meeting, actor=subdistrict.actor)
        turnout = turnout_of(held.attendances.all())
        assert (turnout.expected, turnout.came, turnout.absent) == (3, 2, 1)
        too_many = refusal(deliberate_item, item=report, note="同意", ayes=3, actor=subdistrict.actor)
        assert (too_many.code, too_many.field) == ("too_many_votes", "ayes")
        done = deliberate_item(item=report, note="同意", ayes=2, noes=0, actor=subdistrict.actor)
        assert done.vote_text == "赞成 2，反对 0，弃权 0"
        add_resolution(
            meeting=held,
            text="年内装完路灯",
            due_on=date(2026, 12, 31),
            lead_place=huangmenjie,
            category="livelihood",
            actor=subdistrict.actor,
        )
        drafted = draft_minutes(meeting=held, minutes="会议听取了报告。", actor=subdistrict.actor)
        issued = issue_minutes(meeting=drafted, actor=district.actor)
    assert issued.status == "issued"
    decision = IssuedDocument.objects.get(title__endswith="决议")
    assert decision.number == "玉林党代〔2026〕2号"
    said = words_of(decision.file.read())
    for part in (
        "应到代表 3 名，实到代表 2 名",
        "听取了“听取区域党委工作报告”（赞成 2，反对 0，弃权 0）",
        "1.年内装完路灯",
    ):
        assert part in said, part
    assert Attendance.objects.filter(member__isnull=False).count() == 0


def test_a_committee_sits_with_its_seats_and_a_line_belongs_to_one(yulin, unit, subdistrict, liaison):
    committee = make_joint_meeting(yulin, kind="committee")
    seats = [make_seat(committee), make_seat(committee, post="part_time", from_unit=unit)]
    meeting = make_meeting(committee, status="notified")
    assert list(invited_to(meeting)) == seats
    assert Meeting.objects.visible_to(liaison.actor).get() == meeting
    reply = reply_notice(meeting=meeting, answer="attend", actor=liaison.actor)
    assert reply.seat == seats[1]
    representative = make_representative(make_joint_meeting(yulin, kind="assembly"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Attendance.objects.create(
            meeting=meeting, seat=seats[0], representative=representative, presence="present"
        )


def test_a_representative_answers_and_sees_but_no_drafts(assembly, representative, subdistrict, stranger):
    meeting = make_meeting(assembly, status="notified")
    make_item(meeting)
    client = representative.client
    page = client.get(meeting.get_absolute_url()).content.decode()
    assert "参会回执" in page
    assert "委托他人" not in page
    answer = client.post(
        f"{meeting.get_absolute_url()}reply/", {"answer": "leave", "note": "出差"}, follow=True
    )
    assert "已回复：请假（出差）" in answer.content.decode()
    page = subdistrict.client.get(meeting.get_absolute_url()).content.decode()
    assert "回执：参加 0，委托 0，请假 1，未回复 2" in page
    assert refusal(reply_notice, meeting=meeting, answer="attend", actor=stranger.actor).code == "not_invited"
    Meeting.objects.filter(pk=meeting.pk).update(status="minutes_review", minutes="草稿正文")
    resolution = make_resolution(meeting, lead_place=assembly.place, text="草稿事项")
    page = client.get(meeting.get_absolute_url()).content.decode()
    assert "草稿" not in page
    assert not Resolution.objects.visible_to(representative.actor).exists()
    shown = Rest(key_of(representative)).get(f"/api/v1/meetings/{meeting.pk}/").json()
    assert (shown["minutes"], [line["name"] for line in shown["sheet"]]) == ("", ["周某"])
    assert Rest(key_of(representative)).get(f"/api/v1/resolutions/{resolution.pk}/").status_code == 404
    Meeting.objects.filter(pk=meeting.pk).update(status="issued", signed_by=subdistrict.user)
    assert "草稿事项" in client.get("/units/resolutions/").content.decode()


def test_one_rule_of_sight_for_pages_and_rest(assembly, yulin, huangmenjie, representative, subdistrict):
    """Grid workers read neither sessions nor proposals; other systems read what is published."""
    issued = make_meeting(assembly, status="issued")
    make_meeting(assembly, status="notified")
    make_resolution(issued, lead_place=yulin)
    make_proposal(yulin, author=None)
    grid = make_person("grid", Role.GRID_WORKER, place=huangmenjie)
    rest, system = Rest(key_of(grid)), Rest(client_key(yulin))
    for name in ("meetings", "resolutions", "proposals", "agenda-items"):
        assert rest.get(f"/api/v1/{name}/").json()["count"] == 0, name
        assert grid.client.get(f"/units/{name}/").status_code in (403, 404), name
    assert [row["id"] for row in system.get("/api/v1/meetings/").json()["results"]] == [issued.pk]
    assert system.get("/api/v1/resolutions/").json()["count"] == 1
    assert system.get("/api/v1/proposals/").json()["count"] == 0
    assert Rest(key_of(subdistrict)).get("/api/v1/proposals/").json()["count"] == 1


def test_a_unit_that_left_sees_only_what_it_came_to_or_leads(yulin, unit, huangmenjie, liaison):
    body = make_joint_meeting(yulin, unit)
    attended, led, other = (make_meeting(body, status="issued") for _ in range(3))
    Attendance.objects.create(meeting=attended, member=body.members.get(), presence="present")
    make_resolution(led)
    body.members.update(to_on=MONDAY)
    assert set(Meeting.objects.visible_to(liaison.actor)) == {attended, led}
    elsewhere = make_resolution(other, lead_place=yulin)
    assert set(Resolution.objects.visible_to(liaison.actor)) == set(
        Resolution.objects.exclude(pk=elsewhere.pk)
    )


def test_the_sheet_of_an_assembly_costs_the_same_with_one_and_with_three(yulin, subdistrict):
    body = make_joint_meeting(yulin, kind="assembly")
    meeting = make_meeting(body, status="notified")

    def cost() -> int:
        one = make_representative(body)
        Attendance.objects.create(meeting=meeting, representative=one, presence="present")
        make_item(meeting)
        return own_queries(subdistrict.client, meeting.get_absolute_url())

    assert len({cost(), cost(), cost()}) == 1


class TestProposals:
    @pytest.fixture
    def replied(self, yulin, huangmenjie, representative, community):
        return make_proposal(
            yulin, author=representative.user, status="replied", handler=huangmenjie, reply="下月安装"
        )

    def test_dissatisfied_once_is_worked_on_again_with_a_new_term(self, replied, representative, community):
        bare = refusal(rate_proposal, proposal=replied, rating="dissatisfied", actor=representative.actor)
        assert bare.code == "note_required"
        again = rate_proposal(
            proposal=replied, rating="dissatisfied", note="没有写期限", actor=representative.actor
        )
        assert (again.status, again.round, again.rating) == ("assigned", 2, "")
        assert again.reply_due_on == date(2027, 1, 4)
        second = reply_proposal(proposal=again, note="12 月底前装完", actor=community.actor)
        letter = IssuedDocument.objects.get()
        assert (letter.kind, letter.number) == ("letter", "黉门街提复〔2026〕1号")
        said = words_of(letter.file.read())
        assert "对“加装健身器材”提案的答复（第二次答复）" in said
        assert "12 月底前装完" in said
        assert [row.name for row in second.available_moves(representative.actor)] == ["rate"]
        last = rate_proposal(
            proposal=second, rating="dissatisfied", note="还是慢", actor=representative.actor
        )
        assert (last.status, last.rating) == ("closed", "dissatisfied")

    def test_what_is_no_proposal_is_handed_on_as_a_suggestion(
        self, yulin, huangmenjie, representative, subdistrict, community
    ):
        proposal = make_proposal(yulin, author=representative.user)
        client = Rest(key_of(subdistrict))
        address = f"/api/v1/proposals/{proposal.pk}/advise/"
        assert error(client.post(address, {"handler": "510107009001", "note": "属地"}))[2:] == (
            "elsewhere", "handler",
        )  # fmt: skip
        assert error(client.post(address, {"handler": huangmenjie.code}))[2:] == ("note_required", "note")
        address = f"/units/proposals/{proposal.pk}/advise/"
        typed = {
            "handler": huangmenjie.pk,
            "note": "请社区研究",
            "version": subdistrict.client.get(address).context["version"],
        }
        page = subdistrict.client.post(address, typed, follow=True)
        assert "已转为建议" in page.content.decode()
        assert RepresentativeProposal.objects.visible_to(community.actor).get().status == "advised"

    def test_a_long_word_is_refused_not_cut(self, replied, yulin, subdistrict, community, representative):
        meeting = make_meeting(make_joint_meeting(yulin), status="soliciting")
        item = make_item(meeting, status="proposed")
        long = "长" * 2001
        found = refusal(postpone_item, item=item, note=long, actor=subdistrict.actor)
        assert (found.code, found.field) == ("too_long", "note")
        assert refusal(
            rate_proposal, proposal=replied, rating="satisfied", note=long, actor=representative.actor
        )
        note = refusal(make_move, obj=item, move="postpone", note=long, actor=subdistrict.actor)
        assert note.message == "暂缓的理由最多 2000 字，现在有 2001 字，请写短一些。"
        assert AgendaItem.objects.get(pk=item.pk).status == "proposed"


def test_who_may_not_put_proposals_on_agendas(yulin, unit, liaison, subdistrict, jinyan):
    meeting = make_meeting(make_joint_meeting(yulin, unit), status="soliciting")
    other = make_proposal(jinyan, author=None)
    with pytest.raises(InputError):
        propose_item(meeting=meeting, title="提案", proposal=other, actor=subdistrict.actor)
    outsider = make_person("outsider", Role.REPRESENTATIVE, place=yulin)
    with pytest.raises(NotAllowed):
        propose_item(meeting=meeting, title="甲", actor=outsider.actor)
