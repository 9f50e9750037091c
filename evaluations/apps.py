from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    name = "evaluations"
    verbose_name = "走访督查考评"

    def ready(self):
        import evaluations.due_days  # importing it registers what a holiday notice moves
        import evaluations.todo
        from core import nav, todo
        from core.roles import STAFF, UNIT_SIDE
        from evaluations.merging import KINDS
        from units import merging

        merging.register(*KINDS)
        todo.register(evaluations.todo)
        nav.register(
            nav.NavItem(
                "走访督查考评",
                "月走访",
                "evaluations:visit-list",
                "walk",
                STAFF | UNIT_SIDE,
                order=10,
                bar=STAFF,
                bar_label="走访",
            ),
            nav.NavItem(
                "走访督查考评", "走访安排", "evaluations:assignment-list", "list-check", STAFF, order=20
            ),
        )
