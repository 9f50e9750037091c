"""三有企业组织覆盖率 COV-3HAVE: of the units with premises, ten employees and business, those that are covered.

Source: domain.md §2(c): 有固定场所 + ≥10 员工 + 有经营活动, the scope of the national survey.
"""

from units.indicators.coverage import Labels, Measure

THREE_HAVES = Measure(
    slug="three_haves",
    label="三有企业",
    stem="COV-3HAVE",
    name="三有{kind}组织覆盖率",
    numerator_text="其中由党组织单独或联合覆盖的单位数",
    denominator_text="有固定场所、有10名以上员工、有经营活动的{operating}总数",
    met="c.mode IS NOT NULL",
    about="u.has_premises AND u.has_business AND u.employees >= 10",
    note="固定场所、从业人数、经营活动按现在登记的情况",
    present="固定场所、从业人数、经营活动",
    has_plain_id=True,
    labels=Labels(denominator="三有企业"),
)
