"""The query code (查询码) by which a resident without an account finds the own need again.

It is made of the need's number in the database and a keyed digest of it, so nothing is stored and nobody guesses one:
seven of its twelve letters are the digest (31⁷ ≈ 2.7·10¹⁰), and looks are limited per minute.
"""

import re

from django.utils.crypto import constant_time_compare, salted_hmac

from projects.models import Need
from units.actions.issues import CODE_LETTERS

ID_LETTERS, DIGEST_LETTERS = 5, 7
CODE_LENGTH = ID_LETTERS + DIGEST_LETTERS
GROUP = 4
BASE = len(CODE_LETTERS)
ROOM = BASE**ID_LETTERS
# Neighbouring needs get codes that don't look alike; coprime to the room, so that it can be undone.
STRIDE = 7_654_321


def letters(number: int, length: int) -> str:
    """A number in the letters of the codes, the lowest place first."""
    found = []
    for _ in range(length):
        number, digit = divmod(number, BASE)
        found.append(CODE_LETTERS[digit])
    return "".join(found)


def number_of(text: str) -> int:
    return sum(CODE_LETTERS.index(letter) * BASE**place for place, letter in enumerate(text))


def digest(pk: int) -> str:
    mark = salted_hmac("projects.need-code", str(pk), algorithm="sha256").digest()
    return letters(int.from_bytes(mark[:8]), DIGEST_LETTERS)


def code_of(need: Need) -> str:
    """``ABCD-EFGH-JKMN``, the same each time."""
    code = letters(need.pk * STRIDE % ROOM, ID_LETTERS) + digest(need.pk)
    return "-".join(code[start : start + GROUP] for start in range(0, CODE_LENGTH, GROUP))


def find_by_code(code: str) -> Need | None:
    """The resident's need behind a code, as people type it: blanks, dashes and small letters don't matter."""
    plain = re.sub(r"[\s\-]", "", code).upper()
    if len(plain) != CODE_LENGTH or not set(plain) <= set(CODE_LETTERS):
        return None
    pk = number_of(plain[:ID_LETTERS]) * pow(STRIDE, -1, ROOM) % ROOM
    if not constant_time_compare(digest(pk), plain[ID_LETTERS:]):
        return None
    by_residents = Need.objects.filter(pk=pk, author__isnull=True)
    return by_residents.select_related("place", "duplicate_of__project", "project").first()
