"""Loading the sample district in one transaction; a second time changes nothing."""

from datetime import date, timedelta
from pathlib import Path

from django.db import connection, transaction
from django.db.models import F

from core.actor import SYSTEM
from core.errors import RuleViolation
from core.models import DeploymentFact
from notifications.models import Delivery, Notification
from units.divisions import load_divisions, read_divisions
from units.imports import import_file
from units.models import Division, RegionalBody
from units.queries.structure import tier_places
from units.queries.units import root_place
from wuhou.sample.bodies import Bodies
from wuhou.sample.carriers import Carriers
from wuhou.sample.facts import SAMPLE_FACT, is_loaded
from wuhou.sample.grid import Grid
from wuhou.sample.issues import Issues
from wuhou.sample.lists import Lists
from wuhou.sample.meetings import Meetings
from wuhou.sample.members import load_excluded, load_extra_members, members
from wuhou.sample.organizations import Organizations
from wuhou.sample.past import moment
from wuhou.sample.people import load_people
from wuhou.sample.points import Points
from wuhou.sample.projects import Projects
from wuhou.sample.proposals import Proposals
from wuhou.sample.register import Register
from wuhou.sample.regulars import Regulars
from wuhou.sample.sessions import Sessions
from wuhou.sample.snapshots import Snapshots
from wuhou.sample.stages import Stages
from wuhou.sample.visits import Visits
from wuhou.sample.wishes import Wishes
from wuhou.sample.work import Work

SHEET = Path(__file__).resolve().parent.parent.parent / "sample" / "units.xlsx"
LOCK = 510107_02
UNREAD_DAYS = 7
# The inbox shows the newest number first; the sample was told project by project, not day by day.
IN_ORDER_OF_TIME = """
    WITH told AS (
        SELECT message.id, row_number() OVER (ORDER BY message.created_at, message.id) AS place
        FROM notifications_notification message JOIN accounts_user person ON person.id = message.recipient_id
        WHERE person.is_sample
    ), last AS (SELECT max(id) AS id FROM notifications_notification)
    UPDATE notifications_notification message SET id = last.id + told.place FROM told, last WHERE message.id = told.id;
    SELECT setval(pg_get_serial_sequence('notifications_notification', 'id'), max(id)) FROM notifications_notification
"""


@transaction.atomic
def load_sample(today: date) -> bool:
    """Load the sample as of a day; returns False when it is there already.

    Raises `RuleViolation` when real bodies are at work or the spreadsheet doesn't go in whole: half a sample adds up
    to nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if is_loaded():
        return False
    if not Division.objects.exists():
        load_divisions(read_divisions())
    refuse_real_bodies(today)
    load_units(today)
    units = members()
    actors = load_people(units)
    Register(units, actors, today).load()
    Bodies(units, actors, today).load()
    Visits(units, actors, today).load()
    Projects(units, actors, today).load()
    Proposals(units, actors, today).load()
    Stages(units, actors, today).load()
    Regulars(units, actors, today).load()
    Work(units, actors, today).load()
    Lists(units, actors, today).load()
    Wishes(units, actors, today).load()
    Points(units, actors, today).load()
    Sessions(actors, today).load()
    Issues(units, actors, today).load()
    Carriers(actors, today).load()
    Meetings(actors, today).load()
    Grid(actors).load()
    Organizations(today).load()
    settle_messages(today)
    DeploymentFact.objects.create(name=SAMPLE_FACT, value={"loaded_on": today.isoformat()})
    with connection.cursor() as cursor:
        # So that the first pages are planned on what is there, not on empty tables.
        cursor.execute("ANALYZE")
    Snapshots(actors, today).load()
    return True


def refuse_real_bodies(today: date) -> None:
    """The sample sets up the organization of every place; where a real one stands there can't be a second."""
    there = RegionalBody.objects.filter(place__in=[root_place(), *tier_places(root_place(), today)])
    real = there.exclude(status=RegionalBody.Status.DISSOLVED).exclude(kind=RegionalBody.Kind.COMPREHENSIVE)
    found = list(real.order_by("place_code", "kind")[:3])
    if found:
        names = "、".join(f"“{body}”" for body in found)
        raise RuleViolation(
            f"库中已登记真实的区域化组织（共 {real.count()} 个，如{names}），示范数据没有写入。请装在没有登记组织架构的库里。",
            code="real_bodies",
        )


def load_units(today: date) -> None:
    result = import_file(SHEET, SYSTEM, is_sample=True)
    if result["refused"] or result["new"] != result["rows"]:
        first = result["errors"][0]["message"] if result["errors"] else "表中有些单位已经登记过"
        raise RuleViolation(f"示范数据没有写入：{first}", code="sample_refused")
    load_extra_members(SYSTEM)
    load_excluded(SYSTEM, today)


def settle_messages(today: date) -> None:
    """The messages of the past months are read in the portal, the older ones were; none goes out by e-mail now."""
    Delivery.objects.filter(notification__recipient__is_sample=True).delete()
    old = Notification.objects.filter(
        recipient__is_sample=True, created_at__lt=moment(today - timedelta(days=UNREAD_DAYS))
    )
    old.update(read_at=F("created_at") + timedelta(hours=20))
    with connection.cursor() as cursor:
        cursor.execute(IN_ORDER_OF_TIME)
