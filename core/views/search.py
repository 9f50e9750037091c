"""The search page behind the header's box."""

from core.pages import SimplePage
from core.search import clean, search


class SearchPage(SimplePage):
    """Everything the actor may see that matches ``?q=``."""

    template_name = "core/search.html"
    title = "搜索"

    def get_context(self, **more):
        text = clean(self.request.GET.get("q", ""))
        return super().get_context(search_text=text, findings=search(self.actor, text), **more)
