"""The REST block of the settings: how requests are read, answered and described (docs: api.md of the contract)."""

REST_FRAMEWORK = {
    # The endpoints' own base names its authenticators below: DRF would import them too early.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsers.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["core.api.renderers.JsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.api.renderers.Negotiation",
    "EXCEPTION_HANDLER": "core.api.errors.answer_error",
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.ApiSchema",
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

API_AUTHENTICATION = [
    "accounts.authentication.TokenAuthentication",
    "accounts.authentication.SessionAuthentication",
]
# Writes of one token or person a minute; wrong tokens from one address a minute. Reads are not counted.
API_WRITES_PER_MINUTE = 600
API_WRONG_TOKENS_PER_MINUTE = 60

SPECTACULAR_SETTINGS = {
    "TITLE": "武侯区区域化党建平台接口",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": (
        "日期写作 `YYYY-MM-DD`，时刻为 ISO 8601（`+08:00`），比率是四位小数的字符串，金额以元为单位的字符串。\n\n"
        "**身份**：`Authorization: Token <key>`；不带令牌只能读已公开的字段。\n\n"
        "**列表**：`page`、`page_size`（默认 50，最多 500）、`ordering`、`search`、`format=csv`；不认识的参数或取值一律 400。\n\n"
        "**缓存**：每个读取都有 `ETag`，`If-None-Match` 命中时回答 304；写入可带 `If-Match`，过期回答 412。\n\n"
        "**重试**：写入可带 `Idempotency-Key`，24 小时内同一键、同一内容只生效一次，并得到同样的回答。"
    ),
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    # Choices stand where they are used: shared ones would be renamed whenever another list has a "status".
    "POSTPROCESSING_HOOKS": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATION_PARAMETERS": False,
}
