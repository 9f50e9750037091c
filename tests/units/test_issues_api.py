"""`/issues/` masked and with credentials only, its counts for anybody, and `/joint-activities/`."""

import pytest

from tests.cast import make_person
from tests.factories.issues import make_activity, make_issue
from tests.rest import Rest, client_key, error, key_of
from units.models import Issue, JointActivity

pytestmark = pytest.mark.django_db
PHONE = "13812341234"


@pytest.fixture
def issue(huangmenjie) -> Issue:
    return make_issue(place=huangmenjie, reporter_name="钱某某", reporter_phone=PHONE)


class TestReading:
    def test_name_and_phone_are_masked_for_everybody(self, issue, community, huangmenjie):
        for key in (key_of(community), client_key(huangmenjie)):
            for path in ("/api/v1/issues/", f"/api/v1/issues/{issue.pk}/", "/api/v1/issues/?format=csv"):
                answer = Rest(key).get(path)
                body = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
                assert answer.status_code == 200
                assert "138****1234" in body
                assert PHONE not in body
                assert "钱某某" not in body

    def test_without_credentials_there_are_only_counts(self, issue, huangmenjie, jinyan):
        make_issue(place=huangmenjie, status="reviewed")
        make_issue(place=jinyan, status="processing")
        assert Rest().get("/api/v1/issues/").status_code == 401
        assert Rest().get(f"/api/v1/issues/{issue.pk}/").status_code == 401
        counts = Rest().get("/api/v1/issues/counts/?place=510107005").json()
        assert [counts[name] for name in ("reported", "accepted", "open", "solved")] == [2, 1, 1, 1]
        assert error(Rest().get("/api/v1/issues/counts/?place=x"))[0] == 400

    def test_a_foreign_issue_is_404_and_a_wrong_filter_400(self, issue, stranger):
        rest = Rest(key_of(stranger))
        assert rest.get("/api/v1/issues/").json()["count"] == 0
        assert rest.get(f"/api/v1/issues/{issue.pk}/").status_code == 404
        assert rest.get("/api/v1/issues/?status=x").status_code == 400
        assert rest.get("/api/v1/issues/?overdue=maybe").status_code == 400


class TestWriting:
    def test_from_report_to_rating(self, community, huangmenjie, unit):
        rest = Rest(key_of(community))
        typed = {
            "place": huangmenjie.code,
            "title": "西门路灯不亮",
            "text": "坏了三天",
            "category": "property",
            "source": "visit",
        }
        created = rest.post("/api/v1/issues/", typed)
        assert created.status_code == 201
        way = f"/api/v1/issues/{created.json()['id']}"
        assert {move["name"] for move in created.json()["moves"]} == {"accept", "reject", "mark_duplicate"}
        steps = (
            ("accept", {}), ("assign", {"unit": unit.pk}), ("start", {}), ("resolve", {"note": "已更换"}), ("reply", {"note": "已告知"}),
        )  # fmt: skip
        for name, body in steps:
            assert rest.post(f"{way}/{name}/", body).status_code == 200, name
        heard = {"satisfaction": "basically", "way": "visit", "note": "还行"}
        assert error(rest.post(f"{way}/record_rating/", heard))[:3] == (403, "client_error", "own_paper")
        colleague = make_person("colleague", "community", place=huangmenjie)
        assert Rest(key_of(colleague)).post(f"{way}/record_rating/", heard).json()["rated_way"] == "visit"
        assert rest.get(f"{way}/").json()["satisfaction_display"] == "基本满意"

    def test_refusals(self, issue, community, huangmenjie, liaison):
        rest = Rest(key_of(community))
        way = f"/api/v1/issues/{issue.pk}"
        assert error(rest.post(f"{way}/resolve/", {"note": "好了"}))[:3] == (
            409,
            "client_error",
            "wrong_state",
        )
        assert error(rest.post(f"{way}/reject/"))[::3] == (400, "note")
        assert error(rest.post(f"{way}/mark_duplicate/", {"duplicate_of": issue.pk}))[::3] == (
            400,
            "duplicate_of",
        )
        assert error(rest.post(f"{way}/mark_duplicate/", {"duplicate_of": 999_999}))[::3] == (
            400,
            "duplicate_of",
        )
        assert error(
            rest.post("/api/v1/issues/", {"place": "9", "title": "a", "text": "b", "category": "other"})
        )[::3] == (400, "place")
        issue.status = "accepted"
        issue.save()
        assert error(rest.post(f"{way}/assign/", {"unit": 999_999}))[::3] == (400, "unit")
        assert Rest(key_of(liaison)).post(f"{way}/accept/").status_code == 404

    def test_a_second_original_is_linked_by_its_number(self, issue, community, huangmenjie):
        original = make_issue(place=huangmenjie)
        answer = Rest(key_of(community)).post(
            f"/api/v1/issues/{issue.pk}/mark_duplicate/", {"duplicate_of": original.pk}
        )
        assert answer.json()["duplicate_of"] == {"id": original.pk, "number": original.number}


class TestActivities:
    def test_held_ones_are_public(self, huangmenjie, unit):
        held = make_activity(place=huangmenjie, status="held")
        held.units.add(unit)
        make_activity(place=huangmenjie)
        body = Rest().get("/api/v1/joint-activities/").json()
        assert [row["id"] for row in body["results"]] == [held.pk]
        assert body["results"][0]["unit_count"] == 1

    def test_plan_and_hold(self, community, huangmenjie, unit):
        rest = Rest(key_of(community))
        plan = {"title": "义诊进院落", "place": huangmenjie.code, "held_on": "2026-11-02", "units": [unit.pk]}
        created = rest.post("/api/v1/joint-activities/", plan)
        assert created.status_code == 201
        way = f"/api/v1/joint-activities/{created.json()['id']}"
        assert (
            rest.post(
                f"{way}/hold/", {"participants": 60, "note": "看诊 60 人", "held_on": "2099-01-01"}
            ).status_code
            == 400
        )
        assert (
            rest.post(f"{way}/hold/", {"participants": 60, "note": "看诊 60 人"}).json()["status"] == "held"
        )
        assert JointActivity.objects.get().participants == 60
        assert error(rest.post("/api/v1/joint-activities/", {**plan, "units": [999_999]}))[::3] == (
            400,
            "units",
        )

    def test_a_unit_plans_changes_and_holds_its_own_in_its_community(
        self, liaison, other_liaison, huangmenjie, jinyan, yulin, unit, other_unit
    ):
        rest, way = Rest(key_of(liaison)), "/api/v1/joint-activities/"
        plan = {
            "title": "书香进院落",
            "place": huangmenjie.code,
            "held_on": "2026-11-02",
            "units": [other_unit.pk],
        }
        for place in (jinyan, yulin):
            refused = rest.post(way, {**plan, "place": place.code})
            assert error(refused) == (400, "validation_error", "not_the_units_place", "place")
        made = rest.post(way, plan, idempotency_key="one")
        again = rest.post(way, plan, idempotency_key="one")
        assert (made.status_code, made.json(), again.json()["id"]) == (201, again.json(), made.json()["id"])
        activity = JointActivity.objects.get()
        assert set(activity.units.all()) == {unit, other_unit}
        assert [one["name"] for one in made.json()["moves"]] == ["hold", "cancel"]
        seen = rest.get(f"{way}{activity.pk}/")
        changed = rest.patch(f"{way}{activity.pk}/", {"venue": "3号院", "units": []}, if_match=seen["ETag"])
        assert (changed.json()["venue"], list(activity.units.all())) == ("3号院", [unit])
        stale = rest.patch(f"{way}{activity.pk}/", {"venue": "4号院"}, if_match=seen["ETag"])
        assert stale.status_code == 412
        activity.units.add(other_unit)
        other = Rest(key_of(other_liaison))
        assert other.get(f"{way}{activity.pk}/").json()["moves"] == []
        assert other.patch(f"{way}{activity.pk}/", {"venue": "别处"}).status_code == 403
        assert other.post(f"{way}{activity.pk}/hold/", {"participants": 1, "note": "x"}).status_code == 403
        held = rest.post(f"{way}{activity.pk}/hold/", {"participants": 12, "note": "到了 12 人"})
        assert (held.json()["status"], held.json()["participants"]) == ("held", 12)

    def test_a_plan_can_be_called_off(self, community, huangmenjie):
        activity = make_activity(place=huangmenjie)
        answer = Rest(key_of(community)).post(
            f"/api/v1/joint-activities/{activity.pk}/cancel/", {"note": "下雨"}
        )
        assert answer.json()["status"] == "cancelled"


def test_the_indicators_are_public_and_fresh(huangmenjie, community):
    for name in ("ISS-SOLVED", "ISS-ONTIME", "ISS-SAT", "ACT-COUNT"):
        assert Rest().get(f"/api/v1/statistics/indicators/{name}/?period=2026").status_code == 200
    first = Rest().get("/api/v1/statistics/indicators/ACT-COUNT/?period=2026")
    make_activity(place=huangmenjie, status="held")
    again = Rest().get("/api/v1/statistics/indicators/ACT-COUNT/?period=2026", if_none_match=first["ETag"])
    assert (again.status_code, again.json()["total"]["numerator"]) == (200, 1)
