"""What the district published for 2015 (mission.md): shown beside today's figures, always dated, never mixed in."""

from typing import NamedTuple

from core.charts import ChartPoint


class Baseline(NamedTuple):
    """A published figure of the past; ``shares`` are the rates as drawn, of the earlier text and of 2015."""

    name: str
    before: str
    published: str
    indicator: str = ""
    shares: tuple[float, ...] = ()


YEAR = 2015
SOURCE = "武侯区公布的 2015 年区域化党建数据；“此前”为更早一份区级材料"
BASELINES = (
    Baseline("非公企业组织覆盖率", "73.12%", "83.2%", "COV-ORG-NP", (0.7312, 0.832)),
    Baseline("社会组织组织覆盖率", "65.82%", "100%", "COV-ORG-SO", (0.6582, 1.0)),
    Baseline("新建两新党组织", "—", "37 个"),
)


def baseline_points(indicator: str) -> list[ChartPoint]:
    """The published points of an indicator, marked as such; none for most."""
    found = next((one for one in BASELINES if one.indicator == indicator), None)
    if found is None:
        return []
    words = (("此前", found.before), (f"{YEAR}年", found.published))
    return [
        ChartPoint(name, share, note=f"公布数，{SOURCE}", is_baseline=True, text=text)
        for (name, text), share in zip(words, found.shares, strict=True)
    ]
