"""`manage.py backup FILE`: the whole database in one file."""

import os
from pathlib import Path

from django.core.management import BaseCommand, CommandError
from django.db import connection

from wuhou.stack import tools
from wuhou.stack.errors import StackError


class Command(BaseCommand):
    help = "Write the database into FILE (pg_dump, custom format); a file that exists is not touched."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options):
        if file.exists():
            raise CommandError(f"{file} 已经存在，请换一个文件名。The file exists.")
        try:
            write_backup(file)
        except (StackError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"已备份到 {file}（{file.stat().st_size:,} 字节）。")


def write_backup(file: Path) -> None:
    """Dump under another name first: a file with the wanted name is always a whole backup."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    os.close(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    try:
        tools.run(
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--file={unfinished}",
            database=connection.settings_dict,
        )
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)
