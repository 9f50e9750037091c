"""Load places from a CSV file (区划); without a file, those of Wuhou."""

from pathlib import Path

from django.core.management.base import BaseCommand

from units.divisions import WUHOU, load_divisions, read_divisions


class Command(BaseCommand):
    help = "装入区划（默认：武侯区的街道和社区）"

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, default=WUHOU)

    def handle(self, *args, file, **options):
        changed = load_divisions(read_divisions(file))
        self.stdout.write(f"区划已装入，改动 {changed} 条。")
