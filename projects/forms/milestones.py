"""Milestones inside a form: rows of a title and a day, without a script; what is typed is kept as lines of text."""

from datetime import date

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from projects.milestones import LONGEST_TITLE, MOST_MILESTONES, Planned

SPARE_ROWS, FEWEST_ROWS = 2, 3


class PlannedList(list[Planned]):
    """Milestones that read ``2026-12-20 首次义诊``, a line each: so a form compares, keeps and shows them."""

    def __str__(self) -> str:
        return "\n".join(f"{due_on} {title}" for title, due_on in self)


class MilestonesWidget(forms.Widget):
    """Rows of two inputs, two more than are filled; a row without a title is no milestone."""

    def value_from_datadict(self, data, files, name) -> str | None:
        rows = range(MOST_MILESTONES + SPARE_ROWS)
        lines = [
            f"{data.get(f'{name}-{row}-due', '').strip()} {data.get(f'{name}-{row}-title', '').strip()}"
            for row in rows
        ]
        return "\n".join(line for line in lines if line.strip())

    def value_omitted_from_data(self, data, files, name) -> bool:
        return f"{name}-0-title" not in data

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-0"

    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        rows = [line.partition(" ")[::2] for line in (value or "").splitlines()]
        count = min(max(len(rows) + SPARE_ROWS, FEWEST_ROWS), MOST_MILESTONES)
        rows += [("", "")] * (count - len(rows))
        described = (attrs or {}).get("aria-describedby", "")
        inputs = format_html_join(
            "",
            '<div class="two"><input type="text" name="{0}-{1}-title" id="{2}-{1}" value="{3}" maxlength="{4}" '
            'aria-label="第{5}个里程碑：做到什么" placeholder="做到什么" aria-describedby="{6}">'
            '<input type="date" name="{0}-{1}-due" value="{7}" aria-label="第{5}个里程碑：计划完成日期"></div>',
            (
                (name, row, (attrs or {}).get("id", name), title, LONGEST_TITLE, row + 1, described, due)
                for row, (due, title) in enumerate(rows)
            ),
        )
        return format_html('<div class="stack">{}</div>', inputs)


class MilestonesField(forms.Field):
    """A list of (title, due day); `forms.ValidationError` names the row that is incomplete."""

    widget = MilestonesWidget

    def prepare_value(self, value):
        return str(PlannedList(value)) if isinstance(value, list) else value

    def to_python(self, value) -> PlannedList:
        return PlannedList(self.read(line) for line in (value or "").splitlines())

    def read(self, line: str) -> Planned:
        due, _, title = line.partition(" ")
        if not title:
            raise forms.ValidationError(f"日期 {due} 的里程碑没有写做到什么。")
        try:
            return title, date.fromisoformat(due)
        except ValueError:
            raise forms.ValidationError(f"请给里程碑“{title}”选一个完成日期。") from None
