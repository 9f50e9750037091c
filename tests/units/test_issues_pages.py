"""Pages of issues and activities as each of the cast opens them, and as a resident without account does."""

import io

import pytest
from django.core.cache import cache
from django.test import Client
from openpyxl import load_workbook

from tests.counting import own_queries
from tests.factories.issues import make_activity, make_issue
from tests.factories.units import make_unit
from units.models import Issue, JointActivity

pytestmark = pytest.mark.django_db
PHONE = "13812341234"


def text(response) -> str:
    return response.content.decode()


@pytest.fixture(autouse=True)
def fresh_minute():
    cache.clear()


class TestList:
    def test_filters_narrow_and_wrong_ones_are_a_sentence(self, community, huangmenjie):
        late = make_issue(place=huangmenjie, status="processing", due_on="2026-01-05", title="垃圾房异味")
        done = make_issue(place=huangmenjie, status="replied", title="楼道杂物")
        for query, shown, hidden in (
            ("open=true", late, done), ("overdue=true", late, done), ("overdue=false", done, late), ("status=replied", done, late),
            ("q=异味", late, done), ("open=true&category=environment&age=3", late, done), ("place=510107005008&open=false", done, late),
        ):  # fmt: skip
            page = text(community.client.get(f"/units/issues/?{query}"))
            assert shown.title in page, query
            assert hidden.title not in page, query
        assert community.client.get("/units/issues/?status=x").status_code == 400

    def test_the_number_of_queries_does_not_grow(self, community, huangmenjie, unit):
        make_issue(place=huangmenjie, unit=unit)
        one = own_queries(community.client, "/units/issues/")
        for _ in range(2):
            make_issue(place=huangmenjie, unit=unit)
        assert own_queries(community.client, "/units/issues/") == one

    @pytest.mark.parametrize("ending", ["csv", "xlsx"])
    def test_exports_hide_the_reporter_even_from_the_community(self, ending, community, huangmenjie):
        make_issue(place=huangmenjie, reporter_name="钱某某", reporter_phone=PHONE)
        body = b"".join(community.client.get(f"/units/issues/?format={ending}").streaming_content)
        if ending == "xlsx":
            sheet = load_workbook(io.BytesIO(body)).active
            body = "".join(str(value) for row in sheet.iter_rows(values_only=True) for value in row).encode()
        words = body.decode("utf-8-sig")
        assert "钱**，138****1234" in words
        assert PHONE not in words
        assert "钱某某" not in words


class TestSearch:
    def test_the_search_box_finds_titles_and_numbers_but_no_reporters(self, community, stranger, huangmenjie):
        issue = make_issue(place=huangmenjie, title="西门路灯不亮", reporter_name="钱某某")
        for words in ("路灯", issue.number):
            assert issue.get_absolute_url() in text(community.client.get("/search/", {"q": words}))
            assert issue.get_absolute_url() not in text(stranger.client.get("/search/", {"q": words}))
        assert issue.get_absolute_url() not in text(community.client.get("/search/", {"q": "钱某某"}))


class TestDetail:
    def test_only_the_community_reads_name_and_phone(self, community, subdistrict, huangmenjie):
        issue = make_issue(place=huangmenjie, reporter_name="钱某某", reporter_phone=PHONE)
        assert PHONE in text(community.client.get(f"/units/issues/{issue.pk}/"))
        page = text(subdistrict.client.get(f"/units/issues/{issue.pk}/"))
        assert PHONE not in page
        assert "钱某某" not in page
        assert "138****1234" in page

    def test_a_foreign_issue_is_404(self, stranger, liaison, huangmenjie):
        issue = make_issue(place=huangmenjie)
        for person in (stranger, liaison):
            assert person.client.get(f"/units/issues/{issue.pk}/").status_code == 404
            assert person.client.post(f"/units/issues/{issue.pk}/accept/").status_code == 404

    def test_likely_duplicates_are_offered_and_linked(self, community, huangmenjie):
        first, second = make_issue(place=huangmenjie), make_issue(place=huangmenjie)
        assert "可能是同一个问题" in text(community.client.get(f"/units/issues/{second.pk}/"))
        form = community.client.get(f"/units/issues/{second.pk}/mark_duplicate/")
        assert first.number in text(form)
        answer = community.client.post(
            f"/units/issues/{second.pk}/mark_duplicate/", {"duplicate_of": first.pk}, follow=True
        )
        assert "随它一起办理" in text(answer)
        assert "并入这里的问题" in text(community.client.get(f"/units/issues/{first.pk}/"))


class TestTheWholeWay:
    def test_from_the_public_page_to_the_second_opinion(self, huangmenjie, community, unit, liaison):
        resident = Client()
        page = resident.get("/issues/report/?place=510107005008")
        assert "黉门街社区" in text(page)
        typed = {"place": "510107005008", "title": "西门路灯不亮", "text": "坏了三天", "category": "property", "consent": "on",
                 "reporter_name": "钱某某", "reporter_phone": PHONE}  # fmt: skip
        answer = resident.post("/issues/report/?place=510107005008", typed, follow=True)
        issue = Issue.objects.get()
        assert issue.reply_code in text(answer)
        assert PHONE not in text(answer)
        way = f"/units/issues/{issue.pk}"
        assert "已办理：受理" in text(community.client.post(f"{way}/accept/", follow=True))
        assert "已交办" in text(
            community.client.post(f"{way}/assign/", {"unit": unit.pk, "note": "三日内"}, follow=True)
        )
        assert "已办理：开始办理" in text(liaison.client.post(f"{way}/start/", follow=True))
        assert "请填写办理结果" in text(liaison.client.post(f"{way}/resolve/", {"note": " "}, follow=True))
        assert "已办理：办结" in text(
            liaison.client.post(f"{way}/resolve/", {"note": "已更换灯具"}, follow=True)
        )
        state = f"/issues/state/{issue.reply_code}/"
        assert "已更换灯具" not in text(resident.get(state))
        community.client.post(f"{way}/reply/", {"note": "已电话告知"})
        assert "请您评议" in text(resident.get(state))
        refused = resident.post(state, {"satisfaction": "dissatisfied", "reopen": "on"})
        assert refused.status_code == 400
        resident.post(state, {"satisfaction": "dissatisfied", "reopen": "on", "note": "又坏了"})
        issue.refresh_from_db()
        assert (issue.status, issue.reopened, issue.satisfaction) == ("accepted", 1, "dissatisfied")
        assert "请您评议" not in text(resident.get(state))


class TestPublicPages:
    def test_what_is_missing_is_said_beside_the_field(self, huangmenjie):
        answer = Client().post(
            "/issues/report/", {"title": "灯", "text": "坏", "category": "property", "place": "510107005008"}
        )
        assert answer.status_code == 422
        assert "请先阅读并勾选这段说明" in text(answer)
        assert not Issue.objects.exists()

    def test_a_program_falls_into_the_trap(self, huangmenjie):
        typed = {
            "title": "灯",
            "text": "坏",
            "category": "property",
            "place": "510107005008",
            "consent": "on",
            "website": "x",
        }
        assert Client().post("/issues/report/", typed).status_code == 422
        assert not Issue.objects.exists()

    def test_too_many_a_minute_have_to_wait(self, huangmenjie):
        typed = {
            "title": "灯",
            "text": "坏",
            "category": "property",
            "place": "510107005008",
            "consent": "on",
        }
        answers = [Client().post("/issues/report/", typed) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [302] * 5 + [429]
        assert int(answers[-1]["Retry-After"]) <= 60
        assert Issue.objects.count() == 5

    @pytest.mark.parametrize("place", ["", "x", "\x00", "999", "中文", "510107005", "510107005008"])
    def test_any_place_opens_the_form(self, place, places):
        assert Client().get("/issues/report/", {"place": place}).status_code == 200

    def test_an_unknown_code_is_a_sentence(self, huangmenjie):
        for address in ("/issues/state/?code=ABC", "/issues/state/ABCDEFGHJK/", "/issues/state/\x00/"):
            answer = Client().get(address)
            assert answer.status_code == 404
            assert "没有查到这个查询码" in text(answer)
        issue = make_issue(place=huangmenjie, reply_code="ABCDEFGHJK")
        assert issue.title in text(Client().get("/issues/state/?code=abcde-fghjk", follow=True))

    def test_the_code_of_a_duplicate_tells_of_the_original(self, huangmenjie):
        original = make_issue(place=huangmenjie, status="replied", reply="已告知")
        make_issue(
            place=huangmenjie,
            status="duplicate",
            duplicate_of=original,
            reply_code="ABCDEFGHJK",
            accepted_on=None,
        )
        page = text(Client().get("/issues/state/ABCDEFGHJK/"))
        assert f"与 {original.number} 是同一个问题" in page
        assert "已告知" in page
        assert "请您评议" not in page

    def test_it_is_not_stored_or_indexed(self, places):
        answer = Client().get("/issues/report/")
        assert answer["X-Robots-Tag"] == "noindex"
        assert "no-store" in answer["Cache-Control"]


class TestForms:
    def test_each_role_has_the_fields_it_needs(self, community, liaison, huangmenjie):
        assert "reporter_phone" in community.client.get("/units/issues/new/").context["form"].fields
        form = liaison.client.get("/units/issues/new/").context["form"]
        assert "reporter_phone" not in form.fields
        assert form.initial["place"] == huangmenjie
        typed = {"title": "停车难", "text": "晚上停不下", "category": "parking", "place": huangmenjie.pk}
        liaison.client.post("/units/issues/new/", typed)
        assert Issue.objects.get().source == "unit"

    def test_a_form_at_the_wrong_moment_leads_back_with_a_sentence(self, community, huangmenjie):
        issue = make_issue(place=huangmenjie)
        for name in ("assign", "record_rating"):
            assert "不能“" in text(community.client.get(f"/units/issues/{issue.pk}/{name}/", follow=True))

    def test_a_rating_heard_by_the_community(self, community, huangmenjie):
        issue = make_issue(place=huangmenjie, status="replied")
        way = issue.get_move_url("record_rating")
        assert community.client.post(way, {}).status_code == 422
        typed = {"satisfaction": "satisfied", "way": "phone", "note": "路灯亮了"}
        assert "满意（电话回访登记）" in text(community.client.post(way, typed, follow=True))


class TestOverview:
    def test_every_figure_opens_into_as_many_rows(self, community, huangmenjie):
        make_issue(place=huangmenjie, status="processing", registered_on=None)
        make_issue(place=huangmenjie, status="accepted", category="parking", due_on="2026-01-05")
        make_issue(place=huangmenjie, status="reviewed")
        make_issue(place=huangmenjie, status="rejected")
        context = community.client.get("/units/issues/overview/").context
        cells = [cell[:2] for line in context["lines"] for cell in [*line["cells"], line["all"]]]
        assert len(cells) == 18
        for number, address in cells:
            assert community.client.get(address).context["count"] == number, address
        figures = context["figures"]
        for query, number in (
            ("open=true", figures["open"]), ("overdue=true", figures["overdue"]), ("solved=true", figures["solved"]),
            ("accepted=true", figures["accepted"]), ("satisfaction=rated", figures["rated"]), ("satisfaction=content", figures["content"]),
        ):  # fmt: skip
            assert community.client.get(f"/units/issues/?{query}").context["count"] == number, query
        make_activity(place=huangmenjie, status="held")
        context = community.client.get("/units/issues/overview/").context
        assert community.client.get(context["activities_url"]).context["count"] == context["activities"] == 1
        assert (
            context["figures"]["open"],
            context["figures"]["overdue"],
            context["figures"]["solved_rate"],
        ) == (2, 1, "33.3%")

    def test_it_is_for_staff(self, liaison):
        assert liaison.client.get("/units/issues/overview/").status_code == 403


class TestActivities:
    def test_plan_change_hold(self, community, liaison, huangmenjie, unit):
        other = make_unit(place=huangmenjie, is_member=True)
        typed = {
            "title": "义诊进院落",
            "place": huangmenjie.pk,
            "held_on": "2026-11-02",
            "venue": "2号院",
            "units": [unit.pk],
        }
        assert "已登记计划" in text(community.client.post("/units/activities/new/", typed, follow=True))
        activity = JointActivity.objects.get()
        assert "义诊进院落" in text(liaison.client.get("/units/activities/"))
        page = community.client.get(f"/units/activities/{activity.pk}/edit/")
        changed = {**typed, "units": [unit.pk, other.pk], "version": page.context["version"]}
        community.client.post(f"/units/activities/{activity.pk}/edit/", changed)
        assert activity.units.count() == 2
        held = {"held_on": "2099-01-01", "participants": 60, "note": "看诊 60 人"}
        assert community.client.post(f"/units/activities/{activity.pk}/hold/", held).status_code == 400
        community.client.post(f"/units/activities/{activity.pk}/hold/", {**held, "held_on": "2026-11-02"})
        activity.refresh_from_db()
        assert (activity.status, activity.participants, activity.summary) == ("held", 60, "看诊 60 人")
        page = community.client.get(f"/units/activities/{activity.pk}/edit/")
        again = {**typed, "title": "改名", "version": page.context["version"]}
        assert "已经开展或取消的活动不能再改" in text(
            community.client.post(f"/units/activities/{activity.pk}/edit/", again)
        )

    def test_a_liaison_plans_and_holds_one_of_the_own_unit(
        self, liaison, huangmenjie, jinyan, unit, other_unit
    ):
        assert "登记活动" in text(liaison.client.get("/units/activities/"))
        form = liaison.client.get("/units/activities/new/").context["form"]
        assert [str(one) for _, one in form.fields["place"].choices] == [str(huangmenjie)]
        assert list(form.fields["units"].queryset) == [other_unit]
        typed = {"title": "书香进院落", "place": jinyan.pk, "held_on": "2026-11-02", "units": [other_unit.pk]}
        assert liaison.client.post("/units/activities/new/", typed).status_code == 422
        liaison.client.post("/units/activities/new/", {**typed, "place": huangmenjie.pk})
        activity = JointActivity.objects.get()
        assert set(activity.units.all()) == {unit, other_unit}
        page = liaison.client.get(f"/units/activities/{activity.pk}/edit/")
        changed = {"venue": "3号院", "place": huangmenjie.pk, "units": [], "version": page.context["version"]}
        liaison.client.post(f"/units/activities/{activity.pk}/edit/", {**typed, **changed})
        activity.refresh_from_db()
        assert (activity.venue, list(activity.units.all())) == ("3号院", [unit])
        assert "登记已开展" in text(liaison.client.get(f"/units/activities/{activity.pk}/"))
        held = {"held_on": "2026-11-02", "participants": 12, "note": "到了 12 人"}
        liaison.client.post(f"/units/activities/{activity.pk}/hold/", held)
        activity.refresh_from_db()
        assert (activity.status, activity.participants) == ("held", 12)

    def test_plans_are_seen_by_the_place_and_its_units_only(
        self, community, stranger, other_liaison, huangmenjie
    ):
        make_activity(place=huangmenjie, title="还在计划")
        make_activity(place=huangmenjie, title="已经开展", status="held")
        assert "还在计划" in text(community.client.get("/units/activities/"))
        for person in (stranger, other_liaison):
            page = text(person.client.get("/units/activities/"))
            assert "已经开展" in page
            assert "还在计划" not in page

    def test_the_number_of_queries_does_not_grow(self, community, huangmenjie, unit):
        make_activity(place=huangmenjie).units.add(unit)
        one = own_queries(community.client, "/units/activities/")
        for _ in range(2):
            make_activity(place=huangmenjie).units.add(unit)
        assert own_queries(community.client, "/units/activities/") == one
