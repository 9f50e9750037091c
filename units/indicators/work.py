"""工作覆盖率 COV-WORK: covered, or reached by an instructor or a mass organization ÷ all that really operate.

Source: domain.md §2(c), definition of 工作覆盖. Version 2 counts instructors by their spells on the day: whoever is
registered as sent (`Instructor`), by name and with dates. `Unit.has_instructor`, which a form or a spreadsheet may
say without naming anybody, is only what was reported; it is never counted (see `reporting.alerts`, 未登记到人).
"""

from units.indicators.coverage import Labels, Measure

WORK = Measure(
    slug="work",
    label="工作覆盖",
    stem="COV-WORK",
    name="{kind}工作覆盖率",
    numerator_text="其中已建立党组织，或者已派党建指导员，或者有工会、团、妇女组织开展党的工作的单位数",
    denominator_text="{operating}总数",
    met=(
        "c.mode IS NOT NULL OR u.has_mass_organization OR EXISTS (SELECT 1 FROM units_instructor i"
        " WHERE i.unit_id = u.id AND i.from_on <= d.day AND (i.to_on IS NULL OR i.to_on > d.day))"
    ),
    version=2,
    note="指导员按当日在派的记录，群团组织按现在登记的情况",
    present="群团组织",
    has_plain_id=True,
    labels=Labels(rate="工作覆盖率"),
)
