"""Coverage of the district over REST: CPU per request against a bare Django view with the same SQL."""

import orjson

from reporting.api import memory
from tests.benchmarks.data import SAMPLE_UNITS, make_people, make_units
from tests.benchmarks.measure import Row, cpu_of, side_by_side
from tests.benchmarks.requests import TOKEN_HEADER, ask

PORTAL, BARE = "/api/v1/statistics/coverage/", "/bare/coverage/"
CALLS, TURNS = 40, 31


def rows() -> list[Row]:
    capacity, memory.capacity = memory.capacity, 0
    make_units(SAMPLE_UNITS)
    make_people()
    if orjson.loads(ask(PORTAL)) != orjson.loads(ask(BARE)):
        raise RuntimeError("The bare view must give the same answer.")
    found = [
        against_bare("anonymous, computed each time", {}),
        against_bare("token, computed each time", TOKEN_HEADER),
    ]
    memory.capacity = capacity
    return [*found, against_bare("token, as served", TOKEN_HEADER, "answer remembered while nothing changes")]


def against_bare(name: str, headers: dict[str, str], note: str = "the same SQL, in process") -> Row:
    """CPU of a request to the portal and of one to the bare view, turn by turn."""
    ours, theirs = side_by_side(
        lambda: cpu_of(lambda: ask(PORTAL, **headers), CALLS), lambda: cpu_of(lambda: ask(BARE), CALLS), TURNS
    )
    return Row(f"coverage over REST, {name}: CPU ÷ bare view", ours, theirs, "µs", 1.4, True, note=note)
