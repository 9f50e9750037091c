"""The verbs of call-backs (随机回访): draw 5 % of a month's verified records, note what was heard by telephone.

The draw is by chance from a seed that is printed with the list: with it and the numbers of the records anybody can
draw again and gets the same. Source: domain.md §2(e), "Goes wrong": 5% random call-back sample.
"""

import random
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from core.actor import SYSTEM, Actor
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import save_next_version, write_history
from core.periods import Month
from core.roles import Role
from core.workdays import nth_workday
from projects.messages import points as messages
from projects.models import CallBack, PointsEntry
from units.models import Division

Outcome = CallBack.Outcome
ONE_IN = 20
LONGEST_NOTE = 200


def draw_call_backs(*, today: date) -> int:
    """Draw last month's call-backs of every subdistrict from the first workday on; gives how many are new.

    A subdistrict whose month has been drawn is left alone, so that it may run any number of times.
    """
    if today < nth_workday(Month.containing(today), 1):
        return 0
    month = Month.containing(today).previous()
    places = Division.objects.filter(level=Division.Level.SUBDISTRICT).order_by("code")
    drawn = set(CallBack.objects.filter(month=month.first_day).values_list("place_code", flat=True))
    missing = [place for place in places if not any(code.startswith(place.code) for code in drawn)]
    return sum(draw_for(place, month) for place in missing)


@transaction.atomic
def draw_for(place: Division, month: Month) -> int:
    """Draw one subdistrict's sample, once; nothing where nothing was verified."""
    Division.objects.select_for_update(of=("self",)).get(pk=place.pk)
    if CallBack.objects.under(place.code).filter(month=month.first_day).exists():
        return 0
    entries = verified_in(place.code, month)
    if not entries:
        return 0
    chosen = draw(list(entries), seed_of(place.code, month))
    CallBack.objects.bulk_create(
        CallBack(record_id=pk, place_code=entries[pk], month=month.first_day) for pk in chosen
    )
    note = f"{month.label}核实 {len(entries)} 条，种子 {seed_of(place.code, month)}，抽取 {len(chosen)} 条。"
    write_history(about=place, move="draw_call_backs", label="抽取回访", actor=SYSTEM, note=note)
    messages.tell_drawn(place, month, len(chosen))
    return len(chosen)


def verified_in(place_code: str, month: Month) -> dict[int, str]:
    """Number → place code of the records under a place that were verified in a month and still stand."""
    first = timezone.make_aware(datetime.combine(month.first_day, time()))
    after = timezone.make_aware(datetime.combine(month.next().first_day, time()))
    entries = PointsEntry.objects.under(place_code).filter(
        kind=PointsEntry.Kind.SERVICE, created_at__gte=first, created_at__lt=after, record__status="valid"
    )
    return dict(entries.order_by("record_id").values_list("record_id", "place_code"))


def seed_of(place_code: str, month: Month) -> str:
    """The seed of a draw: nobody can guess it beforehand, everybody may read it afterwards."""
    return salted_hmac("projects.call-backs", f"{place_code}:{month}").hexdigest()[:12]


def draw(numbers: list[int], seed: str) -> list[int]:
    """One in twenty of the numbers, at least one, chosen by the seed; the order they come in doesn't matter."""
    size = max(1, -(-len(numbers) // ONE_IN))
    return sorted(random.Random(seed).sample(sorted(numbers), size))  # nosec B311 - to be drawn again


@transaction.atomic
def record_call_back(*, call_back: CallBack, outcome: str, note: str = "", actor: Actor) -> CallBack:
    """Note what a call brought: confirmed, denied (with what was said), or nobody reached.

    The subdistrict calls, and nobody who entered or verified the record. What was confirmed or denied stays.
    Raises `NotAllowed`, `InputError` beside a field, `RuleViolation` ``called_before``.
    """
    locked = CallBack.objects.select_for_update(of=("self",)).select_related("record").get(pk=call_back.pk)
    refuse_caller(locked, actor)
    if locked.outcome in (Outcome.CONFIRMED, Outcome.DENIED):
        raise RuleViolation(f"这条回访的结果已经是“{locked.get_outcome_display()}”。", code="called_before")
    if outcome not in Outcome.values or outcome == Outcome.OPEN:
        raise InputError("请选择属实、不属实或未联系上。", field="outcome")
    if outcome == Outcome.DENIED and not note.strip():
        raise InputError("请写明对方怎么说。", field="note")
    if len(note.strip()) > LONGEST_NOTE:
        raise InputError(f"说明最多 {LONGEST_NOTE} 字。", field="note")
    locked.outcome, locked.note = outcome, note.strip()
    locked.called_by_id, locked.called_at = actor.user_id, timezone.now()
    save_next_version(locked)
    label = f"回访：{locked.get_outcome_display()}"
    write_history(about=locked.record, move="call_back", label=label, actor=actor, note=note)
    if outcome == Outcome.DENIED:
        messages.tell_denied(locked, actor)
    return locked


def refuse_caller(call_back: CallBack, actor: Actor) -> None:
    is_there = actor.role == Role.SUBDISTRICT and actor.stands_over(call_back.place_code)
    if actor.is_read_only or not is_there:
        raise NotAllowed("随机回访由街道办理。")
    if actor.user_id in (call_back.record.author_id, call_back.record.verifier_id):
        raise NotAllowed("不能回访自己登记或核实的服务，请由另一位同事办理。", code="own_paper")
