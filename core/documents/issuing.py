"""Issuing a paper (印发): its bytes are kept as they are, with a code by which anybody can check it."""

import hashlib

from django.core.files.base import ContentFile
from django.db import models, transaction
from django.utils import timezone

from core.actor import Actor
from core.clock import today
from core.documents.paper import Paper
from core.documents.text import one_line
from core.documents.verification import check_mark, new_code, spaced
from core.errors import NotAllowed, RuleViolation
from core.history import write_history
from core.models import IssuedDocument

# What Windows and the web forbid in file names.
FORBIDDEN_IN_NAMES = str.maketrans(dict.fromkeys('\\/:*?"<>|', "_"))


def refuse_readers(actor: Actor) -> None:
    """Nobody issues or withdraws papers without being signed in to work."""
    if actor.is_anonymous or actor.is_read_only:
        raise NotAllowed("您当前的身份不能办理文件。")


@transaction.atomic
def issue_document(
    *, about: models.Model, kind: str = "", title: str = "", content: Paper, actor: Actor
) -> IssuedDocument:
    """Print the code and QR into the paper, store it, and note it in the timeline of ``about``.

    ``kind`` and ``title`` are the paper's own unless given. Whether the actor may issue this paper is decided
    by the action that calls. Raises `RuleViolation` without a title, `NotAllowed` for readers.
    """
    refuse_readers(actor)
    name = one_line(title or content.title)
    if not name:
        raise RuleViolation("请填写文件标题。", field="title", code="title_required", is_input=True)
    code = new_code()
    data = content.save(check_mark(code))
    document = IssuedDocument(
        about=about,
        kind=IssuedDocument.Kind(kind or content.kind),
        title=name[:300],
        number=content.number[:80],
        body=content.issuer[:200],
        dated_on=content.on or today(),
        code=code,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        place_code=getattr(about, "place_code", "") or "",
        issued_by_id=actor.user_id,
        issued_label=actor.label or actor.name,
    )
    document.file.save(f"{code}.docx", ContentFile(data), save=False)
    document.save(force_insert=True)
    note = f"{document.get_kind_display()}《{name}》，核验码 {spaced(code)}"
    write_history(about=about, move="issue_document", label="印发文件", actor=actor, note=note)
    return document


@transaction.atomic
def withdraw_document(*, document: IssuedDocument, reason: str, actor: Actor) -> IssuedDocument:
    """Take a paper back (撤回): it stays stored, and the check page says that it is no longer valid."""
    refuse_readers(actor)
    if not reason.strip():
        raise RuleViolation("请填写撤回原因。", field="reason", code="reason_required", is_input=True)
    locked = IssuedDocument.objects.select_for_update().get(pk=document.pk)
    if locked.is_withdrawn:
        raise RuleViolation("这份文件已经撤回。", code="already_withdrawn")
    locked.withdrawn_at = timezone.now()
    locked.withdrawn_by_id = actor.user_id
    locked.withdrawn_label = actor.label or actor.name
    locked.withdrawal_reason = reason.strip()
    locked.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_label", "withdrawal_reason"])
    note = f"《{locked.title}》：{locked.withdrawal_reason}"
    write_history(about=locked.about, move="withdraw_document", label="撤回文件", actor=actor, note=note)
    return locked


def file_name(document: IssuedDocument) -> str:
    """The name under which a person saves the paper: its title."""
    return f"{document.title[:80].translate(FORBIDDEN_IN_NAMES)}.docx"
