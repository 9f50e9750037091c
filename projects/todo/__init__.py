"""What waits for whom in projects (待办): one module per part."""

from projects.todo import lists, points, project, sessions, work, years

PARTS = (project, work, years, sessions, lists, points)
