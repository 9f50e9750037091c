"""The verbs of volunteer records (志愿服务记录, domain.md §2(e)): record one or many, verify, reject, reverse.

Whoever records never verifies (录入≠核实). Verifying writes the ledger's entry, reversing writes its opposite; neither
is ever changed. Rows are locked in one order: the session, the records, then the cards by their number.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from decimal import Decimal

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Case, F, Sum, Value, When
from django.db.models.functions import Concat

from core.actor import SYSTEM_ROLE, Actor
from core.clock import today
from core.constraints import explained
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, write_history
from core.models import HistoryEntry
from core.roles import UNIT_SIDE
from core.workflow import make_move
from projects.actions.points import lock_cards, refuse_unusable
from projects.messages import points as messages
from projects.models import (
    PointsCard,
    PointsEntry,
    PointsTariff,
    Project,
    ProjectClaim,
    Session,
    VolunteerRecord,
)
from projects.models.points import KEEPERS
from projects.points_rules import (
    BULK,
    BULK_ABOVE,
    COUNTED,
    MOST_ROWS,
    Service,
    activity_text,
    check_day,
    check_hours,
    check_session,
    conduct_words,
    flags_of,
    hours_text,
    is_same_person,
    moments_of,
    points_for,
    tariff_on,
)
from units.models import Division
from units.queries.units import root_place

RECORDERS = KEEPERS | UNIT_SIDE
RecordRole, Conduct = VolunteerRecord.Role, VolunteerRecord.Conduct
REPLACED = "场次已更正"
# Sessions that were held and count, or may count once they are corrected.
HELD_SESSIONS = ("recorded", "returned", "confirmed")
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

    Raises `NotAllowed` for a card that isn't of the own place or unit, or another unit's session, `InputError` beside
    a field, `RuleViolation` ``record_no_overlap``, ``day_cap``, ``card_frozen``, ``beyond_session``.
    """
    service = service_of(served_on, starts, ends, kind, content, place or card.place, session, project, actor)
    people = People([card.pk])
    locked = people.cards[card.pk]
    refuse_other_card(locked, actor)
    tariff = tariff_on(service.on)
    record = ready_record(locked, service, hours, role, tariff, people.records_on(service.on))
    refuse_beyond_session(service.session, [record])
    record.flags = flag_bulk(service, 1, actor)
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
    refuse_beyond_session(service.session, records)
    flags, batch = flag_bulk(service, len(records), actor), secrets.token_hex(6)
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
        session = lock_session(session)
        place, project = session.place, session.project
        refuse_session(session, actor)
    if actor.role in KEEPERS and not actor.stands_over(place.code):
        raise NotAllowed("只能登记本辖区内的志愿服务。")
    if not place.code.startswith(root_place().code):
        raise InputError("请选择本区的社区。", field="place")
    first, last = moments_of(served_on, starts, ends)
    service = Service(first, last, activity_text(kind, content), place, session, project)
    check_session(service)
    return service


def lock_session(session: Session) -> Session:
    """The session as it stands now, locked until the transaction ends: what is recorded of it is counted once."""
    rows = Session.objects.select_for_update(of=("self",)).select_related("project", "place")
    return rows.get(pk=session.pk)


def refuse_session(session: Session, actor: Actor) -> None:
    """A session that wasn't held or counts no more takes no records; a unit enters those of its own sessions alone."""
    if session.status not in HELD_SESSIONS:
        raise RuleViolation(
            f"这一场是“{session.get_status_display()}”，不能登记志愿服务。",
            field="session",
            code="session_void",
        )
    if actor.role in UNIT_SIDE and not is_own_session(session, actor):
        raise NotAllowed("只能登记本单位牵头或联合开展的场次的志愿服务。", code="other_session")


def is_own_session(session: Session, actor: Actor) -> bool:
    """The unit's own, or one of a project that the unit carries out jointly."""
    if session.unit_id == actor.unit_id:
        return True
    joint = ProjectClaim.objects.filter(project_id=session.project_id, kind="joint", status="confirmed")
    return joint.filter(unit_id=actor.unit_id).exists()


def refuse_beyond_session(
    session: Session | None, records: Sequence[VolunteerRecord], counted: Sequence[str] = COUNTED
) -> None:
    """Not more persons and hours than the session states; one that states neither bounds nothing.

    Cards of teams and units don't count: theirs are the same hours once more. Raises `RuleViolation`
    ``beyond_session``.
    """
    mine = [record for record in records if record.card.holder == PointsCard.Holder.PERSON]
    if session is None or not mine or not session.volunteers:
        return
    others = session.records.filter(card__holder=PointsCard.Holder.PERSON, status__in=counted)
    others = others.exclude(pk__in=[record.pk for record in mine if record.pk])
    people = set(others.order_by().values_list("card_id", flat=True))
    heads = len(people | {record.card_id for record in mine})
    done = others.order_by().aggregate(hours=Sum("hours"))["hours"] or Decimal(0)
    hours = done + sum((record.hours for record in mine), Decimal(0))
    if heads > session.volunteers or (session.volunteer_hours and hours > session.volunteer_hours):
        stated = f"{session.volunteers} 名志愿者" + (
            f"、{hours_text(session.volunteer_hours)} 小时" if session.volunteer_hours else ""
        )
        raise RuleViolation(
            f"这一场填报的是{stated}，连同这次共有 {heads} 名、{hours_text(hours)} 小时，不能超过。"
            "请核对；场次填少了的，请先更正场次。",
            field="session",
            code="beyond_session",
        )


def flag_bulk(service: Service, rows: int, actor: Actor) -> str:
    """The flags of rows about to be stored; what the author entered before for that day and project counts with them.

    Where together they are many, those that still wait are flagged, too.
    """
    before = VolunteerRecord.objects.filter(
        author_id=actor.user_id,
        status__in=COUNTED,
        starts_at__date=service.on,
        project_id=service.project.pk if service.project else None,
    )
    rows += before.count() if actor.user_id else 0
    if rows > BULK_ABOVE and actor.user_id:
        word = Value(f"{BULK}{rows}条")
        waiting = before.filter(status=VolunteerRecord.Status.PENDING).exclude(flags__contains=BULK)
        waiting.update(flags=Case(When(flags="", then=word), default=Concat(F("flags"), Value("，"), word)))
    return flags_of(service, today(), rows)


def refuse_other_card(card: PointsCard, actor: Actor) -> None:
    """A unit enters the service of its own volunteers, staff that of the cards at their place."""
    if not PointsCard.objects.visible_to(actor).filter(pk=card.pk).exists():
        raise NotAllowed("只能登记本辖区或本单位志愿者的服务。")


class People:
    """The persons behind some cards, with all the cards each of them holds, locked in one order."""

    def __init__(self, card_pks: Iterable[int]):
        asked = list(PointsCard.objects.filter(pk__in=card_pks))
        same_name = PointsCard.objects.filter(name__in={card.name for card in asked}).only(
            "pk", "holder", "name", "phone", "place_id"
        )
        held = list(same_name)
        self.of = {card.pk: {one.pk for one in held if is_same_person(card, one)} for card in asked}
        pks = set().union(*self.of.values())
        self.cards = {card.pk: card for card in lock_cards(pks)}

    def records_on(self, day: date) -> dict[int, list[VolunteerRecord]]:
        """The pending and valid records of each person on a local day, one list for all the cards of a person."""
        found = defaultdict(list)
        records = VolunteerRecord.objects.filter(
            card_id__in=self.cards, status__in=COUNTED, starts_at__date=day
        )
        for record in records.order_by("pk"):
            found[record.card_id].append(record)
        return {pk: [record for one in sorted(mine) for record in found[one]] for pk, mine in self.of.items()}


def ready_record(
    card: PointsCard,
    service: Service,
    hours: Decimal | None,
    role: str,
    tariff: PointsTariff,
    others: dict[int, list[VolunteerRecord]],
) -> VolunteerRecord:
    """A record that may be stored, not stored yet; it stands among ``others`` (by card) for the lines after it."""
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
    people = People(seen)
    cards = {people.cards[pk].number: people.cards[pk] for pk in seen}
    others = people.records_on(service.on)
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


def verify_record(*, record: VolunteerRecord, note: str = "", actor: Actor) -> VolunteerRecord:
    """A second person verifies; hours and points enter the ledger under the tariff of the day of service.

    Raises `RuleViolation` beside ``note`` when a flagged record comes without a word, ``beyond_session``.
    """
    return enter_verified(record, "verify", Conduct.PROPER, note, actor)


def verify_violation(*, record: VolunteerRecord, note: str, actor: Actor) -> VolunteerRecord:
    """Verify a service with a violation (违规): all of its hours, and of its points what the tariff's factor leaves."""
    return enter_verified(record, "verify_violation", Conduct.VIOLATION, note, actor)


def verify_serious(*, record: VolunteerRecord, note: str, actor: Actor) -> VolunteerRecord:
    """Verify a service with a serious violation (严重违规): the hours were served, the points are the factor's, usually 0."""
    return enter_verified(record, "verify_serious", Conduct.SERIOUS, note, actor)


@transaction.atomic
def enter_verified(
    record: VolunteerRecord, move: str, conduct: str, note: str, actor: Actor
) -> VolunteerRecord:
    """Make the move and write the ledger's entry; the unit hears of points that were cut."""
    moved = make_move(
        obj=record,
        move=move,
        actor=actor,
        note=note,
        check=lambda locked: refuse_unverifiable(locked, note),
        verifier_id=actor.user_id,
        conduct=conduct,
    )
    tariff = tariff_on(moved.served_on)
    cut = conduct_words(conduct, tariff)
    with explained():
        PointsEntry.objects.create(
            card_id=moved.card_id,
            place_code=moved.place_code,
            kind=PointsEntry.Kind.SERVICE,
            delta=points_for(moved.hours, moved.role, tariff, conduct),
            hours=moved.hours,
            record=moved,
            tariff=tariff,
            note=f"{moved.activity}（{cut}）" if cut else moved.activity,
            occurred_on=moved.served_on,
            author_id=actor.user_id,
        )
    if cut:
        messages.tell_cut(moved, cut, note, actor)
    return moved


def refuse_unverifiable(record: VolunteerRecord, note: str) -> None:
    """What stands in the way of verifying a record, which is locked."""
    if record.flags and not note.strip():
        raise RuleViolation(
            f"这条记录是“{record.flags}”，请写明核实的依据，例如向谁核对过。",
            field="note",
            code="note_required",
            is_input=True,
        )
    if record.card.status == PointsCard.Status.CLOSED:
        raise RuleViolation("这张积分卡已经注销，不能入账。", code="card_closed")
    session = record.session
    if session is not None and session.status not in HELD_SESSIONS:
        raise RuleViolation(
            f"它所属的场次是“{session.get_status_display()}”，不能入账。", code="session_void"
        )
    refuse_beyond_session(session, [record], [VolunteerRecord.Status.VALID])


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

    Points that were redeemed meanwhile become an outstanding claim on the card (待扣), which later earnings offset
    first: the database splits them, so that no balance falls below zero.
    """
    moved, entry = enter_reversal(record, note, actor)
    messages.tell_reversed(moved, entry, note, actor)
    return moved


def enter_reversal(record: VolunteerRecord, note: str, actor: Actor) -> tuple[VolunteerRecord, PointsEntry]:
    """Make the move and write the opposite of the record's entry; gives the record and the new entry."""
    moved = make_move(obj=record, move="reverse", actor=actor, note=note)
    entry = service_entry(moved)
    with explained():
        opposite = PointsEntry.objects.create(
            card_id=moved.card_id,
            place_code=entry.place_code,
            kind=PointsEntry.Kind.REVERSAL,
            delta=-entry.worth,
            hours=-entry.hours,
            record=moved,
            reverses=entry,
            tariff_id=entry.tariff_id,
            note=note.strip()[:200],
            occurred_on=entry.occurred_on,
            author_id=actor.user_id,
        )
    opposite.refresh_from_db(fields=["delta", "owed"])
    return moved, opposite


def service_entry(record: VolunteerRecord) -> PointsEntry:
    return PointsEntry.objects.get(record_id=record.pk, kind=PointsEntry.Kind.SERVICE)


# What follows a session


@transaction.atomic
def follow_session(
    session: Session, note: str, actor: Actor, replacement: Session | None = None
) -> tuple[int, int]:
    """A session counts no more (作废、撤销核实): what was recorded of it is taken back in the same transaction.

    Pending records are rejected, verified ones reversed, in the name of whoever ended the session; the units of the
    volunteers, the authors and the staff are told once each. With a ``replacement`` (the session entered anew) nothing
    is taken back: the records move to it and are flagged. Gives how many were rejected (or moved) and reversed.
    """
    Session.objects.select_for_update(of=("self",)).get(pk=session.pk)
    rows = VolunteerRecord.objects.select_for_update(of=("self",)).select_related("card__unit", "author")
    records = list(rows.filter(session_id=session.pk, status__in=COUNTED).order_by("pk"))
    if replacement is not None:
        return len([move_to(record, replacement, note, actor) for record in records]), 0
    # Whoever may end the session needn't be one who verifies: its records follow by themselves.
    by_itself = replace(actor, role=SYSTEM_ROLE, is_read_only=False)
    words = f"场次{session.get_status_display()}：{note.strip()}"[:200]
    pending = [record for record in records if record.status == VolunteerRecord.Status.PENDING]
    verified = [record for record in records if record.status == VolunteerRecord.Status.VALID]
    lock_cards({record.card_id for record in verified})
    for record in pending:
        make_move(obj=record, move="reject", actor=by_itself, note=words)
    for record in verified:
        enter_reversal(record, words, by_itself)
    messages.tell_followed(session, pending, verified, words, actor)
    return len(pending), len(verified)


def move_to(record: VolunteerRecord, session: Session, note: str, actor: Actor) -> VolunteerRecord:
    """A record of a session that was entered anew belongs to the new one, and says so."""
    flags = record.flags if REPLACED in record.flags else f"{record.flags}，{REPLACED}".strip("，")
    values = {"session": session, "flags": flags}
    return change_fields(obj=record, values=values, actor=actor, label=REPLACED, note=note)


RECORD_MOVES = {
    "verify": verify_record,
    "verify_violation": verify_violation,
    "verify_serious": verify_serious,
    "reject": reject_record,
    "reverse": reverse_record,
}
