"""The door of the import: choose a file, get a job; and the empty template."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header

from core.access import requires
from core.errors import RuleViolation
from core.models import Job
from core.pages import FormPage
from core.roles import STAFF
from core.sheets import template_xlsx
from core.uploads import refuse_too_large
from units.forms.units import ImportForm
from units.imports.columns import TEMPLATE
from units.imports.jobs import start_import

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportPage(FormPage):
    """导入单位: upload anybody's table; what becomes of it is told on the job's page."""

    model = Job
    roles = STAFF
    form_class = ImportForm
    template_name = "units/import.html"
    title = "导入单位"
    subtitle = "先核对、后写入：上传后逐行检查，看过结果再确认；写入后24小时内可以撤销。"
    submit_label = "上传并核对"
    success_message = "已上传，正在核对。"
    is_multipart = True
    action = staticmethod(start_import)

    def get_breadcrumbs(self):
        return [("单位台账", reverse("units:unit_list"))]

    def get_cancel_url(self):
        return reverse("units:unit_list")

    def get_context(self, **more):
        recent = Job.objects.visible_to(self.actor).filter(kind="units_import").order_by("-pk")[:5]
        return super().get_context(recent=recent, **more)

    def post(self, request, **kwargs):
        try:
            refuse_too_large(request)
        except RuleViolation as refusal:
            return self.render_refusal(self.get_form({}, {}), refusal, status=413)
        return super().post(request, **kwargs)


@requires(STAFF)
def template(request):
    """The empty table to fill in (下载模板)."""
    content = template_xlsx(TEMPLATE, title="单位台账")
    headers = {"Content-Disposition": content_disposition_header(True, "单位台账模板.xlsx")}
    return HttpResponse(content, content_type=XLSX, headers=headers)
