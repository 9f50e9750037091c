"""Tasks of projects: short scans that may run twice without harm."""

from celery import shared_task

from core.clock import today
from notifications.reminders import send_reminders
from projects import actions
from projects.actions import call_backs, redemptions
from projects.reminders.lists import list_reminders
from projects.reminders.points import points_reminders
from projects.reminders.project import claim_reminders, proposal_reminders
from projects.reminders.sessions import session_reminders
from projects.reminders.work import work_reminders


@shared_task(name="projects.tasks.close_expired_claims")
def close_expired_claims() -> int:
    """Close the projects whose deadline for claims has passed."""
    return actions.close_expired_claims(today=today())


@shared_task(name="projects.tasks.remind_of_sessions")
def remind_of_sessions() -> int:
    """Tell communities and units about sessions that wait for them, and units about months without any."""
    return send_reminders(session_reminders(today()))


@shared_task(name="projects.tasks.remind_of_deadlines")
def remind_of_deadlines() -> int:
    """Tell units that have not claimed yet that a deadline is near, staff of unanswered proposals; each stage once."""
    return send_reminders(claim_reminders(today())) + send_reminders(proposal_reminders(today()))


@shared_task(name="projects.tasks.remind_of_lists")
def remind_of_lists() -> int:
    """Tell who has a need to verify, a booking to answer or a use to tell of; each fact once."""
    return send_reminders(list_reminders(today()))


@shared_task(name="projects.tasks.draw_call_backs")
def draw_call_backs() -> int:
    """Draw last month's call-backs, from the month's first workday on; a month that was drawn is left alone."""
    return call_backs.draw_call_backs(today=today())


@shared_task(name="projects.tasks.lapse_redemptions")
def lapse_redemptions() -> int:
    """Give back the points of what nobody collected in time."""
    return redemptions.lapse_redemptions(today=today())


@shared_task(name="projects.tasks.remind_of_points")
def remind_of_points() -> int:
    """Chase what waits to be verified, collected, called back or restocked; each fact once."""
    return send_reminders(points_reminders(today()))


@shared_task(name="projects.tasks.remind_of_work")
def remind_of_work() -> int:
    """Chase progress, milestones, acceptances, extensions and invitations; each fact once."""
    return send_reminders(work_reminders(today()))


@shared_task(name="projects.tasks.turn_of_years")
def turn_of_years() -> int:
    """Open the year of long-term projects, list completed ones for the review, end invitations nobody answered."""
    day = today()
    done = actions.open_years(today=day) + actions.list_completed(today=day)
    return done + actions.lapse_invitations(today=day)
