"""The verbs of the issue register (问题台账, domain.md §2(a)): report, accept, assign, resolve, reply, rate, escalate.

The times are ours (domain.md §2.14 leaves them to the register): one workday to accept, three to assign, fifteen
to resolve; a place above starts anew. Words go out through `units.words.issues`, in the fact's transaction.
"""

import re
import secrets
from dataclasses import replace
from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction

from core.actor import SYSTEM, Actor
from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import write_history
from core.models import HistoryEntry
from core.numbers import next_number
from core.roles import Role
from core.workdays import add_workdays
from core.workflow import make_move
from units.models import Division, Issue, Unit
from units.models.issues import REPORTERS
from units.queries.issues import handling_place, reportable_places, subdistrict_of
from units.queries.units import root_place
from units.words import issues as issue_words

ACCEPT_WORKDAYS, ASSIGN_WORKDAYS, RESOLVE_WORKDAYS = 1, 3, 15
# Without 0, 1, I, L, O: a code is read from a screen and typed on a phone.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 10
LEVEL_WORD = re.compile(r"(?<=.)(街道|社区|新区|区|镇|乡)$")
PHONE = re.compile(r"[0-9+\- ]{7,20}")
LONGEST_TITLE, LONGEST_TEXT, LONGEST_NAME = 100, 2000, 40
# Whoever did one of these to an issue doesn't enter its rating.
OWN_STEPS = ("accept", "assign", "start", "resolve", "reply")
# The reporter with a code in hand acts for nobody else, and only through `rate_by_code`.
REPORTER = replace(SYSTEM, name="反映人", label="反映人（凭查询码）")
SOURCES = {
    Role.LIAISON: Issue.Source.UNIT, Role.SOCIAL_ORG: Issue.Source.UNIT, Role.REPRESENTATIVE: Issue.Source.REPRESENTATIVE,
    Role.GRID_WORKER: Issue.Source.GRID,
}  # fmt: skip


def lock_issue(issue: Issue) -> Issue:
    """The issue as it stands now, locked until the transaction ends."""
    return Issue.objects.select_for_update(of=("self",)).select_related("handler", "place").get(pk=issue.pk)


# Report


@transaction.atomic
def report_issue(
    *,
    place: Division,
    title: str,
    text: str,
    category: str,
    source: str = "",
    reporter_name: str = "",
    reporter_phone: str = "",
    actor: Actor,
) -> Issue:
    """Enter an issue into the register on somebody's word; what the actor is decides the source, staff choose it.

    Raises `NotAllowed` for a role or place that may not, `InputError` beside a field.
    """
    refuse_unless_reporter(place, actor)
    source = SOURCES.get(actor.role) or source or Issue.Source.VISIT
    if source not in Issue.Source.values:
        raise InputError("请从列表中选择来源。", field="source")
    return register(
        place=place, title=title, text=text, category=category, source=source, reporter_name=reporter_name,
        reporter_phone=reporter_phone, actor=actor,
    )  # fmt: skip


@transaction.atomic
def report_by_resident(
    *,
    place: Division,
    title: str,
    text: str,
    category: str,
    reporter_name: str = "",
    reporter_phone: str = "",
) -> Issue:
    """A resident reports from the public page, with or without a name; the answer is a row with its query code."""
    if not reportable_places(SYSTEM).filter(pk=place.pk).exists():
        raise InputError("请选择所在的社区。", field="place")
    resident = replace(REPORTER, label="居民（公开页面）")
    return register(
        place=place, title=title, text=text, category=category, source=Issue.Source.RESIDENT,
        reporter_name=reporter_name, reporter_phone=reporter_phone, actor=resident,
    )  # fmt: skip


def refuse_unless_reporter(place: Division, actor: Actor) -> None:
    if actor.is_read_only or actor.role not in REPORTERS:
        raise NotAllowed("您当前的身份不能登记问题。")
    if not reportable_places(actor).filter(pk=place.pk).exists():
        raise NotAllowed("只能登记您所在辖区内的问题。")


def register(*, place: Division, actor: Actor, title: str, text: str, reporter_phone: str, **fields) -> Issue:
    """Check and write a new issue with its number, code and due days."""
    check_words(title, text, fields["category"], fields["reporter_name"], reporter_phone)
    on = today()
    issue = insert_with_code(
        number=take_number(place, on), title=title.strip(), text=text.strip(), reporter_phone=reporter_phone.strip(),
        place=place, place_code=place.code, handler=handling_place(place), author_id=actor.user_id, registered_on=on,
        accept_due_on=add_workdays(on, ACCEPT_WORKDAYS), due_on=add_workdays(on, RESOLVE_WORKDAYS), **fields,
    )  # fmt: skip
    write_history(about=issue, move="report", label="登记", actor=actor, to_status=issue.status)
    issue_words.tell_reported(issue, actor)
    return issue


def check_words(title: str, text: str, category: str, name: str, phone: str) -> None:
    """Raise the first thing wrong with what was typed, beside its field."""
    if not title.strip():
        raise InputError("请用一句话写明是什么问题。", field="title")
    if not text.strip():
        raise InputError("请写明情况：在哪里、什么时候、怎么样。", field="text")
    if category not in Issue.Category.values:
        raise InputError("请从列表中选择类别。", field="category")
    for field, value, most in (
        ("title", title, LONGEST_TITLE),
        ("text", text, LONGEST_TEXT),
        ("reporter_name", name, LONGEST_NAME),
    ):
        if len(value) > most:
            raise InputError(f"最多 {most} 字。", field=field)
    if phone.strip() and not PHONE.fullmatch(phone.strip()):
        raise InputError("电话只能是 7 到 20 位数字，可以带区号和短横。", field="reporter_phone")


def take_number(place: Division, on: date) -> str:
    """``WT-2026-玉林-0012``: gap-free within one subdistrict and year."""
    where = subdistrict_of(place)
    series = next_number(f"issue:{where.code}:{on.year}")
    return f"WT-{on.year}-{LEVEL_WORD.sub('', where.name)}-{series:04d}"


def make_code() -> str:
    """A query code nobody guesses: 31¹⁰ of them, and few looks a minute."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def insert_with_code(**fields) -> Issue:
    """Insert with a fresh code; the rare code that exists already is drawn again."""
    for _ in range(5):
        try:
            with transaction.atomic():
                return Issue.objects.create(reply_code=make_code(), **fields)
        except IntegrityError as error:
            if "reply_code" not in str(error):
                raise
    raise RuleViolation("暂时不能登记，请稍后再试。", code="no_code")


# Accept and hand on


@transaction.atomic
def accept_issue(*, issue: Issue, note: str = "", actor: Actor) -> Issue:
    """Take an issue on; from now three workdays to hand it to somebody."""
    on = today()
    moved = make_move(
        obj=issue,
        move="accept",
        actor=actor,
        note=note,
        accepted_on=on,
        assign_due_on=add_workdays(on, ASSIGN_WORKDAYS),
    )
    issue_words.tell_author(moved, "accepted", "已受理", note, actor)
    return moved


@transaction.atomic
def reject_issue(*, issue: Issue, note: str, actor: Actor) -> Issue:
    """Decline an issue that is not for the register, with the reason; the reporter reads it under the code."""
    moved = make_move(obj=issue, move="reject", actor=actor, note=note, reply=note.strip()[:1000])
    issue_words.tell_author(moved, "rejected", "不予受理", note, actor)
    return moved


@transaction.atomic
def assign_issue(*, issue: Issue, unit: Unit | None = None, note: str = "", actor: Actor) -> Issue:
    """Hand an issue to a unit, or leave it with the level's own staff (``unit`` None).

    Raises `InputError` beside ``unit`` for one outside the district or no longer operating.
    """
    refuse_unfit(unit)
    whom = f"交{unit}办理。" if unit else "由本级办理。"
    moved = make_move(obj=issue, move="assign", actor=actor, note=f"{whom}{note.strip()}", unit=unit)
    issue_words.tell_assigned(moved, note, actor)
    return moved


def refuse_unfit(unit: Unit | None) -> None:
    if unit is None:
        return
    if unit.merged_into_id is not None or unit.operating_status != Unit.OperatingStatus.OPERATING:
        raise InputError(f"{unit}现在不是正常经营的单位，不能承办。", field="unit")
    if not unit.place_code.startswith(root_place().code):
        raise InputError(f"{unit}不在本区，不能承办。", field="unit")


@transaction.atomic
def start_issue(*, issue: Issue, note: str = "", actor: Actor) -> Issue:
    """The one it was handed to begins."""
    return make_move(obj=issue, move="start", actor=actor, note=note)


@transaction.atomic
def send_back_issue(*, issue: Issue, note: str, actor: Actor) -> Issue:
    """The unit can't do it and says why: the level that handed it on has three workdays to find somebody else."""
    unit = issue.unit
    moved = make_move(
        obj=issue, move="send_back", actor=actor, note=note, unit=None, assign_due_on=add_workdays(today(), ASSIGN_WORKDAYS)
    )  # fmt: skip
    issue_words.tell_sent_back(moved, unit, note, actor)
    return moved


@transaction.atomic
def escalate_issue(*, issue: Issue, note: str, actor: Actor) -> Issue:
    """Send an issue one level up the grid; the days run anew there. Raises `RuleViolation` ``at_the_top``."""
    locked = lock_issue(issue)
    above = place_above(locked.handler)
    on = today()

    def check(row: Issue) -> None:
        if above is None:
            raise RuleViolation(f"这个问题已经在{locked.handler}办理，没有上一级可转。", code="at_the_top")

    moved = make_move(
        obj=locked, move="escalate", actor=actor, note=note, check=check, handler=above or locked.handler, unit=None,
        escalated=locked.escalated + 1, accepted_on=locked.accepted_on or on, assign_due_on=add_workdays(on, ASSIGN_WORKDAYS),
        due_on=add_workdays(on, RESOLVE_WORKDAYS),
    )  # fmt: skip
    issue_words.tell_escalated(moved, note, actor)
    return moved


def place_above(place: Division) -> Division | None:
    """The level above a handling place; none above the deployment's own district."""
    return None if place.code == root_place().code else place.parent


# Duplicates


@transaction.atomic
def mark_duplicate(*, issue: Issue, duplicate_of: Issue, note: str = "", actor: Actor) -> Issue:
    """Link an issue to the one that says the same; its reporter reads that one's progress under the own code."""
    original = Issue.objects.select_for_update(of=("self",)).get(pk=duplicate_of.pk)
    refuse_original(issue, original)
    told = f"并入 {original.number}。{note.strip()}"
    moved = make_move(obj=issue, move="mark_duplicate", actor=actor, note=told, duplicate_of=original)
    issue_words.tell_author(moved, "duplicate", f"已并入 {original.number}", note, actor)
    return moved


def refuse_original(issue: Issue, original: Issue) -> None:
    if original.pk == issue.pk:
        raise InputError("不能并入它自己。", field="duplicate_of")
    if original.status in (Issue.Status.DUPLICATE, Issue.Status.REJECTED):
        raise InputError(
            f"{original.number}是“{original.get_status_display()}”，请选择正在办理或已经办结的问题。",
            field="duplicate_of",
        )
    if issue.duplicates.exists():
        raise RuleViolation(
            "已有别的问题并入这一个，请把后来的并入先前的。", field="duplicate_of", code="has_duplicates"
        )


# Resolve, reply, rate


@transaction.atomic
def resolve_issue(*, issue: Issue, note: str, actor: Actor) -> Issue:
    """Close the work with its result; without a result the table and the database refuse it."""
    moved = make_move(
        obj=issue,
        move="resolve",
        actor=actor,
        note=note,
        check=short_enough(note),
        result=note.strip(),
        resolved_on=today(),
    )
    issue_words.tell_resolved(moved, actor)
    return moved


@transaction.atomic
def reply_issue(*, issue: Issue, note: str, actor: Actor) -> Issue:
    """Tell the reporter what came of it; the words stand on the page behind the query code."""
    moved = make_move(
        obj=issue, move="reply", actor=actor, note=note, check=short_enough(note), reply=note.strip()
    )
    issue_words.tell_author(moved, "replied", "已反馈，请评议", note, actor)
    return moved


def short_enough(note: str):
    def check(row: Issue) -> None:
        if len(note.strip()) > 1000:
            raise InputError("最多 1000 字。", field="note")

    return check


@transaction.atomic
def rate_issue(*, issue: Issue, satisfaction: str, note: str = "", actor: Actor) -> Issue:
    """The reporter says what he or she thinks of it: satisfied, basically, dissatisfied."""
    label = rating_words(satisfaction)
    told = f"{label}。{note.strip()}"
    moved = make_move(
        obj=issue, move="rate", actor=actor, note=told, satisfaction=satisfaction, rated_on=today(),
        rated_way=Issue.RatedWay.REPORTER,
    )  # fmt: skip
    issue_words.tell_rated(moved, note, actor)
    return moved


def rating_words(satisfaction: str) -> str:
    if satisfaction not in Issue.Satisfaction.values:
        raise InputError("请选择满意、基本满意或不满意。", field="satisfaction")
    return Issue.Satisfaction(satisfaction).label


@transaction.atomic
def record_rating(*, issue: Issue, satisfaction: str, way: str, note: str, actor: Actor) -> Issue:
    """Staff enter what the reporter said when called back, with how and the words; never who handled it.

    Raises `NotAllowed` ``own_paper`` for whoever accepted, resolved or answered it (domain.md §2.11, rule 23).
    """
    label = rating_words(satisfaction)
    if way not in (Issue.RatedWay.PHONE, Issue.RatedWay.VISIT):
        raise InputError("请选择是电话回访还是上门回访。", field="way")

    def check(row: Issue) -> None:
        own = HistoryEntry.objects.filter(
            about_type=ContentType.objects.get_for_model(row),
            about_id=row.pk,
            actor_id=actor.user_id,
            move__in=OWN_STEPS,
        )
        if actor.user_id is not None and own.exists():
            raise NotAllowed(
                "不能给自己办理的问题登记评议，请由另一位同事回访登记，或者请反映人凭查询码评议。",
                code="own_paper",
            )

    moved = make_move(
        obj=issue, move="record_rating", actor=actor, note=note, check=check, satisfaction=satisfaction,
        rated_on=today(), rated_way=way,
    )  # fmt: skip
    issue_words.tell_rated(moved, f"{label}，{moved.get_rated_way_display()}。{note.strip()}", actor)
    return moved


@transaction.atomic
def reopen_issue(*, issue: Issue, note: str, actor: Actor) -> Issue:
    """Begin again, once, because the reporter is not satisfied; the days run anew.

    Raises `RuleViolation` ``reopened_before`` the second time, ``not_dissatisfied`` after a good rating.
    """
    on = today()

    def check(row: Issue) -> None:
        if row.reopened:
            raise RuleViolation(
                "一个问题最多重新办理一次。仍有意见的，请转上级或者另行登记。", code="reopened_before"
            )
        if row.satisfaction and row.satisfaction != Issue.Satisfaction.DISSATISFIED:
            raise RuleViolation("评议为满意或基本满意的问题不再重新办理。", code="not_dissatisfied")

    moved = make_move(
        obj=issue, move="reopen", actor=actor, note=note, check=check, reopened=1, unit=None, result="", reply="",
        resolved_on=None, assign_due_on=add_workdays(on, ASSIGN_WORKDAYS), due_on=add_workdays(on, RESOLVE_WORKDAYS),
    )  # fmt: skip
    issue_words.tell_reopened(moved, note, actor)
    return moved


@transaction.atomic
def rate_by_code(*, code: str, satisfaction: str, note: str = "", reopen: bool = False) -> Issue:
    """The reporter rates once with the query code; who is dissatisfied may have it handled again at the same time.

    Raises `RuleViolation` when the code is unknown or the issue is not at that point.
    """
    issue = find_by_code(code)
    if issue is None:
        raise InputError("没有查到这个查询码。", field="code", code="unknown_code")
    if issue.rated_on and not issue.reopened:
        raise RuleViolation("这个问题已经评议过，每个问题评议一次。", code="rated_before")
    if reopen and not note.strip():
        raise InputError("请写明还有什么没有解决。", field="note")
    rated = rate_issue(issue=issue, satisfaction=satisfaction, note=note, actor=REPORTER)
    if reopen and satisfaction == Issue.Satisfaction.DISSATISFIED and not rated.reopened:
        return reopen_issue(issue=rated, note=note, actor=REPORTER)
    return rated


def find_by_code(code: str) -> Issue | None:
    """The issue behind a query code, as people type it: blanks, dashes and small letters don't matter."""
    plain = re.sub(r"[\s\-]", "", code).upper()
    if len(plain) != CODE_LENGTH or not set(plain) <= set(CODE_LETTERS):
        return None
    return (
        Issue.objects.filter(reply_code=plain)
        .select_related("handler", "place", "duplicate_of__handler")
        .first()
    )


ISSUE_MOVES = {
    "accept": accept_issue,
    "reject": reject_issue,
    "mark_duplicate": mark_duplicate,
    "assign": assign_issue,
    "start": start_issue,
    "escalate": escalate_issue,
    "resolve": resolve_issue,
    "reply": reply_issue,
    "rate": rate_issue,
    "record_rating": record_rating,
    "send_back": send_back_issue,
    "reopen": reopen_issue,
}
__all__ = ["ISSUE_MOVES", "find_by_code", "rate_by_code", "report_by_resident", "report_issue"]
