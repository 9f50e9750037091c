"""Words: the glossary's, no pinyin, no drawers called utils; and nothing central rules forbid."""

import os
import re
import subprocess
import sys

import pytest
from django.apps import apps

from tests.guards.sources import APPS, ROOT, python_files

FORBIDDEN_MODULES = {
    "utils",
    "helpers",
    "data",
    "info",
    "process",
    "handle",
    "common",
    "misc",
    "xiangmu",
    "danwei",
}
# 《关于防治“指尖上的形式主义”的若干意见》: no check-ins, no online time, no ranking of people.
FORMALISM = re.compile(
    r"打卡|签到次数|在线时长|登录天数|积分排名|排行榜|check_in_count|online_minutes|login_days", re.IGNORECASE
)


def test_no_module_is_a_drawer():
    names = {part for path in python_files() for part in (*path.relative_to(ROOT).parts[:-1], path.stem)}
    assert names & FORBIDDEN_MODULES == set()


def test_no_field_serves_formalism():
    words = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in APPS
        for field in model._meta.get_fields()
        if FORMALISM.search(f"{field.name} {getattr(field, 'verbose_name', '')}")
    }
    assert words == set()


def test_no_image_is_compulsory():
    compulsory = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in APPS
        for field in model._meta.get_fields()
        if field.get_internal_type() == "ImageField" and not field.blank
    }
    assert compulsory == set()


OWN_MODELS = [model for model in apps.get_models() if model._meta.app_label in APPS and not model._meta.proxy]


@pytest.mark.parametrize("model", OWN_MODELS, ids=lambda model: model._meta.label)
def test_every_model_has_a_docstring_of_its_own(model):
    assert model.__doc__
    assert not model.__doc__.startswith(f"{model.__name__}(")


def test_no_migration_is_missing():
    """Asked in a process of its own: here the models that tests define for themselves would count as new."""
    answer = subprocess.run(
        [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "wuhou.settings.test"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "No changes detected" in answer.stdout, answer.stdout + answer.stderr
    assert answer.returncode == 0
