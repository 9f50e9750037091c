"""Celery: the worker's and beat's application, and all beat lines in one table."""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_init, worker_ready

from wuhou.stack.children import die_with_parent_if_asked

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wuhou.settings.local")

app = Celery("wuhou")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# How often worker and beat give a sign of life; /readyz misses them after three of these periods.
HEARTBEAT_SECONDS = int(os.environ.get("HEARTBEAT_SECONDS", "20"))

# What, when (seconds, or local time in Chengdu). Every task is a short scan of PostgreSQL that may run twice
# without harm; one that found no worker within its period is dropped, because the next one does its work.
BEAT_LINES = (
    ("notifications.tasks.deliver_due", 15),
    ("core.tasks.heartbeat", HEARTBEAT_SECONDS),
    ("core.tasks.sweep_jobs", 60),
    ("units.tasks.follow_liaisons", crontab(minute=3)),
    ("projects.tasks.close_expired_claims", crontab(minute=5)),
    ("projects.tasks.turn_of_years", crontab(minute=8)),
    ("projects.tasks.remind_of_deadlines", crontab(minute=25, hour="8-20")),
    ("projects.tasks.remind_of_work", crontab(minute=30, hour="8-20")),
    ("projects.tasks.remind_of_lists", crontab(minute=35, hour="8-20")),
    ("projects.tasks.remind_of_sessions", crontab(minute=28, hour="8-20")),
    ("projects.tasks.draw_call_backs", crontab(minute=35, hour="7-20")),
    ("projects.tasks.lapse_redemptions", crontab(minute=14)),
    ("projects.tasks.remind_of_points", crontab(minute=32, hour="8-20")),
    ("reporting.tasks.freeze_last_month", crontab(minute=40, hour="0-23/6", day_of_month="1-3")),
    ("notifications.tasks.tell_what_is_due", crontab(minute=15, hour="8-20")),
    ("evaluations.tasks.open_visits", crontab(minute=10)),
    ("evaluations.tasks.send_visit_reminders", crontab(minute=20, hour="8-20")),
)
HOURLY_EXPIRES = 3000


def beat_schedule(lines=BEAT_LINES) -> dict:
    """The table in the shape that Celery wants."""
    return {
        task: {
            "task": task,
            "schedule": when,
            "options": {"expires": when if isinstance(when, int) else HOURLY_EXPIRES},
        }
        for task, when in lines
    }


app.conf.beat_schedule = beat_schedule()


@worker_process_init.connect
def tie_pool_process_to_worker(**kwargs) -> None:
    """A worker killed with -9 leaves no pool process behind."""
    die_with_parent_if_asked()


@worker_ready.connect
def give_first_sign_of_life(**kwargs) -> None:
    """/readyz need not wait for beat's first line after a start."""
    app.send_task("core.tasks.heartbeat", expires=HEARTBEAT_SECONDS)
