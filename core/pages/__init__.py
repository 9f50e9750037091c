"""The three pages the portal is made of: a list, one row, a form; and the endpoint of a move.

A subclass gives a handful of attributes. Rows always come from ``visible_to(actor)``: a foreign row is a 404.
"""

from core.pages.base import Page, SimplePage, query_string
from core.pages.forms import Conflict, FormPage
from core.pages.lists import COUNT_CAP, PAGE_SIZE, SHEET_LIMIT, InvalidQuery, ListPage, sheet_response
from core.pages.moves import answer_move, back_to, move_view
from core.pages.rows import DetailPage, RowMixin, attachments_of, history_of

__all__ = [
    "COUNT_CAP",
    "PAGE_SIZE",
    "SHEET_LIMIT",
    "Conflict",
    "DetailPage",
    "FormPage",
    "InvalidQuery",
    "ListPage",
    "Page",
    "RowMixin",
    "SimplePage",
    "answer_move",
    "attachments_of",
    "back_to",
    "history_of",
    "move_view",
    "query_string",
    "sheet_response",
]
