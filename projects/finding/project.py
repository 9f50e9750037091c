"""What the search box finds among projects."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from core.actor import Actor
from core.search import Hit
from projects.models import Project


def find_projects(actor: Actor, text: str, limit: int) -> Iterator[Hit]:
    """Projects the actor may see whose name or number holds the text, newest first."""
    rows = Project.objects.visible_to(actor).filter(Q(title__icontains=text) | Q(number__icontains=text))
    for project in rows.select_related("place").order_by("-pk")[:limit]:
        yield Hit(
            project.title, f"{project.place} · {project.get_status_display()}", project.get_absolute_url()
        )


def list_address(text: str) -> str:
    """The list of all projects that match."""
    return f"{reverse('projects:project_list')}?{urlencode({'q': text})}"
