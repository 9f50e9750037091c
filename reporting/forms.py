"""The questions a page can ask, read from its address."""

from django import forms
from django.conf import settings

from core.clock import today
from core.errors import InputError
from core.periods import FIRST_DAY
from reporting.questions import CoverageQuestion
from units.indicators import KINDS, MEASURES, Cell
from units.indicators.movement import ADDED, EXCLUDED, REASON_LABELS, RESTORED
from units.indicators.territory import By

DAY = {"invalid": "日期要写成 2026-11-22 这样的形式。"}


class Day(forms.DateField):
    """A day from the first period up to today, as addresses and the browser's calendar write it."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **more):
        super().__init__(input_formats=["%Y-%m-%d"], error_messages=DAY, **more)

    def clean(self, value):
        day = super().clean(value)
        if day and day > today():
            raise forms.ValidationError("日期不能晚于今天。")
        if day and day < FIRST_DAY:
            raise forms.ValidationError(f"日期不能早于 {FIRST_DAY}。")
        return day


class QuestionForm(forms.Form):
    """The filters of the coverage page; what the address leaves out has its default."""

    as_of = Day(label="截至")
    kind = forms.ChoiceField(label="统计对象", choices=[(slug, kind.name) for slug, kind in KINDS.items()])
    measure = forms.ChoiceField(
        label="口径", choices=[(slug, measure.label) for slug, measure in MEASURES.items()]
    )
    by = forms.ChoiceField(label="下级", choices=By.choices)
    place = forms.CharField(label="地方", max_length=32, widget=forms.HiddenInput)

    def __init__(self, query, **more):
        data = {name: value for name, value in query.items() if name in self.base_fields}
        super().__init__({**self.defaults(), **data}, **more)
        self.unknown = sorted(set(query) - set(self.base_fields))

    @staticmethod
    def defaults() -> dict:
        return {
            "as_of": today().isoformat(),
            "kind": "non_public",
            "measure": "organization",
            "by": By.CHILD,
            "place": settings.ROOT_PLACE_CODE,
        }

    def question(self) -> CoverageQuestion:
        """The question; raises `RuleViolation` with the sentence of the first thing that is wrong."""
        if not self.is_valid():
            name, errors = next(iter(self.errors.items()))
            raise InputError(f"{self.fields[name].label}：{errors[0]}", field=name)
        names = ("place", "as_of", "kind", "measure", "by")
        return CoverageQuestion(**{name: self.cleaned_data[name] for name in names})


class CellForm(QuestionForm):
    """A cell of the coverage table."""

    cell = forms.ChoiceField(choices=Cell.choices, label="哪一格")

    @staticmethod
    def defaults() -> dict:
        return {**QuestionForm.defaults(), "cell": Cell.DENOMINATOR}


class MovementForm(QuestionForm):
    """A line of the denominator movement, between two days."""

    first = Day(label="起始日")
    line = forms.ChoiceField(
        label="哪一项", choices=[(ADDED, "新增"), (EXCLUDED, "剔除"), (RESTORED, "恢复")]
    )
    reason = forms.ChoiceField(label="原因", choices=[("", "全部"), *REASON_LABELS.items()], required=False)

    @staticmethod
    def defaults() -> dict:
        year_start = today().replace(month=1, day=1).isoformat()
        return {**QuestionForm.defaults(), "first": year_start, "line": EXCLUDED, "reason": ""}


class PageForm(QuestionForm):
    """The filters of the coverage page: the question, and how far back the chart goes."""

    months = forms.ChoiceField(label="图表", choices=[("12", "近 12 个月"), ("36", "近 36 个月")])

    @staticmethod
    def defaults() -> dict:
        return {**QuestionForm.defaults(), "months": "12"}


class AlertForm(forms.Form):
    """Warnings of a place on a day."""

    place = forms.CharField(label="地方", max_length=32, widget=forms.HiddenInput)
    as_of = Day(label="截至")

    def __init__(self, query, **more):
        data = {name: value for name, value in query.items() if name in self.base_fields}
        defaults = {"place": settings.ROOT_PLACE_CODE, "as_of": today().isoformat()}
        super().__init__({**defaults, **data}, **more)


class NewOrganizationForm(forms.Form):
    """Which of the newly established organizations: of a place, in a year up to a day, of one mode."""

    place = forms.CharField(label="地方", max_length=32, widget=forms.HiddenInput)
    as_of = Day(label="截至")
    cell = forms.ChoiceField(
        label="组建方式",
        choices=[(Cell.NUMERATOR, "全部"), (Cell.STANDALONE, "单独组建"), (Cell.JOINT, "联合组建")],
    )

    def __init__(self, query, **more):
        data = {name: value for name, value in query.items() if name in self.base_fields}
        defaults = {"place": settings.ROOT_PLACE_CODE, "as_of": today().isoformat(), "cell": Cell.NUMERATOR}
        super().__init__({**defaults, **data}, **more)
