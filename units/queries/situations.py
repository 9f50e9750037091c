"""How a unit stands with its party organization (法人单位建立党组织情况), on a day: the words of ledgers and tables.

Source: domain.md §2.0.3. A unit has one situation: its own committee, general branch or branch, a joint branch, or none,
with three full members (应建未建), with a few members, or with none at all.
"""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Case, CharField, Exists, OuterRef, Q, Subquery, Value, When

from units.indicators.coverage import spell_of
from units.models import CoverageSpell, Instructor, PartyOrganization


class Situation(models.TextChoices):
    """法人单位建立党组织情况."""

    COMMITTEE = "committee", "建立党委"
    GENERAL_BRANCH = "general_branch", "建立党总支"
    BRANCH = "branch", "建立党支部"
    JOINT = "joint", "参加联合党支部"
    DUE = "due", "应建未建"
    FEW_MEMBERS = "few_members", "仅有个别党员"
    NO_MEMBER = "no_member", "没有党员"


STANDALONE = (Situation.COMMITTEE, Situation.GENERAL_BRANCH, Situation.BRANCH)
WITHOUT = (Situation.DUE, Situation.FEW_MEMBERS, Situation.NO_MEMBER)
MODE, CATEGORY = "mode_on", "organization_category_on"
COMMITTEES = (PartyOrganization.Category.COMMITTEE, PartyOrganization.Category.TEMPORARY_COMMITTEE)
GENERAL_BRANCHES = (
    PartyOrganization.Category.GENERAL_BRANCH,
    PartyOrganization.Category.TEMPORARY_GENERAL_BRANCH,
)
ORDER = (
    (Q(**{MODE: CoverageSpell.Mode.JOINT}), Situation.JOINT),
    (Q(**{f"{MODE}__isnull": False, f"{CATEGORY}__in": COMMITTEES}), Situation.COMMITTEE),
    (Q(**{f"{MODE}__isnull": False, f"{CATEGORY}__in": GENERAL_BRANCHES}), Situation.GENERAL_BRANCH),
    (Q(**{f"{MODE}__isnull": False}), Situation.BRANCH),
    (Q(members_full__gte=3), Situation.DUE),
    (Q(members_total__gte=1), Situation.FEW_MEMBERS),
)
SITUATION = Case(
    *[When(condition, then=Value(situation.value)) for condition, situation in ORDER],
    default=Value(Situation.NO_MEMBER.value),
    output_field=CharField(),
)


def with_situation(units: models.QuerySet, day: date) -> models.QuerySet:
    """Units (already annotated with ``mode_on``) with ``situation`` and ``is_instructed`` on a day."""
    covered = spell_of(CoverageSpell, day)
    category = {CATEGORY: Subquery(covered.values("organization__category"))}
    return units.annotate(**category).annotate(situation=SITUATION, is_instructed=Exists(sent_on(day)))


def sent_on(day: date) -> models.QuerySet:
    """The instructor sent to the outer unit on a day."""
    still = Q(to_on__isnull=True) | Q(to_on__gt=day)
    return Instructor.objects.filter(still, unit=OuterRef("pk"), from_on__lte=day).order_by()


def about_organization(day: date) -> dict[str, Any]:
    """Annotations on the organization that covers the outer unit: secretary, term, and the instructor's name."""
    covered = spell_of(CoverageSpell, day)
    return {
        "secretary_on": Subquery(covered.values("organization__secretary__name")),
        "term_end_on": Subquery(covered.values("organization__term_end")),
        "established_on": Subquery(covered.values("organization__established_on")),
        "instructor_on": Subquery(sent_on(day).values("person__name")[:1]),
    }
