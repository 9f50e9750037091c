"""`manage.py restore FILE`: put the database back as it was in a backup."""

from pathlib import Path

from django.core.management import BaseCommand, CommandError
from django.db import connection

from wuhou.stack import tools
from wuhou.stack.errors import StackError

CONFIRMATION = "replace"
# Tables that came after the backup must go too, else the next `migrate` would stumble over them.
EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"


class Command(BaseCommand):
    help = (
        "Replace the whole content of the database by FILE (made by `manage.py backup`), or change nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--yes", action="store_true", help="don't ask before the present data is replaced"
        )

    def handle(self, *, file: Path, yes: bool, **options):
        if not file.is_file():
            raise CommandError(f"没有 {file} 这个文件。There is no such file.")
        if is_in_use() and not (yes or confirmed()):
            raise CommandError("没有恢复：现有数据未改动。Nothing was restored.")
        try:
            put_back(file)
        except StackError as error:
            raise CommandError(f"{error}\n现有数据未改动。Nothing was changed.") from error
        self.stdout.write(f"已从 {file} 恢复。")


def is_in_use() -> bool:
    """Whether the database holds any table: an empty one needs no question."""
    return bool(connection.introspection.table_names())


def confirmed() -> bool:
    try:
        return input(f"现有数据将全部被替换。输入 {CONFIRMATION} 继续：").strip() == CONFIRMATION
    except EOFError:
        return False


def put_back(file: Path) -> None:
    """Replace everything in one transaction: a damaged file leaves the present data as they are.

    The file is first read to its end, because a broken pipe looks to psql like a finished script.
    """
    database = connection.settings_dict
    connection.close()
    tools.run("pg_restore", "--file=/dev/null", str(file), database=database)
    tools.pipe(
        ("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file)),
        (
            "psql",
            "--quiet",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            f"--command={EMPTY}",
            "--file=-",
        ),
        database=database,
    )
