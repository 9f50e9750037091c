"""Those served say what it was like: without an account, once a device, within a fortnight, and nobody is recognised."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from core.clock import today
from core.errors import RuleViolation
from projects.actions.session_evaluations import evaluate_session, voter_of
from projects.models import Session, SessionEvaluation
from projects.queries.sessions import TOO_FEW, Results, comments_for, evaluations_of, results_of
from projects.views.evaluate import EVALUATIONS_PER_MINUTE
from tests.factories.projects_sessions import make_evaluations, make_session, make_working_claim

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def fresh_minute():
    cache.clear()


@pytest.fixture
def session(huangmenjie, unit):
    claim = make_working_claim(place=huangmenjie, unit=unit, title="家电义修日")
    return make_session(claim=claim, person_times=6)


def text(response) -> str:
    return response.content.decode()


def refusal(session, mark="a", option="satisfied", comment="") -> str:
    with pytest.raises(RuleViolation) as caught:
        evaluate_session(session=session, mark=mark, option=option, comment=comment)
    return caught.value.code


class TestPage:
    def test_scan_press_done_and_a_second_try_is_thanked(self, session):
        phone, way = Client(), session.get_evaluation_url()
        page = phone.get(way)
        assert page.headers["X-Robots-Tag"] == "noindex"
        assert page.cookies["served"]["httponly"]
        for words in (
            "家电义修日",
            "黉门街社区",
            'value="satisfied"',
            'value="fairly"',
            'value="dissatisfied"',
            "不记名",
        ):
            assert words in text(page)
        answer = phone.post(way, {"option": "fairly", "comment": " 等得\n有点久 "})
        assert (answer.status_code, "谢谢您的评价" in text(answer)) == (200, True)
        given = SessionEvaluation.objects.get()
        assert (given.option, given.comment, given.session) == ("fairly", "等得 有点久", session)
        again = phone.post(way, {"option": "satisfied"})
        assert (again.status_code, "您已经评价过这一场了，谢谢" in text(again)) == (409, True)
        assert "您已经评价过这一场了" in text(phone.get(way))
        assert SessionEvaluation.objects.count() == 1

    def test_another_phone_is_another_person_and_the_mark_says_nothing(self, session):
        way = session.get_evaluation_url()
        for option in ("satisfied", "dissatisfied"):
            phone = Client()
            mark = phone.get(way).cookies["served"].value.split(":")[0]
            phone.post(way, {"option": option})
            given = SessionEvaluation.objects.get(option=option)
            assert mark not in given.voter
            assert given.voter == voter_of(session, mark)
        other = make_session(claim=session.claim, held_on=today() - DAY)
        assert voter_of(other, mark) != voter_of(session, mark)

    def test_without_a_mark_or_with_a_forged_one_nothing_is_counted(self, session):
        way, phone = session.get_evaluation_url(), Client()
        answer = phone.post(way, {"option": "satisfied"})
        assert (answer.status_code, "请再点一次" in text(answer)) == (409, True)
        phone.cookies["served"] = "forged:1:2"
        assert phone.post(way, {"option": "satisfied"}).status_code == 409
        assert not SessionEvaluation.objects.exists()
        assert phone.post(way, {"option": "satisfied"}).status_code == 200

    def test_what_is_typed_wrong_is_said(self, session):
        way, phone = session.get_evaluation_url(), Client()
        phone.get(way)
        for body in ({}, {"option": "great"}, {"option": "satisfied", "comment": "长" * 201}):
            assert phone.post(way, body).status_code == 422
        assert not SessionEvaluation.objects.exists()

    def test_unknown_codes_closed_sessions_and_too_many_a_minute(self, session):
        phone, way = Client(), session.get_evaluation_url()
        for code in ("NOTHING", "%00", "评价", "x" * 300):
            assert phone.get(f"/open/sessions/{code}/").status_code == 404
            assert phone.post(f"/open/sessions/{code}/", {"option": "satisfied"}).status_code == 404
        phone.get(way)
        Session.objects.update(status="returned")
        assert "现在不能评价" in text(phone.get(way))
        assert phone.post(way, {"option": "satisfied"}).status_code == 409
        for _ in range(EVALUATIONS_PER_MINUTE):
            answer = phone.post(way, {"option": "satisfied"})
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) <= 60
        assert not SessionEvaluation.objects.exists()


class TestRules:
    def test_from_its_day_until_a_fortnight_later(self, session):
        with time_machine.travel(session.held_on + 14 * DAY, tick=False):
            evaluate_session(session=session, mark="a", option="satisfied")
        with time_machine.travel(session.held_on + 15 * DAY, tick=False):
            assert refusal(session, mark="b") == "too_late"

    def test_only_sessions_that_stand_and_no_more_than_were_served(self, session):
        for status in ("returned", "voided", "revoked"):
            Session.objects.update(status=status)
            assert refusal(session) == "not_evaluated"
        Session.objects.update(status="confirmed")
        for mark in "abcdef":
            evaluate_session(session=session, mark=mark, option="satisfied")
        assert refusal(session, mark="a") == "session_evaluated_once"
        assert refusal(session, mark="g") == "all_evaluated"
        assert refusal(session, mark="g", option="x") == "invalid"
        assert refusal(session, mark="g", comment="长" * 201) == "invalid"
        assert session.evaluations.count() == 6


class TestResults:
    def test_a_small_group_is_not_shown_and_a_small_choice_not_told_apart(self):
        assert Results().sentence == "还没有评价"
        assert Results(satisfied=4).sentence == TOO_FEW
        assert Results(satisfied=4).fields() == {"count": None, "satisfaction_display": TOO_FEW}
        shown = Results(satisfied=11, fairly=3, dissatisfied=1)
        assert shown.sentence == "满意率 93.3%（15 份评价）"
        assert shown.lines == [("满意", "11"), ("基本满意", "不足 5 份"), ("不满意", "不足 5 份")]
        assert shown.fields() == {"count": 15, "satisfaction_display": "93.3%"}

    def test_comments_are_for_the_staff_of_the_place_once_there_are_five(
        self, session, community, stranger, liaison
    ):
        def comments(person) -> list[str]:
            said = evaluations_of(Session.objects.all())
            return comments_for(person.actor, session.place_code, results_of(said), said)

        make_evaluations(session, satisfied=3)
        Session.objects.update(status="confirmed")
        SessionEvaluation.objects.create(session=session, voter="v", option="fairly", comment="再多来几次")
        assert comments(community) == []
        SessionEvaluation.objects.create(session=session, voter="w", option="dissatisfied", comment="等得久")
        assert sorted(comments(community)) == ["再多来几次", "等得久"]
        assert comments(stranger) == comments(liaison) == []
        Session.objects.update(status="revoked")
        assert comments(community) == []
