"""The tests' settings, with the peers' addresses beside the portal's."""

from wuhou.settings.test import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.urls"
