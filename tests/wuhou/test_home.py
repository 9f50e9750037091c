"""The first page of each role: what it shows, where its numbers lead, and how many queries it asks."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core.periods import Month
from core.roles import Role
from core.todo import TodoItem, due_tag, sort_key
from notifications.actions import notify
from tests.cast import make_person
from tests.factories.evaluations import make_visit
from tests.factories.projects import make_claim, make_project
from tests.factories.units import make_unit
from wuhou.home import greeting

NOVEMBER = Month(2026, 11)
CHENGDU = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(datetime(2026, 11, 23, 15, tzinfo=CHENGDU), tick=False):
        yield


def text_of(response) -> str:
    return response.content.decode()


def home_of(person) -> str:
    response = person.client.get("/")
    assert response.status_code == 200
    return text_of(response)


# Who gets which home


def test_a_visitor_without_an_account_is_asked_to_sign_in(db, client):
    assert client.get("/").url == "/accounts/sign-in/?next=%2F"


def test_an_account_without_a_role_is_told_so(db, client):
    client.force_login(
        User.objects.create_user("nobody"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert "您的账号目前没有生效的身份" in text_of(client.get("/"))


@pytest.mark.parametrize("role", Role.values)
def test_every_role_has_a_home(role, unit, huangmenjie):
    is_unit = role in {Role.LIAISON, Role.SOCIAL_ORG}
    person = make_person(
        "somebody", role, place=None if is_unit else huangmenjie, unit=unit if is_unit else None
    )
    text = home_of(person)
    expected = (
        "要我确认的"
        if is_unit
        else "要我办的"
        if role in {"district", "social_work", "subdistrict", "community"}
        else "您可以"
    )
    assert expected in text


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (3, "夜深了"),
        (8, "上午好"),
        (11, "中午好"),
        (12, "中午好"),
        (13, "下午好"),
        (18, "晚上好"),
        (23, "晚上好"),
    ],
)
def test_the_greeting_follows_the_local_hour(hour, words):
    assert greeting(datetime(2026, 11, 23, hour, 30, tzinfo=CHENGDU)) == words


# The workbench


def test_the_workbench_greets_and_says_how_many_workdays_are_left(subdistrict):
    text = home_of(subdistrict)
    assert "下午好，玉林街道" in text
    assert (
        "2026年11月23日 星期一 · 本月还剩 6 个工作日 · 明年放假安排尚未公布，到期日暂按周一至周五计算" in text
    )


def test_the_figures_open_into_lists_of_exactly_that_length(subdistrict, community, unit, huangmenjie):
    for status in ("planned", "planned", "recorded", "confirmed", "disputed", "exempt"):
        make_visit(unit=make_unit(place=huangmenjie), visitor=community.user, month=NOVEMBER, status=status)
    for status in ("open", "open", "claimed", "unclaimed", "draft"):
        make_project(place=huangmenjie, status=status)
    project = make_project(place=huangmenjie)
    make_claim(project=project, unit=unit, status="screened")
    make_claim(project=project, unit=make_unit(place=huangmenjie), status="submitted")
    figures = subdistrict.client.get("/").context["figures"]
    shown = {}
    for figure in figures[:3]:
        shown[figure.label] = (figure.value, figure.unit, [note.text for note in figure.notes])
        assert f'共 <b class="num">{figure.value}</b>' in text_of(subdistrict.client.get(figure.url))
        for note in figure.notes:
            number = note.text.split(" ")[0]
            assert f'共 <b class="num">{number}</b>' in text_of(subdistrict.client.get(note.url))
    assert shown == {
        "本月走访（11月30日到期）": ("1", "/ 5 家已确认", ["2 家未走访", "1 家待确认", "1 家有异议"]),
        "共建项目": ("3", "个待认领", ["1 个已认领", "1 个无人认领"]),
        "项目认领": ("1", "件待确认", ["1 件待初审"]),
    }


def test_coverage_of_my_place_opens_into_its_units(subdistrict, huangmenjie):
    for covered in ("standalone", "joint", None):
        make_unit(place=huangmenjie, covered=covered)
    figure = subdistrict.client.get("/").context["figures"][3]
    assert (figure.value, [note.text for note in figure.notes]) == ("66.7%", ["2 / 3 家", "1 家未覆盖"])
    for address in (figure.url, *[note.url for note in figure.notes]):
        assert subdistrict.client.get(address).status_code == 200


def test_the_community_screens_first(community, unit, huangmenjie):
    make_claim(project=make_project(place=huangmenjie), unit=unit, status="submitted")
    figure = community.client.get("/").context["figures"][2]
    assert (figure.value, figure.unit, figure.notes[0].text) == ("1", "件待初审", "0 件待确认")


def test_overdue_work_comes_first_with_the_reason_it_is_mine(subdistrict, community, unit, huangmenjie):
    make_visit(unit=unit, visitor=community.user, month=Month(2026, 10))
    make_visit(unit=unit, visitor=subdistrict.user, month=NOVEMBER)
    project = make_project(place=huangmenjie, claim_due_on=date(2026, 11, 25), title="院落义诊月月行")
    make_claim(project=project, unit=unit, status="screened")
    context = subdistrict.client.get("/").context
    assert [(item.title, item.why, tag.word) for item, tag in context["todos"]] == [
        ("10月走访：成都安和物业服务有限公司（黉门街社区）", "走访人赵某逾期未登记", "逾期 24 天"),
        ("确认认领：成都安和物业服务有限公司 · 院落义诊月月行", "社区初审已通过，等您确认", "还有 2 天"),
        ("11月走访：成都安和物业服务有限公司（黉门街社区）", "11月由您走访", "还有 7 天"),
    ]


def test_what_i_wait_for_says_since_when(community, unit):
    recorded_at = datetime(2026, 11, 20, 9, tzinfo=CHENGDU)
    make_visit(unit=unit, visitor=community.user, month=NOVEMBER, status="recorded", recorded_at=recorded_at)
    text = home_of(community)
    assert "成都安和物业服务有限公司确认11月走访" in text
    assert "已等 3 天" in text


def test_the_header_counts_the_same_to_dos_and_leads_to_all_of_them(subdistrict, unit, huangmenjie):
    for _ in range(10):
        make_visit(unit=make_unit(place=huangmenjie), visitor=subdistrict.user, month=NOVEMBER)
    text = home_of(subdistrict)
    assert '<span class="badge">10</span>' in text
    assert "全部 10 项" in text
    assert text.count("去登记</a>") == 8
    assert text_of(subdistrict.client.get("/todo/")).count("去登记</a>") == 10


def test_a_stranger_sees_nothing_of_it(stranger, community, unit):
    make_visit(unit=unit, visitor=community.user, month=NOVEMBER)
    assert unit.name not in home_of(stranger)


def queries_of(person, address="/") -> int:
    with CaptureQueriesContext(connection) as captured:
        assert person.client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("who", ["district", "subdistrict", "community", "liaison"])
def test_a_home_asks_the_same_number_of_queries_however_much_there_is(
    who, request, community, unit, huangmenjie
):
    person = request.getfixturevalue(who)

    def add():
        more = make_unit(place=huangmenjie)
        make_visit(unit=more, visitor=community.user, month=NOVEMBER)
        make_visit(unit=more, visitor=community.user, month=Month(2026, 10), status="recorded")
        make_visit(unit=unit, visitor=community.user, month=Month(2026, 1 + add.calls), status="recorded")
        project = make_project(place=huangmenjie)
        for claimant, status in ((more, "submitted"), (unit, "screened")):
            make_claim(project=project, unit=claimant, status=status)
        make_project(place=huangmenjie, status="review")
        make_project(place=huangmenjie)
        notify(key=f"k{add.calls}", to=[person.user], kind="test", title="消息", about=project)
        add.calls += 1

    add.calls = 0
    add()
    queries_of(person)
    with_one = queries_of(person)
    add()
    add()
    assert queries_of(person) == with_one


# The liaison's home


def test_the_liaison_confirms_a_visit_from_the_home_with_one_tap(liaison, unit, community):
    visit = make_visit(
        unit=unit,
        visitor=community.user,
        month=NOVEMBER,
        status="recorded",
        promise="答复停车",
        promise_due_on=date(2026, 12, 5),
    )
    text = home_of(liaison)
    assert "今天有 1 件事" in text
    assert "赵某登记。谈到：谈了停车。 答应：答复停车，12月5日前答复" in text
    assert f'action="/evaluations/visits/{visit.pk}/confirm/"' in text
    assert liaison.client.post(f"/evaluations/visits/{visit.pk}/confirm/", {"next": "/"}).url == "/"
    assert "今天没有要确认的事" in home_of(liaison)


def test_projects_are_suggested_by_nearness_and_experience_in_words(liaison, unit, huangmenjie, places):
    far = make_project(place=places["510107009001"], title="远处", volunteers_needed=0)
    next_door = next(
        place for code, place in places.items() if code.startswith("510107005") and place.level == "community"
    )
    near = make_project(place=next_door, title="同街道")
    here = make_project(place=huangmenjie, title="本社区", volunteers_needed=4, domain="law")
    done = make_project(place=huangmenjie, title="做过", domain="law", status="claimed")
    make_claim(project=done, unit=unit, status="confirmed")
    suggested = liaison.client.get("/").context["suggestions"]
    assert next_door != huangmenjie
    assert [project for project, _ in suggested] == [here, near, far]
    assert suggested[0][1].startswith("需要 4 人 · 就在贵单位所在社区 · 贵单位做过同类项目 · ")
    assert "在贵单位所在街道" in suggested[1][1]
    assert suggested[2][1] == "12月23日前可认领"
    assert f'href="/projects/{here.pk}/claim/"' in home_of(liaison)


def test_a_project_somebody_else_leads_is_not_suggested(liaison, unit, huangmenjie):
    project = make_project(place=huangmenjie)
    make_claim(project=project, unit=make_unit(place=huangmenjie), status="confirmed")
    assert liaison.client.get("/").context["suggestions"] == []


def test_what_the_unit_has_in_hand_is_shown(liaison, unit, huangmenjie):
    make_claim(
        project=make_project(place=huangmenjie, title="在做的", status="claimed"),
        unit=unit,
        status="confirmed",
        headcount=5,
    )
    make_claim(project=make_project(place=huangmenjie, title="等着的"), unit=unit)
    text = home_of(liaison)
    assert "在做的" in text
    assert "贵单位投入 5 人" in text
    assert "等着的" in text
    assert "本季度已办 2 件" in text


# The order of to-dos


def test_to_dos_are_sorted_by_due_day_and_those_without_come_last():
    days = [None, date(2026, 12, 1), date(2026, 11, 20), date(2026, 11, 23)]
    items = [TodoItem(title=str(day), why="", url="/", action_label="办", due_on=day) for day in days]
    assert [item.due_on for item in sorted(items, key=sort_key)] == [days[2], days[3], days[1], None]


@pytest.mark.parametrize(
    ("due_on", "words", "tone"),
    [
        (date(2026, 11, 20), "逾期 3 天", "late"),
        (date(2026, 11, 23), "今天到期", "late"),
        (date(2026, 11, 24), "明天到期", "wait"),
        (date(2026, 11, 26), "还有 3 天", "wait"),
        (date(2026, 11, 27), "还有 4 天", "info"),
        (None, "待办理", "info"),
    ],
)
def test_how_near_a_due_day_is_in_words(due_on, words, tone):
    tag = due_tag(due_on, date(2026, 11, 23))
    assert (tag.word, tag.tone) == (words, tone)
