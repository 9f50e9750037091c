from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "项目认领"

    def ready(self):
        import projects.todo
        from core import annual_report, meeting_pack, nav, search, todo
        from projects import navigation
        from projects.activity import in_project_sessions
        from projects.annual_report import project_section
        from projects.finding.lists import (
            find_needs,
            find_resources,
            need_list_address,
            resource_list_address,
        )
        from projects.finding.project import find_projects, list_address
        from projects.meeting_pack import unclaimed_projects
        from projects.merging import KINDS as KINDS_OF_ROWS
        from units import activity, merging

        activity.offer("sessions", "项目活动场次已核实", in_project_sessions)
        annual_report.offer("projects", project_section)
        meeting_pack.offer("projects", "无人认领的项目", unclaimed_projects)
        merging.register(*KINDS_OF_ROWS)
        nav.register(*navigation.ITEMS)
        search.offer("项目", find_projects, list_address)
        search.offer("需求", find_needs, need_list_address)
        search.offer("资源", find_resources, resource_list_address)
        todo.register(*projects.todo.PARTS)
