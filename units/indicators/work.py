"""工作覆盖率 COV-WORK: covered, or reached by an instructor or a mass organization ÷ all that really operate.

Source: domain.md §2(c), definition of 工作覆盖.
"""

from units.indicators.coverage import Labels, Measure

WORK = Measure(
    slug="work",
    label="工作覆盖",
    stem="COV-WORK",
    name="{kind}工作覆盖率",
    numerator_text="其中已建立党组织，或者已派党建指导员，或者有工会、团、妇女组织开展党的工作的单位数",
    denominator_text="{operating}总数",
    met="c.mode IS NOT NULL OR u.has_instructor OR u.has_mass_organization",
    note="指导员和群团组织按现在登记的情况",
    has_plain_id=True,
    labels=Labels(rate="工作覆盖率"),
)
