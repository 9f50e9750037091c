"""How claims, sessions, needs, resources and cards follow a unit into the one it is merged into."""

from core.actor import SYSTEM
from core.workflow import make_move
from projects.actions.claims import quit_claim
from projects.models import (
    Acceptance,
    ClaimInvitation,
    Need,
    PointsCard,
    Project,
    ProjectClaim,
    ProjectExtension,
    Resource,
    Session,
)
from units.merging import Carried, Merging
from units.models import Unit


def open_claims(unit: Unit):
    return ProjectClaim.objects.filter(unit=unit, status__in=ProjectClaim.OPEN_STATUSES)


def same_project(source: Unit, target: Unit):
    """Open claims of the source on projects that the target claims as well."""
    return open_claims(source).filter(project__in=open_claims(target).values("project"))


def settle_claims(merging: Merging, is_taken: bool) -> None:
    """One claim on a project goes on; the other is ended in the way of its state."""
    winner, loser = (merging.source, merging.target) if is_taken else (merging.target, merging.source)
    for claim in same_project(loser, winner).select_related("project"):
        if claim.status == ProjectClaim.Status.CONFIRMED:
            quit_claim(claim=claim, note=merging.note, actor=SYSTEM)
        else:
            make_move(obj=claim, move="close", actor=SYSTEM, note=merging.note)


def of_staying_claims(source: Unit, target: Unit):
    """Sessions belong to the unit of their claim."""
    return Session._base_manager.filter(unit=source).exclude(claim__unit=target)


def open_cards(unit: Unit):
    return PointsCard._base_manager.filter(unit=unit, holder="unit").exclude(status="closed")


def two_cards(source: Unit, target: Unit) -> str:
    if open_cards(source).exists() and open_cards(target).exists():
        return f"“{source}”和“{target}”都有单位积分卡，请先结清并注销其中一张。"
    return ""


def asked_before(source: Unit, target: Unit):
    return ClaimInvitation._base_manager.filter(
        unit=source,
        status="invited",
        project__in=ClaimInvitation._base_manager.filter(unit=target).values("project"),
    )


KINDS = (
    Carried("proposals", "提出的项目", Project, fields=("proposed_by",)),
    Carried("claims", "项目认领", ProjectClaim, clash=same_project, settle=settle_claims),
    Carried("sessions", "活动场次", Session, stay=of_staying_claims),
    Carried("extensions", "延期申请", ProjectExtension),
    Carried("acceptances", "验收", Acceptance),
    Carried("invitations", "协商认领", ClaimInvitation, stay=asked_before),
    Carried("needs", "需求", Need),
    Carried("resources", "资源", Resource),
    Carried("cards", "积分卡", PointsCard, refuse=two_cards),
)
