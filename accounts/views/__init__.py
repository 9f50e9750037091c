"""Pages of accounts: signing in and out, one's own account, and the officers' pages about people and roles."""
