"""The public pages of the issue register: report by phone without an account, look up by code, rate once."""

from functools import cached_property

from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from core.api.throttles import count, seconds_left
from core.components import date_text
from core.errors import RuleViolation
from core.pages import SimplePage
from units.actions.issues import find_by_code, rate_by_code, report_by_resident
from units.forms.issues import CodeForm, PublicIssueForm, PublicRateForm
from units.models import Division, Issue

# A household reports a few things a minute at most, even many behind one address; a program thousands.
REPORTS_PER_MINUTE, LOOKUPS_PER_MINUTE = 5, 30
TOO_MANY = "提交太频繁，请过一分钟再试。"
TOO_MANY_LOOKUPS = "查询太频繁，请过一分钟再试。"
UNKNOWN_CODE = "没有查到这个查询码，请核对后再输入。"
TRAPPED = "没有提交成功。请刷新页面，“网址”一栏不要填写。"


@method_decorator(never_cache, name="dispatch")
class PublicPage(SimplePage):
    """Shared by the public pages: anybody, never stored, not for search engines, so many a minute."""

    public = True

    def render(self, context: dict, *, template_name: str = "", status: int = 200) -> TemplateResponse:
        answer = super().render(context, template_name=template_name, status=status)
        answer["X-Robots-Tag"] = "noindex"
        return answer

    def is_too_often(self, name: str, most: int) -> bool:
        return count(f"{name}:{self.request.META.get('REMOTE_ADDR', '')}") > most

    def wait(self, answer: TemplateResponse) -> TemplateResponse:
        answer["Retry-After"] = str(seconds_left())
        return answer


class ReportPage(PublicPage):
    """``/issues/report/?place=CODE``: what, where, who if they like; the answer is a query code."""

    title = "反映问题"
    subtitle = "社区在一个工作日内受理，一般十五个工作日内办结。"
    template_name = "units/issues_report.html"

    @cached_property
    def asked_place(self) -> Division | None:
        """The community of the poster that was scanned; None for a code that is no place of ours."""
        code = self.request.GET.get("place", "")[:32]
        if not (code.isascii() and code.isprintable()):
            return None
        return Division.objects.filter(code=code).first()

    def get_form(self, data=None) -> PublicIssueForm:
        place = self.asked_place
        return PublicIssueForm(data, place=place, initial={"place": place.code if place else None})

    def get(self, request, **kwargs):
        return self.render(self.get_context(form=self.get_form()))

    def post(self, request, **kwargs):
        form = self.get_form(request.POST)
        if self.is_too_often("issue-report", REPORTS_PER_MINUTE):
            return self.wait(self.render(self.get_context(form=form, refusal=TOO_MANY), status=429))
        if form.is_trapped:
            return self.render(self.get_context(form=form, refusal=TRAPPED), status=422)
        if not form.is_valid():
            return self.render(self.get_context(form=form), status=422)
        typed = {
            name: value for name, value in form.cleaned_data.items() if name not in ("consent", "website")
        }
        try:
            issue = report_by_resident(**typed)
        except RuleViolation as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            return self.render(self.get_context(form=form), status=400 if refusal.is_input else 409)
        return HttpResponseRedirect(f"{reverse('issues:state', args=[issue.reply_code])}?new=1")


class LookupPage(PublicPage):
    """Type a query code; a readable one leads to its own address."""

    title = "查询办理情况"
    subtitle = "凭登记时给您的查询码查看，办结反馈后可以评议一次。"
    template_name = "units/issues_lookup.html"

    def get(self, request, **kwargs):
        typed = request.GET.get("code", "").strip()[:40]
        if not typed:
            return self.render(self.get_context(form=CodeForm()))
        if self.is_too_often("issue-lookup", LOOKUPS_PER_MINUTE):
            return self.wait(self.refuse(TOO_MANY_LOOKUPS, typed, 429))
        issue = find_by_code(typed)
        if issue is None:
            return self.refuse(UNKNOWN_CODE, typed, 404)
        return HttpResponseRedirect(reverse("issues:state", args=[issue.reply_code]))

    def refuse(self, sentence: str, typed: str, status: int) -> TemplateResponse:
        form = CodeForm(initial={"code": typed})
        return self.render(
            self.get_context(form=form, refusal=sentence),
            template_name=LookupPage.template_name,
            status=status,
        )


class StatePage(LookupPage):
    """Where a reported issue stands; once it was answered the reporter rates it here."""

    template_name = "units/issues_state.html"

    def get(self, request, code, **kwargs):
        return self.answer(code, PublicRateForm())

    def post(self, request, code, **kwargs):
        form = PublicRateForm(request.POST)
        if not form.is_valid():
            return self.answer(code, form, 422)
        try:
            rate_by_code(code=code[:40], **form.cleaned_data)
        except RuleViolation as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            return self.answer(code, form, 400 if refusal.is_input else 409)
        return HttpResponseRedirect(reverse("issues:state", args=[code]))

    def answer(self, code: str, form: PublicRateForm, status: int = 200) -> TemplateResponse:
        if self.is_too_often("issue-lookup", LOOKUPS_PER_MINUTE):
            return self.wait(self.refuse(TOO_MANY_LOOKUPS, code[:40], 429))
        issue = find_by_code(code[:40])
        if issue is None:
            return self.refuse(UNKNOWN_CODE, code[:40], 404)
        shown = issue.duplicate_of or issue
        context = self.get_context(
            issue=issue, shown=shown, facts=facts_of(issue, shown), form=form, is_new="new" in self.request.GET,
            can_rate=issue.status == Issue.Status.REPLIED,
        )  # fmt: skip
        return self.render(context, status=status)


def facts_of(issue: Issue, shown: Issue) -> list[tuple[str, str]]:
    """What the holder of a code may read: nothing about anybody, not even about the reporter."""
    facts = [
        ("编号", issue.number),
        ("问题", issue.title),
        ("地点", str(issue.place)),
        ("登记日期", date_text(issue.registered_on)),
        ("说明", f"与 {shown.number} 是同一个问题，一并办理" if shown != issue else ""),
        ("办理层级", str(shown.handler)),
        ("办结期限", date_text(shown.due_on) if shown.status in Issue.OPEN_STATUSES else ""),
        ("办理结果", shown.result if shown.status in (Issue.Status.REPLIED, Issue.Status.REVIEWED) else ""),
        ("反馈", shown.reply if shown.status not in Issue.OPEN_STATUSES else ""),
        ("评议", issue.get_satisfaction_display()),
    ]
    return [(label, value) for label, value in facts if value]
