"""Signing in and out: lockout, next, roles, passwords."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from core.clock import today
from core.models import HistoryEntry
from core.roles import Role
from tests.cast import LONG_AGO

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/sign-in/"
RIGHT = {"username": "liaison", "password": "cast-password-1"}
WRONG = {"username": "liaison", "password": "wrong"}


def is_signed_in(client) -> bool:
    return client.get("/accounts/me/").status_code == 200


def test_the_right_password_signs_in_and_goes_on(liaison):
    client = Client()
    answer = client.post(SIGN_IN, {**RIGHT, "next": "/accounts/me/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/me/")
    assert is_signed_in(client)
    assert client.get(SIGN_IN).headers["Location"] == "/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_next_never_leads_to_another_host(liaison, elsewhere):
    assert Client().post(SIGN_IN, {**RIGHT, "next": elsewhere}).headers["Location"] == "/"


def test_a_wrong_password_is_a_sentence(liaison):
    answer = Client().post(SIGN_IN, WRONG)
    assert answer.status_code == 422
    assert "账号或密码不对" in answer.content.decode()


def test_a_nul_in_the_name_is_a_sentence(db):
    assert Client().post(SIGN_IN, {"username": "a\x00b", "password": "x"}).status_code == 422


def test_five_failures_lock_the_account_for_half_an_hour_from_this_address(liaison):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = Client()
        statuses = [client.post(SIGN_IN, WRONG).status_code for _ in range(5)]
        assert statuses == [422, 422, 422, 422, 429]
        clock.shift(timedelta(minutes=10))
        answer = client.post(SIGN_IN, RIGHT)
        assert answer.status_code == 429
        assert "请 20 分钟后再试" in answer.content.decode()
        assert not is_signed_in(client)
        # Another address is not locked: nobody can lock somebody else out from afar.
        assert Client(REMOTE_ADDR="10.0.0.9").post(SIGN_IN, RIGHT).status_code == 302
        clock.shift(timedelta(minutes=20, seconds=1))
        assert client.post(SIGN_IN, RIGHT).status_code == 302


def test_success_forgets_former_failures(liaison):
    client = Client()
    for _ in range(2):
        assert [client.post(SIGN_IN, WRONG).status_code for _ in range(4)] == [422] * 4
        assert client.post(SIGN_IN, RIGHT).status_code == 302


def test_somebody_without_a_role_today_is_told_whom_to_ask(liaison):
    Membership.objects.update(to_on=today())
    answer = Client().post(SIGN_IN, RIGHT)
    assert (answer.status_code, "没有生效的身份" in answer.content.decode()) == (422, True)


def test_signing_out_takes_a_post(liaison):
    client = liaison.client
    assert client.get("/accounts/sign-out/").status_code == 405
    assert client.post("/accounts/sign-out/").headers["Location"] == SIGN_IN
    assert not is_signed_in(client)


def test_a_person_switches_between_the_own_roles_only(liaison, stranger, huangmenjie):
    second = Membership.objects.create(
        user=liaison.user, role=Role.COMMUNITY, place=huangmenjie, from_on=LONG_AGO
    )
    client = liaison.client
    page = client.get("/accounts/me/").content.decode()
    assert page.index("安和物业服务有限公司联络员") < page.index("黉门街社区党委")
    answer = client.post("/accounts/switch/", {"membership": second.pk, "next": "/accounts/me/"}, follow=True)
    assert answer.context["actor"].role == Role.COMMUNITY
    assert "现在以“黉门街社区党委”的身份办理" in answer.content.decode()
    for wrong in (stranger.membership.pk, "x", "", "\x00"):
        client.post("/accounts/switch/", {"membership": wrong})
        assert client.get("/accounts/me/").context["actor"].role == Role.COMMUNITY


def test_an_ended_role_is_left_at_once(liaison, huangmenjie):
    second = Membership.objects.create(
        user=liaison.user, role=Role.COMMUNITY, place=huangmenjie, from_on=LONG_AGO
    )
    client = liaison.client
    client.post("/accounts/switch/", {"membership": second.pk})
    Membership.objects.filter(pk=second.pk).update(to_on=today())
    assert client.get("/accounts/me/").context["actor"].role == Role.LIAISON


def test_pages_of_the_own_account_need_sign_in(db):
    for path in ("/accounts/me/", "/accounts/me/password/", "/accounts/me/tokens/"):
        assert Client().get(path).headers["Location"] == f"{SIGN_IN}?next={path.replace('/', '%2F')}"
    assert Client().post("/accounts/switch/").status_code == 302


def test_name_and_mail_are_changed_and_told_in_the_timeline(liaison):
    answer = liaison.client.post("/accounts/me/", {"name": "张三", "email": "", "wants_email": "on"})
    assert (answer.status_code, "请先填写邮箱" in answer.content.decode()) == (422, True)
    liaison.client.post("/accounts/me/", {"name": "张三", "email": "z@example.test", "wants_email": "on"})
    liaison.user.refresh_from_db()
    assert (liaison.user.name, liaison.user.email, liaison.user.wants_email) == (
        "张三",
        "z@example.test",
        True,
    )
    assert HistoryEntry.objects.get(move="change").changes["name"] == ["姓名", "张某", "张三"]


NEW = "Wuhou-2026-ok"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"old": "wrong"}, "现在的密码不对"),
        ({"new": "Ab1-short", "again": "Ab1-short"}, "密码"),
        ({"new": "onlysmallletters", "again": "onlysmallletters"}, "至少三类"),
        ({"new": "My-LIAISON-2026", "again": "My-LIAISON-2026"}, "不能含有账号名"),
        ({"new": "Password123!", "again": "Password1234"}, "不一样"),
        ({"new": "cast-password-1", "again": "cast-password-1"}, "不能和现在的一样"),
    ],
)
def test_a_weak_or_mistyped_password_is_refused_beside_its_field(liaison, typed, sentence):
    answer = liaison.client.post(
        "/accounts/me/password/", {"old": "cast-password-1", "new": NEW, "again": NEW, **typed}
    )
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert liaison.user.check_password("cast-password-1")


def test_a_new_password_ends_other_sessions_and_keeps_this_one(liaison):
    elsewhere = Client()
    elsewhere.post(SIGN_IN, RIGHT)
    answer = liaison.client.post(
        "/accounts/me/password/", {"old": "cast-password-1", "new": NEW, "again": NEW}
    )
    assert answer.headers["Location"] == "/accounts/me/"
    assert is_signed_in(liaison.client)
    assert not is_signed_in(elsewhere)
    assert Client().post(SIGN_IN, {"username": "liaison", "password": NEW}).status_code == 302
    assert HistoryEntry.objects.filter(move="password").count() == 1
