"""The components: what they say, that they escape, and that nobody needs colour or a mouse to read them."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from core import nav
from core.actor import ANONYMOUS, Actor
from core.charts import ChartPoint, line_chart_context
from core.columns import Column, sheet_columns, table_body
from core.components import (
    Tag,
    bar,
    date_cell,
    date_text,
    icon,
    number_link,
    percent_text,
    rate_text,
    sprite_url,
    status_of,
    tag,
)
from core.context import page
from core.gallery import COLUMNS, ENTRIES, ROWS, Specimen, SpecimenForm, refused_form
from core.nav import NavItem
from core.roles import STAFF, Role

SUBDISTRICT = Actor(
    user_id=1, name="王某", role="subdistrict", place_code="510107005", label="王某 · 玉林街道党工委"
)


def draw(text: str, **context) -> str:
    return Template("{% load ui %}" + text).render(Context({"actor": SUBDISTRICT, **context}))


class TestWords:
    @pytest.mark.parametrize(
        ("numerator", "denominator", "text"),
        [
            (1040, 1250, "83.2%"),
            (286, 286, "100%"),
            (9999, 10000, "99.9%"),
            (1, 100000, "0.0%"),
            (0, 12, "0.0%"),
            (0, 0, "—"),
        ],
    )
    def test_a_hundred_percent_is_shown_only_when_both_are_equal(self, numerator, denominator, text):
        assert percent_text(numerator, denominator) == text

    def test_rates_come_as_a_pair_or_as_a_share(self):
        assert rate_text((5, 8)) == "62.5%"
        assert rate_text(0.832) == "83.2%"
        assert rate_text(None) == "—"

    def test_dates_in_text_and_in_tables(self):
        assert date_text(date(2026, 11, 22)) == "2026年11月22日"
        assert date_text(date(2026, 11, 22), weekday=True) == "2026年11月22日 星期日"
        assert date_cell(date(2026, 11, 2)) == "2026-11-02"
        assert date_cell(None) == "—"

    def test_moments_are_shown_in_local_time(self):
        assert date_cell(datetime(2026, 11, 22, 17, 5, tzinfo=UTC)) == "2026-11-23 01:05"
        assert date_text(datetime(2026, 11, 22, 17, 5, tzinfo=UTC)) == "2026年11月23日"


class TestMarkup:
    def test_an_icon_is_silent_unless_it_is_named(self):
        assert (
            icon("home")
            == f'<svg class="icon" aria-hidden="true"><use href="{sprite_url()}#home"></use></svg>'
        )
        assert 'role="img" aria-label="首页"' in icon("home", "首页")

    def test_a_status_is_colour_icon_and_word(self):
        text = tag("逾期 2 天", "late")
        assert 'class="tag late"' in text
        assert "#alert-triangle" in text
        assert text.endswith("逾期 2 天</span>")

    def test_a_model_may_give_its_own_tones(self):
        row = SimpleNamespace(status="odd", get_status_display=lambda: "特别", STATUS_TONES={"odd": "wait"})
        assert status_of(row) == Tag("特别", "wait")

    def test_a_bar_says_its_rate_and_its_target(self):
        text = bar(0.832, 0.85)
        assert 'aria-label="83.2%，目标 85%"' in text
        assert 'width="83.2%"' in text
        assert "style=" not in text

    def test_a_bar_never_leaves_its_ground(self):
        assert 'width="100.0%" height="8"' in bar(1.4)

    def test_a_number_opens(self):
        text = number_link(1250, "/units/?a=1&b=2")
        assert text == '<a class="num open" href="/units/?a=1&amp;b=2">1,250</a>'

    def test_everything_typed_is_escaped(self):
        evil = "<b onclick=x>"
        for text in (tag(evil), number_link(evil, "/"), bar(0.5, label=evil), icon("home", evil)):
            assert evil not in text


class TestColumns:
    def test_values_come_by_path_through_missing_relations(self):
        column = Column("place", "社区", value="unit.place.name")
        assert column.cell(SimpleNamespace(unit=None)) == "—"
        unit = SimpleNamespace(place=SimpleNamespace(name="倪家桥社区"))
        assert column.cell(SimpleNamespace(unit=unit)) == "倪家桥社区"
        assert column.cell({"unit": {"place": {"name": "黉门街社区"}}}) == "黉门街社区"

    def test_a_cell_is_escaped_and_so_is_its_link(self):
        column = Column("name", "名称", link=lambda row: '/x/?q="&y')
        assert column.cell({"name": "<i>"}) == '<a href="/x/?q=&quot;&amp;y">&lt;i&gt;</a>'

    def test_figures_stand_right_and_phones_read_the_label(self):
        body = table_body(
            [Column("name", "名称"), Column("n", "数量", kind="int")], [{"name": "甲", "n": 1250}]
        )
        assert body == (
            '<tr><td class="main k-text" data-label="名称">甲</td><td class="n k-int" data-label="数量">1,250</td></tr>'
        )

    def test_a_sheet_gets_values_and_not_words(self):
        at = datetime(2026, 11, 22, 17, 5, tzinfo=UTC)
        row = {
            "n": 1250,
            "rate": (1, 4),
            "on": date(2026, 1, 2),
            "at": at,
            "yes": True,
            "tag": Tag("已确认", "ok"),
        }
        kinds = {"n": "int", "rate": "rate", "on": "date", "at": "date", "yes": "text", "tag": "tag"}
        values = [Column(name, name, kind=kind).sheet_value(row) for name, kind in kinds.items()]
        assert values == [1250, 0.25, date(2026, 1, 2), datetime(2026, 11, 23, 1, 5), "是", "已确认"]

    def test_a_column_may_stay_out_of_the_sheet(self):
        assert [column.name for column in sheet_columns(COLUMNS)] == ["name", "units", "rate", "tag", "on"]

    def test_a_status_field_shows_its_tag(self):
        body = table_body([Column("status", "状态", kind="tag")], [Specimen("screened")])
        assert "待确认" in body
        assert 'class="tag wait"' in body

    def test_the_rows_of_the_gallery_draw(self):
        assert table_body(COLUMNS, ROWS).count("<tr>") == 3


class TestSteps:
    def test_the_present_step_is_marked_and_whose_turn_it_is(self):
        text = draw("{% steps row %}", row=Specimen("screened"))
        assert text.count('class="done"') == 2
        assert '<li class="now" aria-current="step">待确认' in text
        assert "轮到：<b>街道党工委</b>" in text

    def test_the_last_step_is_an_end(self):
        text = draw("{% steps row %}", row=Specimen("done"))
        assert "done now" in text
        assert "轮到" not in text

    def test_a_state_beside_the_usual_way_is_named(self):
        text = draw("{% steps row %}", row=Specimen("refused"))
        assert "aria-current" not in text
        assert "未通过" in text

    def test_a_state_beside_the_usual_way_may_stand_at_one_of_its_steps(self, monkeypatch):
        monkeypatch.setattr(Specimen, "STEP_AT", {"refused": "screened"}, raising=False)
        text = draw("{% steps row %}", row=Specimen("refused"))
        assert '<li class="now" aria-current="step">待确认' in text
        assert "未通过" not in text


class TestMoves:
    def test_only_what_may_be_done_now_with_one_primary(self):
        text = draw("{% moves row %}", row=Specimen("screened"))
        assert text.count("<form") == 3
        assert text.count('class="btn p"') == 1
        assert draw("{% moves row %}", row=Specimen("done")).strip() == ""
        assert "btn p" not in draw("{% moves row is_quiet=True %}", row=Specimen("screened"))

    def test_a_move_that_needs_a_note_asks_for_it_by_its_name(self):
        text = draw("{% moves row %}", row=Specimen("screened"))
        assert text.count("<textarea") == 2
        assert '<label for="note-specimen-0-return">退回原因</label>' in text
        assert 'id="note-specimen-0-return" name="note" rows="3" required' in text


class TestTimeline:
    def test_who_when_what_and_with_what_words(self):
        text = draw("{% timeline entries %}", entries=ENTRIES)
        assert "2026-11-20 10:30" in text
        assert "王某 · 玉林街道党工委" in text
        assert "服务时间没有写" in text
        assert "<del>4</del> → <ins>6</ins>" in text


class TestFields:
    def test_help_and_error_are_announced_with_the_field(self):
        form = SpecimenForm({"name": ""})
        text = draw("{% field form.name %}", form=form)
        assert '<label for="id_name">项目名称</label>' in text
        assert 'aria-describedby="id_name-help id_name-error"' in text
        assert 'aria-invalid="true"' in text
        assert 'id="id_name-error"' in text

    def test_what_was_typed_stays(self):
        text = draw("{% field form.name %}", form=refused_form())
        assert 'value="院落义诊月月行"' in text

    def test_a_day_gets_the_browsers_calendar_in_its_own_spelling(self):
        text = draw("{% field form.starts_on %}", form=SpecimenForm(initial={"starts_on": date(2026, 11, 2)}))
        assert 'type="date"' in text
        assert 'value="2026-11-02"' in text
        assert "选填" in text

    def test_choices_are_a_group_with_a_legend(self):
        assert "<legend>期限</legend>" in draw("{% field form.term %}", form=SpecimenForm())

    def test_an_empty_choice_asks_to_choose(self):
        class Choice(forms.Form):
            kind = forms.ChoiceField(choices=[("", "---------"), ("a", "甲")])

        text = draw("{% field form.kind %}", form=Choice())
        assert "请选择" in text
        assert "---" not in text

    def test_a_file_field_can_be_dropped_on(self):
        text = draw("{% field form.file %}", form=SpecimenForm())
        assert "data-drop" in text
        assert 'type="file"' in text


class TestChart:
    def test_the_line_has_a_summary_and_a_table_behind_it(self):
        text = draw("{% line_chart points '覆盖率' %}", points=[("10月", 0.82), ("11月", 0.832)])
        assert 'aria-label="覆盖率：10月 82.0%，11月 83.2%。"' in text
        assert '<td class="n">83.2%</td>' in text

    def test_a_gap_breaks_the_line(self):
        chart = line_chart_context([("1", 1), ("2", None), ("3", 3)], label="场次", kind="int", target=None)
        assert len(chart["segments"]) == 2
        point, text = chart["table"][1]
        assert (point.name, text) == ("2", "—")

    def test_marks_are_round_and_a_rate_never_passes_a_hundred(self):
        chart = line_chart_context([("1", 0.99), ("2", 1.0)], label="率", kind="rate", target=None)
        assert chart["grid"][-1]["text"] == "100%"

    @pytest.mark.parametrize("points", [[], [("1", None)], [("1", 0)], [("1", 5)], [("1", 5), ("2", 5)]])
    def test_few_or_equal_values_draw_too(self, points):
        assert "数据表" in draw("{% line_chart points '数' kind='int' %}", points=points)


class TestNavigation:
    @pytest.fixture(autouse=True)
    def pages(self, monkeypatch):
        """Only these pages are registered, whatever the apps offer."""
        monkeypatch.setattr(nav, "_items", {})
        nav.register(
            NavItem("系统", "放假安排", "core:workdays", roles={Role.SYSADMIN}),
            NavItem("单位与组织", "搜索", "core:search", roles=STAFF, bar=True, bar_label="找"),
            NavItem("工作台", "全部", "core:more", roles=STAFF),
        )

    def test_sections_stand_in_the_order_of_the_sentence_and_empty_ones_are_hidden(self):
        assert [section.label for section in nav.sections_for("district", "/")] == ["工作台", "单位与组织"]
        assert [section.label for section in nav.sections_for("sysadmin", "/")] == ["系统"]

    def test_the_page_of_a_row_belongs_to_its_list(self):
        sections = nav.sections_for("sysadmin", "/system/workdays/enter/")
        assert sections[0].is_current

    def test_the_phone_bar_starts_with_what_was_chosen_for_it(self):
        assert [item.short_label for item in nav.bar_for("district")] == ["找", "全部"]

    def test_an_unknown_section_is_a_mistake(self):
        with pytest.raises(ValueError, match="Unknown navigation section"):
            nav.register(NavItem("别的", "x", "core:more"))


class TestContext:
    def test_elder_mode_is_a_cookie_of_the_device(self):
        request = RequestFactory().get("/")
        request.actor = ANONYMOUS
        assert page(request)["elder"] is False
        request.COOKIES["elder"] = "1"
        assert page(request)["elder"] is True


def test_a_baseline_stands_apart_from_the_line():
    points = [ChartPoint("2015年", 0.832, note="公布数", is_baseline=True), ("10月", 0.84), ("11月", 0.85)]
    chart = line_chart_context(points, label="率", kind="rate", target=None)
    assert len(chart["segments"][0].split()) == len(chart["dots"]) == 2
    assert [dot["text"] for dot in chart["baselines"]] == ["83.2%"]
    assert chart["summary"] == "率：10月 84.0%，11月 85.0%。公布数：2015年 83.2%。"
