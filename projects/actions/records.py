"""The verbs of volunteer records (志愿服务记录, domain.md §2(e)): record one or many, verify, reject, reverse.

Whoever records never verifies (录入≠核实). Verifying writes the ledger's entry, reversing writes its opposite; neither
is ever changed. Rows are locked in one order: the record, then its card.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.constraints import explained
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import write_history
from core.models import HistoryEntry
from core.roles import UNIT_SIDE
from core.workflow import make_move
from projects.actions.points import lock_card, refuse_unusable
from projects.messages import points as messages
from projects.models import PointsCard, PointsEntry, PointsTariff, Project, Session, VolunteerRecord
from projects.models.points import KEEPERS
from projects.points_rules import (
    COUNTED,
    MOST_ROWS,
    Service,
    activity_text,
    check_day,
    check_hours,
    flags_of,
    hours_text,
    moments_of,
    points_for,
    tariff_on,
)
from units.models import Division
from units.queries.units import root_place

RECORDERS = KEEPERS | UNIT_SIDE
RecordRole = VolunteerRecord.Role
NO_MORE_SESSIONS = ("voided", "revoked")
SHOWN_ERRORS = 20


@dataclass(frozen=True)
class Line:
    """One volunteer's line of a batch as somebody wrote it; ``number`` is the line's own."""

    number: int
    name: str
    card_number: str
    hours: Decimal | None = None
    role: str = RecordRole.VOLUNTEER


class LinesRefused(InputError):
    """Some lines of a batch can't be entered; none was. ``sentences`` says for each what to do."""

    def __init__(self, sentences: Sequence[str]):
        self.sentences = list(sentences)
        shown = self.sentences[:SHOWN_ERRORS]
        more = len(self.sentences) - len(shown)
        tail = f"；另有 {more} 行" if more else ""
        super().__init__(
            f"有 {len(self.sentences)} 行不能登记，一条也没有写入：{'；'.join(shown)}{tail}",
            field="lines",
            code="lines_refused",
        )


# Record


@transaction.atomic
def record_service(
    *,
    card: PointsCard,
    served_on: date,
    starts: time,
    ends: time,
    kind: str,
    content: str,
    hours: Decimal | None = None,
    role: str = RecordRole.VOLUNTEER,
    place: Division | None = None,
    session: Session | None = None,
    project: Project | None = None,
    actor: Actor,
) -> VolunteerRecord:
    """Enter one volunteer's service; without ``hours`` the time that passed counts, in full half hours.

    Raises `NotAllowed` for a card that isn't of the own place or unit, `InputError` beside a field, `RuleViolation`
    ``record_no_overlap``, ``day_cap``, ``card_frozen``.
    """
    service = service_of(served_on, starts, ends, kind, content, place or card.place, session, project, actor)
    locked = lock_card(card.pk)
    refuse_other_card(locked, actor)
    tariff = tariff_on(service.on)
    record = ready_record(locked, service, hours, role, tariff, records_on(service.on, [locked.pk]))
    record.flags = flags_of(service, today(), 1)
    record.author_id = actor.user_id
    with explained(record_no_overlap="starts"):
        record.save(force_insert=True)
    write_history(
        about=record, move="record", label="登记", actor=actor, note=record.flags, to_status=record.status
    )
    messages.tell_recorded(record, 1, actor)
    return record


@transaction.atomic
def record_batch(
    *,
    lines: Sequence[Line],
    served_on: date,
    starts: time,
    ends: time,
    kind: str,
    content: str,
    place: Division,
    session: Session | None = None,
    project: Project | None = None,
    actor: Actor,
) -> list[VolunteerRecord]:
    """Enter the same service of many volunteers, all or none.

    Raises `LinesRefused` with a sentence for every line that can't be entered, and what `record_service` raises
    about the service itself.
    """
    service = service_of(served_on, starts, ends, kind, content, place, session, project, actor)
    if not lines:
        raise InputError("请至少填写一名志愿者。", field="lines")
    if len(lines) > MOST_ROWS:
        raise InputError(f"一次最多登记 {MOST_ROWS} 人，现有 {len(lines)} 人，请分几次登记。", field="lines")
    records = ready_lines(lines, service, tariff_on(service.on), actor)
    flags, batch = flags_of(service, today(), len(records)), secrets.token_hex(6)
    for record in records:
        record.flags, record.batch, record.author_id = flags, batch, actor.user_id
        record.place_code = record.place.code
    with explained(record_no_overlap="lines"):
        VolunteerRecord.objects.bulk_create(records)
    write_batch_history(records, actor)
    messages.tell_recorded(records[0], len(records), actor)
    return records


def service_of(
    served_on: date,
    starts: time,
    ends: time,
    kind: str,
    content: str,
    place: Division,
    session: Session | None,
    project: Project | None,
    actor: Actor,
) -> Service:
    """The service, once it is known that this actor may enter it. Raises `NotAllowed` or `InputError`."""
    if actor.is_read_only or actor.role not in RECORDERS:
        raise NotAllowed("志愿服务由社区、街道和组织活动的单位登记。")
    if session is not None:
        place, project = session.place, session.project
        refuse_session(session, served_on)
    if actor.role in KEEPERS and not actor.stands_over(place.code):
        raise NotAllowed("只能登记本辖区内的志愿服务。")
    if not place.code.startswith(root_place().code):
        raise InputError("请选择本区的社区。", field="place")
    first, last = moments_of(served_on, starts, ends)
    return Service(first, last, activity_text(kind, content), place, session, project)


def refuse_session(session: Session, served_on: date) -> None:
    if session.status in NO_MORE_SESSIONS:
        raise RuleViolation(
            f"这一场是“{session.get_status_display()}”，不能登记志愿服务。",
            field="session",
            code="session_void",
        )
    if session.held_on != served_on:
        raise InputError(
            f"这一场是 {session.held_on} 开展的，服务日期要与它一致。", field="served_on", code="other_day"
        )


def refuse_other_card(card: PointsCard, actor: Actor) -> None:
    """A unit enters the service of its own volunteers, staff that of the cards at their place."""
    if not PointsCard.objects.visible_to(actor).filter(pk=card.pk).exists():
        raise NotAllowed("只能登记本辖区或本单位志愿者的服务。")


def records_on(day: date, card_pks: Iterable[int]) -> dict[int, list[VolunteerRecord]]:
    """The pending and valid records of these cards on a local day, by card."""
    found = defaultdict(list)
    for record in VolunteerRecord.objects.filter(
        card_id__in=card_pks, status__in=COUNTED, starts_at__date=day
    ):
        found[record.card_id].append(record)
    return found


def ready_record(
    card: PointsCard,
    service: Service,
    hours: Decimal | None,
    role: str,
    tariff: PointsTariff,
    others: dict[int, list[VolunteerRecord]],
) -> VolunteerRecord:
    """A record that may be stored, not stored yet; it stands among ``others`` for the lines after it."""
    refuse_unusable(card)
    if role not in RecordRole.values:
        raise InputError("身份只能是志愿者、负责人或组织者。", field="role")
    hours = check_hours(service.duration if hours is None else hours, service, tariff)
    check_day(card, service, hours, tariff, others[card.pk])
    record = VolunteerRecord(
        card=card,
        session=service.session,
        project=service.project,
        activity=service.activity,
        place=service.place,
        role=role,
        starts_at=service.starts_at,
        ends_at=service.ends_at,
        hours=hours,
    )
    others[card.pk].append(record)
    return record


def ready_lines(
    lines: Sequence[Line], service: Service, tariff: PointsTariff, actor: Actor
) -> list[VolunteerRecord]:
    """A record for every line, or `LinesRefused` with all that is wrong; the cards are locked in one order."""
    numbers = [line.card_number.strip().upper() for line in lines]
    seen = set(PointsCard.objects.visible_to(actor).filter(number__in=numbers).values_list("pk", flat=True))
    locked = PointsCard.objects.select_for_update(of=("self",)).filter(pk__in=seen).order_by("pk")
    cards = {card.number: card for card in locked}
    others = records_on(service.on, seen)
    records, refused, used = [], [], {}
    for line, number in zip(lines, numbers, strict=True):
        try:
            card = card_of(line, number, cards, used)
            records.append(ready_record(card, service, line.hours, line.role, tariff, others))
        except RuleViolation as refusal:
            refused.append(f"第 {line.number} 行（{line.name or number or '空行'}）：{refusal.message}")
    if refused:
        raise LinesRefused(refused)
    return records


def card_of(line: Line, number: str, cards: dict[str, PointsCard], used: dict[str, int]) -> PointsCard:
    """The card of a line, whose holder must bear the name that stands beside the number."""
    if not number:
        raise InputError("没有写卡号。")
    if number not in cards:
        raise InputError(f"没有卡号 {number[:20]}，或者不是本辖区、本单位的卡。")
    card = cards[number]
    if line.name.strip() and line.name.strip() != card.name:
        raise InputError(f"卡号 {number} 的持卡人不是“{line.name.strip()[:20]}”，请核对姓名和卡号。")
    if number in used:
        raise InputError(f"与第 {used[number]} 行是同一张卡。")
    used[number] = line.number
    return card


def write_batch_history(records: Sequence[VolunteerRecord], actor: Actor) -> None:
    """One line in the timeline of each, in one statement."""
    kind = ContentType.objects.get_for_model(VolunteerRecord)
    HistoryEntry.objects.bulk_create(
        HistoryEntry(
            about_type=kind,
            about_id=record.pk,
            move="record",
            label="登记",
            to_status=record.status,
            actor_id=actor.user_id,
            actor_label=actor.label or actor.name,
            note=record.flags,
            place_code=record.place_code,
        )
        for record in records
    )


# Verify, reject, reverse


@transaction.atomic
def verify_record(*, record: VolunteerRecord, note: str = "", actor: Actor) -> VolunteerRecord:
    """A second person verifies; hours and points enter the ledger under the tariff of the day of service.

    Raises `RuleViolation` beside ``note`` when a flagged record comes without a word.
    """

    def check(locked: VolunteerRecord) -> None:
        if locked.flags and not note.strip():
            raise RuleViolation(
                f"这条记录是“{locked.flags}”，请写明核实的依据，例如向谁核对过。",
                field="note",
                code="note_required",
                is_input=True,
            )
        if locked.card.status == PointsCard.Status.CLOSED:
            raise RuleViolation("这张积分卡已经注销，不能入账。", code="card_closed")

    moved = make_move(
        obj=record, move="verify", actor=actor, note=note, check=check, verifier_id=actor.user_id
    )
    tariff = tariff_on(moved.served_on)
    with explained():
        PointsEntry.objects.create(
            card_id=moved.card_id,
            place_code=moved.place_code,
            kind=PointsEntry.Kind.SERVICE,
            delta=points_for(moved.hours, moved.role, tariff),
            hours=moved.hours,
            record=moved,
            tariff=tariff,
            note=moved.activity,
            occurred_on=moved.served_on,
            author_id=actor.user_id,
        )
    return moved


def verify_records(*, records: Iterable[VolunteerRecord], actor: Actor) -> tuple[int, list[str]]:
    """Verify many, each for itself; gives how many were and a sentence for each that was not.

    What carries a flag is never among them: it is looked at one by one.
    """
    done, refused = 0, []
    for record in records:
        try:
            if record.flags:
                raise RuleViolation(f"“{record.flags}”的记录要逐条核实并写明依据。", code="flagged")
            verify_record(record=record, actor=actor)
            done += 1
        except RuleViolation as refusal:
            refused.append(f"{record.card.name} {record.time_text}：{refusal.message}")
    return done, refused


@transaction.atomic
def reject_record(*, record: VolunteerRecord, note: str, actor: Actor) -> VolunteerRecord:
    """Decline a record, with the reason; whoever entered it hears it."""
    moved = make_move(obj=record, move="reject", actor=actor, note=note)
    messages.tell_rejected(moved, note, actor)
    return moved


@transaction.atomic
def reverse_record(*, record: VolunteerRecord, note: str, actor: Actor) -> VolunteerRecord:
    """Take hours and points of a verified record back by an entry of its own, on the day of the service.

    Raises `RuleViolation` ``balance_too_low`` when the points have been redeemed: a redemption is called off first.
    """

    def check(locked: VolunteerRecord) -> None:
        card, entry = lock_card(locked.card_id), service_entry(locked)
        if card.balance < entry.delta:
            raise RuleViolation(too_low(card, entry), code="balance_too_low")

    moved = make_move(obj=record, move="reverse", actor=actor, note=note, check=check)
    entry = service_entry(moved)
    with explained():
        PointsEntry.objects.create(
            card_id=moved.card_id,
            place_code=entry.place_code,
            kind=PointsEntry.Kind.REVERSAL,
            delta=-entry.delta,
            hours=-entry.hours,
            record=moved,
            reverses=entry,
            tariff_id=entry.tariff_id,
            note=note.strip()[:200],
            occurred_on=entry.occurred_on,
            author_id=actor.user_id,
        )
    messages.tell_reversed(moved, entry, note, actor)
    return moved


def service_entry(record: VolunteerRecord) -> PointsEntry:
    return PointsEntry.objects.get(record_id=record.pk, kind=PointsEntry.Kind.SERVICE)


def too_low(card: PointsCard, entry: PointsEntry) -> str:
    """What stands in the way of a reversal, and how to go on."""
    waiting = list(card.redemptions.filter(status="reserved").values_list("number", flat=True))
    advice = (
        f"请先取消待领取的兑换单 {'、'.join(waiting[:3])}，再冲正。"
        if waiting
        else "积分已经兑换领取，请先冻结积分卡，等余额够了再冲正。"
    )
    return f"这张卡余额 {hours_text(card.balance)} 分，不够冲回 {hours_text(entry.delta)} 分。{advice}"


RECORD_MOVES = {"verify": verify_record, "reject": reject_record, "reverse": reverse_record}
