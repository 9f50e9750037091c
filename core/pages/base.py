"""What list, detail and form share."""

from urllib.parse import urlencode

from django.template.response import TemplateResponse
from django.views.generic import View

from core.access import AccessMixin


class Page(AccessMixin, View):
    """What list, detail and form share: guarded access, a title, and a template."""

    title = ""
    subtitle = ""
    template_name = ""

    def get_title(self) -> str:
        return self.title

    def get_subtitle(self) -> str:
        return self.subtitle

    def get_breadcrumbs(self) -> list[tuple[str, str]]:
        """(label, address) of the pages above this one."""
        return []

    def get_context(self, **more) -> dict:
        return {
            "page": self,
            "title": self.get_title(),
            "subtitle": self.get_subtitle(),
            "breadcrumbs": self.get_breadcrumbs(),
            **more,
        }

    def render(self, context: dict, *, template_name: str = "", status: int = 200) -> TemplateResponse:
        return TemplateResponse(self.request, template_name or self.template_name, context, status=status)


class SimplePage(Page):
    """A page with its own template and context: workbench, dashboard. Override `get_context`."""

    def get(self, request, **kwargs):
        return self.render(self.get_context())


def query_string(**params) -> str:
    """``?a=1&b=2`` without the empty ones, for links that carry a filter."""
    kept = {name: value for name, value in params.items() if value not in (None, "")}
    return f"?{urlencode(kept)}" if kept else ""
