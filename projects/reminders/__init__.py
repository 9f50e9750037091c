"""What is due in projects and whom to remind: pure functions that take the day."""
