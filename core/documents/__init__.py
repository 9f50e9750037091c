"""Official papers as .docx (公文): written part by part, issued with a code, checked by anybody.

``Paper`` and the openers of `kinds` say what stands in a paper; `issue_document` stores it; the pages at
``/verify/`` check it.
"""

from core.documents.issuing import issue_document, withdraw_document
from core.documents.kinds import (
    document_number,
    minutes,
    official_letter,
    plain_report,
    take_document_number,
    task_sheet,
)
from core.documents.paper import DOCX_TYPE, Kind, Paper
from core.documents.reading import register_reader

__all__ = [
    "DOCX_TYPE",
    "Kind",
    "Paper",
    "document_number",
    "issue_document",
    "minutes",
    "official_letter",
    "plain_report",
    "register_reader",
    "take_document_number",
    "task_sheet",
    "withdraw_document",
]
