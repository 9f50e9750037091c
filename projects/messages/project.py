"""Who is told what when a project or a claim moves; the key names the fact, so nobody hears it twice."""

from collections.abc import Iterable
from datetime import date

from django.utils.timezone import localdate

from accounts.models import User
from accounts.queries import liaisons_of
from core.actor import Actor
from core.components import date_text
from core.workdays import add_workdays
from notifications.actions import notify
from projects.models import Project, ProjectClaim
from projects.queries.project import lead_names, liaisons_of_claims, member_liaisons, reviewers_of, staff_of

# Until when a unit hears what becomes of its proposal (our default, as for what is asked on a visit: §2.14).
PROPOSAL_WORKDAYS = 5


def tell(
    about: Project | ProjectClaim,
    what: str,
    to: Iterable[User],
    actor: Actor,
    title: str,
    body: str,
    due_on: date | None = None,
    cause: str = "",
) -> None:
    """Tell everybody concerned except the one who did it; ``what``, the row's version and the cause name the fact."""
    kind = f"{'project' if isinstance(about, Project) else 'claim'}_{what}"
    others = [person for person in to if person.pk != actor.user_id]
    notify(
        key=f"{kind}:{about.pk}:{about.version}{cause}",
        to=others,
        kind=kind,
        title=title,
        body=body,
        url=about.get_absolute_url(),
        about=about,
        due_on=due_on,
    )


def because(note: str) -> str:
    return f"说明：{note.strip()}" if note.strip() else ""


# Projects


def tell_proposed(project: Project, actor: Actor) -> None:
    """The staff of the place hear that a unit proposes something, and until when it waits for their answer."""
    how = "自己牵头" if project.is_led_by_proposer else "征集其他单位认领"
    body = f"{project.proposed_by}提出项目“{project.title}”（{how}），请接收或退回。"
    due = answer_due_on(project)
    tell(
        project, "proposed", staff_of(project.place_code), actor, f"单位提出项目：{project.title}", body, due
    )


def answer_due_on(project: Project) -> date:
    """Until when a proposal is taken up or handed back."""
    return add_workdays(localdate(project.proposed_at), PROPOSAL_WORKDAYS)


def proposer_people(project: Project) -> list[User]:
    return [*liaisons_of(project.proposed_by_id), *author_of(project)] if project.proposed_by_id else []


def tell_taken_up(project: Project, note: str, actor: Actor) -> None:
    body = f"贵单位提出的项目“{project.title}”已由{actor.label}接收，完善后报审核。{because(note)}"
    tell(project, "taken_up", proposer_people(project), actor, f"提出的项目已接收：{project.title}", body)


def tell_handed_back(project: Project, note: str, actor: Actor) -> None:
    body = f"贵单位提出的项目“{project.title}”退回，可以修改后再提交。{because(note)}"
    tell(project, "handed_back", proposer_people(project), actor, f"提出的项目退回：{project.title}", body)


def tell_dropped(project: Project, note: str, actor: Actor) -> None:
    body = f"{project.proposed_by}不再提出项目“{project.title}”。{because(note)}"
    tell(project, "dropped", staff_of(project.place_code), actor, f"单位撤回项目：{project.title}", body)


def tell_submitted(project: Project, actor: Actor) -> None:
    body = f"{project.place}提交了项目“{project.title}”，请审核后发布或退回。"
    tell(project, "submitted", reviewers_of(project), actor, f"待审核项目：{project.title}", body)


def tell_returned(project: Project, note: str, actor: Actor) -> None:
    body = f"项目“{project.title}”退回修改。{because(note)}"
    tell(
        project,
        "returned",
        [*staff_of(project.place_code), *author_of(project)],
        actor,
        f"项目退回修改：{project.title}",
        body,
    )


def author_of(project: Project) -> list[User]:
    return [project.author] if project.author else []


def tell_published(project: Project, actor: Actor) -> None:
    """The staff who wait for it, and the member units of the subdistrict, who may claim it."""
    due = date_text(project.claim_due_on)
    tell(
        project,
        "published",
        [*staff_of(project.place_code), *author_of(project), *proposer_people(project)],
        actor,
        f"项目已发布：{project.title}",
        f"编号 {project.number}，{due}前接受认领。",
    )
    invite(project, "claimable", actor, f"{project.place}发布了项目“{project.title}”，{due}前可以认领。")


def invite(project: Project, what: str, actor: Actor, body: str) -> None:
    title = f"可认领的项目：{project.title}"
    tell(project, what, member_liaisons(project.place), actor, title, body, project.claim_due_on)


def tell_extended(project: Project, actor: Actor) -> None:
    due = date_text(project.claim_due_on)
    tell(
        project,
        "extended",
        [*staff_of(project.place_code), *author_of(project)],
        actor,
        f"认领期延长到{due}：{project.title}",
        f"项目“{project.title}”的认领截止日改为{due}。",
    )
    invite(project, "claimable_again", actor, f"项目“{project.title}”延长了认领期，{due}前可以认领。")


def tell_terminated(project: Project, note: str, actor: Actor) -> None:
    body = f"项目“{project.title}”已撤销。{because(note)}"
    tell(
        project,
        "terminated",
        [*staff_of(project.place_code), *author_of(project), *proposer_people(project)],
        actor,
        f"项目已撤销：{project.title}",
        body,
    )


def tell_expired(project: Project, actor: Actor) -> None:
    body = f"项目“{project.title}”到{date_text(project.claim_due_on)}没有确认认领单位，请协商后延长认领期或撤销。"
    tell(project, "expired", staff_of(project.place_code), actor, f"到期无人认领：{project.title}", body)


def tell_closed(project: Project, actor: Actor) -> None:
    body = f"项目“{project.title}”认领期满，由{lead_names(project)}实施。"
    tell(project, "closed", staff_of(project.place_code), actor, f"认领期满：{project.title}", body)


def tell_taken(project: Project, winner: ProjectClaim, actor: Actor) -> None:
    """The other claimants hear that the project is taken, and what becomes of their offer."""
    others = project.claims.unfinished().exclude(pk=winner.pk).exclude(kind=ProjectClaim.Kind.JOINT)
    body = f"项目“{project.title}”已确认由{lead_names(project)}认领。贵单位的认领仍由街道办理，可以列为候补。"
    tell(project, "taken", liaisons_of_claims(others), actor, f"项目已由别的单位认领：{project.title}", body)


def tell_reopened(project: Project, quitter: ProjectClaim, actor: Actor) -> None:
    """The staff hear that a place is free again and who stands by; those who stand by hear that they may move up."""
    waiting = project.claims.filter(status=ProjectClaim.Status.STANDBY)
    names = "、".join(waiting.values_list("unit__name", flat=True))
    advice = f"候补单位：{names}，可以直接确认。" if names else "没有候补单位。"
    body = f"{quitter.unit}退出了项目“{project.title}”。{advice}"
    cause = f":{quitter.pk}"
    tell(
        project,
        "reopened",
        staff_of(project.place_code),
        actor,
        f"项目空出名额：{project.title}",
        body,
        cause=cause,
    )
    hope = f"{quitter.unit}退出了项目“{project.title}”，贵单位是候补，街道会与您联系。"
    tell(
        project,
        "standby_offered",
        liaisons_of_claims(waiting),
        actor,
        f"候补有望递补：{project.title}",
        hope,
        cause=cause,
    )


# Claims


def tell_claim_submitted(claim: ProjectClaim, actor: Actor) -> None:
    body = f"{claim.unit}申请认领项目“{claim.project.title}”（{claim.get_kind_display()}），请社区初审、街道确认。"
    to = [*staff_of(claim.place_code), *liaisons_of(claim.unit_id)]
    tell(claim, "submitted", to, actor, f"新的认领：{claim.project.title}", body)


def tell_claim_screened(claim: ProjectClaim, note: str, actor: Actor) -> None:
    body = f"{claim.unit}认领项目“{claim.project.title}”，社区初审通过，等待街道确认。{because(note)}"
    tell(claim, "screened", everyone(claim), actor, f"认领初审通过：{claim.project.title}", body)


def tell_claim_confirmed(claim: ProjectClaim, note: str, actor: Actor) -> None:
    body = f"项目“{claim.project.title}”确认由{claim.unit}认领（{claim.get_kind_display()}）。{because(note)}"
    tell(claim, "confirmed", everyone(claim), actor, f"认领已确认：{claim.project.title}", body)


def tell_claim_standby(claim: ProjectClaim, note: str, actor: Actor) -> None:
    body = f"{claim.unit}列为项目“{claim.project.title}”的候补。名额空出时街道会与您联系。{because(note)}"
    tell(claim, "standby", everyone(claim), actor, f"列为候补：{claim.project.title}", body)


def tell_claim_rejected(claim: ProjectClaim, note: str, actor: Actor) -> None:
    body = f"{claim.unit}对项目“{claim.project.title}”的认领未采纳。{because(note)}"
    tell(claim, "rejected", everyone(claim), actor, f"认领未采纳：{claim.project.title}", body)


def tell_claim_ended(claim: ProjectClaim, note: str, actor: Actor) -> None:
    """The unit's people hear that the project they carry out is over."""
    body = f"项目“{claim.project.title}”已经结束，贵单位的认领随之终止。{because(note)}"
    tell(claim, "ended", liaisons_of(claim.unit_id), actor, f"项目结束：{claim.project.title}", body)


def tell_claim_withdrawn(claim: ProjectClaim, note: str, actor: Actor) -> None:
    body = f"{claim.unit}撤回了对项目“{claim.project.title}”的认领。{because(note)}"
    tell(claim, "withdrawn", everyone(claim), actor, f"认领已撤回：{claim.project.title}", body)


def tell_claim_quit(claim: ProjectClaim, note: str, actor: Actor) -> None:
    body = f"{claim.unit}退出项目“{claim.project.title}”。{because(note)}"
    tell(claim, "quit", everyone(claim), actor, f"单位退出项目：{claim.project.title}", body)


def everyone(claim: ProjectClaim) -> list[User]:
    """Both sides of a claim: the staff of the project's place and the people of the unit."""
    return [*staff_of(claim.place_code), *liaisons_of(claim.unit_id)]
