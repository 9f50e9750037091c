"""What the guards read: the project's own Python, templates and addresses."""

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("core", "units", "accounts", "notifications", "projects", "reporting", "evaluations", "wuhou")


def python_files(*, with_tests: bool = False) -> list[Path]:
    """The project's modules, migrations left out."""
    roots = [ROOT / app for app in APPS] + ([ROOT / "tests"] if with_tests else [])
    return sorted(path for root in roots for path in root.rglob("*.py") if "migrations" not in path.parts)


@lru_cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.*"))


def routes(
    resolver: URLResolver | None = None, prefix: str = "", namespace: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Every address of the portal as ``(namespace:name or path, pattern)``."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = ":".join(part for part in (namespace, entry.namespace) if part)
            yield from routes(entry, prefix + str(entry.pattern), inner)
        else:
            name = f"{namespace}:{entry.name}" if namespace and entry.name else entry.name
            yield name or prefix + str(entry.pattern), entry
