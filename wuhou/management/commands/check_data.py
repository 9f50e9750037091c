"""`manage.py check_data`: what must be true of the data, each with what breaks it; exit status 1 when anything does."""

import sys

from django.core.management import BaseCommand

from wuhou.invariants import INVARIANTS, broken_rows

SHOWN = 20


class Command(BaseCommand):
    help = "Check the invariants of the data; prints each with the rows that break it."

    def handle(self, *args, **options):
        broken = 0
        for invariant in INVARIANTS:
            rows = broken_rows(invariant, SHOWN + 1)
            broken += bool(rows)
            self.stdout.write(f"{'不符' if rows else '正常'}  {invariant.sentence}")
            for row in rows[:SHOWN]:
                self.stdout.write(f"      {row}")
            if len(rows) > SHOWN:
                self.stdout.write("      ……还有更多")
        self.stdout.write(
            f"共检查 {len(INVARIANTS)} 项，{broken} 项不符。"
            if broken
            else f"共检查 {len(INVARIANTS)} 项，全部正常。"
        )
        if broken:
            sys.exit(1)
