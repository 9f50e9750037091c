from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "项目认领"

    def ready(self):
        from core import annual_report, meeting_pack, nav, search, todo
        from core.roles import DISTRICT_STAFF, SIGNED_IN, STAFF, THREE_OFFICERS, UNIT_SIDE, Role
        from projects import todo as project_todos
        from projects import todo_lists, todo_points, todo_sessions, todo_work
        from projects.activity import in_project_sessions
        from projects.annual_report import project_section
        from projects.finding import find_projects, list_address
        from projects.list_finding import (
            find_needs,
            find_resources,
            need_list_address,
            resource_list_address,
        )
        from projects.meeting_pack import unclaimed_projects
        from projects.merging import KINDS as KINDS_OF_ROWS
        from units import activity, merging

        nav.register(
            nav.NavItem(
                "项目认领",
                "共建项目",
                "projects:project_list",
                roles=SIGNED_IN - THREE_OFFICERS,
                order=10,
                bar=True,
                bar_label="项目",
            ),
            nav.NavItem(
                "项目认领",
                "认领记录",
                "projects:claim_list",
                icon="checkbox",
                roles=STAFF | UNIT_SIDE,
                order=20,
                bar=UNIT_SIDE,
                bar_label="认领",
            ),
        )
        annual_report.offer("projects", project_section)
        meeting_pack.offer("projects", "无人认领的项目", unclaimed_projects)
        activity.offer("sessions", "项目活动场次已核实", in_project_sessions)
        search.offer("项目", find_projects, list_address)
        todo.register(project_todos)
        merging.register(*KINDS_OF_ROWS)
        # Work on projects
        todo.register(todo_work)
        nav.register(
            nav.NavItem(
                "项目认领",
                "街道统筹",
                "projects:rescue_list",
                icon="users-group",
                roles=DISTRICT_STAFF | {Role.SUBDISTRICT},
                order=18,
            ),
        )
        # Sessions
        todo.register(todo_sessions)
        nav.register(
            nav.NavItem(
                "项目认领",
                "活动场次",
                "projects:session_list",
                icon="calendar-event",
                roles=SIGNED_IN - THREE_OFFICERS,
                order=30,
            ),
            nav.NavItem(
                "项目认领",
                "服务人次",
                "projects:person_times",
                icon="chart-bar",
                roles=SIGNED_IN - THREE_OFFICERS,
                order=32,
            ),
        )
        # Needs, resources and their bookings
        todo.register(todo_lists)
        search.offer("需求", find_needs, need_list_address)
        search.offer("资源", find_resources, resource_list_address)
        nav.register(
            nav.NavItem(
                "项目认领",
                "三张清单",
                "projects:three_lists",
                icon="file-text",
                roles=SIGNED_IN - THREE_OFFICERS,
                order=11,
            ),
            nav.NavItem(
                "项目认领",
                "需求清单",
                "projects:need_list",
                icon="list-check",
                roles=SIGNED_IN - THREE_OFFICERS,
                order=12,
            ),
            nav.NavItem(
                "项目认领",
                "资源清单",
                "projects:resource_list",
                icon="gift",
                roles=SIGNED_IN - THREE_OFFICERS,
                order=14,
            ),
            nav.NavItem(
                "项目认领",
                "资源预约",
                "projects:booking_list",
                icon="calendar",
                roles=STAFF | UNIT_SIDE,
                order=16,
            ),
        )
        # Volunteers' points
        todo.register(todo_points)
        nav.register(
            nav.NavItem(
                "志愿与服务",
                "积分卡",
                "projects:card_list",
                icon="certificate",
                roles=STAFF | UNIT_SIDE,
                order=10,
            ),
            nav.NavItem(
                "志愿与服务",
                "志愿服务记录",
                "projects:record_list",
                icon="clipboard-list",
                roles=STAFF | UNIT_SIDE,
                order=12,
            ),
            nav.NavItem(
                "志愿与服务",
                "兑换目录",
                "projects:reward_list",
                icon="gift",
                roles=SIGNED_IN - THREE_OFFICERS,
                order=14,
            ),
            nav.NavItem(
                "志愿与服务",
                "积分兑换",
                "projects:redemption_list",
                icon="checkbox",
                roles=STAFF | UNIT_SIDE,
                order=16,
            ),
            nav.NavItem(
                "志愿与服务", "随机回访", "projects:call_back_list", icon="phone", roles=STAFF, order=18
            ),
            nav.NavItem(
                "志愿与服务",
                "积分规则",
                "projects:tariff_list",
                icon="list-check",
                roles=SIGNED_IN - THREE_OFFICERS,
                order=20,
            ),
        )
