"""The way into a post (任前程序): seats are proposed, publicized and taken, representatives recommended, checked, elected.

Sources: domain.md §2(b) (拟任→公示→任职→免职；推荐→资格审查→公示→当选→终止), §2.14 (公示 of at least five workdays). Who is
in a post already and only has to be entered goes through `seat_person` and `seat_representative` (补登).
"""

from collections.abc import Collection
from datetime import date

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.constraints import explained
from core.errors import InputError, RuleViolation
from core.history import write_history
from core.workdays import add_workdays
from core.workflow import make_move
from units.actions.bodies import (
    check_constituency,
    check_post_of_kind,
    check_unit_of,
    check_while_there,
    end_representative,
    end_seat,
    lock_body,
    note_down,
    refuse_two_seats,
    refuse_unless_member,
)
from units.actions.people import Named, find_or_record
from units.models import BodySeat, Person, RegionalBody, Representative, Unit
from units.models.bodies import StagedPost

# domain.md §2.14: a publicity lasts at least five workdays; the post is taken after its last day.
PUBLICITY_WORKDAYS = 5
Post = BodySeat.Post


# Seats


@transaction.atomic
def propose_seat(
    *, body: RegionalBody, named: Named, post: str, actor: Actor, from_unit: Unit | None = None
) -> BodySeat:
    """Propose somebody for a seat (拟任); while a re-election runs, for the seats of the next term.

    Raises what `seat_person` refuses of post and unit, `RuleViolation` ``seated_already`` or ``proposed_already``.
    """
    locked = lock_body(body, actor)
    check_post_of_kind(locked, post)
    if post == Post.PART_TIME:
        refuse_unless_member(locked, from_unit, today())
    person = find_or_record(named, place=locked.place, unit=from_unit, is_sample=locked.is_sample)
    refuse_proposed(locked, person)
    if locked.status != RegionalBody.Status.RE_ELECTING:
        refuse_two_seats(locked, person, post)
    seat = BodySeat.objects.create(
        body=locked, person=person, post=post, from_unit=from_unit, status=BodySeat.Status.PROPOSED,
        author_id=actor.user_id,
    )  # fmt: skip
    write_history(about=seat, move="propose", label="提名", actor=actor, to_status=seat.status)
    note_down(locked, "propose", "提名", actor, f"拟由{person}任{seat.get_post_display()}。")
    return seat


def refuse_proposed(body: RegionalBody, person: Person) -> None:
    for posts in (body.seats, body.representatives):
        if there := posts.under_way().filter(person=person).first():
            raise RuleViolation(
                f"{person}已经提名（{there.get_status_display()}），不用再提。", field="person", code="proposed_already"
            )  # fmt: skip


def publicize(*, post: StagedPost, actor: Actor) -> StagedPost:
    """Begin the publicity of somebody (开始公示): it lasts five workdays at least."""
    until = add_workdays(today(), PUBLICITY_WORKDAYS)
    return make_move(
        obj=post, move="publicize", actor=actor, note=f"公示至{until}", publicized_on=today(), publicity_until=until
    )  # fmt: skip


@transaction.atomic
def publicize_seat(*, seat: BodySeat, actor: Actor) -> BodySeat:
    """Begin the publicity of a proposed seat."""
    lock_body(seat.body, actor)
    return publicize(post=seat, actor=actor)


def refuse_running_publicity(post: StagedPost, on: date) -> None:
    if post.publicity_until and on <= post.publicity_until:
        raise RuleViolation(
            f"{post.person}的公示到{post.publicity_until}期满（至少{PUBLICITY_WORKDAYS}个工作日），期满后才能办理。", field="from_on",
            code="publicity_running",
        )  # fmt: skip


@transaction.atomic
def appoint_seat(*, seat: BodySeat, actor: Actor, from_on: date | None = None) -> BodySeat:
    """The level above lets somebody take the seat from a day on (任职), after the publicity where there was one.

    Raises `RuleViolation` ``publicity_running``, ``seat_one_secretary``, ``seated_already``, ``not_a_member_unit``.
    """
    body = RegionalBody.objects.select_for_update().get(pk=seat.body_id)
    first = from_on or today()

    def check(locked: BodySeat) -> None:
        check_while_there(body, first, "任职日期")
        refuse_running_publicity(locked, first)
        if locked.post == Post.PART_TIME:
            refuse_unless_member(body, locked.from_unit, first)
        refuse_two_seats(body, locked.person, locked.post)

    with explained(seat_one_secretary="post"):
        moved = make_move(obj=seat, move="appoint", actor=actor, check=check, from_on=first)
    note_down(body, "seat", "任职", actor, f"{moved.person}任{moved.get_post_display()}，自{first}起。")
    return moved


@transaction.atomic
def drop_seat(*, seat: BodySeat, note: str, actor: Actor) -> BodySeat:
    """Give up a proposal for a seat, with the reason (不再任用)."""
    lock_body(seat.body, actor)
    return make_move(obj=seat, move="drop", actor=actor, note=note)


# Representatives


@transaction.atomic
def recommend_representative(
    *, body: RegionalBody, named: Named, kind: str, produced_by: str, constituency: str, actor: Actor,
    unit: Unit | None = None, voting_scopes: Collection[str] | None = None,
) -> Representative:  # fmt: skip
    """Recommend somebody as a representative of an assembly (推荐); while a re-election runs, of the next term.

    Raises `InputError` without constituency or unit, `RuleViolation` ``representative_once`` or ``proposed_already``.
    """
    locked = lock_body(body, actor)
    if locked.kind != RegionalBody.Kind.ASSEMBLY:
        raise RuleViolation("代表属于区域党员代表会议。", code="not_an_assembly")
    check_unit_of(kind, unit)
    check_constituency(constituency)
    person = find_or_record(named, place=locked.place, unit=unit, is_sample=locked.is_sample)
    refuse_proposed(locked, person)
    is_next_term = locked.status == RegionalBody.Status.RE_ELECTING
    if not is_next_term and locked.representatives.held().filter(person=person).exists():
        raise RuleViolation(f"{person}已经是本届代表。", field="person", code="representative_once")
    found = Representative.objects.create(
        assembly=locked, person=person, kind=kind, produced_by=produced_by, constituency=constituency.strip(),
        voting_scopes=scopes(kind, voting_scopes), status=Representative.Status.RECOMMENDED, author_id=actor.user_id,
    )  # fmt: skip
    write_history(about=found, move="recommend", label="推荐", actor=actor, to_status=found.status)
    note_down(locked, "recommend", "推荐代表", actor, f"推荐{person}为{found.get_kind_display()}人选。")
    return found


def scopes(kind: str, given: Collection[str] | None) -> list[str]:
    """On what a representative votes: as given, else what the kind votes on."""
    wanted = set(Representative.SCOPES_OF.get(kind, ()) if given is None else given)
    if not wanted <= set(Representative.Scope.values):
        raise InputError("表决范围不对。", field="voting_scopes")
    return [one for one in Representative.Scope.values if one in wanted]


@transaction.atomic
def qualify_representative(*, representative: Representative, actor: Actor) -> Representative:
    """Somebody else than who recommended checks the qualification (资格审查)."""
    lock_body(representative.assembly, actor)
    return make_move(obj=representative, move="qualify", actor=actor)


@transaction.atomic
def reject_representative(*, representative: Representative, note: str, actor: Actor) -> Representative:
    """The qualification is not there, with the reason (审查不通过)."""
    lock_body(representative.assembly, actor)
    return make_move(obj=representative, move="reject", actor=actor, note=note)


@transaction.atomic
def publicize_representative(*, representative: Representative, actor: Actor) -> Representative:
    """Begin the publicity of a checked candidate."""
    lock_body(representative.assembly, actor)
    return publicize(post=representative, actor=actor)


@transaction.atomic
def elect_representative(
    *, representative: Representative, actor: Actor, from_on: date | None = None
) -> Representative:
    """The level above registers the election of a publicized candidate (当选) from a day on."""
    body = RegionalBody.objects.select_for_update().get(pk=representative.assembly_id)
    first = from_on or today()

    def check(locked: Representative) -> None:
        check_while_there(body, first, "当选日期")
        refuse_running_publicity(locked, first)
        if body.representatives.held().filter(person_id=locked.person_id).exists():
            raise RuleViolation(
                f"{locked.person}已经是本届代表。", field="person", code="representative_once"
            )

    with explained(representative_once="person"):
        moved = make_move(obj=representative, move="elect", actor=actor, check=check, from_on=first)
    note_down(
        body, "representative", "代表当选", actor, f"{moved.person}自{first}起任{moved.get_kind_display()}。"
    )
    return moved


@transaction.atomic
def drop_representative(*, representative: Representative, note: str, actor: Actor) -> Representative:
    """Somebody recommended isn't elected, with the reason (未当选)."""
    lock_body(representative.assembly, actor)
    return make_move(obj=representative, move="drop", actor=actor, note=note)


@transaction.atomic
def link_account(*, representative: Representative, user_id: int, actor: Actor) -> Representative:
    """Say by which account a representative signs in; the account's role is checked by `accounts`, which calls this.

    Raises `RuleViolation` ``not_in_office`` for somebody not in office, ``account_taken`` for an account that is
    another person's in the same assembly.
    """
    body = lock_body(representative.assembly, actor)
    locked = Representative.objects.select_for_update().get(pk=representative.pk)
    if locked.status != Representative.Status.ELECTED or locked.to_on is not None:
        raise RuleViolation("届内的代表才能关联账号。", code="not_in_office")
    if body.representatives.held().filter(user_id=user_id).exclude(pk=locked.pk).exists():
        raise RuleViolation("这个账号已经关联本会议的另一位代表。", field="username", code="account_taken")
    locked.user_id = user_id
    locked.save(update_fields=["user"])
    write_history(about=locked, move="link", label="关联账号", actor=actor)
    return locked


SEAT_MOVES = {"publicize": publicize_seat, "appoint": appoint_seat, "drop": drop_seat, "end": end_seat}
REPRESENTATIVE_MOVES = {
    "qualify": qualify_representative,
    "reject": reject_representative,
    "publicize": publicize_representative,
    "elect": elect_representative,
    "drop": drop_representative,
    "end": end_representative,
}
