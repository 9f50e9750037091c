"""The OpenAPI description, taken from what the views already say about themselves."""

import django_filters
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from core.api.fields import model_field
from core.api.naming import named_serializer
from core.api.params import filter_names


class ErrorDetail(serializers.Serializer):
    """One refusal."""

    code = serializers.CharField(help_text="稳定的英文代码")
    detail = serializers.CharField(help_text="中文句子：发生了什么，接下来怎么办")
    attr = serializers.CharField(allow_null=True, help_text="有关的字段或参数")


class ApiError(serializers.Serializer):
    """The body of every answer from 400 on."""

    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    errors = ErrorDetail(many=True)


class PossibleMove(serializers.Serializer):
    """A move that the client may make now."""

    name = serializers.CharField()
    label = serializers.CharField()


ERRORS = {
    400: "参数或内容不对，attr 指出是哪一个",
    401: "没有令牌，或令牌无效、已停用、已过期",
    403: "身份不允许这个操作",
    404: "没有这条记录，或不在您的范围内",
    409: "规则或当前状态不允许",
    412: "If-Match 已过期",
    429: "太频繁，见 Retry-After",
}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Token <key>`"}


class QueryTokenScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.QueryTokenAuthentication"
    name = "token_in_address"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "query", "name": "token", "description": "只用于日历订阅"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "网页登录；写入另需 X-CSRFToken",
        }


def row_serializer(register, *, is_detail: bool) -> type[serializers.Serializer]:
    """The shape of a register's row; fields that only credentials bring are optional."""
    fields = {}
    for one in register.fields:
        if is_detail or not one.detail_only:
            for name, field in one.serializers(register.model).items():
                field.required = one.public or not register.is_public
                fields[name] = field
    if is_detail:
        fields |= {name: field(required=not register.is_public) for name, field in register.more.items()}
    if is_detail and hasattr(register.model, "available_moves"):
        fields["moves"] = PossibleMove(many=True, help_text="这个身份现在可以办理的操作")
    return named_serializer(f"{type(register).__name__}{'Row' if is_detail else 'Item'}", fields)


def page_serializer(register) -> type[serializers.Serializer]:
    fields = {
        "count": serializers.IntegerField(help_text="总数"),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": row_serializer(register, is_detail=False)(many=True),
    }
    return named_serializer(f"{type(register).__name__}Page", fields)


def schema_of_filter(one: django_filters.Filter) -> dict:
    """The JSON schema of a filter's value."""
    if isinstance(one, django_filters.BooleanFilter):
        return {"type": "boolean"}
    choices = getattr(one, "extra", {}).get("choices") or ()
    slugs = [value for value, _ in (choices() if callable(choices) else choices)]
    if slugs:
        return {"type": "string", "enum": [str(slug) for slug in slugs]}
    if isinstance(one, django_filters.DateFilter | django_filters.DateFromToRangeFilter):
        return {"type": "string", "format": "date"}
    if isinstance(one, django_filters.NumberFilter | django_filters.RangeFilter):
        return {"type": "number"}
    return {"type": "string"}


def filter_help(filterset_class, one: django_filters.Filter) -> str:
    """A filter's own label, or the name of the field it reads."""
    found = model_field(filterset_class._meta.model, one.field_name) if filterset_class._meta.model else None
    return str(one.label or getattr(found, "verbose_name", "") or one.field_name)


def filter_parameters(filterset_class) -> list[OpenApiParameter]:
    filters = filterset_class.base_filters if filterset_class else {}
    return [
        OpenApiParameter(
            full, schema_of_filter(one), OpenApiParameter.QUERY, description=filter_help(filterset_class, one)
        )
        for name, one in filters.items()
        for full in filter_names(name, one)
    ]


def header(name: str, help: str, **more) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=help, **more)


class ApiSchema(AutoSchema):
    """Describes `ApiView`s; other DRF views are described as usual."""

    @property
    def is_read(self) -> bool:
        return self.method == "GET"

    @property
    def register(self):
        return getattr(self.view, "register", None)

    def get_tags(self) -> list[str]:
        return [getattr(self.view, "tag", "") or self._tokenize_path()[0]]

    def get_operation_id(self) -> str:
        words = [word for word in self._tokenize_path() if word]
        action = {"GET": "retrieve" if "{" in self.path else "read"}.get(self.method, self.method.lower())
        if self.register is not None and self.is_read and "{" not in self.path:
            action = "list"
        return "_".join([*words, action]).replace("-", "_").replace(".", "_")

    def get_summary(self) -> str | None:
        """What the operation does, in a few Chinese words."""
        if self.register is None:
            return getattr(self.view, "help", "") or None
        noun = str(self.register.model._meta.verbose_name)
        if getattr(self.view, "move", ""):
            return f"{noun}：{self.get_move_label(self.view.move)}"
        if self.is_read:
            return self.register.list_help or f"{noun}列表" if "{" not in self.path else f"一条{noun}"
        return f"{'新建' if self.method == 'POST' else '修改'}{noun}"

    def get_move_label(self, name: str) -> str:
        """The label of the row of the moves table; an action that is no move says it in its ``help``."""
        rows = getattr(self.register.model, "MOVES", ())
        labels = {row.name: row.label for row in rows}
        return labels.get(name) or self.register.get_move_actions()[name].help

    def get_description(self) -> str:
        """More about it in Chinese; docstrings are for those who read the code."""
        move = getattr(self.view, "move", "")
        if move:
            return self.register.get_move_actions()[move].help
        return self.register.help if self.register is not None else ""

    def get_filter_backends(self) -> list:
        return []

    def get_auth(self) -> list[dict]:
        found = super().get_auth()
        return [*found, {}] if getattr(self.view, "public", False) and self.is_read else found

    # Parameters

    def get_override_parameters(self) -> list[OpenApiParameter]:
        if not hasattr(self.view, "write_params"):
            return []
        return self.read_parameters() if self.is_read else self.write_parameters()

    def declared(self, params) -> list[OpenApiParameter]:
        return [
            OpenApiParameter(
                one.name,
                {**one.schema(), **self.default_of(one)},
                OpenApiParameter.QUERY,
                required=one.is_required,
                description=one.help,
            )
            for one in params
        ]

    def default_of(self, one) -> dict:
        """A fixed default is named; one that depends on the day isn't."""
        return {} if callable(one.default) or one.default in (None, "") else {"default": one.default}

    def read_parameters(self) -> list[OpenApiParameter]:
        found = self.declared(self.view.params)
        if self.register is not None and "{" not in self.path:
            found += filter_parameters(self.register.filterset_class)
        formats = ["json", "csv"] if self.view.has_csv else ["json"]
        found.append(
            OpenApiParameter(
                "format", {"type": "string", "enum": formats, "default": "json"}, description="回答的格式"
            )
        )
        found.append(header("If-None-Match", "上次得到的 ETag；未变时回答 304"))
        return [*found, header("ETag", "内容的版本", response=[200])]

    def write_parameters(self) -> list[OpenApiParameter]:
        found = [
            *self.declared(self.view.write_params),
            header("Idempotency-Key", "24 小时内同一键只生效一次"),
        ]
        if self.register is not None and "{" in self.path:
            found.append(header("If-Match", "读取时得到的 ETag；已有改动时回答 412"))
        return found

    # Bodies

    def map_parsers(self) -> list[str]:
        if getattr(self.view, "has_files", False):
            return ["multipart/form-data"]
        return [parser.media_type for parser in self.view.get_parsers()]

    def get_request_serializer(self):
        if self.register is None:
            return getattr(self.view, "request_serializer", None)
        if getattr(self.view, "move", ""):
            return self.register.get_move_actions()[self.view.move].input
        return self.register.create_input if self.method == "POST" else self.register.change_input

    def success(self):
        """(status, serializer) of the answer when all went well."""
        register = self.register
        if register is not None:
            if self.is_read and "{" not in self.path:
                return 200, page_serializer(register)
            is_created = self.method == "POST" and "{" not in self.path
            return (201 if is_created else 200), row_serializer(register, is_detail=True)
        return 200, getattr(self.view, "response_serializer", None) or OpenApiTypes.OBJECT

    def get_response_serializers(self):
        if not hasattr(self.view, "write_params"):
            return super().get_response_serializers()
        status, serializer = self.success()
        found = dict(serializer) if isinstance(serializer, dict) else {status: serializer}
        if self.is_read and self.view.has_csv:
            found[(200, "text/csv")] = OpenApiTypes.STR
        for code in self.error_codes():
            found[code] = OpenApiResponse(ApiError, description=ERRORS[code])
        if self.is_read:
            found[304] = OpenApiResponse(description="内容没有变化")
        return found

    def error_codes(self) -> list[int]:
        codes = [400, 401] if self.view.public and self.is_read else [400, 401, 403]
        if "{" in self.path:
            codes.append(404)
        return codes if self.is_read else [*codes, 409, *([412] if "{" in self.path else []), 429]
