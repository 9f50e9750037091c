"""The pages of statistics (统计分析)."""

from reporting.views.coverage import CoveragePage
from reporting.views.indicators import IndicatorPage, IndicatorRows, IndicatorsPage
from reporting.views.lists import AlertList, CellPage, MovementPage, NewOrganizationsPage
from reporting.views.snapshots import SnapshotFreeze, SnapshotList, SnapshotRestate

__all__ = [
    "AlertList",
    "CellPage",
    "CoveragePage",
    "IndicatorPage",
    "IndicatorRows",
    "IndicatorsPage",
    "MovementPage",
    "NewOrganizationsPage",
    "SnapshotFreeze",
    "SnapshotList",
    "SnapshotRestate",
]
