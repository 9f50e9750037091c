"""The three pages and the endpoint of a move, told on the units of the cast."""

from io import BytesIO

import django_filters
import pytest
from django import forms
from django.db import connection
from django.template.response import TemplateResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from openpyxl import load_workbook

from core.access import requires
from core.columns import Column
from core.errors import RuleViolation
from core.history import change_fields
from core.pages import DetailPage, FormPage, ListPage, move_view
from core.roles import STAFF, Role
from core.workflow import move
from tests.factories.units import make_unit
from units.models import Unit

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class UnitFilter(django_filters.FilterSet):
    category = django_filters.ChoiceFilter(label="类别", choices=Unit.Category.choices)
    members = django_filters.RangeFilter(field_name="members_total", label="党员人数")

    class Meta:
        model = Unit
        fields: list[str] = []


class UnitList(ListPage):
    model = Unit
    roles = STAFF
    title = "驻区单位"
    unit_word = "家"
    filterset_class = UnitFilter
    search_fields = ("name",)
    default_order = ("name",)
    empty_text = "还没有单位。"
    empty_action = ("导入单位", "/try/units/")
    columns = [
        Column("name", "名称", sort="name", link=lambda row: f"/try/units/{row.pk}/"),
        Column("place", "所在社区", value="place.name", sort=("place_code", "name")),
        Column("members_total", "党员", kind="int", sort="members_total"),
    ]

    def get_rows(self):
        return super().get_rows().select_related("place")

    def totals(self, rows):
        return {"members_total": sum(rows.values_list("members_total", flat=True))}


class UnitDetail(DetailPage):
    model = Unit

    def get_facts(self):
        return [("名称", self.object.name), ("所在社区", self.object.place.name)]


class UnitForm(forms.Form):
    name = forms.CharField(label="名称", max_length=200)
    members_total = forms.IntegerField(label="党员人数", min_value=0)


def change_unit(*, unit, actor, **values):
    """The action behind the form: refuses one name, so that a rule can be seen."""
    if values["name"] == "不许叫这个":
        raise RuleViolation("这个名称不能用，请写营业执照上的全称。", field="name")
    return change_fields(obj=unit, values=values, actor=actor)


class UnitChange(FormPage):
    model = Unit
    roles = STAFF
    form_class = UnitForm
    action = staticmethod(change_unit)

    def get_success_url(self, obj):
        return f"/try/units/{obj.pk}/"

    def get_cancel_url(self):
        return "/try/units/"


class FlaggedUnit(Unit):
    """A unit with one move, to try the endpoint without another app."""

    MOVES = (move("flag", "标记", "operating", "operating", [Role.SUBDISTRICT], needs_note=True),)

    class Meta:
        proxy = True
        app_label = "units"

    @classmethod
    def get_move(cls, name):
        return cls.MOVES[0]

    def get_absolute_url(self):
        return f"/try/units/{self.pk}/"


def flag(*, unit, note, actor):
    if not note:
        raise RuleViolation("请填写说明。", field="note")
    return change_fields(obj=unit, values={"address": note}, actor=actor, label="标记")


@requires(Role.DISTRICT)
def district_only(request):
    return TemplateResponse(request, "403.html")


urlpatterns = [
    path("try/units/", UnitList.as_view()),
    path("try/units/<int:pk>/", UnitDetail.as_view()),
    path("try/units/<int:pk>/change/", UnitChange.as_view()),
    path("try/units/<int:pk>/<slug:move>/", move_view(FlaggedUnit, {"flag": flag}, object_kwarg="unit")),
    path("try/district/", district_only),
    path("", include("wuhou.urls")),
]


def text_of(response) -> str:
    return response.content.decode()


def make_units(place, count: int) -> None:
    for index in range(count):
        make_unit(place=place, name=f"试验单位{index:03d}", members_total=index)


class TestList:
    def test_each_sees_only_what_lies_under_the_own_place(self, subdistrict, stranger, unit, other_unit):
        page = text_of(subdistrict.client.get("/try/units/"))
        assert unit.name in page
        assert other_unit.name not in page
        assert unit.name not in text_of(stranger.client.get("/try/units/"))

    def test_anonymous_goes_to_sign_in_and_back(self):
        response = Client().get("/try/units/", {"q": "安和"})
        assert response.status_code == 302
        assert response["Location"].endswith("?next=%2Ftry%2Funits%2F%3Fq%3D%25E5%25AE%2589%25E5%2592%258C")

    def test_a_role_without_access_reads_which_role_is_needed(self, liaison):
        response = liaison.client.get("/try/units/")
        assert response.status_code == 403
        assert "街道党工委" in text_of(response)

    def test_one_and_three_rows_take_the_same_number_of_queries(self, subdistrict, huangmenjie):
        counts = []
        subdistrict.client.get("/try/units/")
        for more in (1, 2):
            make_units(huangmenjie, more)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                subdistrict.client.get("/try/units/")
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_fifty_rows_a_page_and_the_rest_behind_links(self, subdistrict, huangmenjie):
        make_units(huangmenjie, 53)
        first = text_of(subdistrict.client.get("/try/units/"))
        assert first.count("<tr>") == 51
        assert "试验单位049" in first
        assert "试验单位050" not in first
        assert 'href="?page=2"' in first
        second = text_of(subdistrict.client.get("/try/units/?page=2"))
        assert second.count("<tr>") == 4
        assert '共 <b class="num">53</b> 家' in second

    def test_a_page_beyond_the_last_shows_the_last(self, subdistrict, huangmenjie):
        make_units(huangmenjie, 51)
        assert "试验单位050" in text_of(subdistrict.client.get("/try/units/?page=99"))

    def test_columns_sort_both_ways_and_say_so(self, subdistrict, huangmenjie):
        make_units(huangmenjie, 3)
        page = text_of(subdistrict.client.get("/try/units/?sort=-members_total"))
        assert page.index("试验单位002") < page.index("试验单位000")
        assert 'aria-sort="descending"' in page

    def test_the_totals_line_counts_all_filtered_rows(self, subdistrict, huangmenjie):
        make_units(huangmenjie, 53)
        page = text_of(subdistrict.client.get("/try/units/"))
        assert '<tr class="sum">' in page
        assert ">1,378</td>" in page

    def test_search_and_filters_narrow_the_list(self, subdistrict, huangmenjie):
        make_units(huangmenjie, 3)
        page = text_of(subdistrict.client.get("/try/units/?q=试验 002"))
        assert "试验单位002" in page
        assert "试验单位001" not in page
        page = text_of(subdistrict.client.get("/try/units/?members_min=1"))
        assert "试验单位000" not in page

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("category=nonsense", "有筛选条件填得不对"),
            ("members_min=abc", "有筛选条件填得不对"),
            ("colour=red", "不认识的筛选条件：colour"),
            ("sort=secret", "这一列不能排序"),
            ("page=two", "页码要写成"),
            ("page=0", "页码要写成"),
            ("format=pdf", "只能导出"),
        ],
    )
    def test_what_the_list_cannot_do_is_said_and_not_ignored(self, subdistrict, unit, query, sentence):
        response = subdistrict.client.get(f"/try/units/?{query}")
        assert response.status_code == 400
        assert sentence in text_of(response)
        assert unit.name not in text_of(response)

    def test_htmx_gets_only_the_rows(self, subdistrict, unit):
        response = subdistrict.client.get("/try/units/", headers={"HX-Request": "true", "HX-Target": "rows"})
        assert unit.name in text_of(response)
        assert "<html" not in text_of(response)
        assert "HX-Request" in response["Vary"]

    def test_an_empty_list_says_what_to_do(self, subdistrict):
        page = text_of(subdistrict.client.get("/try/units/"))
        assert "还没有单位。" in page
        assert "导入单位" in page

    def test_an_empty_search_offers_to_clear_it(self, subdistrict, unit):
        page = text_of(subdistrict.client.get("/try/units/?q=没有这样的"))
        assert "没有符合条件的记录" in page
        assert "清除筛选" in page

    def test_names_are_escaped(self, subdistrict, huangmenjie):
        make_unit(place=huangmenjie, name="<script>alert(1)</script>")
        page = text_of(subdistrict.client.get("/try/units/"))
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


class TestExport:
    def test_csv_has_the_present_filter_and_the_present_order(self, subdistrict, huangmenjie):
        make_units(huangmenjie, 60)
        response = subdistrict.client.get("/try/units/?format=csv&members_min=57&sort=-members_total")
        lines = b"".join(response.streaming_content).decode("utf-8-sig").split()
        assert lines == [
            "名称,所在社区,党员",
            "试验单位059,黉门街社区,59",
            "试验单位058,黉门街社区,58",
            "试验单位057,黉门街社区,57",
        ]
        assert "attachment" in response["Content-Disposition"]

    def test_xlsx_has_title_filler_and_rows(self, subdistrict, huangmenjie):
        make_units(huangmenjie, 2)
        response = subdistrict.client.get("/try/units/?format=xlsx")
        sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
        cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
        assert cells[0] == "驻区单位"
        assert cells[1].startswith("填报单位：玉林街道党工委　　填报人：王某")
        assert cells[2:] == [
            "名称",
            "所在社区",
            "党员",
            "试验单位000",
            "黉门街社区",
            0,
            "试验单位001",
            "黉门街社区",
            1,
        ]

    def test_a_wrong_filter_is_refused_before_anything_is_sent(self, subdistrict):
        assert subdistrict.client.get("/try/units/?format=csv&members_min=abc").status_code == 400

    def test_an_export_holds_only_what_the_person_may_see(self, stranger, unit):
        response = stranger.client.get("/try/units/?format=csv")
        assert unit.name not in b"".join(response.streaming_content).decode()


class TestDetail:
    def test_a_foreign_row_is_not_found(self, subdistrict, other_unit):
        assert subdistrict.client.get(f"/try/units/{other_unit.pk}/").status_code == 404

    def test_it_shows_facts_and_the_timeline(self, subdistrict, unit):
        change_fields(obj=unit, values={"members_total": 7}, actor=subdistrict.actor, note="核实过")
        page = text_of(subdistrict.client.get(f"/try/units/{unit.pk}/"))
        assert "黉门街社区" in page
        assert "核实过" in page
        assert "<ins>7</ins>" in page


class TestForm:
    def address(self, unit) -> str:
        return f"/try/units/{unit.pk}/change/"

    def open(self, person, unit) -> str:
        return person.client.get(self.address(unit)).context_data["version"]

    def test_saving_goes_through_the_action_and_returns_to_the_row(self, subdistrict, unit):
        version = self.open(subdistrict, unit)
        response = subdistrict.client.post(
            self.address(unit),
            {"name": unit.name, "members_total": "9", "version": version},
            follow=True,
        )
        unit.refresh_from_db()
        assert unit.members_total == 9
        assert "已保存。" in text_of(response)

    def test_bad_input_keeps_what_was_typed_and_speaks_beside_the_field(self, subdistrict, unit):
        response = subdistrict.client.post(self.address(unit), {"name": "新名称", "members_total": "-3"})
        assert response.status_code == 422
        page = text_of(response)
        assert 'value="新名称"' in page
        assert 'id="id_members_total-error"' in page
        assert 'aria-invalid="true"' in page

    def test_a_rule_speaks_beside_its_field(self, subdistrict, unit):
        version = self.open(subdistrict, unit)
        response = subdistrict.client.post(
            self.address(unit), {"name": "不许叫这个", "members_total": "1", "version": version}
        )
        assert response.status_code == 409
        assert response.context_data["form"].errors["name"] == ["这个名称不能用，请写营业执照上的全称。"]

    def test_another_persons_change_is_shown_and_not_overwritten(self, subdistrict, community, unit):
        version = self.open(subdistrict, unit)
        change_fields(obj=unit, values={"members_total": 5}, actor=community.actor)
        typed = {"name": unit.name, "members_total": "9", "version": version}
        response = subdistrict.client.post(self.address(unit), typed)
        assert response.status_code == 409
        (conflict,) = response.context_data["conflicts"]
        assert (conflict.label, conflict.mine, conflict.theirs) == ("党员人数", "9", "5")
        assert "赵某" in text_of(response)
        unit.refresh_from_db()
        assert unit.members_total == 5

        typed["version"] = response.context_data["version"]
        assert subdistrict.client.post(self.address(unit), typed).status_code == 302
        unit.refresh_from_db()
        assert unit.members_total == 9

    def test_a_refused_form_keeps_the_version_it_was_opened_with(self, subdistrict, community, unit):
        version = self.open(subdistrict, unit)
        change_fields(obj=unit, values={"members_total": 5}, actor=community.actor)
        response = subdistrict.client.post(
            self.address(unit), {"name": "", "members_total": "9", "version": version}
        )
        assert response.context_data["version"] == version

    def test_without_a_version_nothing_is_overwritten_unseen(self, subdistrict, unit):
        response = subdistrict.client.post(self.address(unit), {"name": "另一个", "members_total": "9"})
        assert response.status_code == 409
        unit.refresh_from_db()
        assert unit.name == "成都安和物业服务有限公司"

    def test_a_foreign_row_is_not_found(self, stranger, unit):
        assert stranger.client.get(self.address(unit)).status_code == 404
        assert stranger.client.post(self.address(unit), {"name": "x"}).status_code == 404


class TestMove:
    def test_a_move_is_made_and_the_person_is_back_on_the_row(self, subdistrict, unit):
        response = subdistrict.client.post(
            f"/try/units/{unit.pk}/flag/", {"note": "黉门街 1 号"}, follow=True
        )
        assert response.redirect_chain == [(f"/try/units/{unit.pk}/", 302)]
        assert "已办理：标记。" in text_of(response)
        unit.refresh_from_db()
        assert unit.address == "黉门街 1 号"

    def test_a_refusal_is_a_message_on_the_row(self, subdistrict, unit):
        response = subdistrict.client.post(f"/try/units/{unit.pk}/flag/", follow=True)
        assert "请填写说明。" in text_of(response)

    def test_htmx_gets_the_sentence_with_409(self, subdistrict, unit):
        response = subdistrict.client.post(f"/try/units/{unit.pk}/flag/", headers={"HX-Request": "true"})
        assert response.status_code == 409
        assert "请填写说明。" in text_of(response)

    def test_get_is_refused(self, subdistrict, unit):
        assert subdistrict.client.get(f"/try/units/{unit.pk}/flag/").status_code == 405

    def test_a_foreign_row_is_not_found(self, stranger, unit):
        assert stranger.client.post(f"/try/units/{unit.pk}/flag/", {"note": "x"}).status_code == 404

    def test_an_unknown_move_is_refused_with_a_sentence(self, subdistrict, unit):
        response = subdistrict.client.post(f"/try/units/{unit.pk}/destroy/", follow=True)
        assert "没有这个操作。" in text_of(response)

    def test_it_returns_only_to_this_site(self, subdistrict, unit):
        data = {"note": "x", "next": "https://elsewhere.example/"}
        response = subdistrict.client.post(f"/try/units/{unit.pk}/flag/", data)
        assert response["Location"] == f"/try/units/{unit.pk}/"


class TestAccess:
    def test_the_guard_says_which_role_is_needed(self, subdistrict):
        response = subdistrict.client.get("/try/district/")
        assert response.status_code == 403
        assert "区委组织部" in text_of(response)

    def test_htmx_is_sent_to_sign_in_as_a_whole_page(self):
        response = Client().get("/try/district/", headers={"HX-Request": "true"})
        assert response.status_code == 204
        assert "next=" in response["HX-Redirect"]
