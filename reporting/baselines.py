"""What the district published for 2015 (mission.md): shown beside today's figures, always dated, never mixed in."""

from typing import NamedTuple


class Baseline(NamedTuple):
    """A published figure of the past."""

    name: str
    before: str
    published: str


YEAR = 2015
BASELINES = (
    Baseline("非公企业组织覆盖率", "73.12%", "83.2%"),
    Baseline("社会组织组织覆盖率", "65.82%", "100%"),
    Baseline("新建两新党组织", "—", "37 个"),
)
