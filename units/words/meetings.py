"""Who is told what about sessions, resolutions and proposals; delivered by whoever registered with `core.telling`."""

from collections.abc import Iterable
from datetime import date

from core.actor import Actor
from core.components import date_text
from core.roles import UNIT_SIDE, Role
from core.telling import Audience, Word, tell
from units.models import Meeting, RepresentativeProposal, Resolution
from units.models.meetings import CONVENERS
from units.queries.agenda import invited_to, members_of

Audiences = tuple[Audience, ...]


def staff_at(place_code: str) -> Audiences:
    """Everybody who convenes at exactly this place."""
    return (Audience(roles=frozenset(CONVENERS), place_code=place_code),)


def units_of(unit_ids: Iterable[int]) -> Audiences:
    """Everybody who speaks for one of these units."""
    ids = tuple(unit_ids)
    return (Audience(roles=frozenset(UNIT_SIDE), unit_ids=ids),) if ids else ()


def people(*user_ids: int | None) -> Audiences:
    ids = tuple(pk for pk in user_ids if pk is not None)
    return (Audience(user_ids=ids),) if ids else ()


def everybody_expected(meeting: Meeting) -> Audiences:
    """Those who speak for the member units; the representatives; the units that sent members of a committee."""
    if meeting.roll == "representative":
        invited = list(invited_to(meeting))
        codes = {one.person.place_code for one in invited if one.user_id is None} | {meeting.place_code}
        by_place = [
            Audience(roles=frozenset({Role.REPRESENTATIVE}), place_code=code) for code in sorted(codes)
        ]
        return (*people(*(one.user_id for one in invited)), *by_place)
    field = "unit_id" if meeting.roll == "member" else "from_unit_id"
    return units_of(one for one in invited_to(meeting).values_list(field, flat=True) if one)


def say(
    about,
    what: str,
    to: Audiences,
    title: str,
    body: str,
    actor: Actor,
    due_on: date | None = None,
    cause: str = "",
) -> None:
    """Tell everybody concerned but the one who did it; the row's version and the cause name the fact."""
    kind = f"{about._meta.model_name}-{what}"
    tell(
        Word(
            key=f"{kind}:{about.pk}:{about.version}{cause}",
            to=to,
            kind=kind,
            title=title[:200],
            about=about,
            body=body,
            url=about.get_absolute_url(),
            due_on=due_on,
            not_to=actor.user_id,
        )
    )


def because(note: str) -> str:
    return f"说明：{note.strip()}" if note.strip() else ""


def when_and_where(meeting: Meeting) -> str:
    return f"{date_text(meeting.held_on, weekday=True)}，{meeting.venue}"


# Sessions


def tell_soliciting(meeting: Meeting, actor: Actor) -> None:
    body = f"请在{date_text(meeting.items_due_on)}前提出议题，可以直接在手机上填写。"
    to = everybody_expected(meeting)
    say(meeting, "soliciting", to, f"征集议题：{meeting.title}", body, actor, meeting.items_due_on)


def tell_members(meeting: Meeting, what: str, title: str, body: str, actor: Actor) -> None:
    """Every member's liaison, who is asked to bring it before the unit's leader by name; representatives themselves."""
    if meeting.roll != "member":
        say(meeting, what, everybody_expected(meeting), title, body, actor, meeting.held_on)
        return
    for member in members_of(meeting):
        leader = f"请转告本单位领导成员{member.leader}。" if member.leader else "请转告本单位领导成员。"
        to = units_of([member.unit_id])
        say(meeting, what, to, title, f"{body}{leader}", actor, meeting.held_on, cause=f":{member.pk}")


def tell_notified(meeting: Meeting, actor: Actor) -> None:
    title = f"会议通知：{meeting.title}"
    body = f"{when_and_where(meeting)}。议程和通知见会议页面，请在手机上回复参加、请假或委托。"
    tell_members(meeting, "notified", title, body, actor)


def tell_changed(meeting: Meeting, actor: Actor) -> None:
    title = f"会议安排有变：{meeting.title}"
    body = f"现定于{when_and_where(meeting)}。更正后的通知见会议页面，请重新回复。"
    tell_members(meeting, "changed", title, body, actor)


def tell_cancelled(meeting: Meeting, note: str, actor: Actor) -> None:
    tell_members(meeting, "cancelled", f"会议取消：{meeting.title}", because(note), actor)


def tell_minutes_drafted(meeting: Meeting, actor: Actor) -> None:
    body = "纪要已经整理好，请记录人以外的同志核对后签发，或者退回。"
    say(meeting, "minutes-drafted", staff_at(meeting.place_code), f"待签发纪要：{meeting.title}", body, actor)


def tell_minutes_returned(meeting: Meeting, note: str, actor: Actor) -> None:
    to = people(meeting.recorder_id)
    say(meeting, "minutes-returned", to, f"纪要退回：{meeting.title}", because(note), actor)


def tell_issued(meeting: Meeting, actor: Actor) -> None:
    to = everybody_expected(meeting)
    say(meeting, "issued", to, f"会议纪要已印发：{meeting.title}", "纪要和议定事项见会议页面。", actor)


# Items


def tell_item_proposed(item, actor: Actor) -> None:
    title = f"新的议题：{item.title}"
    body = f"{item.unit or actor.label}为“{item.meeting}”提出议题，请决定采纳、暂缓或不采纳。"
    say(item.meeting, "item-proposed", staff_at(item.place_code), title, body, actor, cause=f":{item.pk}")


def tell_item_withdrawn(item, actor: Actor) -> None:
    title = f"议题撤回：{item.title}"
    to, body = staff_at(item.place_code), f"{item.unit or actor.label}撤回了议题。"
    say(item.meeting, "item-withdrawn", to, title, body, actor, cause=f":{item.pk}")


def tell_item_decided(item, note: str, actor: Actor) -> None:
    """The unit or representative that proposed it hears what became of it."""
    to = units_of([item.unit_id]) if item.unit_id is not None else people(item.author_id)
    if not to:
        return
    title = f"议题{item.get_status_display()}：{item.title}"
    cause = f":{item.pk}:{item.version}"
    say(item.meeting, f"item-{item.status}", to, title, because(note), actor, cause=cause)


# Resolutions


def lead_of(resolution: Resolution) -> Audiences:
    """Those who speak for the unit or place in the lead."""
    if resolution.lead_unit_id is not None:
        return units_of([resolution.lead_unit_id])
    return staff_at(resolution.lead_place.code)


def tell_resolved(resolution: Resolution, actor: Actor) -> None:
    due = date_text(resolution.due_on)
    title = f"牵头办理议定事项：{resolution.text[:40]}"
    body = f"“{resolution.meeting}”议定，由{resolution.lead}牵头，{due}前办结。{resolution.text}"
    say(resolution, "assigned", lead_of(resolution), title, body, actor, resolution.due_on)
    helpers = units_of(resolution.co_units.order_by("pk").values_list("pk", flat=True))
    if helpers:
        title = f"配合办理议定事项：{resolution.text[:40]}"
        say(resolution, "helping", helpers, title, body, actor, resolution.due_on)


def tell_convener(resolution: Resolution, what: str, title: str, note: str, actor: Actor) -> None:
    body = f"{resolution.lead}：{resolution.text}{because(note)}"
    to = staff_at(resolution.place_code)
    say(resolution, what, to, f"{title}：{resolution.text[:40]}", body, actor, resolution.due_on)


def tell_lead(resolution: Resolution, what: str, title: str, note: str, actor: Actor) -> None:
    body = f"{resolution.text}{because(note)}"
    to = lead_of(resolution)
    say(resolution, what, to, f"{title}：{resolution.text[:40]}", body, actor, resolution.due_on)


# Proposals


def tell_proposal_submitted(proposal: RepresentativeProposal, actor: Actor) -> None:
    body = f"代表{actor.name}提交了提案，请决定是否立案。"
    to = staff_at(proposal.body.place_code)
    say(proposal, "submitted", to, f"代表提案：{proposal.title}", body, actor)


def tell_proposal_author(
    proposal: RepresentativeProposal, what: str, title: str, note: str, actor: Actor
) -> None:
    to = people(proposal.author_id)
    say(proposal, what, to, f"{title}：{proposal.title}", because(note), actor)


def tell_proposal_assigned(proposal: RepresentativeProposal, actor: Actor) -> None:
    due = date_text(proposal.reply_due_on)
    body = f"代表提案“{proposal.title}”交由{proposal.handler}办理，{due}前答复代表。"
    to = staff_at(proposal.handler.code)
    say(proposal, "assigned", to, f"承办代表提案：{proposal.title}", body, actor, proposal.reply_due_on)


def tell_proposal_rated(proposal: RepresentativeProposal, actor: Actor) -> None:
    body = f"代表对答复的评价：{proposal.get_rating_display()}。"
    to = staff_at(proposal.handler.code)
    say(proposal, "rated", to, f"提案已评价：{proposal.title}", body, actor)


def tell_proposal_advised(proposal: RepresentativeProposal, note: str, actor: Actor) -> None:
    body = f"代表{proposal.author}的提案转为建议，请研究参考。{because(note)}"
    to = staff_at(proposal.handler.code)
    say(proposal, "suggestion", to, f"代表建议：{proposal.title}", body, actor)


def tell_proposal_again(proposal: RepresentativeProposal, note: str, actor: Actor) -> None:
    """The one who answers hears that it doesn't satisfy, and the assembly's staff with it."""
    body = f"代表对答复不满意，请再办一次，{date_text(proposal.reply_due_on)}前再答复。{because(note)}"
    to = (*staff_at(proposal.handler.code), *staff_at(proposal.place_code))
    say(proposal, "again", to, f"提案重新办理：{proposal.title}", body, actor, proposal.reply_due_on)
