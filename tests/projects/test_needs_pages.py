"""Pages of the three lists as each of the cast opens them, and as a resident without account does."""

import io
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from openpyxl import load_workbook

from core.clock import today
from core.todo import todo_count, todo_items, waiting_items
from projects.models import Need, Project, Resource, ResourceBooking
from projects.need_codes import code_of
from tests.counting import own_queries
from tests.factories.projects import make_project, project_fields
from tests.factories.projects_lists import make_booking, make_need, make_resource

pytestmark = pytest.mark.django_db
PHONE = "13812341234"
TYPED = {"title": "老人想学用手机", "domain": "elderly", "place": "510107005008", "consent": "on"}


def text(response) -> str:
    return response.content.decode()


@pytest.fixture(autouse=True)
def fresh_minute():
    cache.clear()


class TestResidents:
    def test_from_the_phone_to_the_result(self, huangmenjie, community):
        resident = Client()
        assert "黉门街社区" in text(resident.get("/open/needs/new/?place=510107005008"))
        typed = {**TYPED, "reporter_name": "钱某某", "reporter_phone": PHONE}
        answer = resident.post("/open/needs/new/?place=510107005008", typed, follow=True)
        need = Need.objects.get()
        code = code_of(need)
        assert code in text(answer)
        assert PHONE not in text(answer)
        assert (answer["X-Robots-Tag"], "no-store" in answer["Cache-Control"]) == ("noindex", True)
        way = f"/projects/needs/{need.pk}"
        assert "已办理：核实通过" in text(community.client.post(f"{way}/verify/", follow=True))
        assert "请填写怎样解决的" in text(
            community.client.post(f"{way}/resolve/", {"note": " "}, follow=True)
        )
        community.client.post(f"{way}/resolve/", {"note": "每周三开课"})
        found = resident.get("/open/needs/state/", {"code": code.lower()}, follow=True)
        assert "每周三开课" in text(found)
        duplicate = make_need(place=huangmenjie, status="duplicate", duplicate_of=need)
        assert f"与 {need.number} 是同一个需求" in text(
            resident.get(f"/open/needs/state/{code_of(duplicate)}/")
        )

    def test_what_is_refused(self, huangmenjie):
        resident = Client()
        for changed, status, sentence in (
            ({"consent": ""}, 422, "请先阅读并勾选这段说明"),
            ({"website": "x"}, 422, "没有提交成功"),
            ({"reporter_phone": "138"}, 400, "电话只能是 7 到 20 位数字"),
        ):
            answer = resident.post("/open/needs/new/", {**TYPED, **changed})
            assert (answer.status_code, sentence in text(answer)) == (status, True)
        cache.clear()
        answers = [resident.post("/open/needs/new/", TYPED) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [302] * 5 + [429]
        assert int(answers[-1]["Retry-After"]) <= 60
        for address in (
            "/open/needs/state/?code=ABC",
            "/open/needs/state/ABCD-EFGH-JKMN/",
            "/open/needs/state/\x00/",
        ):
            answer = resident.get(address)
            assert (answer.status_code, "没有查到这个查询码" in text(answer)) == (404, True)
        for place in ("", "x", "\x00", "中文", "510107005"):
            assert resident.get("/open/needs/new/", {"place": place}).status_code == 200
        looks = [resident.get("/open/needs/state/?code=ABC").status_code for _ in range(31)]
        assert looks[-1] == 429


class TestNeedList:
    def test_filters_and_who_reads_the_reporter(self, community, subdistrict, liaison, huangmenjie):
        late = make_need(
            place=huangmenjie, status="collected", title="送餐", raised_on=today() - timedelta(days=20),
            reporter_name="钱某某", reporter_phone=PHONE,
        )  # fmt: skip
        done = make_need(
            place=huangmenjie, title="路灯", domain="safety", reporter_name="孙某", reporter_phone=PHONE
        )
        for query, shown, hidden in (
            ("late=true", late, done), ("late=false", done, late), ("status=verified", done, late), ("domain=safety", done, late),
            ("q=送餐", late, done), ("place=510107005&side=residents&status=collected", late, done),
        ):  # fmt: skip
            page = text(community.client.get(f"/projects/needs/?{query}"))
            assert (shown.title in page, hidden.title in page) == (True, False), query
        assert community.client.get("/projects/needs/?status=x").status_code == 400
        assert PHONE in text(community.client.get(done.get_absolute_url()))
        above = text(subdistrict.client.get(done.get_absolute_url()))
        assert ("138****1234" in above, PHONE in above, "孙某" in above) == (True, False, False)
        assert "138****" not in text(liaison.client.get(done.get_absolute_url()))
        assert liaison.client.get(late.get_absolute_url()).status_code == 404
        body = b"".join(subdistrict.client.get("/projects/needs/?format=xlsx").streaming_content)
        cells = [
            value
            for row in load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True)
            for value in row
        ]
        assert "孙*，138****1234" in cells
        assert PHONE not in str(cells)
        theirs = b"".join(liaison.client.get("/projects/needs/?format=csv").streaming_content).decode()
        assert ("路灯" in theirs, "138" in theirs) == (True, False)

    def test_the_numbers_of_queries_do_not_grow(self, community, huangmenjie, unit, liaison):
        addresses = ("/projects/needs/", "/projects/resources/", "/projects/bookings/")

        def one_more():
            make_need(place=huangmenjie, unit=unit, side="unit", project=make_project(place=huangmenjie))
            resource = make_resource(unit=unit, hours={1: ("09:00", "12:00")})
            make_booking(resource=resource, place=huangmenjie)

        one_more()
        counts = [own_queries(community.client, address) for address in addresses]
        one_more()
        one_more()
        assert [own_queries(community.client, address) for address in addresses] == counts == [3, 4, 3]


class TestNeedForms:
    def test_raise_correct_link(self, community, liaison, huangmenjie, unit):
        form = liaison.client.get("/projects/needs/new/").context["form"]
        assert set(form.fields) == {"title", "description", "place", "domain", "urgency", "beneficiaries"}
        assert form.initial["place"] == huangmenjie
        typed = {"title": "老人学手机", "domain": "elderly", "urgency": "normal", "place": huangmenjie.pk}
        liaison.client.post("/projects/needs/new/", typed)
        need = Need.objects.get()
        page = liaison.client.get(f"/projects/needs/{need.pk}/change/")
        changed = {**typed, "title": "老人学用手机", "version": page.context["version"]}
        liaison.client.post(f"/projects/needs/{need.pk}/change/", changed)
        original = make_need(place=huangmenjie, title="教老人用手机")
        assert "可能是同一个需求" in text(community.client.get(need.get_absolute_url()))
        way = f"/projects/needs/{need.pk}/link/"
        assert original.number in text(community.client.get(need.get_absolute_url()))
        for data, sentence in (({}, "请选择并入哪一条需求"), ({"number": "XQ-9"}, "没有这个编号的需求")):
            refused = community.client.post(way, data)
            assert (refused.status_code, sentence in text(refused)) == (422, True)
        answer = community.client.post(way, {"number": original.number}, follow=True)
        assert "随它一起办理" in text(answer)
        assert "并入这里的需求" in text(community.client.get(original.get_absolute_url()))
        assert "不能“并入重复的需求”" in text(community.client.get(way, follow=True))

    def test_into_a_project_in_one_step_or_into_one_that_is_there(self, community, subdistrict, huangmenjie):
        need = make_need(place=huangmenjie, title="手机课堂", beneficiaries=30)
        page = community.client.get(f"/projects/needs/{need.pk}/convert/")
        form = page.context["form"]
        assert [form.initial[name] for name in ("title", "domain", "place", "expected_person_times")] == [
            "手机课堂",
            "elderly",
            huangmenjie,
            30,
        ]
        typed = {name: value for name, value in form.initial.items() if value not in (None, "")}
        typed |= project_fields(title="手机课堂") | {
            "place": huangmenjie.pk,
            "volunteers_needed": 0,
            "expected_person_times": 30,
        }
        answer = community.client.post(f"/projects/needs/{need.pk}/convert/", typed, follow=True)
        project = Project.objects.get()
        assert answer.redirect_chain[-1][0] == project.get_absolute_url(), answer.context["form"].errors
        need.refresh_from_db()
        assert (need.project, need.status, project.origin) == (project, "converted", "need")
        assert "不能“转为项目”" in text(
            community.client.get(f"/projects/needs/{need.pk}/convert/", follow=True)
        )
        other = make_need(place=huangmenjie)
        assert "并入已有项目" in text(community.client.get(f"/projects/needs/{other.pk}/convert/"))
        joined = community.client.post(
            f"/projects/needs/{other.pk}/join/", {"project": project.pk}, follow=True
        )
        assert "已并入项目" in text(joined)
        project.status, project.number = "open", "XM-1"
        project.save()
        make_resource(unit=make_member(huangmenjie), title="数码课", domain="convenience")
        shown = text(community.client.get(need.get_absolute_url()))
        assert "登记有“数码课”资源；同在黉门街社区；目前没有承担项目。" in shown


def make_member(place):
    from tests.factories.units import make_unit

    return make_unit(place=place, is_member=True)


class TestResources:
    def test_a_unit_registers_its_hours_follow_and_a_place_books(self, community, liaison, huangmenjie, unit):
        typed = {
            "title": "会议室",
            "kind": "venue",
            "domain": "culture",
            "scope": "subdistrict",
            "is_exclusive": "on",
        }
        answer = liaison.client.post("/projects/resources/new/", typed, follow=True)
        resource = Resource.objects.get()
        way = f"/projects/resources/{resource.pk}"
        assert answer.redirect_chain[-1][0] == f"{way}/hours/"
        refused = liaison.client.post(f"{way}/hours/", {"day_1": "上午"})
        assert (refused.status_code, "请写成 9:00-12:00 的样子" in text(refused)) == (422, True)
        refused = liaison.client.post(f"{way}/hours/", {"day_1": "9-12，11-14"})
        assert (refused.status_code, "周一的两段时间重叠了" in text(refused)) == (400, True)
        week = {f"day_{day}": "9:00-21:00" for day in range(1, 8)}
        assert "周一至周日 09:00—21:00" in text(liaison.client.post(f"{way}/hours/", week, follow=True))
        page = liaison.client.get(f"{way}/change/")
        liaison.client.post(
            f"{way}/change/", {**typed, "quantity": "60 人", "version": page.context["version"]}
        )
        resource.refresh_from_db()
        assert resource.quantity == "60 人"
        on = (today() + timedelta(days=7)).isoformat()
        form = community.client.get(f"{way}/book/?on={on}").context["form"]
        assert f"{form.initial['starts_at']:%Y-%m-%d %H:%M}" == f"{on} 09:00"
        asked = {
            "place": huangmenjie.pk,
            "starts_at": f"{on}T08:00",
            "ends_at": f"{on}T11:00",
            "purpose": "健康讲座",
        }
        refused = community.client.post(f"{way}/book/", asked)
        assert (refused.status_code, "申请的时间不在开放时段内" in text(refused)) == (409, True)
        asked["starts_at"] = f"{on}T09:00"
        assert "已申请" in text(community.client.post(f"{way}/book/", asked, follow=True))
        home = text(liaison.client.get("/"))
        assert "黉门街社区预约“会议室”" in home
        booking = ResourceBooking.objects.get()
        answer = liaison.client.post(booking.get_move_url("accept"), {"next": "/"}, follow=True)
        assert answer.redirect_chain[-1][0] == "/"
        assert "黉门街社区 · 健康讲座" in text(community.client.get(f"{way}/?week={on}"))
        for odd in ("x", "9999-12-31", "0001-01-01", "\x00"):
            assert community.client.get(f"{way}/", {"week": odd}).status_code == 200
            assert community.client.get(f"{way}/book/", {"on": odd, "need": odd}).status_code == 200
        other = community.client.post(f"{way}/book/", {**asked, "starts_at": f"{on}T10:00"})
        assert (other.status_code, "这段时间已经有别的预约，请换一个时间。" in text(other)) == (409, True)

    def test_filters_and_doors(self, community, liaison, stranger, unit, huangmenjie):
        hall = make_resource(unit=unit, title="大礼堂", valid_to=today() - timedelta(days=1))
        talk = make_resource(unit=unit, title="法律讲座", kind="people", domain="law")
        for query, shown, hidden in (
            ("kind=people", talk, hall), ("bookable=true", talk, hall), ("bookable=false", hall, talk), ("domain=law", talk, hall),
            ("q=礼堂", hall, talk),
        ):  # fmt: skip
            page = text(liaison.client.get(f"/projects/resources/?{query}"))
            assert (shown.title in page, hidden.title in page) == (True, False), query
        assert "有效期已过" in text(community.client.get(hall.get_absolute_url()))
        assert "/book/" not in text(stranger.client.get(talk.get_absolute_url()))
        assert "只能由提供单位" in text(
            stranger.client.get(f"/projects/resources/{talk.pk}/hours/", follow=True)
        )
        assert liaison.client.get(f"/projects/resources/{talk.pk}/book/").status_code == 403
        form = community.client.get(f"/projects/resources/{talk.pk}/convert/").context["form"]
        assert (form.initial["title"], form.initial["domain"]) == ("法律讲座", "law")

    def test_feedback_closes_a_booking(self, community, unit, huangmenjie):
        booking = make_booking(
            resource=make_resource(unit=unit), place=huangmenjie, status="used", on=today()
        )
        way = f"/projects/bookings/{booking.pk}/give_feedback/"
        refused = community.client.post(way, {"rating": 1})
        assert (refused.status_code, "请写明哪里不满意" in text(refused)) == (400, True)
        assert "已反馈，提供单位会看到" in text(community.client.post(way, {"rating": 3}, follow=True))
        assert "不能“反馈使用情况”" in text(community.client.get(way, follow=True))


class TestTodo:
    def test_each_sees_what_is_his_or_hers(
        self, community, subdistrict, liaison, stranger, huangmenjie, unit
    ):
        make_need(place=huangmenjie, status="collected", title="送餐", author=liaison.user)
        make_need(place=huangmenjie, status="collected", author=community.user)
        make_need(
            place=huangmenjie, status="converted", project=make_project(place=huangmenjie, status="done")
        )
        resource = make_resource(unit=unit, title="会议室")
        make_booking(resource=resource, place=huangmenjie)
        make_booking(resource=resource, place=huangmenjie, status="used", on=today())
        yesterday = today() - timedelta(days=1)
        make_booking(resource=resource, place=huangmenjie, status="accepted", on=yesterday)

        def kinds(person):
            items = [one.kind for one in todo_items(person.actor, today())]
            assert todo_count(person.actor, today()) >= len(items)
            return sorted(kind for kind in items if kind.startswith(("need", "booking")))

        assert kinds(community) == ["booking-feedback", "booking-use", "need-resolve", "need-verify"]
        assert kinds(subdistrict) == ["need-verify"]
        assert kinds(liaison) == ["booking-answer"]
        assert kinds(stranger) == []
        waits = [one.title for one in waiting_items(liaison.actor, today()) if one.kind == "need"]
        assert waits == ["等黉门街社区核实需求：送餐"]
        waits = [one.title for one in waiting_items(community.actor, today()) if one.kind == "booking"]
        assert waits == ["等成都安和物业服务有限公司答复预约：会议室"]


def test_the_search_box_finds_both_lists(liaison, huangmenjie, unit):
    need = make_need(place=huangmenjie, title="送餐上门", reporter_name="钱某某")
    resource = make_resource(unit=unit, title="送餐车")
    page = text(liaison.client.get("/search/", {"q": "送餐"}))
    assert need.get_absolute_url() in page
    assert resource.get_absolute_url() in page
    assert need.get_absolute_url() not in text(liaison.client.get("/search/", {"q": "钱某某"}))
