"""Reads over several tables of projects."""
