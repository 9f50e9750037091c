"""`manage.py load_sample`: the sample district."""

from django.core.management import BaseCommand, CommandError

from core.clock import today
from core.errors import RuleViolation
from wuhou.sample.loading import load_sample
from wuhou.sample.people import SAMPLE_PASSWORD

__all__ = ["SAMPLE_PASSWORD", "Command"]


class Command(BaseCommand):
    help = "Load the sample district (演示数据); a second time changes nothing."

    def handle(self, *args, verbosity, **options):
        try:
            is_new = load_sample(today())
        except RuleViolation as refusal:
            raise CommandError(refusal.message) from refusal
        if verbosity:
            self.stdout.write("示范数据已装入。" if is_new else "示范数据已经在库中，没有改动。")
