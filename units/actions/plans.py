"""What becomes of a build plan when its unit is covered by another way."""

from django.db.models import Exists, OuterRef

from core.actor import SYSTEM
from core.workflow import make_move
from units.models import BuildPlan, CoverageSpell, Unit


def close_overtaken_plans(unit: Unit | None = None) -> int:
    """End the open plans of a unit, or of all, that an organization covers by now; returns how many.

    The plan's own founding covers the unit too, but the plan is founded by then.
    """
    covering = CoverageSpell.objects.filter(unit=OuterRef("unit_id"), to_on=None)
    plans = BuildPlan.objects.open().filter(Exists(covering))
    if unit is not None:
        plans = plans.filter(unit=unit)
    for plan in (found := list(plans.order_by("pk"))):
        make_move(obj=plan, move="close", actor=SYSTEM, note="单位已由党组织覆盖，计划自动了结。")
    return len(found)
