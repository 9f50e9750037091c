"""Issued papers: download for those who may see what they are about, check page for everybody (文件核验)."""

from django.http import FileResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access import actor_of, requires
from core.api.throttles import count, seconds_left
from core.components import date_text
from core.documents import DOCX_TYPE
from core.documents.issuing import file_name
from core.documents.verification import absolute, read_code, spaced
from core.models import IssuedDocument
from core.pages import SimplePage

# A person types a few codes a minute, a program tries thousands.
LOOKUPS_PER_MINUTE = 60
NOT_FOUND = "没有查到这个核验码。请对照文件上印的核验码重新输入；仍然查不到的，这份文件可能不是本平台印发的。"
TOO_MANY = "查询太频繁，请过一分钟再试。"


@require_safe
@requires()
def download(request, pk):
    """The stored bytes of a paper, under its title as file name."""
    document = get_object_or_404(IssuedDocument.objects.visible_to(actor_of(request)), pk=pk)
    answer = FileResponse(
        document.file.open("rb"), as_attachment=True, filename=file_name(document), content_type=DOCX_TYPE
    )
    add_never_cache_headers(answer)
    return answer


@method_decorator(never_cache, name="dispatch")
class CheckPage(SimplePage):
    """Shared by both pages: public, never stored, not for search engines."""

    public = True
    title = "文件核验"
    subtitle = "核对武侯区区域化党建平台印发的文件是否有效。"
    template_name = "core/document_verify.html"

    def render(self, context: dict, *, template_name: str = "", status: int = 200) -> TemplateResponse:
        answer = super().render(context, template_name=template_name, status=status)
        answer["X-Robots-Tag"] = "noindex"
        return answer

    def refuse(self, sentence: str, *, typed: str, status: int) -> TemplateResponse:
        """The form again, with what was typed and a sentence."""
        return self.render(
            self.get_context(refusal=sentence, typed=typed),
            template_name=CheckPage.template_name,
            status=status,
        )


class VerifyPage(CheckPage):
    """Type a code; a readable one leads to its own address."""

    def get(self, request, **kwargs):
        typed = request.GET.get("code", "").strip()[:100]
        if not typed:
            return self.render(self.get_context())
        if code := read_code(typed):
            return HttpResponseRedirect(reverse("core:verify-code", args=[code]))
        return self.refuse(NOT_FOUND, typed=typed, status=404)


class VerifyCodePage(CheckPage):
    """What is known about one paper: title, body, day, state and fingerprint, never its content."""

    template_name = "core/document_verified.html"

    def get(self, request, code, **kwargs):
        typed = code[:100]
        if count(f"verify:{request.META.get('REMOTE_ADDR', '')}") > LOOKUPS_PER_MINUTE:
            answer = self.refuse(TOO_MANY, typed=typed, status=429)
            answer["Retry-After"] = str(seconds_left())
            return answer
        document = IssuedDocument.objects.filter(code=read_code(code) or None).first()
        if document is None:
            return self.refuse(NOT_FOUND, typed=typed, status=404)
        return self.render(
            self.get_context(
                document=document,
                facts=facts_of(document),
                fingerprint=fingerprint_text(document.sha256),
                page_url=absolute(reverse("core:verify")),
            )
        )


def facts_of(document: IssuedDocument) -> list[tuple[str, str]]:
    """(label, value) of what anybody may know about a paper."""
    facts = [
        ("标题", document.title),
        ("文种", document.get_kind_display()),
        ("发文字号", document.number),
        ("发文机关", document.body),
        ("成文日期", date_text(document.dated_on)),
        ("印发登记", date_text(document.issued_at)),
        ("核验码", spaced(document.code)),
    ]
    if document.is_withdrawn:
        facts.append(("撤回时间", date_text(document.withdrawn_at)))
    return [(label, value) for label, value in facts if value]


def fingerprint_text(digest: str) -> str:
    """A SHA-256 in groups of eight, so that two people can read it to each other."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))
