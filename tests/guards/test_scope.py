"""No row reaches a person except through ``visible_to``: models say it, and lists start from it."""

import ast

from django.apps import apps

from tests.guards.sources import APPS, ROOT, python_files, tree_of

# Models without ``visible_to`` → why no person lists their rows directly.
EXCEPTIONS = {
    "core.HistoryEntry": "shown only on the page of its row, which is scoped",
    "core.Attachment": "served only through its row, which is scoped",
    "core.WorkdayOverride": "public calendar",
    "core.Heartbeat": "signs of life, no business data",
    "core.IdempotencyRecord": "read by its owner's key alone",
    "core.DeploymentFact": "facts about the deployment, no business data",
    "core.NumberSequence": "counters, no business data",
    "units.UnitName": "shown only on the page of its unit, which is scoped",
    "units.OperatingSpell": "shown only on the page of its unit, which is scoped",
    "units.CoverageSpell": "shown only on the page of its unit, which is scoped",
    "units.Attendance": "shown only on the page of its session, which is scoped",
    "units.MeetingReply": "shown only on the page of its session, which is scoped",
    "units.PartySecretary": "shown only on the page of its organization, which is scoped",
    "units.UnitImport": "belongs to a job, which only its own starter sees",
    "units.ImportedChange": "belongs to a job, which only its own starter sees",
    "units.DivisionName": "shown only on the page of its place, which is public",
    "projects.ResourceWindow": "shown only on the page of its resource, which is scoped",
    "projects.AcceptanceItem": "shown only with its acceptance, which is scoped",
    "projects.SessionEvaluation": "counted only, never listed one by one",
    "projects.PointsTariff": "public rules",
    "projects.RewardStockEntry": "shown only on the page of its reward, which is scoped",
    "reporting.CountedChange": "marks of writes, no business data",
    "reporting.FrozenMembers": "keys only; the rows themselves are read through their own visible_to",
    "accounts.User": "listed only to officers who manage accounts",
    "accounts.Membership": "listed only to officers who manage accounts",
    "accounts.ApiToken": "each person lists the own",
    "notifications.Delivery": "listed only to the system administrator",
}


def unscoped_models() -> set[str]:
    return {
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in APPS
        and not model._meta.proxy
        and not hasattr(model._default_manager, "visible_to")
    }


def test_every_model_has_visible_to_or_a_reason():
    assert unscoped_models() - set(EXCEPTIONS) == set()


def test_no_exception_is_stale():
    assert set(EXCEPTIONS) - unscoped_models() == set()


def functions_of_pages():
    """(file, function) of every get_rows / get_queryset in our views and endpoints."""
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef) and node.name in {"get_rows", "get_queryset"}:
                yield path.relative_to(ROOT).as_posix(), node


# file:line-free name → why its rows are scoped without the word
ROW_EXCEPTIONS: dict[str, str] = {}


def test_every_list_starts_from_visible_to():
    wrong = {
        f"{file}:{ast.unparse(node)[:60]}"
        for file, node in functions_of_pages()
        if not any(word in ast.unparse(node) for word in ("visible_to", "super()", "self.actor"))
    }
    assert {entry for entry in wrong if entry.split(":")[0] not in ROW_EXCEPTIONS} == set()
