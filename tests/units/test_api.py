"""The registers over REST: published fields for anybody, the rest within a token's place."""

import pytest

from tests.factories.units import cover, make_organization, make_unit
from tests.rest import Rest, key_of

pytestmark = pytest.mark.django_db
PUBLISHED = {"id", "name", "category", "category_display", "place"}


def names(answer) -> list[str]:
    return [row["name"] for row in answer.json()["results"]]


class TestUnits:
    def test_anybody_reads_name_category_and_place(self, unit, other_unit):
        answer = Rest().get("/api/v1/units/")
        assert (answer.status_code, answer.json()["count"]) == (200, 2)
        row = answer.json()["results"][0]
        assert set(row) == PUBLISHED
        assert row["place"] == {"code": "510107005008", "name": "黉门街社区", "level": "community"}
        assert row["category_display"] == "非公有制企业"

    def test_a_token_reads_more_of_its_own_place(self, unit, other_unit, subdistrict):
        answer = Rest(key_of(subdistrict)).get("/api/v1/units/")
        assert (names(answer), answer.json()["results"][0]["operating_status_display"]) == (
            ["成都安和物业服务有限公司"],
            "正常经营",
        )

    def test_a_foreign_unit_is_not_found(self, other_unit, subdistrict):
        assert Rest(key_of(subdistrict)).get(f"/api/v1/units/{other_unit.pk}/").status_code == 404

    def test_a_single_unit_carries_its_coverage(self, unit, huangmenjie, community):
        organization = make_organization(place=huangmenjie, name="甲支部")
        cover(unit, mode="joint", organization=organization)
        told = Rest(key_of(community)).get(f"/api/v1/units/{unit.pk}/").json()
        assert told["coverage"] == [
            {
                "organization": {"id": organization.pk, "name": "甲支部"}, "mode": "joint", "mode_display": "联合组建",
                "from_on": "2021-01-01", "to_on": None,
            }
        ]  # fmt: skip

    @pytest.mark.parametrize(("query", "found"), [
        ("place=510107005", ["成都安和物业服务有限公司"]),
        ("category=government", ["某派出所"]),
        ("two_new=false", ["某派出所"]),
        ("covered=true", ["成都安和物业服务有限公司"]),
        ("member=false", ["某派出所"]),
        ("search=数字", ["晋阳数字文创有限公司"]),
    ])  # fmt: skip
    def test_filters(self, unit, other_unit, jinyan, query, found):
        cover(unit)
        make_unit(name="某派出所", place=jinyan, category="government")
        assert names(Rest().get(f"/api/v1/units/?{query}")) == found

    @pytest.mark.parametrize("query", ["covered=maybe", "place=999", "category=x", "colour=red"])
    def test_what_nobody_knows_is_a_400(self, unit, query):
        answer = Rest().get(f"/api/v1/units/?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, query.split("=")[0])


class TestPartyOrganizations:
    def test_they_need_a_token(self, huangmenjie):
        assert Rest().get("/api/v1/party-organizations/").status_code == 401

    def test_they_tell_how_many_units_they_cover(self, unit, huangmenjie, community):
        cover(unit, organization=make_organization(place=huangmenjie, name="甲支部"))
        [row] = Rest(key_of(community)).get("/api/v1/party-organizations/").json()["results"]
        assert (row["name"], row["covered_count"], row["category_display"]) == ("甲支部", 1, "党支部")
