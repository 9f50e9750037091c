"""``manage.py create_token USERNAME [--days N]``: an API token for somebody's role; the key is printed once."""

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.actions import issue_token
from accounts.models import User
from accounts.queries import current_memberships
from core.actor import SYSTEM

MOST_DAYS = 3650


class Command(BaseCommand):
    help = "为某个账号现在的身份签发接口令牌；密钥只显示这一次。"

    def add_arguments(self, parser):
        parser.add_argument("username", help="账号")
        parser.add_argument("--days", type=int, help="多少天后失效；不写则直到停用")

    def handle(self, *args, username: str, days: int | None, **options):
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days 要在 1 到 {MOST_DAYS} 之间。")
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"没有启用的账号“{username}”。")
        hats = current_memberships(user)
        if not hats:
            raise CommandError(f"账号“{username}”今天没有生效的身份。")
        expires_at = timezone.now() + timedelta(days=days) if days else None
        _, key = issue_token(name="命令行签发", membership=hats[0], expires_at=expires_at, actor=SYSTEM)
        self.stdout.write(key)
