"""Merging duplicates: everything follows, open work needs a word, nothing is lost, two at once are one."""

from datetime import date
from threading import Barrier, Thread

import pytest
from django.db import connection

from accounts.models import Membership
from core.actor import SYSTEM
from core.errors import InputError, NotAllowed, RuleViolation
from core.models import HistoryEntry
from core.periods import Month
from tests.factories.bodies import make_body, make_member
from tests.factories.evaluations import make_assignment, make_visit
from tests.factories.issues import make_activity, make_issue
from tests.factories.projects import make_claim, make_project
from tests.factories.units import cover, make_organization, make_unit
from tests.units.counting import counted
from units.actions.merging import merge_units
from units.actions.register import request_exit
from units.imports.undo import references
from units.merging import STAYS, carried_fields
from units.models import Unit
from units.sample_sheets.names import credit_code

ON = date(2026, 6, 1)
CODE = credit_code("91", "MADEX001")


@pytest.fixture
def twin(huangmenjie) -> Unit:
    """The same unit, registered a second time."""
    return make_unit(name="成都安和物业有限公司", place=huangmenjie, credit_code=CODE)


def merge(source, target, actor, **choices) -> Unit:
    return merge_units(source=source, target=target, on=ON, reason="登记了两次", choices=choices, actor=actor)


def text(response) -> str:
    return response.content.decode()


@pytest.mark.django_db
class TestMerging:
    def test_every_reference_is_carried_or_stays_for_a_reason(self):
        found = {(field.model._meta.label, field.name) for field in references(Unit)}
        through = {
            one for one in found if one[0] in {"units.JointActivity_units", "units.Resolution_co_units"}
        }
        assert found - through - carried_fields() - set(STAYS) == set()
        assert set(STAYS) & carried_fields() == set()

    def test_everything_follows_and_both_tell_of_it(
        self, district, liaison, unit, twin, huangmenjie, community
    ):
        # The liaison's own unit is merged into its twin: what was there is there, under the other name.
        organization = make_organization(place=huangmenjie, name="甲支部")
        cover(unit, organization=organization)
        issue, activity = make_issue(place=huangmenjie, unit=unit), make_activity(place=huangmenjie)
        activity.units.add(unit)
        member = make_member(make_body(place=huangmenjie, kind="joint_meeting"), unit)
        claim = make_claim(project=make_project(place=huangmenjie, status="open"), unit=unit)
        make_assignment(unit=unit, visitor=community.user)
        visit = make_visit(unit=unit, visitor=community.user, month=Month(2026, 5))
        Unit.objects.filter(pk=unit.pk).update(credit_code=None)
        before = counted("organization", day=date(2026, 11, 1))
        merge(unit, twin, district.actor)
        for row in (issue, member, claim, visit):
            row.refresh_from_db()
            assert row.unit == twin, row
        assert list(activity.units.all()) == [twin]
        assert twin.visit_assignments.count() == 1
        assert twin.coverage_spells.get().organization == organization
        unit.refresh_from_db()
        twin.refresh_from_db()
        assert (unit.merged_into, unit.operating_status, unit.verification, twin.is_member) == (
            twin, "duplicate_licence", "cancelled", True,
        )  # fmt: skip
        assert list(Membership.objects.filter(user=liaison.user).order_by("pk").values_list("unit", "to_on")) == [
            (unit.pk, ON), (twin.pk, None),
        ]  # fmt: skip
        assert (before, counted("organization", day=date(2026, 11, 1))) == ((1, 2), (1, 1))
        for row, label in ((unit, f"并入{twin}"), (twin, "并入重复登记")):
            entry = HistoryEntry.objects.filter(about_type__model="unit", about_id=row.pk).first()
            assert (entry.label, "登记了两次" in entry.note) == (label, True)
        page = text(community.client.get("/units/"))
        assert unit.get_absolute_url() not in page
        assert f'已并入 <a href="{twin.get_absolute_url()}">' in text(
            community.client.get(unit.get_absolute_url())
        )

    def test_open_work_on_both_needs_a_word_where_it_goes(self, district, unit, twin, huangmenjie):
        cover(unit, organization=make_organization(place=huangmenjie, name="甲支部"))
        cover(twin, organization=make_organization(place=huangmenjie, name="乙支部"), mode="joint")
        project = make_project(place=huangmenjie, status="open")
        mine, theirs = make_claim(project=project, unit=twin), make_claim(project=project, unit=unit)
        with pytest.raises(InputError, match="两个单位都有正在进行的“党组织覆盖”，请选择去向。") as refused:
            merge(twin, unit, district.actor, claims="keep")
        assert refused.value.field == "coverage"
        with pytest.raises(InputError, match="两个单位都有正在进行的“项目认领”，请选择去向。"):
            merge(twin, unit, district.actor, coverage="take")
        twin.refresh_from_db()
        assert twin.merged_into is None
        merge(twin, unit, district.actor, coverage="take", claims="keep")
        spells = unit.coverage_spells.order_by("from_on").values_list(
            "organization__name", "mode", "from_on", "to_on"
        )
        assert list(spells) == [
            ("甲支部", "standalone", date(2021, 1, 1), ON), ("乙支部", "joint", ON, None),
        ]  # fmt: skip
        mine.refresh_from_db()
        theirs.refresh_from_db()
        assert (mine.status, mine.unit, theirs.status, theirs.unit) == ("rejected", unit, "submitted", unit)

    def test_refusals(self, district, subdistrict, community, unit, twin, huangmenjie):
        with pytest.raises(NotAllowed, match="重复登记由区级合并。"):
            merge(twin, unit, subdistrict.actor)
        with pytest.raises(RuleViolation, match="不能并入它自己"):
            merge(unit, unit, district.actor)
        request_exit(
            unit=twin,
            operating_status="shell",
            from_on=ON,
            reason="空壳",
            evidence="核查",
            actor=community.actor,
        )
        with pytest.raises(RuleViolation, match="有退出统计口径的申请等待审核，请先审核。"):
            merge(twin, unit, district.actor)
        closed = make_unit(place=huangmenjie, name="关门公司", status="suspended")
        with pytest.raises(RuleViolation, match="“关门公司”不是正常经营的单位"):
            merge(unit, closed, district.actor)
        merge(closed, unit, district.actor)
        with pytest.raises(RuleViolation, match="“关门公司”已经并入其他单位。"):
            merge(closed, unit, district.actor)

    def test_two_steps_on_the_page(self, district, subdistrict, unit, twin, huangmenjie):
        cover(unit, organization=make_organization(place=huangmenjie))
        cover(twin, organization=make_organization(place=huangmenjie))
        way = f"/units/{twin.pk}/merge/"
        assert subdistrict.client.get(way).status_code == 403
        assert unit.name in text(district.client.get(way))
        assert "没有找到这个单位" in text(district.client.post(way, {"into": "没有这家"}))
        chosen = district.client.post(way, {"into": unit.name})
        assert chosen["Location"] == f"{way}?into={unit.pk}"
        assert "党组织覆盖的去向" in text(district.client.get(chosen["Location"]))
        typed = {"on": "2026-06-01", "reason": "登记了两次"}
        assert district.client.post(chosen["Location"], typed).status_code == 422
        done = district.client.post(chosen["Location"], {**typed, "coverage": "keep"}, follow=True)
        assert "并入的重复登记" in text(done)
        assert district.client.get(f"{way}?into=x").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_merges_at_once_are_one(unit, twin):
    started, told = Barrier(2), []

    def run(source, target):
        try:
            started.wait()
            merge(source, target, SYSTEM)
            told.append("done")
        except RuleViolation as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in ((unit, twin), (twin, unit))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", "not_mergeable"]
    assert Unit.objects.filter(merged_into=None).count() == 1
