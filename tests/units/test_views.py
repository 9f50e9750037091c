"""Pages of the register: who sees what, the same few queries for one row and for many, and forms that lose nothing."""

from datetime import date

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.units import cover, make_organization, make_unit
from units.models import Unit
from units.sample_sheets.names import credit_code

pytestmark = pytest.mark.django_db
CODE = credit_code("91", "MADEX001")


def text(response) -> str:
    return response.content.decode()


OWN_TABLES = ('FROM "units_unit"', 'FROM "units_coveragespell"', 'FROM "units_partyorganization"')


def count_queries(person, url: str) -> int:
    """How many queries of the register's own tables a page takes; the frame around it is counted elsewhere."""
    with CaptureQueriesContext(connection) as caught:
        assert person.client.get(url).status_code == 200
    return sum(any(table in query["sql"] for table in OWN_TABLES) for query in caught)


class TestRegister:
    @pytest.fixture
    def register(self, unit, other_unit, huangmenjie):
        cover(unit, organization=make_organization(place=huangmenjie, name="安和支部"))
        make_unit(name="成都楠屿澄商贸有限公司", place=huangmenjie, credit_code=CODE, category="non_public")
        make_unit(name="黉门街艺术协会", place=huangmenjie, category="social_organization")
        make_unit(name="黉门街派出所", place=huangmenjie, category="government")

    @pytest.mark.parametrize(("query", "names"), [
        ("q=安和", ["成都安和物业服务有限公司"]),
        ("q=nyc", ["成都楠屿澄商贸有限公司"]),
        ("q=cdahwy", ["成都安和物业服务有限公司"]),
        (f"q={CODE}", ["成都楠屿澄商贸有限公司"]),
        (f"q={CODE[:12].lower()}", ["成都楠屿澄商贸有限公司"]),
        ("covered=true", ["成都安和物业服务有限公司"]),
        ("covered=false&two_new=true", ["成都楠屿澄商贸有限公司", "黉门街艺术协会"]),
        ("two_new=false", ["黉门街派出所"]),
        ("category=social_organization", ["黉门街艺术协会"]),
        ("member=true", ["成都安和物业服务有限公司"]),
        ("place=510107005001", []),
    ])  # fmt: skip
    def test_filters_and_search(self, register, subdistrict, query, names):
        page = text(subdistrict.client.get(f"/units/?{query}"))
        every = [
            "成都安和物业服务有限公司",
            "成都楠屿澄商贸有限公司",
            "黉门街艺术协会",
            "黉门街派出所",
            "晋阳数字文创有限公司",
        ]
        assert [name for name in every if f">{name}</a>" in page] == names

    def test_a_subdistrict_sees_its_own_place_only(self, register, subdistrict, district):
        assert "晋阳数字文创有限公司" not in text(subdistrict.client.get("/units/"))
        assert "晋阳数字文创有限公司" in text(district.client.get("/units/"))

    def test_a_value_nobody_knows_is_refused(self, subdistrict):
        assert subdistrict.client.get("/units/?covered=maybe").status_code == 400
        assert subdistrict.client.get("/units/?colour=red").status_code == 400

    def test_one_row_and_three_take_the_same_queries(self, district, huangmenjie):
        make_unit(place=huangmenjie, covered="joint")
        one = count_queries(district, "/units/")
        for _ in range(2):
            make_unit(place=huangmenjie, covered="standalone")
        assert count_queries(district, "/units/") == one == 3

    def test_the_organizations_take_the_same_queries(self, district, huangmenjie):
        make_unit(place=huangmenjie, covered="joint")
        one = count_queries(district, "/units/organizations/")
        for _ in range(2):
            make_unit(place=huangmenjie, covered="standalone")
        assert count_queries(district, "/units/organizations/") == one == 2

    def test_the_present_filter_is_exported(self, register, subdistrict, tmp_path):
        response = subdistrict.client.get("/units/?covered=true&format=xlsx")
        (tmp_path / "a.xlsx").write_bytes(b"".join(response.streaming_content))
        rows = list(openpyxl.load_workbook(tmp_path / "a.xlsx").active.values)
        assert rows[0][0] == "单位台账"
        assert [row[0] for row in rows if row[0] and "有限公司" in str(row[0])] == [
            "成都安和物业服务有限公司"
        ]
        assert "安和支部" in rows[-1]


class TestDetail:
    def test_it_shows_coverage_status_and_timeline(self, community, unit, huangmenjie):
        cover(
            unit,
            mode="joint",
            since=date(2022, 1, 1),
            organization=make_organization(place=huangmenjie, name="安和联合党支部"),
        )
        page = text(community.client.get(unit.get_absolute_url()))
        assert "安和联合党支部" in page
        assert "2022-01-01" in page
        assert "正常经营" in page

    def test_what_ought_to_have_a_branch_is_said(self, community, huangmenjie):
        unit = make_unit(place=huangmenjie, members_total=4, members_full=3)
        assert "应建未建：有 3 名正式党员，还没有党组织覆盖。" in text(
            community.client.get(unit.get_absolute_url())
        )

    def test_a_foreign_unit_is_not_found(self, stranger, liaison, unit, other_unit):
        assert stranger.client.get(unit.get_absolute_url()).status_code == 404
        assert liaison.client.get(other_unit.get_absolute_url()).status_code == 404
        assert liaison.client.get(unit.get_absolute_url()).status_code == 200

    def test_a_joint_branch_over_more_than_five_is_warned_of(self, community, huangmenjie):
        organization = make_organization(place=huangmenjie)
        for _ in range(6):
            cover(make_unit(place=huangmenjie), mode="joint", organization=organization)
        assert "联合组建一般不超过 5 个单位，现在覆盖 6 个" in text(
            community.client.get(organization.get_absolute_url())
        )


class TestForms:
    TYPED = {
        "name": "成都甲有限公司", "credit_code": CODE, "category": "non_public", "subcategory": "private", "employees": 5,
        "members_total": 3, "members_full": 2, "registered_on": "2020-01-01", "contact": "王某某",
    }  # fmt: skip

    def test_a_unit_is_registered(self, community, huangmenjie):
        response = community.client.post("/units/new/", {**self.TYPED, "place": huangmenjie.pk})
        unit = Unit.objects.get()
        assert (response.status_code, response["Location"]) == (302, unit.get_absolute_url())
        assert (unit.place_code, unit.credit_code, unit.members_full) == (huangmenjie.code, CODE, 2)

    def test_a_refusal_stands_beside_its_field_and_keeps_the_text(self, community, huangmenjie):
        typed = {**self.TYPED, "place": huangmenjie.pk, "members_full": 9}
        response = community.client.post("/units/new/", typed)
        page = text(response)
        assert (response.status_code, Unit.objects.count()) == (400, 0)
        assert "正式党员人数（9）不能多于党员人数（3）。" in page
        assert 'value="成都甲有限公司"' in page

    def test_a_place_outside_cannot_be_chosen(self, community, jinyan):
        response = community.client.post("/units/new/", {**self.TYPED, "place": jinyan.pk})
        assert (response.status_code, Unit.objects.count()) == (422, 0)

    def test_somebody_elses_change_is_shown_not_overwritten(self, community, subdistrict, huangmenjie):
        community.client.post("/units/new/", {**self.TYPED, "place": huangmenjie.pk})
        unit = Unit.objects.get()
        url = f"/units/{unit.pk}/edit/"
        opened = community.client.get(url).context["version"]
        subdistrict.client.post(
            url, {**self.TYPED, "place": huangmenjie.pk, "address": "街道改的", "version": opened}
        )
        mine = {**self.TYPED, "place": huangmenjie.pk, "address": "社区改的", "version": opened}
        response = community.client.post(url, mine)
        page = text(response)
        assert (response.status_code, "街道改的" in page, "社区改的" in page) == (409, True, True)
        community.client.post(url, {**mine, "version": response.context["version"]})
        unit.refresh_from_db()
        assert unit.address == "社区改的"

    def test_coverage_is_entered_and_ended(self, community, unit, huangmenjie):
        organization = make_organization(place=huangmenjie, name="甲支部")
        typed = {"organization": organization.pk, "mode": "standalone", "from_on": "2024-01-01"}
        assert community.client.post(f"/units/{unit.pk}/cover/", typed).status_code == 302
        again = community.client.post(f"/units/{unit.pk}/cover/", {**typed, "from_on": "2025-01-01"})
        assert (again.status_code, "请先办理结束覆盖" in text(again)) == (409, True)
        assert (
            community.client.post(
                f"/units/{unit.pk}/uncover/", {"on": "2026-01-01", "reason": "撤并"}
            ).status_code
            == 302
        )
        assert unit.coverage_spells.get().to_on == date(2026, 1, 1)

    def test_a_unit_leaves_and_returns(self, community, subdistrict, unit):
        typed = {
            "operating_status": "suspended",
            "from_on": "2026-01-05",
            "reason": "停业",
            "evidence": "走访记录",
        }
        asked = community.client.post(f"/units/{unit.pk}/leave/", typed)
        assert asked.status_code == 302
        assert subdistrict.client.post(f"{asked['Location']}approve/").status_code == 302
        assert "恢复正常经营" in text(subdistrict.client.get(unit.get_absolute_url()))
        back = {"from_on": "2026-03-05", "reason": "复业"}
        assert subdistrict.client.post(f"/units/{unit.pk}/return/", back).status_code == 302
        unit.refresh_from_db()
        assert unit.operating_status == "operating"

    def test_an_organization_is_registered_and_changed(self, community, huangmenjie):
        typed = {
            "name": "甲支部",
            "category": "631",
            "place": huangmenjie.pk,
            "member_count": 4,
            "is_two_new": "on",
        }
        response = community.client.post("/units/organizations/new/", typed)
        assert response.status_code == 302
        changed = community.client.post(f"{response['Location']}edit/", {**typed, "member_count": 5})
        assert changed.status_code in {302, 409}


class TestOrganizationHints:
    @pytest.mark.parametrize(("fields", "sentence"), [
        ({"member_count": 2}, "党员 2 名，不足 3 名的一般组建联合党支部。"),
        ({"member_count": 7}, "党员 7 名，达到 7 名的支部应设支部委员会。"),
        ({"member_count": 51}, "党员 51 名，超过 50 名，应设党总支。"),
        ({"member_count": 100, "category": "621"}, "党员 100 名，达到 100 名，应设党委。"),
        ({"term_end": date(2026, 1, 1)}, "本届已于 2026-01-01 届满，请按规定换届。"),
        (
            {"term_start": date(2025, 1, 1), "term_end": date(2029, 6, 1), "is_two_new": True},
            "每届 3 年，延期不超过一年并须上级批准，请核对届满日期。",
        ),
        ({"is_consolidating": True}, "列为软弱涣散党组织，正在整顿。"),
    ])  # fmt: skip
    def test_what_should_be_looked_at_is_said_and_nothing_refused(
        self, community, huangmenjie, fields, sentence
    ):
        row = make_organization(place=huangmenjie, **{"member_count": 4, **fields})
        assert f"<span>{sentence}</span>" in text(community.client.get(row.get_absolute_url()))

    def test_a_joint_branch_names_units_that_should_have_their_own(self, community, huangmenjie):
        row = make_organization(place=huangmenjie, category="632", form_mode="building", member_count=4)
        cover(
            make_unit(place=huangmenjie, name="甲公司", members_total=4, members_full=3),
            mode="joint",
            organization=row,
        )
        assert "“甲公司”有 3 名正式党员，应单独组建党支部。" in text(
            community.client.get(row.get_absolute_url())
        )
        assert row.name in text(community.client.get("/units/organizations/?form_mode=building&category=632"))
        assert row.name not in text(community.client.get("/units/organizations/?form_mode=park"))
