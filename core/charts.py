"""Charts drawn on the server as SVG: geometry here, drawing in the template, a table behind both."""

from math import floor, log10

from core.components import number_text, rate_text

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 24, 24, 28
TICKS = 4


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


def line_chart_context(
    points: list[tuple[str, float | None]], *, label: str, kind: str, target: float | None
) -> dict:
    """Everything the template of a line chart draws; no known value makes an empty chart."""
    known = [value for _, value in points if value is not None]
    table = [(name, value_text(value, kind)) for name, value in points]
    if not known:
        return {"label": label, "table": table, "is_empty": True}
    marks = axis([*known, *([target] if target is not None else [])], kind)
    step = (WIDTH - LEFT - RIGHT) / max(len(points) - 1, 1)

    def height(value: float) -> float:
        span = (marks[-1] - marks[0]) or 1
        return round(HEIGHT - BOTTOM - (value - marks[0]) / span * (HEIGHT - TOP - BOTTOM), 1)

    dots = [
        {
            "x": round(LEFT + step * index, 1),
            "y": height(value),
            "name": name,
            "text": value_text(value, kind),
        }
        for index, (name, value) in enumerate(points)
        if value is not None
    ]
    every = -(-len(points) // 12)
    return {
        "label": label,
        "table": table,
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "grid": [{"y": height(mark), "text": mark_text(mark, kind)} for mark in marks],
        "names": [
            {"x": round(LEFT + step * index, 1), "text": name}
            for index, (name, _) in enumerate(points)
            if index % every == 0
        ],
        "name_y": HEIGHT - 8,
        "segments": line_segments(points, step, height),
        "dots": dots,
        "last": dots[-1],
        "target": {"y": height(target), "text": f"目标 {mark_text(target, kind)}"}
        if target is not None
        else None,
        "summary": f"{label}：{dots[0]['name']} {dots[0]['text']}，{dots[-1]['name']} {dots[-1]['text']}。",
    }


def line_segments(points, step: float, height) -> list[str]:
    """The polylines between gaps, as SVG point lists."""
    segments: list[list[str]] = [[]]
    for index, (_, value) in enumerate(points):
        if value is None:
            segments.append([])
        else:
            segments[-1].append(f"{round(LEFT + step * index, 1)},{height(value)}")
    return [" ".join(segment) for segment in segments if segment]
