"""What waits for whom in units (待办): one module per part."""

from units.todo import bodies, carriers, issues, meetings, register

PARTS = (bodies, issues, carriers, register, meetings)
