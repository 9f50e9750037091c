"""Who is told what while a project is carried out, accepted, reviewed, or looked after by its subdistrict."""

from accounts.models import User
from accounts.queries import liaisons_of
from core.actor import Actor
from core.components import date_text
from core.roles import Role
from projects.messages.project import because, tell
from projects.models import (
    Acceptance,
    ClaimInvitation,
    Milestone,
    Project,
    ProjectClaim,
    ProjectExtension,
    ProjectYear,
)
from projects.queries.project import lead_liaisons, liaisons_of_claims, staff_of, staff_over


def doers(project: Project) -> list[User]:
    """The people of all units that carry a project out."""
    return liaisons_of_claims(project.claims.filter(status=ProjectClaim.Status.CONFIRMED))


def both_sides(project: Project) -> list[User]:
    return [*staff_of(project.place_code), *doers(project)]


def tell_started(project: Project, note: str, actor: Actor) -> None:
    body = f"项目“{project.title}”开始实施，到{date_text(project.end_on)}结束。进展和里程碑在项目页面填报。{because(note)}"
    tell(project, "started", both_sides(project), actor, f"项目开始实施：{project.title}", body)


def tell_suspended(project: Project, note: str, actor: Actor) -> None:
    body = f"项目“{project.title}”中止。{because(note)}"
    tell(project, "suspended", both_sides(project), actor, f"项目中止：{project.title}", body)


def tell_resumed(project: Project, note: str, actor: Actor) -> None:
    body = f"项目“{project.title}”恢复实施。{because(note)}"
    tell(project, "resumed", both_sides(project), actor, f"项目恢复实施：{project.title}", body)


def tell_milestone(project: Project, milestone: Milestone, actor: Actor) -> None:
    left = project.milestones.filter(done_on__isnull=True).count()
    rest = f"还有 {left} 个里程碑。" if left else "里程碑已全部完成，可以提交验收。"
    body = f"项目“{project.title}”完成里程碑“{milestone.title}”。{rest}"
    cause = f":milestone-{milestone.pk}-{milestone.version}"
    to = staff_over(project.place_code, Role.COMMUNITY) or staff_of(project.place_code)
    tell(project, "milestone", to, actor, f"里程碑完成：{project.title}", body, cause=cause)


# Extensions


def tell_extension_asked(extension: ProjectExtension, actor: Actor) -> None:
    project = extension.project
    body = f"{extension.unit}申请把项目“{project.title}”延到{date_text(extension.wanted_end_on)}。{because(extension.reason)}"
    tell(
        project, "extension_asked", staff_of(project.place_code), actor, f"延期申请：{project.title}", body,
        cause=f":{extension.pk}",
    )  # fmt: skip


def tell_extension_decided(extension: ProjectExtension, note: str, actor: Actor) -> None:
    project = extension.project
    answer = (
        f"同意延到{date_text(extension.wanted_end_on)}" if extension.status == "approved" else "没有同意延期"
    )
    body = f"项目“{project.title}”的延期申请：{answer}。{because(note)}"
    to = liaisons_of(extension.unit_id)
    title = f"延期申请已答复：{project.title}"
    tell(project, "extension_decided", to, actor, title, body, cause=f":{extension.pk}")


# Acceptance and review


def tell_handed_in(acceptance: Acceptance, actor: Actor) -> None:
    project = acceptance.project
    body = f"{acceptance.unit}提交了项目“{project.title}”的验收（第 {acceptance.round} 次），请验收。"
    tell(project, "handed_in", staff_of(project.place_code), actor, f"待验收项目：{project.title}", body)


def tell_accepted(acceptance: Acceptance, actor: Actor) -> None:
    """Both sides hear the finding, and until when something is to be put right."""
    project = acceptance.project
    until = f"请在{date_text(acceptance.rectify_due_on)}前整改。" if acceptance.rectify_due_on else ""
    body = (
        f"项目“{project.title}”验收：{acceptance.get_result_display()}。{until}{because(acceptance.opinion)}"
    )
    title = f"验收{acceptance.get_result_display()}：{project.title}"
    tell(project, "accepted", both_sides(project), actor, title, body, acceptance.rectify_due_on)


def tell_listed(project: Project, actor: Actor) -> None:
    body = f"项目“{project.title}”列入年度一事一评，请准备一句话的完成情况。"
    tell(project, "listed", both_sides(project), actor, f"列入年度评议：{project.title}", body)


def tell_reviewed(project: Project, note: str, actor: Actor) -> None:
    body = f"项目“{project.title}”的评议结果：{note.strip()}"
    tell(project, "reviewed", both_sides(project), actor, f"评议结果：{project.title}", body)


# Years of long-term projects


def tell_year_concluded(year: ProjectYear, actor: Actor) -> None:
    project = year.project
    body = f"项目“{project.title}”{year.year}年度小结：{year.summary}请验收或者退回。"
    tell_of_year(year, "year_concluded", staff_of(project.place_code), actor, "年度小结等验收", body)


def tell_year_decided(year: ProjectYear, note: str, actor: Actor) -> None:
    is_back = year.status == ProjectYear.Status.OPEN
    answer = "退回，请修改后再提交" if is_back else "验收通过"
    body = f"项目“{year.project.title}”{year.year}年度小结{answer}。{because(note)}"
    title = "年度小结退回" if is_back else "年度验收通过"
    tell_of_year(year, "year_decided", doers(year.project), actor, title, body)


def tell_year_listed(year: ProjectYear, actor: Actor) -> None:
    body = f"项目“{year.project.title}”{year.year}年度列入一事一评，请准备一句话的完成情况。"
    tell_of_year(year, "year_listed", lead_liaisons(year.project), actor, "列入年度评议", body)


def tell_year_reviewed(year: ProjectYear, actor: Actor) -> None:
    body = f"项目“{year.project.title}”{year.year}年度的评议结果：{year.review_result}"
    tell_of_year(year, "year_reviewed", both_sides(year.project), actor, "年度评议结果", body)


def tell_of_year(year: ProjectYear, what: str, to: list[User], actor: Actor, title: str, body: str) -> None:
    project, cause = year.project, f":{year.year}-{year.version}"
    tell(project, what, to, actor, f"{title}：{project.title}", body, cause=cause)


# Nobody claimed it


def tell_invited(invitation: ClaimInvitation, actor: Actor) -> None:
    project = invitation.project
    body = (
        f"{project.place}的项目“{project.title}”还没有单位认领，街道想请贵单位认领：{invitation.reason}"
        f"请在{date_text(invitation.due_on)}前答复，不方便也可以婉拒。"
    )
    tell(
        project, "invited", liaisons_of(invitation.unit_id), actor, f"请贵单位考虑认领：{project.title}", body,
        invitation.due_on, cause=f":{invitation.pk}",
    )  # fmt: skip


def tell_invitation_answered(invitation: ClaimInvitation, answer: str, note: str, actor: Actor) -> None:
    project = invitation.project
    body = f"项目“{project.title}”：{invitation.unit}{answer}。{because(note)}"
    title = f"{invitation.unit}{answer}：{project.title}"
    tell(
        project,
        "invitation_answered",
        staff_of(project.place_code),
        actor,
        title,
        body,
        cause=f":{invitation.pk}",
    )


def tell_reshaped(project: Project, note: str, actor: Actor) -> None:
    body = f"项目“{project.title}”调整后重新开放认领，截止{date_text(project.claim_due_on)}。{because(note)}"
    to = [*staff_of(project.place_code), *lead_liaisons(project)]
    tell(project, "reshaped", to, actor, f"项目调整：{project.title}", body)
