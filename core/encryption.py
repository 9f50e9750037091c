"""Telephone numbers as they lie in the database: encrypted, and found again by a keyed digest.

Source: domain.md §2.11 and §5.4 (AES-GCM on phones, HMAC blind index for search), 个人信息保护法 第51条. ``FIELD_KEYS`` are
the keys, the newest first: it encrypts, all of them decrypt; `manage.py rotate_field_keys` moves everything to the
newest. ``INDEX_KEY`` makes the digests.
"""

import base64
import binascii
import hashlib
import hmac
import logging
import re
import secrets
import unicodedata
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models

logger = logging.getLogger(__name__)

KEY_BYTES, NAME_BYTES, NONCE_BYTES = 32, 4, 12
# Before a mobile number or an area code; 86… alone may begin another number.
COUNTRY_CODE = re.compile(r"(\+|00)?86(?=1\d{10}$|0\d{9,11}$)")
UNREADABLE = "无法解密"


class Unreadable(str):
    """Stands for a value whose key is missing; saving it writes back what was there."""

    raw: bytes

    def __new__(cls, raw: bytes):
        text = super().__new__(cls, UNREADABLE)
        text.raw = raw
        return text


def key_of(text: str) -> bytes:
    """The 32 bytes of a key written in base64 (url-safe or not); raises `ValueError` for anything else."""
    try:
        key = base64.urlsafe_b64decode(text.strip().replace("+", "-").replace("/", "_"))
    except (binascii.Error, ValueError):
        raise ValueError("A key is 32 bytes in base64.") from None
    if len(key) != KEY_BYTES:
        raise ValueError("A key is 32 bytes in base64.")
    return key


def new_key() -> str:
    """A fresh key as it is written in the environment."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


@lru_cache(maxsize=8)
def ciphers(keys: tuple[str, ...]) -> dict[bytes, AESGCM]:
    """The ciphers by the names of their keys, the newest first; a name is the start of the key's digest."""
    return {hashlib.sha256(key_of(text)).digest()[:NAME_BYTES]: AESGCM(key_of(text)) for text in keys}


def present_ciphers() -> dict[bytes, AESGCM]:
    return ciphers(tuple(settings.FIELD_KEYS))


def encrypt(text: str, purpose: str) -> bytes:
    """The text under the newest key, bound to its purpose (``units.person.phone``); the empty text stays empty."""
    if not text:
        return b""
    name, cipher = next(iter(present_ciphers().items()))
    nonce = secrets.token_bytes(NONCE_BYTES)
    return name + nonce + cipher.encrypt(nonce, text.encode(), purpose.encode())


def decrypt(raw: bytes, purpose: str) -> str:
    """The text again; `Unreadable` where its key is missing or the bytes were tampered with."""
    if not raw:
        return ""
    cipher = present_ciphers().get(raw[:NAME_BYTES])
    nonce, rest = raw[NAME_BYTES : NAME_BYTES + NONCE_BYTES], raw[NAME_BYTES + NONCE_BYTES :]
    try:
        if cipher is not None:
            return cipher.decrypt(nonce, rest, purpose.encode()).decode()
    except (InvalidTag, ValueError):
        pass
    logger.error("%s: no key of FIELD_KEYS opens a value", purpose)
    return Unreadable(raw)


def is_current(raw: bytes) -> bool:
    """Whether the newest key encrypted these bytes."""
    return not raw or raw[:NAME_BYTES] == next(iter(present_ciphers()))


def plain_phone(text: str) -> str:
    """A number as it is compared: digits only, without +86; ``+86 138-0001 0001`` is ``13800010001``."""
    written = re.sub(r"[\s\-()（）]", "", unicodedata.normalize("NFKC", text))
    return COUNTRY_CODE.sub("", written, count=1)


def phone_index(text: str) -> str:
    """The keyed digest by which a number is found and compared, 32 hexadecimal letters; empty for none."""
    plain = plain_phone(text)
    return hmac.digest(key_of(settings.INDEX_KEY), plain.encode(), "sha256").hex()[:32] if plain else ""


def masked_phone(phone: str) -> str:
    """``13812341234`` → ``138****1234``: enough to recognise, not enough to call; a short number is hidden whole."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****" if phone else ""


class EncryptedPhone(models.CharField):
    """A telephone number, bytes to the database and text to everybody else.

    Its digest goes into the field ``index`` of the same row. It can be asked whether it is empty, and nothing else;
    to find a number ask the digest: ``filter(phone_index=phone_index(number))``.
    """

    def __init__(self, *args, index: str = "", **kwargs):
        self.index = index
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "index": self.index} if self.index else kwargs

    @property
    def purpose(self) -> str:
        return f"{self.model._meta.label_lower}.{self.attname}"

    def db_type(self, connection) -> str:
        return "bytea"

    def masked(self, phone: str) -> str:
        """How the timeline shows it."""
        return masked_phone(phone)

    def from_db_value(self, value, expression, connection) -> str | None:
        return None if value is None else decrypt(bytes(value), self.purpose)

    def get_prep_value(self, value):
        return value.raw if isinstance(value, Unreadable) else super().get_prep_value(value)

    def get_db_prep_value(self, value, connection, prepared=False):
        if not prepared:
            value = self.get_prep_value(value)
        if value is None or isinstance(value, bytes):
            return value
        return encrypt(value, self.purpose)

    def get_lookup(self, lookup_name: str):
        if lookup_name in {"exact", "isnull"}:
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.name} is encrypted: ask {self.index or 'its digest'} instead.")


class PhoneIndex(models.CharField):
    """The keyed digest of the row's `EncryptedPhone` field ``of``, kept in step whenever the row is written."""

    def __init__(self, *args, of: str, **kwargs):
        self.of = of
        super().__init__(
            *args, **{"max_length": 32, "blank": True, "default": "", "editable": False, **kwargs}
        )

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        phone = getattr(model_instance, self.of)
        if not isinstance(phone, Unreadable):
            setattr(model_instance, self.attname, phone_index(phone or ""))
        return getattr(model_instance, self.attname)
