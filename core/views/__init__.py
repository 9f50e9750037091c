"""Pages that belong to no domain: search, calendar, jobs."""
