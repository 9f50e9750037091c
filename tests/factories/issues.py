"""Issues and joint activities in any state, with everything that must be true of them."""

from datetime import date, timedelta
from itertools import count

from core.clock import today
from units.models import Division, Issue, JointActivity
from units.queries.issues import handling_place

_numbers = count(1)


def make_issue(*, place: Division, status: str = Issue.Status.REGISTERED, **fields) -> Issue:
    """An issue in a status: what is solved has a result, what was taken on the days of it."""
    number = next(_numbers)
    on = fields.pop("registered_on", None) or today()
    if status not in (Issue.Status.REGISTERED, Issue.Status.REJECTED):
        fields = {"accepted_on": on, "assign_due_on": on + timedelta(days=5), **fields}
    if status in Issue.SOLVED_STATUSES:
        fields = {"result": "已更换路灯。", "resolved_on": today(), **fields}
    if status == Issue.Status.REVIEWED:
        fields = {
            "satisfaction": Issue.Satisfaction.SATISFIED,
            "rated_on": today(),
            "rated_way": "reporter",
            **fields,
        }
    if status == Issue.Status.DUPLICATE and "duplicate_of" not in fields:
        fields["duplicate_of"] = make_issue(place=place, status=Issue.Status.PROCESSING)
    return Issue.objects.create(
        **{
            "number": f"WT-0000-示例-{number:04d}", "title": f"示例问题{number:04d}", "text": "西门路灯不亮。",
            "source": Issue.Source.RESIDENT, "category": Issue.Category.ENVIRONMENT, "place": place,
            "place_code": place.code, "handler": handling_place(place), "reply_code": f"TEST{number:06d}",
            "accept_due_on": on + timedelta(days=1), "due_on": on + timedelta(days=21), "status": status,
            "registered_on": on, **fields,
        }
    )  # fmt: skip


def make_activity(
    *, place: Division, status: str = JointActivity.Status.PLANNED, held_on: date | None = None, **fields
) -> JointActivity:
    """An activity in a status."""
    return JointActivity.objects.create(
        **{
            "title": f"示例活动{next(_numbers):04d}", "place": place, "place_code": place.code, "held_on": held_on or today(),
            "venue": "社区党群服务中心", "status": status, **fields,
        }
    )  # fmt: skip
