"""Production refuses unsafe settings, all of them in one message, and otherwise is as strict as it says."""

import json
import subprocess
import sys

import pytest

from tests.wuhou.portal import PROJECT, clean_environment

SAFE = {
    "DJANGO_SETTINGS_MODULE": "wuhou.settings.production",
    "SECRET_KEY": "kT4vXzq8-mPw2Yc6Rb9Ld3Nf7Hs1Jg5Ae0Ui_Oy-Qx8Wz4Ev6Bt2",
    "FIELD_KEYS": "m1Vb0cQm3mJ9r1u0cJ3yqk2m0q5yX4m8cR7tUe1oZpA=",
    "INDEX_KEY": "pW8mZ2vXkq0Jr5uYt3cN7bE1sD9fG6hL4aQ0oIeRxTs=",
    "ALLOWED_HOSTS": "portal.example",
    "PUBLIC_URL": "https://portal.example",
    "DATABASE_URL": "postgres://portal:secret@db.example/portal",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp://127.0.0.1:1",
}


def check(tmp_path, **changed: str) -> subprocess.CompletedProcess:
    environment = clean_environment(tmp_path, **{**SAFE, **changed})
    environment = {name: value for name, value in environment.items() if value != ""}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_safe_settings_pass_every_deployment_check(tmp_path):
    done = check(tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "System check identified no issues (0 silenced).\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 60),
        ("FIELD_KEYS", ""),
        ("FIELD_KEYS", "too-short"),
        ("INDEX_KEY", ""),
        ("ALLOWED_HOSTS", ""),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "portal.example,*"),
        ("PUBLIC_URL", ""),
        ("PUBLIC_URL", "http://portal.example"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "postgres://portal@db.example/portal"),
        ("REDIS_URL", ""),
        ("PORTAL_VAR", ""),
        ("EMAIL_URL", ""),
        ("DEBUG", "1"),
    ],
)
def test_an_unsafe_setting_is_refused_by_name(tmp_path, name, value):
    refused = check(tmp_path, **{name: value})

    assert refused.returncode == 1
    assert f"  - {name}：" in refused.stderr
    assert refused.stderr.count("  - ") == 1
    assert "Traceback" not in refused.stderr


def test_all_unsafe_settings_are_named_at_once(tmp_path):
    refused = check(tmp_path, **dict.fromkeys(set(SAFE) - {"DJANGO_SETTINGS_MODULE"}, ""))

    assert [line.split("：")[0] for line in refused.stderr.splitlines() if line.startswith("  - ")] == [
        f"  - {name}"
        for name in (
            "SECRET_KEY", "FIELD_KEYS", "INDEX_KEY", "ALLOWED_HOSTS", "PUBLIC_URL", "DATABASE_URL", "REDIS_URL", "EMAIL_URL",
        )
    ]  # fmt: skip


def test_logs_are_one_json_object_a_line(tmp_path):
    code = "import django, logging; django.setup(); logging.getLogger('units').warning('区域 %s', 7)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=clean_environment(tmp_path, **SAFE),
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    entry = json.loads(done.stderr)
    assert (entry["event"], entry["level"], entry["logger"]) == ("区域 7", "warning", "units")
