"""Pages of party organizations: the list, one organization with the units it covers, its form."""

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import date_cell
from core.pages import DetailPage, FormPage, ListPage
from core.roles import STAFF, UNIT_SIDE
from units.actions import change_organization, create_organization
from units.filters.units import OrganizationFilter
from units.forms.units import OrganizationForm
from units.models import CoverageSpell, Division, PartyOrganization
from units.words.organizations import hints


def with_covered_count(rows):
    """Each organization with how many units it covers now."""
    spells = CoverageSpell.objects.filter(organization=OuterRef("pk"), to_on=None).order_by()
    counted = spells.values("organization").annotate(count=Count("pk")).values("count")
    return rows.annotate(covered_count=Coalesce(Subquery(counted), 0))


class OrganizationList(ListPage):
    """党组织: those on the establishment in the actor's place."""

    model = PartyOrganization
    roles = STAFF
    unit_word = "个"
    filterset_class = OrganizationFilter
    search_fields = ("name",)
    search_hint = "党组织名称"
    default_order = ("place_code", "pk")
    empty_text = "还没有登记党组织。导入单位台账时，会按表里的“覆盖党组织”一并登记。"
    columns = [
        Column("name", "名称", link=lambda row: row.get_absolute_url(), is_main=True, width=36),
        Column("category", "类别", lambda row: row.get_category_display(), sort="category"),
        Column("form_mode", "组建方式", lambda row: row.get_form_mode_display(), sort="form_mode"),
        Column("approval_no", "批复文号", in_page=False, width=24),
        Column("term_start", "本届起始", kind="date", in_page=False),
        Column("term_end", "本届届满", kind="date", sort="term_end"),
        Column("place", "所在地", "place.path_name", sort="place_code", width=22),
        Column("is_two_new", "两新党组织"),
        Column("covered_count", "覆盖单位", kind="int"),
        Column("member_count", "党员人数", kind="int", sort="member_count"),
        Column("established_on", "成立日期", kind="date", sort="established_on"),
    ]

    def get_rows(self):
        return with_covered_count(super().get_rows().select_related("place"))

    def get_actions(self):
        return [("登记党组织", reverse("units:organization_new"), "plus")]


class OrganizationPage:
    """What the pages of one organization share."""

    model = PartyOrganization
    roles = STAFF

    def get_queryset(self):
        return super().get_queryset().select_related("place", "host_unit", "parent", "secretary")

    def get_breadcrumbs(self):
        return [("党组织", reverse("units:organization_list"))] if self.actor.role in STAFF else []


class OrganizationDetail(OrganizationPage, DetailPage):
    """One party organization: what is known and which units it covers or covered; a unit's people see their own unit."""

    roles = STAFF | UNIT_SIDE
    template_name = "units/organization_detail.html"

    def get_subtitle(self):
        return f"{self.object.get_category_display()} · {self.object.place}"

    def get_facts(self):
        row = self.object
        return [
            ("类别", row.get_category_display()),
            ("组建方式", row.get_form_mode_display() or "—"),
            ("所在地", str(row.place)),
            ("上级党组织", str(row.parent) if row.parent else "—"),
            ("依托单位", str(row.host_unit) if row.host_unit else "—"),
            ("书记", str(row.secretary) if row.secretary else "未登记"),
            ("书记来源", row.get_secretary_source_display() or "—"),
            ("本届", f"{date_cell(row.term_start)} 至 {date_cell(row.term_end)}"),
            ("两新党组织", "是" if row.is_two_new else "否"),
            ("成立日期", row.established_on or "—"),
            ("批复文号", row.approval_no or "—"),
            ("撤销日期", row.dissolved_on or "—"),
            ("党员人数", f"{row.member_count:,} 人"),
            ("活动场所", f"{row.site_area:,} ㎡" if row.site_area else "没有"),
        ]

    def get_actions(self):
        if self.actor.is_read_only or self.actor.role not in STAFF:
            return []
        return [
            ("修改", reverse("units:organization_edit", args=[self.object.pk]), "pencil"),
            ("登记书记", reverse("units:secretary_new", args=[self.object.pk]), "pencil"),
        ]

    def get_extra_context(self):
        spells = self.object.coverage_spells.select_related("unit").order_by("to_on", "-from_on", "pk")
        if self.actor.unit_id:
            spells = spells.filter(unit_id=self.actor.unit_id)
        spells = list(spells)
        now = [spell for spell in spells if spell.to_on is None]
        return {
            "covers": now,
            "covered": [spell for spell in spells if spell.to_on is not None],
            "hints": list(hints(self.object, now, today())),
        }


class OrganizationNew(OrganizationPage, FormPage):
    """Register a party organization."""

    form_class = OrganizationForm
    title = "登记党组织"
    submit_label = "登记"
    success_message = "已登记。"
    action = staticmethod(create_organization)

    def get_initial(self):
        """The place that the address names (``?place=``), where it is one of the actor's."""
        code = self.request.GET.get("place", "")
        place = Division.objects.kept_by(self.actor).filter(code=code).first() if code.isprintable() else None
        return {"place": place} if place else {}

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_cancel_url(self):
        return reverse("units:organization_list")


class OrganizationEdit(OrganizationPage, FormPage):
    """Change what is known of a party organization."""

    form_class = OrganizationForm
    object_kwarg = "organization"
    action = staticmethod(change_organization)

    def get_form_kwargs(self):
        return {"actor": self.actor}
