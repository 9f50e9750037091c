"""Reads over several tables of units."""
