"""Short words for the tests of formulas: count a formula over the district, as numbers."""

from datetime import date

from units.indicators import KINDS, MEASURES
from units.indicators.coverage import count_days
from units.indicators.territory import By, read_territory

DAY = date(2026, 6, 15)


def counted(
    measure: str, *, kind: str = "non_public", code: str = "510107", day: date = DAY
) -> tuple[int, int]:
    """(numerator, denominator) of a formula."""
    total = count_days(MEASURES[measure], KINDS[kind], read_territory(code, By.NONE), [day])[0].total
    return total.numerator, total.denominator
