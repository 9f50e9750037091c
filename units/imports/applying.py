"""Writing the plan into the register: a handful of INSERT … SELECT, the timeline of every row included."""

import io
import json
from collections.abc import Iterable, Iterator
from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from core.actor import Actor
from units.actions.plans import close_overtaken_plans
from units.actions.units import may_verify
from units.imports.changes import ChangedRow, changed_batches
from units.imports.staging import DIFFERENT, run
from units.models import DenominatorExit, PartyOrganization, Unit
from units.rules import ORGANIZATION_WORDS, TEMPORARY


def category_case() -> str:
    """What a new organization's name tells of its category, in SQL; the words are those of `units.rules`."""
    plain = " ".join(
        f"WHEN strpos(p.organization, '{word}') > 0 THEN '{category}'"
        for word, category in ORGANIZATION_WORDS
    )
    hasty = " ".join(
        f"WHEN strpos(p.organization, '{word}') > 0 THEN '{TEMPORARY.get(category, category)}'"
        for word, category in ORGANIZATION_WORDS
    )
    fallback = f"CASE WHEN min(p.mode) = 'joint' THEN '{Kind.JOINT_BRANCH}' ELSE '{Kind.BRANCH}' END"
    return (
        f"CASE WHEN strpos(p.organization, '临时') > 0 THEN CASE {hasty} ELSE {fallback} END "
        f"ELSE CASE {plain} ELSE {fallback} END END"
    )


Kind = PartyOrganization.Category
ORGANIZATION_CATEGORY = category_case()
# Where an organization sits: in the community of its units, or in the subdistrict when they come from several.
WANTED_ORGANIZATIONS = f"""
    CREATE TEMP TABLE import_founding ON COMMIT DROP AS
    SELECT nextval('units_partyorganization_id_seq') AS id, p.organization AS name, min(p.mode) AS mode, p.subdistrict,
           CASE WHEN min(p.place_code) = max(p.place_code) THEN min(p.place_code) ELSE p.subdistrict END AS place_code,
           min(coalesce(p.established_on, p.covered_from)) AS established_on,
           bool_or(coalesce(p.category, p.old_category) IN ('non_public', 'social_organization')) AS is_two_new,
           CASE WHEN count(*) = 1 AND min(p.mode) = 'standalone' THEN min(p.unit_id) END AS host_unit_id,
           sum(coalesce(p.members_total, 0)) AS member_count,
           {ORGANIZATION_CATEGORY} AS category
    FROM import_plan p
    WHERE p.organization IS NOT NULL AND p.organization_id IS NULL
    GROUP BY p.subdistrict, p.organization
"""  # noqa: S608 - words of units.rules
FOUND_ORGANIZATIONS = """
    INSERT INTO units_partyorganization (id, name, category, place_id, place_code, host_unit_id, is_two_new,
        established_on, member_count, version, is_sample)
    SELECT f.id, f.name, f.category, d.id, d.code, f.host_unit_id, f.is_two_new, f.established_on, f.member_count, 1, %(is_sample)s
    FROM import_founding f JOIN units_division d ON d.code = f.place_code;
    ANALYZE import_founding;
"""
ADD_UNITS = """
    INSERT INTO units_unit (id, name, name_pinyin, credit_code, credit_code_missing_reason, category, subcategory,
        place_id, place_code, address, operating_status, employees, members_total, members_full, has_instructor,
        has_mass_organization, is_member, contact, short_name, has_premises, has_business, annual_revenue, has_union, has_youth,
        has_women, industry, affiliated_to, version, is_sample, created_at, updated_at,
        verification, verified_at, verified_by_id)
    SELECT unit_id, name, name_pinyin, credit_code, coalesce(missing_reason, ''), category, coalesce(subcategory, ''),
        place_id, place_code, coalesce(address, ''), new_status, coalesce(employees, 0), coalesce(members_total, members_full, 0),
        coalesce(members_full, 0), coalesce(has_instructor, false),
        coalesce(has_mass_organization, false) OR coalesce(has_union, false) OR coalesce(has_youth, false)
            OR coalesce(has_women, false),
        coalesce(is_member, false), coalesce(contact, ''), coalesce(short_name, ''), coalesce(has_premises, false),
        coalesce(has_business, false), annual_revenue, coalesce(has_union, false), coalesce(has_youth, false),
        coalesce(has_women, false), coalesce(industry, ''), coalesce(affiliated_to, ''), 1, %(is_sample)s, now(), now(),
        CASE WHEN %(verifies)s THEN 'verified' ELSE 'pending' END, CASE WHEN %(verifies)s THEN now() END,
        CASE WHEN %(verifies)s THEN %(user)s::bigint END
    FROM import_plan WHERE is_new
"""
# A new unit that left before it was registered has two spells when both days are known: operating, then what it became.
# Nobody has to approve that: it never counted in the denominator of today.
ADD_SPELLS = """
    INSERT INTO units_operatingspell (unit_id, status, from_on, to_on, reason, evidence, recorded_by_id, recorded_at,
        place_code, category)
    SELECT unit_id, 'operating', registered_on, left_on, '', '', %(user)s::bigint, now(), place_code, category
    FROM import_plan WHERE is_new AND new_status <> 'operating' AND registered_on < left_on
    UNION ALL
    SELECT unit_id, new_status,
        CASE WHEN new_status <> 'operating' AND left_on IS NOT NULL THEN left_on
             ELSE coalesce(registered_on, least(covered_from, %(today)s::date)) END,
        NULL, coalesce(reason, ''), coalesce(evidence, ''), %(user)s::bigint, now(), place_code, category
    FROM import_plan WHERE is_new
"""
MOVE_STATUS = """
    UPDATE units_operatingspell o SET to_on = p.status_on FROM import_plan p
    WHERE p.status_action = 'move' AND o.id = p.spell_id;
    INSERT INTO units_operatingspell (unit_id, status, from_on, reason, evidence, recorded_by_id, recorded_at, place_code, category)
    SELECT unit_id, status, status_on, coalesce(reason, ''), coalesce(evidence, ''), %(user)s::bigint, now(), place_code,
           coalesce(category, old_category)
    FROM import_plan WHERE status_action = 'move';
    UPDATE units_operatingspell o SET from_on = p.registered_on FROM import_plan p
    WHERE p.status_action = 'redate' AND o.id = p.first_spell_id;
"""
ASK_EXITS = """
    INSERT INTO units_denominatorexit (unit_id, place_code, operating_status, from_on, reason, evidence, status, author_id,
        submitted_at, version, is_sample)
    SELECT unit_id, place_code, status, status_on, reason, evidence, 'submitted', %(user)s::bigint, now(), 1, %(is_sample)s
    FROM import_plan WHERE status_action = 'ask' ORDER BY row
"""
KEEP_EXITS = """
    UPDATE units_importedchange c SET before = c.before || jsonb_build_object('exit', e.id)
    FROM import_plan p JOIN units_denominatorexit e ON e.unit_id = p.unit_id AND e.status = 'submitted'
    WHERE c.unit_import_id = %(import_id)s AND c.unit_id = p.unit_id AND p.status_action = 'ask'
"""
COVER = """
    UPDATE units_coveragespell c SET to_on = p.covered_from FROM import_plan p
    WHERE p.coverage_action = 'transfer' AND c.id = p.coverage_id;
    UPDATE units_coveragespell c SET organization_id = coalesce(p.organization_id, f.id), mode = p.mode, from_on = p.covered_from
    FROM import_plan p LEFT JOIN import_founding f ON f.subdistrict = p.subdistrict AND f.name = p.organization
    WHERE p.coverage_action = 'correct' AND c.id = p.coverage_id;
    INSERT INTO units_coveragespell (unit_id, organization_id, mode, from_on, place_code, category)
    SELECT p.unit_id, coalesce(p.organization_id, f.id), p.mode, p.covered_from, p.place_code, coalesce(p.category, p.old_category)
    FROM import_plan p LEFT JOIN import_founding f ON f.subdistrict = p.subdistrict AND f.name = p.organization
    WHERE p.organization IS NOT NULL AND (p.is_new OR p.coverage_action IN ('open', 'transfer'));
"""
FURTHER = (
    "short_name", "has_premises", "has_business", "annual_revenue", "has_union", "has_youth", "has_women", "industry",
    "affiliated_to",
)  # fmt: skip
FURTHER_CHANGES = ", ".join(f"{name} = coalesce(p.{name}, u.{name})" for name in FURTHER)
KEEP_NAMES = """
    INSERT INTO units_unitname (unit_id, name, until)
    SELECT unit_id, old_name, %(today)s::date FROM import_plan WHERE NOT is_new AND name IS NOT NULL AND name <> old_name
"""
CHANGE_UNITS = f"""
    UPDATE units_unit u SET
        name = coalesce(p.name, u.name), name_pinyin = p.name_pinyin,
        credit_code = coalesce(p.credit_code, u.credit_code),
        credit_code_missing_reason = coalesce(p.missing_reason, u.credit_code_missing_reason),
        category = coalesce(p.category, u.category), subcategory = coalesce(p.subcategory, u.subcategory),
        place_id = p.place_id, place_code = p.place_code, address = coalesce(p.address, u.address),
        operating_status = CASE WHEN p.status_action = 'move' THEN p.status ELSE u.operating_status END,
        employees = coalesce(p.employees, u.employees), members_total = coalesce(p.members_total, u.members_total),
        members_full = coalesce(p.members_full, u.members_full),
        has_instructor = coalesce(p.has_instructor, u.has_instructor),
        has_mass_organization = coalesce(p.has_mass_organization, u.has_mass_organization) OR coalesce(p.has_union, u.has_union)
            OR coalesce(p.has_youth, u.has_youth) OR coalesce(p.has_women, u.has_women),
        {FURTHER_CHANGES},
        is_member = coalesce(p.is_member, u.is_member), contact = coalesce(p.contact, u.contact),
        version = u.version + 1, updated_at = now()
    FROM import_plan p WHERE NOT p.is_new AND {
    DIFFERENT.replace("differs", "p.differs")
    .replace("coverage_action", "p.coverage_action")
    .replace("status_action", "p.status_action")
} AND u.id = p.unit_id
"""  # noqa: S608
# What was asked about a unit that moves, and its build plans, are looked after where it is counted now.
REQUESTS_FOLLOW = "".join(
    f"""UPDATE {table} r SET place_code = p.place_code FROM import_plan p
        WHERE NOT p.is_new AND p.place_code <> p.old_place_code AND r.unit_id = p.unit_id;"""  # noqa: S608
    for table in ("units_denominatorexit", "units_unitchangerequest", "units_buildplan")
)
HISTORY_COLUMNS = "about_type_id, about_id, move, label, from_status, to_status, actor_id, actor_label, note, changes, place_code, at"
NEW_HISTORY = f"""
    INSERT INTO core_historyentry ({HISTORY_COLUMNS})
    SELECT %(type)s, unit_id, 'import', '导入登记', '', new_status, %(user)s::bigint, %(label)s, %(note)s, '{{}}'::jsonb, place_code, now()
    FROM import_plan WHERE is_new
"""  # noqa: S608
EXIT_HISTORY = f"""
    INSERT INTO core_historyentry ({HISTORY_COLUMNS})
    SELECT %(type)s, e.id, 'request', '导入申请', '', 'submitted', %(user)s::bigint, %(label)s, %(note)s, '{{}}'::jsonb,
           e.place_code, now()
    FROM units_denominatorexit e JOIN import_plan p ON p.unit_id = e.unit_id AND p.status_action = 'ask'
    WHERE e.status = 'submitted'
"""  # noqa: S608
ORGANIZATION_HISTORY = f"""
    INSERT INTO core_historyentry ({HISTORY_COLUMNS})
    SELECT %(type)s, id, 'import', '导入登记', '', '', %(user)s::bigint, %(label)s, %(note)s, '{{}}'::jsonb, place_code, now()
    FROM import_founding
"""  # noqa: S608
REMEMBER = f"""
    INSERT INTO units_importedchange (unit_import_id, unit_id, before, version_after)
    SELECT %(import_id)s, u.id, jsonb_build_object(
        'unit', to_jsonb(u) - 'name_initials',
        'operating', (SELECT coalesce(jsonb_agg(to_jsonb(o)), '[]') FROM units_operatingspell o WHERE o.unit_id = u.id),
        'coverage', (SELECT coalesce(jsonb_agg(to_jsonb(c)), '[]') FROM units_coveragespell c WHERE c.unit_id = u.id)
    ), u.version + 1
    FROM import_plan p JOIN units_unit u ON u.id = p.unit_id WHERE NOT p.is_new AND {DIFFERENT}
"""  # noqa: S608


def apply_plan(*, actor: Actor, today: date, note: str, is_sample: bool, import_id: int | None) -> None:
    """Write every row of the plan; with ``import_id`` keep what is needed to take it back."""
    who = {
        "user": actor.user_id,
        "label": actor.label or actor.name,
        "note": note,
        "today": today,
        "is_sample": is_sample,
        "verifies": may_verify(actor),
    }
    if import_id is not None:
        run(REMEMBER, {"import_id": import_id})
    write_changed_history(who)
    found_organizations(who)
    run(ADD_UNITS, who)
    run(ADD_SPELLS, who)
    run(MOVE_STATUS, who)
    run(ASK_EXITS, who)
    run(EXIT_HISTORY, {**who, "type": type_id(DenominatorExit)})
    run(COVER)
    run(CHANGE_UNITS)
    run(KEEP_NAMES, who)
    run(REQUESTS_FOLLOW)
    run(NEW_HISTORY, {**who, "type": type_id(Unit)})
    close_overtaken_plans()
    if import_id is not None:
        run(KEEP_EXITS, {"import_id": import_id})
        keep_new_ids(import_id)


def type_id(model) -> int:
    return ContentType.objects.get_for_model(model).pk


def found_organizations(who: dict) -> None:
    """Found the party organizations that the file names and nobody has registered."""
    run(WANTED_ORGANIZATIONS)
    run(FOUND_ORGANIZATIONS, who)
    run(ORGANIZATION_HISTORY, {**who, "type": type_id(PartyOrganization)})


def keep_new_ids(import_id: int) -> None:
    run(
        """UPDATE units_unitimport SET
               new_unit_ids = coalesce((SELECT array_agg(unit_id ORDER BY row) FROM import_plan WHERE is_new), '{}'),
               new_organization_ids = coalesce((SELECT array_agg(id) FROM import_founding), '{}')
           WHERE id = %s""",
        [import_id],
    )


def write_changed_history(who: dict) -> None:
    """One line in the timeline of each changed unit, with every field's old and new words."""
    columns = HISTORY_COLUMNS.replace(", at", "")
    run(f"CREATE TEMP TABLE import_history ON COMMIT DROP AS SELECT {columns} FROM core_historyentry LIMIT 0")  # noqa: S608
    for batch in changed_batches():
        with connection.cursor() as cursor:
            cursor.copy_expert(
                "COPY import_history FROM STDIN", io.StringIO("".join(history_lines(batch, who)))
            )
    run(f"INSERT INTO core_historyentry ({HISTORY_COLUMNS}) SELECT {columns}, now() FROM import_history")  # noqa: S608


def history_lines(batch: Iterable[ChangedRow], who: dict) -> Iterator[str]:
    kind, user = str(type_id(Unit)), "\\N" if who["user"] is None else str(who["user"])
    told = escaped(who["label"]), escaped(who["note"])
    for row in batch:
        changes = escaped(json.dumps(row.changes, ensure_ascii=False))
        cells = [kind, str(row.unit_id), "import", "导入修改", "", "", user, *told, changes, row.place_code]
        yield "\t".join(cells) + "\n"


def escaped(text: str) -> str:
    """Text as COPY reads it."""
    return text.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ").replace("\r", " ")
