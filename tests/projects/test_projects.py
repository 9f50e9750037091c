"""Projects: draft, review, number, deadline, extension, end; who sees them and who hears of them."""

from datetime import date

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db.models import F

from core.errors import InputError, NotAllowed, RuleViolation, StaleVersion
from core.models import HistoryEntry
from core.roles import Role
from notifications.models import Notification
from projects.actions import (
    change_project,
    close_expired_claims,
    draft_project,
    extend_project,
    publish_project,
    return_project,
    screen_claim,
    submit_claim,
    submit_project,
    terminate_project,
)
from projects.models import Project
from projects.queries.project import claimable_projects, timeline_of
from projects.tasks import close_expired_claims as close_task
from tests.cast import make_person
from tests.factories.projects import make_claim, make_project, project_fields

pytestmark = pytest.mark.django_db

MONDAY = "2026-11-23T10:00:00+08:00"
# The tenth workday after Monday 2026-11-23.
EARLIEST = date(2026, 12, 7)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


def told(person) -> list[str]:
    return list(
        Notification.objects.filter(recipient=person.user).order_by("id").values_list("kind", flat=True)
    )


def reviewed(place, **fields) -> Project:
    return make_project(place=place, status="review", **{"claim_due_on": EARLIEST, **fields})


class TestDraft:
    def test_a_community_drafts_for_the_own_place(self, community, huangmenjie):
        project = draft_project(
            place=huangmenjie, actor=community.actor, **project_fields(title="家电义修日")
        )
        assert (project.status, project.author, project.place_code) == (
            "draft",
            community.user,
            "510107005008",
        )
        assert HistoryEntry.objects.get(about_id=project.pk).label == "起草"

    def test_nobody_drafts_elsewhere_or_in_another_role(
        self, community, liaison, district, jinyan, huangmenjie
    ):
        for person, place in ((community, jinyan), (liaison, jinyan), (district, huangmenjie)):
            with pytest.raises(NotAllowed):
                draft_project(place=place, actor=person.actor, **project_fields())

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"title": ""}, "title"),
            ({"title": "长" * 101}, "title"),
            ({"theme": "sport"}, "theme"),
            ({"lead_places": -1}, "lead_places"),
            ({"lead_places": 2}, None),
            ({"end_on": date(2026, 1, 1)}, None),
            ({"claim_due_on": date(2028, 1, 1)}, "claim_due_on"),
            ({"start_on": date(2026, 12, 1), "end_on": date(2027, 12, 2)}, "end_on"),
            ({"term": "long", "start_on": date(2016, 1, 1), "end_on": date(2099, 1, 1)}, "end_on"),
            ({"is_led_by_proposer": True}, None),
        ],
    )
    def test_wrong_input_is_refused_with_a_sentence(self, community, huangmenjie, fields, field):
        with pytest.raises(InputError) as refusal:
            draft_project(place=huangmenjie, actor=community.actor, **project_fields(**fields))
        assert refusal.value.field == field
        assert any("一" <= letter <= "鿿" for letter in str(refusal.value))

    def test_a_change_is_on_the_timeline_and_a_stale_one_refused(self, community, huangmenjie):
        project = make_project(place=huangmenjie, status="draft", title="义修日")
        changed = change_project(project=project, version=1, title="家电义修日", actor=community.actor)
        assert changed.version == 2
        assert HistoryEntry.objects.get(move="change").changes == {
            "title": ["项目名称", "义修日", "家电义修日"]
        }
        with pytest.raises(StaleVersion) as refusal:
            change_project(project=project, version=1, title="别的", actor=community.actor)
        assert refusal.value.current.title == "家电义修日"

    def test_a_moved_place_carries_its_code(self, subdistrict, yulin, huangmenjie):
        project = make_project(place=yulin, status="draft")
        change_project(project=project, place=huangmenjie, actor=subdistrict.actor)
        project.refresh_from_db()
        assert project.place_code == huangmenjie.code

    def test_only_drafts_change(self, community, huangmenjie):
        with pytest.raises(RuleViolation) as refusal:
            change_project(project=reviewed(huangmenjie), title="别的", actor=community.actor)
        assert refusal.value.code == "wrong_state"


class TestReview:
    def test_submitted_the_subdistrict_hears_published_everybody_does(
        self, community, subdistrict, district, liaison, other_liaison, huangmenjie
    ):
        project = make_project(
            place=huangmenjie, status="draft", claim_due_on=EARLIEST, author=community.user
        )
        project = submit_project(project=project, actor=community.actor)
        project = publish_project(project=project, is_cleared=True, actor=subdistrict.actor)
        assert (project.status, project.number) == ("open", "XM-2026-玉林-0001")
        assert project.published_at is not None
        assert told(subdistrict) == ["project_submitted"]
        assert told(community) == ["project_published"]
        assert told(liaison) == ["project_claimable"]
        assert told(other_liaison) == told(district) == []

    def test_only_liaisons_of_operating_members_of_the_subdistrict_are_invited(
        self, subdistrict, liaison, huangmenjie, unit
    ):
        type(unit).objects.update(is_member=False)
        publish_project(project=reviewed(huangmenjie), is_cleared=True, actor=subdistrict.actor)
        assert told(liaison) == []

    def test_returned_with_a_reason_and_submitted_again_it_is_told_again(
        self, community, subdistrict, huangmenjie
    ):
        project = make_project(place=huangmenjie, status="draft", author=community.user)
        project = submit_project(project=project, actor=community.actor)
        project = return_project(project=project, note="写清次数", actor=subdistrict.actor)
        submit_project(project=project, actor=community.actor)
        assert told(subdistrict) == ["project_submitted", "project_submitted"]
        assert told(community) == ["project_returned"]
        assert Notification.objects.get(kind="project_returned").body.endswith("说明：写清次数")

    def test_the_deadline_leaves_ten_workdays(self, subdistrict, huangmenjie):
        with pytest.raises(RuleViolation) as refusal:
            publish_project(
                project=reviewed(huangmenjie, claim_due_on=date(2026, 12, 6)),
                is_cleared=True,
                actor=subdistrict.actor,
            )
        assert (refusal.value.field, refusal.value.code) == ("claim_due_on", "deadline_too_short")
        assert "2026年12月7日" in str(refusal.value)
        assert (
            publish_project(project=reviewed(huangmenjie), is_cleared=True, actor=subdistrict.actor).status
            == "open"
        )

    def test_what_has_begun_is_not_published(self, subdistrict, community, huangmenjie):
        begun = {"start_on": date(2026, 11, 22)}
        draft = make_project(place=huangmenjie, status="draft", **begun)
        for action in (
            lambda: submit_project(project=draft, actor=community.actor),
            lambda: publish_project(
                project=reviewed(huangmenjie, **begun), is_cleared=True, actor=subdistrict.actor
            ),
        ):
            with pytest.raises(RuleViolation) as refusal:
                action()
            assert (refusal.value.field, refusal.value.code) == ("start_on", "start_passed")

    def test_nothing_is_published_without_a_second_persons_word_on_secrecy(
        self, community, subdistrict, huangmenjie
    ):
        project = reviewed(huangmenjie, author=community.user)
        with pytest.raises(InputError) as refusal:
            publish_project(project=project, actor=subdistrict.actor)
        assert refusal.value.field == "is_cleared"
        published = publish_project(project=project, is_cleared=True, actor=subdistrict.actor)
        assert (published.cleared_by_id, published.cleared_at is not None) == (subdistrict.user.pk, True)
        with pytest.raises(IntegrityError), transaction.atomic():
            Project.objects.update(cleared_by=F("author"))

    def test_numbers_have_no_gaps_and_their_own_series_per_subdistrict_and_year(
        self, subdistrict, district, huangmenjie, jinyan
    ):
        def publish(project, person=subdistrict):
            return publish_project(project=project, is_cleared=True, actor=person.actor).number

        assert publish(reviewed(huangmenjie)) == "XM-2026-玉林-0001"
        with pytest.raises(RuleViolation):
            publish(reviewed(huangmenjie, claim_due_on=date(2026, 11, 30)))
        assert publish(reviewed(huangmenjie)) == "XM-2026-玉林-0002"
        assert publish(reviewed(jinyan), district) == "XM-2026-晋阳-0001"
        with time_machine.travel("2027-01-04T10:00:00+08:00", tick=False):
            assert publish(reviewed(huangmenjie, claim_due_on=date(2027, 2, 26))) == "XM-2027-玉林-0001"

    def test_a_subdistricts_own_project_is_reviewed_by_the_district(self, subdistrict, district, yulin):
        colleague = make_person("colleague", Role.SUBDISTRICT, place=yulin)
        project = make_project(place=yulin, status="draft", author=subdistrict.user)
        project = submit_project(project=project, actor=subdistrict.actor)
        assert (told(district), told(colleague)) == (["project_submitted"], [])
        with pytest.raises(NotAllowed):
            publish_project(project=project, is_cleared=True, actor=colleague.actor)
        assert (
            publish_project(project=project, is_cleared=True, actor=district.actor).number
            == "XM-2026-玉林-0001"
        )


class TestDeadline:
    def test_past_the_deadline_open_projects_close_once(self, huangmenjie, unit, community, subdistrict):
        due = date(2026, 11, 22)
        nobody = make_project(place=huangmenjie, claim_due_on=due)
        some = make_project(place=huangmenjie, claim_due_on=due, claim_mode="parallel", lead_places=2)
        make_claim(project=some, unit=unit, status="confirmed")
        today_still = make_project(place=huangmenjie, claim_due_on=date(2026, 11, 23))
        assert close_task() == 2
        assert close_expired_claims(today=date(2026, 11, 23)) == 0
        statuses = {project.pk: project.status for project in Project.objects.all()}
        assert statuses == {nobody.pk: "unclaimed", some.pk: "claimed", today_still.pk: "open"}
        assert sorted(told(community)) == ["project_closed", "project_expired"]
        assert HistoryEntry.objects.get(move="expire").actor_label == "系统自动"

    def test_extended_it_is_open_for_ten_more_workdays_and_the_units_hear(
        self, huangmenjie, subdistrict, liaison
    ):
        project = make_project(place=huangmenjie, status="unclaimed", claim_due_on=date(2026, 11, 20))
        project = extend_project(project=project, note="再问一轮", actor=subdistrict.actor)
        assert (project.status, project.claim_due_on) == ("open", EARLIEST)
        assert told(liaison) == ["project_claimable_again"]

    def test_an_extension_is_neither_too_short_nor_beyond_the_end(self, huangmenjie, subdistrict):
        project = make_project(
            place=huangmenjie, status="unclaimed", end_on=date(2026, 12, 1), start_on=date(2026, 11, 1)
        )
        with pytest.raises(InputError):
            extend_project(
                project=project, note="再问", claim_due_on=date(2026, 11, 30), actor=subdistrict.actor
            )
        with pytest.raises(RuleViolation) as refusal:
            extend_project(project=project, note="再问", actor=subdistrict.actor)
        assert refusal.value.code == "project_ends"


class TestScope:
    def test_drafts_are_for_the_staff_of_the_place(
        self, huangmenjie, district, subdistrict, community, stranger, liaison
    ):
        project = make_project(place=huangmenjie, status="draft")
        seen = [person for person in (district, subdistrict, community, stranger, liaison)
                if Project.objects.visible_to(person.actor).filter(pk=project.pk).exists()]  # fmt: skip
        assert seen == [district, subdistrict, community]

    def test_what_is_published_is_for_all(self, huangmenjie, stranger, liaison, other_liaison):
        make_project(place=huangmenjie)
        assert all(
            Project.objects.visible_to(person.actor).count() == 1
            for person in (stranger, liaison, other_liaison)
        )

    def test_a_claimant_still_sees_a_terminated_project(
        self, huangmenjie, liaison, other_liaison, unit, community
    ):
        project = make_project(place=huangmenjie)
        make_claim(project=project, unit=unit)
        terminate_project(project=project, note="场地拆迁", actor=community.actor)
        assert Project.objects.visible_to(liaison.actor).count() == 1
        assert Project.objects.visible_to(other_liaison.actor).count() == 0

    def test_claimable_are_open_projects_in_time_not_claimed_yet(self, huangmenjie, liaison, unit):
        near = make_project(place=huangmenjie, claim_due_on=date(2026, 12, 10))
        late = make_project(place=huangmenjie, claim_due_on=date(2026, 11, 22))
        mine = make_project(place=huangmenjie)
        make_claim(project=mine, unit=unit)
        soon = make_project(place=huangmenjie, claim_due_on=date(2026, 12, 1))
        make_project(place=huangmenjie, status="claimed")
        assert list(claimable_projects(liaison.actor)) == [soon, near]
        assert late.pk

    def test_the_timeline_tells_of_the_project_and_its_claims(
        self, huangmenjie, unit, subdistrict, liaison, community
    ):
        project = publish_project(project=reviewed(huangmenjie), is_cleared=True, actor=subdistrict.actor)
        claim = submit_claim(project=project, unit=unit, actor=liaison.actor)
        claim = screen_claim(claim=claim, actor=community.actor)
        assert [entry.label for entry in timeline_of(project, [claim])] == [
            f"初审通过 · {unit}",
            f"提交认领 · {unit}",
            "发布",
        ]
        assert [entry.label for entry in timeline_of(project, [])] == ["发布"]
