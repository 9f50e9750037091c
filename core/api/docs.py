"""The API's description (`/api/v1/schema/`) and the page to read and try it (`/api/v1/docs/`)."""

from functools import lru_cache

from django.http import HttpResponse
from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator

from core.access import AccessMixin
from core.api.renderers import dumps
from core.api.views import ApiView

OPENAPI_TYPE = "application/vnd.oai.openapi+json"


@lru_cache(maxsize=1)
def schema_body() -> bytes:
    """The OpenAPI document; it changes with the code only, so each process writes it once."""
    return dumps(SchemaGenerator().get_schema(request=None, public=True))


class SchemaView(ApiView):
    """The OpenAPI 3.1 document."""

    public = True
    schema = None

    def get(self, request, **kwargs):
        return HttpResponse(schema_body(), content_type=OPENAPI_TYPE)


class DocsPage(AccessMixin, TemplateView):
    """接口文档: Swagger UI from our own server, nothing inline."""

    public = True
    template_name = "core/api_docs.html"
