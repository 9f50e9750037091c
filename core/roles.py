"""Roles (角色) of domain.md §3: who somebody is when acting, always together with a place or a unit."""

from django.db import models


class Role(models.TextChoices):
    """One hat a person can wear; a `Membership` gives it from a day to a day."""

    DISTRICT = "district", "区委组织部"
    SOCIAL_WORK = "social_work", "区委社会工作部"
    SUBDISTRICT = "subdistrict", "街道党工委"
    COMMUNITY = "community", "社区党委"
    LIAISON = "liaison", "单位联络员"
    REPRESENTATIVE = "representative", "区域党员代表"
    SOCIAL_ORG = "social_org", "社会组织"
    GRID_WORKER = "grid_worker", "网格员"
    SYSADMIN = "sysadmin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全保密员"
    AUDITOR = "auditor", "安全审计员"


DISTRICT_STAFF = frozenset({Role.DISTRICT, Role.SOCIAL_WORK})
STAFF = DISTRICT_STAFF | {Role.SUBDISTRICT, Role.COMMUNITY}
UNIT_SIDE = frozenset({Role.LIAISON, Role.SOCIAL_ORG})
# 三员: mutually exclusive, and none of them sees business data (GB/T 22239-2019).
THREE_OFFICERS = frozenset({Role.SYSADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})
SIGNED_IN = frozenset(Role.values)
