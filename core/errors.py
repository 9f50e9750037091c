"""The one way to say no: a sentence a clerk understands, with the field it belongs to."""

NUL_SENTENCE = "内容里有不可见的空字符（NUL），请去掉后再提交。"


class RuleViolation(Exception):
    """A rule or the present state refuses what was asked.

    Pages show the sentence beside ``field`` (or on top of the form), the API answers 409, or 400 when
    ``is_input`` says that the input itself is wrong. ``code`` is a stable English slug.
    """

    def __init__(
        self, message: str, *, field: str | None = None, code: str = "refused", is_input: bool = False
    ):
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code
        self.is_input = is_input

    def __str__(self) -> str:
        return self.message


class InputError(RuleViolation):
    """Input that can't be right whatever the state is (API: 400)."""

    def __init__(self, message: str, *, field: str | None = None, code: str = "invalid"):
        super().__init__(message, field=field, code=code, is_input=True)


class NotAllowed(RuleViolation):
    """The actor's role or place doesn't allow this verb (page: 403 or a sentence, API: 403)."""

    def __init__(self, message: str, *, code: str = "permission_denied"):
        super().__init__(message, code=code)


class StaleVersion(RuleViolation):
    """Somebody changed the row since this person read it (page: both texts shown, API: 412)."""

    def __init__(self, message: str = "这条记录刚刚被别人修改过，请核对后再保存。", *, current=None):
        super().__init__(message, code="stale")
        self.current = current
