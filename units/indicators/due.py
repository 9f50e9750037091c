"""应建已建率 COV-DUE: of the units with three full members or more, those with an organization of their own.

Source: domain.md §2(c); Party Constitution art. 30 (three full members). What is missing is 应建未建.
"""

from units.indicators.coverage import Labels, Measure

DUE = Measure(
    slug="due",
    label="应建已建",
    stem="COV-DUE",
    name="{kind}应建已建率",
    numerator_text="其中已单独建立党组织的单位数",
    denominator_text="有3名以上正式党员的{operating}总数",
    met="c.mode = 'standalone'",
    about="u.members_full >= 3",
    note="正式党员人数按现在登记的数",
    present="正式党员人数",
    has_plain_id=True,
    labels=Labels(denominator="应建", numerator="已建", missing="应建未建", rate="应建已建率"),
)
