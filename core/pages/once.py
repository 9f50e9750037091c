"""One form, one effect: a form posted twice as it is (a double press, a repeated request) answers with the first redirect.

Kept like the API's idempotency keys, for as long. The key holds what was typed, too: whoever goes back and types something
else makes another entry.
"""

from collections.abc import Callable
from hashlib import sha256
from secrets import token_urlsafe

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from core.api.idempotency import claim, sweep
from core.models import IdempotencyRecord

FIELD = "once"
LONGEST = 40


def new_token() -> str:
    """A token for a form that is shown."""
    return token_urlsafe(18)


def posted_token(request: HttpRequest) -> str:
    """The token of a posted form; empty for one that can't be ours."""
    text = request.POST.get(FIELD, "")
    return text if len(text) <= LONGEST and text.isascii() and text.isprintable() else ""


def typed(request: HttpRequest) -> str:
    """What makes two posts the same: the address, every field and the content of every file."""
    digest = sha256(request.get_full_path().encode())
    for name in sorted(set(request.POST) - {"csrfmiddlewaretoken"}):
        for value in request.POST.getlist(name):
            digest.update(f"\n{name}={len(value)}:{value}".encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            digest.update(f"\n{name}={file.size}:{file.name}".encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()


def once(request: HttpRequest, owner: str, run: Callable[[], HttpResponse]) -> tuple[HttpResponse, bool]:
    """Run the write unless this form was posted before; returns the answer, and whether it is the first one's again.

    Only a redirect is kept: a form that was refused may be sent again. A second post waits for the first one's end.
    """
    token = posted_token(request)
    if not token:
        return run(), False
    mark = typed(request)
    key = f"{token}:{mark}"
    with transaction.atomic():
        sweep()
        if not claim(owner, key, mark):
            kept = IdempotencyRecord.objects.get(owner=owner, key=key)
            return HttpResponseRedirect(kept.body), True
        response = run()
        mine = IdempotencyRecord.objects.filter(owner=owner, key=key)
        if isinstance(response, HttpResponseRedirect):
            mine.update(status_code=response.status_code, body=response.url)
        else:
            mine.delete()
        return response, False
