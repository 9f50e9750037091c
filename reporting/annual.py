"""与2015年公布数对照 in the year's report of the district's joint meeting: dated figures beside today's, never mixed."""

from datetime import date

from django.conf import settings

from core.annual_report import Section, value_text
from core.indicators import get_indicator
from reporting.baselines import BASELINES, YEAR
from units.indicators.territory import read_territory

HEADER = ("编号", "指标", f"{YEAR}年公布数", "本期", "取自")
# What the joint meeting answers for (domain.md §1): code, what was published where `BASELINES` doesn't say it, indicator.
PUBLISHED = (
    ("F01", "联席会成员单位", "30余家", "CONF-UNITS"),
    ("F02", "协调解决问题", "145个", "ISS-SOLVED"),
    ("F03", "共建活动", "200余次", "ACT-COUNT"),
    ("F04", BASELINES[2].name, BASELINES[2].published.replace(" ", ""), "NEW-ORG"),
    ("F05", BASELINES[0].name, BASELINES[0].published, BASELINES[0].indicator),
    ("F06", BASELINES[1].name, BASELINES[1].published, BASELINES[1].indicator),
)


def comparison(place_code: str, first: date, last: date) -> Section | None:
    """The six published figures beside those of the period; only for the district, whose figures they are."""
    if place_code != settings.ROOT_PLACE_CODE:
        return None
    territory = read_territory(place_code)
    rows = [
        (code, name, published, now_of(indicator_id, territory, first, last), indicator_id)
        for code, name, published, indicator_id in PUBLISHED
    ]
    return Section(
        f"与{YEAR}年公布数对照",
        HEADER,
        rows,
        f"{YEAR}年公布数由武侯区公布，是当年的数字，只作对照，不与本期数据合并计算。",
    )


def now_of(indicator_id: str, territory, first: date, last: date) -> str:
    """The figure of the period; of issues the number that was solved, as it was published."""
    indicator = get_indicator(indicator_id)
    figure = indicator.count(territory, first, last).total
    return f"{figure.numerator}个" if indicator_id == "ISS-SOLVED" else value_text(indicator, figure)
