"""单独组建率 COV-SOLO: units with a party organization of their own ÷ all that really operate.

Source: domain.md §2(c).
"""

from units.indicators.coverage import Labels, Measure

STANDALONE = Measure(
    slug="standalone",
    label="单独组建",
    stem="COV-SOLO",
    name="{kind}单独组建率",
    numerator_text="其中单独建立党组织的单位数",
    denominator_text="{operating}总数",
    met="c.mode = 'standalone'",
    labels=Labels(numerator="已单建", missing="未单建", rate="单建率"),
)
