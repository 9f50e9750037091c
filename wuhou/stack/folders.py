"""Where the services of a checkout keep their data, logs and sockets."""

import hashlib
import os
import tempfile
from pathlib import Path

from wuhou.stack.errors import StackError

PROJECT = Path(__file__).resolve().parent.parent.parent
# A Unix socket's path ends after 107 bytes; PostgreSQL adds ".s.PGSQL.5432.lock" to the folder.
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")


def var_folder() -> Path:
    """The data folder: ``PORTAL_VAR``, by default ``var/`` in the checkout."""
    return Path(os.environ.get("PORTAL_VAR") or PROJECT / "var").absolute()


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner can enter, and refuse one that belongs to somebody else.

    :raises StackError: when the folder exists and is a link or another user's.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid != os.geteuid():
        raise StackError(
            f"文件夹 {path} 属于其他用户，请删除或另设 PORTAL_VAR。The folder belongs to another user."
        )
    path.chmod(0o700)
    return path


def socket_folder(home: Path) -> Path:
    """The folder of the sockets: inside ``home``, or a short one in the temporary folder when that is too long."""
    inside = home / "run"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
        return private_folder(inside)
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return private_folder(short_temporary_folder() / f"wuhou-{os.geteuid()}-{digest}")


def short_temporary_folder() -> Path:
    """The temporary folder, or /tmp when ``TMPDIR`` itself is too long for a socket."""
    chosen = Path(tempfile.gettempdir())
    return chosen if len(os.fsencode(chosen)) <= 50 else Path("/tmp")  # nosec B108
