"""docs/rules.md says the truth: every function and every test it names exists."""

import re

from tests.guards.sources import ROOT

ROW = re.compile(
    r"^\|[^|]+\| `(?P<code>[\w/.]+):(?P<name>[\w.]+)` \| `(?P<test>[\w/.]+)::(?P<test_name>\w+)` \|",
    re.MULTILINE,
)


def rows():
    return [match.groupdict() for match in ROW.finditer((ROOT / "docs/rules.md").read_text(encoding="utf-8"))]


def has_name(file: str, name: str) -> bool:
    path = ROOT / file
    return (
        path.exists()
        and re.search(rf"\b{re.escape(name.split('.')[-1])}\b", path.read_text(encoding="utf-8")) is not None
    )


def test_there_are_rules():
    assert len(rows()) >= 20


def test_every_rule_names_a_function_and_a_test_that_exist():
    missing = [
        row
        for row in rows()
        if not (has_name(row["code"], row["name"]) and has_name(row["test"], f"{row['test_name']}"))
    ]
    assert missing == []
