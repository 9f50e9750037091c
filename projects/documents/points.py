"""志愿服务记录证明 as .docx, with the elements 民政部令第67号 asks for (domain.md §2.13)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils import timezone

from core.clock import today
from core.components import date_text
from core.documents import Kind, Paper
from projects.models import PointsCard, VolunteerRecord
from projects.points_rules import hours_text
from units.models import Division

SERVICES_HEADER = ("序号", "服务时间", "服务内容", "服务地点", "身份", "时长（小时）")
SERVICES_WIDTHS = (11, 38, 48, 28, 17, 16)
NOTES = (
    "本证明依据民政部令第67号《志愿服务记录与证明出具办法（试行）》，按“谁组织谁记录，谁记录谁证明”出具，不收取任何费用。",
    "所列服务由登记人以外的工作人员核实；时长与积分分开计算，兑换积分不减少时长。",
    "对内容有疑问的，可以扫描二维码核对真伪，或者向出具单位查询。",
)


def clock_text(record: VolunteerRecord) -> str:
    """``2026年11月20日 09:00–11:00``."""
    first, last = timezone.localtime(record.starts_at), timezone.localtime(record.ends_at)
    return f"{date_text(first)}\n{first:%H:%M}–{last:%H:%M}"


def certificate_paper(
    card: PointsCard,
    services: Sequence[VolunteerRecord],
    first: date,
    last: date,
    *,
    number: str,
    body: Division,
    purpose: str = "",
) -> Paper:
    """编号、志愿者、服务时间与时长、内容、出具单位、日期、核验码、说明; the code is printed when it is issued."""
    paper = Paper(Kind.REPORT, "志愿服务记录证明", number=number, subtitle=f"编号：{number}")
    total = sum((record.hours for record in services), Decimal(0))
    facts = [
        ("志愿者", card.name),
        ("积分卡号", card.number),
        ("所属单位", str(card.unit) if card.unit else "—"),
        ("记录期间", f"{date_text(first)}至{date_text(last)}"),
        ("服务次数", f"{len(services)} 次"),
        ("服务时长", f"{hours_text(total)} 小时"),
    ]
    paper.form([*facts, ("用途", purpose)] if purpose else facts)
    paper.paragraph(
        f"兹证明{card.name}在上述期间参加志愿服务 {len(services)} 次，累计 {hours_text(total)} 小时，记录如下："
    )
    rows = [
        (
            order,
            clock_text(record),
            record.activity,
            record.place.name,
            record.get_role_display(),
            hours_text(record.hours),
        )
        for order, record in enumerate(services, 1)
    ]
    paper.table(SERVICES_HEADER, rows, SERVICES_WIDTHS)
    for order, note in enumerate(NOTES, 1):
        paper.paragraph(f"{order}.{note}")
    paper.sign(body.name, today())
    return paper
