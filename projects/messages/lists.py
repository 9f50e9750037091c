"""Who is told what when a need, a resource or a booking moves; never with the name or phone of who raised a need."""

from collections.abc import Iterable
from datetime import date

from django.db import models

from accounts.models import User
from accounts.queries import liaisons_of
from core.actor import Actor
from core.components import date_text
from notifications.actions import notify
from projects.models import Need, Project, Resource, ResourceBooking
from projects.queries.lists import answer_due, people_of_place, span_text, verify_due
from projects.queries.project import staff_of


def tell(
    about: models.Model,
    kind: str,
    to: Iterable[User],
    actor: Actor,
    title: str,
    body: str,
    due_on: date | None = None,
) -> None:
    """Tell everybody concerned except the one who did it; kind, row and version name the fact."""
    others = [person for person in to if person.pk != actor.user_id]
    notify(
        key=f"{kind}:{about.pk}:{about.version}",
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


# Needs


def author_of(need: Need) -> list[User]:
    """The person with an account who raised it; residents look under their code."""
    return [need.author] if need.author else []


def tell_raised(need: Need, actor: Actor) -> None:
    due = verify_due(need)
    body = (
        f"{need.place}有一条新需求“{need.title}”（{need.get_side_display()}），请在{date_text(due)}前核实。"
    )
    tell(need, "need_raised", staff_of(need.place_code), actor, f"新需求待核实：{need.title}", body, due)


def tell_author(need: Need, what: str, outcome: str, note: str, actor: Actor) -> None:
    body = f"您登记的需求 {need.number}“{need.title}”{outcome}。{because(note)}"
    tell(need, f"need_{what}", author_of(need), actor, f"需求{outcome}：{need.title}", body)


def tell_converted(need: Need, project: Project, actor: Actor) -> None:
    body = f"需求 {need.number}“{need.title}”已转为项目“{project.title}”。"
    to = [*author_of(need), *staff_of(need.place_code)]
    tell(need, "need_converted", to, actor, f"需求已转为项目：{need.title}", body)


def tell_released(need: Need, project: Project, actor: Actor) -> None:
    body = f"项目“{project.title}”已撤销，需求 {need.number}“{need.title}”恢复为已核实，可以另行转为项目。"
    to = [*author_of(need), *staff_of(need.place_code)]
    tell(need, "need_released", to, actor, f"需求恢复为已核实：{need.title}", body)


# Resources


def tell_offered(resource: Resource, actor: Actor) -> None:
    """The unit hears what staff entered for it."""
    body = f"{actor.label or actor.name}为贵单位登记了资源“{resource.title}”（{resource.number}），请核对开放时段和使用条件。"
    tell(
        resource,
        "resource_offered",
        liaisons_of(resource.unit_id),
        actor,
        f"已登记资源：{resource.title}",
        body,
    )


def tell_resource(resource: Resource, what: str, outcome: str, note: str, actor: Actor) -> None:
    """Both sides of the register hear that a resource can't or can be had: the unit and the staff of its place."""
    body = f"{resource.unit}的资源“{resource.title}”{outcome}。{because(note)}"
    to = [*liaisons_of(resource.unit_id), *staff_of(resource.place_code)]
    tell(resource, f"resource_{what}", to, actor, f"资源{outcome}：{resource.title}", body)


# Bookings


def words_of(booking: ResourceBooking) -> str:
    return f"{booking.place}预约{booking.resource.unit}的“{booking.resource.title}”，{span_text(booking.starts_at, booking.ends_at)}"


def unit_side(booking: ResourceBooking) -> list[User]:
    return liaisons_of(booking.unit_id)


def place_side(booking: ResourceBooking) -> list[User]:
    author = [booking.author] if booking.author else []
    return [*people_of_place(booking), *author]


def tell_requested(booking: ResourceBooking, actor: Actor) -> None:
    due = answer_due(booking)
    people = f"，{booking.headcount} 人" if booking.headcount else ""
    body = f"{words_of(booking)}{people}，用途：{booking.purpose}。请在{date_text(due)}前答复。"
    title = f"资源预约待答复：{booking.resource.title}"
    tell(booking, "booking_requested", unit_side(booking), actor, title, body, due)


def tell_accepted(booking: ResourceBooking, note: str, actor: Actor) -> None:
    body = f"{words_of(booking)}，单位已确认可以使用。{because(note)}"
    title = f"预约已确认：{booking.resource.title}"
    tell(booking, "booking_accepted", place_side(booking), actor, title, body)


def tell_rivals(booking: ResourceBooking, rivals: Iterable[ResourceBooking], actor: Actor) -> None:
    """Others who asked for the same time hear that it has gone, while they can still choose another."""
    for rival in rivals:
        body = f"{words_of(rival)}：这段时间已确认给别处使用，请取消后换一个时间。"
        title = f"预约的时间已被占用：{rival.resource.title}"
        tell(rival, "booking_overtaken", place_side(rival), actor, title, body)


def tell_declined(booking: ResourceBooking, note: str, actor: Actor) -> None:
    body = f"{words_of(booking)}，单位不能提供。{because(note)}"
    title = f"预约被婉拒：{booking.resource.title}"
    tell(booking, "booking_declined", place_side(booking), actor, title, body)


def tell_used(booking: ResourceBooking, actor: Actor) -> None:
    body = f"{words_of(booking)}，已经使用。请反馈使用情况。"
    title = f"请反馈使用情况：{booking.resource.title}"
    tell(booking, "booking_used", place_side(booking), actor, title, body)


def tell_feedback(booking: ResourceBooking, outcome: str, actor: Actor) -> None:
    body = f"{words_of(booking)}，使用方反馈：{outcome}。{because(booking.feedback)}"
    title = f"资源使用反馈：{booking.resource.title}"
    tell(booking, "booking_feedback", unit_side(booking), actor, title, body)


def tell_cancelled(booking: ResourceBooking, note: str, actor: Actor) -> None:
    body = f"{words_of(booking)}，申请方已取消。{because(note)}"
    title = f"预约已取消：{booking.resource.title}"
    tell(booking, "booking_cancelled", [*unit_side(booking), *place_side(booking)], actor, title, body)
