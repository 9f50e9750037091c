"""The papers of units: notices, minutes, reports, posters."""
