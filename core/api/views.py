"""The base of every endpoint: who asks, what was asked, and the answer with its tag."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.module_loading import import_string
from rest_framework.exceptions import MethodNotAllowed, NotAcceptable, NotAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from core.access import PUBLIC
from core.actor import ANONYMOUS, CLIENT_ROLE, Actor
from core.api import conditional, idempotency
from core.api.errors import SENTENCES, BadRequest, Problem, known, problem_response
from core.api.params import Param, read_params
from core.api.parsers import FileParser, JsonParser
from core.api.renderers import json_response, wanted_format
from core.api.throttles import count_write
from core.roles import SIGNED_IN

# Everybody with credentials: the people's roles and the named clients.
WITH_CREDENTIALS = SIGNED_IN | {CLIENT_ROLE}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMAT = frozenset({"format"})


@lru_cache(maxsize=1)
def authenticator_classes() -> list[type]:
    """The ways to prove who one is; they belong to accounts, which stands on core, so settings name them."""
    return [import_string(name) for name in settings.API_AUTHENTICATION]


class ApiView(APIView):
    """An endpoint (接口).

    A subclass writes ``get``, ``post`` … and returns plain data (sent as JSON) or a response. ``public`` lets
    anybody read (○ in the contract); ``roles`` and ``write_roles`` say who else may come in. ``params`` are the
    query parameters of reads, ``write_params`` those of writes; their values stand in ``self.query``.
    """

    public = False
    roles: Collection[str] = WITH_CREDENTIALS
    write_roles: Collection[str] | None = None
    params: tuple[Param, ...] = ()
    write_params: tuple[Param, ...] = ()
    has_csv = False
    # True where computing the answer also reads, in the same snapshot, what `get_etag_source` gives.
    dates_its_answer = False
    has_files = False
    # For the description: what it does in a few Chinese words, serializers (or {status: serializer}) of the answer
    # and of the body, and the group.
    help = ""
    response_serializer: Any = None
    request_serializer: Any = None
    tag = ""

    actor: Actor = ANONYMOUS
    format = "json"
    query: dict[str, Any]

    @classmethod
    def get_access(cls):
        return PUBLIC if cls.public else frozenset(str(role) for role in cls.roles)

    @classmethod
    def as_view(cls, **initkwargs):
        view = super().as_view(**initkwargs)
        view.access = cls.get_access()
        return view

    # What a subclass may give

    def get_etag_source(self) -> str | None:
        """A cheap version of everything the answer shows, or None when there is none."""
        return None

    def get_other_names(self) -> frozenset[str]:
        """Query parameters that the view reads by itself (filters)."""
        return frozenset()

    # Who asks

    @property
    def reader_key(self) -> str:
        """What decides which rows and fields this client sees."""
        actor = self.actor
        return f"{actor.role}:{actor.place_code}:{actor.unit_id}:{actor.user_id}:{actor.membership_id}:{actor.is_read_only}"

    @property
    def owner_key(self) -> str:
        """Whose Idempotency-Keys these are: one token's, or one person's in one role."""
        token_id = getattr(self.request.auth, "token_id", None)
        return f"token:{token_id}" if token_id else f"user:{self.actor.user_id}:{self.actor.membership_id}"

    def get_authenticators(self):
        return [authenticator() for authenticator in authenticator_classes()]

    def get_parsers(self):
        return [JsonParser(), FileParser()] if self.has_files else [JsonParser()]

    def check_reader(self, request: Request) -> None:
        actor = self.actor
        if actor.is_anonymous:
            if request.user.is_authenticated:
                raise Problem(403, [("no_role", "您的账号目前没有生效的身份，请联系系统管理员。", None)])
            raise NotAuthenticated
        if actor.role not in self.roles:
            raise Problem(403, [("permission_denied", SENTENCES["permission_denied"], None)])

    def check_writer(self, request: Request) -> None:
        self.check_reader(request)
        if self.actor.is_read_only:
            raise Problem(403, [("read_only", "这个令牌只能读取，不能办理。", None)])
        if self.write_roles is not None and self.actor.role not in self.write_roles:
            raise Problem(403, [("permission_denied", SENTENCES["permission_denied"], None)])
        count_write(self.owner_key)

    # One request

    def initialize_request(self, request: HttpRequest, *args, **kwargs) -> Request:
        return Request(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context={"view": self, "kwargs": kwargs},
        )

    def initial(self, request: Request, *args, **kwargs) -> None:
        # DRF's wrapper looks every attribute up twice; on the way of every request Django's own is asked.
        http = request._request
        is_safe = http.method in SAFE_METHODS
        self.format = self.read_format(http, is_safe)
        # Reading the user lets the authenticators put the actor on the request.
        user = request.user
        self.actor = http.actor
        if not is_safe:
            self.check_writer(request)
        elif not self.public or (request.auth is None and user.is_authenticated):
            self.check_reader(request)
        if is_safe:
            self.query = read_params(http.GET, self.params, self.get_other_names() | _FORMAT)
        else:
            self.query = read_params(http.GET, self.write_params)

    def read_format(self, http: HttpRequest, is_safe: bool) -> str:
        """``json`` or, for a list, ``csv``: by ``format=`` or else by the Accept header."""
        wanted = http.GET.get("format") if is_safe else None
        if wanted is None:
            wanted = wanted_format(http.META.get("HTTP_ACCEPT", ""))
            if wanted == "csv" and not self.has_csv:
                raise NotAcceptable
            return wanted
        if wanted not in ({"json", "csv"} if self.has_csv else {"json"}):
            formats = "json、csv" if self.has_csv else "json"
            raise BadRequest(f"format 只能是 {formats}。", attr="format")
        return wanted

    def respond(self, request: Request) -> HttpResponse:
        """Call the method's handler and turn what it returns into a response."""
        method = request._request.method.lower()
        handler = getattr(self, method, None) if method in self.http_method_names else None
        if handler is None:
            raise MethodNotAllowed(request.method)
        answer = handler(request, *self.args, **self.kwargs)
        if isinstance(answer, HttpResponse | StreamingHttpResponse):
            return answer
        return json_response(answer)

    def write(self, request: Request) -> HttpResponse:
        key = idempotency.read_key(request)
        if not key:
            return self.respond(request)
        return idempotency.once(
            owner=self.owner_key,
            key=key,
            mark=idempotency.fingerprint(request._request, request.data),
            run=lambda: self.respond(request),
            answer_refusal=self.handle_exception,
        )

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.args, self.kwargs = args, kwargs
        self.request = request = self.initialize_request(request, *args, **kwargs)
        self.headers: dict[str, str] = {}
        try:
            self.initial(request, *args, **kwargs)
            if request._request.method in {"GET", "HEAD"}:
                return conditional.answer(self, request._request, lambda: self.respond(request))
            return conditional.finish(self.write(request), None)
        except Exception as error:
            response = self.handle_exception(error)
            if response.status_code == 405:
                response.headers["Allow"] = ", ".join(self.allowed_methods)
            return conditional.finish(response, None)

    def options(self, request, *args, **kwargs) -> HttpResponse:
        return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    # Answers

    def created(self, data) -> HttpResponse:
        return json_response(data, status=201)

    def accepted(self, data) -> HttpResponse:
        return json_response(data, status=202)

    def read_body(self, serializer_class, **context) -> dict[str, Any]:
        """The validated body; raises a 400 naming every wrong field."""
        serializer = serializer_class(
            data=self.request.data, context={"actor": self.actor, "view": self, **context}
        )
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


class NothingHere(ApiView):
    """Any other address under the API: a 404 in the API's own words."""

    public = True
    schema = None

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        return problem_response(known(404, "not_found"))
