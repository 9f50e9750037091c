"""The public pages of needs: raise one by phone without an account, look it up by code."""

from functools import cached_property

from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from core.components import date_text
from core.errors import RuleViolation
from projects.actions.needs import raise_by_resident
from projects.forms.lists import CodeForm, PublicNeedForm
from projects.models import Need
from projects.models.project import PUBLIC_STATUSES
from projects.need_codes import code_of, find_by_code
from projects.views.public_page import PublicPage
from units.models import Division

# A household raises a few a minute at most, even many behind one address; a program thousands.
RAISED_PER_MINUTE, LOOKUPS_PER_MINUTE = 5, 30
TOO_MANY = "提交太频繁，请过一分钟再试。"
TOO_MANY_LOOKUPS = "查询太频繁，请过一分钟再试。"
UNKNOWN_CODE = "没有查到这个查询码，请核对后再输入。"
TRAPPED = "没有提交成功。请刷新页面，“网址”一栏不要填写。"


class RaisePage(PublicPage):
    """``/open/needs/new/?place=CODE``: what, where, who if they like; the answer is a query code."""

    title = "提出需求"
    subtitle = "社区在三个工作日内核实。合适的需求会变成共建项目，由驻区单位认领来做。"
    template_name = "projects/need_raise.html"

    @cached_property
    def asked_place(self) -> Division | None:
        """The place of the poster that was scanned; None for a code that is no place of ours."""
        code = self.request.GET.get("place", "")[:32]
        if not (code.isascii() and code.isprintable()):
            return None
        return Division.objects.filter(code=code).first()

    def get_form(self, data=None) -> PublicNeedForm:
        place = self.asked_place
        return PublicNeedForm(data, place=place, initial={"place": place.code if place else None})

    def get(self, request, **kwargs):
        return self.render(self.get_context(form=self.get_form()))

    def post(self, request, **kwargs):
        form = self.get_form(request.POST)
        if self.is_too_often("need-raise", RAISED_PER_MINUTE):
            return self.wait(self.render(self.get_context(form=form, refusal=TOO_MANY), status=429))
        if form.is_trapped:
            return self.render(self.get_context(form=form, refusal=TRAPPED), status=422)
        if not form.is_valid():
            return self.render(self.get_context(form=form), status=422)
        typed = {
            name: value for name, value in form.cleaned_data.items() if name not in ("consent", "website")
        }
        try:
            need = raise_by_resident(**typed)
        except RuleViolation as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            return self.render(self.get_context(form=form), status=400 if refusal.is_input else 409)
        return HttpResponseRedirect(f"{reverse('open:need_state', args=[code_of(need)])}?new=1")


class LookupPage(PublicPage):
    """Type a query code; a readable one leads to its own address."""

    title = "查询需求"
    subtitle = "凭登记时给您的查询码查看进展。"
    template_name = "projects/need_lookup.html"

    def get(self, request, **kwargs):
        typed = request.GET.get("code", "").strip()[:40]
        if not typed:
            return self.render(self.get_context(form=CodeForm()))
        if self.is_too_often("need-lookup", LOOKUPS_PER_MINUTE):
            return self.wait(self.refuse(TOO_MANY_LOOKUPS, typed, 429))
        need = find_by_code(typed)
        if need is None:
            return self.refuse(UNKNOWN_CODE, typed, 404)
        return HttpResponseRedirect(reverse("open:need_state", args=[code_of(need)]))

    def refuse(self, sentence: str, typed: str, status: int) -> TemplateResponse:
        form = CodeForm(initial={"code": typed})
        return self.render(
            self.get_context(form=form, refusal=sentence),
            template_name=LookupPage.template_name,
            status=status,
        )


class StatePage(LookupPage):
    """Where a resident's need stands."""

    template_name = "projects/need_state.html"

    def get(self, request, code, **kwargs):
        if self.is_too_often("need-lookup", LOOKUPS_PER_MINUTE):
            return self.wait(self.refuse(TOO_MANY_LOOKUPS, code[:40], 429))
        need = find_by_code(code[:40])
        if need is None:
            return self.refuse(UNKNOWN_CODE, code[:40], 404)
        shown = need.duplicate_of or need
        return self.render(
            self.get_context(
                need=need,
                shown=shown,
                code=code_of(need),
                facts=facts_of(need, shown),
                is_new="new" in request.GET,
            )
        )


def facts_of(need: Need, shown: Need) -> list[tuple[str, str]]:
    """What the holder of a code may read: nothing about anybody, not even about who raised it."""
    facts = [
        ("编号", need.number),
        ("需求", need.title),
        ("地点", str(need.place)),
        ("提出日期", date_text(need.raised_on)),
        ("说明", f"与 {shown.number} 是同一个需求，一并办理" if shown != need else ""),
        ("转成的项目", project_words(shown)),
        ("解决情况", shown.result if shown.status in (Need.Status.RESOLVED, Need.Status.CLOSED) else ""),
    ]
    return [(label, value) for label, value in facts if value]


def project_words(need: Need) -> str:
    """The project by name and state once it is published; before that only that there will be one."""
    if need.project is None:
        return ""
    if need.project.status not in PUBLIC_STATUSES:
        return "正在起草项目"
    return f"{need.project.title}（{need.project.get_status_display()}）"
