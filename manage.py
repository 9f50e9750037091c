#!/usr/bin/env python
"""Django's command line; finds or starts the checkout's own PostgreSQL and Redis first."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wuhou.settings.local")
    from wuhou.errors import UnsafeSettings
    from wuhou.stack.commands import services_for
    from wuhou.stack.errors import StackError

    try:
        with services_for(sys.argv):
            from django.core.management import execute_from_command_line

            execute_from_command_line(sys.argv)
    except (StackError, UnsafeSettings) as refusal:
        sys.exit(str(refusal))


if __name__ == "__main__":
    main()
