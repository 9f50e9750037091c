"""Who is told what about cards, records and redemptions; the key names the fact, so nobody hears it twice."""

from collections.abc import Iterable, Sequence

from django.db import models
from django.urls import reverse

from accounts.models import User
from accounts.queries import liaisons_of
from core.actor import Actor
from core.components import date_text
from core.models import HistoryEntry, IssuedDocument
from core.periods import Month
from core.roles import UNIT_SIDE, Role
from notifications.actions import notify
from projects.models import CallBack, PointsCard, PointsEntry, Redemption, Session, VolunteerRecord
from projects.points_rules import hours_text
from projects.queries.project import staff_of, staff_over
from units.models import Division

# So many names stand in one message; the list behind it has all.
MOST_NAMES = 3


def tell(
    key: str,
    to: Iterable[User],
    actor: Actor | None,
    kind: str,
    title: str,
    body: str,
    about: models.Model,
    url: str = "",
) -> None:
    """Tell everybody concerned except the one who did it."""
    others = [person for person in to if actor is None or person.pk != actor.user_id]
    notify(
        key=key,
        to=others,
        kind=kind,
        title=title,
        body=body,
        url=url or about.get_absolute_url(),
        about=about,
    )


def because(note: str) -> str:
    return f"说明：{note.strip()}" if note.strip() else ""


def unit_people(card: PointsCard) -> list[User]:
    return liaisons_of(card.unit_id) if card.unit_id else []


# Cards


def tell_issued(card: PointsCard, actor: Actor) -> None:
    """The community hears of a card that a unit issued to one of its people."""
    if actor.role in UNIT_SIDE:
        body = f"{card.unit}为“{card.name}”办理了积分卡，卡号 {card.number}。"
        people = staff_over(card.place_code, Role.COMMUNITY)
        tell(f"points-card-issued:{card.pk}", people, actor, "points_card_issued", "新的积分卡", body, card)


def tell_card(card: PointsCard, what: str, title: str, note: str, actor: Actor) -> None:
    key, body = f"points-card-{what}:{card.pk}:{card.version}", f"{card}：{title}。{because(note)}"
    people = [*staff_of(card.place_code), *unit_people(card)]
    tell(key, people, actor, f"points_card_{what}", f"{title}：{card.name}", body, card)


def tell_certificate_requested(card: PointsCard, entry: HistoryEntry, actor: Actor) -> None:
    body = f"{card.unit}为“{card.name}”申请志愿服务记录证明：{entry.note}"
    title = f"申请志愿服务记录证明：{card.name}"
    people = staff_over(card.place_code, Role.COMMUNITY)
    tell(f"certificate-requested:{entry.pk}", people, actor, "certificate_requested", title, body, card)


def tell_certificate_issued(card: PointsCard, document: IssuedDocument, actor: Actor) -> None:
    title = f"已出具志愿服务记录证明：{card.name}"
    key, kind = f"certificate-issued:{document.pk}", "certificate_issued"
    tell(key, unit_people(card), actor, kind, title, f"{document.number}，可以在积分卡页面下载。", card)


# Records


def tell_recorded(record: VolunteerRecord, count: int, actor: Actor) -> None:
    """The community hears that there is something to verify; of a batch once."""
    url = f"{reverse('projects:record_verify')}"
    what = f"{count} 名志愿者" if count > 1 else record.card.name
    body = f"{actor.label or actor.name}登记了{what}的服务：{record.activity}，{record.time_text}。请核实。"
    people = staff_over(record.place_code, Role.COMMUNITY) or staff_over(record.place_code, Role.SUBDISTRICT)
    key = f"record-recorded:{record.batch or record.pk}"
    tell(key, people, actor, "record_recorded", "待核实的志愿服务", body, record, url)


def author_of(record: VolunteerRecord) -> list[User]:
    return [record.author] if record.author else []


def tell_rejected(record: VolunteerRecord, note: str, actor: Actor) -> None:
    body = f"{record.card.name} {record.time_text} 的“{record.activity}”没有通过核实。{because(note)}"
    title = f"志愿服务未通过：{record.card.name}"
    tell(f"record-rejected:{record.pk}", author_of(record), actor, "record_rejected", title, body, record)


def tell_cut(record: VolunteerRecord, cut: str, note: str, actor: Actor) -> None:
    """The author and the volunteer's unit hear of points that a violation cost."""
    body = (
        f"{record.card.name} {record.time_text} 的“{record.activity}”已核实，{cut}，时长不变。{because(note)}"
    )
    title, people = f"志愿服务违规：{record.card.name}", [*author_of(record), *unit_people(record.card)]
    tell(f"record-cut:{record.pk}", people, actor, "record_cut", title, body, record)


def tell_reversed(record: VolunteerRecord, entry: PointsEntry, note: str, actor: Actor) -> None:
    """``entry`` is the reversal; what could not be taken from the balance is said, and what may be called off."""
    body = (
        f"{record.card.name} {record.time_text} 的“{record.activity}”已冲正，"
        f"冲回 {hours_text(-entry.worth)} 分、{hours_text(-entry.hours)} 小时。{owed_words(entry)}{because(note)}"
    )
    people = [*author_of(record), *staff_of(record.place_code), *unit_people(record.card)]
    title = f"志愿服务已冲正：{record.card.name}"
    tell(f"record-reversed:{record.pk}", people, actor, "record_reversed", title, body, record)


def owed_words(entry: PointsEntry) -> str:
    """What a reversal leaves to be offset, and the redemptions that may still be called off."""
    if not entry.owed:
        return ""
    waiting = entry.card.redemptions.filter(status="reserved").values_list("number", flat=True)[:3]
    advice = f"待领取的兑换单 {'、'.join(waiting)} 可以取消，退回的积分先抵扣。" if waiting else ""
    return f"其中 {hours_text(entry.owed)} 分已经用掉，记为待扣，以后的积分先抵扣。{advice}"


def tell_followed(
    session: Session,
    rejected: Sequence[VolunteerRecord],
    taken_back: Sequence[VolunteerRecord],
    words: str,
    actor: Actor,
) -> None:
    """Each volunteer's unit hears of its own people, authors and staff of all, once a session."""
    records = [*rejected, *taken_back]
    url = f"{reverse('projects:record_list')}?session={session.pk}"
    by_unit = {record.card.unit_id: record.card for record in records if record.card.unit_id}
    told: set[int] = set()
    for unit_id, card in sorted(by_unit.items()):
        people = unit_people(card)
        mine = [record for record in records if record.card.unit_id == unit_id]
        told |= {person.pk for person in people}
        tell_of_session(session, people, mine, taken_back, words, actor, f"unit-{unit_id}", url)
    others = {
        person.pk: person
        for record in records
        for person in [*author_of(record), *staff_of(record.place_code)]
        if person.pk not in told
    }
    if records:
        tell_of_session(session, others.values(), records, taken_back, words, actor, "staff", url)


def tell_of_session(
    session: Session,
    people: Iterable[User],
    records: Sequence[VolunteerRecord],
    taken_back: Sequence[VolunteerRecord],
    words: str,
    actor: Actor,
    whom: str,
    url: str,
) -> None:
    back = [record for record in records if record in taken_back]
    names = "、".join(dict.fromkeys(record.card.name for record in records[:MOST_NAMES]))
    more = f"等 {len(records)} 条" if len(records) > 1 else ""
    parts = [f"{len(back)} 条已冲正"] if back else []
    parts += [f"{len(records) - len(back)} 条待核的不通过"] if len(records) > len(back) else []
    body = f"{session.project}{date_text(session.held_on)}：{names}{more}志愿服务记录，{'，'.join(parts)}。{words}"
    title = f"场次的志愿服务记录已退回：{session.project}"
    key = f"records-followed:{session.pk}:{session.version}:{whom}"
    tell(key, people, actor, "records_followed", title, body, session, url)


# Call-backs


def tell_drawn(place: Division, month: Month, count: int) -> None:
    people = staff_over(place.code, Role.SUBDISTRICT)
    body = f"{month.label}核实的志愿服务抽取了 {count} 条，请电话回访志愿者或服务对象。"
    url = f"{reverse('projects:call_back_list')}?month={month}"
    title = f"随机回访：{month.label}"
    tell(f"call-backs-drawn:{place.code}:{month}", people, None, "call_backs_drawn", title, body, place, url)


def tell_denied(call_back: CallBack, actor: Actor) -> None:
    record = call_back.record
    body = f"{record.card.name} {record.time_text} 的“{record.activity}”回访不属实：{call_back.note}。请核对后冲正。"
    people = staff_over(record.place_code, Role.SUBDISTRICT)
    title = f"回访不属实：{record.card.name}"
    tell(f"call-back-denied:{call_back.pk}", people, None, "call_back_denied", title, body, record)


# Redemptions


def tell_redeemed(redemption: Redemption, actor: Actor) -> None:
    """The counter hears what a holder reserved, and prepares it."""
    if not actor.is_system:
        return
    body = (
        f"{redemption.card.name}预约兑换“{redemption.reward.title}”，兑换单 {redemption.number}，请备好待领。"
    )
    people = staff_over(redemption.place_code, Role.COMMUNITY) or staff_of(redemption.place_code)
    title = f"预约兑换：{redemption.reward.title}"
    tell(f"redeemed:{redemption.pk}", people, actor, "redemption_reserved", title, body, redemption)


def tell_lapsed(redemption: Redemption) -> None:
    """The counter and the holder's unit hear that points and stock came back."""
    body = (
        f"兑换单 {redemption.number}（{redemption.card.name}，{redemption.reward.title}）"
        f"{date_text(redemption.collect_by)}前没有领取，已退回 {hours_text(redemption.cost)} 分和库存。"
    )
    people = {
        person.pk: person for person in [*staff_of(redemption.place_code), *unit_people(redemption.card)]
    }
    title = f"兑换过期退回：{redemption.reward.title}"
    tell(
        f"redemption-lapsed:{redemption.pk}",
        people.values(),
        None,
        "redemption_lapsed",
        title,
        body,
        redemption,
    )


def tell_cancelled(redemption: Redemption, note: str, actor: Actor) -> None:
    body = (
        f"兑换单 {redemption.number}（{redemption.reward.title}，{date_text(redemption.created_at)}）已取消，"
        f"退回 {hours_text(redemption.cost)} 分。{because(note)}"
    )
    title = f"兑换已取消：{redemption.reward.title}"
    people = unit_people(redemption.card)
    tell(
        f"redemption-cancelled:{redemption.pk}",
        people,
        actor,
        "redemption_cancelled",
        title,
        body,
        redemption,
    )
