"""`manage.py purge_sample`: take the sample district away."""

from django.core.management import BaseCommand

from wuhou.first_start import start_empty
from wuhou.sample.purging import purge_sample


class Command(BaseCommand):
    help = "Delete the sample district (演示数据); what was entered besides stays."

    def handle(self, *args, **options):
        deleted = purge_sample()
        self.stdout.write(f"演示数据已清除，共 {deleted} 条记录。" if deleted else "没有演示数据可以清除。")
        first = start_empty() if deleted else None
        if first:
            self.stdout.write(f"首个账号（{first.label}）：{first.username}")
            self.stdout.write(f"密码（只显示这一次）：{first.password}")
