"""The pages of work on projects: what each may press, forms that keep what was typed, lists, filters and papers."""

from datetime import date

import pytest
import time_machine

from core.models import IssuedDocument
from projects.models import Project, ProjectExtension
from tests.counting import own_queries
from tests.factories.papers import words_of
from tests.factories.projects import (
    make_claim,
    make_extension,
    make_invitation,
    make_milestone,
    make_project,
    make_running,
    project_fields,
)
from tests.factories.units import make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def project(huangmenjie, unit) -> Project:
    return make_running(place=huangmenjie, unit=unit, title="家电义修日", end_on=date(2026, 12, 31))


def text(response) -> str:
    return response.content.decode()


class TestDrafting:
    def body(self, place, **fields) -> dict:
        return {
            **project_fields(title="义诊"),
            "place": place.pk,
            "volunteers_needed": 0,
            "expected_person_times": 0,
            **fields,
        }

    def test_all_fields_and_milestones_are_typed_without_a_script(self, community, huangmenjie, places):
        neighbour = places["510107005009"]
        body = self.body(
            huangmenjie, origin="need", target_group="老人", budget_source="社区经费", safety_note="当心台阶",
            more_places=[neighbour.pk], end_on="2027-06-30",
            **{"milestones-0-title": "首次义诊", "milestones-0-due": "2026-12-20"},
            **{"milestones-2-title": "小结", "milestones-2-due": "2027-06-01"},
        )  # fmt: skip
        assert community.client.post("/projects/new/", body).status_code == 302
        project = Project.objects.get()
        assert (project.origin, project.target_group, project.safety_note) == ("need", "老人", "当心台阶")
        assert list(project.milestones.values_list("title", flat=True)) == ["首次义诊", "小结"]
        assert list(project.more_places.all()) == [neighbour]
        page = text(community.client.get(f"/projects/{project.pk}/"))
        for words in ("老人", "社区经费", "当心台阶", "首次义诊", neighbour.name):
            assert words in page
        form = text(community.client.get(f"/projects/{project.pk}/change/"))
        assert 'name="milestones-0-title" id="id_milestones-0" value="首次义诊"' in form

    @pytest.mark.parametrize(
        ("row", "sentence"),
        [
            (
                {"milestones-0-title": "首次义诊", "milestones-0-due": ""},
                "请给里程碑“首次义诊”选一个完成日期。",
            ),
            (
                {"milestones-0-title": "", "milestones-0-due": "2026-12-20"},
                "日期 2026-12-20 的里程碑没有写做到什么。",
            ),
            (
                {"milestones-0-title": "首次义诊", "milestones-0-due": "下周"},
                "请给里程碑“首次义诊”选一个完成日期。",
            ),
        ],
    )
    def test_an_incomplete_milestone_is_refused_and_kept(self, row, sentence, community, huangmenjie):
        answer = community.client.post("/projects/new/", self.body(huangmenjie, **row))
        assert (answer.status_code, answer.context["form"].errors["milestones"]) == (422, [sentence])
        assert (row["milestones-0-title"] or "2026-12-20") in text(answer)
        assert not Project.objects.exists()

    def test_another_persons_milestones_are_not_overwritten_unseen(self, community, huangmenjie):
        project = make_project(place=huangmenjie, status="draft")
        make_milestone(project=project, title="首次", due_on=date(2026, 12, 20))
        version = community.client.get(f"/projects/{project.pk}/change/").context["version"]
        project.milestones.update(title="别人改的")
        mine = {"milestones-0-title": "我改的", "milestones-0-due": "2026-12-20", "version": version}
        answer = community.client.post(f"/projects/{project.pk}/change/", self.body(huangmenjie, **mine))
        assert answer.status_code == 409
        assert ("我改的" in text(answer), "别人改的" in text(answer)) == (True, True)


class TestWork:
    def test_the_lead_reports_a_milestone_in_two_taps(self, project, liaison):
        milestone = make_milestone(project=project, title="首次义修")
        page = text(liaison.client.get(f"/projects/{project.pk}/"))
        address = f"/projects/milestones/{milestone.pk}/finish/"
        # What is to be done stands above what is known.
        assert 0 < page.index(f'action="{address}"') < page.index("基本情况")
        assert liaison.client.post(address).url == f"/projects/{project.pk}/"
        milestone.refresh_from_db()
        assert milestone.done_on == date(2026, 11, 23)
        liaison.client.post(f"/projects/milestones/{milestone.pk}/reopen/")
        milestone.refresh_from_db()
        assert milestone.done_on is None
        assert liaison.client.get(address).status_code == 200

    def test_progress_and_more_time_have_short_forms(self, project, liaison, community):
        assert (
            liaison.client.post(f"/projects/{project.pk}/progress/", {"text": "来了二十位居民。"}).status_code
            == 302
        )
        answer = liaison.client.post(
            f"/projects/{project.pk}/extend_term/", {"wanted_end_on": "2026-12-01", "reason": "人手不够"}
        )
        assert (answer.status_code, "申请延到的日期要晚于2026年12月31日。" in text(answer)) == (400, True)
        body = {"wanted_end_on": "2027-01-31", "reason": "人手不够"}
        assert liaison.client.post(f"/projects/{project.pk}/extend_term/", body).status_code == 302
        page = text(community.client.get(f"/projects/{project.pk}/"))
        extension = ProjectExtension.objects.get()
        assert ("来了二十位居民。" in page, f"/projects/extensions/{extension.pk}/approve/" in page) == (
            True,
            True,
        )
        community.client.post(f"/projects/extensions/{extension.pk}/approve/")
        project.refresh_from_db()
        assert project.end_on == date(2027, 1, 31)

    def test_the_owner_plans_what_is_not_done(self, project, community, liaison):
        body = {"milestones-0-title": "收尾", "milestones-0-due": "2026-12-20"}
        assert community.client.post(f"/projects/{project.pk}/milestones/", body).status_code == 302
        assert project.milestones.get().title == "收尾"
        assert liaison.client.get(f"/projects/{project.pk}/milestones/").status_code == 403

    def test_a_year_is_summed_up_on_a_form(self, huangmenjie, unit, liaison):
        long = make_running(place=huangmenjie, unit=unit, term="long")
        year = long.years.create(year=2025)
        assert (
            liaison.client.post(
                f"/projects/years/{year.pk}/conclude/", {"summary": "修了三百件。"}
            ).status_code
            == 302
        )
        assert "修了三百件。" in text(liaison.client.get(f"/projects/{long.pk}/"))

    def test_who_has_no_part_in_it_reads_what_happened_and_not_with_what_words(
        self, project, liaison, community, other_liaison, stranger
    ):
        community.client.post(f"/projects/{project.pk}/suspend/", {"note": "经办人住院"})
        pages = [
            text(person.client.get(f"/projects/{project.pk}/"))
            for person in (liaison, community, other_liaison, stranger)
        ]
        assert ["经办人住院" in page for page in pages] == [True, True, False, False]
        assert all("中止" in page for page in pages)

    def test_strangers_find_no_forms(self, project, other_liaison, stranger):
        milestone = make_milestone(project=project)
        page = text(other_liaison.client.get(f"/projects/{project.pk}/"))
        assert ("报完成" in page, "申请延期" in page) == (False, False)
        assert other_liaison.client.post(f"/projects/milestones/{milestone.pk}/finish/").status_code == 403
        stranger.client.post(f"/projects/{project.pk}/suspend/", {"note": "不想做了"})
        project.refresh_from_db()
        assert project.status == "running"

    def test_whoever_confirms_sees_the_load_of_the_unit(self, project, huangmenjie, unit, subdistrict):
        done = make_project(place=huangmenjie, status="done")
        make_claim(project=done, unit=unit, status="confirmed")
        quit_ = make_project(place=huangmenjie)
        make_claim(project=quit_, unit=unit, status="quit")
        wanted = make_project(place=huangmenjie)
        make_claim(project=wanted, unit=unit, status="screened")
        assert "在手 1 个项目，已完成 1 个，退出过 1 个" in text(
            subdistrict.client.get(f"/projects/{wanted.pk}/")
        )

    def test_the_liaison_home_shows_what_is_asked_and_due(self, project, huangmenjie, unit, liaison):
        make_milestone(project=project, title="首次义修", due_on=date(2026, 11, 25))
        invitation = make_invitation(
            project=make_project(place=huangmenjie, status="unclaimed", title="义诊"), unit=unit
        )
        make_claim(
            project=make_project(place=huangmenjie, status="archived", title="早已归档"),
            unit=unit,
            status="confirmed",
        )
        page = text(liaison.client.get("/"))
        assert "今天有 1 件事" in page
        assert f"/projects/invitations/{invitation.pk}/accept/" in page
        assert ("家电义修日：首次义修" in page, "早已归档" in page) == (True, False)


class TestPapers:
    def test_the_subdistrict_announces_its_open_projects(self, subdistrict, community, huangmenjie):
        refused = subdistrict.client.post("/projects/papers/announce/", follow=True)
        assert "现在没有待认领的项目，不用印发公告。" in text(refused)
        open_ = make_project(place=huangmenjie, title="家电义修日", expected_person_times=300)
        assert "印发项目清单公告" not in text(community.client.get("/projects/papers/"))
        assert community.client.post("/projects/papers/announce/").status_code == 403
        answer = subdistrict.client.post("/projects/papers/announce/", follow=True)
        assert "关于公布玉林街道共建项目清单的公告" in text(answer)
        document = IssuedDocument.objects.get()
        words = words_of(document.file.read())
        assert document.number == "玉林项公〔2026〕1号"
        for one in (open_.number, "家电义修日", "认领方式", "联系人", "300"):
            assert one in words, one

    def test_what_a_unit_took_on_is_printed_for_both_sides(
        self, project, huangmenjie, unit, liaison, other_liaison, community
    ):
        make_milestone(project=project, title="首次义修", due_on=date(2026, 12, 20))
        claim = project.claims.get()
        for person in (liaison, community):
            assert person.client.post(f"/projects/claims/{claim.pk}/paper/").status_code == 302
        assert other_liaison.client.post(f"/projects/claims/{claim.pk}/paper/").status_code == 404
        words = words_of(IssuedDocument.objects.first().file.read())
        for one in ("项目认领书", unit.name, "2026-12-20 首次义修", "承诺", "街道意见"):
            assert one in words, one
        waiting = make_claim(project=make_project(place=huangmenjie), unit=unit)
        answer = liaison.client.post(f"/projects/claims/{waiting.pk}/paper/", follow=True)
        assert "认领确认以后才能印发认领书。" in text(answer)


class TestLists:
    def titles(self, person, query: str) -> set[str]:
        page = person.client.get(f"/projects/?{query}&format=csv")
        lines = b"".join(page.streaming_content).decode("utf-8-sig").splitlines()[1:]
        return {line.split(",")[0] for line in lines}

    def test_filters(self, project, huangmenjie, liaison, community):
        make_project(place=huangmenjie, title="可认领", origin="need")
        make_project(place=huangmenjie, title="已截止", claim_due_on=date(2026, 11, 1), is_regular=True)
        make_milestone(project=project, due_on=date(2026, 11, 20))
        assert self.titles(liaison, "claimable=true") == {"可认领"}
        assert self.titles(liaison, "mine=true") == {"家电义修日"}
        assert self.titles(community, "phase=working") == {"家电义修日"}
        assert self.titles(community, "phase=claiming&is_regular=true") == {"已截止"}
        assert self.titles(community, "origin=need") == {"可认领"}
        assert self.titles(community, "overdue=true") == {"家电义修日"}
        assert self.titles(community, "mine=false") == set()
        for query in ("phase=x", "claimable=x", "mine=1", "origin=x"):
            assert community.client.get(f"/projects/?{query}").status_code == 400, query

    def test_a_running_project_costs_the_same_with_one_of_each_and_with_three(
        self, huangmenjie, yulin, unit, subdistrict
    ):
        project = make_running(place=huangmenjie, unit=unit, claim_mode="joint")

        def cost() -> int:
            make_milestone(project=project)
            make_extension(project=project, unit=unit, status="rejected")
            project.progress_reports.create(
                claim=project.claims.first(), text="顺利。", reported_on=date(2026, 11, 23)
            )
            make_claim(project=project, unit=make_unit(place=yulin), kind="joint")
            return own_queries(subdistrict.client, f"/projects/{project.pk}/")

        costs = [cost(), cost(), cost()]
        assert costs == [costs[0]] * 3
        assert costs[0] == 18
