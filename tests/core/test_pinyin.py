"""The key by which Chinese names are sorted and found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from core.pinyin import pinyin_key
from units.divisions import read_divisions

NAMES = st.text(
    st.sampled_from("成都银行重庆长乐音朝阳行长会计调和单于大厦乐山还原武侯区角色参差A1 （）·-股"),
    max_size=20,
)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("武侯", "wu hou"),
        ("重庆银行", "chong qing yin hang"),
        ("成都A1股份公司", "cheng du a1 gu fen gong si"),
        ("", ""),
    ],
)
def test_a_name_is_spelled_word_by_word(name, key):
    assert pinyin_key(name) == key


def test_the_quick_way_spells_every_place_as_pypinyin_does():
    names = [row["name"] for row in read_divisions()]
    assert len(names) == 129
    assert [pinyin_key(name) for name in names] == [" ".join(lazy_pinyin(name)).lower() for name in names]


@given(NAMES)
def test_any_text_gives_a_key_that_is_the_same_each_time(name):
    key = pinyin_key(name)
    assert key == key.lower() == pinyin_key(name)
    assert len(key) <= 400
