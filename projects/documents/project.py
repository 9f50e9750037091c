"""Papers of projects (domain.md §2.13): the list announced, what a unit took on, and the acceptance sheet."""

from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet

from core.actor import Actor
from core.clock import today
from core.codes import under
from core.components import date_text
from core.documents import (
    Paper,
    issue_document,
    official_letter,
    plain_report,
    task_sheet,
    withdraw_document,
)
from core.documents.kinds import take_document_number
from core.errors import NotAllowed, RuleViolation
from core.models import IssuedDocument
from projects.actions.project import LEVEL_WORD
from projects.models import Acceptance, Project, ProjectClaim
from projects.models.work import OWNERS, STAFF_ABOVE
from projects.queries.project import person_times_of, sheet_rows, subdistrict_of
from units.models import Division

LIST_HEADER = ("编号", "项目", "主题", "期限", "地点", "需要", "预计人次", "认领截止")
LIST_WIDTHS = (26, 34, 16, 12, 24, 14, 16, 22)
SHEET_HEADER = ("序号", "目标", "完成情况", "达到")
SHEET_WIDTHS = (12, 54, 74, 14)
MEMBERS = "各联席会成员单位"
PROMISE = "我单位承诺按上述安排组织实施，如实登记活动和服务人次，注意安全，不收取服务对象费用。"
CLAIM_BOXES = (("认领单位\n（盖章）", 26), ("街道意见\n（盖章）", 26))
ACCEPTANCE_BOXES = (("验收人签字", 18), ("认领单位\n负责人签字", 18))


def sender_of(place: Division) -> str:
    """The name under which a place writes: 玉林街道党工委, 黉门街社区党委."""
    body = {"district": "委组织部", "subdistrict": "党工委"}.get(place.level, "党委")
    return f"{place.name}{body}"


# 项目清单公告


def open_projects(place: Division) -> QuerySet[Project]:
    """What units may claim now at or below a place, the nearest deadline first."""
    rows = Project.objects.open().filter(under(place.code), claim_due_on__gte=today())
    return rows.select_related("place").order_by("claim_due_on", "number")


def announcement(place: Division, projects: list[Project], number: str, on: date) -> Paper:
    """项目清单公告: explanation, the list, how to claim, whom to ask."""
    sender = sender_of(place)
    paper = official_letter(
        f"关于公布{place.name}共建项目清单的公告", mark=f"{sender}文件", number=number, to=MEMBERS
    )
    paper.paragraph(
        f"经征集、审核，现公布{place.name}共建项目 {len(projects)} 个，请各单位结合自身优势认领。有关事项公告如下："
    )
    paper.heading(1, "项目清单")
    paper.paragraph("项目清单见附件。每个项目的内容、里程碑和安全提示可在平台的项目页面查看。")
    paper.heading(1, "认领方式")
    paper.paragraph(
        "单位联络员登录平台，打开项目后点“认领”并确认即可；社区初审、街道确认后生效，确认之前可以撤回。"
        "一个项目由一家牵头的，先确认的为准，其余可以列为候补。"
    )
    paper.heading(1, "联系人")
    paper.paragraph(f"{sender}，各项目所在社区党委。")
    paper.attachment_list([f"{place.name}共建项目清单"])
    paper.sign(sender, on)
    paper.attachment(f"{place.name}共建项目清单")
    paper.table(LIST_HEADER, [list_row(project) for project in projects], LIST_WIDTHS)
    paper.imprint(printer=sender, on=on)
    return paper


def list_row(project: Project) -> tuple:
    hands = f"{project.volunteers_needed} 人" if project.volunteers_needed else "—"
    served = project.expected_person_times or "—"
    return (
        project.number, project.title, project.get_theme_display(), project.get_term_display(), project.place.name, hands,
        served, project.claim_due_on.isoformat(),
    )  # fmt: skip


def issue_announcement(*, place: Division, actor: Actor) -> IssuedDocument:
    """Issue the list under the next number of the place's series. Raises `RuleViolation` when nothing is open."""
    if actor.is_read_only or actor.role not in STAFF_ABOVE or actor.place_code != place.code:
        raise NotAllowed("项目清单公告由街道或区级为本辖区印发。")
    projects = list(open_projects(place))
    if not projects:
        raise RuleViolation("现在没有待认领的项目，不用印发公告。", code="nothing_open")
    number = take_document_number(f"{LEVEL_WORD.sub('', place.name)}项公", today().year)
    return issue_document(about=place, content=announcement(place, projects, number, today()), actor=actor)


# 项目认领书


def claim_paper(claim: ProjectClaim) -> Paper:
    """项目认领书: unit, project, what is done, people, milestones, the promise, the subdistrict's opinion."""
    project = claim.project
    steps = "\n".join(f"{one.due_on.isoformat()} {one.title}" for one in project.milestones.all())
    paper = task_sheet(
        "项目认领书",
        demand=PROMISE,
        facts=[
            ("认领单位", claim.unit.name),
            ("认领方式", claim.get_kind_display()),
            ("项目名称", project.title),
            ("项目编号", project.number),
            ("实施地", project.place.path_name),
            ("期限", f"{date_text(project.start_on)}至{date_text(project.end_on)}"),
            ("项目内容", project.summary),
            ("服务对象", project.target_group or "—"),
            ("单位打算", claim.plan or "—"),
            ("投入人数", f"{claim.headcount} 人" if claim.headcount else "—"),
            ("联系人", claim.contact or "—"),
            ("进度安排", steps or "—"),
            ("安全提示", project.safety_note or "—"),
        ],
        boxes=CLAIM_BOXES,
    )
    paper.sign(sender_of(subdistrict_of(project.place)), today())
    return paper


def issue_claim_paper(*, claim: ProjectClaim, actor: Actor) -> IssuedDocument:
    """Print what a unit took on; once it is confirmed, for either side."""
    is_owner = actor.role in OWNERS and actor.stands_over(claim.place_code)
    if not (is_owner or claim.stands_unit(actor)):
        raise NotAllowed("只能由认领单位或者项目所在的社区、街道印发。")
    if claim.status != ProjectClaim.Status.CONFIRMED:
        raise RuleViolation("认领确认以后才能印发认领书。", code="not_confirmed")
    return issue_document(about=claim, content=claim_paper(claim), actor=actor)


# 验收单


def acceptance_paper(acceptance: Acceptance) -> Paper:
    """验收单: project, unit, targets against outcomes, person-times, problems, finding, who and when."""
    project = acceptance.project
    paper = plain_report("项目验收单", subtitle=f"{project.number} 第 {acceptance.round} 次验收")
    paper.form(
        [
            ("项目名称", project.title),
            ("认领单位", acceptance.unit.name),
            ("实施地", project.place.path_name),
            ("期限", f"{date_text(project.start_on)}至{date_text(project.end_on)}"),
            ("提交日期", date_text(acceptance.submitted_at)),
            ("服务人次", served_words(acceptance)),
            ("完成情况", acceptance.statement),
            *([("提前完成的原因", acceptance.early_reason)] if acceptance.early_reason else []),
        ]
    )
    rows = [
        (order, row.target, row.words, met_word(row.is_met))
        for order, row in enumerate(sheet_rows(acceptance), 1)
    ]
    if rows:
        paper.table(SHEET_HEADER, rows, SHEET_WIDTHS, title="完成指标对照")
    due = f"（整改期限 {date_text(acceptance.rectify_due_on)}）" if acceptance.rectify_due_on else ""
    decided = date_text(acceptance.decided_at) if acceptance.decided_at else "—"
    paper.form(
        [
            ("问题和意见", acceptance.opinion or "—"),
            ("结论", f"{acceptance.get_result_display() or '待验收'}{due}"),
            ("验收人", acceptance.decided_by.name if acceptance.decided_by else "—"),
            ("验收日期", decided),
        ],
        boxes=ACCEPTANCE_BOXES,
    )
    paper.sign(sender_of(project.place), today())
    return paper


def served_words(acceptance: Acceptance) -> str:
    """The person-times the finding rests on: as counted when it was decided, until then as of now."""
    if acceptance.person_times is None:
        return f"{person_times_of(acceptance.project):,}（已核实，截至{date_text(today())}）"
    return f"{acceptance.person_times:,}（已核实，截至{date_text(acceptance.decided_at)}）"


def met_word(is_met: bool | None) -> str:
    return {True: "是", False: "否"}.get(is_met, "—")


@transaction.atomic
def issue_acceptance_paper(*, project: Project, actor: Actor) -> IssuedDocument:
    """Print the latest round of acceptance; the owner's paper.

    A round has one valid sheet: unchanged it is given back, after a finding the earlier one is withdrawn.
    """
    if actor.role not in OWNERS or not actor.stands_over(project.place_code):
        raise NotAllowed("验收单由项目所在的社区或街道印发。")
    latest = (
        project.acceptances.select_related("unit", "decided_by", "project__place").order_by("-round").first()
    )
    if latest is None:
        raise RuleViolation("项目还没有提交验收。", code="not_handed_in")
    Acceptance.objects.select_for_update().get(pk=latest.pk)
    earlier = list(valid_papers(latest))
    is_final = bool(earlier and latest.decided_at and earlier[0].issued_at > latest.decided_at)
    for document in earlier[1:] if is_final else earlier:
        withdraw_document(document=document, reason="验收单已重新印发，以新的为准。", actor=actor)
    return (
        earlier[0]
        if is_final
        else issue_document(about=latest, content=acceptance_paper(latest), actor=actor)
    )


def valid_papers(acceptance: Acceptance) -> QuerySet[IssuedDocument]:
    """The sheets of a round that have not been withdrawn, the newest first."""
    kind = ContentType.objects.get_for_model(Acceptance)
    mine = IssuedDocument.objects.filter(about_type=kind, about_id=acceptance.pk, withdrawn_at__isnull=True)
    return mine.order_by("-pk")
