"""From good rows to a plan: COPY into a temporary table, then every check that needs the register, set by set.

The plan has one line per row with what stands in the register now, so that new, changed and same are told apart
and applying is a handful of INSERT … SELECT. All tables vanish with the transaction.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from django.db import connection

from units.imports.rows import STORED

LOCK_KEY = 510_107_01  # one import plans at a time
COLUMN_TYPES = {
    "employees": "int", "members_total": "int", "members_full": "int", "has_instructor": "boolean",
    "has_mass_organization": "boolean", "is_member": "boolean", "established_on": "date", "covered_from": "date",
    "has_premises": "boolean", "has_business": "boolean", "annual_revenue": "numeric(16, 2)", "has_union": "boolean",
    "has_youth": "boolean", "has_women": "boolean", "registered_on": "date", "left_on": "date", "credit_code": 'text COLLATE "C"',
}  # fmt: skip
STAGING = f"""
    CREATE TEMP TABLE import_row (
        row int, name_pinyin text COLLATE "C", place_id bigint, place_code text COLLATE "C",
        subdistrict text COLLATE "C", subdistrict_end text COLLATE "C",
        {", ".join(f"{name} {COLUMN_TYPES.get(name, 'text')}" for name in STORED)}
    ) ON COMMIT DROP;
    CREATE TEMP TABLE import_error (row int, field text, message text, code text) ON COMMIT DROP;
"""

# Which unit of the register a row means: by credit code, else by name within the subdistrict (domain.md §5.1).
MATCH = """
    CREATE TEMP TABLE import_match ON COMMIT DROP AS
    SELECT s.row, s.credit_code, s.missing_reason, coded.id AS coded_id, coded.merged_into_id, named.id AS named_id,
           named.credit_code AS named_code, coalesce(named.count, 0) AS named_count,
           coalesce(coded.id, CASE WHEN s.credit_code IS NULL OR named.credit_code IS NULL THEN named.id END) AS unit_id
    FROM import_row s
    LEFT JOIN units_unit coded ON coded.credit_code = s.credit_code
    LEFT JOIN (
        SELECT r.row, min(u.id) AS id, min(u.credit_code) AS credit_code, count(*) AS count
        FROM import_row r JOIN units_unit u
          ON u.name_pinyin = r.name_pinyin AND u.name = r.name AND u.merged_into_id IS NULL
         AND u.place_code >= r.subdistrict AND u.place_code < r.subdistrict_end
         AND (r.credit_code IS NULL OR u.credit_code IS DISTINCT FROM r.credit_code)
        GROUP BY r.row
    ) named ON named.row = s.row;
    ANALYZE import_match (row, unit_id);
"""
LOCK = """
    SELECT count(*) FROM (
        SELECT 1 FROM units_unit WHERE id IN (SELECT unit_id FROM import_match WHERE unit_id IS NOT NULL)
        ORDER BY id FOR UPDATE
    ) locked
"""

# Columns of the register that a row may change; a blank cell leaves what stands there.
PLAIN = (
    "name", "credit_code", "category", "subcategory", "address", "employees", "members_total", "members_full",
    "has_instructor", "has_mass_organization", "is_member", "contact", "short_name", "has_premises", "has_business",
    "annual_revenue", "has_union", "has_youth", "has_women", "industry", "affiliated_to",
)  # fmt: skip
_OLD = ", ".join(
    f"cur.{name} AS old_{name}" for name in (*PLAIN, "credit_code_missing_reason", "place_id", "place_code")
)
_DIFFERS = " OR ".join(f"(s.{name} IS NOT NULL AND s.{name} IS DISTINCT FROM cur.{name})" for name in PLAIN)

# What stands in the register now, for the rows that mean a unit of it.
KNOWN = f"""
    CREATE TEMP TABLE import_known ON COMMIT DROP AS
    SELECT m.row, cur.version AS old_version, {_OLD},
           spell.id AS spell_id, spell.status AS old_status, spell.from_on AS status_from,
           first_spell.id AS first_spell_id, first_spell.from_on AS old_registered_on, first_spell.to_on AS first_to,
           cov.id AS coverage_id, cov.mode AS old_mode, cov.from_on AS old_covered_from,
           covering.name AS old_organization, cov.organization_id AS old_organization_id,
           past.to_on AS past_to, past.name AS past_organization,
           ({_DIFFERS} OR s.place_id <> cur.place_id
               OR (s.missing_reason IS NOT NULL AND s.missing_reason <> cur.credit_code_missing_reason)) AS differs
    FROM import_match m
    JOIN import_row s ON s.row = m.row
    JOIN units_unit cur ON cur.id = m.unit_id
    LEFT JOIN units_operatingspell spell ON spell.unit_id = m.unit_id AND spell.to_on IS NULL
    LEFT JOIN LATERAL (
        SELECT id, from_on, to_on FROM units_operatingspell WHERE unit_id = m.unit_id ORDER BY from_on LIMIT 1
    ) first_spell ON true
    LEFT JOIN units_coveragespell cov ON cov.unit_id = m.unit_id AND cov.to_on IS NULL
    LEFT JOIN units_partyorganization covering ON covering.id = cov.organization_id
    LEFT JOIN LATERAL (
        SELECT c.to_on, o.name FROM units_coveragespell c JOIN units_partyorganization o ON o.id = c.organization_id
        WHERE c.unit_id = m.unit_id AND c.to_on IS NOT NULL ORDER BY c.to_on DESC LIMIT 1
    ) past ON true;
    ANALYZE import_known (row);
"""  # noqa: S608 - column names are this module's own
_KNOWN_COLUMNS = ", ".join(
    f"k.{name}" for name in (
        "old_version", *(f"old_{name}" for name in (*PLAIN, "credit_code_missing_reason", "place_id", "place_code")),
        "spell_id", "old_status", "status_from", "first_spell_id", "old_registered_on", "first_to", "coverage_id", "old_mode",
        "old_covered_from", "old_organization", "old_organization_id", "past_to", "past_organization",
    )
)  # fmt: skip
PLAN = f"""
    CREATE TEMP TABLE import_plan ON COMMIT DROP AS
    SELECT s.*, coalesce(m.unit_id, CASE WHEN %(numbers)s THEN nextval('units_unit_id_seq') END) AS unit_id,
           m.unit_id IS NULL AS is_new, {_KNOWN_COLUMNS}, coalesce(k.differs, false) AS differs,
           coalesce(s.status, CASE WHEN m.unit_id IS NULL THEN 'operating' END) AS new_status,
           CASE WHEN k.old_organization = s.organization THEN k.old_organization_id ELSE o.id END AS organization_id,
           coalesce(o.count, 0) AS organization_count,
           NULL::text AS coverage_action, NULL::text AS status_action, NULL::date AS status_on
    FROM import_row s
    JOIN import_match m ON m.row = s.row
    LEFT JOIN import_known k ON k.row = s.row
    LEFT JOIN import_organization o ON o.subdistrict = s.subdistrict AND o.name = s.organization;
    ANALYZE import_plan (row, unit_id, is_new, organization_id, organization, subdistrict);
"""  # noqa: S608 - column names are this module's own

# The party organizations the file names, each once per subdistrict, with the one that exists already.
ORGANIZATIONS = """
    CREATE TEMP TABLE import_organization ON COMMIT DROP AS
    SELECT wanted.subdistrict, wanted.name, min(o.id) AS id, count(o.id) AS count
    FROM (SELECT DISTINCT subdistrict, subdistrict_end, organization AS name FROM import_row WHERE organization IS NOT NULL) wanted
    LEFT JOIN units_partyorganization o
        ON o.name = wanted.name AND o.place_code >= wanted.subdistrict AND o.place_code < wanted.subdistrict_end
       AND o.dissolved_on IS NULL
    GROUP BY wanted.subdistrict, wanted.name;
    ANALYZE import_organization;
"""

# (table, condition, field, code, message as SQL): what the register says against a row.
MATCH_ERRORS = (
    ("unit_id IS NULL AND credit_code IS NULL AND missing_reason IS NULL", "credit_code", "credit_code_missing",
     "'缺统一社会信用代码；确实没有的，请写明无信用代码的原因。'"),
    ("credit_code IS NULL AND named_count > 1", "name", "ambiguous_unit",
     "format('本街道已登记%s个同名单位，请填写统一社会信用代码。', named_count)"),
    ("coded_id IS NULL AND credit_code IS NOT NULL AND named_code IS NOT NULL", "credit_code", "name_taken",
     "format('本街道已登记同名单位，信用代码是%s，与这里填的不同，请核对。', named_code)"),
    ("coded_id IS NOT NULL AND named_id IS NOT NULL", "name", "name_taken", "'本街道已另有一个同名单位，请核对。'"),
    ("merged_into_id IS NOT NULL", "credit_code", "merged", "'这个单位已经并入其他单位，不能再导入。'"),
)  # fmt: skip
DOUBLED_ERRORS = """
    INSERT INTO import_error
    SELECT row, 'name', format('与第%s行指的是同一个已登记单位，请只保留一行。', first_row), 'doubled_in_file'
    FROM (SELECT row, min(row) OVER (PARTITION BY unit_id) AS first_row FROM import_match WHERE unit_id IS NOT NULL) d
    WHERE row <> first_row
"""
SCOPE_ERRORS = """
    INSERT INTO import_error
    SELECT s.row, 'community', CASE WHEN s.place_code >= %(low)s AND s.place_code < %(high)s
           THEN format('这个单位已登记在%%s，不在您的管理范围内，请联系区委组织部办理迁移。', here.path_name)
           ELSE format('不在本次导入的范围（%%s）内。', %(name)s) END, 'out_of_scope'
    FROM import_row s JOIN import_match m ON m.row = s.row
    LEFT JOIN units_unit cur ON cur.id = m.unit_id
    LEFT JOIN units_division here ON here.id = cur.place_id
    WHERE NOT (s.place_code >= %(low)s AND s.place_code < %(high)s)
       OR NOT (cur.place_code IS NULL OR (cur.place_code >= %(low)s AND cur.place_code < %(high)s))
"""

# What happens to status and coverage; a conflict is an error. Half-open days: an end is the next beginning. Who operates
# leaves the denominators by a request that another person approves ('ask'), once at a time (domain.md §2.11 rule 16).
ACTIONS = """
    UPDATE import_plan SET
        coverage_action = CASE
            WHEN organization IS NULL THEN NULL
            WHEN coverage_id IS NULL THEN 'open'
            WHEN organization = old_organization AND mode = old_mode AND covered_from = old_covered_from THEN NULL
            WHEN covered_from = old_covered_from OR (organization = old_organization AND mode = old_mode) THEN 'correct'
            WHEN covered_from > old_covered_from THEN 'transfer'
            ELSE 'conflict' END,
        status_action = CASE
            WHEN status IS NULL OR status = old_status THEN
                CASE WHEN registered_on IS NOT NULL AND registered_on <> old_registered_on THEN 'redate' END
            WHEN old_status = 'operating' AND EXISTS (
                SELECT FROM units_denominatorexit e WHERE e.unit_id = import_plan.unit_id AND e.status = 'submitted') THEN NULL
            WHEN coalesce(left_on, %(today)s::date) <= status_from THEN 'conflict'
            WHEN old_status = 'operating' THEN 'ask'
            ELSE 'move' END,
        status_on = coalesce(left_on, %(today)s::date)
    WHERE NOT is_new
"""
FULL_AFTER = "coalesce(members_full, old_members_full)"
TOTAL_AFTER = "coalesce(members_total, old_members_total)"
PLAN_ERRORS = (
    ("coverage_action = 'conflict'", "covered_from", "coverage_overlap",
     "format('这个单位自%s起由“%s”覆盖，新的覆盖起始日期要晚于这一天。', old_covered_from, old_organization)"),
    ("coverage_action IN ('open', 'correct', 'transfer') AND past_to > covered_from", "covered_from", "coverage_overlap",
     "format('这个单位在%s之前由“%s”覆盖，覆盖起始日期不能早于这一天。', past_to, past_organization)"),
    ("status_action = 'conflict'", "left_on", "status_overlap",
     "format('现在的经营状态自%s起，退出日期要晚于这一天。', status_from)"),
    ("status_action = 'redate' AND registered_on >= first_to", "registered_on", "status_overlap",
     "format('登记日期要早于经营状态的第一次变化（%s）。', first_to)"),
    ("NOT is_new AND old_covered_from < registered_on AND covered_from IS NULL", "registered_on", "dates_out_of_order",
     "format('登记日期（%s）不能晚于覆盖起始日期（%s）。', registered_on, old_covered_from)"),
    (f"NOT is_new AND {FULL_AFTER} > {TOTAL_AFTER}", "members_full", "members_full_too_many",
     f"format('正式党员人数（%s）不能多于党员人数（%s）。', {FULL_AFTER}, {TOTAL_AFTER})"),
    ("organization_count > 1 AND organization IS DISTINCT FROM old_organization", "organization",
     "ambiguous_organization", "format('本街道有%s个叫“%s”的党组织，请到单位页面办理覆盖。', organization_count, organization)"),
    # A category that changes keeps no subcategory of the old one.
    ("NOT is_new AND category <> old_category AND subcategory IS NULL AND old_subcategory <> ''", "subcategory",
     "subcategory_mismatch", "'单位类别改变了，请同时填写子类。'"),
)  # fmt: skip
DIFFERENT = "(differs OR coverage_action IS NOT NULL OR status_action IS NOT NULL)"


class LineFile:
    """Lines that are made while COPY reads them: the rows never stand in memory together."""

    def __init__(self, lines: Iterator[str]):
        self.lines = lines
        self.rest = ""

    def read(self, size: int = 8192) -> str:
        gathered, length = [self.rest], len(self.rest)
        while length < size:
            line = next(self.lines, None)
            if line is None:
                break
            gathered.append(line)
            length += len(line)
        text = "".join(gathered)
        self.rest = text[size:]
        return text[:size]


def run(sql: str, params: dict | None = None) -> int:
    """Run a statement; returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def rows_of(sql: str, params: dict | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def note_errors(table: str, checks: Sequence[tuple[str, str, str, str]]) -> None:
    """Write the rows of a table that fail a check into the list of errors: one pass finds them, then each is told why."""
    any_of = " OR ".join(f"({condition})" for condition, *_ in checks)
    selects = [
        f"SELECT row, '{field}', {message}, '{code}' FROM failing WHERE {condition}"  # noqa: S608
        for condition, field, code, message in checks
    ]
    failing = f"WITH failing AS MATERIALIZED (SELECT * FROM {table} WHERE {any_of}) "  # noqa: S608
    run(f"INSERT INTO import_error {failing} {' UNION ALL '.join(selects)}")


def stage(lines: Iterator[str]) -> None:
    """COPY the lines of the good rows into the staging table."""
    run(STAGING)
    with connection.cursor() as cursor:
        cursor.copy_expert("COPY import_row FROM STDIN", LineFile(lines), size=1 << 16)
    run("ANALYZE import_row (row, credit_code, name_pinyin, subdistrict, organization)")


def plan(*, scope: tuple[str, str, str] | None, today: date, is_final: bool) -> None:
    """Match the staged rows with the register, check them against it and say what each would change.

    ``scope`` is (first code, end of range, name) of the place the file may touch. ``is_final`` locks the units and
    numbers the new ones.
    """
    run(MATCH)
    note_errors("import_match", MATCH_ERRORS)
    run(DOUBLED_ERRORS)
    if scope:
        run(SCOPE_ERRORS, {"low": scope[0], "high": scope[1], "name": scope[2]})
    if is_final:
        run(LOCK)
    run(ORGANIZATIONS)
    run(KNOWN)
    run(PLAN, {"numbers": is_final})
    run(ACTIONS, {"today": today})
    note_errors("import_plan", PLAN_ERRORS)


def take_errors() -> list[tuple[int, str, str, str]]:
    """The errors found by the register (row, field, message, code); their rows leave the plan."""
    errors = rows_of("SELECT DISTINCT row, field, message, code FROM import_error ORDER BY row, field")
    if errors:
        run("DELETE FROM import_plan p USING import_error e WHERE e.row = p.row")
    return errors


def count_verdicts() -> dict[str, int]:
    """How many good rows are new, changed and the same; ``asked`` of the changed ask to leave the denominators."""
    [(new, changed, same, asked)] = rows_of(
        f"""SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new AND {DIFFERENT}),
                   count(*) FILTER (WHERE NOT is_new AND NOT {DIFFERENT}),
                   count(*) FILTER (WHERE status_action = 'ask') FROM import_plan"""  # noqa: S608
    )
    return {"new": new, "changed": changed, "same": same, "asked": asked}


def fingerprint() -> str:
    """A digest of what the plan would do, so that a confirmed preview is what gets written."""
    [(digest,)] = rows_of(
        f"""SELECT coalesce(md5(string_agg(concat_ws(',', row, CASE WHEN is_new THEN 'new' ELSE unit_id::text END,
                   CASE WHEN is_new OR {DIFFERENT} THEN coalesce(old_version, 0) ELSE -1 END,
                   organization_id, coverage_action, status_action), ';' ORDER BY row)), '') FROM import_plan"""  # noqa: S608
    )
    return digest
