"""REST: the registers of units and party organizations, and the import."""

from functools import partial

from django.db.models import Count, Q
from django.urls import path
from rest_framework import serializers

from core.actor import CLIENT_ROLE, Actor
from core.api import ApiView, Field, InputSerializer, MoveAction, Nested, Register, place_field
from core.api.endpoints import JobSerializer, job_data
from core.api.schema import named_serializer
from core.errors import InputError
from core.roles import STAFF, UNIT_SIDE
from core.uploads import refuse_too_large
from units.actions import change_organization, change_unit, create_organization, register_unit
from units.actions.merging import merge_units
from units.actions.organizations import (
    dissolve_organization,
    establish_organization,
    extend_term,
    merge_organization,
    transfer_organization,
)
from units.actions.register import verify_unit
from units.filters.units import OrganizationFilter, UnitFilter, counted_here
from units.imports.jobs import start_import
from units.models import CoverageSpell, Division, PartyOrganization, Unit

CoverageShape = named_serializer(
    "UnitCoverage",
    {
        "organization": named_serializer(
            "CoveringOrganization", {"id": serializers.IntegerField(), "name": serializers.CharField()}
        )(),
        "mode": serializers.ChoiceField(choices=CoverageSpell.Mode.choices),
        "mode_display": serializers.CharField(),
        "from_on": serializers.DateField(),
        "to_on": serializers.DateField(allow_null=True),
    },
)


LARGEST_ID = 2**31 - 1
LARGEST_COUNT = 10_000_000


class UnitChangeInput(InputSerializer):
    """What the register keeps of a unit; only what is given is changed."""

    name = serializers.CharField(max_length=120, required=False)
    short_name = serializers.CharField(max_length=40, required=False, allow_blank=True)
    credit_code = serializers.CharField(max_length=40, required=False, allow_null=True, allow_blank=True)
    credit_code_missing_reason = serializers.CharField(max_length=100, required=False, allow_blank=True)
    category = serializers.ChoiceField(choices=Unit.Category.choices, required=False)
    subcategory = serializers.ChoiceField(choices=Unit.Subcategory.choices, required=False, allow_blank=True)
    place = serializers.CharField(max_length=32, required=False, help_text="区划代码")
    address = serializers.CharField(max_length=200, required=False, allow_blank=True)
    employees = serializers.IntegerField(min_value=0, max_value=LARGEST_COUNT, required=False)
    members_total = serializers.IntegerField(min_value=0, max_value=LARGEST_COUNT, required=False)
    members_full = serializers.IntegerField(min_value=0, max_value=LARGEST_COUNT, required=False)
    members_not_transferred = serializers.IntegerField(min_value=0, max_value=LARGEST_COUNT, required=False)
    has_premises = serializers.BooleanField(required=False)
    has_business = serializers.BooleanField(required=False)
    annual_revenue = serializers.DecimalField(
        max_digits=16, decimal_places=2, min_value=0, required=False, allow_null=True, help_text="元"
    )
    has_union = serializers.BooleanField(required=False)
    has_youth = serializers.BooleanField(required=False)
    has_women = serializers.BooleanField(required=False)
    has_mass_organization = serializers.BooleanField(required=False)
    legal_rep_is_member = serializers.BooleanField(required=False)
    legal_rep_is_secretary = serializers.BooleanField(required=False)
    contact = serializers.CharField(max_length=40, required=False, allow_blank=True)
    affiliation = serializers.ChoiceField(choices=Unit.Affiliation.choices, required=False, allow_blank=True)
    affiliated_to = serializers.CharField(max_length=100, required=False, allow_blank=True)
    new_field = serializers.ChoiceField(choices=Unit.NewField.choices, required=False, allow_blank=True)
    industry = serializers.CharField(
        max_length=3, required=False, allow_blank=True, help_text="GB/T 4754，F 或 F51"
    )


class UnitInput(UnitChangeInput):
    """A unit that is to be registered."""

    name = serializers.CharField(max_length=120)
    category = serializers.ChoiceField(choices=Unit.Category.choices)
    place = serializers.CharField(max_length=32, help_text="区划代码")
    registered_on = serializers.DateField(required=False, help_text="计入统计的起始日，不写为今天")


class UnitMergeInput(InputSerializer):
    """Into which unit a double entry is merged."""

    into = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="保留的单位")
    on = serializers.DateField()
    reason = serializers.CharField(max_length=300, allow_blank=True)
    choices = serializers.DictField(
        child=serializers.CharField(max_length=20), required=False, default=dict,
        help_text="双方都有未办完的事时，各项的去向",
    )  # fmt: skip


def with_place(fields: dict) -> dict:
    """The place of a body, given by its code, as the row."""
    if "place" not in fields:
        return fields
    code = fields["place"]
    place = Division.objects.filter(code=code).first() if code.isprintable() else None
    if place is None:
        raise InputError("没有这个区划代码。", field="place", code="unknown_place")
    return {**fields, "place": place}


def register_by_code(*, actor: Actor, **fields) -> Unit:
    """`register_unit` with the place given by its code."""
    return register_unit(**with_place(fields), actor=actor)


def change_unit_by_code(*, unit: Unit, actor: Actor, **fields) -> Unit:
    """`change_unit` with the place given by its code."""
    return change_unit(unit=unit, **with_place(fields), actor=actor)


def merge_by_id(*, unit: Unit, into: int, actor: Actor, **fields) -> Unit:
    """`merge_units` with the unit that stays given by its number; the answer is that unit."""
    target = Unit.objects.visible_to(actor).effective().filter(pk=into).exclude(pk=unit.pk).first()
    if target is None:
        raise InputError("没有这个单位，或者它不在您的范围内。", field="into", code="unknown_unit")
    return merge_units(source=unit, target=target, actor=actor, **fields)


class Units(Register):
    """驻区单位: name, category and place for anybody; the rest with a token."""

    name, basename, model = "units", "unit", Unit
    help = "驻区单位：名称、类别、所在地公开，其余凭令牌"
    is_public = True
    fields = [
        Field("id", public=True),
        Field("name", public=True),
        Field("category", public=True),
        place_field(),
        Field("credit_code"),
        Field("subcategory"),
        Field("address"),
        Field("operating_status"),
        Field("employees"),
        Field("members_total"),
        Field("members_full"),
        Field("has_instructor"),
        Field("has_mass_organization"),
        Field("is_member"),
        Field("verification"),
        Field("verified_at", detail_only=True),
        Field("members_not_transferred", detail_only=True),
        Field("legal_rep_is_member", detail_only=True),
        Field("legal_rep_is_secretary", detail_only=True),
        Field("affiliation", detail_only=True),
        Field("new_field", detail_only=True),
        Field("industry", detail_only=True),
        Field("short_name", detail_only=True),
        Field("has_premises", detail_only=True),
        Field("has_business", detail_only=True),
        Field("annual_revenue", detail_only=True),
        Field("has_union", detail_only=True),
        Field("has_youth", detail_only=True),
        Field("has_women", detail_only=True),
        Field("affiliated_to", detail_only=True),
        Field("version", detail_only=True),
    ]
    filterset_class = UnitFilter
    search_fields = ("name",)
    ordering = {"id": "id", "name": "name_pinyin", "place": "place_code", "employees": "employees"}
    default_ordering = ("place_code", "id")

    write_roles = STAFF
    create_input, create_action = UnitInput, staticmethod(register_by_code)
    change_input, change_action = UnitChangeInput, staticmethod(change_unit_by_code)
    actions = {"verify": MoveAction(verify_unit), "merge": MoveAction(merge_by_id, UnitMergeInput)}
    more = {"coverage": partial(CoverageShape, many=True, help_text="覆盖记录，最近的在前")}

    def reads_published(self, actor):
        return actor.reads_published_alone

    def get_rows(self, actor, query):
        return Unit.objects.visible_to(actor).effective()

    def filter(self, rows, query, request):
        own = rows if self.reads_published(request.actor) else counted_here(rows, request.actor, query)
        return super().filter(own, query, request)

    def get_more(self, obj, actor):
        spells = CoverageSpell.objects.filter(unit=obj).select_related("organization").order_by("-from_on")
        return {"coverage": [coverage_data(spell) for spell in spells]}


def coverage_data(spell: CoverageSpell) -> dict:
    return {
        "organization": {"id": spell.organization_id, "name": spell.organization.name},
        "mode": spell.mode,
        "mode_display": spell.get_mode_display(),
        "from_on": spell.from_on,
        "to_on": spell.to_on,
    }


class OrganizationChangeInput(InputSerializer):
    """What is known of a party organization; only what is given is changed."""

    name = serializers.CharField(max_length=160, required=False)
    category = serializers.ChoiceField(choices=PartyOrganization.Category.choices, required=False)
    place = serializers.CharField(max_length=32, required=False, help_text="区划代码")
    parent = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False, allow_null=True, help_text="上级党组织"
    )
    host_unit = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False, allow_null=True, help_text="依托单位"
    )
    is_two_new = serializers.BooleanField(required=False)
    established_on = serializers.DateField(required=False, allow_null=True)
    form_mode = serializers.ChoiceField(
        choices=PartyOrganization.FormMode.choices, required=False, allow_blank=True
    )
    approval_no = serializers.CharField(max_length=60, required=False, allow_blank=True)
    term_start = serializers.DateField(required=False, allow_null=True)
    term_end = serializers.DateField(required=False, allow_null=True)
    secretary_source = serializers.ChoiceField(
        choices=PartyOrganization.SecretarySource.choices, required=False, allow_blank=True
    )
    member_count = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    site_area = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    is_consolidating = serializers.BooleanField(required=False)


class OrganizationInput(OrganizationChangeInput):
    """A party organization that is to be registered."""

    name = serializers.CharField(max_length=160)
    category = serializers.ChoiceField(choices=PartyOrganization.Category.choices)
    place = serializers.CharField(max_length=32, help_text="区划代码")
    is_preparing = serializers.BooleanField(required=False, default=False, help_text="还在筹建")


class EstablishInput(InputSerializer):
    """When it was founded and by which approval."""

    established_on = serializers.DateField()
    approval_no = serializers.CharField(max_length=60, allow_blank=True, help_text="批复文号")


class TermExtensionInput(InputSerializer):
    """Until when a term is extended, and who approved it."""

    until = serializers.DateField()
    approval_no = serializers.CharField(max_length=60, allow_blank=True, help_text="上级同意的文号")


class EndInput(InputSerializer):
    """Since when an organization is no more, and by which document."""

    on = serializers.DateField()
    basis = serializers.CharField(max_length=120, allow_blank=True, help_text="依据的文件")
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class SettledInput(InputSerializer):
    """By whom a unit is covered from now on."""

    unit = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    organization = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, allow_null=True, help_text="null：不再由党组织覆盖"
    )


class DissolveInput(EndInput):
    """For each unit that is covered: by whom from now on."""

    units = SettledInput(many=True, required=False, default=list)


class OrganizationMergeInput(EndInput):
    """Into which organization."""

    into = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="并入的党组织")


class TransferInput(EndInput):
    """As what it is rebuilt."""

    name = serializers.CharField(max_length=160)
    category = serializers.ChoiceField(choices=PartyOrganization.Category.choices)


def find_row(model, pk: int | None, actor: Actor, *, field: str, word: str):
    """A row the actor may see; raises `InputError` beside its field."""
    found = model.objects.visible_to(actor).filter(pk=pk).first() if pk else None
    if pk and found is None:
        raise InputError(f"没有这个{word}，或者它不在您的范围内。", field=field, code=f"unknown_{field}")
    return found


def named_rows(fields: dict, actor: Actor) -> dict:
    """Codes and numbers of a body as the rows they name."""
    found = dict(fields)
    if "place" in found:
        code = found["place"]
        found["place"] = Division.objects.filter(code=code).first() if code.isprintable() else None
        if found["place"] is None:
            raise InputError("没有这个区划代码。", field="place", code="unknown_place")
    if found.get("parent"):
        parent = PartyOrganization.objects.filter(pk=found["parent"]).first()
        if parent is None:
            raise InputError("没有这个党组织。", field="parent", code="unknown_parent")
        found["parent"] = parent
    if found.get("host_unit"):
        found["host_unit"] = find_row(Unit, found["host_unit"], actor, field="host_unit", word="单位")
    return found


def create_by_code(*, actor: Actor, **fields) -> PartyOrganization:
    """`create_organization` with place, parent and host given by code and number."""
    return create_organization(**named_rows(fields, actor), actor=actor)


def change_by_code(*, organization: PartyOrganization, actor: Actor, **fields) -> PartyOrganization:
    """`change_organization` with place, parent and host given by code and number."""
    return change_organization(organization=organization, **named_rows(fields, actor), actor=actor)


def merge_by_number(
    *, organization: PartyOrganization, into: int, actor: Actor, **fields
) -> PartyOrganization:
    """`merge_organization` with the other given by its number."""
    target = find_row(PartyOrganization, into, actor, field="into", word="党组织")
    return merge_organization(organization=organization, into=target, actor=actor, **fields)


def dissolve_by_number(
    *, organization: PartyOrganization, units: list[dict], actor: Actor, **fields
) -> PartyOrganization:
    """`dissolve_organization` with units and organizations given by their numbers."""
    settlement = {
        one["unit"]: find_row(
            PartyOrganization, one["organization"], actor, field="organization", word="党组织"
        )
        for one in units
    }
    return dissolve_organization(organization=organization, settlement=settlement, actor=actor, **fields)


class PartyOrganizations(Register):
    """建制党组织: with a token, those of its place."""

    name, basename, model = "party-organizations", "party-organization", PartyOrganization
    help = "建制党组织及其覆盖的单位数"
    roles = STAFF | UNIT_SIDE | {CLIENT_ROLE}
    fields = [
        Field("id"),
        Field("name"),
        Field("category"),
        place_field(),
        Field("is_two_new"),
        Field("established_on"),
        Field("dissolved_on"),
        Field("status"),
        Field("end_basis", detail_only=True),
        Nested("successor", {"id": "successor_id", "name": "successor__name"}, help="并入或转建为"),
        Nested("parent", {"id": "parent_id", "name": "parent__name"}, help="上级党组织"),
        Field("regular_term_end", detail_only=True),
        Field("extension_no", detail_only=True),
        Field("form_mode"),
        Field("approval_no"),
        Field("term_start"),
        Field("term_end"),
        Field("secretary_source"),
        Field("site_area"),
        Field("is_consolidating"),
        Field("member_count"),
        Field(
            "covered_count",
            Count("coverage_spells", filter=Q(coverage_spells__to_on=None)),
            kind="integer",
            help="现在覆盖的单位数",
        ),
        Nested("host_unit", {"id": "host_unit_id", "name": "host_unit__name"}, help="依托单位"),
        Field("version", detail_only=True),
    ]
    filterset_class = OrganizationFilter
    search_fields = ("name",)
    ordering = {"id": "id", "established_on": "established_on", "place": "place_code"}
    default_ordering = ("place_code", "id")
    object_kwarg = "organization"
    write_roles = STAFF
    create_input, create_action = OrganizationInput, staticmethod(create_by_code)
    change_input, change_action = OrganizationChangeInput, staticmethod(change_by_code)
    actions = {
        "establish": MoveAction(establish_organization, EstablishInput),
        "extend_term": MoveAction(extend_term, TermExtensionInput),
        "merge": MoveAction(merge_by_number, OrganizationMergeInput),
        "transfer": MoveAction(transfer_organization, TransferInput),
        "dissolve": MoveAction(dissolve_by_number, DissolveInput),
    }


class ImportInput(InputSerializer):
    """A spreadsheet; with ``dry_run`` it is only checked."""

    file = serializers.FileField(allow_empty_file=True, help_text=".xlsx、.xls 或 .csv")
    dry_run = serializers.BooleanField(default=False, help_text="true 时只核对，不写入")


class UnitImportView(ApiView):
    """``POST /units/import/``: have a worker check the file and, unless ``dry_run``, write the good rows."""

    help = "导入单位台账"
    tag = "units"
    has_files = True
    write_roles = STAFF
    request_serializer = ImportInput
    response_serializer = {202: JobSerializer}

    def post(self, request, **kwargs):
        refuse_too_large(request._request)
        body = self.read_body(ImportInput)
        job = start_import(file=body["file"], actor=self.actor, dry_run=body["dry_run"], is_confirmed=True)
        return self.accepted(job_data(job))


urlpatterns = [
    path("units/import/", UnitImportView.as_view(), name="unit-import"),
    *Units().urls(),
    *PartyOrganizations().urls(),
]
