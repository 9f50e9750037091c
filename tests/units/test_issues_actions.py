"""The issue register from report to rating: what happens, what is refused with which sentence, who hears it."""

from datetime import date

import pytest
import time_machine
from django.db import IntegrityError, transaction

from core import telling
from core.actor import SYSTEM
from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.models import HistoryEntry
from tests.cast import make_person
from tests.factories.issues import make_issue
from tests.factories.units import make_unit
from units.actions.issues import (
    accept_issue,
    assign_issue,
    escalate_issue,
    find_by_code,
    mark_duplicate,
    rate_by_code,
    rate_issue,
    record_rating,
    reopen_issue,
    reply_issue,
    report_by_resident,
    report_issue,
    resolve_issue,
    send_back_issue,
    start_issue,
)
from units.models import Division, Issue
from units.queries.issues import duplicate_candidates

pytestmark = pytest.mark.django_db
WORDS = {"title": "西门路灯不亮", "text": "2号院西门路灯坏了三天。", "category": "environment"}


@pytest.fixture
def heard(monkeypatch):
    """Every word that is handed over, beside whoever else delivers."""
    words: list[telling.Word] = []
    monkeypatch.setattr(
        telling, "_tellers", [*telling._tellers, lambda some: words.extend(some) or len(words)]
    )
    return words


def report(place: Division, actor, **more) -> Issue:
    return report_issue(**{"place": place, **WORDS, **more}, actor=actor)


class TestReporting:
    @time_machine.travel("2026-11-23T10:00:00+08:00", tick=False)
    def test_it_gets_a_number_a_code_and_its_days(self, huangmenjie, community, heard):
        issue = report(
            huangmenjie, community.actor, source="visit", reporter_name="钱某某", reporter_phone="13812341234"
        )
        assert issue.number == "WT-2026-玉林-0001"
        assert len(issue.reply_code) == 10
        assert (issue.accept_due_on, issue.due_on) == (date(2026, 11, 24), date(2026, 12, 14))
        assert issue.handler == huangmenjie
        assert [word.key for word in heard] == [f"issue-reported:{issue.pk}:1"]
        assert "钱某某" not in str(heard)
        assert "13812341234" not in str(heard)

    def test_numbers_run_without_gaps_within_a_subdistrict(self, huangmenjie, jinyan, community, district):
        report(huangmenjie, community.actor)
        with pytest.raises(InputError):
            report(huangmenjie, community.actor, title=" ")
        assert report(huangmenjie, community.actor).number.endswith("玉林-0002")
        assert report(jinyan, district.actor).number.endswith("晋阳-0001")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [({"title": " "}, "title"), ({"text": ""}, "text"), ({"category": "x"}, "category"), ({"reporter_phone": "手机"}, "reporter_phone"),
         ({"title": "长" * 101}, "title"), ({"source": "x"}, "source")],
    )  # fmt: skip
    def test_wrong_words_are_refused_beside_their_field(self, changes, field, huangmenjie, community):
        with pytest.raises(InputError) as refusal:
            report(huangmenjie, community.actor, **changes)
        assert refusal.value.field == field

    def test_the_role_decides_the_source(self, huangmenjie, liaison):
        assert report(huangmenjie, liaison.actor, source="hotline").source == Issue.Source.UNIT

    def test_nobody_reports_outside_of_the_own_place(self, jinyan, community, liaison):
        for person in (community, liaison):
            with pytest.raises(NotAllowed):
                report(jinyan, person.actor)

    def test_a_resident_needs_no_account(self, huangmenjie, heard):
        issue = report_by_resident(place=huangmenjie, **WORDS)
        assert (issue.source, issue.author_id) == (Issue.Source.RESIDENT, None)
        assert find_by_code(f" {issue.reply_code[:5].lower()}-{issue.reply_code[5:]} ") == issue
        assert HistoryEntry.objects.latest("pk").actor_label == "居民（公开页面）"


HEARD = {"satisfaction": "satisfied", "way": "phone", "note": "路灯亮了，谢谢。"}


@pytest.fixture
def colleague(huangmenjie):
    """Somebody else who works at the same community."""
    return make_person("colleague", "community", place=huangmenjie)


class TestHandling:
    def test_a_unit_that_cannot_do_it_sends_it_back(self, huangmenjie, unit, liaison, other_liaison, heard):
        issue = make_issue(place=huangmenjie, status="assigned", unit=unit)
        with pytest.raises(NotAllowed):
            send_back_issue(issue=issue, note="不归我们", actor=other_liaison.actor)
        issue = send_back_issue(issue=issue, note="路灯由电力部门管", actor=liaison.actor)
        assert (issue.status, issue.unit, issue.assign_due_on > today()) == ("accepted", None, True)
        assert heard[-1].title == f"承办单位退回问题：{issue.title}"
        assert "路灯由电力部门管" in heard[-1].body

    def test_who_reported_it_rates_and_staff_say_how_they_heard(self, huangmenjie, liaison, colleague):
        own = make_issue(place=huangmenjie, status="replied", author_id=liaison.user.pk)
        assert rate_issue(issue=own, satisfaction="basically", actor=liaison.actor).rated_way == "reporter"
        other = make_issue(place=huangmenjie, status="replied")
        with pytest.raises(InputError) as refusal:
            record_rating(issue=other, **{**HEARD, "way": "guess"}, actor=colleague.actor)
        assert refusal.value.field == "way"
        with pytest.raises(RuleViolation, match="请填写反映人的原话"):
            record_rating(issue=other, **{**HEARD, "note": " "}, actor=colleague.actor)

    def test_from_acceptance_to_rating(self, huangmenjie, unit, community, liaison, colleague, heard):
        issue = accept_issue(issue=make_issue(place=huangmenjie), actor=community.actor)
        assert issue.accepted_on is not None
        issue = assign_issue(issue=issue, unit=unit, note="请三日内更换", actor=community.actor)
        issue = start_issue(issue=issue, actor=liaison.actor)
        issue = resolve_issue(issue=issue, note="已更换路灯。", actor=liaison.actor)
        assert (issue.result, issue.resolved_on is not None) == ("已更换路灯。", True)
        issue = reply_issue(issue=issue, note="已电话告知。", actor=community.actor)
        with pytest.raises(NotAllowed, match="请由另一位同事回访登记") as refusal:
            record_rating(issue=issue, **HEARD, actor=community.actor)
        assert refusal.value.code == "own_paper"
        issue = record_rating(issue=issue, **HEARD, actor=colleague.actor)
        assert (issue.status, issue.satisfaction, issue.rated_way) == ("reviewed", "satisfied", "phone")
        assert [word.kind for word in heard] == ["issue-assigned", "issue-resolved", "issue-rated"]
        assert heard[0].to[0].unit_ids == (unit.pk,)

    def test_without_a_result_nothing_is_closed(self, huangmenjie, community):
        issue = make_issue(place=huangmenjie, status="processing")
        with pytest.raises(RuleViolation, match="请填写办理结果"):
            resolve_issue(issue=issue, note="  ", actor=community.actor)
        with pytest.raises(IntegrityError), transaction.atomic():
            Issue.objects.filter(pk=issue.pk).update(status="resolved")

    def test_a_unit_that_is_gone_or_elsewhere_is_refused(self, huangmenjie, community):
        issue = make_issue(place=huangmenjie, status="accepted")
        gone = make_unit(place=huangmenjie, status="moved_out")
        with pytest.raises(InputError) as refusal:
            assign_issue(issue=issue, unit=gone, actor=community.actor)
        assert refusal.value.field == "unit"

    @time_machine.travel("2026-11-23T10:00:00+08:00", tick=False)
    def test_it_climbs_to_the_district_and_no_further(
        self, huangmenjie, places, community, subdistrict, district, heard
    ):
        issue = make_issue(place=huangmenjie, status="processing", due_on=date(2026, 11, 24))
        issue = escalate_issue(issue=issue, note="需要电力部门", actor=community.actor)
        assert (issue.handler.code, issue.status, issue.due_on) == (
            "510107005",
            "accepted",
            date(2026, 12, 14),
        )
        assert heard[-1].to[0].place_code == "510107005"
        with pytest.raises(NotAllowed):
            escalate_issue(issue=issue, note="再转", actor=community.actor)
        issue = escalate_issue(issue=issue, note="跨街道", actor=subdistrict.actor)
        assert (issue.handler.code, issue.escalated) == ("510107", 2)
        with pytest.raises(RuleViolation, match="没有上一级可转") as refusal:
            escalate_issue(issue=issue, note="再转", actor=district.actor)
        assert refusal.value.code == "at_the_top"


class TestDuplicates:
    def test_same_community_and_category_or_a_similar_title_within_thirty_days(self, huangmenjie, jinyan):
        on = date(2026, 6, 30)
        issue = make_issue(place=huangmenjie, title="西门路灯不亮了三天", registered_on=on)
        same = make_issue(place=huangmenjie, title="垃圾堆放", registered_on=date(2026, 6, 1))
        alike = make_issue(place=huangmenjie, title="西门路灯不亮了", category="security", registered_on=on)
        make_issue(place=huangmenjie, title="门口停车难", category="parking", registered_on=on)
        make_issue(place=huangmenjie, registered_on=date(2026, 5, 30))
        make_issue(place=huangmenjie, status="rejected", registered_on=on)
        make_issue(place=jinyan, registered_on=on)
        assert list(duplicate_candidates(issue)) == [alike, same]

    def test_a_duplicate_is_linked_and_nothing_in_circles(self, huangmenjie, community):
        first, second = make_issue(place=huangmenjie), make_issue(place=huangmenjie)
        moved = mark_duplicate(issue=second, duplicate_of=first, actor=community.actor)
        assert (moved.status, moved.duplicate_of) == ("duplicate", first)
        for issue, original in ((first, first), (first, second)):
            with pytest.raises(InputError):
                mark_duplicate(issue=issue, duplicate_of=original, actor=community.actor)
        with pytest.raises(RuleViolation, match="已有别的问题并入这一个"):
            mark_duplicate(issue=first, duplicate_of=make_issue(place=huangmenjie), actor=community.actor)


class TestRatingAndReopening:
    def test_dissatisfied_begins_again_once(self, huangmenjie, community):
        issue = make_issue(place=huangmenjie, status="reviewed", satisfaction="dissatisfied")
        issue = reopen_issue(issue=issue, note="灯又坏了", actor=community.actor)
        assert (issue.status, issue.reopened, issue.result, issue.resolved_on) == ("accepted", 1, "", None)
        again = make_issue(place=huangmenjie, status="replied", reopened=1)
        with pytest.raises(RuleViolation, match="最多重新办理一次"):
            reopen_issue(issue=again, note="还是不行", actor=community.actor)
        assert "reopen" not in [row.name for row in again.available_moves(community.actor)]
        with pytest.raises(IntegrityError), transaction.atomic():
            Issue.objects.filter(pk=again.pk).update(reopened=2)

    def test_who_is_satisfied_does_not_begin_again(self, huangmenjie, community):
        with pytest.raises(RuleViolation, match="不再重新办理"):
            reopen_issue(
                issue=make_issue(place=huangmenjie, status="reviewed"), note="x", actor=community.actor
            )

    def test_by_code_once(self, huangmenjie):
        issue = make_issue(place=huangmenjie, status="replied", reply_code="ABCDEFGHJK")
        with pytest.raises(InputError):
            rate_by_code(code="ABCDEFGHJK", satisfaction="dissatisfied", reopen=True)
        rated = rate_by_code(code="ABCDEFGHJK", satisfaction="dissatisfied", note="没修好", reopen=True)
        assert (rated.pk, rated.status, rated.reopened) == (issue.pk, "accepted", 1)
        with pytest.raises(RuleViolation):
            rate_by_code(code="ABCDEFGHJK", satisfaction="satisfied")
        done = make_issue(place=huangmenjie, status="reviewed", reply_code="ABCDEFGHJM")
        with pytest.raises(RuleViolation, match="评议一次"):
            rate_by_code(code=done.reply_code, satisfaction="satisfied")
        with pytest.raises(InputError):
            rate_by_code(code="ZZZZZZZZZZ", satisfaction="satisfied")


class TestWhoSeesWhom:
    def test_name_and_phone_are_for_the_community_alone(
        self, huangmenjie, community, subdistrict, district, stranger, liaison
    ):
        issue = make_issue(place=huangmenjie, reporter_name="钱某某", reporter_phone="13812341234")
        assert issue.shows_reporter_to(community.actor)
        for person in (subdistrict, district, stranger, liaison):
            assert not issue.shows_reporter_to(person.actor)
        assert issue.masked_reporter == "钱**，138****1234"

    def test_rows_stay_in_their_place(
        self, huangmenjie, jinyan, community, subdistrict, stranger, liaison, unit
    ):
        here, there = make_issue(place=huangmenjie), make_issue(place=jinyan)
        handed = make_issue(place=huangmenjie, status="assigned", unit=unit)
        assert set(Issue.objects.visible_to(community.actor)) == {here, handed}
        assert set(Issue.objects.visible_to(subdistrict.actor)) == {here, handed}
        assert set(Issue.objects.visible_to(stranger.actor)) == {there}
        assert set(Issue.objects.visible_to(liaison.actor)) == {handed}
        assert Issue.objects.visible_to(SYSTEM).count() == 3
