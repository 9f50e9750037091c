"""Write the spreadsheets of ``sample/``: the district's and the messy one; the same bytes every time."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from units.sample_sheets.district import sample_units
from units.sample_sheets.messy import write_messy, write_messy_csv
from units.sample_sheets.workbook import write_district


class Command(BaseCommand):
    help = "生成 sample/ 里的示范表格"
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--to", type=Path, default=settings.BASE_DIR / "sample")

    def handle(self, *args, to, **options):
        to.mkdir(parents=True, exist_ok=True)
        units = list(sample_units())
        write_district(to / "units.xlsx", units)
        write_messy(to / "units_messy.xlsx")
        write_messy_csv(to / "units_messy_gbk.csv")
        self.stdout.write(f"units.xlsx：{len(units)} 行")
