"""What wires the portal together: settings, addresses, tasks, commands."""

from wuhou.celery import app as celery_app

__all__ = ["celery_app"]
