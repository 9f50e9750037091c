from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "项目认领"

    def ready(self):
        from core import meeting_pack, nav, search, todo
        from core.roles import SIGNED_IN, STAFF, THREE_OFFICERS, UNIT_SIDE
        from projects import todo as project_todos
        from projects.activity import in_project_sessions
        from projects.finding import find_projects, list_address
        from projects.meeting_pack import unclaimed_projects
        from units import activity

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
        meeting_pack.offer("projects", "无人认领的项目", unclaimed_projects)
        activity.offer("sessions", "项目活动场次已核实", in_project_sessions)
        search.offer("项目", find_projects, list_address)
        todo.register(project_todos)
