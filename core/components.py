"""The smallest pieces of a page as HTML: icon, status tag, bar, number, date.

Lists build their cells from these in Python and templates reach them through `core.templatetags.ui`, so
that a status looks the same everywhere.
"""

from datetime import date, datetime
from functools import cache, lru_cache
from typing import NamedTuple

from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from core.indicators import rate_display

EMPTY = "—"
# A share of 1 as a whole number, fine enough that only all of a billion is all.
SHARES = 10**9
WEEKDAYS = "一二三四五六日"


class Tag(NamedTuple):
    """A state in three signs at once: colour (``tone``: ok, wait, late, info, off), icon and word."""

    word: str
    tone: str = "info"
    icon: str = ""


TONE_ICONS = {
    "ok": "circle-check",
    "wait": "hourglass",
    "late": "alert-triangle",
    "info": "progress",
    "off": "circle-dashed",
}

# What the usual status words feel like; a model says otherwise in ``STATUS_TONES``.
STATUS_TONES = {
    status: tone
    for tone, statuses in {
        "ok": "done confirmed approved accepted closed active operating verified kept sent effective claimed",
        "wait": "submitted waiting ready pending due screened recorded review standby planned",
        "late": "overdue failed disputed refused rejected returned expired suspended unclaimed given_up",
        "off": "draft cancelled withdrawn undone ended archived exempt terminated quit "
        "deregistered revoked moved_out shell zombie duplicate_licence",
    }.items()
    for status in statuses.split()
}


@cache
def sprite_url() -> str:
    return static("vendor/tabler-sprite.svg")


@cache
def icon(name: str, label: str = "") -> SafeString:
    """One icon of the sprite; without a ``label`` it is decoration and hidden from screen readers."""
    speech = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"></use></svg>', speech, sprite_url(), name)


@lru_cache(maxsize=4096)
def tag(word: str, tone: str = "info", icon_name: str = "") -> SafeString:
    return format_html(
        '<span class="tag {}">{}{}</span>', tone, icon(icon_name or TONE_ICONS.get(tone, "progress")), word
    )


def status_of(obj, field: str = "status") -> Tag:
    """The tag of a row's status: its own word, and the tone the model's ``STATUS_TONES`` or ours give it."""
    value = str(getattr(obj, field))
    tone = getattr(obj, "STATUS_TONES", {}).get(value) or STATUS_TONES.get(value, "info")
    return Tag(str(getattr(obj, f"get_{field}_display")()), tone)


def tag_of(value) -> SafeString:
    return tag(*value) if isinstance(value, Tag) else tag(str(value))


def date_text(value: date | datetime | None, *, weekday: bool = False) -> str:
    """``2026年11月22日`` (with ``weekday``: ``2026年11月22日 星期日``); a dash for no date."""
    if value is None or value == "":
        return EMPTY
    day = timezone.localtime(value) if isinstance(value, datetime) else value
    text = f"{day.year}年{day.month}月{day.day}日"
    return f"{text} 星期{WEEKDAYS[day.weekday()]}" if weekday else text


def date_cell(value: date | datetime | None) -> str:
    """``2026-11-22`` for tables; a moment is shown as the local day and minute."""
    if value is None:
        return EMPTY
    if isinstance(value, datetime):
        return f"{timezone.localtime(value) if timezone.is_aware(value) else value:%Y-%m-%d %H:%M}"
    return value.isoformat()


def number_text(value: int | float | None) -> str:
    """A whole number with thousands separated: ``1,250``."""
    return EMPTY if value is None else f"{value:,}"


def percent_text(numerator: int, denominator: int) -> str:
    """The rate as every published number is written (`core.indicators.rate_display`)."""
    return rate_display(numerator, denominator)


def rate_text(value) -> str:
    """A rate as (numerator, denominator) or as a share of 1; a dash for none."""
    if value is None:
        return EMPTY
    return rate_display(*value) if isinstance(value, tuple) else rate_display(round(value * SHARES), SHARES)


def number_link(value, url: str = "", label: str = "") -> SafeString:
    """A figure that opens into the list behind it."""
    text = number_text(value) if isinstance(value, int) else str(value)
    if not url:
        return format_html('<span class="num">{}</span>', text)
    speech = format_html(' aria-label="{}"', label) if label else ""
    return format_html('<a class="num open" href="{}"{}>{}</a>', url, speech, text)


def bar(rate: float | None, target: float | None = None, label: str = "") -> SafeString:
    """A share of 1 as a bar with the target marked; drawn by attributes, since inline style is forbidden."""
    if rate is None:
        return SafeString(f'<span class="quiet">{EMPTY}</span>')  # nosec B703 - every part is escaped
    width = min(max(rate, 0), 1) * 100
    mark = ""
    if target is not None:
        mark = format_html(
            '<rect class="bar-target" x="{}%" y="0" width="2" height="14"></rect>', f"{target * 100:.1f}"
        )
    name = label or f"{width:.1f}%" + (f"，目标 {target * 100:g}%" if target is not None else "")
    return format_html(
        '<svg class="bar" role="img" aria-label="{}" height="14" width="100%">'
        '<rect class="bar-ground" y="3" width="100%" height="8" rx="4">'
        '</rect><rect class="bar-fill" y="3" width="{}%" height="8" rx="4"></rect>{}</svg>',
        name,
        f"{width:.1f}",
        mark,
    )


def person(name: str, role: str = "") -> SafeString:
    """A person as named in the portal: name, and quietly the role and place."""
    if not role:
        return format_html('<span class="person">{}{}</span>', icon("user-circle"), name)
    return format_html('<span class="person">{}{}<small>{}</small></span>', icon("user-circle"), name, role)


def link(text: str, url: str | None) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>' if url else escape(text)
