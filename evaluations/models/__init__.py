"""How well we did: monthly visits."""

from evaluations.models.visits import VISITORS, MonthlyVisit, VisitAssignment

__all__ = ["VISITORS", "MonthlyVisit", "VisitAssignment"]
