"""Across apps one imports models, queries, actions and indicators, never another app's views, forms or tasks."""

import grimp
import pytest

APPS = ("core", "units", "accounts", "notifications", "projects", "reporting", "evaluations")
PRIVATE = {"views", "forms", "tasks"}


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph(*APPS, cache_dir=None)


def test_nobody_imports_another_apps_views_forms_or_tasks(graph):
    trespasses = [
        f"{importer} imports {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if is_trespass(importer, imported)
    ]

    assert sorted(trespasses) == []


def is_trespass(importer: str, imported: str) -> bool:
    app, _, rest = imported.partition(".")
    return importer.partition(".")[0] != app and rest.partition(".")[0] in PRIVATE
