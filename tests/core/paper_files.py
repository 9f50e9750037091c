"""Papers read back with python-docx, as the tests look at them."""

import zipfile
from io import BytesIO

from docx import Document
from docx.oxml.ns import qn
from lxml import etree

from core.documents.ending import CheckMark

CHECK = CheckMark(
    "ACDE-FGHJ-3467", "https://portal.example/verify/ACDEFGHJ3467/", "https://portal.example/verify/"
)


def read(data: bytes):
    return Document(BytesIO(data))


def texts(document) -> list[str]:
    """Every non-empty paragraph outside tables."""
    return [paragraph.text for paragraph in document.paragraphs if paragraph.text.strip()]


def paragraph_of(document, start: str):
    """The one paragraph that starts so."""
    (found,) = [paragraph for paragraph in document.paragraphs if paragraph.text.startswith(start)]
    return found


def cells(table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def all_fonts(properties) -> set[str]:
    """The fonts named for Latin and for East Asian text."""
    fonts = properties.find(qn("w:rFonts"))
    return {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "eastAsia")}


def style_fonts(document, name: str) -> set[str]:
    return all_fonts(document.styles[name].element.rPr)


def indent(paragraph, name: str) -> str | None:
    """An indent of the paragraph or else of its style, e.g. ``firstLineChars``."""
    for properties in (paragraph._p.pPr, paragraph.style.element.pPr):
        found = properties.find(qn("w:ind")) if properties is not None else None
        if found is not None and found.get(qn(f"w:{name}")) is not None:
            return found.get(qn(f"w:{name}"))
    return None


# The order of children that Word's schema asks for (ECMA-376 part 1, §17); Word may refuse a file that breaks it.
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
    "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd "
    "snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
    "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid "
    "vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em lang",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing "
    "tblInd tblBorders shd tblLayout tblCellMar tblLook",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
    "tcBorders": "top start left bottom end right insideH insideV",
    "tblBorders": "top left start bottom right end insideH insideV",
    "sectPr": "footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType "
    "pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid",
}


def out_of_order(data: bytes) -> set[str]:
    """Elements of a .docx whose children stand in another order than the schema's."""
    wrong = set()
    with zipfile.ZipFile(BytesIO(data)) as parts:
        for name in parts.namelist():
            if name.startswith("word/") and name.endswith(".xml"):
                wrong |= disordered(etree.fromstring(parts.read(name)))
    return wrong


def disordered(root) -> set[str]:
    found = set()
    for tag, order in ORDER.items():
        places = {name: place for place, name in enumerate(order.split())}
        for element in root.iter(qn(f"w:{tag}")):
            names = [etree.QName(child).localname for child in element]
            # These two may mix.
            names = [name for name in names if name not in {"headerReference", "footerReference"}]
            if [places[name] for name in names] != sorted(places[name] for name in names):
                found.add(f"{tag}: {' '.join(names)}")
    return found
