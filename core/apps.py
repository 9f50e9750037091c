from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "基础"

    def ready(self):
        from core import nav
        from core.roles import STAFF, Role

        nav.register(
            nav.NavItem("系统", "任务", "core:job-list", "list-check", STAFF, order=10),
            nav.NavItem(
                "系统", "放假安排", "core:workdays", "calendar", {Role.SYSADMIN, Role.DISTRICT}, order=30
            ),
        )
