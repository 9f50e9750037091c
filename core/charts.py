"""Charts drawn on the server as SVG: geometry here, drawing in the template, a table behind both."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, log10

from core.components import number_text, rate_text

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 24, 24, 28
TICKS = 4
# Longer names than this get more room along the axis.
SHORT_NAME = 4


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """One point of a line (None leaves a gap), with the page it opens and a word on it.

    A baseline is a figure of another time or source: it stands apart from the line, hollow, and says so.
    ``text`` is how it was published, where that is more than the value says.
    """

    name: str
    value: float | None
    url: str = ""
    note: str = ""
    is_baseline: bool = False
    text: str = ""


def points_of(points: Iterable) -> list[ChartPoint]:
    return [point if isinstance(point, ChartPoint) else ChartPoint(*point) for point in points]


def nice_step(span: float) -> float:
    """The next round step (1, 2, 2.5, 5 × 10ⁿ) that covers ``span`` in `TICKS` steps."""
    raw = max(span, 1e-9) / TICKS
    base = 10 ** floor(log10(raw))
    return next((factor * base for factor in (1, 2, 2.5, 5) if factor * base >= raw * 0.999), 10 * base)


def axis(values: list[float], kind: str) -> list[float]:
    """The marks of the value axis: round numbers around the values; a rate never leaves 0 to 1."""
    low, high = min(values), max(values)
    if kind == "int":
        low = min(low, 0)
    step = nice_step((high - low) or (0.1 if kind == "rate" else 1))
    if kind == "int":
        step = max(step, 1)
    start = floor(low / step) * step
    marks = [start + step * index for index in range(TICKS + 2)]
    marks = [mark for index, mark in enumerate(marks) if index == 0 or marks[index - 1] < high]
    return [round(mark, 6) for mark in marks if kind != "rate" or mark <= 1.0001]


def value_text(value: float | None, kind: str) -> str:
    if value is None:
        return "—"
    return rate_text(value) if kind == "rate" else number_text(round(value))


def mark_text(value: float, kind: str) -> str:
    return f"{value * 100:g}%" if kind == "rate" else number_text(round(value))


def line_chart_context(points: Iterable, *, label: str, kind: str, target: float | None) -> dict:
    """Everything the template of a line chart draws from `ChartPoint`s or (name, value) pairs; no value: an empty chart."""
    points = points_of(points)
    known = [point.value for point in points if point.value is not None]
    has_notes = any(point.note for point in points)
    # A point without a name is room between others.
    table = [(point, point.text or value_text(point.value, kind)) for point in points if point.name]
    if not known:
        return {"label": label, "table": table, "is_empty": True, "has_notes": has_notes}
    marks = axis([*known, *([target] if target is not None else [])], kind)
    step = (WIDTH - LEFT - RIGHT) / max(len(points) - 1, 1)

    def height(value: float) -> float:
        span = (marks[-1] - marks[0]) or 1
        return round(HEIGHT - BOTTOM - (value - marks[0]) / span * (HEIGHT - TOP - BOTTOM), 1)

    dots = [
        {
            "x": round(LEFT + step * index, 1),
            "y": height(point.value),
            "name": point.name,
            "text": point.text or value_text(point.value, kind),
            "point": point,
        }
        for index, point in enumerate(points)
        if point.value is not None
    ]
    own = [dot for dot in dots if not dot["point"].is_baseline] or dots
    months = [index for index, point in enumerate(points) if point.name and not point.is_baseline]
    longest = max((len(points[index].name) for index in months), default=0)
    every = -(-len(months) // (12 if longest <= SHORT_NAME else 7))
    baselines = [dot for dot in dots if dot["point"].is_baseline]
    said = "".join(f"公布数：{dot['name']} {dot['text']}。" for dot in baselines)
    return {
        "label": label,
        "table": table,
        "has_notes": has_notes,
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "middle": (LEFT + WIDTH - RIGHT) // 2,
        "grid": [{"y": height(mark), "text": mark_text(mark, kind)} for mark in marks],
        "names": [
            {"x": round(LEFT + step * index, 1), "text": points[index].name} for index in months[::every]
        ],
        "name_y": HEIGHT - 8,
        "segments": line_segments(points, step, height),
        "dots": own,
        "baselines": baselines,
        "last": own[-1],
        "target": {"y": height(target), "text": f"目标 {mark_text(target, kind)}"}
        if target is not None
        else None,
        "summary": f"{label}：{own[0]['name']} {own[0]['text']}，{own[-1]['name']} {own[-1]['text']}。{said}",
    }


def line_segments(points: list[ChartPoint], step: float, height) -> list[str]:
    """The polylines between gaps, as SVG point lists; baselines are no part of them."""
    segments: list[list[str]] = [[]]
    for index, point in enumerate(points):
        if point.value is None or point.is_baseline:
            segments.append([])
        else:
            segments[-1].append(f"{round(LEFT + step * index, 1)},{height(point.value)}")
    return [" ".join(segment) for segment in segments if segment]
