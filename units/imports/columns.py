"""The columns of a units spreadsheet (单位台账), as district offices call them, and how each cell is read."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from core.errors import InputError
from core.sheets import Field, HeaderMap, cells
from units.models import CoverageSpell, Unit
from units.rules import clean_industry

Category, Subcategory, Status = Unit.Category, Unit.Subcategory, Unit.OperatingStatus

CATEGORY_WORDS = {
    **{choice.label: choice.value for choice in Category},
    "非公企业": "non_public", "非公有制经济组织": "non_public", "非公经济组织": "non_public", "非公": "non_public",
    "非公有经济控制": "non_public", "非公有经济控制企业": "non_public", "民营企业": "non_public", "私营企业": "non_public",
    "新经济组织": "non_public", "两新企业": "non_public",
    "新社会组织": "social_organization", "社会团体": "social_organization", "民办非企业单位": "social_organization",
    "国有企业": "state_owned", "国企": "state_owned", "国有经济控制": "state_owned", "国有控股企业": "state_owned",
    "集体企业": "collective", "集体经济控制": "collective", "事业": "institution", "党政机关": "government",
}  # fmt: skip
SUBCATEGORY_WORDS = {
    **{choice.label: choice.value for choice in Subcategory},
    "私营": "private", "私营企业": "private", "民营": "private", "港澳台": "hmt", "港澳台商": "hmt", "外商": "foreign",
    "外资": "foreign", "外资企业": "foreign", "社团": "association", "协会": "association",
    "社会服务机构": "service_agency", "民办非企业单位": "service_agency", "民办非企业": "service_agency",
    "民非": "service_agency", "律所": "law_firm", "会计所": "accounting_firm", "税务所": "tax_firm",
    "大学": "university", "高等院校": "university", "学校": "school", "研究所": "research",
}  # fmt: skip
STATUS_WORDS = {
    **{choice.label: choice.value for choice in Status},
    "正常": "operating", "在营": "operating", "存续": "operating", "开业": "operating", "在业": "operating",
    "实体运营": "operating", "正常经营（实体运营）": "operating", "正常运营": "operating", "正常活动": "operating",
    "歇业": "suspended", "停产": "suspended", "已注销": "deregistered", "已吊销": "revoked", "已迁出": "moved_out",
    "迁往外地": "moved_out", "空壳企业": "shell", "僵尸企业": "zombie", "名存实亡": "shell",
}  # fmt: skip
MODE_WORDS = {
    **{choice.label: choice.value for choice in CoverageSpell.Mode},
    "单建": "standalone", "单独建": "standalone", "独立组建": "standalone", "单独": "standalone",
    "联建": "joint", "联合": "joint", "联合建": "joint", "区域联建": "joint", "楼宇联建": "joint", "行业联建": "joint",
}  # fmt: skip
# What offices write into a cell that has nothing to say.
NOTHING = {"无", "没有", "未覆盖", "未建", "暂无", "/", "-", "—", "——", "－", "0"}


def short_text(limit: int, label: str) -> Callable[[Any], str | None]:
    """A cleaner of words that must not be longer than the column of the register."""

    def clean(cell: Any) -> str | None:
        words = cells.text(cell)
        if words and len(words) > limit:
            raise InputError(f"{label}不能超过{limit}个字，现有{len(words)}个字。", code="too_long")
        return words

    return clean


def unless_nothing(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The cleaner, with 无 and dashes read as blank."""

    def clean(cell: Any):
        return None if cells.text(cell) in NOTHING else parse(cell)

    return clean


def choice(words: dict[str, str], labels: list[str]) -> Callable[[Any], str | None]:
    """A cleaner of coded words; the refusal lists the official labels, not every synonym."""

    def clean(cell: Any) -> str | None:
        text = cells.text(cell)
        if text is None:
            return None
        found = words.get(text.replace(" ", "").replace("(", "（").replace(")", "）"))
        if found is None:
            raise InputError(f"没有“{text[:40]}”这一项，可填：{'、'.join(labels)}。", code="not_a_choice")
        return found

    return clean


def labels_of(choices) -> list[str]:
    return [str(label) for label in choices.labels]


def nothing(cell: Any) -> None:
    """The row number that offices keep: recognised, not used."""


def industry(cell: Any) -> str | None:
    return clean_industry(cells.text(cell)) or None


def money(cell: Any) -> Decimal | None:
    """Yuan with two places, as offices write them: ``2,350,000.00``, ``￥2350000``."""
    text = cells.text(cell)
    if text is None or text in NOTHING - {"0"}:
        return None
    plain = (
        text.replace(",", "")
        .replace("，", "")
        .removeprefix("￥")
        .removeprefix("¥")
        .removesuffix("元")
        .strip()
    )
    try:
        found = Decimal(plain).quantize(Decimal("0.01"))
    except InvalidOperation as odd:
        raise InputError("年营业收入写数字，以元为单位，例如 2350000.00。", code="not_a_number") from odd
    if not 0 <= found < 10**14:
        raise InputError("年营业收入不能小于 0，也不能超过一百万亿元。", code="out_of_range")
    return found


def text_field(label: str, limit: int, *synonyms: str, **more) -> Field:
    return Field(label, synonyms, parse=short_text(limit, label), **more)


def date_field(label: str, *synonyms: str, **more) -> Field:
    return Field(label, synonyms, parse=unless_nothing(cells.date_of), example="2026-03-05", width=14, **more)


def count_field(label: str, *synonyms: str) -> Field:
    return Field(label, synonyms, parse=cells.integer, example=12, width=10)


def yes_no_field(label: str, *synonyms: str) -> Field:
    return Field(label, synonyms, parse=cells.yes_no, choices=("是", "否"), width=10)


FIELDS = {
    "ordinal": Field("序号", ("编号", "No"), parse=nothing, width=6),
    "name": text_field(
        "单位名称", 120, "企业名称", "单位全称", "单位", "名称", "社会组织名称", "法人单位名称", "企业（单位）名称",
        "组织名称", required=True, example="成都某某商贸有限公司", width=34,
    ),
    "credit_code": Field(
        "统一社会信用代码", ("信用代码", "社会信用代码", "统一信用代码", "统一代码", "机构代码", "信用代码证号"),
        parse=cells.credit_code, example="91510107MADEM00112", help="这一列请设为“文本”格式", width=22,
    ),
    "missing_reason": text_field("无信用代码的原因", 100, "无信用代码原因", "无代码原因", "没有信用代码的原因", width=20),
    "category": Field(
        "单位类别", ("类别", "单位性质", "单位类型", "组织类别", "类型", "经济类型"), required=True,
        parse=choice(CATEGORY_WORDS, labels_of(Category)), choices=labels_of(Category), example="非公有制企业", width=14,
    ),
    "subcategory": Field(
        "子类", ("单位子类", "企业控股类型", "控股情况", "控股类型", "社会组织类型", "细类", "二级类别"),
        parse=choice(SUBCATEGORY_WORDS, labels_of(Subcategory)), choices=labels_of(Subcategory), example="私营控制",
    ),
    "subdistrict": Field("所属街道", ("街道", "街道名称", "所在街道", "街道办", "街道办事处", "属地街道"), example="玉林街道"),
    "community": Field(
        "所属社区", ("社区", "社区名称", "所在社区", "村社区", "所属村社区", "属地社区"), required=True, example="黉门街社区",
    ),
    "address": text_field("地址", 200, "单位地址", "经营地址", "注册地址", "住所", "详细地址", "办公地址", width=26),
    "status": Field(
        "经营状态", ("经营情况", "运营状态", "状态", "登记状态", "实体运营情况", "经营现状"),
        parse=choice(STATUS_WORDS, labels_of(Status)), choices=labels_of(Status), example="正常经营", width=12,
    ),
    "employees": count_field("从业人数", "员工人数", "职工人数", "从业人员数", "职工数", "从业人员", "员工数"),
    "members_total": count_field("党员人数", "党员数", "党员总数", "党员"),
    "members_full": count_field("正式党员人数", "正式党员", "正式党员数"),
    "organization": Field(
        "覆盖党组织", ("党组织名称", "所属党组织", "党组织", "党支部名称", "覆盖党组织名称", "党组织全称"),
        parse=unless_nothing(short_text(160, "覆盖党组织")), example="黉门街社区企业第一联合党支部", width=34,
    ),
    "mode": Field(
        "组建方式", ("覆盖方式", "组建形式", "覆盖形式", "组建类型", "建立方式"),
        parse=unless_nothing(choice(MODE_WORDS, labels_of(CoverageSpell.Mode))),
        choices=labels_of(CoverageSpell.Mode), example="联合组建", width=12,
    ),
    "established_on": date_field("党组织成立日期", "党组织成立时间", "支部成立时间", "支部成立日期"),
    "covered_from": date_field(
        "覆盖起始日期", "覆盖日期", "覆盖时间", "覆盖开始日期", "组建日期", "组建时间", "覆盖起始时间", "覆盖起始"
    ),
    "registered_on": date_field(
        "登记日期", "登记起始日期", "起始日期", "成立日期", "注册日期", "登记时间", "成立时间", "注册时间"
    ),
    "left_on": date_field("退出日期", "状态日期", "退出时间", "注销日期", "停业日期", "状态起始日期", "剔除日期"),
    "reason": text_field("退出原因", 300, "剔除原因", "退出统计原因", "非正常经营原因"),
    "evidence": text_field("依据", 300, "退出依据", "佐证材料", "依据材料", "依据文号", "退出凭据"),
    "has_instructor": yes_no_field("已派党建指导员", "党建指导员", "是否派驻党建指导员", "指导员", "是否已派指导员"),
    "has_mass_organization": yes_no_field("有工会、团或妇女组织", "群团组织", "是否有群团组织", "工团妇组织"),
    "is_member": yes_no_field("联席会成员单位", "是否联席会成员单位", "成员单位", "是否成员单位"),
    "short_name": text_field("简称", 40, "单位简称", "企业简称"),
    "has_premises": yes_no_field("有固定经营场所", "固定场所", "有固定场所", "是否有固定场所", "是否有固定经营场所"),
    "has_business": yes_no_field("有经营活动", "经营活动", "是否有经营活动"),
    "annual_revenue": Field(
        "年营业收入（元）", ("年营业收入", "营业收入", "营收", "年营收", "营业收入（元）"), parse=money, example="2350000.00",
        help="以元为单位", width=16,
    ),
    "has_union": yes_no_field("有工会", "工会", "是否有工会", "工会组织"),
    "has_youth": yes_no_field("有团组织", "团组织", "共青团", "是否有团组织"),
    "has_women": yes_no_field("有妇女组织", "妇女组织", "妇联", "是否有妇女组织"),
    "industry": Field(
        "行业（GB/T 4754）", ("行业门类", "行业", "行业代码", "国民经济行业", "行业类别"), parse=industry, example="F51", width=12,
    ),
    "affiliated_to": text_field("隶属党组织", 100, "党组织隶属", "隶属关系", "上级主管党组织"),
    "contact": text_field("联系人", 40, "联络人", "单位联系人", "联系人姓名"),
}  # fmt: skip
DATES = ("established_on", "covered_from", "registered_on", "left_on")
HEADERS = HeaderMap(FIELDS)
LABELS = {name: field.label for name, field in FIELDS.items()}
# The template to fill in: date columns get a date format, blank words need no mention.
TEMPLATE = HeaderMap(
    {
        name: replace(field, parse=cells.date_of) if name in DATES else field
        for name, field in FIELDS.items()
        if name != "ordinal"
    }
)
