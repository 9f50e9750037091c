"""Who is told what of a session (活动场次); the key names the fact, so nobody hears it twice."""

from collections.abc import Iterable

from accounts.models import Membership, User
from accounts.queries import liaisons_of
from core.actor import Actor
from core.clock import today
from core.components import date_text
from core.periods import Month
from core.roles import Role
from notifications.actions import notify
from projects.messages.project import because
from projects.models import Session
from projects.queries.project import staff_of, staff_over


def tell(session: Session, what: str, to: Iterable[User], actor: Actor, title: str, body: str) -> None:
    """Tell everybody concerned except the one who did it."""
    notify(
        key=f"session_{what}:{session.pk}:{session.version}",
        to=[person for person in to if person.pk != actor.user_id],
        kind=f"session_{what}",
        title=f"{title}：{session.project}",
        body=body,
        url=session.get_absolute_url(),
        about=session,
    )


def confirmers_of(session: Session) -> list[User]:
    """The community of the place; where it has none, whoever stands over it."""
    return staff_over(session.place_code, Role.COMMUNITY) or staff_of(session.place_code)


def words(session: Session) -> str:
    """``安和物业2026年11月20日在黉门街社区的活动，服务 86 人次``; one to come has its start instead."""
    what = f"{session.unit}{date_text(session.held_on)}在{session.place.name}的活动"
    if session.person_times is None:
        return f"{what}，{session.clock_text}开始"
    return f"{what}，服务 {session.person_times} 人次"


def recorders_of(session: Session) -> list[User]:
    """The liaisons of its unit and, where a grid worker entered it, the worker."""
    entered = Membership.objects.effective(today()).filter(user=session.author_id, role=Role.GRID_WORKER)
    workers = [membership.user for membership in entered.select_related("user")[:1]]
    return [*liaisons_of(session.unit_id), *workers]


def tell_recorded(session: Session, actor: Actor) -> None:
    """The community is to confirm it; a unit for which somebody else entered it hears so."""
    late = f"（活动后 {session.days_late} 天补报）" if session.days_late else ""
    body = f"{words(session)}{late}，请核实。"
    tell(session, "recorded", confirmers_of(session), actor, "待核实的场次", body)
    if actor.unit_id != session.unit_id:
        body = f"网格员{actor.name}登记了{words(session)}。有出入的请告诉社区。"
        tell(session, "entered", liaisons_of(session.unit_id), actor, "网格员登记了场次", body)


def tell_announced(session: Session, actor: Actor) -> None:
    body = f"预告：{words(session)}。{session.summary}"
    tell(session, "announced", confirmers_of(session), actor, "活动预告", body)


def tell_called_off(session: Session, note: str, actor: Actor) -> None:
    body = f"{words(session)}，已取消。{because(note)}"
    tell(session, "called_off", confirmers_of(session), actor, "活动取消", body)


def tell_confirmed(session: Session, note: str, actor: Actor) -> None:
    body = f"{words(session)}，已核实，计入服务人次。{because(note)}"
    tell(session, "confirmed", recorders_of(session), actor, "场次已核实", body)


def tell_returned(session: Session, note: str, actor: Actor) -> None:
    body = f"{words(session)}，退回更正。{because(note)}"
    tell(session, "returned", recorders_of(session), actor, "场次退回更正", body)


def tell_revoked(session: Session, note: str, actor: Actor) -> None:
    """Both sides hear it, and what becomes of a month that is over."""
    frozen = (
        f"{Month.containing(session.held_on).label}已经冻结的数不变，需要更正的由区里重述。"
        if session.held_on < today().replace(day=1)
        else ""
    )
    body = f"{words(session)}，已撤销核实，不再计入服务人次。{frozen}{because(note)}"
    to = [*liaisons_of(session.unit_id), *confirmers_of(session)]
    tell(session, "revoked", to, actor, "场次撤销核实", body)
