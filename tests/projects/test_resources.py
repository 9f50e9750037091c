"""The resources list: offer, change, opening hours, pause, withdraw, and into a project."""

from datetime import date, time, timedelta

import pytest
from django import forms

from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation, StaleVersion
from core.models import HistoryEntry
from notifications.models import Notification
from projects.actions.conversion import project_from_resource
from projects.actions.resources import (
    change_resource,
    offer_resource,
    pause_resource,
    resume_resource,
    set_windows,
    withdraw_resource,
)
from projects.forms.lists import HoursForm, read_spans
from projects.models import Project, Resource
from projects.queries.lists import hours_of, hours_text, is_open_for
from tests.factories.projects import project_fields
from tests.factories.projects_lists import make_booking, make_resource
from tests.factories.units import make_unit

pytestmark = pytest.mark.django_db
WORDS = {"kind": "venue", "domain": "culture", "title": "多功能会议室"}
NINE, NOON, FIVE = time(9), time(12), time(17)


class TestOffer:
    def test_a_unit_its_own_and_staff_those_of_their_place(self, unit, liaison, community, district):
        own = offer_resource(unit=unit, windows=[(1, NINE, FIVE)], actor=liaison.actor, **WORDS)
        assert (own.number, own.place, own.status, own.scope) == (
            f"ZY-{today().year}-玉林-0001",
            unit.place,
            "offered",
            "subdistrict",
        )
        assert own.windows.count() == 1
        assert not Notification.objects.exists()
        for person in (community, district):
            offer_resource(unit=unit, actor=person.actor, **WORDS)
        assert Notification.objects.filter(recipient=liaison.user, kind="resource_offered").count() == 2

    def test_refusals(self, unit, other_unit, liaison, community, stranger, huangmenjie):
        for person in (stranger, liaison):
            with pytest.raises(NotAllowed, match="只能登记本单位的资源"):
                offer_resource(unit=unit if person is stranger else other_unit, actor=person.actor, **WORDS)
        closed = make_unit(place=huangmenjie, status="suspended")
        with pytest.raises(RuleViolation, match="登记的状态是“停业”，不能登记资源") as refusal:
            offer_resource(unit=closed, actor=community.actor, **WORDS)
        assert refusal.value.field == "unit"
        for changed, field, sentence in (
            ({"title": " "}, "title", "请用一句话写明能提供什么。"),
            ({"kind": "x"}, "kind", "请从列表中选择类型。"),
            ({"domain": "x"}, "domain", "请从列表中选择领域。"),
            ({"scope": "x"}, "scope", "请从列表中选择开放范围。"),
            ({"conditions": "长" * 301}, "conditions", "最多 300 字。"),
            ({"valid_to": today() - timedelta(days=1)}, "valid_to", "有效期不能早于今天。"),
            ({"windows": [(1, FIVE, NINE)]}, "windows", "结束时间要晚于开始时间。"),
            ({"windows": [(8, NINE, FIVE)]}, "windows", "星期要写成 1 到 7，1 是周一。"),
            ({"windows": [(2, NINE, FIVE), (2, NOON, FIVE)]}, "windows", "周二的两段时间重叠了。"),
        ):
            with pytest.raises(InputError) as refused:
                offer_resource(unit=unit, actor=liaison.actor, **{**WORDS, **changed})
            assert (refused.value.field, refused.value.message) == (field, sentence)


class TestChange:
    def test_by_its_keeper_with_the_version_he_read(self, unit, liaison, community, stranger):
        resource = make_resource(unit=unit)
        saved = change_resource(resource=resource, version=1, quantity="60 人", actor=community.actor)
        assert (saved.quantity, saved.version) == ("60 人", 2)
        with pytest.raises(StaleVersion):
            change_resource(resource=resource, version=1, quantity="80 人", actor=liaison.actor)
        with pytest.raises(NotAllowed, match="只能由提供单位或本辖区的工作人员修改"):
            change_resource(resource=resource, quantity="80 人", actor=stranger.actor)

    def test_it_becomes_exclusive_only_while_no_accepted_bookings_overlap(
        self, unit, liaison, huangmenjie, yulin
    ):
        resource = make_resource(unit=unit, is_exclusive=False)
        pair = [
            make_booking(resource=resource, place=place, status="accepted") for place in (huangmenjie, yulin)
        ]
        with pytest.raises(RuleViolation, match="已确认的预约里有时间重叠的") as refusal:
            change_resource(resource=resource, is_exclusive=True, actor=liaison.actor)
        assert refusal.value.code == "exclusive_overlap"
        pair[0].status = "cancelled"
        pair[0].save()
        change_resource(resource=resource, is_exclusive=True, actor=liaison.actor)
        pair[1].refresh_from_db()
        assert pair[1].is_exclusive

    def test_hours_are_replaced_and_told_in_words(self, unit, liaison, stranger):
        resource = make_resource(unit=unit, hours={1: ("09:00", "17:00")})
        weekdays = [(day, NINE, FIVE) for day in range(1, 6)]
        set_windows(resource=resource, windows=[*weekdays, (6, NINE, NOON)], actor=liaison.actor)
        assert hours_text(hours_of(resource.windows.all())) == "周一至周五 09:00—17:00；周六 09:00—12:00"
        spread = {1: [(NINE, NOON)], 2: [(NINE, FIVE)], 3: [(NINE, NOON)]}
        assert hours_text(spread) == "周一、周三 09:00—12:00；周二 09:00—17:00"
        entry = HistoryEntry.objects.get(move="change")
        assert entry.changes["windows"][1:] == [
            "周一 09:00—17:00",
            "周一至周五 09:00—17:00；周六 09:00—12:00",
        ]
        set_windows(resource=resource, windows=[*weekdays, (6, NINE, NOON)], actor=liaison.actor)
        assert HistoryEntry.objects.count() == 1
        with pytest.raises(NotAllowed):
            set_windows(resource=resource, windows=[], actor=stranger.actor)


class TestStatus:
    def test_it_is_withdrawn_only_when_nobody_counts_on_it(self, unit, liaison, huangmenjie, other_liaison):
        resource = make_resource(unit=unit)
        booking = make_booking(resource=resource, place=huangmenjie)
        with pytest.raises(RuleViolation, match="还有 1 个预约没有办完") as refusal:
            withdraw_resource(resource=resource, note="装修", actor=liaison.actor)
        assert refusal.value.code == "open_bookings"
        booking.status = "declined"
        booking.save()
        with pytest.raises(NotAllowed):
            pause_resource(resource=resource, note="装修", actor=other_liaison.actor)
        assert pause_resource(resource=resource, note="装修", actor=liaison.actor).status == "paused"
        assert resume_resource(resource=resource, actor=liaison.actor).status == "offered"
        assert withdraw_resource(resource=resource, note="装修", actor=liaison.actor).status == "withdrawn"
        with pytest.raises(RuleViolation, match="已经撤回的资源不能修改"):
            change_resource(resource=resource, quantity="1", actor=liaison.actor)

    def test_paused_ones_are_for_the_unit_and_the_staff_of_the_place(
        self, unit, liaison, other_liaison, community, stranger, district
    ):
        offered, paused = make_resource(unit=unit), make_resource(unit=unit, status="paused")
        seen = {
            person.user.username: set(Resource.objects.visible_to(person.actor))
            for person in (liaison, other_liaison, community, stranger, district)
        }
        both = {offered, paused}
        assert seen == {
            "liaison": both,
            "other_liaison": {offered},
            "community": both,
            "stranger": {offered},
            "district": both,
        }

    def test_the_scope_is_a_place(self, unit):
        found = {
            scope: [is_open_for(make_resource(unit=unit, scope=scope), code) for code in CODES]
            for scope in Resource.Scope.values
        }
        assert found == {
            "community": [True, False, False, False],
            "subdistrict": [True, True, True, False],
            "district": [True, True, True, True],
        }


# The unit's community, another one beside it, their subdistrict, and a community elsewhere.
CODES = ("510107005008", "510107005009", "510107005", "510107009001")


class TestIntoAProject:
    def test_one_step_names_the_unit(self, unit, liaison, community, huangmenjie):
        resource = make_resource(unit=unit, title="健康讲座")
        project = project_from_resource(
            resource=resource, place=huangmenjie, actor=community.actor, **project_fields(title="讲座")
        )
        assert (project.status, project.origin) == ("draft", "resource")
        entry = HistoryEntry.objects.get(move="from_resource")
        assert entry.note == f"由资源 {resource.number}“健康讲座”转来，提供单位：成都安和物业服务有限公司。"
        assert Notification.objects.filter(recipient=liaison.user).count() == 1
        resource.status = "paused"
        resource.save()
        with pytest.raises(RuleViolation, match="这项资源现在是“暂停”，不能转为项目"):
            project_from_resource(
                resource=resource, place=huangmenjie, actor=community.actor, **project_fields()
            )
        assert Project.objects.count() == 1


class TestHoursAsTyped:
    def test_clerks_spell_them_in_many_ways(self):
        morning = [(NINE, NOON)]
        for text in (
            "9:00-12:00",
            "09：00—12：00",
            " 9-12 ",
            "9点至12点",
            "９：００～１２：００",
            "9:00到12:00",
        ):
            assert read_spans(text) == morning, text
        assert read_spans("9-12，14:30-17；19-24:00") == [
            (NINE, NOON),
            (time(14, 30), FIVE),
            (time(19), time(23, 59)),
        ]
        for text in ("上午", "9", "25-26", "9-12-14"):
            with pytest.raises(forms.ValidationError):
                read_spans(text)

    def test_the_form_reads_back_what_it_wrote(self, unit):
        resource = make_resource(unit=unit, hours={3: ("09:00", "12:00")})
        initial = HoursForm.initial_of(resource)
        form = HoursForm(initial)
        assert (initial, form.is_valid()) == ({"day_3": "09:00-12:00"}, True)
        assert form.cleaned_data == {"windows": [(3, NINE, NOON)]}


def test_the_day_it_ends_is_still_in_time(unit):
    resource = make_resource(unit=unit, valid_to=date(2026, 11, 25))
    assert list(Resource.objects.bookable(date(2026, 11, 25))) == [resource]
    assert list(Resource.objects.bookable(date(2026, 11, 26))) == []
