"""无党员单位占比 NO-MEMBER: units without any member and without a party organization ÷ all that really operate.

Source: domain.md §2(c), the row 没有党员的 of statistical tables 25, 27 and 30 (under 未建立党组织的).
"""

from units.indicators.coverage import Labels, Measure

NO_MEMBER = Measure(
    slug="no_member",
    label="无党员单位",
    stem="NO-MEMBER",
    name="{kind}无党员单位占比",
    numerator_text="其中没有党员、也没有党组织覆盖的单位数",
    denominator_text="{operating}总数",
    met="c.mode IS NULL AND u.members_total = 0",
    note="党员人数按现在登记的数",
    present="党员人数",
    has_plain_id=True,
    labels=Labels(numerator="没有党员", missing="有党员或已覆盖", rate="占比"),
)
