from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "账号"

    def ready(self):
        from accounts import merging as own_merging
        from accounts.actions import hand_over_liaison, take_back_liaison
        from accounts.queries import hats_of
        from core import context, nav
        from core.roles import Role
        from units import merging, offers

        context.offer("memberships", hats_of)
        merging.register(own_merging.KIND)
        offers.offer("liaison", "accounts:liaison_hand_over")
        offers.offer("liaison_withdraw", "accounts:liaison_withdraw")
        offers.offer("representative_account", "accounts:representative_account")
        offers.offer_action("hand_over_liaison", hand_over_liaison)
        offers.offer_action("take_back_liaison", take_back_liaison)
        nav.register(
            nav.NavItem("系统", "我的账号", "accounts:me", "user-circle", order=90),
            nav.NavItem(
                "系统",
                "账号与角色",
                "accounts:people",
                "users",
                {Role.SYSADMIN, Role.SECURITY_ADMIN},
                order=20,
            ),
        )
