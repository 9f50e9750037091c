"""Every status of every model with a moves table can be reached and belongs to it."""

import pytest
from django.apps import apps

from core.actor import SYSTEM_ROLE
from core.roles import Role
from core.workflow import StatusModel

MODELS = [model for model in apps.get_models() if issubclass(model, StatusModel)]


def reachable(model) -> set[str]:
    """Statuses that a new row can come to by the table."""
    found = {str(model._meta.get_field("status").default), *getattr(model, "FIRST", ())}
    while True:
        further = {row.target for row in model.MOVES if found & set(row.sources)} - found
        if not further:
            return found
        found |= further


def test_there_are_models_to_guard():
    assert len(MODELS) >= 3


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_status_is_reachable(model):
    assert set(model.Status.values) == reachable(model)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_table_uses_only_known_statuses_roles_and_standings(model):
    statuses, roles = set(model.Status.values), set(Role.values) | {SYSTEM_ROLE}
    for row in model.MOVES:
        assert set(row.sources) | {row.target} <= statuses, row.name
        assert frozenset() < row.roles <= roles, row.name
        assert hasattr(model, f"stands_{row.standing}"), row.name
    assert set(model.STEPS) <= statuses


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_names_of_moves_are_unique(model):
    names = [row.name for row in model.MOVES]
    assert len(names) == len(set(names))
