"""The sample district adds up to the published figures, looks alive on any day, and goes away without a trace."""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from accounts.models import Membership, User
from accounts.queries import actor_of
from core.clock import today
from core.history import write_history
from core.indicators import get_indicator
from core.models import DeploymentFact, HistoryEntry, NumberSequence
from core.roles import Role
from core.todo import todo_items, waiting_items
from evaluations.models import MonthlyVisit, VisitAssignment
from evaluations.queries import visit_figures
from notifications.actions import notify
from notifications.models import Delivery, Notification
from projects.models import (
    CallBack,
    ClaimInvitation,
    Milestone,
    Need,
    PointsCard,
    PointsEntry,
    ProgressReport,
    Project,
    ProjectClaim,
    ProjectExtension,
    ProjectYear,
    Redemption,
    Resource,
    ResourceBooking,
    Reward,
    Session,
    VolunteerRecord,
)
from tests.cast import make_person
from tests.factories.bodies import make_body
from tests.factories.units import cover, make_unit
from units.divisions.tree import names_on, sums_under
from units.indicators.territory import By, read_territory
from units.models import CoverageSpell, DenominatorExit, Division, OperatingSpell, PartyOrganization, Unit
from wuhou.invariants import INVARIANTS, broken_rows
from wuhou.management.commands.load_sample import SAMPLE_PASSWORD
from wuhou.sample.loading import load_sample
from wuhou.sample.purging import purge_sample

MONDAY = date(2026, 11, 23)


def on(day: date):
    return time_machine.travel(
        datetime(day.year, day.month, day.day, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False
    )


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The sample as of that Monday, loaded once for all stories; each story's own changes are rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        with on(MONDAY):
            assert load_sample(today())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def sample(loaded, db):
    with on(MONDAY):
        yield


def actor_called(username: str):
    return actor_of(Membership.objects.select_related("user", "place", "unit").get(user__username=username))


def covered(units):
    return units.filter(
        Q(coverage_spells__from_on__lte=MONDAY),
        Q(coverage_spells__to_on=None) | Q(coverage_spells__to_on__gt=MONDAY),
    )


# Figures


def test_coverage_adds_up_to_the_published_figures_in_every_subdistrict(sample):
    counting = Unit.objects.filter(operating_status="operating", category="non_public")
    assert (covered(counting).distinct().count(), counting.count()) == (1040, 1250)
    social = Unit.objects.filter(operating_status="operating", category="social_organization")
    assert (covered(social).distinct().count(), social.count()) == (286, 286)
    with (Path(__file__).parents[2] / "sample" / "totals.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["code"]]
    assert len(rows) == 11
    for row in rows:
        here = counting.filter(place_code__startswith=row["code"])
        assert here.count() == int(row["non_public_operating"]), row["subdistrict"]
        assert covered(here).distinct().count() == int(row["non_public_covered"]), row["subdistrict"]


def test_thirty_seven_enterprises_left_the_denominator_with_reason_and_evidence(sample):
    left = OperatingSpell.objects.exclude(status="operating").filter(to_on=None)
    assert left.count() == 37
    assert not left.filter(Q(reason="") | Q(evidence="")).exists()
    assert left.filter(from_on=date(2026, 11, 12)).count() == 1
    assert not CoverageSpell.objects.filter(unit__in=left.values("unit_id")).exists()
    asked = DenominatorExit.objects.order_by().values_list("status").annotate(count=Count("pk"))
    assert dict(asked) == {"approved": 37, "submitted": 2, "rejected": 1}
    assert set(left.values_list("unit_id", flat=True)) == set(
        DenominatorExit.objects.filter(status="approved").values_list("unit_id", flat=True)
    )


def test_thirty_five_units_sit_in_the_joint_meeting(sample):
    members = Unit.objects.filter(is_member=True)
    assert members.count() == 35
    assert {"四川大学华西医院", "成都安和物业服务有限公司", "武侯区公安分局", "蜀都律师事务所"} <= set(
        members.values_list("name", flat=True)
    )
    assert VisitAssignment.objects.count() == 35
    assert Membership.objects.filter(role=Role.LIAISON).count() == 35


def test_there_is_one_sign_in_per_role_and_the_password_works(sample, client):
    assert {Membership.objects.get(user__username=role).role for role in Role.values} == set(Role.values)
    answer = client.post("/accounts/sign-in/", {"username": "subdistrict", "password": SAMPLE_PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/")
    assert all(user.check_password(SAMPLE_PASSWORD) for user in User.objects.filter(username__in=Role.values))
    assert set(User.objects.values_list("is_sample", flat=True)) == {True}


# Visits and projects


def test_twelve_months_of_visits_nine_in_ten_done(sample):
    assert MonthlyVisit.objects.count() == 12 * 35
    past = visit_figures(MonthlyVisit.objects.filter(month__lt=date(2026, 11, 1)))
    assert (past.owed, past.confirmed, past.planned, past.exempt) == (380, 362, 17, 5)
    assert MonthlyVisit.objects.filter(status="disputed").count() == 2
    assert MonthlyVisit.objects.filter(visited_on=date(2026, 2, 28), status="confirmed").exists()


def test_every_visit_has_the_timeline_of_its_state(sample):
    counts = dict(
        HistoryEntry.objects.filter(about_type__model="monthlyvisit")
        .values_list("about_id")
        .annotate(n=Count("pk"))
    )
    lines = {"planned": 1, "recorded": 2, "confirmed": 3, "disputed": 3, "exempt": 2}
    assert all(counts[pk] == lines[status] for pk, status in MonthlyVisit.objects.values_list("pk", "status"))
    assert not MonthlyVisit.objects.filter(visited_on__lt=F("month")).exists()


def test_projects_stand_in_every_state_with_competing_claims(sample):
    assert dict(Project.objects.values_list("status").annotate(n=Count("pk"))) == {
        "open": 16, "claimed": 12, "draft": 7, "proposed": 1, "review": 6, "unclaimed": 8, "terminated": 7, "running": 419,
        "suspended": 7, "to_accept": 8, "fixing": 7, "done": 8, "to_review": 7, "reviewed": 9, "archived": 8,
    }  # fmt: skip
    assert set(Project.objects.values_list("status", flat=True)) == set(Project.Status.values)
    rivals = ProjectClaim.objects.filter(project__title="院落义诊月月行", status="screened")
    assert set(rivals.values_list("unit__name", flat=True)) == {"四川大学华西医院", "四川大学华西口腔医院"}
    assert Project.objects.get(title="社区食堂扩点").status == "unclaimed"
    assert not Project.objects.filter(published_at__gt=F("created_at") + timedelta(days=200)).exists()


def test_the_work_on_projects_is_told_all_over_the_district(sample):
    def states(model):
        return set(model.objects.values_list("status", flat=True))

    assert states(ProjectClaim) == set(ProjectClaim.Status.values)
    assert states(ProjectExtension) == set(ProjectExtension.Status.values)
    assert states(ClaimInvitation) == set(ClaimInvitation.Status.values)
    assert states(ProjectYear) == set(ProjectYear.Status.values) - {"accepted"}
    assert Milestone.objects.values("project").distinct().count() > 150
    assert ProgressReport.objects.values("project").distinct().count() > 150
    assert (Need.objects.count(), Resource.objects.count(), ResourceBooking.objects.count()) == (61, 50, 42)
    for status in set(Project.Status.values) - {"draft", "review", "proposed"}:
        codes = Project.objects.filter(status=status).values_list("place_code", flat=True)
        assert len({code[:9] for code in codes}) >= 4, status
    left = ProjectClaim.objects.filter(status="quit", project__status__in=["running", "done", "to_accept"])
    assert left.exists()
    written = HistoryEntry.objects.filter(
        about_type__model__in=["project", "projectclaim", "projectyear", "resource"]
    )
    assert not written.filter(at__gt=timezone.now()).exists()
    # Of last year's 405 and what else was due, all but a few were accepted by its end.
    done = get_indicator("PRJ-DONE").count(
        read_territory("510107", By.NONE), date(2025, 1, 1), date(2025, 12, 31)
    )
    assert done.total.numerator >= 0.9 * done.total.denominator > 360


def test_regular_projects_and_person_times_add_up_in_every_subdistrict(sample):
    with (Path(__file__).parents[2] / "sample" / "totals.csv").open(encoding="utf-8-sig", newline="") as file:
        wanted = {
            row["code"]: (int(row["regular_projects"]), int(row["person_times"]))
            for row in csv.DictReader(file)
        }
    wanted.pop("")
    assert tuple(map(sum, zip(*wanted.values(), strict=True))) == (412, 151_200)
    regular = get_indicator("PRJ-REGULAR")
    served = get_indicator("PRJ-PT")
    for year in (2025, 2026):
        for code, (projects, person_times) in wanted.items():
            days = (date(year, 1, 1), date(year, 12, 31))
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT sum(person_times) FROM projects_session WHERE status = 'confirmed' AND left(place_code, 9) = %s"
                    " AND held_on BETWEEN %s AND %s",
                    [code, *days],
                )
                assert cursor.fetchone() == (person_times,)
            territory = read_territory(code, By.NONE)
            assert served.count(territory, *days).total.numerator == person_times
            # The examples among them began this year.
            assert year < 2026 or regular.count(territory, *days).total.numerator == projects
    ahead = Session.objects.filter(held_on__gt=MONDAY)
    assert set(ahead.values_list("status", flat=True)) == {"planned", "called_off"}
    assert not Session.objects.filter(person_times__gt=200, evidence="").exists()


def test_lists_and_points_stand_in_every_state(sample):
    for model in (Need, Resource, ResourceBooking, Redemption, VolunteerRecord):
        found = set(model.objects.values_list("status", flat=True))
        assert found >= set(model.Status.values) - {"rejected"}, model
    assert Reward.objects.filter(stock=0, is_offered=True).exists()
    assert CallBack.objects.exists()
    assert PointsEntry.objects.filter(kind="reversal").exists()
    assert PointsCard.objects.filter(balance=0, owed__gt=0).count() == 1
    served = VolunteerRecord.objects.filter(status="valid", session__isnull=False)
    assert served.values("place_code").distinct().count() > 50
    sums = Session.objects.annotate(hours=Sum("records__hours"), heads=Count("records__card", distinct=True))
    assert not sums.filter(Q(hours__gt=F("volunteer_hours")) | Q(heads__gt=F("volunteers"))).exists()


def test_nothing_is_posted_by_email_for_what_is_past(sample):
    assert Notification.objects.exists()
    assert not Delivery.objects.exists()
    assert not HistoryEntry.objects.filter(
        about_type__model__in=["project", "projectclaim"], at__date=MONDAY
    ).exists()


@pytest.mark.parametrize("day", [date(2026, 12, 1), date(2027, 1, 15), date(2026, 12, 31)], ids=str)
def test_whoever_looks_on_any_day_has_something_to_do(day, sample):
    purge_sample()
    with on(day):
        load_sample(today())
        for username in ("subdistrict", "community"):
            assert todo_items(actor_called(username), today()), username
        assert MonthlyVisit.objects.filter(visited_on__gt=day).count() == 0


def test_the_same_day_gives_the_same_sample(sample):
    def picture():
        visits = MonthlyVisit.objects.order_by("month", "unit__name")
        units = Unit.objects.order_by("name", "place_code")
        return (
            list(visits.values_list("unit__name", "month", "status", "visited_on", "summary")),
            list(Project.objects.order_by("title").values_list("title", "status", "claim_due_on", "number")),
            list(units.values_list("name", "credit_code", "place_code", "operating_status")),
        )

    first = picture()
    purge_sample()
    assert load_sample(today())
    assert picture() == first


def test_loading_twice_changes_nothing(sample):
    before = {model: model.objects.count() for model in (Unit, User, MonthlyVisit, Project, HistoryEntry)}
    assert load_sample(today()) is False
    call_command("load_sample", verbosity=0)
    assert {model: model.objects.count() for model in before} == before


# Grid


def test_two_communities_have_their_grid_with_the_party_organizations_of_its_nodes(sample):
    def inside(code: str, level: str):
        return Division.objects.filter(code__startswith=code, level=level).effective(MONDAY)

    levels = ("section", "courtyard", "building")
    assert [inside("510107005008", level).count() for level in levels] == [4, 11, 34]
    assert [inside("510107001004", level).count() for level in levels] == [5, 31, 0]
    nodes = [inside("510107005008", level).exclude(party_organization=None).count() for level in levels]
    assert nodes == [4, 11, 0]
    assert inside("510107001004", "courtyard").exclude(party_organization=None).count() == 18
    community = Division.objects.get(code="510107005008")
    assert community.party_organization.category == "611"
    figures = sums_under(community.code, MONDAY)[community.pk].shown
    assert (figures["households"], figures["party_members"]) == (6328, 198)
    building = Division.objects.get(code="510107005008-P02-Y011-L03")
    assert names_on([building], date(2025, 8, 31)) == {building.pk: "招待所楼"}
    gone = Division.objects.get(valid_to__isnull=False)
    assert gone.successor.code == "510107005008-P01-Y001-L01"


# Purging


def test_a_sample_courtyard_in_which_a_real_unit_sits_is_real_from_now_on(sample):
    courtyard = Division.objects.get(code="510107005008-P02-Y011")
    real = make_unit(name="真实企业", place=courtyard)
    purge_sample()
    real.refresh_from_db()
    assert real.place == courtyard
    kept = Division.objects.filter(code__startswith="510107005008-").values_list("code", "party_organization")
    assert list(kept) == [("510107005008-P02", None), ("510107005008-P02-Y011", None)]


def rows_left() -> dict[str, int]:
    """Rows of our own models, places and calendar left out."""
    kept = {Division}
    return {
        model._meta.label: count
        for model in apps.get_models()
        if model.__module__.split(".")[0]
        in {"core", "units", "accounts", "notifications", "projects", "evaluations"}
        and not model._meta.proxy
        and model not in kept
        and (count := model._base_manager.count())
    }


def test_one_command_takes_all_of_it_away(sample, capsys):
    purge_sample()
    assert rows_left() == {}
    assert Division.objects.count() == 129
    call_command("purge_sample")
    assert "没有演示数据可以清除。" in capsys.readouterr().out


def test_after_the_purge_somebody_can_still_sign_in(sample, capsys):
    call_command("purge_sample")
    out = capsys.readouterr().out
    password = out.split("密码（只显示这一次）：")[1].strip()
    assert User.objects.get().check_password(password)
    assert Membership.objects.get().role == Role.DISTRICT


def test_real_rows_stay_and_lose_only_the_pointer_to_what_went(sample):
    yulin = Division.objects.get(code="510107005008")
    real = make_unit(name="真实企业", place=yulin)
    person = make_person("real", Role.COMMUNITY, place=yulin)
    sample_user = User.objects.get(username="community")
    OperatingSpell.objects.filter(unit=real).update(recorded_by=sample_user)
    organization = PartyOrganization.objects.filter(is_sample=True).first()
    cover(real, organization=organization)
    project = Project.objects.filter(status="open").first()
    mine = Project.objects.get(pk=project.pk)
    mine.pk, mine.number, mine.is_sample, mine.author, mine.place, mine.place_code = (
        None,
        None,
        False,
        sample_user,
        yulin,
        yulin.code,
    )
    mine.save()
    claim_on_sample = ProjectClaim.objects.create(project=project, unit=real, place_code=project.place_code)
    purge_sample()
    assert Unit.objects.get() == real
    assert OperatingSpell.objects.get().recorded_by is None
    assert CoverageSpell.objects.get().organization == organization
    assert PartyOrganization.objects.get().is_sample is False
    assert Project.objects.get().author is None
    assert not ProjectClaim.objects.filter(pk=claim_on_sample.pk).exists()
    assert User.objects.get() == person.user


def test_the_timeline_of_a_real_row_keeps_the_words_of_who_it_was(sample):
    real = make_unit(name="真实企业", place=Division.objects.get(code="510107005008"))
    write_history(about=real, move="note", label="备注", actor=actor_called("community"))
    purge_sample()
    entry = HistoryEntry.objects.get()
    assert (entry.actor, entry.actor_label) == (None, "赵某 · 黉门街社区党委")


def test_the_banner_goes_with_the_sample(sample, client):
    client.force_login(
        User.objects.get(username="district"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert "演示数据：仅供熟悉系统使用" in client.get("/evaluations/visits/").content.decode()
    make_person("real", Role.DISTRICT, place=Division.objects.get(code="510107"))
    purge_sample()
    client.force_login(User.objects.get(username="real"), backend="django.contrib.auth.backends.ModelBackend")
    assert "演示数据：仅供熟悉系统使用" not in client.get("/evaluations/visits/").content.decode()


def test_numbers_begin_again_after_the_purge(sample):
    assert NumberSequence.objects.filter(name__startswith="project:").exists()
    purge_sample()
    assert not NumberSequence.objects.exists()
    assert not DeploymentFact.objects.filter(name="sample").exists()


def test_the_liaison_waits_and_the_subdistrict_decides(sample):
    titles = [item.title for item in todo_items(actor_called("liaison"), today())]
    assert "确认11月18日的走访" in titles
    assert any("华西第二医院" in item.title for item in todo_items(actor_called("subdistrict"), today()))
    assert waiting_items(actor_called("community"), today())


def test_the_sample_is_sound(sample):
    assert [invariant.sentence for invariant in INVARIANTS if broken_rows(invariant, 1)] == []


def test_the_newest_messages_have_the_highest_numbers(sample):
    told = list(Notification.objects.order_by("pk").values_list("created_at", flat=True))
    assert told == sorted(told)
    person = make_person("real", Role.COMMUNITY, place=Division.objects.get(code="510107005008"))
    notify(key="new", to=[person.user], kind="test", title="新的消息", about=person.user)
    assert Notification.objects.latest("pk").key == "new"


def test_a_name_that_is_taken_stops_the_load_with_a_sentence(sample):
    purge_sample()
    make_person("district", Role.DISTRICT, place=Division.objects.get(code="510107"))
    with (
        pytest.raises(CommandError, match="账号 district 已经有人使用，示范数据没有写入。"),
        transaction.atomic(),
    ):
        call_command("load_sample", verbosity=0)
    assert not Unit.objects.exists()


def test_a_real_body_at_work_stops_the_load_with_one_sentence(sample):
    purge_sample()
    place = Division.objects.get(code="510107005")
    body = make_body(place=place, kind="office", status="approved")
    make_body(place=place, kind="committee", status="dissolved")
    make_body(place=place, kind="comprehensive")
    with (
        pytest.raises(CommandError, match=f"真实的区域化组织（共 1 个，如“{body}”），示范数据没有写入。"),
        transaction.atomic(),
    ):
        call_command("load_sample", verbosity=0)
    assert not Unit.objects.exists()
