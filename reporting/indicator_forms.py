"""The questions that the pages of one indicator can ask, read from their address."""

from datetime import date

from django import forms
from django.conf import settings

from core.actor import Actor
from core.clock import today
from core.errors import InputError, RuleViolation
from core.indicators import Indicator, PeriodType
from core.periods import Month, Period, Quarter, Year, parse
from core.roles import STAFF
from reporting.forms import Day
from reporting.questions import asked_days
from units.indicators.territory import By

YEARS, QUARTERS, MONTHS = 6, 8, 24


def latest(kind: type[Period], number: int) -> list[tuple[str, str]]:
    """The last periods of a kind up to now, newest first."""
    found = [kind.containing(today())]
    while len(found) < number:
        found.append(found[-1].previous())
    return [(str(period), period.label) for period in found]


def period_choices(asked: Period | None) -> list[tuple]:
    """Years, quarters and months to choose from, and the asked one where it is older."""
    groups = [
        ("年度", latest(Year, YEARS)),
        ("季度", latest(Quarter, QUARTERS)),
        ("月份", latest(Month, MONTHS)),
    ]
    listed = {value for _, choices in groups for value, _ in choices}
    return groups if asked is None or str(asked) in listed else [(str(asked), asked.label), *groups]


class PeriodField(forms.CharField):
    """A period: ``2026``, ``2026-Q4``, ``2026-11``; the page offers the latest ones."""

    widget = forms.Select

    def clean(self, value):
        try:
            return parse(super().clean(value))
        except RuleViolation as refusal:
            raise forms.ValidationError(refusal.message) from refusal


def place_of(actor: Actor) -> str:
    """Where somebody's figures begin: the own place of staff, the district for all others."""
    return actor.place_code if actor.role in STAFF and actor.place_code else settings.ROOT_PLACE_CODE


class IndicatorForm(forms.Form):
    """An indicator of a place; what the address leaves out has its default."""

    by = forms.ChoiceField(label="下级", choices=By.choices)
    place = forms.CharField(label="地方", max_length=32, widget=forms.HiddenInput)

    def __init__(self, query, actor: Actor, **more):
        data = {name: text for name, text in query.items() if name in self.base_fields}
        super().__init__({**self.defaults(), "place": place_of(actor), **data}, **more)
        self.unknown = sorted(set(query) - set(self.base_fields))

    def defaults(self) -> dict[str, str]:
        return {"by": By.CHILD}

    def asked(self) -> dict:
        """The values; raises `InputError` with the sentence of the first thing that is wrong."""
        if self.unknown:
            raise InputError(f"不认识的筛选条件：{'、'.join(self.unknown)}。请从页面上重新选择。")
        if not self.is_valid():
            name, errors = next(iter(self.errors.items()))
            raise InputError(f"{self.fields[name].label}：{errors[0]}", field=name)
        return self.cleaned_data

    def days(self) -> tuple[str | None, date, date]:
        """The period as written, and the first and last day that count."""
        asked = self.asked()
        return asked_days(asked.get("period"), asked.get("as_of"))


class AsOfForm(IndicatorForm):
    """A state on a day."""

    as_of = Day(label="截至")
    field_order = ["as_of", "by"]

    def defaults(self):
        return {**super().defaults(), "as_of": today().isoformat()}


class InPeriodForm(IndicatorForm):
    """What happened in a period."""

    period = PeriodField(label="时段", max_length=20)
    field_order = ["period", "by"]

    def __init__(self, query, actor, **more):
        super().__init__(query, actor, **more)
        self.fields["period"].widget.choices = period_choices(self.readable_period())

    def defaults(self):
        return {**super().defaults(), "period": str(Year.containing(today()))}

    def readable_period(self) -> Period | None:
        """The asked period, if it is one."""
        try:
            return parse(self.data["period"])
        except RuleViolation:
            return None


FORMS = {PeriodType.AS_OF: AsOfForm, PeriodType.PERIOD: InPeriodForm}


def question_form(indicator: Indicator, query, actor: Actor) -> IndicatorForm:
    """The form of an indicator's page."""
    return FORMS[indicator.period_type](query, actor)
