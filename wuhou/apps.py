from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "wuhou"
    verbose_name = "门户"

    def ready(self):
        from core import context, nav, todo
        from core.clock import today
        from core.roles import SIGNED_IN
        from wuhou.home import todo_address
        from wuhou.sample.facts import demo_data

        context.offer("demo_data", demo_data)
        context.offer("todo_count", lambda actor: todo.todo_count(actor, today()))
        context.offer("todo_url", todo_address)
        nav.register(
            nav.NavItem("工作台", "工作台", "home", "home", SIGNED_IN, order=1, bar=True, bar_label="待办")
        )
