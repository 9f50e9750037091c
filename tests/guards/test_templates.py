"""Templates: each is used, none carries inline script or style, none loads anything from outside."""

import re

import pytest

from tests.guards.sources import ROOT, python_files, templates

# Template → who uses it, where no file of ours names it.
USED_BY_NAME = {
    "400.html": "Django's handler400",
    "403.html": "Django's handler403",
    "403_csrf.html": "Django's CSRF failure view",
    "404.html": "Django's handler404",
    "500.html": "Django's handler500",
}
INLINE = re.compile(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE)
OUTSIDE = re.compile(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE)
# The mail body may carry styles: mail programs know no style sheets of ours.
MAY_STYLE = ("email/",)


def name_of(path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


def test_every_template_is_used():
    texts = [path.read_text(encoding="utf-8") for path in [*python_files(), *templates()]]
    written = "\n".join(texts)
    unused = {
        name_of(path)
        for path in templates()
        if f'"{name_of(path)}"' not in written and f"'{name_of(path)}'" not in written
    }
    assert unused - set(USED_BY_NAME) == set()


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_nothing_inline_and_nothing_from_outside(path):
    text = path.read_text(encoding="utf-8")
    if not name_of(path).startswith(MAY_STYLE):
        assert INLINE.findall(text) == []
    assert SCRIPT.findall(text) == []
    assert OUTSIDE.findall(text) == []
