"""Left never imports right, and nobody imports another app's views, forms or tasks."""

import ast

from tests.guards.sources import APPS, ROOT, python_files, tree_of

PRIVATE = {"views", "forms", "tasks", "urls", "admin", "filters", "serializers"}
# (importing file, imported module) → reason
EXCEPTIONS: dict[tuple[str, str], str] = {}


def imported_modules(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def crossings():
    """(file, module) for every import of one of our apps from another."""
    for path in python_files():
        own = path.relative_to(ROOT).parts[0]
        for module in imported_modules(path):
            other = module.split(".")[0]
            if other in APPS and other != own:
                yield path.relative_to(ROOT).as_posix(), own, module, other


def test_left_never_imports_right():
    wrong = {
        (file, module) for file, own, module, other in crossings() if APPS.index(other) > APPS.index(own)
    }
    assert wrong - set(EXCEPTIONS) == set()
    assert set(EXCEPTIONS) - wrong == set()


def test_no_app_imports_another_apps_inner_modules():
    wrong = {
        (file, module)
        for file, own, module, other in crossings()
        if own != "wuhou" and other != "core" and PRIVATE & set(module.split(".")[1:])
    }
    assert wrong == set()


def test_every_app_of_the_tree_is_known_here():
    found = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert found - set(APPS) == set()
