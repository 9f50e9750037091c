"""How reporting knows that a number may have changed: every statement that writes counted rows leaves a mark.

The triggers hang on proxies, because the counted tables belong to `units` and `projects`, which know nothing of reporting.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from projects.models import (
    Need,
    PointsEntry,
    Project,
    ProjectClaim,
    Session,
    SessionEvaluation,
    VolunteerRecord,
)
from units.models import (
    Attendance,
    BodyMember,
    BodySeat,
    CoverageSpell,
    Division,
    Instructor,
    Issue,
    JointActivity,
    Meeting,
    OperatingSpell,
    PartyOrganization,
    PartySecretary,
    RegionalBody,
    Resolution,
    Unit,
)

# A trigger function; 510107 is the number of the lock under which marks are folded.
MARK = """
            INSERT INTO reporting_countedchange (topic, weight) VALUES ('<topic>', 1 + floor(random() * 1000000)::bigint);
            IF random() < 0.02 AND current_setting('transaction_isolation') = 'read committed'
               AND pg_try_advisory_xact_lock(510107) THEN
                WITH held AS (
                    SELECT id FROM reporting_countedchange WHERE topic = '<topic>' FOR UPDATE SKIP LOCKED
                ), gone AS (
                    DELETE FROM reporting_countedchange WHERE id IN (SELECT id FROM held) RETURNING weight
                )
                INSERT INTO reporting_countedchange (topic, weight)
                SELECT '<topic>', sum(weight) FROM gone HAVING count(*) > 0;
            END IF;
            RETURN NULL;
        """


class CountedChange(models.Model):
    """Marks of writes to what is counted (统计变更标记); the sum of a topic's weights is its version.

    Writers only insert, so they never wait for each other, and a reader sees exactly the marks of what it sees:
    equal sums mean equal data. Weights are random so that two histories that part after a restored backup do
    not meet in the same sum again.
    """

    class Topic(models.TextChoices):
        FACTS = "facts", "单位、党组织与覆盖"
        PLACES = "places", "区划"

    topic = models.CharField("主题", max_length=8, choices=Topic.choices)
    weight = models.BigIntegerField("份量")

    class Meta:
        verbose_name = verbose_name_plural = "统计变更标记"

    def __str__(self) -> str:
        return f"{self.topic} {self.weight}"


def mark(topic: str) -> pgtrigger.Trigger:
    """A statement trigger that leaves a mark, and now and then folds the old ones into one.

    Folding keeps the sum. It takes only rows nobody holds, under a lock nobody waits for, and only where reading
    committed rows is allowed, so it can neither block nor fail a writer.
    """
    return pgtrigger.Trigger(
        name=f"mark_{topic}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
        func=MARK.replace("<topic>", topic),
    )


def counted(model: type[models.Model], topic: str = CountedChange.Topic.FACTS) -> type[models.Model]:
    """A proxy ``Counted<Model>`` whose only purpose is the trigger on the model's table."""
    meta = type("Meta", (), {"proxy": True, "app_label": "reporting", "triggers": [mark(topic)]})
    return type(f"Counted{model.__name__}", (model,), {"__module__": __name__, "Meta": meta})


COUNTED = [
    counted(model)
    for model in (
        Attendance,
        BodyMember,
        BodySeat,
        CoverageSpell,
        Instructor,
        Issue,
        JointActivity,
        Meeting,
        Need,
        OperatingSpell,
        PartyOrganization,
        PartySecretary,
        PointsEntry,
        Project,
        ProjectClaim,
        RegionalBody,
        Resolution,
        Session,
        SessionEvaluation,
        Unit,
        VolunteerRecord,
    )
]
COUNTED_PLACES = counted(Division, CountedChange.Topic.PLACES)


class SnapshotQuerySet(models.QuerySet):
    def visible_to(self, actor):
        """Frozen values are published (api.md ○)."""
        return self

    def current(self):
        """The newest version of each value."""
        return self.order_by("indicator", "place_code", "period", "-formula_version").distinct(
            "indicator", "place_code", "period"
        )


class IndicatorSnapshot(models.Model):
    """One indicator of one place at the end of one month, frozen (月末快照): printed the same for ever.

    ``rows`` keeps what the figure is broken into, by level: ``{"community": [[code, name, path_name, level,
    numerator, denominator, parts], …]}``. A restatement (重述) is a further row with the next ``formula_version``
    and a note; the old row stays.
    """

    indicator = models.CharField("指标", max_length=40)
    place_code = models.CharField("区划代码", max_length=32, db_collation="C")
    place_name = models.CharField("地方", max_length=160)
    place_level = models.CharField("级别", max_length=16, choices=Division.Level.choices)
    period = models.CharField("月份", max_length=7)
    formula_version = models.PositiveIntegerField("口径版本")
    numerator = models.BigIntegerField("分子")
    denominator = models.BigIntegerField("分母", null=True)
    parts = models.JSONField("分项", default=dict, blank=True)
    rows = models.JSONField("下级", default=dict, blank=True)
    frozen_at = models.DateTimeField("冻结时间")
    frozen_by = models.CharField("冻结人", max_length=120)
    note = models.CharField("重述说明", max_length=300, blank=True)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "月末快照"
        ordering = ["-period", "indicator", "place_code", "formula_version"]
        constraints = [
            models.UniqueConstraint(
                fields=["period", "indicator", "place_code", "formula_version"],
                name="snapshot_once",
                violation_error_message="这个月的快照已经冻结。",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete),
            mark(CountedChange.Topic.FACTS),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.place_name} {self.period}"


class FrozenMembers(models.Model):
    """Which rows made up a frozen figure (冻结名单), so that the number of a past month opens into its own list.

    One row for each place at which members of a cell lay when it was frozen. ``counts`` says what each brings to the
    figure where the rows are added up instead of counted. A row with an empty ``cell`` says that lists were kept at all.
    """

    indicator = models.CharField("指标", max_length=40)
    period = models.CharField("月份", max_length=7)
    formula_version = models.PositiveIntegerField("口径版本")
    cell = models.CharField("格", max_length=20, blank=True)
    place_code = models.CharField("区划代码", max_length=32, db_collation="C")
    ids = ArrayField(models.BigIntegerField(), verbose_name="名单")
    counts = ArrayField(models.BigIntegerField(), null=True, verbose_name="各计多少")
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "冻结名单"
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "period", "formula_version", "cell", "place_code"],
                name="frozen_members_once",
                violation_error_message="这个月的名单已经冻结。",
            ),
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.indicator} {self.place_code} {self.period} {self.cell}"
