"""Who reads claims and years of projects (domain.md §3): neither more nor less over REST than on the pages."""

import pytest

from core.roles import Role
from projects.models import ProjectYear
from tests.cast import make_person
from tests.factories.projects import make_claim, make_project
from tests.rest import Rest, key_of


@pytest.mark.parametrize(
    ("role", "claims", "years"),
    [
        (Role.COMMUNITY, {"submitted", "confirmed"}, 1),
        (Role.REPRESENTATIVE, {"submitted", "confirmed"}, 1),
        # Enters sessions: sees who carries a project out, not who else asked, nor how it is accepted.
        (Role.GRID_WORKER, {"confirmed"}, None),
        (Role.SYSADMIN, set(), None),
        (Role.AUDITOR, set(), None),
    ],
)
def test_claims_and_years_are_for_whom_they_concern(huangmenjie, unit, other_unit, role, claims, years):
    project = make_project(place=huangmenjie, status="running", term="long")
    made = [
        make_claim(project=project, unit=one, status=status)
        for one, status in ((unit, "confirmed"), (other_unit, "submitted"))
    ]
    year = ProjectYear.objects.create(project=project, year=2026, expected_person_times=30)
    somebody = make_person("somebody", role, place=huangmenjie)
    rest = Rest(key_of(somebody))
    told = rest.get("/api/v1/claims/").json()["results"]
    assert {row["status"] for row in told} == claims
    for claim in made:
        expected = 200 if claim.status in claims else 404
        assert rest.get(f"/api/v1/claims/{claim.pk}/").status_code == expected
    answer = rest.get("/api/v1/project-years/")
    assert answer.status_code == (403 if years is None else 200)
    assert years is None or [row["id"] for row in answer.json()["results"]] == [year.pk]
    assert ProjectYear.objects.visible_to(somebody.actor).count() == (
        0 if role in (Role.SYSADMIN, Role.AUDITOR) else 1
    )
