"""Work on a project: start and pause, milestones, progress, more time, years, the list of the yearly review."""

from datetime import date

import pytest
import time_machine

from core.errors import NotAllowed, RuleViolation
from core.models import HistoryEntry
from notifications.models import Notification
from projects.actions import (
    approve_extension,
    archive_project,
    ask_extension,
    change_project,
    conclude_year,
    draft_project,
    finish_milestone,
    list_completed,
    open_years,
    plan_milestones,
    reject_extension,
    reopen_milestone,
    report_progress,
    resume_project,
    review_project,
    start_project,
    suspend_project,
    terminate_project,
)
from projects.models import Need, Project, ProjectYear
from projects.tasks import turn_of_years
from tests.factories.projects import (
    make_claim,
    make_extension,
    make_milestone,
    make_project,
    make_running,
    project_fields,
)
from tests.factories.projects_sessions import make_session

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def running(huangmenjie, unit) -> Project:
    return make_running(place=huangmenjie, unit=unit, title="家电义修日", end_on=date(2026, 12, 31))


def told(person) -> list[str]:
    return list(
        Notification.objects.filter(recipient=person.user).order_by("id").values_list("kind", flat=True)
    )


def refused(action, **arguments) -> tuple[str, str | None]:
    """(code, field) of the refusal, after checking that it is a Chinese sentence."""
    with pytest.raises(RuleViolation) as refusal:
        action(**arguments)
    assert any("一" <= letter <= "鿿" for letter in str(refusal.value))
    return refusal.value.code, refusal.value.field


class TestPlanning:
    def test_a_draft_has_milestones_and_further_places(self, community, huangmenjie, places, jinyan):
        neighbour = places["510107005009"]
        steps = [("首次义修", date(2026, 12, 20)), ("全年小结", date(2027, 6, 30))]
        project = draft_project(
            place=huangmenjie,
            more_places=[neighbour],
            milestones=steps,
            actor=community.actor,
            **project_fields(),
        )
        assert list(project.milestones.values_list("title", "due_on")) == steps
        assert list(project.more_places.all()) == [neighbour]
        change_project(
            project=project,
            milestones=[("首次义修", date(2026, 12, 21))],
            more_places=[],
            actor=community.actor,
        )
        assert list(project.milestones.values_list("title", "due_on")) == [("首次义修", date(2026, 12, 21))]
        changes = [entry.changes for entry in HistoryEntry.objects.filter(move="change").order_by("id")]
        assert changes == [
            {"more_places": ["还覆盖的地方", neighbour.name, ""]},
            {"milestones": ["里程碑", "2026-12-20 首次义修；2027-06-30 全年小结", "2026-12-21 首次义修"]},
        ]
        assert refused(change_project, project=project, more_places=[jinyan], actor=community.actor) == (
            "invalid",
            "more_places",
        )

    @pytest.mark.parametrize(
        "steps",
        [
            [("", date(2026, 12, 20))],
            [("长" * 101, date(2026, 12, 20))],
            [("首次", date(2026, 12, 20)), ("首次", date(2026, 12, 21))],
            [("首次", date(2030, 1, 1))],
            [(f"第{order}步", date(2026, 12, 20)) for order in range(13)],
        ],
    )
    def test_wrong_milestones_are_refused_beside_the_field(self, steps, running, subdistrict):
        running.end_on = date(2027, 6, 30)
        assert refused(plan_milestones, project=running, milestones=steps, actor=subdistrict.actor) == (
            "invalid",
            "milestones",
        )

    def test_what_is_done_stays_when_the_rest_is_planned_anew(self, running, community, liaison):
        make_milestone(project=running, title="首次", due_on=MONDAY, done_on=MONDAY)
        make_milestone(project=running, title="中期", due_on=date(2026, 12, 1))
        plan_milestones(project=running, milestones=[("收尾", date(2026, 12, 20))], actor=community.actor)
        assert list(running.milestones.values_list("title", flat=True)) == ["首次", "收尾"]
        with pytest.raises(NotAllowed):
            plan_milestones(project=running, milestones=[], actor=liaison.actor)


class TestStart:
    def test_the_owner_starts_a_claimed_project_and_a_long_one_opens_its_year(
        self, huangmenjie, unit, community, liaison, subdistrict
    ):
        fields = {"term": "long", "expected_person_times": 360}
        project = make_running(place=huangmenjie, unit=unit, status="claimed", started_on=None, **fields)
        started = start_project(project=project, actor=community.actor)
        assert (started.status, started.started_on) == ("running", MONDAY)
        assert list(project.years.values_list("year", "expected_person_times")) == [(2026, 360)]
        assert (told(liaison), told(subdistrict), told(community)) == (
            ["project_started"],
            ["project_started"],
            [],
        )
        suspended = suspend_project(project=started, note="场地装修", actor=community.actor)
        again = resume_project(project=suspended, actor=community.actor)
        assert (again.status, again.started_on) == ("running", MONDAY)

    def test_without_a_lead_nothing_starts(self, huangmenjie, community):
        project = make_project(place=huangmenjie, status="claimed")
        assert refused(start_project, project=project, actor=community.actor)[0] == "no_lead"

    def test_ending_a_project_frees_its_needs_and_closes_what_was_asked(self, running, unit, subdistrict):
        need = Need.objects.create(
            number="XQ-1", side="residents", title="修家电", domain="convenience", place=running.place,
            place_code=running.place_code, raised_on=MONDAY, status="converted", project=running,
        )  # fmt: skip
        extension = make_extension(project=running, unit=unit)
        terminate_project(project=running, note="拆迁", actor=subdistrict.actor)
        need.refresh_from_db()
        extension.refresh_from_db()
        assert (need.status, need.project, extension.status) == ("verified", None, "withdrawn")


class TestMilestones:
    def test_the_lead_reports_in_one_tap_and_may_take_it_back(self, running, liaison, community):
        milestone = make_milestone(project=running, title="首次义修")
        done = finish_milestone(milestone=milestone, actor=liaison.actor)
        assert (done.done_on, done.note, done.version) == (MONDAY, "", 2)
        report = running.progress_reports.get()
        assert (report.text, report.milestone, report.claim.unit_id) == (
            "完成里程碑：首次义修",
            milestone,
            liaison.actor.unit_id,
        )
        assert told(community) == ["project_milestone"]
        assert Notification.objects.get().body.endswith("里程碑已全部完成，可以提交验收。")
        assert refused(finish_milestone, milestone=milestone, actor=liaison.actor)[0] == "done_before"
        assert reopen_milestone(milestone=milestone, actor=liaison.actor).done_on is None
        assert refused(reopen_milestone, milestone=milestone, actor=liaison.actor)[0] == "not_done"

    def test_only_the_lead_and_only_while_it_runs(self, running, other_liaison, community, liaison):
        milestone = make_milestone(project=running)
        for person in (other_liaison, community):
            with pytest.raises(NotAllowed):
                finish_milestone(milestone=milestone, actor=person.actor)
        Project.objects.update(status="suspended")
        assert refused(finish_milestone, milestone=milestone, actor=liaison.actor)[0] == "wrong_state"

    def test_partners_tell_how_it_goes_strangers_do_not(self, running, other_liaison, other_unit, liaison):
        with pytest.raises(NotAllowed):
            report_progress(project=running, text="来了二十位居民。", actor=other_liaison.actor)
        make_claim(project=running, unit=other_unit, kind="joint", status="confirmed")
        assert (
            report_progress(project=running, text=" 来了二十位居民。 ", actor=other_liaison.actor).text
            == "来了二十位居民。"
        )
        assert refused(report_progress, project=running, text=" ", actor=liaison.actor) == (
            "required",
            "text",
        )
        assert refused(report_progress, project=running, text="长" * 301, actor=liaison.actor) == (
            "invalid",
            "text",
        )


class TestExtension:
    def test_granted_it_moves_the_last_day_twice_and_no_more(self, running, liaison, community):
        for month in (1, 2):
            wanted = date(2027, month, 28)
            asked = ask_extension(
                project=running, wanted_end_on=wanted, reason="人手不够", actor=liaison.actor
            )
            assert approve_extension(extension=asked, actor=community.actor).status == "approved"
            running.refresh_from_db()
            assert running.end_on == wanted
        assert refused(
            ask_extension,
            project=running,
            wanted_end_on=date(2027, 3, 31),
            reason="再延",
            actor=liaison.actor,
        ) == ("no_more_extensions", None)
        assert told(liaison) == ["project_extension_decided"] * 2
        assert HistoryEntry.objects.filter(label="同意延期", move="change").count() == 2

    def test_asked_with_a_reason_for_a_later_day_once(self, running, liaison, other_liaison, community):
        ask = {"project": running, "actor": liaison.actor}
        assert refused(ask_extension, wanted_end_on=date(2026, 12, 31), reason="x", **ask) == (
            "invalid",
            "wanted_end_on",
        )
        assert refused(ask_extension, wanted_end_on=date(2027, 1, 1), reason=" ", **ask) == (
            "required",
            "reason",
        )
        for too_late in (date(2027, 11, 24), date(2099, 12, 31)):
            assert refused(ask_extension, wanted_end_on=too_late, reason="再要", **ask) == (
                "too_long",
                "wanted_end_on",
            )
        asked = ask_extension(wanted_end_on=date(2027, 1, 1), reason="人手不够", **ask)
        assert (
            refused(ask_extension, wanted_end_on=date(2027, 1, 2), reason="再要", **ask)[0] == "asked_before"
        )
        with pytest.raises(NotAllowed):
            ask_extension(
                project=running, wanted_end_on=date(2027, 1, 1), reason="x", actor=other_liaison.actor
            )
        rejected = reject_extension(extension=asked, note="年底前能做完", actor=community.actor)
        running.refresh_from_db()
        assert (rejected.status, running.end_on) == ("rejected", date(2026, 12, 31))

    def test_nobody_grants_the_own_request(self, running, unit, liaison, community):
        """The same person may wear a second hat."""
        asked = make_extension(project=running, unit=unit, author=community.user)
        with pytest.raises(NotAllowed) as refusal:
            approve_extension(extension=asked, actor=community.actor)
        assert refusal.value.code == "own_paper"


class TestYears:
    def test_each_year_of_a_long_project_is_opened_once(self, huangmenjie, unit):
        long = make_running(place=huangmenjie, unit=unit, term="long", expected_person_times=200)
        for status, term in (("running", "short"), ("open", "long"), ("done", "long")):
            make_project(place=huangmenjie, status=status, term=term)
        day = date(2027, 1, 1)
        assert (open_years(today=day), open_years(today=day)) == (1, 0)
        assert list(ProjectYear.objects.values_list("project", "year", "expected_person_times")) == [
            (long.pk, 2027, 200)
        ]

    def test_a_year_is_summed_up_from_december_on_by_lead_or_owner(
        self, huangmenjie, unit, liaison, community, stranger
    ):
        project = make_running(place=huangmenjie, unit=unit, term="long")
        year = ProjectYear.objects.create(project=project, year=2026)
        assert (
            refused(conclude_year, project_year=year, summary="修了三百件。", actor=liaison.actor)[0]
            == "year_not_over"
        )
        with time_machine.travel("2026-12-01T09:00:00+08:00", tick=False):
            done = conclude_year(project_year=year, summary=" 修了三百件。 ", actor=liaison.actor)
            assert (done.summary, done.concluded_on) == ("修了三百件。", date(2026, 12, 1))
            assert (
                conclude_year(project_year=year, summary="修了三百二十件。", actor=community.actor).version
                == 3
            )
            with pytest.raises(NotAllowed):
                conclude_year(project_year=year, summary="我来写", actor=stranger.actor)
            assert (
                refused(conclude_year, project_year=year, summary="长" * 301, actor=liaison.actor)[1]
                == "summary"
            )

    def test_completed_projects_are_listed_for_review_from_10_december_on(
        self, huangmenjie, unit, subdistrict, liaison
    ):
        project = make_running(place=huangmenjie, unit=unit, status="done", term="long", completed_on=MONDAY)
        year = ProjectYear.objects.create(project=project, year=2026)
        assert list_completed(today=date(2026, 12, 9)) == 0
        assert [list_completed(today=date(2026, 12, 10)) for _ in range(2)] == [1, 0]
        assert told(liaison) == ["project_listed"]
        project.refresh_from_db()
        reviewed = review_project(project=project, note="满意率 96.4%", actor=subdistrict.actor)
        year.refresh_from_db()
        assert (reviewed.status, year.review_result) == ("reviewed", "满意率 96.4%")
        assert archive_project(project=reviewed, actor=subdistrict.actor).status == "archived"

    def test_the_task_does_it_all_and_again_nothing(self, huangmenjie, unit):
        make_running(place=huangmenjie, unit=unit, term="long")
        assert (turn_of_years(), turn_of_years()) == (1, 0)


def test_a_year_counts_its_own_confirmed_sessions(huangmenjie, unit, liaison):
    project = make_running(place=huangmenjie, unit=unit, term="long")
    claim = project.claims.get()
    last_year, this_year = {"held_on": date(2025, 12, 31)}, {"held_on": date(2026, 1, 1)}
    make_session(claim=claim, status="confirmed", person_times=30, **last_year)
    make_session(claim=claim, status="confirmed", person_times=40, **this_year)
    make_session(claim=claim, status="confirmed", person_times=2)
    make_session(claim=claim, status="recorded", person_times=99, held_on=date(2026, 11, 22))
    for year in (2025, 2026):
        ProjectYear.objects.create(project=project, year=year)
    page = liaison.client.get(f"/projects/{project.pk}/")
    assert [
        (line.row.year, line.served.person_times, line.served.sessions) for line in page.context["years"]
    ] == [
        (2026, 42, 2),
        (2025, 30, 1),
    ]
