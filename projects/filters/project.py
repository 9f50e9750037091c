"""Filters of the lists of projects and claims; page and API share them."""

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q

from core.access import actor_of
from core.clock import today
from core.codes import under
from projects.models import Milestone, Project, ProjectClaim
from units.models import Division

FILTERED_LEVELS = (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)


def choosable_places(request=None):
    """Subdistricts and communities in the order of their codes."""
    return Division.objects.filter(level__in=FILTERED_LEVELS).order_by("code")


class PlaceFilter(django_filters.ModelChoiceFilter):
    """Rows at or below a place, given by its code."""

    def __init__(self, **kwargs):
        super().__init__(queryset=choosable_places, to_field_name="code", label="实施地", **kwargs)

    def filter(self, qs, value):
        return qs.filter(under(value.code)) if value else qs


YES_NO = (("true", "是"), ("false", "否"))


class YesNoFilter(django_filters.ChoiceFilter):
    """``true`` or ``false``; anything else is refused."""

    def __init__(self, **kwargs):
        super().__init__(choices=YES_NO, **kwargs)

    def filter(self, qs, value):
        return self.narrow(qs, value == "true") if value else qs

    def narrow(self, rows, is_yes: bool):
        return rows.filter(**{self.field_name: is_yes})


Status = Project.Status
# What a clerk looks for, in the order in which a project comes through it.
PHASES = {
    "drafting": ("起草、审核中", (Status.DRAFT, Status.PROPOSED, Status.REVIEW)),
    "claiming": ("认领中", (Status.OPEN, Status.UNCLAIMED, Status.CLAIMED)),
    "working": ("实施中", (Status.RUNNING, Status.SUSPENDED)),
    "accepting": ("验收中", (Status.TO_ACCEPT, Status.FIXING)),
    "finished": ("已完成", Project.ACCEPTED_STATUSES),
    "ended": ("已撤销", (Status.TERMINATED,)),
}


class ClaimableFilter(YesNoFilter):
    """Open for a lead today, or not."""

    def narrow(self, rows, is_yes: bool):
        open_now = rows.open().filter(claim_due_on__gte=today())
        return open_now if is_yes else rows.exclude(pk__in=open_now.order_by().values("pk"))


class MineFilter(YesNoFilter):
    """Projects the actor's unit carries out or asked for; for staff, those of the own place."""

    def narrow(self, rows, is_yes: bool):
        actor = actor_of(self.parent.request)
        mine = Q(pk__in=ProjectClaim.objects.open().of_unit(actor.unit_id or 0).values("project_id"))
        if actor.unit_id is None:
            mine = under(actor.place_code) if actor.place_code else Q(author_id=actor.user_id or 0)
        return rows.filter(mine) if is_yes else rows.exclude(mine)


class OverdueFilter(YesNoFilter):
    """With a milestone past its day, or past its own last day, while it is carried out; or not."""

    def narrow(self, rows, is_yes: bool):
        on = today()
        late = Exists(Milestone.objects.filter(project=OuterRef("pk"), done_on__isnull=True, due_on__lt=on))
        is_late = Q(status__in=PHASES["working"][1]) & (Q(late) | Q(end_on__lt=on))
        return rows.filter(is_late) if is_yes else rows.exclude(is_late)


class ProjectFilter(django_filters.FilterSet):
    """Projects of a place, a kind, a phase; open for claims today, the actor's own, behind their days."""

    phase = django_filters.ChoiceFilter(
        label="阶段", choices=[(slug, label) for slug, (label, _) in PHASES.items()], method="filter_phase"
    )
    claimable = ClaimableFilter(label="现在可认领")
    mine = MineFilter(label="与我有关")
    place = PlaceFilter()
    theme = django_filters.ChoiceFilter(label="主题", choices=Project.Theme.choices)
    domain = django_filters.ChoiceFilter(label="领域", choices=Project.Domain.choices)
    term = django_filters.ChoiceFilter(label="期限", choices=Project.Term.choices)
    is_regular = YesNoFilter(label="常态化", field_name="is_regular")
    origin = django_filters.ChoiceFilter(label="来源", choices=Project.Origin.choices)
    claim_mode = django_filters.ChoiceFilter(label="认领方式", choices=Project.ClaimMode.choices)
    overdue = OverdueFilter(label="进度落后")
    status = django_filters.ChoiceFilter(label="状态", choices=Project.Status.choices)
    due_before = django_filters.DateFilter(
        label="认领截止不晚于", field_name="claim_due_on", lookup_expr="lte", widget=forms.DateInput
    )

    class Meta:
        model = Project
        fields: list[str] = []

    def filter_phase(self, rows, name, slug: str):
        return rows.filter(status__in=PHASES[slug][1])


# What the table of progress is about: from the first confirmed unit to acceptance.
UNDER_WAY = (Status.CLAIMED, *PHASES["working"][1], *PHASES["accepting"][1], *Project.ACCEPTED_STATUSES)
PROGRESS_PHASES = ("working", "accepting", "finished")


class ProgressFilter(django_filters.FilterSet):
    """Projects under way of a place, a term, a phase, behind their days, of the actor's own."""

    place = PlaceFilter()
    phase = django_filters.ChoiceFilter(
        label="阶段", choices=[(slug, PHASES[slug][0]) for slug in PROGRESS_PHASES], method="filter_phase"
    )
    overdue = OverdueFilter(label="进度落后")
    mine = MineFilter(label="与我有关")
    term = django_filters.ChoiceFilter(label="期限", choices=Project.Term.choices)
    domain = django_filters.ChoiceFilter(label="领域", choices=Project.Domain.choices)

    class Meta:
        model = Project
        fields: list[str] = []

    def filter_phase(self, rows, name, slug: str):
        return rows.filter(status__in=PHASES[slug][1])


class RescueFilter(django_filters.FilterSet):
    """Unclaimed projects of a place and a domain."""

    place = PlaceFilter()
    domain = django_filters.ChoiceFilter(label="领域", choices=Project.Domain.choices)

    class Meta:
        model = Project
        fields: list[str] = []


class ClaimFilter(django_filters.FilterSet):
    place = PlaceFilter()
    status = django_filters.ChoiceFilter(label="状态", choices=ProjectClaim.Status.choices)
    kind = django_filters.ChoiceFilter(label="认领方式", choices=ProjectClaim.Kind.choices)

    class Meta:
        model = ProjectClaim
        fields: list[str] = []


class ClaimApiFilter(ClaimFilter):
    """What the API adds: the claims on one project or of one unit, by number."""

    project = django_filters.NumberFilter(field_name="project_id", min_value=1, max_value=2**63 - 1)
    unit = django_filters.NumberFilter(field_name="unit_id", min_value=1, max_value=2**63 - 1)
