"""The entries that units has in the sidebar and the phone's bar."""

from core.nav import NavItem
from core.roles import DISTRICT_STAFF, SIGNED_IN, STAFF, THREE_OFFICERS, UNIT_SIDE, Role

ITEMS = (
    NavItem(
        "单位与组织",
        "单位台账",
        "units:unit_list",
        "building",
        STAFF,
        order=10,
        bar=DISTRICT_STAFF,
        bar_label="单位",
    ),
    NavItem("单位与组织", "退出统计口径", "units:exit_list", "ban", STAFF, order=12),
    NavItem("单位与组织", "单位联络员", "units:liaison_list", "phone", STAFF, order=13),
    NavItem("单位与组织", "分支经营点", "units:premises_list", "map-pin", STAFF, order=14),
    NavItem(
        "单位与组织",
        "信息变更申请",
        "units:change_request_list",
        "pencil",
        STAFF | UNIT_SIDE,
        order=95,
    ),
    NavItem("单位与组织", "党组织", "units:organization_list", "sitemap", STAFF, order=20),
    NavItem("单位与组织", "导入单位", "units:import", "file-import", STAFF, order=30),
    # Places and grid
    NavItem("网格与下沉", "区划与网格", "units:place_tree", "world", STAFF | {Role.GRID_WORKER}, order=10),
    # Regional bodies
    NavItem("单位与组织", "组织架构", "units:structure", "sitemap", SIGNED_IN - THREE_OFFICERS, order=15),
    NavItem(
        "单位与组织",
        "区域化组织",
        "units:body_list",
        "building-community",
        SIGNED_IN - THREE_OFFICERS,
        order=16,
    ),
    NavItem(
        "联席会与议事",
        "代表名册",
        "units:representative_list",
        "users-group",
        SIGNED_IN - THREE_OFFICERS,
        order=55,
    ),
    NavItem("联席会与议事", "成员名册", "units:member_list", "users", SIGNED_IN - THREE_OFFICERS, order=50),
    # Issues and joint activities
    NavItem(
        "联席会与议事",
        "问题台账",
        "units:issue_list",
        "clipboard-list",
        SIGNED_IN - THREE_OFFICERS,
        order=60,
    ),
    NavItem(
        "联席会与议事",
        "共建活动",
        "units:activity_list",
        "calendar-event",
        SIGNED_IN - THREE_OFFICERS,
        order=70,
    ),
    # 1+N
    NavItem("单位与组织", "组建计划", "units:build_list", "list-check", STAFF, order=50),
    NavItem("单位与组织", "摸排", "units:survey_list", "clipboard-list", STAFF, order=60),
    NavItem("单位与组织", "载体", "units:carrier_list", "building-community", STAFF, order=70),
    NavItem("单位与组织", "党建服务站", "units:station_list", "map-pin", STAFF, order=80),
    NavItem("单位与组织", "党建指导员", "units:instructor_list", "users", STAFF, order=90),
    # Ledgers and statistical tables
    NavItem("统计分析", "台账与报表", "units:ledger_index", "table", STAFF, order=20),
    # Meetings
    NavItem(
        "联席会与议事",
        "会议",
        "units:meeting_list",
        "users-group",
        STAFF | UNIT_SIDE | {Role.REPRESENTATIVE},
        order=10,
    ),
    NavItem(
        "联席会与议事",
        "议定事项",
        "units:resolution_list",
        "list-check",
        STAFF | UNIT_SIDE | {Role.REPRESENTATIVE},
        order=20,
    ),
    NavItem(
        "联席会与议事",
        "代表提案",
        "units:proposal_list",
        "message",
        STAFF | {Role.REPRESENTATIVE},
        order=30,
    ),
)
