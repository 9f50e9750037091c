"""The same coverage as FastAPI and asyncpg would serve it: a token query, the portal's own SQL, a response model.

Started by granian with ``BENCH_DSN``, ``BENCH_SQL``, ``BENCH_PLACES`` (JSON) and the number of ``BENCH_CONNECTIONS`` in
the environment.
"""

import json
import os
from contextlib import asynccontextmanager
from datetime import date
from hashlib import sha256

import asyncpg
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel

PLACES = json.loads(os.environ["BENCH_PLACES"])
SQL = os.environ["BENCH_SQL"]
PARAMS = json.loads(os.environ["BENCH_PARAMS"])
CONNECTIONS = int(os.environ["BENCH_CONNECTIONS"])
TOKEN_SQL = """
SELECT t.id, m.role, d.code FROM accounts_apitoken t
JOIN accounts_membership m ON m.id = t.membership_id JOIN units_division d ON d.id = m.place_id
WHERE t.digest = $1 AND t.revoked_at IS NULL
"""
pool: asyncpg.Pool


class Place(BaseModel):
    code: str
    name: str
    level: str


class Figure(BaseModel):
    numerator: int
    denominator: int
    rate: str | None
    rate_display: str
    standalone: int
    joint: int
    uncovered: int
    excluded: int


class RowOut(Figure):
    place: Place


class Answer(BaseModel):
    indicator: str
    name: str
    formula_version: int
    place: Place
    as_of: date
    frozen: bool
    total: Figure
    rows: list[RowOut]


@asynccontextmanager
async def lifespan(app):
    global pool
    # A generic plan of this statement is ten times slower; the peer gets the better one.
    pool = await asyncpg.create_pool(
        os.environ["BENCH_DSN"],
        min_size=CONNECTIONS,
        max_size=CONNECTIONS,
        server_settings={"plan_cache_mode": "force_custom_plan"},
    )
    yield
    await pool.close()


app = FastAPI(lifespan=lifespan)


def figure(numerator: int, denominator: int, standalone: int, joint: int, excluded: int) -> dict:
    share = (2 * numerator * 10_000 + denominator) // (2 * denominator) if denominator else 0
    tenths = (2 * numerator * 1000 + denominator) // (2 * denominator) if denominator else 0
    return {
        "numerator": numerator, "denominator": denominator,
        "rate": f"{share // 10_000}.{share % 10_000:04}" if denominator else None,
        "rate_display": f"{tenths // 10}.{tenths % 10}%" if denominator else "—", "standalone": standalone,
        "joint": joint, "uncovered": denominator - numerator, "excluded": excluded,
    }  # fmt: skip


@app.get("/coverage/", response_model=Answer)
async def coverage(authorization: str = Header()):
    digest = sha256(authorization.removeprefix("Token ").encode()).hexdigest()
    async with pool.acquire() as connection:
        if await connection.fetchrow(TOKEN_SQL, digest) is None:
            raise HTTPException(401)
        counted = await connection.fetch(SQL, [date.today()], *PARAMS)
    rows = [
        {"place": PLACES[row[3]], **figure(*tuple(row)[4:])}
        for row in sorted(counted, key=lambda row: row[3])
    ]
    total = figure(*(sum(column) for column in zip(*(tuple(row)[4:] for row in counted), strict=True)))
    return {
        "indicator": "COV-ORG-NP", "name": "非公企业组织覆盖率", "formula_version": 1, "place": PLACES["510107"],
        "as_of": date.today(), "frozen": False, "total": total, "rows": rows,
    }  # fmt: skip
