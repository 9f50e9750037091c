"""What every test can ask for: the cast; PostgreSQL and Redis come from tests/services_plugin.py."""

pytest_plugins = ["tests.cast"]
