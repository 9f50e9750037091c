"""Every status × role × move of cards, records and redemptions, by the real actions: exactly what the tables say."""

from datetime import timedelta
from itertools import count, product

import pytest

from core.clock import today
from core.errors import NotAllowed, RuleViolation
from core.roles import Role
from projects.actions.points import CARD_MOVES
from projects.actions.records import RECORD_MOVES
from projects.actions.redemptions import REDEMPTION_MOVES
from projects.models import PointsCard, Redemption, VolunteerRecord
from tests.cast import make_person
from tests.factories.projects_points import (
    earn,
    make_card,
    make_record,
    make_redemption,
    make_reward,
    make_tariff,
)

pytestmark = pytest.mark.django_db

ROLES = [*Role.values, "stranger", "other_liaison"]
PLACED = {
    Role.DISTRICT: "510107", Role.SOCIAL_WORK: "510107", Role.SUBDISTRICT: "510107005", Role.COMMUNITY: "510107005008",
    Role.GRID_WORKER: "510107005008", Role.REPRESENTATIVE: "510107005008",
}  # fmt: skip
ABOVE = {"district", "social_work", "subdistrict"}
KEEPERS = {"subdistrict", "community"}
ALLOWED = {
    "freeze": ABOVE, "unfreeze": ABOVE, "close": KEEPERS, "verify": ABOVE | {"community"}, "reject": ABOVE | {"community"},
    "verify_violation": ABOVE | {"community"}, "verify_serious": ABOVE | {"community"}, "reverse": ABOVE,
    "collect": KEEPERS, "cancel": KEEPERS,
}  # fmt: skip


@pytest.fixture(params=ROLES)
def role(request) -> str:
    return request.param


@pytest.fixture
def actor(role, places, unit, request):
    """Somebody of any role, standing where that role belongs to the rows."""
    if role in ("stranger", "other_liaison"):
        return request.getfixturevalue(role).actor
    if role in (Role.LIAISON, Role.SOCIAL_ORG):
        return make_person(f"{role}_person", role, unit=unit).actor
    return make_person(f"{role}_person", role, place=places.get(PLACED.get(role, ""))).actor


def outcome(action, **arguments) -> str:
    """The status after the move, or the code of the refusal."""
    try:
        return action(**arguments).status
    except NotAllowed:
        return "not_allowed"
    except RuleViolation as refusal:
        return refusal.code


def test_moves(role, actor, huangmenjie, unit):
    make_tariff()
    card = make_card(place=huangmenjie, unit=unit, points=500)
    reward, days = make_reward(place=huangmenjie, stock=50), count(1)

    def record(status: str) -> VolunteerRecord:
        if status == "valid":
            return earn(card, 1, on=today() - timedelta(days=next(days)))
        return make_record(card=card, on=today() - timedelta(days=next(days)), status=status)

    tables = (
        (PointsCard, CARD_MOVES, "card", lambda status: make_card(place=huangmenjie, unit=unit, status=status)),
        (VolunteerRecord, RECORD_MOVES, "record", record),
        (Redemption, REDEMPTION_MOVES, "redemption", lambda status: make_redemption(card=card, reward=reward, status=status)),
    )  # fmt: skip
    for model, actions, named, make in tables:
        for name, status in product(actions, model.Status.values):
            row = model.get_move(name)
            happened = outcome(actions[name], **{named: make(status)}, note="理由", actor=actor)
            expected = row.target if status in row.sources else "wrong_state"
            assert happened == (expected if role in ALLOWED[name] else "not_allowed"), (model, name, status)
