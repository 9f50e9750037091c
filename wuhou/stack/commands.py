"""Which commands of ``manage.py`` need services, and how they get them."""

import contextlib
import os
from collections.abc import Iterator, Sequence

from wuhou.stack import local, serving
from wuhou.stack.folders import var_folder

# Commands that never ask the database; everything unknown might.
WITHOUT_SERVICES = frozenset(
    {
        "",
        "help",
        "version",
        "--help",
        "-h",
        "--version",
        "check",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "findstatic",
        "makemessages",
        "makemigrations",
        "spectacular",
        "startapp",
        "test",
    }
)


def needs_services(argv: Sequence[str]) -> bool:
    """Whether this command line of ``manage.py`` needs a database: not ``help``, not ``anything --help``."""
    command = argv[1] if len(argv) > 1 else ""
    return command not in WITHOUT_SERVICES and not {"--help", "-h"} & set(argv)


@contextlib.contextmanager
def services_for(argv: Sequence[str]) -> Iterator[None]:
    """Set ``DATABASE_URL`` and ``REDIS_URL`` for a command where the person did not.

    :raises StackError: when the services cannot be started.
    """
    with contextlib.ExitStack() as stack:
        if needs_services(argv):
            # Children work in the project's folder: a relative path must mean the same to them.
            os.environ["PORTAL_VAR"] = str(var_folder())
            if argv[1] == "serve":
                stack.enter_context(serving.services(var_folder()))
            elif local.missing_addresses():
                stack.enter_context(local.borrowed(var_folder()))
        yield
