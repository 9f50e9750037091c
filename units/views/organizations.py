"""Pages of party organizations: the list, one organization with the units it covers, its form."""

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import Tag, date_cell, tag_of
from core.pages import DetailPage, FormPage, ListPage
from core.roles import STAFF, UNIT_SIDE
from units.actions import DENOMINATOR_ROLES, change_organization, create_organization
from units.actions.organizations import (
    DEEPEST,
    dissolve_organization,
    establish_organization,
    extend_term,
    merge_organization,
    transfer_organization,
)
from units.filters.units import OrganizationFilter
from units.forms.organizations import (
    DissolveForm,
    EstablishForm,
    ExtendForm,
    MergeForm,
    NewOrganizationForm,
    OrganizationForm,
    TransferForm,
)
from units.models import CoverageSpell, Division, PartyOrganization
from units.words.organizations import hints


def with_covered_count(rows):
    """Each organization with how many units it covers now."""
    spells = CoverageSpell.objects.filter(organization=OuterRef("pk"), to_on=None).order_by()
    counted = spells.values("organization").annotate(count=Count("pk")).values("count")
    return rows.annotate(covered_count=Coalesce(Subquery(counted), 0))


def condition_tag(row: PartyOrganization) -> Tag:
    """The condition of an organization as a tag."""
    words = row.condition_on(today())
    return Tag(words, "off" if row.is_ended else "ok" if words == "正常" else "wait")


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
        Column("status", "状态", lambda row: condition_tag(row), kind="tag", sort="status"),
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
        return super().get_queryset().select_related("place", "host_unit", "parent", "secretary", "successor")

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
            ("状态", tag_of(condition_tag(row))),
            ("类别", row.get_category_display()),
            ("组建方式", row.get_form_mode_display() or "—"),
            ("所在地", str(row.place)),
            ("上级党组织", str(row.parent) if row.parent else "—"),
            ("依托单位", str(row.host_unit) if row.host_unit else "—"),
            ("书记", str(row.secretary) if row.secretary else "未登记"),
            ("书记来源", row.get_secretary_source_display() or "—"),
            ("本届", f"{date_cell(row.term_start)} 至 {date_cell(row.term_end)}{self.extension_words()}"),
            ("两新党组织", "是" if row.is_two_new else "否"),
            ("成立日期", row.established_on or "—"),
            ("批复文号", row.approval_no or "—"),
            ("党员人数", f"{row.member_count:,} 人"),
            ("活动场所", f"{row.site_area:,} ㎡" if row.site_area else "没有"),
            *self.end_facts(),
        ]

    def extension_words(self) -> str:
        row = self.object
        return (
            f"（原 {row.regular_term_end} 届满，{row.extension_no}同意延期）" if row.regular_term_end else ""
        )

    def end_facts(self):
        row = self.object
        if not row.is_ended:
            return []
        found = [
            (f"{row.get_status_display().removeprefix('已')}日期", row.dissolved_on),
            ("依据", row.end_basis or "—"),
        ]
        return [*found, ("并入或转建为", str(row.successor))] if row.successor else found

    def lineage(self) -> list[PartyOrganization]:
        """The organizations above this one, the highest first."""
        found, above = [], self.object.parent
        while above is not None and above not in found and len(found) < DEEPEST:
            found.insert(0, above)
            above = above.parent
        return found

    def get_actions(self):
        if self.actor.is_read_only or self.actor.role not in STAFF or self.object.is_ended:
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
            "lineage": self.lineage(),
            "children": list(
                PartyOrganization.objects.visible_to(self.actor)
                .filter(parent=self.object, dissolved_on=None)
                .annotate(below=Count("children", filter=Q(children__dissolved_on=None)))
                .order_by("category", "name")
            ),
            "predecessors": list(self.object.predecessors.visible_to(self.actor).order_by("dissolved_on")),
        }


class OrganizationNew(OrganizationPage, FormPage):
    """Register a party organization."""

    form_class = NewOrganizationForm
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


# Its way: founded, extended, ended


class OrganizationMove(OrganizationPage, FormPage):
    """A form behind one move of an organization: its fields aren't the row's own, and the action locks."""

    roles = DENOMINATOR_ROLES
    submit_label = "确认"
    object_kwarg = "organization"

    @property
    def is_change(self) -> bool:
        return False

    def get_subtitle(self):
        return str(self.object)

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "organization": self.object}

    def get_success_url(self, obj):
        return (obj.successor or obj).get_absolute_url()

    def get_cancel_url(self):
        return self.object.get_absolute_url()

    def get(self, request, **kwargs):
        self.object  # noqa: B018 - a row out of sight is a 404 before a form is shown
        return super().get(request, **kwargs)


class OrganizationEstablish(OrganizationMove):
    """What was in preparation is founded."""

    form_class, title, success_message = EstablishForm, "登记成立", "已登记成立。"
    action = staticmethod(establish_organization)


class OrganizationExtend(OrganizationMove):
    """A term is extended with approval."""

    form_class, title, success_message = ExtendForm, "延长任期", "已登记延期。"
    action = staticmethod(extend_term)


class OrganizationEnd(OrganizationMove):
    """An organization is no more; what it covered is settled."""

    def get_form_kwargs(self):
        return {"organization": self.object}


class OrganizationDissolve(OrganizationEnd):
    form_class, title, success_message = DissolveForm, "撤销党组织", "已撤销，覆盖的单位已逐一接续。"
    help_text = "撤销以后，这个党组织不再出现在名册和预警里；它覆盖的每个单位都要选定今后由谁覆盖。"
    action = staticmethod(dissolve_organization)


class OrganizationMerge(OrganizationEnd):
    form_class, title, success_message = MergeForm, "并入其他党组织", "已并入。"
    action = staticmethod(merge_organization)


class OrganizationTransfer(OrganizationEnd):
    form_class, title, success_message = TransferForm, "转建", "已转建。"
    action = staticmethod(transfer_organization)
