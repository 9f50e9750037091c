"""`manage.py freeze_snapshot 2026-10`: freeze the month-end values of a month; a second time changes nothing."""

from django.core.management import BaseCommand, CommandError

from core.errors import RuleViolation
from reporting.snapshots import freeze, month_from


class Command(BaseCommand):
    help = "Freeze all indicators of a month that is over (月末快照)."

    def add_arguments(self, parser):
        parser.add_argument("period", help="月份，如 2026-10")

    def handle(self, *args, period: str, **options):
        try:
            number = freeze(month=month_from(period))
        except RuleViolation as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"已冻结 {number} 个数值。" if number else "这个月已经冻结，没有改动。")
