"""The needs list: raise, verify, link, resolve, close, and into a project and back."""

from datetime import date, timedelta

import pytest

from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation, StaleVersion
from core.models import HistoryEntry
from core.roles import Role
from notifications.models import Notification
from projects.actions.conversion import convert_need, project_from_need
from projects.actions.needs import (
    change_need,
    close_need,
    link_need,
    raise_by_resident,
    raise_need,
    release_needs,
    resolve_need,
    verify_need,
)
from projects.models import Need, Project
from projects.need_codes import code_of, find_by_code
from projects.queries.lists import need_candidates
from tests.cast import make_person
from tests.factories.projects import make_project, project_fields
from tests.factories.projects_lists import make_need

pytestmark = pytest.mark.django_db
WORDS = {"title": "老人想学用手机", "domain": "elderly", "description": "2号院有二十多位老人"}


def told(person) -> list[str]:
    return list(
        Notification.objects.filter(recipient=person.user).order_by("pk").values_list("kind", flat=True)
    )


class TestRaise:
    def test_what_the_actor_is_decides_whose_it_is_and_staff_choose(
        self, huangmenjie, community, liaison, unit, places
    ):
        own = raise_need(
            place=huangmenjie, side="residents", reporter_phone="13812341234", actor=liaison.actor, **WORDS
        )
        assert (own.side, own.unit, own.source, own.reporter_phone) == ("unit", unit, "portal", "")
        representative = make_person("dai", Role.REPRESENTATIVE, place=huangmenjie)
        theirs = raise_need(place=huangmenjie, actor=representative.actor, **WORDS)
        assert (theirs.side, theirs.source) == ("residents", "representative")
        ours = raise_need(
            place=huangmenjie,
            side="unit",
            unit=unit,
            source="meeting",
            beneficiaries=20,
            actor=community.actor,
            **WORDS,
        )
        assert (ours.side, ours.unit, ours.source, ours.status) == ("unit", unit, "meeting", "collected")
        year = today().year
        assert [need.number for need in (own, theirs, ours)] == [
            f"XQ-{year}-玉林-{number:04d}" for number in (1, 2, 3)
        ]
        assert told(community) == ["need_raised", "need_raised"]

    def test_refusals_stand_beside_their_field(self, huangmenjie, jinyan, community, liaison, other_unit):
        for changed, field, sentence in (
            ({"title": " "}, "title", "请用一句话写明需要什么。"),
            ({"title": "长" * 101}, "title", "最多 100 字。"),
            ({"domain": "x"}, "domain", "请从列表中选择领域。"),
            ({"urgency": "x"}, "urgency", "请从列表中选择紧急程度。"),
            ({"source": "x"}, "source", "请从列表中选择来源。"),
            ({"side": "x"}, "side", "请从列表中选择是谁的需求。"),
            ({"side": "unit"}, "unit", "单位的需求要写明是哪个单位。"),
            ({"side": "unit", "unit": other_unit}, "unit", "只能选择本辖区正常经营的成员单位。"),
            ({"beneficiaries": 0}, "beneficiaries", "预计受益人数要在 1 到 1000000 之间；说不准可以不填。"),
            ({"reporter_phone": "138"}, "reporter_phone", "电话只能是 7 到 20 位数字，可以带区号和短横。"),
        ):
            with pytest.raises(InputError) as refusal:
                raise_need(place=huangmenjie, actor=community.actor, **{**WORDS, **changed})
            assert (refusal.value.field, refusal.value.message) == (field, sentence)
        for person, place in ((community, jinyan), (liaison, jinyan)):
            with pytest.raises(NotAllowed, match="只能登记您所在辖区内的需求"):
                raise_need(place=place, actor=person.actor, **WORDS)
        officer = make_person("officer", Role.AUDITOR)
        with pytest.raises(NotAllowed, match="您当前的身份不能登记需求"):
            raise_need(place=huangmenjie, actor=officer.actor, **WORDS)

    def test_a_resident_finds_it_again_by_its_code_and_nobody_else_does(self, huangmenjie, community):
        need = raise_by_resident(place=huangmenjie, reporter_name="钱某某", **WORDS)
        assert (need.side, need.source, need.author_id) == ("residents", "portal", None)
        code = code_of(need)
        assert find_by_code(code.lower().replace("-", " ")) == need
        wrong = ("2" if code[-1] != "2" else "3").join((code[:-1], ""))
        assert [find_by_code(one) for one in (wrong, "", "ABC", "22222-2222222", "\x00" * 12)] == [None] * 5
        by_staff = raise_need(place=huangmenjie, actor=community.actor, **WORDS)
        assert find_by_code(code_of(by_staff)) is None

    def test_a_change_before_it_is_verified(self, huangmenjie, community, stranger, jinyan, liaison):
        need = raise_need(place=huangmenjie, actor=liaison.actor, **WORDS)
        changed = change_need(need=need, title="老人想学用智能手机", version=1, actor=liaison.actor)
        assert (changed.title, changed.version) == ("老人想学用智能手机", 2)
        with pytest.raises(StaleVersion):
            change_need(need=need, title="另一句", version=1, actor=community.actor)
        with pytest.raises(NotAllowed, match="只能登记您所在辖区内的需求"):
            change_need(need=need, place=jinyan, actor=community.actor)
        with pytest.raises(NotAllowed, match="只能由登记人或本辖区的工作人员修改"):
            change_need(need=need, title="x", actor=stranger.actor)
        verify_need(need=need, actor=community.actor)
        with pytest.raises(RuleViolation, match="只有还没核实的需求可以修改"):
            change_need(need=need, title="x", actor=liaison.actor)


class TestVerify:
    def test_nobody_verifies_the_own_and_the_author_hears(self, huangmenjie, community, subdistrict, liaison):
        ours = raise_need(place=huangmenjie, actor=community.actor, **WORDS)
        with pytest.raises(NotAllowed, match="不能办理自己提交的事项"):
            verify_need(need=ours, actor=community.actor)
        assert verify_need(need=ours, actor=subdistrict.actor).status == "verified"
        theirs = raise_need(place=huangmenjie, actor=liaison.actor, **WORDS)
        verify_need(need=theirs, actor=community.actor)
        assert told(liaison) == ["need_verified"]

    def test_collected_ones_are_for_the_place_and_their_author(
        self, huangmenjie, community, subdistrict, stranger, liaison, other_liaison
    ):
        need = raise_need(place=huangmenjie, actor=community.actor, **WORDS)

        def readers():
            people = (community, subdistrict, stranger, liaison, other_liaison)
            return [Need.objects.visible_to(person.actor).filter(pk=need.pk).exists() for person in people]

        assert readers() == [True, True, False, False, False]
        verify_need(need=need, actor=subdistrict.actor)
        assert readers() == [True] * 5


class TestDuplicates:
    def test_likely_ones_are_of_the_place_the_domain_or_the_words_within_sixty_days(
        self, huangmenjie, jinyan
    ):
        need = make_need(place=huangmenjie, title="老人学用手机", status="collected")
        same_domain = make_need(place=huangmenjie, title="送餐上门", raised_on=today() - timedelta(days=60))
        same_words = make_need(place=huangmenjie, title="教老人学用手机", domain="education")
        make_need(place=huangmenjie, title="老人学用手机", raised_on=today() - timedelta(days=61))
        make_need(place=huangmenjie, title="路灯", domain="safety")
        make_need(place=huangmenjie, title="老人学用手机", status="closed")
        make_need(place=jinyan, title="老人学用手机")
        assert list(need_candidates(need)) == [same_words, same_domain]

    def test_linking_tells_the_author_and_refuses_circles(self, huangmenjie, community, liaison):
        need = raise_need(place=huangmenjie, actor=liaison.actor, **WORDS)
        original = make_need(place=huangmenjie)
        linked = link_need(need=need, duplicate_of=original, actor=community.actor)
        assert (linked.status, linked.duplicate_of) == ("duplicate", original)
        assert told(liaison) == ["need_linked"]
        with pytest.raises(RuleViolation, match="已有别的需求并入这一条"):
            link_need(need=original, duplicate_of=make_need(place=huangmenjie), actor=community.actor)
        with pytest.raises(InputError, match="不能并入它自己"):
            link_need(need=original, duplicate_of=original, actor=community.actor)
        with pytest.raises(InputError, match="是“重复”，请选择还有效的需求"):
            link_need(need=make_need(place=huangmenjie), duplicate_of=linked, actor=community.actor)


class TestEnds:
    def test_resolved_and_closed_with_words(self, huangmenjie, community, liaison):
        need = raise_need(place=huangmenjie, actor=liaison.actor, **WORDS)
        with pytest.raises(RuleViolation, match="请填写关闭的原因"):
            close_need(need=need, note=" ", actor=community.actor)
        assert close_need(need=need, note="已搬走", actor=community.actor).result == "已搬走"
        other = make_need(place=huangmenjie, status="converted")
        with pytest.raises(InputError, match="最多 1000 字"):
            resolve_need(need=other, note="长" * 1001, actor=community.actor)
        done = resolve_need(need=other, note="每周三开课", actor=community.actor)
        assert (done.status, done.result) == ("resolved", "每周三开课")
        assert told(liaison) == ["need_closed"]


class TestIntoAProject:
    def test_one_step_drafts_the_project_and_converts_the_need(self, huangmenjie, community, liaison):
        need = make_need(place=huangmenjie, author=liaison.user)
        project = project_from_need(
            need=need, place=huangmenjie, actor=community.actor, **project_fields(title="手机课堂")
        )
        need.refresh_from_db()
        assert (project.status, project.origin) == ("draft", "need")
        assert (need.status, need.project) == ("converted", project)
        assert told(liaison) == ["need_converted"]
        with pytest.raises(RuleViolation, match="当前状态是“已转项目”"):
            project_from_need(need=need, place=huangmenjie, actor=community.actor, **project_fields())
        assert Project.objects.count() == 1

    def test_a_draft_that_is_refused_leaves_the_need_as_it_was(self, huangmenjie, community):
        need = make_need(place=huangmenjie)
        with pytest.raises(InputError, match="结束日期不能早于开始日期"):
            project_from_need(
                need=need, place=huangmenjie, actor=community.actor, **project_fields(end_on=date(2020, 1, 1))
            )
        need.refresh_from_db()
        assert (need.status, Project.objects.count()) == ("verified", 0)

    def test_several_go_into_one_and_come_back_when_it_is_called_off(
        self, huangmenjie, community, jinyan, stranger, liaison
    ):
        project = make_project(place=huangmenjie, title="手机课堂")
        needs = [make_need(place=huangmenjie, author=liaison.user) for _ in range(2)]
        for need in needs:
            convert_need(need=need, project=project, actor=community.actor)
        with pytest.raises(InputError, match="这个项目不在需求所在的地方实施"):
            convert_need(need=make_need(place=jinyan), project=project, actor=stranger.actor)
        ended = make_project(place=huangmenjie, status="archived")
        with pytest.raises(RuleViolation, match="项目现在是“已归档”，不能再并入需求"):
            convert_need(need=make_need(place=huangmenjie), project=ended, actor=community.actor)
        assert release_needs(project, "没有单位") == 2
        assert [
            (one.status, one.project) for one in Need.objects.filter(pk__in=[need.pk for need in needs])
        ] == [("verified", None)] * 2
        entry = HistoryEntry.objects.filter(move="release").first()
        assert (entry.note, entry.to_status) == ("项目“手机课堂”已撤销。没有单位", "verified")
        assert told(liaison)[-2:] == ["need_released"] * 2
        assert release_needs(project) == 0
