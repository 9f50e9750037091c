"""Pages and REST of places: the tree by role and day, one place, its forms, the list and its export, search, endpoints."""

import io
import re
from datetime import date

import openpyxl
import pytest

from core.models import HistoryEntry
from core.roles import Role
from tests.cast import make_person
from tests.counting import own_queries
from tests.factories.places import make_grid, make_place
from tests.factories.units import make_organization, make_unit
from tests.rest import Rest, client_key, error, key_of
from units.divisions.actions import close_place, rename_place
from units.divisions.merging import merge_places
from units.models import Division

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)
BASIS = "武民政〔2026〕12号"
TREE = "/units/places/"


@pytest.fixture
def grid(huangmenjie):
    return make_grid(huangmenjie)


def text(response) -> str:
    return response.content.decode()


def names_in(page: str) -> list[str]:
    return re.findall(r'<a href="/units/places/\d+/[^"]*">([^<]+)</a></span>', page)


class TestTree:
    def test_it_opens_where_one_stands_and_each_link_opens_a_level(self, grid, community, huangmenjie):
        page = text(community.client.get(TREE))
        names = names_in(page)
        assert names[0] == "武侯区"
        here = names.index("黉门街社区")
        assert names[here + 1 : here + 3] == ["第一片区", "第二片区"]
        assert names.count("松柏院") == 0
        assert f'hx-get="{TREE}?at=510107005008-P01"' in page
        further = names_in(text(community.client.get(f"{TREE}?at=510107005008-P01-Y001")))
        here = further.index("第一片区")
        assert further[here + 1 : here + 5] == ["松柏院", "1栋", "2栋", "银杏院"]
        part = text(community.client.get(f"{TREE}?at=510107005008-P01", headers={"HX-Request": "true"}))
        assert 'aria-expanded="true" aria-label="收起第一片区的下级"' in part

    def test_two_communities_called_alike_are_told_apart(self, places, district):
        rows = text(district.client.get("/units/places/list/?q=锦城社区"))
        assert "簇桥街道锦城社区" in rows
        assert rows.count("锦城社区</a>") == 2

    def test_figures_add_up_and_only_staff_and_grid_workers_see_them(
        self, grid, community, liaison, huangmenjie
    ):
        make_unit(place=grid["松柏院1栋"])
        make_unit(place=huangmenjie)
        page = re.sub(r"\s+", " ", text(community.client.get(f"{TREE}?at=510107005008")))
        row = page[page.index(">第一片区</a>") :]
        assert [part.split("<")[0] for part in re.split(r'data-label="(?:户数|单位)">', row)[1:2]] == ["130"]
        assert 'href="/units/?place=510107005008-P01">1</a>' in page
        worker = make_person("worker", Role.GRID_WORKER, place=huangmenjie)
        assert "户数" in text(worker.client.get(TREE))
        plain = text(liaison.client.get(f"{TREE}?at=510107005008"))
        assert "第一片区" in plain
        assert "户数" not in plain

    def test_on_a_past_day_it_shows_the_places_and_names_of_that_day(self, grid, community):
        rename_place(place=grid["第一片区"], name="华西片区", on=DAY, basis=BASIS, actor=community.actor)
        close_place(place=grid["桂花院1栋"], on=DAY, reason="拆除", actor=community.actor)
        address = f"{TREE}?at=510107005008-P02-Y003"
        before, after = (names_in(text(community.client.get(address + on))) for on in ("&on=2026-05-31", ""))
        assert ("第一片区" in before, "华西片区" in before, before.count("1栋")) == (True, False, 1)
        assert ("第一片区" in after, "华西片区" in after, after.count("1栋")) == (False, True, 0)
        early = names_in(text(community.client.get(f"{TREE}?at=510107005008&on=2023-01-01")))
        assert not {"第一片区", "第二片区"} & set(early)
        detail = f"/units/places/{grid['第一片区'].pk}/"
        assert "这里是2026年5月31日的名称" in text(community.client.get(f"{detail}?on=2026-05-31"))
        assert text(community.client.get(f"{detail}?on=2026-05-31")).count("<h1>第一片区</h1>") == 1
        page = text(community.client.get(detail))
        assert "曾用名" in page
        assert BASIS in page

    @pytest.mark.parametrize(
        ("query", "status"), [("at=999", 404), ("on=2099-01-01", 400), ("on=x", 400), ("at=%00", 400)]
    )
    def test_what_it_cannot_show_it_says(self, community, query, status):
        assert community.client.get(f"{TREE}?{query}").status_code == status

    def test_the_number_of_queries_does_not_grow(self, huangmenjie, community):
        make_place(huangmenjie, "第一片区")
        addresses = (
            f"{TREE}?at=510107005008",
            f"/units/places/{huangmenjie.pk}/",
            "/units/places/list/?level=section",
        )
        first = [own_queries(community.client, address) for address in addresses]
        section = make_place(huangmenjie, "第二片区", party_organization=make_organization(place=huangmenjie))
        make_place(huangmenjie, "第三片区")
        make_unit(place=section)
        assert [own_queries(community.client, address) for address in addresses] == first == [7, 12, 4]


class TestForms:
    def test_a_community_adds_changes_renames_merges_and_closes(self, grid, community, huangmenjie):
        address = f"/units/places/{huangmenjie.pk}/"
        detail = text(community.client.get(address))
        assert f'href="{address}new/"' in detail
        assert f'href="{address}rename/"' not in detail
        assert "不填就按顺序编：510107005008-P03" in text(community.client.get(f"{address}new/"))
        answer = community.client.post(
            f"{address}new/", {"name": "第三片区", "valid_from": "2026-01-01", "households": "12"}
        )
        made = Division.objects.latest("pk")
        assert (answer.status_code, answer.url) == (302, f"/units/places/{made.pk}/")
        assert (made.code, made.households, made.valid_from) == ("510107005008-P03", 12, date(2026, 1, 1))
        here = answer.url
        node = make_organization(place=made, name="第三网格党支部")
        page = text(community.client.get(f"{here}edit/"))
        version = re.search(r'name="version" value="([^"]+)"', page)[1]
        values = {
            "households": "20",
            "population": "55",
            "party_organization": node.pk,
            "valid_from": "2026-01-01",
            "version": version,
        }
        assert community.client.post(f"{here}edit/", values).status_code == 302
        made.refresh_from_db()
        assert (made.households, made.population, made.party_organization) == (20, 55, node)
        values = {"name": "东片区", "on": "2026-06-01", "basis": BASIS}
        assert community.client.post(f"{here}rename/", values).status_code == 302
        refused = community.client.post(f"{here}rename/", {**values, "name": "西片区"})
        assert (refused.status_code, "更名日期要晚于这一天" in text(refused)) == (400, True)
        target = grid["第一片区"]
        page = text(community.client.get(f"{here}merge/"))
        assert "现在这里有" in page
        assert "党组织" in page
        values = {"target": target.pk, "on": "2026-07-01", "reason": BASIS}
        assert community.client.post(f"{here}merge/", values).status_code == 422
        answer = community.client.post(f"{here}merge/", {**values, "is_read": "on"})
        assert answer.url == f"/units/places/{target.pk}/"
        assert "并入这里的" in text(community.client.get(answer.url))
        assert "自2026年7月1日起停用，并入" in text(community.client.get(here))
        refused = community.client.post(
            f"/units/places/{target.pk}/close/", {"on": "2026-07-01", "reason": "拆"}
        )
        assert (refused.status_code, "还有下级区划 5 个" in text(refused)) == (409, True)

    def test_others_find_no_form(self, grid, stranger, liaison, subdistrict, huangmenjie):
        section = f"/units/places/{grid['第一片区'].pk}/"
        for name in ("new", "edit", "rename", "merge", "close"):
            assert stranger.client.get(f"{section}{name}/").status_code == 404
            assert liaison.client.get(f"{section}{name}/").status_code == 403
            assert subdistrict.client.get(f"{section}{name}/").status_code == 200
        assert subdistrict.client.get(f"/units/places/{huangmenjie.pk}/merge/").status_code == 404
        assert subdistrict.client.get(f"/units/places/{grid['松柏院1栋'].pk}/new/").status_code == 404
        auditor = make_person("auditor", Role.AUDITOR)
        assert auditor.client.get(TREE).status_code == 403
        assert stranger.client.get(section).status_code == 200
        assert "/units/new/" not in text(stranger.client.get(section))

    def test_a_unit_is_registered_in_a_building_of_its_community(self, grid, district, community, jinyan):
        building = grid["松柏院2栋"]
        page = text(district.client.get("/units/new/"))
        assert str(jinyan) in page
        assert "松柏院" not in page
        page = text(district.client.get(f"/units/new/?place={building.code}"))
        assert f'<option value="{building.pk}" selected>' in page
        assert str(jinyan) in page
        assert "松柏院" in text(community.client.get("/units/new/"))
        page = text(district.client.get(f"/units/organizations/new/?place={building.code}"))
        assert f'<option value="{building.pk}" selected>' in page
        for code in ("%00", "510107009001-P01", "x"):
            assert community.client.get(f"/units/organizations/new/?place={code}").status_code == 200
            assert community.client.get(f"/units/new/?place={code}").status_code == 200
            assert community.client.get(f"/units/?place={code}").status_code == 400
        assert community.client.get(f"/units/?place={building.code}&format=csv").status_code == 200

    def test_it_is_found_by_name_former_name_and_code(self, grid, liaison, community):
        rename_place(place=grid["第一片区"], name="华西片区", on=DAY, basis=BASIS, actor=community.actor)
        for words in ("华西片区", "第一片区", "510107005008-p01", "黉门街 松柏"):
            assert "黉门街社区·华西片区" in text(liaison.client.get("/search/", {"q": words})), words
        assert "<h2>地方" not in text(liaison.client.get("/search/", {"q": "没有这样的名字"}))


class TestRest:
    def test_anybody_reads_places_with_former_names_and_the_day(self, grid, community, huangmenjie):
        rename_place(place=grid["第一片区"], name="华西片区", on=DAY, basis=BASIS, actor=community.actor)
        merge_places(
            source=grid["第二片区"], target=grid["第一片区"], on=DAY, reason=BASIS, actor=community.actor
        )
        rows = Rest().get("/api/v1/divisions/?parent=510107005008&on=2026-06-30").json()["results"]
        assert [row["code"] for row in rows] == ["510107005008-P01"]
        assert rows[0]["former_names"] == [
            {"name": "第一片区", "path_name": "玉林街道黉门街社区·第一片区", "to_on": "2026-06-01"}
        ]
        assert "households" not in rows[0]
        rows = Rest().get("/api/v1/divisions/?parent=510107005008&on=2026-05-31").json()["results"]
        assert rows[1]["successor"] == {"code": "510107005008-P01", "name": "华西片区", "level": "section"}
        inner = (
            Rest(key_of(community)).get("/api/v1/divisions/?level=building&ordering=code").json()["results"]
        )
        assert [(row["code"][-4:], row["households"]) for row in inner] == [
            ("-L01", 60),
            ("-L02", 40),
            ("-L01", 30),
            ("-L01", 50),
        ]
        assert Rest().get("/api/v1/divisions/?level=building&format=csv").status_code == 200

    def test_figures_are_for_staff_and_grid_workers(self, grid, district, liaison, huangmenjie, places):
        worker = make_person("worker", Role.GRID_WORKER, place=huangmenjie)
        readers = [key_of(district), key_of(worker)]
        others = [key_of(liaison), client_key(places["510107"]), ""]
        address = f"/api/v1/divisions/{grid['松柏院1栋'].pk}/"
        inside = {"households", "population", "party_members", "party_organization"}
        for key, seen in [*[(key, inside) for key in readers], *[(key, set()) for key in others]]:
            rest = Rest(key)
            assert inside & set(rest.get(address).json()) == seen
            rows = rest.get("/api/v1/divisions/?level=building").json()["results"]
            assert inside & set(rows[0]) == seen
            sheet = b"".join(rest.get("/api/v1/divisions/?level=building&format=csv").streaming_content)
            assert (b"households" in sheet) == bool(seen)

    @pytest.mark.parametrize(
        "query", ["parent=%00", "on=2026-13-01", "level=street", "courtyard_kind=x", "size=1"]
    )
    def test_what_it_does_not_know_is_refused(self, places, query):
        assert Rest().get(f"/api/v1/divisions/?{query}").status_code == 400

    def test_writes_meet_the_same_refusals(self, grid, community, district, liaison, huangmenjie):
        rest = Rest(key_of(community))
        made = rest.post(
            "/api/v1/divisions/", {"parent": "510107005008", "name": "第三片区", "households": 9}
        )
        assert (made.status_code, made.json()["code"], made.json()["households"]) == (
            201,
            "510107005008-P03",
            9,
        )
        one = f"/api/v1/divisions/{made.json()['id']}/"
        assert rest.patch(one, {"population": 30}).json()["population"] == 30
        named = rest.post(f"{one}rename/", {"name": "东片区", "on": "2026-06-01", "basis": BASIS})
        assert error(named) == (400, "validation_error", "dates_out_of_order", "on")
        assert (
            error(rest.post(f"{one}close/", {"on": "2026-06-01", "reason": "试"}))[2] == "dates_out_of_order"
        )
        assert error(rest.post("/api/v1/divisions/", {"parent": "1", "name": "某"}))[2:] == (
            "unknown_place",
            "parent",
        )
        top = f"/api/v1/divisions/{huangmenjie.pk}/rename/"
        body = {"name": "新社区", "on": "2026-06-01", "basis": BASIS}
        assert rest.post(top, body).status_code == 403
        assert Rest(key_of(liaison)).post(top, body).status_code == 403
        assert Rest(key_of(district)).post(top, body).json()["path_name"] == "玉林街道新社区"
        merged = rest.post(
            f"/api/v1/divisions/{grid['第二片区'].pk}/merge/",
            {"target": "510107005008-P01", "on": "2026-06-01", "reason": BASIS},
        )
        assert merged.json()["code"] == "510107005008-P01"
        assert HistoryEntry.objects.filter(move="absorb").count() == 1


def test_the_list_exports_what_can_be_imported_again(grid, community):
    answer = community.client.get("/units/places/list/?place=510107005008-P01&format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = [row for row in sheet.iter_rows(values_only=True) if any(row)]
    header = next(row for row in rows if "编码" in row)
    body = rows[rows.index(header) + 1 :]
    at = {
        label: header.index(label) for label in ("编码", "级别", "名称", "上级编码或名称", "院落类型", "户数")
    }
    assert [[row[at[label]] for label in at] for row in body[:3]] == [
        ["510107005008-P01", "片区", "第一片区", "510107005008", None, None],
        ["510107005008-P01-Y001", "院落", "松柏院", "510107005008-P01", "老旧院落", None],
        ["510107005008-P01-Y001-L01", "楼栋", "1栋", "510107005008-P01-Y001", None, 60],
    ]
    assert len(body) == 6
