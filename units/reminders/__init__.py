"""What is due in units and whom to remind: pure functions that take the day. Importing this registers them all."""

from units.reminders import bodies, carriers, issues, meetings, register, terms

__all__ = ["bodies", "carriers", "issues", "meetings", "register", "terms"]
