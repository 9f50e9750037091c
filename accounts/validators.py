"""What a password must be (domain.md §5.4, GB/T 22239-2019 身份鉴别)."""

import re

from django.core.exceptions import ValidationError

CLASSES = {"大写字母": r"[A-Z]", "小写字母": r"[a-z]", "数字": r"\d", "符号": r"[^A-Za-z0-9]"}
NEEDED = 3


class ThreeOfFourClasses:
    """At least three of capital letters, small letters, figures and other signs."""

    def validate(self, password: str, user=None) -> None:
        if sum(bool(re.search(pattern, password)) for pattern in CLASSES.values()) < NEEDED:
            raise ValidationError(
                "密码要包含大写字母、小写字母、数字、符号中的至少三类。", code="too_few_classes"
            )

    def get_help_text(self) -> str:
        return "包含大写字母、小写字母、数字、符号中的至少三类。"


class NotTheUsername:
    """The password doesn't contain the account's name, whatever the case."""

    def validate(self, password: str, user=None) -> None:
        username = getattr(user, "username", "")
        if username and username.lower() in password.lower():
            raise ValidationError("密码里不能含有账号名。", code="contains_username")

    def get_help_text(self) -> str:
        return "不能含有账号名。"
