from django.apps import AppConfig


class UnitsConfig(AppConfig):
    name = "units"
    verbose_name = "单位与组织"

    def ready(self):
        import units.reminders  # importing it registers what is due
        import units.todo
        from core import jobs, meeting_pack, nav, search, todo
        from units import merging, navigation
        from units.carried import KINDS as KINDS_OF_ROWS
        from units.divisions.finding import find_places, place_list_address
        from units.divisions.imports import KIND_OF_JOB as PLACES_JOB
        from units.finding.issues import find_issues, issue_list_address
        from units.finding.units import find_units, list_address
        from units.imports.jobs import KIND_OF_JOB as UNITS_JOB
        from units.queries.agenda import overdue_issues

        jobs.register(UNITS_JOB)
        jobs.register(PLACES_JOB)
        meeting_pack.offer("issues", "逾期未办结的问题", overdue_issues)
        merging.register(*KINDS_OF_ROWS)
        nav.register(*navigation.ITEMS)
        search.offer("单位", find_units, list_address)
        search.offer("地方", find_places, place_list_address)
        search.offer("问题", find_issues, issue_list_address)
        todo.register(*units.todo.PARTS)
