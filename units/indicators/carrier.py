"""楼宇、园区、商圈覆盖率 COV-CARRIER: carriers with a branch or an open service station ÷ carriers in use.

Source: domain.md §2(c), §2.15. What counts are carriers, so ``kind`` (of unit) makes no difference: every kind gives
this one indicator. A branch belongs to a carrier on a day when it is at work and

* it covers an operating unit that is settled in the carrier (`Unit.carrier`), or
* the unit it is hosted by is settled there or manages the carrier.

A comprehensive committee the carrier is linked to is a functional body (domain.md §0 fact 4) and never counts; nor do
party groups (641), which are part of a branch. ``standalone``: a stand-alone branch sits there; ``joint``: only joint
branches do; who has a service station alone is in the numerator and in neither. ``excluded``: out of use by that day.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL

from units.indicators.coverage import Kind, Labels, Measure, Subject
from units.indicators.territory import Territory
from units.models import Carrier, ServiceStation

# The modes of the branches of a carrier on a day, and whether a service station is open there.
FACTS = """
FROM unnest(%s::date[]) AS d(day)
JOIN units_carrier k ON k.from_on <= d.day
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(b.mode = 'standalone'), false) AS is_standalone, coalesce(bool_or(b.mode = 'joint'), false) AS is_joint,
    EXISTS (SELECT 1 FROM units_servicestation s WHERE s.carrier_id = k.id AND s.opened_on <= d.day
      AND (s.closed_on IS NULL OR s.closed_on > d.day)) AS has_station
  FROM (
    SELECT c.mode FROM units_unit u
    JOIN units_operatingspell o ON o.unit_id = u.id AND o.status = 'operating' AND o.from_on <= d.day
      AND (o.to_on IS NULL OR o.to_on > d.day)
    JOIN units_coveragespell c ON c.unit_id = u.id AND c.from_on <= d.day AND (c.to_on IS NULL OR c.to_on > d.day)
    JOIN units_partyorganization p ON p.id = c.organization_id AND p.category <> '641'
    WHERE u.carrier_id = k.id AND u.merged_into_id IS NULL
    UNION ALL
    SELECT CASE WHEN p.category IN ('632', '932') THEN 'joint' ELSE 'standalone' END
    FROM units_partyorganization p JOIN units_unit u ON u.id = p.host_unit_id
    WHERE (u.carrier_id = k.id OR u.id = k.manager_unit_id) AND p.category <> '641'
      AND p.status <> 'preparing' AND (p.established_on IS NULL OR p.established_on <= d.day)
      AND (p.dissolved_on IS NULL OR p.dissolved_on > d.day)
  ) b
) w
WHERE {in_territory}
"""


def facts(measure: Measure, kind: Kind, territory: Territory, days: Sequence[date]) -> tuple[str, list[Any]]:
    """The carriers of some days as SQL and its parameters; the kind of unit is not asked."""
    in_territory, codes = territory.range_sql("k.place_code")
    return FACTS.format(in_territory=in_territory), [list(days), *codes]


def carriers_with(ids: RawSQL, day: date, among: models.QuerySet | None) -> models.QuerySet:
    """The carriers with some keys; ``has_station_on`` says whether a service station was open there on a day."""
    stations = ServiceStation.objects.filter(
        Q(closed_on__isnull=True) | Q(closed_on__gt=day), carrier=OuterRef("pk"), opened_on__lte=day
    )
    rows = Carrier.objects.all() if among is None else among
    return rows.filter(pk__in=ids).annotate(has_station_on=Exists(stations))


CARRIERS = Subject(
    word="载体",
    key="k.id",
    place="k.place_code",
    in_scope="(k.to_on IS NULL OR k.to_on > d.day)",
    out_of_scope="k.to_on <= d.day",
    standalone="w.is_standalone",
    joint="w.is_joint AND NOT w.is_standalone",
    facts=facts,
    rows=carriers_with,
)

CARRIER = Measure(
    slug="carrier",
    label="楼宇园区商圈",
    stem="COV-CARRIER",
    name="楼宇、园区、商圈覆盖率",
    numerator_text="其中有党支部或者有党建服务站在用的载体数",
    denominator_text="在用的载体（楼宇、园区、商圈、专业市场、行业系统）总数",
    met="w.is_standalone OR w.is_joint OR w.has_station",
    note="载体内的单位按现在登记的所在载体；与统计对象无关",
    present="单位所在的载体",
    labels=Labels(denominator="在用载体", standalone="有单建支部", joint="只有联建支部", excluded="已停用"),
    subject=CARRIERS,
    is_for_all_kinds=True,
)
