"""The verbs of regional bodies: set up, start, re-elect, dissolve; seats, member units, representatives.

Sources: domain.md §2(a), §2(b), §3. Whoever writes into a body locks its row first, so that two people who edit
one body at once lose nothing; the database keeps one active body of a kind at a place and one secretary of a body.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import models, transaction

from core.actor import Actor
from core.clock import today
from core.codes import under
from core.constraints import explained
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, save_next_version, write_history
from core.periods import Quarter
from core.roles import DISTRICT_STAFF, Role
from core.workflow import make_move
from units.actions.liaisons import registered_liaison
from units.actions.people import Named, find_or_record
from units.actions.units import refuse_unless_over
from units.models import (
    BodyMember,
    BodySeat,
    Division,
    PartyOrganization,
    PartySecretary,
    Person,
    RegionalBody,
    Representative,
    Unit,
)
from units.queries.bodies import codes_above, member_units, open_business, seats_through
from units.rules import check_not_before, check_not_future

Kind, Status, Post = RegionalBody.Kind, RegionalBody.Status, BodySeat.Post
TERM_YEARS = 5
LEVELS = (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)
NAME_ENDINGS = {
    Kind.ASSEMBLY: "区域党员代表会议",
    Kind.COMMITTEE: "区域党委",
    Kind.OFFICE: "区域党委办公室",
    Kind.JOINT_MEETING: "区域党建联席会",
    Kind.COMPREHENSIVE: "区域综合党委",
}


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def lock_body(body: RegionalBody, actor: Actor) -> RegionalBody:
    """The body under lock, for somebody who may write at its place while it isn't dissolved."""
    refuse_unless_over(body.place_code, actor)
    locked = RegionalBody.objects.select_for_update().get(pk=body.pk)
    if locked.status == Status.DISSOLVED:
        raise RuleViolation(f"“{locked}”已经撤销，不能再改动。", code="dissolved")
    return locked


def note_down(body: RegionalBody, move: str, label: str, actor: Actor, note: str) -> None:
    """Count the body's version up and write a line into its timeline; a changed roster is a confirmed one."""
    if isinstance(body, RegionalBody) and move not in ("propose", "recommend"):
        body.roster_confirmed_on = today()
    save_next_version(body)
    write_history(about=body, move=move, label=label, actor=actor, note=note)


# The body itself


@transaction.atomic
def plan_body(
    *, kind: str, place: Division, actor: Actor, name: str = "", is_sample: bool = False
) -> RegionalBody:
    """Register a body that is to be set up (拟设); named after its place unless a name is given.

    Raises `InputError` for a place of the wrong level, `RuleViolation` ``body_one_active_per_kind_and_place``.
    """
    refuse_unless_over(place.code, actor)
    check_level(kind, place)
    refuse_second(kind, place)
    body = RegionalBody(
        kind=kind, place=place, name=name.strip() or f"{place.name}{NAME_ENDINGS[kind]}", author_id=actor.user_id,
        is_sample=is_sample,
    )  # fmt: skip
    with explained(body_one_active_per_kind_and_place="kind"):
        body.save()
    write_history(about=body, move="plan", label="登记拟设", actor=actor, to_status=body.status)
    return body


def check_level(kind: str, place: Division) -> None:
    """The three tiers stand at subdistricts and communities, the joint meeting at the district as well."""
    allowed = LEVELS if kind in RegionalBody.TIERS else (Division.Level.DISTRICT, *LEVELS)
    if kind not in NAME_ENDINGS:
        raise InputError("没有这一类区域化组织。", field="kind")
    if place.level not in allowed:
        levels = "、".join(Division.Level(level).label for level in allowed)
        raise InputError(f"“{Kind(kind).label}”设在{levels}。", field="place", code="wrong_level")


def refuse_second(kind: str, place: Division) -> None:
    """One active body of a kind at a place; comprehensive committees may be several."""
    if kind == Kind.COMPREHENSIVE:
        return
    there = RegionalBody.objects.filter(kind=kind, place=place).exclude(status=Status.DISSOLVED).first()
    if there:
        raise RuleViolation(
            f"{place}已经有“{there}”（{there.get_status_display()}），同类组织只能有一个。", field="kind",
            code="body_one_active_per_kind_and_place",
        )  # fmt: skip


@transaction.atomic
def change_body(*, body: RegionalBody, actor: Actor, version: int | None = None, **values) -> RegionalBody:
    """Change name, approval number or days of a body; ``version`` refuses an older form."""
    lock_body(body, actor)
    start, end = (values.get(name, getattr(body, name)) for name in ("term_start", "term_end"))
    check_term(start, end)
    with explained(body_term_in_order="term_end"):
        return change_fields(obj=body, values=values, actor=actor, version=version)


def check_term(start: date | None, end: date | None) -> None:
    if end is not None and (start is None or end <= start):
        raise InputError("届满日期要晚于本届开始日期。", field="term_end", code="body_term_in_order")


@transaction.atomic
def approve_body(*, body: RegionalBody, note: str, actor: Actor) -> RegionalBody:
    """The level above approves the body (批复成立); the note is the number of the approval."""
    return make_move(obj=body, move="approve", actor=actor, note=note, approval_no=approval_number(note))


def approval_number(note: str) -> str:
    if len(note.strip()) > 60:
        raise InputError("批复文号最多 60 字。", field="note")
    return note.strip()


@transaction.atomic
def start_body(
    *, body: RegionalBody, actor: Actor, from_on: date | None = None, term_end: date | None = None
) -> RegionalBody:
    """Let an approved body begin its first term (开始运行): five years unless told otherwise."""
    first = from_on or today()
    check_not_future(first, today(), field="from_on", label="开始运行的日期")
    last = term_end or years_after(first, TERM_YEARS)
    check_term(first, last)
    return make_move(obj=body, move="start", actor=actor, from_on=first, term_start=first, term_end=last)


@transaction.atomic
def re_elect_body(*, body: RegionalBody, actor: Actor) -> RegionalBody:
    """Begin a re-election (启动换届)."""
    return make_move(obj=body, move="re_elect", actor=actor)


@transaction.atomic
def complete_re_election(
    *, body: RegionalBody, note: str, actor: Actor, from_on: date | None = None, term_end: date | None = None,
    seats: Iterable[BodySeat] = (), representatives: Iterable[Representative] = (),
) -> RegionalBody:  # fmt: skip
    """Begin the next term (换届完成) with the number of its approval: the old list ends, the new one begins, in one step.

    The new list are those proposed or publicized during the re-election, and of the old list the ``seats`` and
    ``representatives`` that go on (连任). Raises `RuleViolation` ``publicity_running``, ``empty_list`` where a body that
    had people would have none, ``no_secretary`` for a committee without one, ``seat_one_secretary`` for two.
    """
    body = RegionalBody.objects.select_for_update().get(pk=body.pk)
    first = from_on or today()
    check_not_future(first, today(), field="from_on", label="新一届开始的日期")
    check_not_before(
        first, body.term_start, field="from_on", label="新一届开始的日期", earlier_label="本届开始的日期"
    )
    last = term_end or years_after(first, TERM_YEARS)
    check_term(first, last)
    moved = make_move(
        obj=body, move="re_elected", actor=actor, note=note, term_no=body.term_no + 1, term_start=first, term_end=last,
        approval_no=approval_number(note),
    )  # fmt: skip
    for posts, going_on, label in (
        (moved.seats, seats, "任职"),
        (moved.representatives, representatives, "代表"),
    ):
        begin_new_list(posts, {one.pk for one in going_on}, first, label, actor)
    if moved.kind in BodySeat.POSTS_OF and moved.kind != Kind.OFFICE:
        refuse_without_secretary(moved)
    return moved


def begin_new_list(posts: models.Manager, going_on: set[int], first: date, label: str, actor: Actor) -> None:
    """End the old list of a body on the first day of its next term and begin the new one."""
    old = list(posts.held().select_for_update(of=("self",)).select_related("person"))
    coming = list(posts.under_way().select_for_update(of=("self",)).select_related("person"))
    if waiting := [one for one in coming if not may_begin(one, first)]:
        names = "、".join(f"{one.person}（{one.get_status_display()}）" for one in waiting[:3])
        raise RuleViolation(
            f"新一届名单里还有{len(waiting)}人没有走完程序或公示没有期满：{names}。请等期满，或者先撤下人选。",
            code="publicity_running",
        )  # fmt: skip
    staying = [one for one in old if one.pk in going_on]
    if old and not staying and not coming:
        raise RuleViolation(
            f"新一届没有名单：原有{len(old)}人任期随换届结束，请先提名，或者勾选连任的人员。",
            code="empty_list",
        )
    is_seat = label == "任职"
    ending = {"end_reason": "换届"} | ({} if is_seat else {"end_kind": "term"})
    end_all(old, first, status="ended", **ending)
    for one in staying:
        one.pk, one._state.adding = None, True
        one.from_on, one.to_on, one.end_reason, one.status = first, None, "", type(one).HELD
        one.author_id = actor.user_id
        if not is_seat:
            one.end_kind = ""
    newcomers = [one for one in coming if one.person_id not in {stayed.person_id for stayed in staying}]
    for one in newcomers:
        one.from_on, one.status = first, type(one).HELD
    with explained(seat_one_secretary="seats"):
        for one in (*staying, *newcomers):
            one.save()
            write_history(about=one, move="term", label="新一届", actor=actor, to_status=one.status)


def may_begin(post: BodySeat | Representative, first: date) -> bool:
    """Seats may do without a publicity, representatives may not; one that runs must be over."""
    if isinstance(post, Representative) and post.status != Representative.Status.PUBLICIZED:
        return False
    return post.publicity_until is None or post.publicity_until < first


def refuse_without_secretary(body: RegionalBody) -> None:
    if body.seats.held().exists() and not body.seats.held().filter(post=Post.SECRETARY).exists():
        raise RuleViolation(
            f"“{body}”新一届还没有书记，请先提名书记，或者勾选现任书记连任。", code="no_secretary"
        )


@transaction.atomic
def dissolve_body(*, body: RegionalBody, note: str, actor: Actor) -> RegionalBody:
    """Dissolve a body (撤销): its posts end with it.

    Raises `RuleViolation` ``open_business`` with what would be left behind: sessions under way, open resolutions and
    proposals, part-time members who hold a seat only through it.
    """
    last = max(today(), body.from_on + timedelta(days=1)) if body.from_on else None
    moved = make_move(
        obj=body, move="dissolve", actor=actor, note=note, check=refuse_open_business, to_on=last
    )
    end_all(moved.members.filter(to_on=None))
    for posts in (moved.seats, moved.representatives):
        end_all(posts.held(), status="ended", end_reason="组织撤销")
        posts.under_way().update(status="dropped")
    refresh_member_units(Unit.objects.filter(joint_meetings__body=moved))
    return moved


def refuse_open_business(body: RegionalBody) -> None:
    if left := open_business(body, today()):
        raise RuleViolation(
            f"“{body}”还有没办完的事，不能撤销：{'；'.join(left)}。请先开完或取消会议、销号或终止议定事项、办结提案、办理免职。",
            code="open_business",
        )  # fmt: skip


def end_all(posts: models.QuerySet, on: date | None = None, **changes) -> None:
    """End open posts on a day (today), a post of that day the day after: each lasts a day at least."""
    for post in posts:
        post.to_on = max(on or today(), post.from_on + timedelta(days=1))
        for name, value in changes.items():
            setattr(post, name, value)
        post.save()


@transaction.atomic
def set_secretary_note(*, body: RegionalBody, note: str, actor: Actor) -> RegionalBody:
    """The district explains why the two secretaries differ (一肩挑不一致的说明); an empty note takes it back."""
    if body.kind != Kind.COMMITTEE:
        raise RuleViolation("只有区域党委要求书记一肩挑。", code="not_a_committee")
    if not actor.is_system and actor.role not in DISTRICT_STAFF:
        raise NotAllowed("书记不一致的说明由区委组织部填写。")
    locked = lock_body(body, actor)
    return change_fields(
        obj=locked, values={"secretary_note": note.strip()}, actor=actor, label="说明书记不一致"
    )


@transaction.atomic
def confirm_roster(*, body: RegionalBody, actor: Actor) -> RegionalBody:
    """The body's place says that its roster is as it stands (名册无变化), once a quarter (domain.md §2(b)).

    Raises `RuleViolation` ``not_running`` or ``confirmed_already`` within the quarter.
    """
    locked = lock_body(body, actor)
    if locked.status not in RegionalBody.RUNNING:
        raise RuleViolation("在运行的组织才核对名册。", code="not_running")
    quarter = Quarter.containing(today())
    if locked.roster_confirmed_on and locked.roster_confirmed_on >= quarter.first_day:
        raise RuleViolation(
            f"{quarter.label}的名册已在{locked.roster_confirmed_on}核对或更新过。", code="confirmed_already"
        )
    note_down(locked, "confirm_roster", "名册无变化", actor, quarter.label)
    return locked


# Seats


@transaction.atomic
def seat_person(
    *, body: RegionalBody, named: Named, post: str, from_on: date, actor: Actor, from_unit: Unit | None = None
) -> BodySeat:
    """Seat somebody in a body (任职); a part-time member comes from a unit of a joint meeting above the place.

    Raises `RuleViolation` ``not_a_member_unit``, or ``seat_one_secretary`` with who is in office.
    """
    locked = lock_body(body, actor)
    check_post(locked, post, from_unit, from_on)
    person = find_or_record(named, place=locked.place, unit=from_unit, is_sample=locked.is_sample)
    refuse_two_seats(locked, person, post)
    with explained(seat_one_secretary="post", seat_part_time_has_unit="from_unit"):
        seat = BodySeat.objects.create(
            body=locked,
            person=person,
            post=post,
            from_unit=from_unit,
            from_on=from_on,
            author_id=actor.user_id,
        )
    note_down(locked, "seat", "任职", actor, f"{person}任{seat.get_post_display()}，自{from_on}起。")
    return seat


def check_post(body: RegionalBody, post: str, from_unit: Unit | None, from_on: date) -> None:
    check_post_of_kind(body, post)
    check_while_there(body, from_on, "任职日期")
    if post == Post.PART_TIME:
        refuse_unless_member(body, from_unit, from_on)


def check_post_of_kind(body: RegionalBody, post: str) -> None:
    """Posts belong to kinds of bodies: a committee has a secretary, an office a director, an assembly neither."""
    allowed = BodySeat.POSTS_OF.get(body.kind, ())
    if not allowed:
        instead = "代表" if body.kind == Kind.ASSEMBLY else "成员单位"
        raise RuleViolation(
            f"{body.get_kind_display()}不设职务，请登记{instead}。", field="post", code="no_posts_here"
        )
    if post not in allowed:
        names = "、".join(Post(one).label for one in allowed)
        raise InputError(
            f"{body.get_kind_display()}没有“{Post(post).label}”，可以是{names}。",
            field="post",
            code="wrong_post",
        )


def check_while_there(body: RegionalBody, day: date, label: str, *, field: str = "from_on") -> None:
    """Nobody is in a body before it began, nor from a day that hasn't come."""
    check_not_future(day, today(), field=field, label=label)
    if body.from_on is None:
        raise RuleViolation(
            f"“{body}”还没有开始运行（{body.get_status_display()}），请先办理批复和开始运行。",
            code="not_begun",
        )
    check_not_before(day, body.from_on, field=field, label=label, earlier_label="组织成立的日期")


def refuse_unless_member(body: RegionalBody, unit: Unit | None, on: date) -> None:
    """Part-time members come from member units of the joint meeting of the place or above (domain.md §2(b))."""
    if unit is None:
        raise InputError("兼职委员要写明来自哪个成员单位。", field="from_unit", code="unit_required")
    if not member_units(body.place_code, on).filter(pk=unit.pk).exists():
        raise RuleViolation(
            f"“{unit}”在{on}不是{body.place}或上级联席会的成员单位，不能产生兼职委员。请先办理加入联席会。",
            field="from_unit", code="not_a_member_unit",
        )  # fmt: skip


def people_around(place_code: str) -> models.QuerySet:
    """People known at a place and those above it, and in its own units."""
    return Person.objects.filter(
        models.Q(place_code__in=codes_above(place_code)) | under(place_code)
    ).order_by("name", "pk")


def refuse_two_seats(body: RegionalBody, person: Person, post: str) -> None:
    open_seats = body.seats.held().select_related("person")
    if post == Post.SECRETARY and (holder := open_seats.filter(post=post).first()):
        raise RuleViolation(
            f"“{body}”的现任书记是{holder.person}，请先办理免职。", field="post", code="seat_one_secretary"
        )
    if same := open_seats.filter(person=person).first():
        raise RuleViolation(
            f"{person}已经是“{body}”的{same.get_post_display()}。", field="person", code="seated_already"
        )


@transaction.atomic
def end_seat(*, seat: BodySeat, on: date, reason: str, actor: Actor) -> BodySeat:
    """Relieve somebody of a seat (免职) with the reason."""
    locked = lock_body(seat.body, actor)
    if not reason.strip():
        raise InputError("请写明免职的原因。", field="reason", code="reason_required")
    refuse_unless_held(seat, "免职")
    ended = end_post(
        locked.seats, seat, on, label="免职日期", begun="任职日期", end_reason=reason.strip()[:100],
        status=BodySeat.Status.ENDED,
    )  # fmt: skip
    note_end(ended, "免职", actor, reason)
    note_down(
        locked,
        "end_seat",
        "免职",
        actor,
        f"{ended.person}不再任{ended.get_post_display()}，自{on}起。{reason.strip()}",
    )
    return ended


def refuse_unless_held(post: BodySeat | Representative, label: str) -> None:
    """Who is still on the way in is dropped, not ended."""
    if post.status in type(post).UNDER_WAY:
        raise RuleViolation(
            f"当前状态是“{post.get_status_display()}”，不能“{label}”。请刷新页面看看最新情况。",
            code="wrong_state",
        )


def note_end(post: BodySeat | Representative, label: str, actor: Actor, reason: str) -> None:
    """The end of a post in its own timeline."""
    write_history(
        about=post, move="end", label=label, actor=actor, note=reason, from_status=type(post).HELD, to_status=post.status
    )  # fmt: skip


def end_post(
    posts: models.Manager, post: models.Model, on: date, *, label: str, begun: str, **changes
) -> models.Model:
    """End an open post of a locked body on a day."""
    locked = posts.select_for_update().get(pk=post.pk)
    if locked.to_on is not None:
        raise RuleViolation(f"这一条已于{locked.to_on}结束，请刷新页面。", code="ended_already")
    check_not_future(on, today(), field="on", label=label)
    if on <= locked.from_on:
        raise InputError(f"{label}要晚于{begun}（{locked.from_on}）。", field="on", code="dates_out_of_order")
    locked.to_on = on
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.save()
    return locked


# The party committee's secretary


@transaction.atomic
def appoint_secretary(
    *, organization: PartyOrganization, named: Named, from_on: date, actor: Actor
) -> PartySecretary:
    """Record who leads a party organization from a day on (党组织书记); the one before ends with it."""
    refuse_unless_over(organization.place_code, actor)
    check_not_future(from_on, today(), field="from_on", label="任职日期")
    locked = PartyOrganization.objects.select_for_update().get(pk=organization.pk)
    person = find_or_record(named, place=locked.place, unit=locked.host_unit, is_sample=locked.is_sample)
    before = locked.secretaries.filter(to_on=None).select_related("person").first()
    if before and before.person_id == person.pk:
        raise RuleViolation(f"{person}已经是现任书记。", field="person", code="same_secretary")
    if before:
        end_post(locked.secretaries, before, from_on, label="任职日期", begun="前任书记的任职日期")
    spell = PartySecretary.objects.create(organization=locked, person=person, from_on=from_on)
    locked.secretary = person
    note_down(locked, "secretary", "书记任职", actor, f"{person}任书记，自{from_on}起。")
    return spell


# Member units of a joint meeting


@transaction.atomic
def add_member(
    *, body: RegionalBody, unit: Unit, kind: str, from_on: date, actor: Actor, leader: Named | None = None,
    liaison: Named | None = None,
) -> BodyMember:  # fmt: skip
    """A unit joins a joint meeting (加入联席会) with its leader and liaison."""
    locked = lock_body(body, actor)
    if locked.kind != Kind.JOINT_MEETING:
        raise RuleViolation("成员单位加入的是区域党建联席会。", code="not_a_joint_meeting")
    check_while_there(locked, from_on, "加入日期")
    check_member_unit(unit, kind)
    if locked.members.filter(unit=unit, to_on=None).exists():
        raise RuleViolation(f"“{unit}”已经是成员单位。", field="unit", code="body_member_once")
    with explained(body_member_once="unit"):
        member = BodyMember.objects.create(
            body=locked,
            unit=unit,
            kind=kind,
            from_on=from_on,
            leader=person_of(unit, leader),
            liaison=liaison_of(unit, liaison),
        )
    refresh_member_units([unit])
    note_down(locked, "join", "成员加入", actor, f"{unit}自{from_on}起加入。")
    return member


def check_member_unit(unit: Unit, kind: str) -> None:
    """Members are units at work, under the kind that their category in the register allows."""
    if unit.merged_into_id is not None:
        raise RuleViolation(f"“{unit}”已并入别的单位。", field="unit", code="unit_merged")
    if unit.operating_status != Unit.OperatingStatus.OPERATING:
        raise RuleViolation(
            f"“{unit}”的经营状态是“{unit.get_operating_status_display()}”，正常经营的单位才能加入联席会。", field="unit",
            code="not_operating",
        )  # fmt: skip
    allowed = BodyMember.kinds_of(unit)
    if kind not in allowed:
        names = "、".join(BodyMember.Kind(one).label for one in allowed)
        raise InputError(
            f"“{unit}”登记的类别是{unit.get_category_display()}，单位类型应为{names}。", field="kind", code="kind_mismatch"
        )  # fmt: skip


def person_of(unit: Unit, named: Named | None) -> Person | None:
    """The unit's person, recorded when new; nobody when nobody is named."""
    if named is None or named.is_empty:
        return None
    return find_or_record(named, place=unit.place, unit=unit, is_sample=unit.is_sample)


def liaison_of(unit: Unit, named: Named | None) -> Person | None:
    """The unit's liaison for a roster: whoever the unit's own register names; only where it names nobody, ``named``.

    Raises `RuleViolation` ``liaison_registered`` for somebody else (one entry, domain.md §2.0.2).
    """
    spell = registered_liaison(unit)
    if spell is None:
        return person_of(unit, named)
    is_same = named is None or named.is_empty or named.person == spell.person
    if not is_same and (named.person is not None or named.name.strip() != spell.person.name):
        raise RuleViolation(
            f"“{unit}”登记的联络员是{spell.person}。要换人，请在单位页面“更换联络员”，名册随之更新。", field="liaison",
            code="liaison_registered",
        )  # fmt: skip
    return spell.person


@transaction.atomic
def end_member(*, member: BodyMember, on: date, reason: str, actor: Actor) -> BodyMember:
    """A unit leaves a joint meeting (退出联席会); its part-time members are named so that their seats are settled."""
    locked = lock_body(member.body, actor)
    if not reason.strip():
        raise InputError("请写明退出的原因。", field="reason", code="reason_required")
    refuse_open_seats(locked, member.unit, on)
    ended = end_post(locked.members, member, on, label="退出日期", begun="加入日期")
    refresh_member_units([member.unit])
    note_down(locked, "leave", "成员退出", actor, f"{member.unit}自{on}起退出。{reason.strip()}")
    return ended


def refuse_open_seats(body: RegionalBody, unit: Unit, on: date) -> None:
    """A unit doesn't leave while one of its people is a part-time member because of this membership."""
    for seat in seats_through(body, on, Unit.objects.filter(pk=unit.pk)):
        raise RuleViolation(
            f"{seat.person}由“{unit}”产生，现任“{seat.body}”兼职委员，请先办理免职。",
            code="part_time_in_office",
        )


def refresh_member_units(units: Iterable[Unit]) -> None:
    """Keep the register's mark 成员单位 equal to the memberships."""
    open_members = BodyMember.objects.filter(to_on=None)
    for unit in Unit.objects.select_for_update().filter(pk__in=[unit.pk for unit in units]).order_by("pk"):
        is_member = open_members.filter(unit=unit).exists()
        if unit.is_member != is_member:
            unit.is_member = is_member
            save_next_version(unit)


@transaction.atomic
def change_member(
    *, member: BodyMember, actor: Actor, leader: Named | None = None, liaison: Named | None = None
) -> BodyMember:
    """Say who is a member unit's leader and liaison now (更换领导成员、联络员); staff, or the unit's own liaison.

    Whoever is left out (None) stays; an empty `Named` means nobody.
    """
    is_own = actor.role == Role.LIAISON and actor.unit_id == member.unit_id and not actor.is_read_only
    if not is_own:
        refuse_unless_over(member.body.place_code, actor)
    body = RegionalBody.objects.select_for_update().get(pk=member.body_id)
    locked = (
        body.members.select_for_update(of=("self",))
        .select_related("leader", "liaison", "unit__place")
        .get(pk=member.pk)
    )
    if locked.to_on is not None:
        raise RuleViolation(f"“{locked.unit}”已于{locked.to_on}退出。", code="ended_already")
    before = (locked.leader, locked.liaison)
    if leader is not None:
        locked.leader = person_of(locked.unit, leader)
    if liaison is not None:
        locked.liaison = liaison_of(locked.unit, liaison)
    locked.save()
    words = [
        f"{label}：{old or '未定'} → {new or '未定'}"
        for label, old, new in zip(
            ("领导成员", "联络员"), before, (locked.leader, locked.liaison), strict=True
        )
        if old != new
    ]
    if words:
        note_down(body, "change_member", "更换人员", actor, f"{locked.unit}，{'；'.join(words)}。")
    return locked


# Representatives


@transaction.atomic
def seat_representative(
    *, body: RegionalBody, named: Named, kind: str, produced_by: str, from_on: date, actor: Actor, constituency: str = "",
    unit: Unit | None = None,
) -> Representative:  # fmt: skip
    """Register a representative (代表) of an assembly with constituency and how chosen."""
    locked = lock_body(body, actor)
    if locked.kind != Kind.ASSEMBLY:
        raise RuleViolation("代表属于区域党员代表会议。", code="not_an_assembly")
    check_while_there(locked, from_on, "当选日期")
    check_unit_of(kind, unit)
    check_constituency(constituency)
    person = find_or_record(named, place=locked.place, unit=unit, is_sample=locked.is_sample)
    if locked.representatives.held().filter(person=person).exists():
        raise RuleViolation(f"{person}已经是本届代表。", field="person", code="representative_once")
    with explained(representative_once="person"):
        found = Representative.objects.create(
            assembly=locked,
            person=person,
            kind=kind,
            produced_by=produced_by,
            constituency=constituency.strip(),
            voting_scopes=list(Representative.SCOPES_OF.get(kind, ())),
            from_on=from_on,
            author_id=actor.user_id,
        )
    note_down(
        locked,
        "representative",
        "补登代表",
        actor,
        f"{person}，{found.get_kind_display()}，{found.get_produced_by_display()}产生。",
    )
    return found


def check_constituency(constituency: str) -> None:
    if not constituency.strip():
        raise InputError(
            "请写明选区：所在网格、院落，或者推荐的单位。", field="constituency", code="constituency_required"
        )


def check_unit_of(kind: str, unit: Unit | None) -> None:
    if kind == Representative.Kind.UNIT and unit is None:
        raise InputError("驻区单位代表要写明所在单位。", field="unit", code="unit_required")
    if unit is not None and unit.operating_status != Unit.OperatingStatus.OPERATING:
        raise RuleViolation(
            f"“{unit}”的经营状态是“{unit.get_operating_status_display()}”，正常经营的单位才能产生代表。", field="unit",
            code="not_operating",
        )  # fmt: skip


@transaction.atomic
def end_representative(
    *, representative: Representative, on: date, reason: str, actor: Actor, end_kind: str = "other"
) -> Representative:
    """End a representative's term early (代表资格终止): moved away, disqualified, or for another reason."""
    locked = lock_body(representative.assembly, actor)
    if not reason.strip():
        raise InputError("请写明终止的原因。", field="reason", code="reason_required")
    refuse_unless_held(representative, "代表资格终止")
    ended = end_post(
        locked.representatives, representative, on, label="终止日期", begun="当选日期", end_reason=reason.strip()[:100],
        end_kind=end_kind, status=Representative.Status.ENDED,
    )  # fmt: skip
    note_end(ended, "代表资格终止", actor, reason)
    note_down(
        locked,
        "end_representative",
        "代表资格终止",
        actor,
        f"{ended.person}自{on}起不再担任代表。{reason.strip()}",
    )
    return ended


BODY_MOVES = {
    "approve": approve_body,
    "start": start_body,
    "re_elect": re_elect_body,
    "re_elected": complete_re_election,
    "dissolve": dissolve_body,
}
