"""The REST endpoints of accounts (api.md)."""

from datetime import timedelta
from hashlib import sha256

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes

from accounts.authentication import QueryTokenAuthentication
from core.api import ApiView, TextParam
from core.clock import today
from core.todo import todo_items

ICS_TYPE = "text/calendar; charset=utf-8"
LINE_BYTES = 75


def escape(text: str) -> str:
    """A text value as RFC 5545 §3.3.11 writes it."""
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(sign, written)
    return text


def fold(line: str) -> str:
    """A content line in pieces of at most 75 bytes, never inside a character (RFC 5545 §3.1)."""
    pieces, piece = [], ""
    for letter in line:
        if len((piece + letter).encode()) > LINE_BYTES - (1 if pieces else 0):
            pieces.append(piece)
            piece = ""
        piece += letter
    return "\r\n ".join([*pieces, piece])


class CalendarFeed(ApiView):
    """What is due for the token's person, as a calendar to subscribe to (``?token=…``)."""

    help = "到期日历（iCalendar）"
    tag = "todo"
    params = (TextParam(name="token", max_length=128, default="", help="令牌；日历软件不能带请求头时用"),)
    response_serializer = {(200, "text/calendar"): OpenApiTypes.STR}

    def get_authenticators(self):
        return [QueryTokenAuthentication(), *super().get_authenticators()]

    def get(self, request, **kwargs):
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//wuhou//todo//ZH", "X-WR-CALNAME:区域化党建待办"]
        for item in todo_items(self.actor, today()):
            if item.due_on:
                lines += self.event(item)
        body = "".join(f"{fold(line)}\r\n" for line in [*lines, "END:VCALENDAR"])
        return HttpResponse(body, content_type=ICS_TYPE)

    def event(self, item) -> list[str]:
        url = self.request._request.build_absolute_uri(item.url)
        return [
            "BEGIN:VEVENT",
            # The same thing to do keeps its identity while its due day moves.
            f"UID:{sha256(f'{item.kind} {item.url} {item.title}'.encode()).hexdigest()[:32]}@wuhou",
            f"DTSTAMP:{today():%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{item.due_on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{item.due_on + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{escape(item.title)}",
            f"DESCRIPTION:{escape(item.why)}",
            f"URL:{url}",
            "END:VEVENT",
        ]


# Patterns under /api/v1/, gathered by wuhou.api.
urlpatterns = [path("calendar.ics", CalendarFeed.as_view(), name="calendar")]
