"""100人以上组建率 COV-100: covered ÷ all that really operate with 100 employees or more.

Source: domain.md §2(c); table 27 of the yearly statistics of party organizations.
"""

from units.indicators.coverage import Labels, Measure

EMPLOYEES_100 = Measure(
    slug="employees_100",
    label="100人以上",
    stem="COV-100",
    name="100人以上{kind}组建率",
    numerator_text="其中单独建立党组织，或者由联合党支部覆盖的单位数",
    denominator_text="从业人数100人以上的{operating}总数",
    met="c.mode IS NOT NULL",
    about="u.employees >= 100",
    note="从业人数按现在登记的数",
    present="从业人数",
    has_plain_id=True,
    labels=Labels(denominator="100人以上", rate="组建率"),
)
