"""Joint meetings with their sessions, resolutions and proposals in any state, with everything that must be true of them."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from accounts.models import User
from core.clock import today
from units.models import (
    AgendaItem,
    Attendance,
    BodyMember,
    Division,
    Meeting,
    RegionalBody,
    RepresentativeProposal,
    Resolution,
    Unit,
)

LONG_AGO = date(2021, 1, 1)
HELD = ("held", "minutes_review", "issued", "archived")


def moment(day: date, hour: int = 14) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def make_joint_meeting(
    place: Division, *units: Unit, kind: str = "joint_meeting", status: str = "running"
) -> RegionalBody:
    """A running body of a place with member units."""
    label = RegionalBody.Kind(kind).label
    body, _ = RegionalBody.objects.get_or_create(
        kind=kind,
        place=place,
        defaults={
            "place_code": place.code,
            "name": f"{place.name}{label}",
            "status": status,
            "from_on": LONG_AGO,
        },
    )
    for unit in units:
        BodyMember.objects.get_or_create(
            body=body, unit=unit, defaults={"kind": "enterprise", "from_on": LONG_AGO}
        )
    return body


def make_meeting(
    body: RegionalBody, *, status: str = "preparing", on: date | None = None, **fields
) -> Meeting:
    """A session in a state; its day lies ten days behind or ahead of today as the state wants."""
    day = on or today() + timedelta(days=-10 if status in HELD else 10)
    number = body.meetings.filter(year=day.year).count() + 1
    if status in ("issued", "archived"):
        fields.setdefault("signed_by", make_signer())
        fields.setdefault("issued_on", day + timedelta(days=2))
    if status in HELD[1:]:
        fields.setdefault("minutes", "会议决定继续推进。")
    fields.setdefault("title", f"{body.name}{day.year}年第{number}次会议")
    return Meeting.objects.create(
        body=body,
        place_code=body.place_code,
        year=day.year,
        number=number,
        held_at=moment(day),
        venue="三楼会议室",
        status=status,
        **fields,
    )


def make_signer() -> User:
    user, _ = User.objects.get_or_create(username="signer", defaults={"name": "签发人"})
    return user


def make_item(meeting: Meeting, *, status: str = "adopted", title: str = "停车共享", **fields) -> AgendaItem:
    return AgendaItem.objects.create(
        meeting=meeting, place_code=meeting.place_code, title=title, status=status, **fields
    )


def sign_in(meeting: Meeting, presence: str = "present", **fields) -> None:
    """Every member unit came."""
    for member in meeting.body.members.all():
        Attendance.objects.create(meeting=meeting, member=member, presence=presence, **fields)


def make_resolution(
    meeting: Meeting, *, status: str = "open", due_on: date | None = None, **fields
) -> Resolution:
    """A resolution of a session, led by its first member unit unless told otherwise."""
    if "lead_unit" not in fields and "lead_place" not in fields:
        fields["lead_unit"] = meeting.body.members.first().unit
    if status == "extension":
        fields.setdefault("wanted_due_on", today() + timedelta(days=60))
    return Resolution.objects.create(
        meeting=meeting,
        place_code=meeting.place_code,
        number=f"YD-{meeting.pk}-{meeting.resolutions.count() + 1}",
        text=fields.pop("text", "开放停车场夜间泊位"),
        due_on=due_on or today() + timedelta(days=20),
        status=status,
        **fields,
    )


def make_proposal(
    place: Division, *, author: User | None, status: str = "submitted", **fields
) -> RepresentativeProposal:
    body = make_joint_meeting(place, kind="assembly")
    if status in ("assigned", "replied", "closed"):
        fields.setdefault("handler", place)
        fields.setdefault("reply_due_on", today() + timedelta(days=30))
    return RepresentativeProposal.objects.create(
        body=body,
        place_code=place.code,
        title="加装健身器材",
        text="院落缺健身器材。",
        author=author,
        status=status,
        **fields,
    )
