"""Sessions announced ahead of time, those a grid worker enters, and evaluations that many send from one network."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.todo import todo_items
from notifications.models import Notification
from projects.actions.session_evaluations import (
    CROWD,
    MOST_PER_NETWORK,
    crowd_of,
    evaluate_session,
    network_of,
)
from projects.actions.sessions import (
    AlreadyRecorded,
    announce_session,
    call_off_session,
    change_session,
    confirm_session,
    record_announced,
    record_session,
)
from projects.models import Session
from projects.queries.project import person_times_of
from projects.tasks import remind_of_sessions
from tests.cast import Person, make_person
from tests.factories.projects_sessions import make_session, make_working_claim
from tests.rest import Rest, error, key_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MONDAY, FRIDAY = date(2026, 11, 16), date(2026, 11, 20)


def at(day: date, clock: str = "09:00"):
    return time_machine.travel(f"{day}T{clock}:00+08:00", tick=False)


@pytest.fixture
def claim(huangmenjie, unit):
    with at(MONDAY):
        return make_working_claim(place=huangmenjie, unit=unit, title="家电义修日", end_on=date(2027, 6, 30))


@pytest.fixture
def grid_worker(huangmenjie):
    return make_person("grid_worker", "grid_worker", place=huangmenjie, name="网格员小郑")


def announced(claim, actor, **fields) -> Session:
    return announce_session(
        claim=claim,
        actor=actor,
        **{
            "held_on": FRIDAY,
            "starts_at": time(9),
            "ends_at": time(11),
            "summary": "免费检修小家电",
            **fields,
        },
    )


def kinds(person) -> list[str]:
    return [item.kind for item in todo_items(person.actor, today()) if item.kind.startswith("session")]


class TestAnnounced:
    def test_from_the_notice_to_the_confirmed_figures_each_counted_once(self, claim, liaison, community):
        with at(MONDAY):
            session = announced(claim, liaison.actor)
            assert (session.status, session.person_times) == ("planned", None)
            assert person_times_of(claim.project) == 0
            told = Notification.objects.get(recipient=community.user, kind="session_announced")
            assert "2026年11月20日在黉门街社区的活动，09:00至11:00开始" in told.body
            change_session(session=session, starts_at=time(8, 30), actor=liaison.actor)
            assert kinds(liaison) == []
            with pytest.raises(InputError) as caught:
                record_announced(session=session, person_times=30, actor=liaison.actor)
            assert "日期不能晚于今天" in caught.value.message
        with at(FRIDAY, "10:00"), pytest.raises(InputError) as caught:
            record_announced(session=session, person_times=30, actor=liaison.actor)
        assert "11:00 才结束" in caught.value.message
        with at(date(2026, 11, 23)):
            assert kinds(liaison) == ["session-record"]
            remind_of_sessions()
            remind_of_sessions()
            assert Notification.objects.filter(kind="session_unrecorded").count() == 1
            held = record_announced(session=session, person_times=30, volunteers=2, actor=liaison.actor)
            assert (held.status, held.author) == ("recorded", liaison.user)
            assert (kinds(liaison), kinds(community)) == ([], ["session-confirm"])
            confirm_session(session=held, actor=community.actor)
            assert person_times_of(claim.project) == 30
            assert Session.objects.count() == 1

    def test_what_is_no_announcement_is_said_beside_its_field(self, claim, liaison, jinyan, stranger):
        with at(MONDAY, "12:00"):
            for fields, field, words in (
                ({"starts_at": None, "ends_at": None}, "starts_at", "写明开始时间"),
                ({"held_on": MONDAY, "starts_at": time(11, 59), "ends_at": None}, "starts_at", "直接登记"),
                ({"held_on": MONDAY - DAY}, "held_on", "直接登记"),
                ({"held_on": date(2027, 7, 1)}, "held_on", "项目到2027年6月30日结束"),
                ({"ends_at": time(8)}, "ends_at", "晚于开始时间"),
                ({"place": jinyan}, "place", "项目不在金雁社区实施"),
                ({"summary": " "}, "summary", "一句话"),
            ):
                with pytest.raises(InputError) as caught:
                    announced(claim, liaison.actor, **fields)
                assert (caught.value.field, words in caught.value.message) == (field, True), (
                    fields,
                    caught.value.message,
                )
            with pytest.raises(NotAllowed):
                announced(claim, stranger.actor)
            announced(claim, liaison.actor)
            with pytest.raises(AlreadyRecorded) as clash:
                announced(claim, liaison.actor, starts_at=time(10), ends_at=time(12))
            assert "预告过了" in clash.value.message
            with pytest.raises(InputError):
                change_session(session=Session.objects.get(), person_times=5, actor=liaison.actor)

    def test_called_off_its_time_is_free_again(self, claim, liaison, community):
        with at(MONDAY):
            session = announced(claim, liaison.actor)
            call_off_session(session=session, note="下雨改期", actor=liaison.actor)
            told = Notification.objects.get(recipient=community.user, kind="session_called_off")
            assert "已取消" in told.body
            assert "下雨改期" in told.body
            assert announced(claim, liaison.actor).status == "planned"
        with at(FRIDAY, "12:00"), pytest.raises(RuleViolation):
            record_announced(session=session, person_times=3, actor=liaison.actor)

    def test_the_phone_form_the_poster_and_the_result(self, claim, liaison, community, other_liaison):
        with at(MONDAY):
            body = {
                "claim": claim.pk, "held_on": "2026-11-20", "starts_at": "09:00", "ends_at": "11:00", "place": claim.project.place_id,
                "venue": "3 栋架空层", "summary": "免费检修小家电",
            }  # fmt: skip
            page = liaison.client.post("/projects/sessions/announce/", body, follow=True).content.decode()
            assert "已预告。可以打印预告张贴" in page
            way = f"/projects/sessions/{Session.objects.get().pk}"
            poster = liaison.client.get(f"{way}/poster/").content.decode()
            assert "3 栋架空层" in poster
            assert "<svg" in poster
            assert community.client.get("/projects/sessions/announce/").status_code == 403
            assert other_liaison.client.get(f"{way}/record/").status_code == 404
            other_liaison.client.post(f"{way}/call_off/", {"note": "x"})
            assert Session.objects.get().status == "planned"
        with at(FRIDAY, "12:00"):
            # The session of Monday has ended; she signs in again.
            client = Person(liaison.membership).client
            form = client.get(f"{way}/record/")
            assert "登记结果" in form.content.decode()
            body |= {"person_times": "42", "evidence": ""}
            answer = client.post(f"{way}/record/", body, follow=True)
            assert "已登记，请社区核实" in answer.content.decode()
        assert (Session.objects.get().status, Session.objects.get().person_times) == ("recorded", 42)

    def test_the_same_over_rest(self, claim, liaison, community):
        rest = Rest(key_of(liaison))
        body = {"project": claim.project_id, "held_on": "2026-11-20", "starts_at": "09:00", "summary": "义修"}
        with at(MONDAY):
            refusal = error(rest.post("/api/v1/sessions/", {**body, "status": "planned", "person_times": 3}))
            assert refusal[::3] == (400, "person_times")
            assert error(rest.post("/api/v1/sessions/", body))[::3] == (400, "person_times")
            made = rest.post("/api/v1/sessions/", {**body, "status": "planned"}).json()
            assert (made["status"], made["person_times"]) == ("planned", None)
            assert [move["name"] for move in made["moves"]] == ["record", "call_off"]
            assert Rest().get("/api/v1/sessions/").json()["count"] == 0
        with at(FRIDAY, "12:00"):
            way = f"/api/v1/sessions/{made['id']}/"
            assert rest.post(f"{way}record/", {"person_times": 25}).json()["status"] == "recorded"
            assert Rest(key_of(community)).post(f"{way}confirm/").json()["status"] == "confirmed"


class TestGridWorker:
    def test_enters_what_a_unit_did_in_the_own_community_and_never_elsewhere(
        self, claim, grid_worker, community, liaison, unit, jinyan
    ):
        with at(FRIDAY, "18:00"):
            fields = {"held_on": FRIDAY, "person_times": 30, "summary": "义修"}
            session = record_session(claim=claim, actor=grid_worker.actor, **fields)
            assert (session.status, session.author, session.unit) == ("recorded", grid_worker.user, unit)
            told = Notification.objects.get(recipient=liaison.user, kind="session_entered")
            assert "网格员小郑登记了" in told.body
            far = make_working_claim(place=jinyan, unit=unit, title="别处的")
            with pytest.raises(NotAllowed):
                record_session(claim=far, actor=grid_worker.actor, **fields)
            assert [item.kind for item in todo_items(community.actor, today())].count("session-confirm") == 1
            with pytest.raises(NotAllowed):
                confirm_session(session=session, actor=grid_worker.actor)
            assert confirm_session(session=session, actor=community.actor).status == "confirmed"

    def test_by_phone_and_over_rest(self, claim, grid_worker, liaison):
        with at(FRIDAY, "18:00"):
            page = grid_worker.client.get("/projects/sessions/new/").content.decode()
            assert "家电义修日" in page
            body = {
                "claim": claim.pk, "held_on": "2026-11-20", "person_times": "12", "summary": "义修", "evidence": "",
                "place": claim.project.place_id,
            }  # fmt: skip
            answer = grid_worker.client.post("/projects/sessions/new/", body, follow=True)
            assert "已登记" in answer.content.decode()
            rest = Rest(key_of(grid_worker))
            body = {
                "project": claim.project_id,
                "held_on": "2026-11-19",
                "person_times": 9,
                "summary": "义修",
            }
            assert rest.post("/api/v1/sessions/", body).status_code == 201
            assert rest.get("/api/v1/sessions/").json()["count"] == 2
            # What the unit entered itself is not the worker's to change.
            own = record_session(
                claim=claim, held_on=MONDAY, person_times=5, summary="义修", actor=liaison.actor
            )
            with pytest.raises(NotAllowed):
                change_session(session=own, person_times=6, actor=grid_worker.actor)
            assert grid_worker.client.get(f"/projects/sessions/{own.pk}/change/").status_code == 404


class TestFromOneNetwork:
    @pytest.fixture(autouse=True)
    def fresh_minute(self):
        cache.clear()

    @pytest.fixture
    def session(self, claim):
        with at(FRIDAY):
            return make_session(claim=claim, held_on=FRIDAY, starts_at=time(8), person_times=100)

    def speak(self, session, number: int, address: str) -> None:
        evaluate_session(session=session, mark=f"m{number}", option="satisfied", address=address)

    def test_so_many_an_hour_and_whoever_confirms_sees_a_crowd(self, session, community):
        with at(FRIDAY, "10:00"):
            for number in range(CROWD - 1):
                self.speak(session, number, "10.0.0.1")
            assert crowd_of([session]) == {}
            for number in range(CROWD - 1, MOST_PER_NETWORK):
                self.speak(session, number, "10.0.0.1")
            assert crowd_of([session]) == {session.pk: MOST_PER_NETWORK}
            with pytest.raises(RuleViolation) as caught:
                self.speak(session, 99, "10.0.0.1")
            assert caught.value.code == "network_full"
            self.speak(session, 99, "10.0.0.2")
            assert "评价集中" in community.client.get("/projects/sessions/to-confirm/").content.decode()
        with at(FRIDAY, "11:00"):
            self.speak(session, 100, "10.0.0.1")

    def test_an_address_is_kept_nowhere_and_a_block_of_ipv6_is_one(self, session):
        with at(FRIDAY, "10:00"):
            one = network_of(session, "2001:db8::1")
            assert one == network_of(session, "2001:db8::ffff")
            assert one != network_of(session, "2001:db8:0:1::1")
            assert (network_of(session, "unknown"), len(one)) == ("", 32)
        with at(FRIDAY, "11:00"):
            assert network_of(session, "2001:db8::1") != one

    def test_not_before_it_begins(self, claim, liaison):
        with at(MONDAY):
            session = announced(claim, liaison.actor)
            with pytest.raises(RuleViolation) as caught:
                self.speak(session, 1, "10.0.0.1")
            assert caught.value.code == "too_early"
            page = Client().get(session.get_evaluation_url()).content.decode()
            assert "09:00至11:00开始，欢迎来参加" in page
        with at(FRIDAY, "09:00"):
            self.speak(session, 1, "10.0.0.1")
