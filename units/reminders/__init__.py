"""What is due in units and whom to remind: pure functions that take the day. Importing this registers them all."""

from units.reminders import carriers, issues, meetings, register, terms

__all__ = ["carriers", "issues", "meetings", "register", "terms"]
