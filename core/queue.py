"""How a task is woken after commit: the stored row is the truth, the task only its legs."""

import logging
from functools import partial

from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def send_after_commit(task_name: str, *args) -> None:
    """Wake a worker once the transaction is committed, once per transaction; with Redis away the next scan finds the row."""
    if not is_planned(task_name, args):
        transaction.on_commit(partial(send_now, task_name, *args))


def is_planned(task_name: str, args: tuple) -> bool:
    """Whether this transaction will wake the same task anyway."""
    planned = (entry[1] for entry in connection.run_on_commit)
    return any(
        isinstance(run, partial) and run.func is send_now and run.args == (task_name, *args)
        for run in planned
    )


def send_now(task_name: str, *args) -> bool:
    """Put a task on the queue; returns False (and logs) when Redis doesn't answer."""
    try:
        current_app.send_task(task_name, args=args, retry=False, ignore_result=True)
    except (OperationalError, ConnectionError, OSError) as error:
        logger.warning("task %s not queued, the next scan takes it: %s", task_name, error)
        return False
    return True
