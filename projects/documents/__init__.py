"""The papers of projects: lists, posters, sheets, cards, certificates."""
