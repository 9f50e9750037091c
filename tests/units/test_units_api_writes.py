"""Units are registered, changed, verified and merged over REST by the same actions, with the same sentences."""

from tests.factories.units import make_unit
from tests.rest import Rest, error, key_of

API = "/api/v1/units/"


def body(**more) -> dict:
    return {
        "name": "成都试办商贸有限公司", "category": "non_public", "place": "510107005008", "credit_code_missing_reason": "筹备中",
        "industry": "f51", "annual_revenue": "1200000.00", "registered_on": "2026-01-05", **more,
    }  # fmt: skip


def test_a_unit_is_registered_changed_and_verified(community, subdistrict, stranger):
    rest, above = Rest(key_of(community)), Rest(key_of(subdistrict))
    made = rest.post(API, body())
    told = made.json()
    assert (made.status_code, told["verification"], told["industry"]) == (201, "pending", "F51")
    row = f"{API}{told['id']}/"
    assert error(rest.post(API, body()))[2:] == ("name_taken", "name")
    assert error(rest.post(API, body(name="另一家", industry="Z")))[2:] == ("bad_industry", "industry")
    assert error(rest.post(API, body(name="另一家", place="999")))[2:] == ("unknown_place", "place")
    assert Rest(key_of(stranger)).post(API, body(name="另一家")).status_code == 403
    assert rest.post(f"{row}verify/").status_code == 403
    assert above.post(f"{row}verify/").json()["verification"] == "verified"
    assert above.post(f"{row}verify/").status_code == 409
    changed = above.patch(row, {"members_total": 2, "members_full": 1, "has_union": True}).json()
    assert (changed["members_total"], changed["has_mass_organization"]) == (2, True)
    assert error(above.patch(row, {"members_full": 3}))[3] == "members_full"
    assert Rest(key_of(stranger)).patch(row, {"employees": 1}).status_code == 404
    assert Rest().post(API, body()).status_code == 401


def test_the_district_merges_a_double_entry(district, subdistrict, huangmenjie):
    stays, goes = (
        make_unit(place=huangmenjie, name="甲公司"),
        make_unit(place=huangmenjie, name="甲公司（重复）"),
    )
    asked = {"into": stays.pk, "on": "2026-11-01", "reason": "同一家公司登记了两次"}
    assert Rest(key_of(subdistrict)).post(f"{API}{goes.pk}/merge/", asked).status_code == 403
    rest = Rest(key_of(district))
    assert error(rest.post(f"{API}{goes.pk}/merge/", asked | {"into": goes.pk}))[2:] == (
        "unknown_unit",
        "into",
    )
    assert rest.post(f"{API}{goes.pk}/merge/", asked).json()["id"] == stays.pk
    assert rest.get(f"{API}{goes.pk}/").status_code == 404
