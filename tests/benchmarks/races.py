"""Everybody presses at once: 200 claims on one project, 50 redemptions of a stock of 10; as many win as there are places."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable

from django.db import connection

from accounts.models import Membership
from accounts.queries import actor_of
from core.clock import today
from core.errors import RuleViolation
from core.roles import Role
from projects.actions import confirm_claim
from projects.actions.redemptions import redeem
from projects.models import Project, ProjectClaim
from tests.benchmarks.data import make_people, make_units
from tests.benchmarks.measure import Row, Values
from tests.factories.projects import make_project
from tests.factories.projects_points import make_card, make_reward, make_tariff
from units.models import Division, Unit

CLAIMS, PLACES, CARDS, STOCK, PEOPLE = 200, 7, 50, 10, 8


def all_at_once(works: Iterable[Callable]) -> tuple[Counter, float]:
    """Do all works with eight people who start together; what became of them, and the seconds it took."""
    waiting, outcomes, start = list(works), [], threading.Barrier(PEOPLE)

    def press() -> None:
        start.wait(30)
        while waiting:
            try:
                waiting.pop()()
                outcomes.append("done")
            except RuleViolation as refusal:
                outcomes.append(refusal.code)
            except IndexError:
                break
        connection.close()

    people = [threading.Thread(target=press) for _ in range(PEOPLE)]
    began = time.perf_counter()
    for person in people:
        person.start()
    for person in people:
        person.join()
    return Counter(outcomes), time.perf_counter() - began


def staff(role: str, place: Division):
    user = make_people()
    membership, _ = Membership.objects.get_or_create(user=user, role=role, place=place, from_on=today())
    return actor_of(membership)


def claims() -> list[Row]:
    make_units(CLAIMS)
    place = Division.objects.get(code="510107005008")
    actor = staff(Role.SUBDISTRICT, place.parent)
    project = make_project(place=place, claim_mode="parallel", lead_places=PLACES)
    offered = ProjectClaim.objects.bulk_create(
        ProjectClaim(project=project, unit=unit, place_code=place.code, status="screened")
        for unit in Unit.objects.order_by("pk")[:CLAIMS]
    )
    found, seconds = all_at_once(
        [lambda claim=claim: confirm_claim(claim=claim, actor=actor) for claim in offered]
    )
    confirmed = ProjectClaim.objects.confirmed_leads().filter(project=project).count()
    assert found == {"done": PLACES, "already_claimed": CLAIMS - PLACES}, found
    assert Project.objects.get(pk=project.pk).status == "claimed"
    return [
        exactly(f"{CLAIMS} claims at once: confirmed ÷ places", confirmed, PLACES, seconds),
        exactly(
            f"{CLAIMS} claims at once: losers told why ÷ losers",
            found["already_claimed"],
            CLAIMS - PLACES,
            seconds,
        ),
    ]


def redemptions() -> list[Row]:
    place = Division.objects.get(code="510107005008")
    actor = staff(Role.COMMUNITY, place)
    make_tariff()
    reward = make_reward(place=place, stock=STOCK)
    cards = [make_card(place=place, points=5) for _ in range(CARDS)]
    found, seconds = all_at_once(
        [lambda card=card: redeem(card=card, reward=reward, actor=actor) for card in cards]
    )
    assert found == {"done": STOCK, "out_of_stock": CARDS - STOCK}, found
    return [exactly(f"{CARDS} redemptions at once: given ÷ stock", found["done"], STOCK, seconds)]


def exactly(name: str, ours: int, theirs: int, seconds: float) -> Row:
    note = f"must be equal; {seconds:.1f} s, {PEOPLE} people"
    return Row(name, Values((float(ours),)), Values((float(theirs),)), "", 1, True, note=note)


def rows() -> list[Row]:
    return [*claims(), *redemptions()]
