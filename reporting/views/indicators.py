"""The catalogue of indicators (指标口径): what every published number means."""

from core.indicators import PERIOD_TYPE_LABELS, all_indicators
from core.pages import SimplePage
from core.roles import SIGNED_IN


class IndicatorsPage(SimplePage):
    """Every published number with its definition and version."""

    template_name = "reporting/indicators.html"
    title = "指标口径"
    subtitle = "页面、接口、表格和通报都按同一口径计算；口径有改动时版本加一，已印发的数字不改。"
    roles = SIGNED_IN

    def get_context(self, **more) -> dict:
        rows = [(indicator, PERIOD_TYPE_LABELS[indicator.period_type]) for indicator in all_indicators()]
        return super().get_context(rows=rows, **more)
