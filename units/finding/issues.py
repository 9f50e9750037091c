"""What the search box finds among issues: by title and number, never by whoever reported them."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from core.actor import Actor
from core.search import Hit
from units.models import Issue


def find_issues(actor: Actor, text: str, limit: int) -> Iterator[Hit]:
    """Issues the actor may see, the latest first."""
    rows = (
        Issue.objects.visible_to(actor)
        .filter(Q(title__icontains=text) | Q(number__icontains=text))
        .select_related("place")
    )
    for issue in rows.order_by("-registered_on", "-pk")[:limit]:
        yield Hit(
            issue.title,
            f"{issue.number} · {issue.get_status_display()} · {issue.place}",
            issue.get_absolute_url(),
        )


def issue_list_address(text: str) -> str:
    """The register with all issues that match."""
    return f"{reverse('units:issue_list')}?{urlencode({'q': text})}"
