"""What the pages of projects that anybody may open share."""

from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from core.api.throttles import count, seconds_left
from core.pages import SimplePage


@method_decorator(never_cache, name="dispatch")
class PublicPage(SimplePage):
    """Anybody, without signing in; never stored, not for search engines, so many a minute."""

    public = True

    def render(self, context: dict, *, template_name: str = "", status: int = 200) -> TemplateResponse:
        answer = super().render(context, template_name=template_name, status=status)
        answer["X-Robots-Tag"] = "noindex"
        return answer

    def is_too_often(self, name: str, most: int) -> bool:
        """Count one more of this kind from this address; whether that is more than ``most`` this minute."""
        return count(f"{name}:{self.request.META.get('REMOTE_ADDR', '')}") > most

    def wait(self, answer: TemplateResponse) -> TemplateResponse:
        """The same answer, saying in how many seconds to try again."""
        answer["Retry-After"] = str(seconds_left())
        return answer
