"""REST: the registers of units and party organizations, and the import."""

from functools import partial

from django.db.models import Count, Q
from django.urls import path
from rest_framework import serializers

from core.actor import CLIENT_ROLE
from core.api import ApiView, Field, InputSerializer, Nested, Register, place_field
from core.api.endpoints import JobSerializer, job_data
from core.api.schema import named_serializer
from core.roles import STAFF, UNIT_SIDE
from core.uploads import refuse_too_large
from units.filters.units import OrganizationFilter, UnitFilter, counted_here
from units.imports.jobs import start_import
from units.models import CoverageSpell, PartyOrganization, Unit

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
        Field("version", detail_only=True),
    ]
    filterset_class = UnitFilter
    search_fields = ("name",)
    ordering = {"id": "id", "name": "name_pinyin", "place": "place_code", "employees": "employees"}
    default_ordering = ("place_code", "id")

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
    ]
    filterset_class = OrganizationFilter
    search_fields = ("name",)
    ordering = {"id": "id", "established_on": "established_on", "place": "place_code"}
    default_ordering = ("place_code", "id")


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
