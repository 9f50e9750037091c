"""Template tags of the portal's components; every one of them stands in the gallery at /components/."""

from django import forms, template
from django.utils.safestring import SafeString

from core import components
from core.access import role_labels
from core.charts import line_chart_context

register = template.Library()

DASHES = "---------"
EMPTY_CHOICE = "请选择"

register.simple_tag(components.icon, name="icon")
register.simple_tag(components.tag, name="tag")
register.simple_tag(components.bar, name="bar")
register.simple_tag(components.number_link, name="number_link")
register.simple_tag(components.person, name="person")
register.simple_tag(components.date_text, name="date_text")
register.simple_tag(components.percent_text, name="percent")
register.filter("number", components.number_text)
register.filter("date_cell", components.date_cell)
register.filter("date_text", components.date_text)


@register.simple_tag
def status_tag(obj, field: str = "status") -> SafeString:
    """The row's status as colour, icon and word."""
    return components.tag_of(components.status_of(obj, field))


@register.inclusion_tag("components/steps.html")
def steps(obj) -> dict:
    """The usual way of a row as a line of steps, the current one marked, and whose turn it is."""
    labels = dict(obj.Status.choices)
    names = [str(name) for name in obj.STEPS]
    here = getattr(obj, "STEP_AT", {}).get(str(obj.status), str(obj.status))
    position = names.index(here) if here in names else -1
    line = [
        {
            "label": labels[name],
            "state": "done" if index < position else "now" if index == position else "todo",
        }
        for index, name in enumerate(names)
    ]
    # The last step of the line is an end, not somebody's turn.
    if position == len(line) - 1 and line:
        line[-1]["state"] = "done now"
    return {
        "line": line,
        "aside": components.status_of(obj) if position < 0 else None,
        "turn": turn_text(obj),
    }


def turn_text(obj) -> str:
    """Whose turn it is, in words; the model may say it better with ``turn_text``."""
    own = getattr(obj, "turn_text", None)
    return own if isinstance(own, str) else "、".join(role_labels(obj.turn_roles()))


@register.inclusion_tag("components/moves.html", takes_context=True)
def moves(context, obj, next_url: str = "", *, is_quiet: bool = False) -> dict:
    """The buttons the actor may press now, from the moves table; one that needs a note opens a box for it.

    A move in the model's ``FORM_MOVES`` needs more than a note: its button leads to the form at its address. Where the
    page has its one primary button elsewhere, or several rows stand below each other, ``is_quiet`` leaves it out. What
    asks for a reason is no usual next step: it stands out only where the table says so.
    """
    rows = obj.available_moves(context["actor"])
    names = [row.tone for row in rows]
    usual = 0 if rows and not rows[0].needs_note else None
    first = names.index("primary") if "primary" in names else usual
    buttons = [
        {
            "move": row,
            "url": obj.get_move_url(row.name),
            "opens_form": row.name in getattr(obj, "FORM_MOVES", ()),
            "tone": "danger" if row.tone == "danger" else "p" if index == first and not is_quiet else "",
            "field_id": f"note-{obj._meta.model_name}-{obj.pk}-{row.name}",
        }
        for index, row in enumerate(rows)
    ]
    return {"buttons": buttons, "next_url": next_url, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/timeline.html")
def timeline(entries) -> dict:
    """Who did what when, with what words: a list of `HistoryEntry`."""
    return {"entries": entries}


@register.inclusion_tag("components/kpi.html")
def kpi(label: str, value, unit: str = "", url: str = "", note: str = "", note_url: str = "") -> dict:
    """One figure with its name; the figure and the note beneath open into what is behind them."""
    text = components.number_text(value) if isinstance(value, int) else value
    return {"label": label, "value": text, "unit": unit, "url": url, "note": note, "note_url": note_url}


@register.inclusion_tag("components/line_chart.html")
def line_chart(points, label: str, kind: str = "rate", target: float | None = None) -> dict:
    """A line over time from ``[(label, value), …]`` (rate: share of 1; int: count; None leaves a gap)."""
    return line_chart_context(list(points), label=label, kind=kind, target=target)


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int, label: str = "") -> dict:
    """How far long work has come."""
    return {"done": done, "total": total, "label": label}


@register.inclusion_tag("components/empty.html")
def empty(text: str, action_label: str = "", action_url: str = "", icon_name: str = "inbox") -> dict:
    """What to say and do where there is nothing yet."""
    return {"text": text, "action_label": action_label, "action_url": action_url, "icon_name": icon_name}


@register.inclusion_tag("components/facts.html")
def facts(pairs) -> dict:
    """(label, value) pairs as a description list; nothing is shown as a dash."""
    return {"pairs": [(label, components.EMPTY if value in (None, "") else value) for label, value in pairs]}


def field_kind(widget: forms.Widget) -> str:
    """Which of the component's shapes fits a widget."""
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.MultiWidget):
        return "range"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "group"
    return "file" if isinstance(widget, forms.FileInput) else "line"


def field_attrs(bound) -> dict[str, str]:
    """Help and error are announced with the field; days get the browser's calendar."""
    described = [f"{bound.auto_id}-help"] if bound.help_text else []
    described += [f"{bound.auto_id}-error"] if bound.errors else []
    attrs = {"aria-describedby": " ".join(described)} if described else {}
    widget = bound.field.widget
    if type(widget) is forms.DateInput:
        widget.input_type = "date"
    if isinstance(widget, forms.Textarea):
        attrs["rows"] = "4"
    return attrs


def name_ends(widget: forms.MultiWidget) -> None:
    """Give the two inputs of a range (从 … 到 …) a name of their own; days get the browser's calendar."""
    for part, name in zip(widget.widgets, ("从", "到"), strict=False):
        part.attrs.update({"aria-label": name, "placeholder": name})
        if isinstance(part, forms.DateInput):
            part.input_type = "date"
            part.format = "%Y-%m-%d"


def say_choose(field: forms.Field) -> None:
    """Write 请选择 where Django draws a line of dashes for the empty choice."""
    if isinstance(field, forms.ModelChoiceField):
        field.empty_label = EMPTY_CHOICE if field.empty_label == DASHES else field.empty_label
    elif isinstance(field, forms.ChoiceField):
        field.choices = [(key, EMPTY_CHOICE if label == DASHES else label) for key, label in field.choices]


@register.inclusion_tag("components/field.html")
def field(bound, label: str = "") -> dict:
    """A form field: label above, help, the control, and the error in plain words beside it."""
    if not bound.is_hidden and type(bound.field.widget) is forms.DateInput:
        bound.field.widget.format = "%Y-%m-%d"
    if isinstance(bound.field.widget, forms.MultiWidget):
        name_ends(bound.field.widget)
    say_choose(bound.field)
    return {
        "field": bound,
        "kind": field_kind(bound.field.widget),
        "control": bound.as_widget(attrs=field_attrs(bound)),
        "label": label or bound.label,
        "accept": bound.field.widget.attrs.get("accept", ""),
        "is_optional": not bound.field.required,
    }


@register.simple_tag
def current(is_current: bool) -> str:
    """``aria-current`` of a navigation link."""
    return SafeString('aria-current="page"') if is_current else ""
