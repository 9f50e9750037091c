"""Papers have the layout of GB/T 9704-2012, whoever's text they carry."""

import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, Twips
from hypothesis import given, settings
from hypothesis import strategies as st

from core.documents import Kind, Paper, document_number, minutes, official_letter, plain_report, task_sheet
from core.documents.text import cell_text, chinese_number, clean, is_figure
from tests.core.paper_files import (
    CHECK,
    all_fonts,
    cells,
    indent,
    out_of_order,
    paragraph_of,
    read,
    style_fonts,
    texts,
)

ON = date(2026, 11, 23)


def notice(**more) -> Paper:
    fields = {
        "mark": "中共成都市武侯区委组织部",
        "number": "武组通〔2026〕3号",
        "to": ["各街道党工委", "各成员单位党组织"],
        **more,
    }
    return official_letter("关于召开联席会议的通知", **fields)


def test_the_sheet_is_a4_with_the_margins_of_the_standard_and_22_lines_of_28_characters():
    section = read(notice().save()).sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(margin.mm) for margin in margins] == [37, 35, 28, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("linesAndChars", "579")
    assert Mm(225) // Twips(579) == 22
    # 16 pt letters, a quarter point closer, on 156 mm.
    assert int(Mm(156) / (Pt(16) - Twips(5))) == 28


def test_title_body_and_headings_have_their_typefaces_for_both_scripts():
    document = read(notice().save())
    assert style_fonts(document, "公文标题") == {"方正小标宋简体"}
    assert style_fonts(document, "公文正文") == {"仿宋_GB2312"}
    assert style_fonts(document, "一级标题") == {"黑体"}
    assert style_fonts(document, "二级标题") == {"楷体_GB2312"}
    assert style_fonts(document, "三级标题") == {"仿宋_GB2312"}
    sizes = [document.styles[name].font.size.pt for name in ("公文标题", "公文正文", "一级标题", "二级标题")]
    assert sizes == [22, 16, 16, 16]


def test_no_theme_font_wins_over_ours():
    with zipfile.ZipFile(BytesIO(notice().save())) as parts:
        styles = parts.read("word/styles.xml").decode()
    defaults = styles[: styles.index("</w:docDefaults>")]
    assert "Theme" not in defaults
    assert 'w:eastAsia="zh-CN"' in defaults


def test_body_lines_stand_28_95_points_apart_and_start_two_characters_in():
    paper = notice()
    paper.paragraph("现将有关事项通知如下。")
    paragraph = paragraph_of(read(paper.save()), "现将")
    assert paragraph.style.paragraph_format.line_spacing == Pt(28.95)
    assert paragraph.style.paragraph_format.line_spacing_rule == WD_LINE_SPACING.EXACTLY
    assert indent(paragraph, "firstLineChars") == "200"


def test_the_red_head_has_mark_number_and_line():
    document = read(notice().save())
    mark, number = document.paragraphs[:2]
    assert (mark.text, str(mark.runs[0].font.color.rgb), mark.alignment) == (
        "中共成都市武侯区委组织部",
        "FF0000",
        None,
    )
    assert mark.style.paragraph_format.alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert round(mark.paragraph_format.space_before.mm) == 35
    assert number.text == "武组通〔2026〕3号"
    line = number._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    assert (line.get(qn("w:color")), line.get(qn("w:space"))) == ("FF0000", "11")


def test_a_report_upwards_names_its_signer_in_kaiti():
    number = read(notice(signer="李某").save()).paragraphs[1]
    assert number.text == "\u3000武组通〔2026〕3号\t签发人：李某"
    assert all_fonts(number.runs[-1]._r.rPr) == {"楷体_GB2312"}


def test_the_parts_of_a_notice_stand_in_order():
    paper = notice()
    paper.heading(1, "会议时间")
    paper.paragraph("11月27日。\n上午9:30。")
    paper.heading(1, "会议议题")
    paper.heading(2, "审议事项")
    paper.heading(3, "材料")
    paper.heading(2, "通报事项")
    paper.heading(4, "其他")
    paper.attachment_list(["回执", "情况表。"])
    paper.sign("中共成都市武侯区委组织部", ON)
    paper.note("联系人：李某")
    assert texts(read(paper.save())) == [
        "中共成都市武侯区委组织部",
        "武组通〔2026〕3号",
        "关于召开联席会议的通知",
        "各街道党工委，各成员单位党组织：",
        "一、会议时间",
        "11月27日。",
        "上午9:30。",
        "二、会议议题",
        "（一）审议事项",
        "1.材料",
        "（二）通报事项",
        "（1）其他",
        "附件：1.回执",
        "\u3000\u3000\u30002.情况表",
        "中共成都市武侯区委组织部",
        "2026年11月23日",
        "（联系人：李某）",
    ]


def test_a_seal_gets_room_four_characters_from_the_right_and_the_body_stands_over_the_day():
    paper = notice()
    paper.paragraph("特此通知。")
    paper.sign("武侯区委组织部", ON)
    document = read(paper.save())
    day = paragraph_of(document, "2026年11月23日")
    assert indent(day, "rightChars") == "400"
    # Both are seven squares wide.
    assert indent(paragraph_of(document, "武侯区委组织部"), "rightChars") == "400"
    assert paragraph_of(document, "特此通知").paragraph_format.keep_with_next is True


def test_without_a_seal_the_day_stands_two_characters_from_the_right():
    paper = notice()
    paper.sign("武侯区委组织部办公室", ON, sealed=False)
    document = read(paper.save())
    assert indent(paragraph_of(document, "2026年11月23日"), "rightChars") == "200"
    assert indent(paragraph_of(document, "武侯区委组织部办公室"), "rightChars") == "50"


def test_attachments_begin_on_pages_of_their_own_and_are_numbered_when_several():
    paper = notice()
    paper.attachment("会议回执")
    assert paragraph_of(read(paper.save()), "附件").text == "附件"
    paper.attachment("情况表")
    document = read(paper.save())
    labels = [paragraph for paragraph in document.paragraphs if paragraph.text.startswith("附件")]
    assert [label.text for label in labels] == ["附件1", "附件2"]
    assert all(label.paragraph_format.page_break_before for label in labels)


def test_pages_are_numbered_right_on_odd_and_left_on_even_ones():
    document = read(notice().save())
    section = document.sections[0]
    assert document.settings.odd_and_even_pages_header_footer is True
    for footer, edge, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT, "rightChars"),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT, "leftChars"),
    ):
        paragraph = footer.paragraphs[0]
        assert (paragraph.alignment, indent(paragraph, side)) == (edge, "100")
        assert paragraph._p.find(qn("w:fldSimple")).get(qn("w:instr")) == "PAGE"
        assert [run.text for run in paragraph.runs] == ["—", "—"]
        assert all_fonts(paragraph.runs[0]._r.rPr) == {"宋体"}


def test_a_table_repeats_its_header_keeps_rows_whole_and_puts_figures_right():
    paper = notice()
    paper.table(
        ["序号", "街道", "完成率"],
        [[1, "玉林街道", "83.2%"], [2, "晋阳街道", Decimal("79.5")]],
        [12, 100, 44],
        title="表",
    )
    table = read(paper.save()).tables[0]
    assert cells(table) == [["序号", "街道", "完成率"], ["1", "玉林街道", "83.2%"], ["2", "晋阳街道", "79.5"]]
    assert [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows] == [True, False, False]
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    assert [cell.paragraphs[0].alignment for cell in table.rows[1].cells] == [
        WD_ALIGN_PARAGRAPH.CENTER,
        None,
        WD_ALIGN_PARAGRAPH.RIGHT,
    ]
    assert [round(column.width.mm) for column in table.columns] == [12, 100, 44]
    assert {cell.paragraphs[0].style.name for cell in table.rows[0].cells} == {"表格表头"}


def test_widths_are_shares_of_the_text():
    paper = notice()
    paper.table(["甲", "乙"], [], [1, 3])
    assert [round(column.width.mm) for column in read(paper.save()).tables[0].columns] == [39, 117]


def test_a_row_of_the_wrong_length_is_a_mistake_of_ours():
    paper = notice()
    paper.table(["甲", "乙"], [["一"]])
    with pytest.raises(ValueError, match="shorter"):
        paper.save()


def test_the_imprint_and_the_check_mark_stand_together_at_the_foot():
    paper = notice()
    paper.imprint(copies=["区委办公室", "区政府办公室。"], printer="武侯区委组织部办公室", on=ON)
    table = read(paper.save(CHECK)).tables[-1]
    assert table.rows[1].cells[0].text == "抄送：区委办公室，区政府办公室。"
    assert (table.rows[2].cells[0].text, table.rows[2].cells[2].text) == (
        "武侯区委组织部办公室",
        "2026年11月23日印发",
    )
    place = table._tbl.tblPr.find(qn("w:tblpPr"))
    assert (place.get(qn("w:vertAnchor")), place.get(qn("w:tblpYSpec"))) == ("margin", "bottom")


def test_the_check_mark_is_a_code_an_address_and_a_picture():
    document = read(notice().save(CHECK))
    words = document.tables[-1].rows[0].cells[1].text
    assert "核验码：ACDE-FGHJ-3467" in words
    assert words.endswith("https://portal.example/verify/")
    picture = document.inline_shapes[0]
    assert (round(picture.width.mm), round(picture.height.mm)) == (20, 20)


def test_a_draft_carries_neither_code_nor_picture():
    document = read(notice().save())
    assert (document.tables, len(document.inline_shapes)) == ([], 0)


def test_a_paper_can_be_saved_again_and_says_the_same():
    paper = notice()
    paper.paragraph("特此通知。")
    assert texts(read(paper.save(CHECK))) == texts(read(paper.save()))


def test_a_letter_has_double_lines_on_its_first_page_and_no_number_there():
    paper = official_letter(
        "关于商请协助的函",
        kind="letter",
        mark="中共成都市武侯区委组织部",
        number="武组函〔2026〕12号",
        to="某某医院党委",
    )
    paper.imprint(copies="区委办公室", printer="办公室", on=ON)
    document = read(paper.save())
    section = document.sections[0]
    assert section.different_first_page_header_footer is True
    assert section.first_page_header.paragraphs[0].text == "中共成都市武侯区委组织部"
    upper = section.first_page_header.paragraphs[0]._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    lower = section.first_page_footer.paragraphs[0]._p.pPr.find(qn("w:pBdr")).find(qn("w:top"))
    assert (upper.get(qn("w:val")), lower.get(qn("w:val"))) == ("thickThinSmallGap", "thinThickSmallGap")
    assert document.paragraphs[0].text == "武组函〔2026〕12号"
    assert cells(document.tables[-1]) == [["抄送：区委办公室。"] * 3]


def test_minutes_name_issue_body_day_and_who_was_there():
    paper = minutes(
        "关于停车共享的会议纪要",
        mark="武侯区区域党建联席会议纪要",
        number="第3期",
        issuer="联席会议办公室",
        on=ON,
    )
    paper.paragraph("会议决定，由玉林街道党工委牵头。")
    paper.attendance([("出席", ["李某", "王某"]), ("请假", []), ("列席：", "赵某")])
    paper.imprint(copies="各成员单位", label="分送")
    document = read(paper.save())
    assert texts(document) == [
        "武侯区区域党建联席会议纪要",
        "第3期",
        "\u3000联席会议办公室\t2026年11月23日",
        "关于停车共享的会议纪要",
        "会议决定，由玉林街道党工委牵头。",
        "出席：李某、王某",
        "列席：赵某",
    ]
    assert document.tables[-1].rows[0].cells[0].text == "分送：各成员单位。"
    assert all_fonts(paragraph_of(document, "出席").runs[0]._r.rPr) == {"黑体"}


def test_a_task_sheet_shows_short_facts_side_by_side_and_boxes_to_fill_in():
    paper = task_sheet(
        "议定事项督办单",
        facts=[("编号", "2026-04-02"), ("下达日期", ON), ("议定事项", "推动驻区单位停车位错时共享")],
    )
    table = read(paper.save()).tables[0]
    assert cells(table)[:2] == [
        ["编号", "2026-04-02", "下达日期", "2026-11-23"],
        ["议定事项"] + ["推动驻区单位停车位错时共享"] * 3,
    ]
    assert [row.cells[0].text for row in table.rows[2:]] == ["承办情况", "承办单位\n负责人签字", "销号意见"]
    assert [round(row.height.mm) for row in table.rows[2:]] == [45, 16, 22]


def test_a_meeting_pack_has_sections_tables_and_a_sign_in_sheet():
    paper = plain_report("联席会议材料", subtitle="2026年11月27日")
    paper.heading(1, "会议议程")
    paper.table(["序号", "议题"], [[1, "停车共享"]])
    paper.page_break()
    paper.heading(1, "签到册")
    paper.sign_in_sheet([("安和物业", "张某", "党支部书记")], blank=2)
    document = read(paper.save())
    assert texts(document)[:3] == ["联席会议材料", "2026年11月27日", "一、会议议程"]
    assert cells(document.tables[1]) == [
        ["序号", "单位", "姓名", "职务", "签名"],
        ["1", "安和物业", "张某", "党支部书记", ""],
        ["2", "", "", "", ""],
        ["3", "", "", "", ""],
    ]


def full_paper(kind: str) -> Paper:
    """A paper with every part there is."""
    paper = Paper(
        kind,
        "关于甲\n和乙的文件",
        mark="武侯区委组织部",
        number="第3期",
        to="各街道",
        signer="李某",
        subtitle="副题",
    )
    paper.heading(1, "情况")
    paper.paragraph("正文。")
    paper.table(["序号", "数"], [[1, 2]], title="表")
    paper.form([("甲", "乙"), ("丙", "丁")], [("意见", 20)])
    paper.sign_in_sheet([("单位", "姓名", "职务")], blank=1)
    paper.attendance([("出席", "李某")])
    paper.attachment_list(["甲", "乙"])
    paper.sign("武侯区委组织部", ON)
    paper.note("联系人：李某")
    paper.page_break()
    paper.attachment("甲")
    paper.imprint(copies="各街道", printer="办公室", on=ON)
    return paper


@pytest.mark.parametrize("kind", Kind.values)
def test_the_parts_of_the_file_stand_in_the_order_word_asks_for(kind):
    assert out_of_order(full_paper(kind).save(CHECK)) == set()


def test_the_file_names_its_title_and_author():
    paper = notice()
    paper.sign("武侯区委组织部", ON)
    properties = read(paper.save()).core_properties
    assert (properties.title, properties.author, properties.comments) == (
        "关于召开联席会议的通知",
        "武侯区委组织部",
        "",
    )


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="poster"):
        Paper("poster", "海报")


def test_document_numbers_have_six_cornered_brackets_and_no_leading_zero():
    assert document_number("武组通", 2026, 3) == "武组通〔2026〕3号"


def test_text_of_people_is_cleaned_of_what_word_or_the_eye_would_stumble_over():
    assert clean("甲\x00乙\x0b丙\u202e丁\ud800戊\u200b己\ufffe") == "甲乙丙丁戊己"
    assert clean("一\r\n二\r三\t四") == "一\n二\n三 四"
    assert clean("  𠮷某\U000f0000 ") == "𠮷某\U000f0000"
    assert clean(None) == ""


def test_markup_in_text_stays_text():
    paper = notice()
    evil = '<w:p/>&amp;</w:t><script>alert(1)</script>{ INCLUDETEXT "x" }]]>'
    paper.paragraph(evil)
    paper.table(["列"], [[evil]])
    data = paper.save()
    document = read(data)
    assert paragraph_of(document, "<w:p/>").text == evil
    assert document.tables[0].rows[1].cells[0].text == evil
    with zipfile.ZipFile(BytesIO(data)) as parts:
        assert b"<script" not in parts.read("word/document.xml")


@settings(deadline=None, max_examples=25)
@given(st.text())
def test_any_text_gives_a_paper_that_opens(text):
    paper = Paper(Kind.BULLETIN, text, mark=text, number=text, to=text)
    paper.heading(1, text)
    paper.paragraph(text)
    paper.table([text], [[text]])
    paper.form([(text, text)])
    paper.attendance([(text, text)])
    paper.attachment_list([text])
    paper.sign(text, ON)
    paper.note(text)
    paper.imprint(copies=text, printer=text, on=ON)
    assert read(paper.save(CHECK)).tables


@pytest.mark.parametrize(
    ("number", "words"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九"), (100, "100")]
)
def test_numbers_of_headings(number, words):
    assert chinese_number(number) == words


@pytest.mark.parametrize(
    ("value", "figure"),
    [
        (3, True),
        ("1,250", True),
        ("83.2%", True),
        (Decimal("1.5"), True),
        ("-3", True),
        (True, False),
        (ON, False),
        ("第3期", False),
        ("", False),
    ],
)
def test_what_counts_as_a_figure(value, figure):
    assert is_figure(value) is figure


@pytest.mark.parametrize(
    ("value", "text"), [(True, "是"), (False, "否"), (None, ""), (ON, "2026-11-23"), (0, "0")]
)
def test_values_in_tables(value, text):
    assert cell_text(value) == text
