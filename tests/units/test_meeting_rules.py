"""What holds a session together: frozen minutes, the notice repeated, items that wait, one sheet for two, over REST."""

from datetime import date, timedelta

import pytest
import time_machine

from core.errors import InputError, NotAllowed, RuleViolation, StaleVersion
from core.models import HistoryEntry, IssuedDocument
from core.telling import _tellers, register_teller
from core.todo import todo_count, todo_items
from core.workdays import Calendar
from tests.cast import make_person
from tests.factories.meetings import (
    make_item,
    make_joint_meeting,
    make_meeting,
    make_proposal,
    make_resolution,
    moment,
    sign_in,
)
from tests.factories.units import make_unit
from tests.rest import Rest, error, key_of
from units.actions.meetings import (
    Arrival,
    cancel_meeting,
    change_item,
    change_meeting,
    deliberate_item,
    draft_minutes,
    issue_minutes,
    notify_meeting,
    place_item,
    record_attendance,
    reply_notice,
    return_minutes,
    set_cadence,
    withdraw_item,
)
from units.actions.resolutions import (
    add_resolution,
    ask_extension,
    change_resolution,
    grant_extension,
    terminate_resolution,
)
from units.models import AgendaItem, Meeting, MeetingReply, Resolution
from units.queries.agenda import postponed_items
from units.reminders.meetings import cadence_words, proposal_words, session_words

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)
CALENDAR = Calendar.fixed()


@pytest.fixture(autouse=True)
def on_monday():
    with time_machine.travel("2026-11-23T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def body(yulin, unit, huangmenjie):
    return make_joint_meeting(yulin, unit, make_unit(place=huangmenjie, name="蜀都律师事务所"))


@pytest.fixture
def colleague(yulin):
    return make_person("colleague", "subdistrict", place=yulin, name="高某")


@pytest.fixture
def told():
    before, said = list(_tellers), []

    def teller(words):
        said.extend(words)
        return len(said)

    register_teller(teller)
    yield said
    _tellers[:] = before


def refusal(call, **arguments) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(**arguments)
    return caught.value.code


class TestFrozenMinutes:
    @pytest.fixture
    def drafted(self, body, subdistrict):
        meeting = make_meeting(body, status="held")
        sign_in(meeting)
        make_item(meeting)
        make_resolution(meeting)
        return draft_minutes(meeting=meeting, minutes="会议决定开放停车场。", actor=subdistrict.actor)

    def test_nothing_changes_while_they_wait_for_signing(self, drafted, unit, subdistrict, colleague):
        row, item = drafted.resolutions.get(), drafted.items.get()
        later = MONDAY + timedelta(days=30)
        for call, named in (
            (add_resolution, {"meeting": drafted, "text": "甲", "due_on": later, "lead_unit": unit}),
            (change_resolution, {"resolution": row, "text": "乙"}),
            (terminate_resolution, {"resolution": row, "note": "不办了"}),
            (deliberate_item, {"item": item, "note": "同意"}),
            (record_attendance, {"meeting": drafted, "arrivals": {}}),
        ):
            assert refusal(call, **named, actor=colleague.actor) == "wrong_state", call
        back = return_minutes(meeting=drafted, note="补一件", actor=colleague.actor)
        assert add_resolution(meeting=back, text="甲", due_on=later, lead_unit=unit, actor=subdistrict.actor)

    def test_what_is_signed_is_what_was_read(self, drafted, subdistrict, colleague):
        address = drafted.get_move_url("issue")
        page = colleague.client.get(address)
        assert "会议决定开放停车场。" in page.content.decode()
        read = page.context["form"].initial["read_version"]
        back = return_minutes(meeting=drafted, note="补一句", actor=colleague.actor)
        again = draft_minutes(meeting=back, minutes="会议决定不开放。", actor=subdistrict.actor)
        with pytest.raises(StaleVersion):
            issue_minutes(meeting=again, read_version=read, actor=colleague.actor)
        answer = colleague.client.post(address, {"read_version": read}, follow=True).content.decode()
        assert "您核对之后纪要又改过" in answer
        assert "会议决定不开放。" in answer
        rest = Rest(key_of(colleague))
        told = error(rest.post(f"/api/v1/meetings/{again.pk}/issue/", {"read_version": read}))
        assert told[:1] == (412,)
        page = colleague.client.post(address, {"read_version": again.version}, follow=True)
        assert "已办理：签发纪要" in page.content.decode()
        assert Meeting.objects.get(pk=again.pk).signed_by == colleague.user

    def test_no_resolution_runs_for_ever(self, body, unit, subdistrict, liaison):
        held = make_meeting(body, status="held")
        for due in (date(9999, 12, 31), held.held_on + timedelta(days=732)):
            with pytest.raises(InputError) as caught:
                add_resolution(meeting=held, text="甲", due_on=due, lead_unit=unit, actor=subdistrict.actor)
            assert (caught.value.code, caught.value.field) == ("too_far", "due_on")
        row = make_resolution(make_meeting(body, status="issued"))
        code = refusal(
            ask_extension, resolution=row, wanted_due_on=date(9999, 1, 1), note="等", actor=liaison.actor
        )
        assert code == "too_far"
        asked = ask_extension(
            resolution=row, wanted_due_on=row.due_on + timedelta(days=9), note="等", actor=liaison.actor
        )
        stale = Resolution.objects.get(pk=row.pk)
        stale.wanted_due_on = row.due_on
        assert grant_extension(resolution=stale, actor=subdistrict.actor).due_on == asked.wanted_due_on


class TestNotice:
    @pytest.fixture
    def notified(self, body, subdistrict):
        meeting = make_meeting(body, status="soliciting", on=MONDAY + timedelta(days=7))
        make_item(meeting)
        return notify_meeting(meeting=meeting, actor=subdistrict.actor)

    def test_a_notified_session_keeps_the_three_workdays_on_its_new_day(
        self, notified, subdistrict, liaison, told
    ):
        reply_notice(meeting=notified, answer="attend", actor=liaison.actor)
        soon = moment(MONDAY, 18)
        assert (
            refusal(change_meeting, meeting=notified, held_at=soon, actor=subdistrict.actor)
            == "notice_too_short"
        )
        moved = change_meeting(meeting=notified, held_at=moment(date(2026, 11, 26)), actor=subdistrict.actor)
        papers = list(IssuedDocument.objects.order_by("pk").values_list("number", "title"))
        assert papers[0][0] == "玉林党联〔2026〕1号"
        assert papers[1] == ("玉林党联〔2026〕2号", f"关于调整{moved.title}安排的通知")
        assert {word.kind for word in told if word.kind == "meeting-changed"} == {"meeting-changed"}
        assert not MeetingReply.objects.exists()

    def test_an_emergency_says_why(self, notified, subdistrict):
        moved = change_meeting(
            meeting=notified,
            held_at=moment(MONDAY, 18),
            emergency_reason="暴雨内涝，需当晚会商",
            actor=subdistrict.actor,
        )
        assert moved.held_on == MONDAY
        assert (
            refusal(change_meeting, meeting=moved, held_at=moment(date(2027, 12, 1)), actor=subdistrict.actor)
            == "invalid"
        )

    def test_called_off_its_items_wait_for_the_next(self, notified, body, subdistrict, unit, told):
        proposed = make_item(notified, status="proposed", title="停车", unit=unit)
        following = make_meeting(body)
        cancel_meeting(meeting=notified, note="防汛", actor=subdistrict.actor)
        assert set(postponed_items(following)) == set(notified.items.all())
        assert AgendaItem.objects.get(pk=proposed.pk).outcome == "会议取消，转下次会议：防汛"
        assert "meeting-item-postponed" in {word.kind for word in told}

    def test_answered_in_two_taps_and_counted(self, notified, liaison, subdistrict, other_liaison):
        (item,) = [one for one in todo_items(liaison.actor, MONDAY) if one.kind == "meeting-reply"]
        assert item.url == f"{notified.get_absolute_url()}#reply"
        page = liaison.client.post(
            f"{notified.get_absolute_url()}reply/", {"answer": "substitute"}, follow=True
        )
        assert "委托他人到会要写明受托人" in page.content.decode()
        rest = Rest(key_of(liaison))
        address = f"/api/v1/meetings/{notified.pk}/reply/"
        assert error(rest.post(address, {"answer": "leave"}))[2:] == ("note_required", "note")
        shown = rest.post(address, {"answer": "substitute", "substitute": "刘某"}).json()
        assert [line["reply_display"] for line in shown["sheet"]] == ["委托他人（刘某）"]
        page = subdistrict.client.get(notified.get_absolute_url()).content.decode()
        assert "回执：参加 0，委托 1，请假 0，未回复 1" in page
        assert "未回复：蜀都律师事务所" in page
        assert "meeting-reply" not in {one.kind for one in todo_items(liaison.actor, MONDAY)}
        assert todo_count(liaison.actor, MONDAY) == len(todo_items(liaison.actor, MONDAY))
        assert (
            refusal(reply_notice, meeting=notified, answer="attend", actor=other_liaison.actor)
            == "not_invited"
        )


class TestSheet:
    def test_two_people_at_one_sheet_do_not_undo_each_other(self, body, subdistrict, colleague):
        meeting = make_meeting(body, status="notified", on=MONDAY)
        first, second = body.members.order_by("pk")
        address = f"{meeting.get_absolute_url()}attendance/"
        page = subdistrict.client.get(meeting.get_absolute_url()).content.decode()
        assert page.count('<option value="" ') + page.count('<option value="">未登记') == 2
        empty = {f"read-{one.pk}": "0||0|" for one in (first, second)}
        blank = {f"presence-{one.pk}": "" for one in (first, second)}
        one = {**empty, **blank, f"presence-{first.pk}": "present"}
        other = {**empty, **blank, f"presence-{second.pk}": "leave"}
        assert subdistrict.client.post(address, one).status_code == 302
        assert colleague.client.post(address, other).status_code == 302
        assert set(meeting.attendances.values_list("member", "presence", "version")) == {
            (first.pk, "present", 1), (second.pk, "leave", 1),
        }  # fmt: skip
        clash = {**empty, **blank, f"presence-{first.pk}": "absent"}
        answer = colleague.client.post(address, clash)
        assert answer.status_code == 409
        assert "刚刚被别人改为“实到”" in answer.content.decode()
        assert 'value="1|present|0|"' in answer.content.decode()
        known = {f"read-{first.pk}": "1|present|0|", f"presence-{first.pk}": "absent"}
        assert colleague.client.post(address, known).status_code == 302
        assert meeting.attendances.get(member=first).presence == "absent"
        with pytest.raises(StaleVersion):
            record_attendance(
                meeting=meeting, arrivals={first.pk: Arrival("leave", version=1)}, actor=subdistrict.actor
            )


class TestItems:
    def test_edited_reordered_withdrawn_and_taken_off_again(self, body, unit, subdistrict, liaison, told):
        meeting = make_meeting(body, status="soliciting")
        items = [
            make_item(meeting, title=title, position=order, unit=unit, status=status)
            for order, (title, status) in enumerate(
                (("甲", "adopted"), ("乙", "proposed"), ("丙", "proposed")), 1
            )
        ]
        place_item(item=items[2], position=1, actor=subdistrict.actor)
        assert list(meeting.items.values_list("title", flat=True)) == ["丙", "甲", "乙"]
        assert refusal(place_item, item=items[0], position=4, actor=subdistrict.actor) == "invalid"
        changed = change_item(item=items[1], title="乙（修改）", actor=liaison.actor)
        assert changed.title == "乙（修改）"
        assert refusal(change_item, item=items[0], title="改", actor=liaison.actor) == "already_decided"
        with pytest.raises(StaleVersion):
            change_item(item=items[1], title="旧", version=1, actor=subdistrict.actor)
        assert withdraw_item(item=items[1], actor=liaison.actor).status == "withdrawn"
        assert "meeting-item-withdrawn" in {word.kind for word in told}
        page = subdistrict.client.post(
            f"/units/items/{items[0].pk}/postpone/", {"note": "等方案"}, follow=True
        )
        assert AgendaItem.objects.get(pk=items[0].pk).status == "postponed"
        assert "乙（修改）" not in page.content.decode().split('id="agenda"')[1].split("</section>")[0]
        address = f"/units/items/{items[2].pk}/edit/"
        typed = {"title": "丙二", "background": "", "version": liaison.client.get(address).context["version"]}
        assert "议题已修改" in liaison.client.post(address, typed, follow=True).content.decode()
        page = subdistrict.client.post(
            f"/units/items/{items[2].pk}/position/", {"position": "2"}, follow=True
        )
        assert "议程顺序已调整" in page.content.decode()


def test_carried_over_ones_are_links_and_red_when_overdue(body, subdistrict, community):
    earlier = make_meeting(body, status="issued", on=MONDAY - timedelta(days=40))
    row = make_resolution(earlier, text="开放夜间泊位", due_on=MONDAY - timedelta(days=2))
    meeting = make_meeting(body, status="soliciting")
    for person in (subdistrict, community):
        page = person.client.get(meeting.get_absolute_url()).content.decode()
        assert f'<a href="{row.get_absolute_url()}">开放夜间泊位</a>' in page
        assert "逾期 2 天" in page
        assert person.client.get(row.get_absolute_url()).status_code == 200


def test_a_whole_session_over_rest(body, subdistrict, colleague, unit, liaison):
    """Convened, items proposed and ordered, notified, answered, signed in, deliberated, decided, signed: all by REST."""
    staff, signer, phone = Rest(key_of(subdistrict)), Rest(key_of(colleague)), Rest(key_of(liaison))
    made = staff.post("/api/v1/meetings/", {"body": body.pk, "venue": "三楼会议室"}).json()
    address = f"/api/v1/meetings/{made['id']}/"
    day = "2026-11-26T14:30:00+08:00"
    assert staff.patch(address, {"held_at": day, "observers": "区民政局"}).json()["observers"] == "区民政局"
    assert staff.post(f"{address}solicit/").json()["status"] == "soliciting"
    item = phone.post("/api/v1/agenda-items/", {"meeting": made["id"], "title": "停车共享"})
    assert (item.status_code, item.json()["status"]) == (201, "proposed")
    one = f"/api/v1/agenda-items/{item.json()['id']}/"
    assert [move["name"] for move in item.json()["moves"]] == ["withdraw"]
    assert phone.patch(one, {"title": "错时停车共享"}).json()["title"] == "错时停车共享"
    assert error(phone.post(f"{one}adopt/"))[0] == 403
    assert staff.post(f"{one}adopt/").json()["status"] == "adopted"
    report = staff.post(
        "/api/v1/agenda-items/", {"meeting": made["id"], "title": "通报进展", "kind": "report"}
    ).json()
    assert staff.patch(f"/api/v1/agenda-items/{report['id']}/", {"position": 1}).json()["position"] == 1
    old = make_item(make_meeting(body, status="archived"), status="postponed", title="上次暂缓")
    taken = staff.post(f"/api/v1/agenda-items/{old.pk}/take_up/", {"meeting": made["id"]}).json()
    assert (taken["meeting"]["id"], taken["status"]) == (made["id"], "adopted")
    assert staff.post(f"{address}notify/").json()["status"] == "notified"
    assert phone.post(f"{address}reply/", {"answer": "attend"}).status_code == 200
    with time_machine.travel("2026-11-26T17:00:00+08:00", tick=False):
        sheet = staff.get(address).json()["sheet"]
        assert [line["reply"] for line in sheet] == ["attend", ""]
        lines = [{"invitee": line["invitee"], "presence": "present", "version": 0} for line in sheet]
        assert error(staff.post(f"{address}attend/", {"lines": []}))[0] == 400
        assert staff.post(f"{address}attend/", {"lines": lines}).json()["turnout"]["came"] == 2
        assert (
            error(staff.post(f"{address}attend/", {"lines": [{**lines[0], "presence": "leave"}]}))[0] == 412
        )
        assert staff.post(f"{address}hold/").json()["status"] == "held"
        said = staff.post(f"{one}deliberate/", {"note": "同意试行", "ayes": 2}).json()
        assert (said["status"], said["ayes"]) == ("deliberated", 2)
        decided = {
            "meeting": made["id"],
            "text": "开放泊位",
            "due_on": "2026-12-31",
            "lead_unit": unit.pk,
            "item": item.json()["id"],
            "category": "parking",
        }
        assert staff.post("/api/v1/resolutions/", decided).json()["category"] == "parking"
        assert (
            staff.post(f"{address}draft_minutes/", {"minutes": "会议决定。"}).json()["minutes"]
            == "会议决定。"
        )
        assert phone.get(address).json()["minutes"] == ""
        version = signer.get(address).json()["version"]
        assert signer.post(f"{address}issue/", {"read_version": version}).json()["status"] == "issued"
    assert phone.get(address).json()["minutes"] == "会议决定。"
    assert HistoryEntry.objects.filter(move="attend").count() == 1
    for payload in ({"lines": [{"invitee": 10**30, "presence": "present"}]}, {"lines": "x"}, {}):
        assert error(staff.post(f"{address}attend/", payload))[0] == 400


class TestReminders:
    def kinds(self, words) -> list[str]:
        return [word.kind for word in words]

    def test_around_a_session(self, body, liaison, subdistrict):
        soliciting = make_meeting(body, status="soliciting", items_due_on=MONDAY)
        make_item(soliciting, status="proposed", unit=liaison.membership.unit)
        (word,) = session_words(MONDAY, CALENDAR)
        assert (word.kind, word.due_on) == ("meeting-items-due", MONDAY)
        assert liaison.membership.unit.pk not in word.to[0].unit_ids
        assert self.kinds(session_words(date(2026, 11, 24), CALENDAR)) == ["meeting-items-undecided"]
        Meeting.objects.update(status="notified", held_at=moment(date(2026, 11, 25)))
        assert self.kinds(session_words(MONDAY, CALENDAR)) == []
        reply_notice(meeting=soliciting, answer="attend", actor=liaison.actor)
        words = list(session_words(date(2026, 11, 24), CALENDAR))
        assert self.kinds(words) == ["meeting-coming", "meeting-unanswered"]
        assert liaison.membership.unit.pk not in words[1].to[0].unit_ids
        Meeting.objects.update(status="held", held_at=moment(date(2026, 11, 16)))
        assert self.kinds(session_words(date(2026, 11, 20), CALENDAR)) == []
        assert self.kinds(session_words(MONDAY, CALENDAR)) == ["meeting-minutes-late"]

    def test_a_late_reply_is_chased_on_both_sides(self, yulin, huangmenjie):
        row = make_proposal(
            yulin, author=None, status="assigned", handler=huangmenjie, reply_due_on=date(2026, 11, 20)
        )
        (word,) = proposal_words(MONDAY, CALENDAR)
        assert (word.key, word.kind) == (f"proposal-due:{row.pk}:2026-11-20:+1", "proposal-overdue")
        assert [audience.place_code for audience in word.to] == ["510107005008", "510107005"]

    def test_a_body_may_have_a_cadence_of_its_own(self, body, yulin, subdistrict, community):
        with pytest.raises(NotAllowed):
            set_cadence(body=body, cadence_months=1, actor=community.actor)
        assert refusal(set_cadence, body=body, cadence_months=5, actor=subdistrict.actor) == "invalid"
        address = f"/units/meetings/cadence/{body.pk}/"
        typed = {"cadence_months": "1", "version": subdistrict.client.get(address).context["version"]}
        assert "会议周期已更新" in subdistrict.client.post(address, typed, follow=True).content.decode()
        assert [word.due_on for word in cadence_words(MONDAY, CALENDAR)] == [date(2026, 11, 30)]
        make_joint_meeting(yulin, kind="assembly")
        late = [word.body[:18] for word in cadence_words(date(2026, 12, 20), CALENDAR)]
        assert late == ["玉林街道区域党建联席会每 1 个月至", "玉林街道区域党员代表会议每年至少召开"]
