"""Who hears what when an issue moves; said through `core.telling`, never with the reporter's name or phone."""

from core.actor import Actor
from core.components import date_text
from core.roles import Role
from core.telling import Audience, Word, tell
from units.models import Division, Issue, Unit

PLACE_STAFF = frozenset({Role.DISTRICT, Role.SUBDISTRICT, Role.COMMUNITY})


def staff_at(place: Division) -> Audience:
    """Everybody who works at exactly this place."""
    return Audience(roles=PLACE_STAFF, place_code=place.code)


def say(issue: Issue, what: str, to: list[Audience], title: str, body: str, actor: Actor) -> None:
    """One word about the present state of an issue; its version names the fact."""
    if not to:
        return
    tell(
        Word(
            key=f"issue-{what}:{issue.pk}:{issue.version}",
            to=tuple(to),
            kind=f"issue-{what}",
            title=title,
            body=body,
            url=issue.get_absolute_url(),
            about=issue,
            due_on=issue.step_due_on,
            not_to=actor.user_id,
        )
    )


def because(note: str) -> str:
    return f"说明：{note.strip()}" if note.strip() else ""


def tell_reported(issue: Issue, actor: Actor) -> None:
    body = f"{issue.place}有一个新问题“{issue.title}”，请在{date_text(issue.accept_due_on)}前受理。"
    say(issue, "reported", [staff_at(issue.handler)], f"新问题待受理：{issue.title}", body, actor)


def tell_author(issue: Issue, what: str, outcome: str, note: str, actor: Actor) -> None:
    """The person with an account who reported it; residents look under their code."""
    to = [Audience(user_ids=(issue.author_id,))] if issue.author_id else []
    body = f"您登记的问题 {issue.number}“{issue.title}”{outcome}。{because(note)}"
    say(issue, what, to, f"问题{outcome}：{issue.title}", body, actor)


def tell_assigned(issue: Issue, note: str, actor: Actor) -> None:
    to = [Audience(unit_ids=(issue.unit_id,))] if issue.unit_id else [staff_at(issue.handler)]
    body = f"问题 {issue.number}“{issue.title}”交由{issue.unit or issue.handler}办理，{date_text(issue.due_on)}前办结。{because(note)}"
    say(issue, "assigned", to, f"交办问题：{issue.title}", body, actor)


def tell_sent_back(issue: Issue, unit: Unit, note: str, actor: Actor) -> None:
    body = f"{unit}退回了问题 {issue.number}“{issue.title}”，请在{date_text(issue.assign_due_on)}前另行交办。{because(note)}"
    say(issue, "sent-back", [staff_at(issue.handler)], f"承办单位退回问题：{issue.title}", body, actor)


def tell_escalated(issue: Issue, note: str, actor: Actor) -> None:
    body = f"问题 {issue.number}“{issue.title}”转到{issue.handler}，{date_text(issue.due_on)}前办结。{because(note)}"
    say(issue, "escalated", [staff_at(issue.handler)], f"下级转来问题：{issue.title}", body, actor)


def tell_resolved(issue: Issue, actor: Actor) -> None:
    body = f"问题 {issue.number}“{issue.title}”已办结：{issue.result}。请向反映人反馈。"
    say(issue, "resolved", [staff_at(issue.handler)], f"问题已办结，待反馈：{issue.title}", body, actor)


def tell_rated(issue: Issue, note: str, actor: Actor) -> None:
    body = f"问题 {issue.number}“{issue.title}”评议为“{issue.get_satisfaction_display()}”。{because(note)}"
    to = [staff_at(issue.handler)] + ([Audience(unit_ids=(issue.unit_id,))] if issue.unit_id else [])
    say(issue, "rated", to, f"问题已评议：{issue.title}", body, actor)


def tell_reopened(issue: Issue, note: str, actor: Actor) -> None:
    body = f"问题 {issue.number}“{issue.title}”重新办理，{date_text(issue.due_on)}前办结。{because(note)}"
    say(issue, "reopened", [staff_at(issue.handler)], f"问题重新办理：{issue.title}", body, actor)
