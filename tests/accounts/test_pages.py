"""One's own tokens, and the officers' pages about accounts and roles."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions import give_role, issue_token
from accounts.models import ApiToken, Membership, User
from core.clock import today
from core.errors import NotAllowed, RuleViolation
from core.models import HistoryEntry
from core.roles import Role
from tests.cast import make_person
from tests.rest import Rest

pytestmark = pytest.mark.django_db

TOKENS = "/accounts/me/tokens/"
PEOPLE = "/accounts/people/"


@pytest.fixture
def security(db):
    return make_person("security_admin", Role.SECURITY_ADMIN, name="安某")


@pytest.fixture
def sysadmin(db):
    return make_person("sysadmin", Role.SYSADMIN, name="系某")


def test_a_token_is_issued_shown_once_used_and_revoked(liaison):
    client = liaison.client
    assert "还没有令牌" in client.get(TOKENS).content.decode()
    answer = client.post(TOKENS, {"name": "大屏", "access": "write", "days": "90"})
    key = answer.context["new_key"]
    assert (answer.status_code, key in answer.content.decode()) == (201, True)
    assert "no-store" in answer.headers["Cache-Control"]
    assert Rest(key).get("/api/v1/todo/").status_code == 200
    page = client.get(TOKENS).content.decode()
    assert key not in page
    assert f"{key[:6]}…" in page
    token = ApiToken.objects.get()
    assert (token.permissions, token.membership_id) == (["read", "write"], liaison.membership.pk)
    assert client.post(f"{TOKENS}{token.pk}/revoke/").status_code == 302
    assert "已停用" in client.get(TOKENS).content.decode()


@pytest.mark.parametrize("typed", [{"name": ""}, {"access": "all"}, {"days": "7"}, {"name": "x" * 81}])
def test_a_token_form_with_mistakes_keeps_what_was_typed(liaison, typed):
    answer = liaison.client.post(TOKENS, {"name": "大屏", "access": "read", "days": "30", **typed})
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_of_somebody_else_is_404(liaison, stranger):
    token, _ = issue_token(name="孙某的", membership=stranger.membership, actor=stranger.actor)
    assert liaison.client.post(f"{TOKENS}{token.pk}/revoke/").status_code == 404
    assert "孙某的" not in liaison.client.get(TOKENS).content.decode()


def test_only_the_officers_see_the_people(liaison, district, security, sysadmin):
    for person, status in ((liaison, 403), (district, 403), (security, 200), (sysadmin, 200)):
        assert person.client.get(PEOPLE).status_code == status
        assert person.client.get(f"{PEOPLE}{liaison.user.pk}/").status_code == status


def test_the_list_of_people_takes_the_same_queries_with_1_and_with_3_more(security, places):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert security.client.get(PEOPLE).status_code == 200
        return len(queries)

    make_person("first", Role.COMMUNITY, place=places["510107005008"])
    count()
    before = count()
    for number in range(3):
        make_person(f"more-{number}", Role.COMMUNITY, place=places["510107005008"])
    assert count() == before


def test_the_system_administrator_makes_an_account_and_the_security_officer_gives_it_a_role(
    sysadmin, security, huangmenjie
):
    typed = {"username": "zhao", "name": "赵某", "email": "", "password": "Wuhou-2026-ok"}
    answer = sysadmin.client.post(f"{PEOPLE}new/", typed)
    zhao = User.objects.get(username="zhao")
    assert answer.headers["Location"] == f"{PEOPLE}{zhao.pk}/"
    assert sysadmin.client.post(f"{PEOPLE}{zhao.pk}/", {"role": "community"}).status_code == 403
    given = {"role": "community", "place": huangmenjie.pk, "from_on": str(today())}
    assert security.client.post(f"{PEOPLE}{zhao.pk}/", given).status_code == 302
    hat = Membership.objects.get(user=zhao)
    assert (hat.role, hat.place, hat.to_on) == ("community", huangmenjie, None)
    assert HistoryEntry.objects.get(move="give").actor_id == security.user.pk
    end = {"to_on": str(today() + timedelta(days=1))}
    assert security.client.post(f"/accounts/roles/{hat.pk}/end/", end).status_code == 302
    hat.refresh_from_db()
    assert hat.to_on == today() + timedelta(days=1)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"username": "Zhao"}, "小写字母开头"),
        ({"username": "liaison"}, "已经有人用了"),
        ({"password": "zhao-Password-1"}, "不能含有账号名"),
        ({"name": ""}, "必填"),
    ],
)
def test_an_account_with_mistakes_is_refused(sysadmin, liaison, typed, sentence):
    answer = sysadmin.client.post(
        f"{PEOPLE}new/", {"username": "zhao", "name": "赵某", "password": "Wuhou-2026-ok", **typed}
    )
    assert (answer.status_code in {409, 422}, sentence in answer.content.decode()) == (True, True)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"role": "community", "place": ""}, "要指定所在地"),
        ({"role": "liaison", "unit": ""}, "要指定单位"),
        ({"role": "liaison", "unit": "没有这家公司"}, "没有找到这个单位"),
        ({"role": "mayor"}, "选择一个有效的选项"),
        ({"role": "community", "to_on": "2020-01-01"}, "结束日期要晚于开始日期"),
        ({"role": "sysadmin"}, "三员"),
    ],
)
def test_a_role_with_mistakes_is_refused_in_words(security, stranger, huangmenjie, typed, sentence):
    page = f"{PEOPLE}{stranger.user.pk}/"
    answer = security.client.post(page, {"place": huangmenjie.pk, "from_on": str(today()), **typed})
    text = answer.content.decode().replace("系统管理员、安全保密员、安全审计员要由不同的账号担任", "三员")
    assert (answer.status_code in {400, 409, 422}, sentence in text) == (True, True)
    assert stranger.user.memberships.count() == 1


def test_a_liaison_role_is_given_by_name_or_credit_code_of_the_unit(security, stranger, unit):
    page = f"{PEOPLE}{stranger.user.pk}/"
    assert (
        security.client.post(
            page, {"role": "liaison", "unit": unit.name, "from_on": str(today())}
        ).status_code
        == 302
    )
    assert stranger.user.memberships.filter(role="liaison", unit=unit).exists()


def test_nobody_gives_or_ends_the_own_roles(security):
    with pytest.raises(NotAllowed):
        give_role(user=security.user, role=Role.AUDITOR, from_on=today(), actor=security.actor)
    assert security.client.post(f"{PEOPLE}{security.user.pk}/", {"role": "auditor"}).status_code == 403
    end = {"to_on": str(today())}
    security.client.post(f"/accounts/roles/{security.membership.pk}/end/", end)
    security.membership.refresh_from_db()
    assert security.membership.to_on is None


def test_the_three_officers_are_three_people(security, sysadmin, liaison, district, huangmenjie):
    for person, role in ((sysadmin, Role.AUDITOR), (sysadmin, Role.COMMUNITY), (liaison, Role.SYSADMIN)):
        with pytest.raises(RuleViolation) as refused:
            give_role(user=person.user, role=role, from_on=today(), place=huangmenjie, actor=security.actor)
        assert refused.value.code == "three_officers"


def test_the_same_role_is_not_given_twice_for_the_same_days(security, stranger, jinyan):
    with pytest.raises(RuleViolation) as refused:
        give_role(
            user=stranger.user, role=Role.COMMUNITY, place=jinyan, from_on=today(), actor=security.actor
        )
    assert refused.value.code == "already_given"
