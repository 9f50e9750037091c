"""The code by which anybody checks a paper (核验码): made, read as people type it, printed."""

import secrets
import unicodedata

from django.conf import settings
from django.urls import reverse

from core.documents.ending import CheckMark

# Without 0/O, 1/I/L, 2/Z, 5/S, 8/B and U/V, which look alike on paper; 12 of 23 are 54 bits.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
CODE_LENGTH = 12
GROUP = 4


def new_code() -> str:
    """A fresh code from the system's source of chance."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def spaced(code: str) -> str:
    """``ABCD-EFGH-JKMN``, as it is printed."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def read_code(typed: str) -> str:
    """The code somebody typed, full-width, in small letters, with blanks or dashes; "" when it can't be one."""
    folded = unicodedata.normalize("NFKC", typed[:100]).upper()
    code = "".join(character for character in folded if character.isalnum())
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else ""


def absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def check_mark(code: str) -> CheckMark:
    return CheckMark(
        spaced(code), absolute(reverse("core:verify-code", args=[code])), absolute(reverse("core:verify"))
    )
