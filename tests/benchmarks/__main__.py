"""``python -m tests.benchmarks``: measure everything on a throw-away PostgreSQL and Redis, print the table."""

import argparse
import importlib
import os
import sys
import time

SECTIONS = ("coverage", "serving", "importing", "exporting", "listing", "projects", "races")


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench", description="Ratios measured in one run.")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="only this section (repeatable)")
    parser.add_argument("--scale", action="store_true", help="also the rows that need millions of units")
    return parser.parse_args()


def prepare() -> None:
    """Set Django up on an empty database."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def measure(sections: list[str]) -> None:
    from tests.benchmarks.measure import table

    found = []
    for name in sections:
        started = time.monotonic()
        print(f"{name} …", file=sys.stderr, flush=True)  # noqa: T201
        found += importlib.import_module(f"tests.benchmarks.{name}").rows()
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)  # noqa: T201
    print(table(found))  # noqa: T201


def main() -> None:
    arguments = read_arguments()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
    from wuhou.stack import throwaway

    with throwaway.services():
        prepare()
        measure(arguments.only or list(SECTIONS))
    if arguments.scale:
        print("No rows for millions of units yet: they come with the roll-up.")  # noqa: T201


if __name__ == "__main__":
    main()
