"""Issued papers as a test reads them."""

from io import BytesIO

from docx import Document


def words_of(data: bytes) -> str:
    """All words of a .docx, paragraphs and tables, one after the other."""
    document = Document(BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
