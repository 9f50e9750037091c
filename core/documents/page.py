"""The sheet and its typefaces: A4, 22 lines of 28 characters, 3号 仿宋, page numbers (GB/T 9704-2012 §5, §7.5).

The fonts are named and never shipped; a machine without them shows its own substitute.
"""

from docx import Document
from docx.document import Document as DocxDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor, Twips

FANGSONG = "仿宋_GB2312"
XIAOBIAOSONG = "方正小标宋简体"
KAITI = "楷体_GB2312"
HEITI = "黑体"
SONGTI = "宋体"

# 字号 in points.
SIZE_2, SIZE_3, SIZE_4, SIZE_5 = 22, 16, 14, 10.5
RED = RGBColor(0xFF, 0, 0)

TEXT_WIDTH_MM = 156
# 225 mm hold 22 lines of 579 twips (28.95 pt); 156 mm hold 28 squares, 842/4096 pt narrower than 3号.
LINE_PITCH = 579
GRID_SPACE = -842
LINE = Twips(LINE_PITCH)
# The grid is what 页面设置 shows. Programs draw it differently, so the text keeps to exact lines and to letters
# set a quarter point closer (in twips): 22 × 28 everywhere.
CLOSER = -5
TITLE_LINE = Pt(35)

BODY, TITLE, MARK, TABLE, TABLE_HEAD, SMALL = (
    "公文正文",
    "公文标题",
    "发文机关标志",
    "表格文字",
    "表格表头",
    "版记文字",
)
HEADINGS = {1: "一级标题", 2: "二级标题", 3: "三级标题", 4: "四级标题"}
HEADING_FONTS = {1: HEITI, 2: KAITI, 3: FANGSONG, 4: FANGSONG}


def child(parent, tag: str, **attributes):
    """The named child element, made when missing, with the given ``w:`` attributes set."""
    found = parent.find(qn(f"w:{tag}"))
    if found is None:
        found = OxmlElement(f"w:{tag}")
        parent.append(found)
    for name, value in attributes.items():
        found.set(qn(f"w:{name}"), str(value))
    return found


def set_fonts(properties, font: str) -> None:
    """Name one font for Latin and East Asian text; the template's theme fonts would win over it, so they go."""
    fonts = properties.get_or_add_rFonts()
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), font)
    # Quotation marks and dashes belong to both scripts: take the Chinese, full-square form.
    fonts.set(qn("w:hint"), "eastAsia")


def new_document() -> DocxDocument:
    """An empty sheet with our page, grid, styles and page numbers."""
    document = Document()
    set_defaults(document)
    set_page(document.sections[0])
    add_styles(document)
    add_page_numbers(document)
    return document


def set_defaults(document: DocxDocument) -> None:
    """Chinese as the language, and the layout rules of a present-day Word."""
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    set_fonts(defaults, FANGSONG)
    # The grid's squares are measured from this size (in half points).
    child(defaults, "sz", val=SIZE_3 * 2)
    child(defaults, "szCs", val=SIZE_3 * 2)
    child(defaults, "lang", val="en-US", eastAsia="zh-CN")
    settings = document.settings.element
    compatibility = settings.find(qn("w:compat"))
    mode = OxmlElement("w:compatSetting")
    for name, value in (
        ("name", "compatibilityMode"),
        ("uri", "http://schemas.microsoft.com/office/word"),
        ("val", "15"),
    ):
        mode.set(qn(f"w:{name}"), value)
    compatibility.append(mode)


def set_page(section) -> None:
    """A4, margins 37/35/28/26 mm, the grid; the page number's line lies 7 mm under the text."""
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(15), Mm(25.5)
    child(section._sectPr, "docGrid", type="linesAndChars", linePitch=LINE_PITCH, charSpace=GRID_SPACE)


def add_styles(document: DocxDocument) -> None:
    normal = document.styles["Normal"]
    shape_style(normal, font=FANGSONG, size=SIZE_3)
    add_style(document, BODY, font=FANGSONG, size=SIZE_3, indent=2)
    add_style(
        document, TITLE, font=XIAOBIAOSONG, size=SIZE_2, line=TITLE_LINE, align=WD_ALIGN_PARAGRAPH.CENTER
    )
    add_style(document, MARK, font=XIAOBIAOSONG, size=SIZE_2, line=None, align=WD_ALIGN_PARAGRAPH.CENTER)
    add_style(document, TABLE, font=FANGSONG, size=SIZE_4, line=None, align=WD_ALIGN_PARAGRAPH.LEFT)
    add_style(document, TABLE_HEAD, font=HEITI, size=SIZE_4, line=None, align=WD_ALIGN_PARAGRAPH.CENTER)
    add_style(document, SMALL, font=FANGSONG, size=SIZE_4, line=None, align=WD_ALIGN_PARAGRAPH.LEFT)
    for level, name in HEADINGS.items():
        style = add_style(document, name, font=HEADING_FONTS[level], size=SIZE_3, indent=2)
        style.paragraph_format.keep_with_next = True
        child(style.element.get_or_add_pPr(), "outlineLvl", val=level - 1)


def add_style(document: DocxDocument, name: str, *, indent: int = 0, **shape):
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.quick_style = True
    shape_style(style, **shape)
    if indent:
        indent_first_line(style.element.get_or_add_pPr(), indent)
    return style


def shape_style(style, *, font: str, size: float, line=LINE, align=WD_ALIGN_PARAGRAPH.JUSTIFY) -> None:
    """Font, size, line distance (None: as high as the text) and edge of a style."""
    run_properties = style.element.get_or_add_rPr()
    set_fonts(run_properties, font)
    style.font.size = Pt(size)
    style.font.color.rgb = RGBColor(0, 0, 0)
    leave_grid(run_properties, CLOSER if size == SIZE_3 else 0)
    form = style.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.alignment = align
    form.widow_control = False
    set_line(form, line)
    properties = style.element.get_or_add_pPr()
    insert_switch(properties, "autoSpaceDE", "0")
    insert_switch(properties, "autoSpaceDN", "0")
    insert_switch(properties, "snapToGrid", "0")


def leave_grid(run_properties, spacing: int) -> None:
    """Letters keep their own distance, ``spacing`` twips more or less than their width."""
    for tag, value in (("snapToGrid", 0), ("spacing", spacing)):
        element = OxmlElement(f"w:{tag}")
        element.set(qn("w:val"), str(value))
        after = ("w:vanish", "w:webHidden", "w:color") if tag == "snapToGrid" else ()
        run_properties.insert_element_before(
            element, *after, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:lang"
        )


# Word wants the children of w:pPr in the order of its schema; these come after each of our three switches.
AFTER_SWITCH = (
    "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc", "w:textDirection",
    "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange",
)  # fmt: skip
SWITCH_ORDER = ("autoSpaceDE", "autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid")


def insert_switch(properties, tag: str, value: str) -> None:
    element = OxmlElement(f"w:{tag}")
    element.set(qn("w:val"), value)
    later = tuple(f"w:{name}" for name in SWITCH_ORDER[SWITCH_ORDER.index(tag) + 1 :])
    properties.insert_element_before(element, *later, *AFTER_SWITCH)


def set_line(form, line) -> None:
    """An exact distance between lines, or (None) as much as the text needs."""
    if line is None:
        form.line_spacing = 1
        return
    form.line_spacing = line
    form.line_spacing_rule = WD_LINE_SPACING.EXACTLY


def indent_first_line(properties, characters: int, size: float = SIZE_3) -> None:
    """首行缩进: counted in characters, with the length beside it for programs that cannot count."""
    indent = properties.get_or_add_ind()
    indent.set(qn("w:firstLineChars"), str(characters * 100))
    indent.set(qn("w:firstLine"), str(round(characters * size * 20)))


def indent_side(paragraph, side: str, characters: float, size: float = SIZE_3) -> None:
    """左空/右空 so many characters (``side`` is "left" or "right"); the first line starts there too."""
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn(f"w:{side}Chars"), str(round(characters * 100)))
    indent.set(qn(f"w:{side}"), str(round(characters * size * 20)))
    indent.set(qn("w:firstLineChars"), "0")
    indent.set(qn("w:firstLine"), "0")


def add_run(paragraph, text: str, *, font: str = "", size: float = 0, color: RGBColor | None = None):
    """A run that Word sets in Chinese type even where it holds only quotation marks or dashes."""
    run = paragraph.add_run(text)
    properties = run._r.get_or_add_rPr()
    if font:
        set_fonts(properties, font)
    else:
        properties.get_or_add_rFonts().set(qn("w:hint"), "eastAsia")
    if size:
        run.font.size = Pt(size)
    if color is not None:
        run.font.color.rgb = color
    return run


def border(
    paragraph, side: str, *, kind: str = "single", eighths: int = 12, space: int = 0, color: str = "FF0000"
) -> None:
    """A line above or below a paragraph, ``eighths`` of a point thick, ``space`` points away."""
    properties = paragraph._p.get_or_add_pPr()
    borders = properties.find(qn("w:pBdr"))
    if borders is None:
        borders = OxmlElement("w:pBdr")
        properties.insert_element_before(borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap",
                                         "w:overflowPunct", "w:topLinePunct", *(f"w:{name}" for name in SWITCH_ORDER),
                                         *AFTER_SWITCH)  # fmt: skip
    child(borders, side, val=kind, sz=eighths, space=space, color=color)


def add_page_numbers(document: DocxDocument) -> None:
    """页码: 4号 宋体 between dashes, odd pages at the right, even ones at the left, one square from the edge."""
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    style = document.styles[SMALL]
    fill_page_number(section.footer, style, WD_ALIGN_PARAGRAPH.RIGHT, "right")
    fill_page_number(section.even_page_footer, style, WD_ALIGN_PARAGRAPH.LEFT, "left")


def fill_page_number(footer, style, edge, side: str) -> None:
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.style = style
    paragraph.alignment = edge
    indent_side(paragraph, side, 1, SIZE_4)
    add_run(paragraph, "—", font=SONGTI, size=SIZE_4)
    number = add_run(paragraph, "1", font=SONGTI, size=SIZE_4)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    number._r.addprevious(field)
    field.append(number._r)
    add_run(paragraph, "—", font=SONGTI, size=SIZE_4)
