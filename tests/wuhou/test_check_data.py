"""check_data: silent about sound data, and naming what breaks each invariant."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from core.models import Job, NumberSequence
from core.periods import Month
from evaluations.models import MonthlyVisit
from notifications.actions import notify
from notifications.models import Delivery
from projects.models import Project
from tests.factories.evaluations import make_visit
from tests.factories.projects import make_claim, make_project
from tests.factories.units import cover, make_unit
from units.models import CoverageSpell, OperatingSpell, PartyOrganization, Unit
from wuhou.invariants import INVARIANTS, broken_rows


def broken() -> list[str]:
    """The sentences that do not hold now."""
    return [invariant.sentence for invariant in INVARIANTS if broken_rows(invariant, 5)]


@pytest.fixture
def sound(unit, community, huangmenjie):
    cover(unit)
    project = make_project(place=huangmenjie)
    make_claim(project=project, unit=unit)
    make_visit(unit=unit, visitor=community.user, month=Month(2026, 10), status="recorded")
    notify(key="k", to=[community.user], kind="test", title="t", about=project)


def test_sound_data_passes(sound, capsys):
    call_command("check_data")
    assert f"共检查 {len(INVARIANTS)} 项，全部正常。" in capsys.readouterr().out


def test_what_breaks_an_invariant_is_named_and_the_exit_status_is_1(sound, unit, capsys):
    Project.objects.update(place_code="510107009")
    with pytest.raises(SystemExit) as stop:
        call_command("check_data")
    out = capsys.readouterr().out
    assert stop.value.code == 1
    assert "不符  共建项目的区划代码同所在地一致" in out
    assert "记的是 510107009，所在地是 510107005008" in out


def without_triggers(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def wrong_copy():
    without_triggers("UPDATE units_coveragespell SET place_code = '510107009'")


def wrong_status():
    Unit.objects.update(operating_status="shell")


def lost_status():
    OperatingSpell.objects.all().delete()


def merged_but_covered():
    unit = Unit.objects.get()
    Unit.objects.update(merged_into=make_unit(place=unit.place))


def dissolved_but_covering():
    PartyOrganization.objects.update(dissolved_on=date(2026, 1, 1), status="dissolved")


def claimed_by_nobody():
    Project.objects.update(status="claimed")


def open_but_full():
    Project.objects.get().claims.update(status="confirmed", slot=1)


def wrong_claim_place():
    Project.objects.get().claims.update(place_code="510107009")


def visit_outside_its_month():
    MonthlyVisit.objects.update(visited_on=date(2026, 11, 1))


def number_beyond_the_sequence():
    year = date.today().year
    NumberSequence.objects.create(name=f"project:510107005:{year}", last=1)
    Project.objects.update(number=f"XM-{year}-玉林-0002")


def stuck_delivery():
    Delivery.objects.update(status="sending", claimed_at=timezone.now() - timedelta(hours=2))


def forgotten_delivery():
    Delivery.objects.update(next_try_at=timezone.now() - timedelta(days=2))


def stuck_job():
    Job.objects.create(
        kind="import", title="导入", status="running", beat_at=timezone.now() - timedelta(hours=2)
    )


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (wrong_copy, "覆盖记录重复的内容同单位一致"),
        (wrong_status, "单位的经营状态等于它现在的状态记录"),
        (lost_status, "单位的经营状态等于它现在的状态记录"),
        (merged_but_covered, "已并入其他单位的单位不再有进行中的覆盖"),
        (dissolved_but_covering, "覆盖记录在党组织存续期内"),
        (claimed_by_nobody, "已认领的项目有确认的单位"),
        (open_but_full, "待认领的项目还有名额"),
        (wrong_claim_place, "认领的区划代码同项目一致"),
        (visit_outside_its_month, "走访日期在走访月份内"),
        (number_beyond_the_sequence, "项目编号没有超过编号序列"),
        (stuck_delivery, "邮件没有卡在发送中"),
        (forgotten_delivery, "到时间的邮件都在一天内发出或列入未送达"),
        (stuck_job, "任务没有停在半路"),
    ],
)
def test_each_kind_of_damage_is_found(spoil, sentence, sound):
    assert broken() == []
    spoil()
    assert broken() == [sentence]
    assert CoverageSpell.objects.exists()
