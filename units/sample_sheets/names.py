"""Invented but plausible names and valid but fictional codes, the same every time."""

from collections.abc import Iterator
from random import Random

from stdnum.cn import uscc

# Three characters out of these lists make a brand: long enough that no real company is meant.
FIRST = "锦蓉楠岷沱浣澄璟瑾栩砚芷禾屿川恒云润泽嘉"
SECOND = "澜岚曦桁荟熠溪麓笛棠霁珩屹苒芮颢沐煦筠弈"
THIRD = "达丰源茂和兴盛通华信诚安泰隆鼎远宏昌"

TRADES = {
    "商贸": (3, 28), "餐饮管理": (6, 60), "软件技术": (8, 130), "物业服务": (12, 160), "广告传媒": (3, 30),
    "建筑装饰工程": (6, 70), "鞋业": (10, 220), "家具": (6, 90), "物流": (10, 180), "医疗器械": (5, 60),
    "教育咨询": (4, 40), "企业管理咨询": (2, 20), "酒店管理": (10, 110), "汽车服务": (5, 50), "电子科技": (6, 150),
    "生物科技": (5, 90), "文化传播": (3, 30), "食品": (8, 140), "机电设备": (6, 80), "环保科技": (4, 60),
    "人力资源服务": (6, 90), "供应链管理": (5, 70), "健康管理": (4, 50), "网络科技": (5, 90),
}  # fmt: skip
SOCIAL_TRADES = (
    ("社会工作服务中心", "service_agency"), ("养老服务中心", "service_agency"), ("社区发展中心", "service_agency"),
    ("助残服务中心", "service_agency"), ("青少年服务中心", "service_agency"), ("艺术培训学校", "service_agency"),
    ("幼儿园", "service_agency"), ("家庭服务指导中心", "service_agency"), ("志愿服务协会", "association"),
    ("商会", "association"), ("体育舞蹈协会", "association"), ("书画协会", "association"), ("老年健身协会", "association"),
    ("公益基金会", "foundation"),
)  # fmt: skip
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗"
ROADS = [
    "锦绣路",
    "丰荣街",
    "和悦路",
    "长益街",
    "晨辉路",
    "学府巷",
    "桂溪里",
    "清波路",
    "新程大道",
    "云景街",
    "梧桐里",
    "安顺街",
    "佳灵巷",
    "致民里",
]

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organization_check(base: str) -> str:
    """The check character of an organization code (GB 11714) for its first eight characters."""
    rest = (
        11 - sum(_LETTERS.index(letter) * weight for letter, weight in zip(base, _WEIGHTS, strict=True)) % 11
    )
    return {10: "X", 11: "0"}.get(rest, str(rest))


def credit_code(kind: str, base: str) -> str:
    """A whole credit code of Wuhou: ``credit_code("91", "MADEM005")`` → ``91510107MADEM0054F``."""
    start = f"{kind}510107{base}{organization_check(base)}"
    return start + uscc.calc_check_digit(start)


def code_bases(head: str, start: int = 100) -> Iterator[str]:
    """Eight-character bases ``MADEM100`` … ``MADEM999``, ``MADEN000`` … in order."""
    letters = iter("MNPQRTUWXY")
    for letter in letters:
        yield from (f"{head}{letter}{number:03d}" for number in range(start, 1000))
        start = 0


def brands(rng: Random) -> Iterator[str]:
    """Brands of three characters in random order, each once."""
    every = [a + b + c for a in FIRST for b in SECOND for c in THIRD]
    rng.shuffle(every)
    yield from every


def contact(rng: Random) -> str:
    """A contact who can't be anybody: 王某某, 李某."""
    return rng.choice(SURNAMES) + rng.choice(("某", "某某"))


def address(rng: Random, place: str) -> str:
    return f"{place}{rng.choice(ROADS)}{rng.randint(1, 288)}号"
