"""The pages of projects and claims."""
