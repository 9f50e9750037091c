"""The table for reporting onward to the national volunteer system (全国志愿服务信息系统).

民政部令第67号 asks that other systems report their records onward. The columns are the regulation's elements in plain
words; an identity number is not kept here (domain.md §5.5) and is added over there, by whoever reports.
"""

from django.utils import timezone

from core.columns import Column

NATIONAL_COLUMNS = [
    Column("name", "志愿者姓名", "card.name", width=14),
    Column("phone", "联系电话", "card.phone", width=16),
    Column("card", "积分卡号", "card.number", width=22),
    Column(
        "project", "志愿服务项目", lambda row: row.project.title if row.project else row.activity, width=30
    ),
    Column("activity", "服务内容", width=36),
    Column(
        "starts_at",
        "服务开始时间",
        lambda row: f"{timezone.localtime(row.starts_at):%Y-%m-%d %H:%M}",
        width=18,
    ),
    Column(
        "ends_at", "服务结束时间", lambda row: f"{timezone.localtime(row.ends_at):%Y-%m-%d %H:%M}", width=18
    ),
    Column("hours", "服务时长（小时）", lambda row: float(row.hours), width=16),
    Column("role", "身份", lambda row: row.get_role_display(), width=10),
    Column("place", "服务地点", "place.path_name", width=24),
    Column("organizer", "记录单位", "place.name", width=18),
    Column("verifier", "核实人", lambda row: str(row.verifier or ""), width=14),
    Column("record", "记录编号", "pk", width=10),
]
