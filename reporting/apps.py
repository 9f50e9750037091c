from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = "统计分析"

    def ready(self) -> None:
        from core import annual_report, indicators, nav
        from core.roles import SIGNED_IN, STAFF
        from reporting.annual import comparison

        indicators.discover()
        annual_report.offer("published", comparison, order=90)
        nav.register(
            nav.NavItem("统计分析", "覆盖率", "reporting:coverage", "chart-bar", STAFF, order=10, bar=STAFF),
            nav.NavItem("统计分析", "月末快照", "reporting:snapshots", "lock", STAFF, order=50),
            nav.NavItem("统计分析", "指标口径", "reporting:indicators", "list-check", SIGNED_IN, order=90),
        )
