"""How the rows of `units` itself follow a unit into the one it is merged into."""

from datetime import date, timedelta

from django.db import models
from django.db.models import Q

from core.actor import SYSTEM
from core.workflow import make_move
from units.actions.plans import close_overtaken_plans
from units.merging import Carried, Merging, end_open
from units.models import (
    AgendaItem,
    BodyMember,
    BodySeat,
    BuildPlan,
    Carrier,
    CoverageSpell,
    Instructor,
    Issue,
    JointActivity,
    Meeting,
    PartyOrganization,
    Person,
    Resolution,
    SurveyLine,
    Unit,
    UnitLiaison,
    UnitPremises,
)

MERGED = "单位并入"


def lasting(model: type[models.Model], unit: Unit, **more) -> models.QuerySet:
    """Rows of a unit that have not ended."""
    return model._base_manager.filter(unit=unit, to_on=None, **more)


def both_last(model: type[models.Model], **more):
    """A clash: both have one, and only one can go on."""

    def clash(source: Unit, target: Unit) -> models.QuerySet:
        rows = lasting(model, source, **more)
        return rows if lasting(model, target, **more).exists() else rows.none()

    return clash


def day_after(on: date, from_on: date) -> date:
    """The day, or the first on which a spell may end at all."""
    return max(on, from_on + timedelta(days=1))


# Coverage


def settle_coverage(merging: Merging, is_taken: bool) -> None:
    """One organization covers from the day on; which one was decided."""
    loser = merging.target if is_taken else merging.source
    for spell in lasting(CoverageSpell, loser):
        spell.to_on = day_after(merging.on, spell.from_on)
        spell.save()


def move_coverage(merging: Merging) -> None:
    """Past coverage follows where the target had none; the present one goes on from where the target's ends."""
    source, target = merging.source, merging.target
    taken = list(target.coverage_spells.values_list("from_on", "to_on"))
    for spell in source.coverage_spells.order_by("from_on"):
        if all(is_apart((spell.from_on, spell.to_on), other) for other in taken):
            follow(spell, target)
        elif spell.to_on is None:
            since = max([merging.on, *(to_on for _, to_on in taken if to_on)])
            spell.to_on = day_after(since, spell.from_on)
            spell.save()
            copy = CoverageSpell(organization=spell.organization, mode=spell.mode, from_on=spell.to_on)
            follow(copy, target)
        else:
            continue
        taken.append((spell.from_on, spell.to_on))


def is_apart(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    return (one[1] is not None and one[1] <= other[0]) or (other[1] is not None and other[1] <= one[0])


def follow(spell: CoverageSpell, target: Unit) -> None:
    spell.unit, spell.place_code, spell.category = target, target.place_code, target.category
    spell.save()


# Liaisons, premises, members


def move_liaisons(merging: Merging) -> None:
    """The source's liaisons end; its present one goes on for the target where that has none (any more)."""
    present = list(lasting(UnitLiaison, merging.source))
    end_open(present, merging.on, end_reason=MERGED)
    has_one = lasting(UnitLiaison, merging.target, is_primary=True).exists()
    for one in present:
        if one.is_primary and not has_one:
            since = max(
                [merging.on, *merging.target.liaisons.filter(is_primary=True).values_list("to_on", flat=True)]
            )
            UnitLiaison.objects.create(unit=merging.target, person=one.person, user=one.user, from_on=since)


def settle_liaisons(merging: Merging, is_taken: bool) -> None:
    if is_taken:
        end_open(lasting(UnitLiaison, merging.target, is_primary=True), merging.on, end_reason=MERGED)


def known_premises(source: Unit, target: Unit) -> models.QuerySet:
    """Premises where the target is registered, or has some already."""
    own = Q(place_code__startswith=target.place_code[:12]) | Q(place__in=target.premises.values("place"))
    return UnitPremises.objects.filter(own, unit=source)


def move_premises(merging: Merging) -> None:
    double = known_premises(merging.source, merging.target)
    for row in double.filter(to_on=None):
        row.to_on = day_after(merging.on, row.from_on)
        row.save()
    UnitPremises.objects.filter(unit=merging.source).exclude(pk__in=double.values("pk")).update(
        unit=merging.target
    )


def move_members(merging: Merging) -> None:
    """Who sits in the same body already keeps its seat; the other one ends."""
    bodies = lasting(BodyMember, merging.target).values_list("body", flat=True)
    double = lasting(BodyMember, merging.source).filter(body__in=list(bodies))
    for row in double:
        row.to_on = day_after(merging.on, row.from_on)
        row.save()
    BodyMember.objects.filter(unit=merging.source, to_on=None).update(unit=merging.target)


def same_round(source: Unit, target: Unit) -> models.QuerySet:
    return SurveyLine._base_manager.filter(
        unit=source, round__in=SurveyLine._base_manager.filter(unit=target).values("round")
    )


def move_activities(merging: Merging) -> None:
    for activity in JointActivity._base_manager.filter(units=merging.source):
        activity.units.remove(merging.source)
        activity.units.add(merging.target)


def move_resolutions(merging: Merging) -> None:
    Resolution._base_manager.filter(lead_unit=merging.source).update(lead_unit=merging.target)
    for resolution in Resolution._base_manager.filter(co_units=merging.source):
        resolution.co_units.remove(merging.source)
        resolution.co_units.add(merging.target)


def settle_instructors(merging: Merging, is_taken: bool) -> None:
    loser = merging.target if is_taken else merging.source
    for row in lasting(Instructor, loser):
        row.to_on = day_after(merging.on, row.from_on)
        row.save()


def both_planned(source: Unit, target: Unit) -> models.QuerySet:
    """The source's open build plan where the target has one, too."""
    if not BuildPlan.objects.open().filter(unit=target).exists():
        return BuildPlan.objects.none()
    return BuildPlan.objects.open().filter(unit=source)


def settle_builds(merging: Merging, is_taken: bool) -> None:
    loser = merging.target if is_taken else merging.source
    for plan in BuildPlan.objects.open().filter(unit=loser):
        make_move(obj=plan, move="close", actor=SYSTEM, note=merging.note)


def move_builds(merging: Merging) -> None:
    BuildPlan.objects.filter(unit=merging.source).update(
        unit=merging.target, place_code=merging.target.place_code
    )
    close_overtaken_plans(merging.target)


KINDS = (
    Carried(
        "coverage", "党组织覆盖", CoverageSpell, clash=both_last(CoverageSpell), settle=settle_coverage,
        move=move_coverage,
    ),
    Carried(
        "liaisons", "联络员", UnitLiaison, clash=both_last(UnitLiaison, is_primary=True), settle=settle_liaisons,
        move=move_liaisons,
    ),
    Carried("premises", "分支经营点", UnitPremises, move=move_premises),
    Carried("members", "联席会成员", BodyMember, move=move_members),
    Carried("seats", "兼职委员", BodySeat, ("from_unit",)),
    Carried("persons", "人员", Person),
    Carried("hosted", "依托的党组织", PartyOrganization, ("host_unit",)),
    Carried("carriers", "管理的载体", Carrier, ("manager_unit",)),
    Carried(
        "instructors", "党建指导员", Instructor, clash=both_last(Instructor), settle=settle_instructors
    ),
    Carried("builds", "组建计划", BuildPlan, clash=both_planned, settle=settle_builds, move=move_builds),
    Carried("surveys", "摸排", SurveyLine, stay=same_round),
    Carried("issues", "承办的问题", Issue),
    Carried("activities", "共建活动", JointActivity, ("units",), move=move_activities),
    Carried("meetings", "承办的会议", Meeting, ("host_unit",)),
    Carried("items", "议题", AgendaItem),
    Carried("resolutions", "议定事项", Resolution, ("lead_unit", "co_units"), move=move_resolutions),
    Carried("earlier", "更早并入的登记", Unit, ("merged_into",)),
)  # fmt: skip
