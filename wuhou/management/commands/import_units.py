"""Import a spreadsheet of units and print one JSON object that says what became of it (docs/operations.md)."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.queries import actor_for
from core.actor import SYSTEM, Actor
from core.errors import RuleViolation
from units.imports import import_file
from units.models import Division


class Command(BaseCommand):
    help = "导入单位台账（.xlsx、.xls、.csv），输出一个 JSON 对象；有被拒绝的行时退出码为 1"

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--place", metavar="CODE", help="只导入这个区划代码之内的行")
        parser.add_argument("--dry-run", action="store_true", help="只核对，不写入")
        parser.add_argument("--as", dest="username", metavar="USERNAME", help="以谁的身份导入（默认：系统）")

    def handle(self, *args, file, place, dry_run, username, **options):
        if not file.is_file():
            raise CommandError(f"没有这个文件：{file}")
        try:
            told = import_file(file, self.actor(username), dry_run, place=self.place(place))
        except RuleViolation as refusal:
            told = unreadable(refusal)
        self.stdout.write(json.dumps(told, ensure_ascii=False))
        if told["errors"]:
            sys.exit(1)

    def actor(self, username: str | None) -> Actor:
        """The person's first role of today; the system without a name."""
        if not username:
            return SYSTEM
        user = User.objects.filter(username=username, is_active=True).first()
        actor = actor_for(user) if user else None
        if actor is None or actor.is_anonymous:
            raise CommandError(f"没有用户“{username}”，或者这个用户目前没有生效的身份。")
        return actor

    def place(self, code: str | None) -> Division | None:
        if not code:
            return None
        place = Division.objects.filter(code=code).first()
        if place is None:
            raise CommandError(f"没有区划代码“{code}”。")
        return place


def unreadable(refusal: RuleViolation) -> dict:
    """The answer for a file that can't be read as a whole."""
    error = {"row": None, "column": None, "message": refusal.message}
    return {"rows": 0, "new": 0, "changed": 0, "same": 0, "refused": 0, "errors": [error]}
