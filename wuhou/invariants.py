"""What must always be true of the data beyond the database's own constraints; each a query for what breaks it.

Copies are kept beside facts for speed (``place_code``, ``category``, ``operating_status``); here they are compared
with what they repeat. A row that is printed names the table, the number of the row and what is wrong.
"""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

from units.models import Division


@dataclass(frozen=True, slots=True)
class Invariant:
    """One sentence that must hold, and a query whose rows (one text column) break it."""

    sentence: str
    sql: str
    params: tuple[Any, ...] = ()


def place_copies() -> list[Invariant]:
    """Every model that has both a place and its code: the code is the place's."""
    found = []
    for model in apps.get_models():
        names = {field.name for field in model._meta.concrete_fields}
        if (
            {"place", "place_code"} <= names
            and model._meta.get_field("place").related_model is Division
            and not model._meta.proxy
        ):
            found.append(place_copy(model))
    return found


def place_copy(model: type[models.Model]) -> Invariant:
    table = model._meta.db_table
    return Invariant(
        f"{model._meta.verbose_name}的区划代码同所在地一致",
        f"SELECT format('%%s %%s：记的是 %%s，所在地是 %%s', '{table}', r.id, r.place_code, d.code) FROM {table} r"  # noqa: S608 - table names of our own models
        " JOIN units_division d ON d.id = r.place_id WHERE r.place_code <> d.code",
    )


def unit_copy(table: str, label: str, *columns: str) -> Invariant:
    """A table that repeats columns of its unit."""
    differs = " OR ".join(f"r.{column} <> u.{column}" for column in columns)
    return Invariant(
        f"{label}重复的内容同单位一致",
        f"SELECT format('%%s %%s：单位 %%s（%%s）', '{table}', r.id, u.id, u.name) FROM {table} r"  # noqa: S608 - written above
        f" JOIN units_unit u ON u.id = r.unit_id WHERE {differs}",
    )


INVARIANTS = [
    *place_copies(),
    unit_copy("units_operatingspell", "经营状态记录", "place_code", "category"),
    unit_copy("units_coveragespell", "覆盖记录", "place_code", "category"),
    Invariant(
        "区划代码以上级代码开头",
        "SELECT format('区划 %%s %%s：上级是 %%s', d.code, d.name, p.code) FROM units_division d"
        " JOIN units_division p ON p.id = d.parent_id WHERE left(d.code, length(p.code)) <> p.code",
    ),
    Invariant(
        "片区、院落、楼栋直接属于上一级",
        "SELECT format('区划 %%s %%s：%%s，上级是 %%s', d.code, d.name, d.level, p.level) FROM units_division d"
        " LEFT JOIN units_division p ON p.id = d.parent_id WHERE p.level IS DISTINCT FROM CASE d.level"
        " WHEN 'section' THEN 'community' WHEN 'courtyard' THEN 'section' WHEN 'building' THEN 'courtyard' ELSE p.level END",
    ),
    Invariant(
        "单位的经营状态等于它现在的状态记录",
        "SELECT format('单位 %%s（%%s）：台账是 %%s，记录是 %%s', u.id, u.name, u.operating_status, coalesce(s.status, '没有'))"
        " FROM units_unit u LEFT JOIN units_operatingspell s ON s.unit_id = u.id AND s.to_on IS NULL"
        " WHERE s.status IS DISTINCT FROM u.operating_status",
    ),
    Invariant(
        "已并入其他单位的单位不再有进行中的覆盖",
        "SELECT format('单位 %%s（%%s）', u.id, u.name) FROM units_unit u"
        " JOIN units_coveragespell c ON c.unit_id = u.id AND c.to_on IS NULL WHERE u.merged_into_id IS NOT NULL",
    ),
    Invariant(
        "覆盖记录在党组织存续期内",
        "SELECT format('覆盖记录 %%s：%%s 自 %%s 起，党组织 %%s 至 %%s', c.id, c.unit_id, c.from_on, o.name, o.dissolved_on)"
        " FROM units_coveragespell c JOIN units_partyorganization o ON o.id = c.organization_id"
        " WHERE c.from_on < o.established_on OR o.dissolved_on < coalesce(c.to_on, 'infinity'::date)",
    ),
    Invariant(
        "每个项目的已确认名额不超过可认领家数",
        "SELECT format('项目 %%s（%%s）：已确认 %%s 家，可认领 %%s 家', p.id, p.title, count(c.id), p.lead_places)"
        " FROM projects_project p JOIN projects_projectclaim c ON c.project_id = p.id"
        " WHERE c.status = 'confirmed' AND c.kind = 'lead' GROUP BY p.id HAVING count(c.id) > p.lead_places"
        " OR max(c.slot) > p.lead_places",
    ),
    Invariant(
        "待认领的项目还有名额",
        "SELECT format('项目 %%s（%%s）', p.id, p.title) FROM projects_project p WHERE p.status = 'open' AND p.lead_places <="
        " (SELECT count(*) FROM projects_projectclaim c WHERE c.project_id = p.id AND c.status = 'confirmed' AND c.kind = 'lead')",
    ),
    Invariant(
        "已认领的项目有确认的单位",
        "SELECT format('项目 %%s（%%s）', p.id, p.title) FROM projects_project p WHERE p.status = 'claimed' AND NOT EXISTS"
        " (SELECT FROM projects_projectclaim c WHERE c.project_id = p.id AND c.status = 'confirmed')",
    ),
    Invariant(
        "认领的区划代码同项目一致",
        "SELECT format('认领 %%s：%%s，项目是 %%s', c.id, c.place_code, p.place_code) FROM projects_projectclaim c"
        " JOIN projects_project p ON p.id = c.project_id WHERE c.place_code <> p.place_code",
    ),
    Invariant(
        "积分卡的余额、待扣和时长等于流水之和",
        "SELECT format('积分卡 %%s：余额 %%s、待扣 %%s、时长 %%s，流水是 %%s、%%s、%%s', c.number, c.balance, c.owed, c.hours,"
        " coalesce(e.delta, 0), coalesce(e.owed, 0), coalesce(e.hours, 0)) FROM projects_pointscard c LEFT JOIN"
        " (SELECT card_id, sum(delta) delta, sum(owed) owed, sum(hours) hours FROM projects_pointsentry GROUP BY card_id) e"
        " ON e.card_id = c.id WHERE c.balance <> coalesce(e.delta, 0) OR c.owed <> coalesce(e.owed, 0)"
        " OR c.hours <> coalesce(e.hours, 0)",
    ),
    Invariant(
        "兑换项的库存等于库存流水之和",
        "SELECT format('兑换项 %%s（%%s）：库存 %%s，流水是 %%s', r.id, r.title, r.stock, coalesce(s.delta, 0))"
        " FROM projects_reward r LEFT JOIN (SELECT reward_id, sum(delta) delta FROM projects_rewardstockentry"
        " GROUP BY reward_id) s ON s.reward_id = r.id WHERE r.stock <> coalesce(s.delta, 0)",
    ),
    Invariant(
        "有效的志愿服务记录入账一次，没有冲正",
        "SELECT format('志愿服务记录 %%s：状态 %%s，入账 %%s 分', v.id, v.status, coalesce(sum(e.delta), 0))"
        " FROM projects_volunteerrecord v LEFT JOIN projects_pointsentry e ON e.record_id = v.id GROUP BY v.id"
        " HAVING (count(e.id) FILTER (WHERE e.kind = 'service') - count(e.id) FILTER (WHERE e.kind = 'reversal'))"
        " <> (v.status = 'valid')::int OR (v.status <> 'valid' AND coalesce(sum(e.hours), 0) <> 0)",
    ),
    Invariant(
        "兑换单扣减的积分在取消、过期时退回",
        "SELECT format('兑换单 %%s：状态 %%s，净积分 %%s', d.number, d.status, coalesce(sum(e.delta - e.owed), 0))"
        " FROM projects_redemption d LEFT JOIN projects_pointsentry e ON e.redemption_id = d.id GROUP BY d.id"
        " HAVING coalesce(sum(e.delta - e.owed), 0)"
        " <> CASE WHEN d.status IN ('cancelled', 'lapsed') THEN 0 ELSE -d.cost END",
    ),
    Invariant(
        "走访日期在走访月份内",
        "SELECT format('走访 %%s：%%s 的走访记在 %%s', id, month, visited_on) FROM evaluations_monthlyvisit"
        " WHERE visited_on IS NOT NULL AND date_trunc('month', visited_on)::date <> month",
    ),
    Invariant(
        "走访的登记人没有自己确认",
        "SELECT format('走访 %%s：账号 %%s', v.id, v.recorded_by_id) FROM evaluations_monthlyvisit v"
        " JOIN core_historyentry h ON h.about_id = v.id AND h.move = 'confirm' AND h.actor_id = v.recorded_by_id"
        " JOIN django_content_type t ON t.id = h.about_type_id AND t.model = 'monthlyvisit'"
        " WHERE v.status = 'confirmed' AND h.at >= v.recorded_at",
    ),
    Invariant(
        "项目编号没有超过编号序列",
        "SELECT format('%%s：已编到 %%s，项目编号是 %%s', s.name, s.last, p.number) FROM core_numbersequence s"
        " JOIN units_division d ON s.name = 'project:' || d.code || ':' || right(s.name, 4)"
        " JOIN projects_project p ON p.number LIKE 'XM-' || right(s.name, 4) || '-%%%%'"
        " AND left(p.place_code, length(d.code)) = d.code WHERE right(p.number, 4)::int > s.last",
    ),
    Invariant(
        "邮件没有卡在发送中",
        "SELECT format('投递 %%s：自 %%s 起发送中', id, claimed_at) FROM notifications_delivery"
        " WHERE status = 'sending' AND claimed_at < now() - interval '1 hour'",
    ),
    Invariant(
        "到时间的邮件都在一天内发出或列入未送达",
        "SELECT format('投递 %%s：应于 %%s 发送', id, next_try_at) FROM notifications_delivery"
        " WHERE status = 'pending' AND next_try_at < now() - interval '1 day'",
    ),
    Invariant(
        "任务没有停在半路",
        "SELECT format('任务 %%s（%%s）：%%s', id, title, status) FROM core_job"
        " WHERE status IN ('running', 'applying') AND coalesce(beat_at, created_at) < now() - interval '1 hour'",
    ),
]


def broken_rows(invariant: Invariant, limit: int) -> list[str]:
    """What breaks an invariant, in words, at most ``limit`` rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({invariant.sql}) broken LIMIT %s", [*invariant.params, limit])  # noqa: S608 - our own text
        return [row[0] for row in cursor.fetchall()]
