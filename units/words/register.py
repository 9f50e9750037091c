"""Who hears what about requests of the register; said through `core.telling` in the fact's transaction."""

from datetime import date

from django.utils import timezone

from core.actor import Actor
from core.components import date_text
from core.roles import DISTRICT_STAFF, Role
from core.telling import Audience, Word, tell
from core.workdays import add_workdays
from units.models import DenominatorExit, Division, UnitChangeRequest, UnitLiaison
from units.models.register import UnitRequest

# After so many workdays a request that waits is told again, also above (our default).
DECIDE_WORKDAYS = 5


def subdistrict_staff(place: Division) -> Audience:
    """Whoever works at the subdistrict of a place."""
    return Audience(roles=frozenset({Role.SUBDISTRICT}), place_code=place.code[:9])


def district_staff(place: Division) -> Audience:
    return Audience(roles=DISTRICT_STAFF, place_code=place.code[:6])


def community_staff(place: Division) -> Audience:
    return Audience(roles=frozenset({Role.COMMUNITY}), place_code=place.code[:12])


def decide_by(request: UnitRequest) -> date:
    """The day by which a request is to be decided."""
    return add_workdays(timezone.localtime(request.submitted_at).date(), DECIDE_WORKDAYS)


def say(request: UnitRequest, kind: str, to: list[Audience], title: str, body: str, actor: Actor) -> None:
    tell(
        Word(
            key=f"{kind}:{request.pk}:{request.version}", to=tuple(to), kind=kind, title=title, body=body,
            url=request.get_absolute_url(), about=request, not_to=actor.user_id,
        )
    )  # fmt: skip


def because(note: str) -> str:
    return f"说明：{note.strip()}" if note.strip() else ""


def tell_exit_asked(asked: DenominatorExit, actor: Actor) -> None:
    place = asked.unit.place
    body = (
        f"{actor.label or actor.name}申请{asked.unit}自{date_text(asked.from_on)}起退出统计口径"
        f"（{asked.get_operating_status_display()}）：{asked.reason}"
    )
    to = [subdistrict_staff(place), district_staff(place)]
    say(asked, "exit-asked", to, f"退出统计口径待审核：{asked.unit}", body, actor)


def tell_exit_decided(asked: DenominatorExit, outcome: str, note: str, actor: Actor) -> None:
    to = [Audience(user_ids=(asked.author_id,))] if asked.author_id else []
    body = f"{asked.unit}退出统计口径的申请{outcome}。{because(note)}"
    say(asked, "exit-decided", to, f"退出统计口径{outcome}：{asked.unit}", body, actor)


def tell_change_asked(asked: UnitChangeRequest, actor: Actor) -> None:
    place = asked.unit.place
    body = f"{asked.unit}申请变更登记信息：{asked.reason}"
    to = [community_staff(place), subdistrict_staff(place)]
    say(asked, "change-asked", to, f"信息变更待审核：{asked.unit}", body, actor)


def tell_change_decided(asked: UnitChangeRequest, outcome: str, note: str, actor: Actor) -> None:
    body = f"{asked.unit}的信息变更申请{outcome}。{because(note)}"
    to = [Audience(user_ids=(asked.author_id,) if asked.author_id else (), unit_ids=(asked.unit_id,))]
    say(asked, "change-decided", to, f"信息变更{outcome}：{asked.unit}", body, actor)


def tell_liaison_changed(liaison: UnitLiaison, actor: Actor) -> None:
    """The change of a liaison is reported to the place at once (联络员信息动态报备)."""
    unit = liaison.unit
    tell(
        Word(
            key=f"liaison-changed:{liaison.pk}", to=(community_staff(unit.place), subdistrict_staff(unit.place)),
            kind="liaison-changed", title=f"联络员更换：{unit}",
            body=f"{unit}的联络员自{date_text(liaison.from_on)}起为{liaison.person}。", url=unit.get_absolute_url(),
            about=unit, not_to=actor.user_id,
        )
    )  # fmt: skip


def tell_liaison_withdrawn(liaison: UnitLiaison, told: str, actor: Actor) -> None:
    """Whoever heard of a planned change hears that it was taken back."""
    unit = liaison.unit
    tell(
        Word(
            key=f"liaison-withdrawn:{liaison.pk}", to=(community_staff(unit.place), subdistrict_staff(unit.place)),
            kind="liaison-changed", title=f"撤回更换联络员：{unit}", body=f"{unit}的联络员{told}", url=unit.get_absolute_url(),
            about=unit, not_to=actor.user_id,
        )
    )  # fmt: skip
