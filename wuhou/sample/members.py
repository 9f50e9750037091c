"""The 35 member units of the joint meeting (成员单位, domain.md §6.3) and 37 enterprises out of the denominator."""

from datetime import date, timedelta
from itertools import count
from random import Random

from core.actor import Actor
from units.actions import register_unit
from units.actions.units import turn_status
from units.models import Division, Unit
from units.sample_sheets import names

SEED = 510107
LONG_REGISTERED = date(2012, 3, 1)
NO_CODE = "演示数据不录入真实单位的代码"
# (name, category, subcategory, subdistrict, community, credit code or "")
EXTRA_MEMBERS = (
    ("四川大学（望江校区）", "institution", "university", "510107004", "共和路社区", ""),
    ("四川大学华西医院", "institution", "hospital", "510107005", "黉门街社区", ""),
    ("四川大学华西第二医院", "institution", "hospital", "510107005", "电信路社区", ""),
    ("四川大学华西口腔医院", "institution", "hospital", "510107005", "黉门街社区", ""),
    ("西南民族大学（武侯校区）", "institution", "university", "510107001", "洗面桥社区", ""),
    ("成都体育学院", "institution", "university", "510107001", "七道堰社区", ""),
    ("四川音乐学院", "institution", "university", "510107004", "新生路社区", ""),
    ("成都武侯祠博物馆", "institution", "", "510107001", "锦里社区", ""),
    ("中国科学院成都分院", "institution", "research", "510107005", "倪家桥社区", ""),
    ("四川省骨科医院", "institution", "hospital", "510107009", "晋阳社区", ""),
    ("武侯区教育局", "government", "", "510107001", "广福桥社区", ""),
    ("武侯区卫生健康局", "government", "", "510107001", "广福桥社区", ""),
    ("武侯区民政局", "government", "", "510107001", "广福桥社区", ""),
    ("武侯区人力资源和社会保障局", "government", "", "510107001", "双楠社区", ""),
    ("武侯区住房建设和交通运输局", "government", "", "510107001", "双楠社区", ""),
    ("武侯区司法局", "government", "", "510107001", "楠欣社区", ""),
    ("武侯区综合行政执法局", "government", "", "510107001", "楠欣社区", ""),
    ("武侯区公安分局", "government", "", "510107001", "百花社区", ""),
    ("武侯区市场监督管理局", "government", "", "510107001", "百花社区", ""),
    ("成都锦南供电服务中心", "state_owned", "", "510107007", "桐梓林社区", "91510107MADEM00112"),
    ("蓉南公交运营有限公司", "state_owned", "", "510107010", "长城社区", "91510107MADEM002XR"),
    ("武侯新城建设投资有限公司", "state_owned", "", "510107011", "新城社区", "91510107MADEM0038R"),
    ("天府南银行武侯支行", "state_owned", "", "510107007", "桐梓林社区", "91510107MADEM0046L"),
    ("桐梓林国际商务楼宇联合党支部", "other", "", "510107007", "桐梓林社区", ""),
    ("红牌楼商圈联合党总支", "other", "", "510107010", "竹园社区", ""),
    ("顺江快递集散站党支部", "other", "", "510107014", "顺江社区", ""),
)
# Why an enterprise no longer counts: (status, how many, reason, evidence).
LEFT = (
    ("deregistered", 9, "企业已办理注销登记", "市场监管部门注销登记信息"),
    ("suspended", 8, "停业半年以上，现场无人办公", "社区两次实地核查记录"),
    ("moved_out", 7, "注册地和经营地迁往区外", "迁移登记通知书"),
    ("shell", 4, "无经营场所、无从业人员", "社区实地核查记录"),
    ("revoked", 3, "被吊销营业执照", "行政处罚公示信息"),
    ("zombie", 3, "连续两年未报税、无经营活动", "税务部门非正常户名单"),
    ("duplicate_licence", 3, "与同址企业一套人马两块牌子", "街道核查记录"),
)
EXCLUDED_BY_SUBDISTRICT = {
    "510107001": 4, "510107004": 2, "510107005": 5, "510107007": 3, "510107009": 3, "510107010": 4,
    "510107011": 4, "510107012": 3, "510107013": 4, "510107014": 3, "510107015": 2,
}  # fmt: skip


def communities() -> dict[tuple[str, str], Division]:
    """Communities by the code of their subdistrict and their name: two are called 锦城."""
    rows = Division.objects.filter(level=Division.Level.COMMUNITY).select_related("parent")
    return {(row.parent.code, row.name): row for row in rows}


def load_extra_members(actor: Actor) -> None:
    """Register the member units that are no two-new units; those are in the spreadsheet already."""
    places = communities()
    rng = Random(SEED)  # nosec B311
    for name, category, subcategory, subdistrict, community, code in EXTRA_MEMBERS:
        full = rng.randint(8, 160)
        register_unit(
            name=name,
            category=category,
            subcategory=subcategory,
            place=places[subdistrict, community],
            credit_code=code or None,
            credit_code_missing_reason="" if code else NO_CODE,
            employees=full * rng.randint(4, 9),
            members_total=full + rng.randint(0, 6),
            members_full=full,
            contact=names.contact(rng),
            has_mass_organization=True,
            is_member=True,
            registered_on=LONG_REGISTERED,
            is_sample=True,
            actor=actor,
        )


def excluded_places(rng: Random) -> list[Division]:
    """Where the 37 enterprises sat, spread over the communities of each subdistrict."""
    places = []
    for code, how_many in EXCLUDED_BY_SUBDISTRICT.items():
        inside = list(Division.objects.filter(parent__code=code).order_by("code"))
        places += rng.sample(inside, min(how_many, len(inside)))
        places += [rng.choice(inside) for _ in range(how_many - len(inside))]
    return places


def left_on_days(today: date, rng: Random) -> list[date]:
    """When they left, within the last two years; the first one in the middle of a month (edge case §6.5)."""
    mid = (
        today.replace(day=12)
        if today.day > 12
        else (today.replace(day=1) - timedelta(days=1)).replace(day=12)
    )
    return [
        mid,
        *(today - timedelta(days=rng.randint(20, 700)) for _ in range(sum(row[1] for row in LEFT) - 1)),
    ]


def load_excluded(actor: Actor, today: date) -> None:
    """37 enterprises that used to count and left with reason and evidence; they have no party organization."""
    rng = Random(SEED + 1)  # nosec B311
    brands, numbers = names.brands(rng), count(900)
    reasons = [
        (status, reason, evidence) for status, how_many, reason, evidence in LEFT for _ in range(how_many)
    ]
    for place, (status, reason, evidence), left_on in zip(
        excluded_places(rng), reasons, left_on_days(today, rng), strict=True
    ):
        trade = rng.choice(list(names.TRADES))
        unit = register_unit(
            name=f"成都{next(brands)}{trade}有限公司",
            category=Unit.Category.NON_PUBLIC,
            subcategory=Unit.Subcategory.PRIVATE,
            place=place,
            credit_code=names.credit_code("91", f"MADEL{next(numbers)}"),
            address=names.address(rng, place.name.removesuffix("社区")),
            contact=names.contact(rng),
            registered_on=date(rng.randint(2005, 2020), rng.randint(1, 12), rng.randint(1, 28)),
            is_sample=True,
            actor=actor,
        )
        # Who asked for it and who approved stands in `wuhou.sample.register`, once there are people.
        turn_status(
            unit,
            status,
            left_on,
            actor=actor,
            move="leave",
            label="退出统计口径",
            reason=reason,
            evidence=evidence,
        )


def members() -> list[Unit]:
    """The member units of the sample by place and name, an order that is the same after every import."""
    rows = Unit.objects.filter(is_sample=True, is_member=True).select_related("place")
    return list(rows.order_by("place_code", "name"))
