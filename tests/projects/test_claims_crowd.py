"""Two hundred claims on one project, decided by many at once: as many are confirmed as there are places."""

from collections import Counter

import pytest

from core.errors import RuleViolation
from projects.actions import confirm_claim
from projects.models import Project, ProjectClaim
from tests.factories.projects import make_project
from tests.projects.test_races import at_once
from units.models import Unit

pytestmark = pytest.mark.django_db(transaction=True)

CLAIMS, PEOPLE, PLACES = 200, 8, 7


def test_exactly_as_many_are_confirmed_as_there_are_places_and_every_loser_hears_who_won(
    huangmenjie, subdistrict
):
    project = make_project(place=huangmenjie, claim_mode="parallel", lead_places=PLACES)
    units = Unit.objects.bulk_create(
        Unit(
            name=f"示例单位{order:03}", name_pinyin=f"shili{order:03}", place=huangmenjie, place_code=huangmenjie.code,
            category="non_public", operating_status="operating", verification="verified",
        )
        for order in range(CLAIMS)
    )  # fmt: skip
    claims = ProjectClaim.objects.bulk_create(
        ProjectClaim(project=project, unit=unit, place_code=project.place_code, status="screened")
        for unit in units
    )
    refusals: list[RuleViolation] = []

    def confirm(mine) -> None:
        for claim in mine:
            try:
                confirm_claim(claim=claim, actor=subdistrict.actor)
            except RuleViolation as refusal:
                refusals.append(refusal)

    outcomes = at_once(*[lambda mine=claims[person::PEOPLE]: confirm(mine) for person in range(PEOPLE)])
    assert outcomes == ["done"] * PEOPLE
    assert Counter(refusal.code for refusal in refusals) == {"already_claimed": CLAIMS - PLACES}
    winners = list(project.claims.confirmed_leads().order_by("slot").values_list("slot", "unit__name"))
    assert [slot for slot, _ in winners] == list(range(1, PLACES + 1))
    assert all(name in str(refusal) for refusal in refusals for _, name in winners)
    assert Project.objects.get(pk=project.pk).status == "claimed"
