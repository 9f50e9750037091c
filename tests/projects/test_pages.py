"""Pages of projects and claims, as each of the cast opens them."""

import pytest
from django.test import Client

from core.roles import Role
from projects.models import Project, ProjectClaim
from tests.cast import make_person
from tests.counting import own_queries
from tests.factories.projects import make_claim, make_project, project_fields, yesterday
from tests.factories.units import make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(huangmenjie) -> Project:
    return make_project(place=huangmenjie, title="家电义修日", volunteers_needed=4)


def text(response) -> str:
    return response.content.decode()


class TestClaiming:
    def test_three_taps_open_the_project_claim_confirm(self, project, liaison, community):
        opened = text(liaison.client.get(f"/projects/{project.pk}/"))
        assert f'href="/projects/{project.pk}/claim/"' in opened
        form = liaison.client.get(f"/projects/{project.pk}/claim/")
        assert "确认认领" in text(form)
        fields = form.context["form"].initial
        answer = liaison.client.post(f"/projects/{project.pk}/claim/", fields, follow=True)
        assert "已提交认领" in text(answer)
        assert ProjectClaim.objects.get().contact == "张某"
        assert "贵单位的认领" in text(answer)

    def test_a_refused_claim_keeps_what_was_typed(self, project, liaison):
        typed = {"kind": "lead", "contact": "张某", "plan": "带四名师傅", "headcount": 0}
        answer = liaison.client.post(f"/projects/{project.pk}/claim/", typed)
        assert answer.status_code == 422
        assert "带四名师傅" in text(answer)

    def test_a_race_lost_on_the_page_is_a_sentence(self, project, liaison, yulin):
        make_claim(
            project=project, unit=make_unit(place=yulin, name="成都玉林电器有限公司"), status="confirmed"
        )
        Project.objects.update(status="claimed")
        answer = liaison.client.post(f"/projects/{project.pk}/claim/", {"kind": "lead", "contact": "张某"})
        assert answer.status_code == 409
        assert "已经确认由成都玉林电器有限公司认领" in text(answer)
        assert "已经确认由" in text(liaison.client.get(f"/projects/{project.pk}/claim/", follow=True))

    def test_after_the_deadline_there_is_no_button(self, project, liaison):
        Project.objects.update(claim_due_on=yesterday())
        assert "/claim/" not in text(liaison.client.get(f"/projects/{project.pk}/"))

    def test_staff_and_strangers_cannot_claim(self, project, community):
        assert community.client.get(f"/projects/{project.pk}/claim/").status_code == 403
        assert Client().get(f"/projects/{project.pk}/claim/").status_code == 302


class TestDeciding:
    def test_between_two_offers_no_button_stands_out_and_they_stand_above_the_facts(
        self, project, subdistrict, yulin
    ):
        for name in ("成都玉林电器有限公司", "成都安和物业服务有限公司"):
            make_claim(project=project, unit=make_unit(place=yulin, name=name), status="screened")
        page = text(subdistrict.client.get(f"/projects/{project.pk}/"))
        assert page.count(">确认认领</button>") == 2
        assert "btn p" not in page
        assert page.index('id="claims"') < page.index("基本情况")

    def test_the_subdistrict_confirms_on_the_projects_page_and_stays_there(
        self, project, liaison, subdistrict, community
    ):
        claim = make_claim(project=project, unit=liaison.membership.unit)
        page = text(community.client.get(f"/projects/{project.pk}/"))
        assert f"/projects/claims/{claim.pk}/screen/" in page
        assert f"/projects/claims/{claim.pk}/confirm/" not in page
        community.client.post(f"/projects/claims/{claim.pk}/screen/")
        answer = subdistrict.client.post(
            f"/projects/claims/{claim.pk}/confirm/", {"next": f"/projects/{project.pk}/"}, follow=True
        )
        assert answer.redirect_chain == [(f"/projects/{project.pk}/", 302)]
        assert "已办理：确认认领" in text(answer)
        assert "确认认领 · 成都安和物业服务有限公司" in text(answer)

    def test_a_foreign_claim_is_404(self, project, liaison, other_liaison, stranger):
        claim = make_claim(project=project, unit=liaison.membership.unit)
        for person in (other_liaison, stranger):
            assert person.client.get(f"/projects/claims/{claim.pk}/").status_code == 404
            assert person.client.post(f"/projects/claims/{claim.pk}/withdraw/").status_code == 404
        assert liaison.client.get(f"/projects/claims/{claim.pk}/").status_code == 200

    def test_others_see_who_carries_a_project_out_and_not_who_offers(self, project, liaison, other_liaison):
        make_claim(project=project, unit=liaison.membership.unit, plan="带四名师傅")
        assert "带四名师傅" not in text(other_liaison.client.get(f"/projects/{project.pk}/"))
        ProjectClaim.objects.update(status="confirmed", slot=1)
        page = text(other_liaison.client.get(f"/projects/{project.pk}/"))
        assert "成都安和物业服务有限公司" in page
        assert "带四名师傅" not in page


class TestDrafting:
    def body(self, place, **fields) -> dict:
        return {
            **project_fields(title="义诊"),
            "place": place.pk,
            "volunteers_needed": 0,
            "expected_person_times": 0,
            **fields,
        }

    def test_a_draft_is_saved_and_changed(self, community, huangmenjie):
        answer = community.client.post("/projects/new/", self.body(huangmenjie), follow=True)
        assert "草稿已保存" in text(answer)
        project = Project.objects.get()
        form = community.client.get(f"/projects/{project.pk}/change/")
        body = {**self.body(huangmenjie, title="每月义诊"), "version": form.context["version"]}
        assert "每月义诊" in text(community.client.post(f"/projects/{project.pk}/change/", body, follow=True))

    def test_the_form_offers_the_own_places(self, community, huangmenjie, yulin):
        form = community.client.get("/projects/new/").context["form"]
        assert list(form.fields["place"].queryset) == [huangmenjie]

    def test_a_stale_form_keeps_both_texts(self, community, huangmenjie):
        project = make_project(place=huangmenjie, status="draft", title="义诊")
        version = community.client.get(f"/projects/{project.pk}/change/").context["version"]
        Project.objects.update(title="别人的义诊")
        answer = community.client.post(
            f"/projects/{project.pk}/change/",
            {**self.body(huangmenjie, title="我的义诊"), "version": version},
        )
        assert answer.status_code == 409
        assert "我的义诊" in text(answer)
        assert "别人的义诊" in text(answer)
        assert Project.objects.get().title == "别人的义诊"

    def test_wrong_dates_are_refused_beside_the_field(self, community, huangmenjie):
        answer = community.client.post("/projects/new/", self.body(huangmenjie, end_on="2020-01-01"))
        assert answer.status_code == 400
        assert "结束日期不能早于开始日期" in text(answer)

    def test_a_published_project_has_no_form(self, community, project):
        assert "只有草稿可以修改" in text(
            community.client.get(f"/projects/{project.pk}/change/", follow=True)
        )
        assert community.client.get("/projects/999999/change/").status_code == 404


class TestLists:
    def test_filters_and_exports(self, project, district, jinyan):
        make_project(place=jinyan, theme="members", title="党课")
        page = text(district.client.get("/projects/?place=510107005&theme=residents&status=open"))
        assert "家电义修日" in page
        assert "党课" not in page
        assert district.client.get("/projects/?status=nothing").status_code == 400
        sheet = district.client.get("/projects/?format=csv&theme=members")
        assert "党课" in b"".join(sheet.streaming_content).decode("utf-8-sig")
        assert district.client.get("/projects/?format=xlsx").status_code == 200

    def test_a_liaison_sees_the_own_claims_staff_those_of_the_place(
        self, project, liaison, other_liaison, subdistrict, stranger
    ):
        make_claim(project=project, unit=liaison.membership.unit)
        seen = {person.user.username: "家电义修日" in text(person.client.get("/projects/claims/"))
                for person in (liaison, other_liaison, subdistrict, stranger)}  # fmt: skip
        assert seen == {"liaison": True, "other_liaison": False, "subdistrict": True, "stranger": False}

    def test_for_a_unit_what_it_may_claim_comes_first(self, liaison, huangmenjie):
        make_project(place=huangmenjie, title="已截止的", status="claimed", claim_due_on=yesterday())
        make_project(place=huangmenjie, title="可认领的")
        page = text(liaison.client.get("/projects/"))
        assert page.index("可认领的") < page.index("已截止的")

    def test_for_a_community_its_own_come_first(self, project, community, jinyan):
        make_project(place=jinyan, title="别处的新项目", status="claimed")
        page = text(community.client.get("/projects/"))
        assert page.index("家电义修日") < page.index("别处的新项目")
        assert '<a class="clear" href="?mine=true">只看本辖区</a>' in page
        narrowed = text(community.client.get("/projects/?mine=true"))
        assert "别处的新项目" not in narrowed
        assert "只看本辖区" not in narrowed

    def test_the_three_officers_have_no_business_here(self, project):
        auditor = make_person("auditor", Role.AUDITOR)
        ways = ("/projects/", f"/projects/{project.pk}/", "/projects/progress/", "/projects/sessions/")
        assert [auditor.client.get(way).status_code for way in ways] == [403, 403, 403, 403]

    def test_the_search_box_finds_projects(self, project, liaison):
        assert "家电义修日" in text(liaison.client.get("/search/?q=家电"))

    @pytest.mark.parametrize(("address", "queries"), [("/projects/", 3), ("/projects/claims/", 3)])
    def test_lists_cost_the_same_with_one_row_and_with_three(
        self, address, queries, huangmenjie, yulin, subdistrict
    ):
        def cost() -> int:
            make_claim(project=make_project(place=huangmenjie), unit=make_unit(place=yulin))
            return own_queries(subdistrict.client, address)

        assert [cost(), cost(), cost()] == [queries] * 3

    def test_a_project_costs_the_same_with_one_claim_and_with_three(self, huangmenjie, yulin, subdistrict):
        project = make_project(place=huangmenjie)

        def cost() -> int:
            make_claim(project=project, unit=make_unit(place=yulin))
            return own_queries(subdistrict.client, f"/projects/{project.pk}/")

        assert [cost(), cost(), cost()] == [15] * 3
