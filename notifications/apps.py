from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "提醒"

    def ready(self):
        from core import context, nav, telling
        from core.roles import Role
        from notifications.queries import unread_count
        from notifications.telling import tell_words

        nav.register(
            nav.NavItem("工作台", "消息", "notifications:inbox", icon="mail", order=50),
            nav.NavItem(
                "系统",
                "未送达的邮件",
                "notifications:unsent_list",
                icon="send",
                roles={Role.SYSADMIN},
                order=60,
            ),
        )
        context.offer("unread_count", unread_count)
        telling.register_teller(tell_words)
