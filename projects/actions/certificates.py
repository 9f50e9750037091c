"""The verbs of certificates (志愿服务记录证明) and of the export for the national system.

民政部令第67号: whoever organized records, whoever recorded certifies (谁组织谁记录，谁记录谁证明), free of charge, on
application. A community certifies the services at its place, a subdistrict those of its communities.
"""

from datetime import date

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.components import date_text
from core.documents import issue_document
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import write_history
from core.models import HistoryEntry, IssuedDocument
from core.numbers import next_number
from core.roles import STAFF, UNIT_SIDE
from projects.documents.points import certificate_paper
from projects.messages import points as messages
from projects.models import PointsCard, VolunteerRecord
from projects.models.points import KEEPERS
from projects.queries.points import ISSUE, REQUEST
from units.models import Division

LONGEST_PURPOSE = 100


@transaction.atomic
def request_certificate(
    *, card: PointsCard, first: date, last: date, purpose: str = "", actor: Actor
) -> HistoryEntry:
    """Ask the community for a certificate about a period; the volunteer's unit does it for its people."""
    if actor.is_read_only or actor.role not in UNIT_SIDE or actor.unit_id != card.unit_id:
        raise NotAllowed("由志愿者所在单位的联络员申请；本人可以到社区窗口申请。")
    check_period(first, last, purpose)
    if not services_of(card, first, last, card.place_code).exists():
        raise RuleViolation("这段时间没有已核实的志愿服务，不能申请证明。", field="first", code="no_services")
    note = f"{date_text(first)}至{date_text(last)}。{purpose.strip()}"
    entry = write_history(about=card, move=REQUEST, label="申请服务记录证明", actor=actor, note=note)
    messages.tell_certificate_requested(card, entry, actor)
    return entry


@transaction.atomic
def issue_certificate(
    *, card: PointsCard, first: date, last: date, purpose: str = "", actor: Actor
) -> IssuedDocument:
    """Issue the certificate with its number and verification code, about the services at the actor's own place.

    Raises `NotAllowed` for anybody but the card's community and subdistrict, `RuleViolation` ``no_services``.
    """
    if actor.is_read_only or actor.role not in KEEPERS or not actor.stands_over(card.place_code):
        raise NotAllowed("志愿服务记录证明由所在社区、街道出具。")
    if card.holder != PointsCard.Holder.PERSON:
        raise RuleViolation("志愿服务记录证明只为个人出具。", code="not_a_person")
    check_period(first, last, purpose)
    services = list(services_of(card, first, last, actor.place_code))
    if not services:
        raise RuleViolation(
            "这段时间在本辖区没有已核实的志愿服务，不能出具证明。", field="first", code="no_services"
        )
    body = Division.objects.get(code=actor.place_code)
    paper = certificate_paper(
        card, services, first, last, number=take_number(body), body=body, purpose=purpose.strip()
    )
    document = issue_document(about=card, content=paper, actor=actor)
    write_history(
        about=card,
        move=ISSUE,
        label="出具服务记录证明",
        actor=actor,
        note=f"{paper.number}。{purpose.strip()}",
    )
    messages.tell_certificate_issued(card, document, actor)
    return document


def check_period(first: date, last: date, purpose: str) -> None:
    if last < first:
        raise InputError("截止日期要在起始日期之后。", field="last")
    if last > today():
        raise InputError("截止日期不能晚于今天。", field="last")
    if len(purpose.strip()) > LONGEST_PURPOSE:
        raise InputError(f"用途最多 {LONGEST_PURPOSE} 字。", field="purpose")


def services_of(card: PointsCard, first: date, last: date, place_code: str):
    """The verified records of a card in a period at a place, oldest first."""
    records = VolunteerRecord.objects.under(place_code).filter(
        card=card, status="valid", starts_at__date__range=(first, last)
    )
    return records.select_related("place").order_by("starts_at")


def take_number(body: Division) -> str:
    """``志证〔510107005008〕2026-0001``: gap-free per issuing body and year."""
    year = today().year
    return f"志证〔{body.code}〕{year}-{next_number(f'certificate:{body.code}:{year}'):04d}"


@transaction.atomic
def note_export(*, first: date, last: date, reason: str, actor: Actor) -> Division:
    """Keep in the history of the actor's place who exported personal data, about when and what for.

    Raises `NotAllowed`, `InputError` beside ``reason``. Source: domain.md §5.1, export guard.
    """
    if actor.is_read_only or actor.role not in STAFF:
        raise NotAllowed("您当前的身份不能导出志愿服务记录。")
    check_period(first, last, "")
    if len(reason.strip()) < 4:
        raise InputError("请写明导出的用途，例如“上报全国志愿服务信息系统”。", field="reason")
    place = Division.objects.get(code=actor.place_code)
    note = f"{date_text(first)}至{date_text(last)}。用途：{reason.strip()[:200]}"
    write_history(about=place, move="export_records", label="导出志愿服务记录", actor=actor, note=note)
    return place


def exported_records(first: date, last: date, actor: Actor):
    """The verified records of a period that the actor may see, oldest first."""
    records = VolunteerRecord.objects.visible_to(actor).filter(
        status="valid", starts_at__date__range=(first, last)
    )
    return records.select_related("card", "place", "project", "verifier").order_by("starts_at", "pk")
