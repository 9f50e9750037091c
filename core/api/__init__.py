"""The base of the REST API: what every endpoint of every app stands on.

A list of rows with its single rows and moves is a `Register`; anything else is an `ApiView`.
"""

from core.api.errors import BadRequest, Problem
from core.api.fields import Computed, Field, Nested, place_field
from core.api.inputs import InputSerializer, MomentField, NoteInput
from core.api.params import BoolParam, ChoiceParam, DateParam, IntParam, Param, ParsedParam, TextParam
from core.api.registers import MoveAction, Register
from core.api.views import ApiView

__all__ = [
    "ApiView",
    "BadRequest",
    "BoolParam",
    "ChoiceParam",
    "Computed",
    "DateParam",
    "Field",
    "InputSerializer",
    "IntParam",
    "MomentField",
    "MoveAction",
    "Nested",
    "NoteInput",
    "Param",
    "ParsedParam",
    "Problem",
    "Register",
    "TextParam",
    "place_field",
]
