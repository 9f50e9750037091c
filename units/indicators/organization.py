"""组织覆盖率 COV-ORG (the published 83.2 % and 100 %): covered alone or jointly ÷ all that really operate.

Source: domain.md §2(c).
"""

from units.indicators.coverage import Measure

ORGANIZATION = Measure(
    slug="organization",
    label="组织覆盖",
    stem="COV-ORG",
    name="{kind}组织覆盖率",
    numerator_text="其中单独建立党组织，或者由联合党支部覆盖的单位数",
    denominator_text="{operating}总数",
    met="c.mode IS NOT NULL",
)
