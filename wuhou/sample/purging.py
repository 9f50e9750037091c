"""Taking the sample away: what is marked, and whatever can't stand without it; real rows stay.

Nothing here names a table: the rows to delete are found along the foreign keys of all models, so that a mechanism
added later is purged without a change here, as long as its rows are marked or hang on marked ones.
"""

from collections import defaultdict
from collections.abc import Iterator

import pgtrigger
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction

from accounts.models import User
from core.models import About, DeploymentFact, HistoryEntry, IssuedDocument, Job, NumberSequence
from projects.models import CallBack, Need, PointsCard, Project, Redemption, Resource
from units.models import CoverageSpell, Division, Issue, PartyOrganization
from wuhou.sample.facts import SAMPLE_FACT

MARK = "is_sample"
Doomed = dict[type[models.Model], set[int]]


@transaction.atomic
def purge_sample() -> int:
    """Delete the sample district; returns how many rows went. Twice changes nothing."""
    keep_what_real_units_need()
    keep_where_real_rows_lie()
    doomed = find_doomed()
    with pgtrigger.ignore(*protections()):
        let_go(doomed)
        for model, keys in doomed.items():
            model._base_manager.filter(pk__in=keys)._raw_delete(using="default")
        forget_draws()
    forget_numbers()
    DeploymentFact.objects.filter(name=SAMPLE_FACT).delete()
    # The foreign keys are checked here, not at commit, so that a mistake is seen while everything can be undone.
    connection.check_constraints()
    return sum(map(len, doomed.values()))


def protections() -> list[str]:
    """The triggers that refuse to change or delete; those that count go on counting."""
    return [
        f"{model._meta.label}:{trigger.name}"
        for model, trigger in pgtrigger.registered()
        if isinstance(trigger, pgtrigger.Protect | pgtrigger.ReadOnly)
    ]


def keep_what_real_units_need() -> None:
    """A sample organization that covers a real unit is real from now on."""
    needed = set(
        CoverageSpell.objects.filter(unit__is_sample=False).values_list("organization_id", flat=True)
    )
    PartyOrganization.objects.filter(is_sample=True, pk__in=needed).update(is_sample=False)


def keep_where_real_rows_lie() -> None:
    """A sample section, courtyard or building in which something real lies is real from now on, with those above it."""
    kept = set(
        Division.objects.filter(children__is_sample=False, is_sample=True).values_list("code", flat=True)
    )
    for link in links():
        if link.related_model is Division and link.model is not Division and has_mark(link.model):
            real = link.model._base_manager.filter(**{MARK: False, f"{link.name}__is_sample": True})
            kept.update(real.values_list(f"{link.name}__code", flat=True))
    for code in kept:
        above = [code[:length] for length in range(1, len(code) + 1)]
        Division.objects.filter(is_sample=True, code__in=above).update(is_sample=False)


def all_models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]


def has_mark(model: type[models.Model]) -> bool:
    return any(field.name == MARK for field in model._meta.concrete_fields)


def links() -> Iterator[models.ForeignKey]:
    """Every foreign key in the database."""
    for model in all_models():
        yield from (field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey))


def falls_with(link: models.ForeignKey) -> bool:
    """Whether a row falls with the one it points at, rather than merely losing the pointer."""
    is_own_job = link.model is Job and link.related_model is User
    return not link.null or link.remote_field.on_delete is models.CASCADE or is_own_job


def find_doomed() -> Doomed:
    """Marked rows, then round by round the rows that can't stand without those found before."""
    found: Doomed = defaultdict(set)
    new: Doomed = {
        model: set(model._base_manager.filter(**{MARK: True}).values_list("pk", flat=True))
        for model in all_models()
        if has_mark(model)
    }
    while any(new.values()):
        for model, keys in new.items():
            found[model] |= keys
        new = {model: keys - found[model] for model, keys in dependents(new).items()}
    return {model: keys for model, keys in found.items() if keys}


def dependents(doomed: Doomed) -> Doomed:
    """Rows that fall with these: by a foreign key, or because they speak about one of them."""
    rows: Doomed = defaultdict(set)
    for link in links():
        keys = doomed.get(link.related_model)
        if keys and falls_with(link):
            rows[link.model].update(keys_of(link.model, {f"{link.name}__in": keys}))
    speakers = [model for model in all_models() if issubclass(model, About)]
    for model, keys in doomed.items():
        kind = ContentType.objects.get_for_model(model, for_concrete_model=False).pk
        for speaker in speakers if keys else ():
            rows[speaker].update(keys_of(speaker, {"about_type_id": kind, "about_id__in": keys}))
    return rows


def keys_of(model: type[models.Model], condition: dict) -> Iterator[int]:
    return model._base_manager.filter(**condition).values_list("pk", flat=True)


def let_go(doomed: Doomed) -> None:
    """Real rows that point at doomed ones lose the pointer; the timeline keeps the words of who it was."""
    for link in links():
        keys = doomed.get(link.related_model)
        if keys and not falls_with(link):
            rows = link.model._base_manager.filter(**{f"{link.name}__in": keys})
            rows.exclude(pk__in=doomed.get(link.model, ())).update(**{link.name: None})


def forget_draws() -> None:
    """A real place keeps no word of call-backs drawn from invented records."""
    drawn = HistoryEntry.objects.filter(move="draw_call_backs")
    if not CallBack.objects.exists():
        drawn._raw_delete(using="default")


def forget_numbers() -> None:
    """Numbers begin at 1 again where no real row has any."""
    numbered = {
        "project:": Project.objects.exclude(number=None),
        "issue:": Issue.objects.all(),
        "document:": IssuedDocument.objects.all(),
        "need:": Need.objects.all(),
        "resource:": Resource.objects.all(),
        "points-card:": PointsCard.objects.all(),
        "redemption:": Redemption.objects.all(),
    }
    for series, rows in numbered.items():
        if not rows.exists():
            NumberSequence.objects.filter(name__startswith=series).delete()
