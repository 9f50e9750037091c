"""Regional bodies (区域化组织, 功能型): never counted as party organizations on the establishment."""

from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from core.models import PlacedQuerySet
from core.roles import DISTRICT_STAFF, STAFF, Role
from core.workflow import StatusModel, move
from units.models.organizations import PartyOrganization
from units.models.people import Person, SpellQuerySet
from units.models.places import Division
from units.models.units import Unit


class RegionalBodyQuerySet(PlacedQuerySet):
    def visible_to(self, actor):
        """Bodies and their posts are open to everybody who works in the portal."""
        return self if actor.is_system or actor.sees_business_data else self.none()

    def running(self):
        return self.filter(status__in=RegionalBody.RUNNING)

    def running_on(self, on: date):
        """Bodies that were at work on a day, whatever has become of them since."""
        return self.filter(Q(to_on__isnull=True) | Q(to_on__gt=on), from_on__lte=on)

    def with_one_secretary(self, on: date):
        """Committees with ``has_one_secretary``: theirs is the party committee's too (一肩挑), on a day."""
        return self.annotate(has_one_secretary=Exists(secretaries_in_both(OuterRef("pk"), on)))


class RegionalBody(StatusModel):
    """A functional body of the region (区域化组织): one of each kind at each place (domain.md §2(a), §2(b), §2(c)).

    ``secretary_note`` is the district's word where the secretary differs from the party committee's (一肩挑).
    """

    class Kind(models.TextChoices):
        ASSEMBLY = "assembly", "区域党员代表会议"
        COMMITTEE = "committee", "区域党委"
        OFFICE = "office", "区域党委办公室"
        JOINT_MEETING = "joint_meeting", "区域党建联席会"
        COMPREHENSIVE = "comprehensive", "区域综合党委"

    class Status(models.TextChoices):
        PLANNED = "planned", "拟设"
        APPROVED = "approved", "已批复"
        RUNNING = "running", "运行"
        RE_ELECTING = "re_electing", "换届中"
        DISSOLVED = "dissolved", "已撤销"

    TIERS = (Kind.ASSEMBLY, Kind.COMMITTEE, Kind.OFFICE)
    RUNNING = (Status.RUNNING, Status.RE_ELECTING)
    STAFF_ABOVE = frozenset({Role.SUBDISTRICT}) | DISTRICT_STAFF
    MOVES = (
        move(
            "approve", "批复成立", "planned", "approved", STAFF_ABOVE, standing="above", not_author=True, tone="primary",
            needs_note=True, note_label="批复文号",
        ),
        move("start", "开始运行", "approved", "running", STAFF_ABOVE | {Role.COMMUNITY}, tone="primary"),
        move("re_elect", "启动换届", "running", "re_electing", STAFF_ABOVE | {Role.COMMUNITY}),
        move(
            "re_elected", "换届完成", "re_electing", "running", STAFF_ABOVE, standing="above", tone="primary", needs_note=True,
            note_label="换届批复文号",
        ),
        move(
            "dissolve", "撤销", ["planned", "approved", "running", "re_electing"], "dissolved", STAFF_ABOVE, standing="above",
            needs_note=True, note_label="撤销的依据", tone="danger",
        ),
    )  # fmt: skip
    # These ask for days besides a note; their buttons lead to a form.
    FORM_MOVES = ("start", "re_elected")
    STATUS_TONES = {"running": "ok", "re_electing": "wait", "dissolved": "off"}
    STEPS = ("planned", "approved", "running")

    kind = models.CharField("类型", max_length=16, choices=Kind.choices)
    place = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="regional_bodies", verbose_name="所在地"
    )
    place_code = models.CharField("区划代码", max_length=32, db_collation="C", editable=False)
    name = models.CharField("名称", max_length=120)
    term_no = models.PositiveSmallIntegerField("届次", default=1)
    term_start = models.DateField("本届开始", null=True, blank=True)
    term_end = models.DateField("本届届满", null=True, blank=True)
    approval_no = models.CharField("批复文号", max_length=60, blank=True)
    secretary_note = models.CharField("书记不一致的说明", max_length=200, blank=True)
    cadence_months = models.PositiveSmallIntegerField("会议周期（月）", null=True, blank=True)
    from_on = models.DateField("成立日期", null=True, blank=True)
    to_on = models.DateField("撤销日期", null=True, blank=True)
    roster_confirmed_on = models.DateField("名册最近核对", null=True, blank=True, editable=False)
    charter = models.TextField("章程", max_length=4000, blank=True)
    has_rotating_chair = models.BooleanField("实行轮值主席", default=False)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.PLANNED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="登记人"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    is_sample = models.BooleanField("演示数据", default=False, editable=False)

    objects = RegionalBodyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "区域化组织"
        ordering = ["place_code", "kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "place"],
                condition=~Q(status="dissolved") & ~Q(kind="comprehensive"),
                name="body_one_active_per_kind_and_place",
                violation_error_message="这个地方已经有同类的区域化组织，不能再设一个。",
            ),
            models.CheckConstraint(
                condition=Q(term_end__isnull=True) | Q(term_end__gt=F("term_start")),
                name="body_term_in_order",
                violation_error_message="届满日期要晚于本届开始日期。",
            ),
        ]
        indexes = [models.Index(fields=["place_code", "kind"], name="body_place")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs) -> None:
        # The copy follows what it repeats, whoever saves.
        self.place_code = self.place.code
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("units:body_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("units:body_move", args=[self.pk, name])

    def stands_above(self, actor) -> bool:
        """Above the body's place; for the district's own bodies, which have nothing above them here, at it."""
        is_top = self.place.level == Division.Level.DISTRICT
        return actor.stands_over(self.place_code) and (is_top or actor.place_code != self.place_code)

    def is_term_over(self, on: date) -> bool:
        """Whether the term has ended without a re-election (届满未换)."""
        return self.status in self.RUNNING and self.term_end is not None and self.term_end < on


class PartySecretary(models.Model):
    """Who is secretary of a party organization (党组织书记) from when to when; the organization repeats the present one."""

    organization = models.ForeignKey(
        PartyOrganization, on_delete=models.CASCADE, related_name="secretaries", verbose_name="党组织"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="书记")
    from_on = models.DateField("任职日期")
    to_on = models.DateField("免职日期", null=True, blank=True)

    objects = SpellQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "党组织书记"
        ordering = ["organization_id", "-from_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")),
                name="party_secretary_in_order",
                violation_error_message="免职日期要晚于任职日期。",
            ),
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(to_on__isnull=True),
                name="party_secretary_one",
                violation_error_message="这个党组织已经有现任书记。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}（{self.organization}）"


def own_conferences(actor) -> models.QuerySet:
    """The joint meetings that an actor's unit is a member of."""
    return BodyMember.objects.filter(unit_id=actor.unit_id, to_on__isnull=True)


class PostQuerySet(SpellQuerySet):
    """Posts in bodies. Staff read them all, a unit those of its own conferences (domain.md §3, row RegionalBody/Seat)."""

    body_field = "body"

    def visible_to(self, actor):
        if actor.is_system or actor.role in STAFF:
            return self
        if not actor.sees_business_data:
            return self.none()
        return self.filter(self.near(actor) | self.public())

    def near(self, actor) -> Q:
        """Posts at the places of a unit's own conferences, or at a representative's place and those above it."""
        field = self.body_field
        if actor.unit_id:
            return Q(**{f"{field}__in": own_conferences(actor).values("body_id")}) | Q(
                **{f"{field}__place__in": own_conferences(actor).values("body__place_id")}
            )
        codes = [actor.place_code[:length] for length in range(1, len(actor.place_code) + 1)]
        return Q(**{f"{field}__place_code__in": codes})

    def public(self) -> Q:
        return Q(pk__in=[])


class StagedPostQuerySet(PostQuerySet):
    """Posts that people come into by stages: those held are told from those under way."""

    def visible_to(self, actor):
        """Who isn't staff reads those held (now or before) and publicized; proposals are the staff's own."""
        rows = super().visible_to(actor)
        if actor.is_system or actor.role in STAFF:
            return rows
        return rows.filter(status__in=(self.model.HELD, "ended", "publicized"))

    def held(self):
        """Held now or meant to be held on: neither ended nor still under way."""
        return self.filter(status=self.model.HELD, to_on__isnull=True)

    def under_way(self):
        """On the way in: proposed, checked or publicized."""
        return self.filter(status__in=self.model.UNDER_WAY)


class SeatQuerySet(StagedPostQuerySet):
    def public(self) -> Q:
        """Who sits in a committee, and whom a publicity names, anybody may read (domain.md §3: 委员姓名、职务)."""
        committees = (RegionalBody.Kind.COMMITTEE, RegionalBody.Kind.COMPREHENSIVE)
        return Q(body__kind__in=committees, status=self.model.HELD, to_on__isnull=True) | Q(
            status="publicized"
        )


class RepresentativeQuerySet(StagedPostQuerySet):
    body_field = "assembly"

    def public(self) -> Q:
        """Whom a publicity names, and oneself."""
        return Q(status="publicized")


class StagedPost(StatusModel):
    """A post with its way in: somebody is proposed, publicized (公示) and takes it from a day to a day."""

    HELD = ""
    UNDER_WAY: tuple[str, ...] = ()
    body_field = "body"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="人员")
    from_on = models.DateField("任职日期", null=True, blank=True)
    to_on = models.DateField("免职日期", null=True, blank=True)
    end_reason = models.CharField("结束原因", max_length=100, blank=True)
    publicized_on = models.DateField("公示开始", null=True, blank=True, editable=False)
    publicity_until = models.DateField("公示期满", null=True, blank=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="提名人",
        editable=False,
    )  # fmt: skip
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = StagedPostQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def of_body(self) -> RegionalBody:
        return getattr(self, self.body_field)

    def stands_over(self, actor) -> bool:
        return actor.stands_over(self.of_body.place_code)

    def stands_above(self, actor) -> bool:
        return self.of_body.stands_above(actor)

    def is_publicized_by(self, on: date) -> bool:
        """Whether the days of the publicity are over on a day."""
        return self.publicity_until is not None and self.publicity_until < on


class BodySeat(StagedPost):
    """One person's seat in a body (任职): proposed, publicized where wanted, held from a day to a day (domain.md §2(b)).

    Part-time members come from member units. A seat that is entered as held (补登) starts as such.
    """

    class Post(models.TextChoices):
        SECRETARY = "secretary", "书记"
        DEPUTY = "deputy", "副书记"
        MEMBER = "member", "委员"
        PART_TIME = "part_time", "兼职委员"
        DIRECTOR = "director", "主任"
        STAFF = "staff", "成员"

    class Status(models.TextChoices):
        PROPOSED = "proposed", "拟任"
        PUBLICIZED = "publicized", "公示"
        SERVING = "serving", "任职"
        ENDED = "ended", "免职"
        DROPPED = "dropped", "未任用"

    # Which posts a body of a kind has; assemblies have representatives, joint meetings member units.
    POSTS_OF = {
        RegionalBody.Kind.COMMITTEE: (Post.SECRETARY, Post.DEPUTY, Post.MEMBER, Post.PART_TIME),
        RegionalBody.Kind.COMPREHENSIVE: (Post.SECRETARY, Post.DEPUTY, Post.MEMBER, Post.PART_TIME),
        RegionalBody.Kind.OFFICE: (Post.DIRECTOR, Post.STAFF),
    }
    # A seat begins as proposed, or as held where it is entered afterwards (补登).
    FIRST = ("proposed",)
    HELD = Status.SERVING
    UNDER_WAY = (Status.PROPOSED, Status.PUBLICIZED)
    STAFF_HERE = RegionalBody.STAFF_ABOVE | {Role.COMMUNITY}
    MOVES = (
        move("publicize", "开始公示", "proposed", "publicized", STAFF_HERE, tone="primary"),
        move(
            "appoint", "任职", ["proposed", "publicized"], "serving", RegionalBody.STAFF_ABOVE, standing="above",
            not_author=True, tone="primary",
        ),
        move(
            "drop", "不再任用", ["proposed", "publicized"], "dropped", STAFF_HERE, needs_note=True, note_label="不再任用的原因",
            tone="danger",
        ),
        move("end", "免职", "serving", "ended", STAFF_HERE, tone="danger"),
    )  # fmt: skip
    FORM_MOVES = ("appoint", "end")
    STEPS = ("proposed", "publicized", "serving", "ended")
    STATUS_TONES = {
        "proposed": "wait",
        "publicized": "info",
        "serving": "ok",
        "ended": "off",
        "dropped": "off",
    }

    body = models.ForeignKey(
        RegionalBody, on_delete=models.CASCADE, related_name="seats", verbose_name="组织"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="seats", verbose_name="人员")
    post = models.CharField("职务", max_length=12, choices=Post.choices)
    from_unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="来自单位"
    )
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.SERVING)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        ordering = ["body_id", "post", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")),
                name="seat_in_order",
                violation_error_message="免职日期要晚于任职日期。",
            ),
            models.CheckConstraint(
                condition=~Q(post="part_time") | Q(from_unit__isnull=False),
                name="seat_part_time_has_unit",
                violation_error_message="兼职委员要写明来自哪个成员单位。",
            ),
            models.CheckConstraint(
                condition=Q(from_on__isnull=False) | ~Q(status__in=["serving", "ended"]),
                name="seat_held_since",
                violation_error_message="任职要有任职日期。",
            ),
            models.UniqueConstraint(
                fields=["body"],
                condition=Q(post="secretary", to_on__isnull=True, status="serving"),
                name="seat_one_secretary",
                violation_error_message="这个组织已经有现任书记。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_post_display()}"

    def get_absolute_url(self) -> str:
        return reverse("units:seat_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("units:seat_move", args=[self.pk, name])


class BodyMember(models.Model):
    """A member unit of a joint meeting (成员单位) with its leader and liaison, from a day to a day."""

    class Kind(models.TextChoices):
        GOVERNMENT = "government", "机关"
        ENTERPRISE = "enterprise", "企业"
        UNIVERSITY = "university", "高校"
        HOSPITAL = "hospital", "医院"
        TWO_NEW = "two_new", "两新组织"
        DEPARTMENT = "department", "职能部门"
        INSTITUTION = "institution", "事业单位"

    body = models.ForeignKey(
        RegionalBody, on_delete=models.CASCADE, related_name="members", verbose_name="联席会"
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="joint_meetings", verbose_name="成员单位"
    )
    kind = models.CharField("类型", max_length=12, choices=Kind.choices)
    leader = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="领导成员"
    )
    liaison = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="联络员"
    )
    from_on = models.DateField("加入日期")
    to_on = models.DateField("退出日期", null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "成员单位"
        ordering = ["body_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["body", "unit"],
                condition=Q(to_on__isnull=True),
                name="body_member_once",
                violation_error_message="这个单位已经是成员单位。",
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")),
                name="body_member_in_order",
                violation_error_message="退出日期要晚于加入日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit}（{self.body}）"

    @classmethod
    def kinds_of(cls, unit: Unit) -> tuple[str, ...]:
        """The kinds under which a unit may be a member, by its category in the register (domain.md §2(a), §2.0.2)."""
        kinds, category = cls.Kind, unit.category
        if category == Unit.Category.INSTITUTION:
            special = {
                Unit.Subcategory.UNIVERSITY: kinds.UNIVERSITY,
                Unit.Subcategory.HOSPITAL: kinds.HOSPITAL,
            }
            return (special.get(unit.subcategory, kinds.INSTITUTION),)
        by_category = {
            Unit.Category.STATE_OWNED: (kinds.ENTERPRISE,),
            Unit.Category.COLLECTIVE: (kinds.ENTERPRISE,),
            Unit.Category.NON_PUBLIC: (kinds.ENTERPRISE, kinds.TWO_NEW),
            Unit.Category.SOCIAL_ORGANIZATION: (kinds.TWO_NEW,),
            Unit.Category.OTHER: (kinds.TWO_NEW, kinds.ENTERPRISE, kinds.INSTITUTION),
        }
        return by_category.get(category, (kinds.GOVERNMENT, kinds.DEPARTMENT))


class Representative(StagedPost):
    """A representative (区域党员代表、群众代表) of a place: recommended, checked, publicized, elected (domain.md §2(b)).

    ``user`` is the account by which the representative proposes; ``voting_scopes`` says on what he or she votes.
    """

    class Kind(models.TextChoices):
        PARTY_MEMBER = "party_member", "区域党员代表"
        RESIDENT = "resident", "群众（居民）代表"
        UNIT = "unit", "驻区单位代表"

    class Produced(models.TextChoices):
        ELECTED = "elected", "选举"
        RECOMMENDED = "recommended", "推荐"
        INVITED = "invited", "特邀"

    class Status(models.TextChoices):
        RECOMMENDED = "recommended", "推荐"
        QUALIFIED = "qualified", "资格审查通过"
        PUBLICIZED = "publicized", "公示"
        ELECTED = "elected", "当选"
        ENDED = "ended", "终止"
        REJECTED = "rejected", "审查未通过"
        DROPPED = "dropped", "未当选"

    class EndKind(models.TextChoices):
        MOVED = "moved", "调离"
        DISQUALIFIED = "disqualified", "丧失资格"
        TERM = "term", "换届"
        OTHER = "other", "其他"

    class Scope(models.TextChoices):
        APPRAISAL = "appraisal", "述职评议"
        ITEM = "item", "一事一评"
        LIVELIHOOD = "livelihood", "民生实事票决"

    # Who votes on what, unless told otherwise (domain.md §0 fact 5: two review assemblies, two electorates).
    SCOPES_OF = {
        Kind.PARTY_MEMBER: (Scope.APPRAISAL, Scope.ITEM, Scope.LIVELIHOOD),
        Kind.RESIDENT: (Scope.ITEM, Scope.LIVELIHOOD),
        Kind.UNIT: (Scope.APPRAISAL,),
    }
    # A representative begins as recommended, or as elected where entered afterwards (补登).
    FIRST = ("recommended",)
    HELD = Status.ELECTED
    UNDER_WAY = (Status.RECOMMENDED, Status.QUALIFIED, Status.PUBLICIZED)
    STAFF_HERE = RegionalBody.STAFF_ABOVE | {Role.COMMUNITY}
    MOVES = (
        move(
            "qualify", "资格审查通过", "recommended", "qualified", STAFF_HERE, not_author=True, tone="primary"
        ),
        move(
            "reject", "审查不通过", "recommended", "rejected", STAFF_HERE, not_author=True, needs_note=True,
            note_label="不通过的原因", tone="danger",
        ),
        move("publicize", "开始公示", "qualified", "publicized", STAFF_HERE, tone="primary"),
        move(
            "elect", "当选", "publicized", "elected", RegionalBody.STAFF_ABOVE, standing="above", not_author=True,
            tone="primary",
        ),
        move(
            "drop", "未当选", ["recommended", "qualified", "publicized"], "dropped", STAFF_HERE, needs_note=True,
            note_label="未当选的原因", tone="danger",
        ),
        move("end", "代表资格终止", "elected", "ended", STAFF_HERE, tone="danger"),
    )  # fmt: skip
    FORM_MOVES = ("elect", "end")
    STEPS = ("recommended", "qualified", "publicized", "elected", "ended")
    STATUS_TONES = {
        "recommended": "wait", "qualified": "wait", "publicized": "info", "elected": "ok", "ended": "off",
        "rejected": "off", "dropped": "off",
    }  # fmt: skip
    body_field = "assembly"

    assembly = models.ForeignKey(
        RegionalBody, on_delete=models.CASCADE, related_name="representatives", verbose_name="代表会议"
    )
    kind = models.CharField("类别", max_length=16, choices=Kind.choices)
    produced_by = models.CharField("产生方式", max_length=16, choices=Produced.choices)
    constituency = models.CharField("选区（网格或单位）", max_length=120, blank=True)
    voting_scopes = ArrayField(
        models.CharField(max_length=16, choices=Scope.choices),
        default=list,
        blank=True,
        verbose_name="表决范围",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="账号",
        editable=False,
    )  # fmt: skip
    end_kind = models.CharField("终止情形", max_length=16, choices=EndKind.choices, blank=True)
    status = models.CharField("状态", max_length=24, choices=Status.choices, default=Status.ELECTED)

    objects = RepresentativeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "代表"
        ordering = ["assembly_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assembly", "person"],
                condition=Q(to_on__isnull=True, status="elected"),
                name="representative_once",
                violation_error_message="这个人已经是本届代表。",
            ),
            models.CheckConstraint(
                condition=Q(from_on__isnull=False) | ~Q(status__in=["elected", "ended"]),
                name="representative_held_since",
                violation_error_message="代表要有当选日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("units:representative_detail", args=[self.pk])

    def get_move_url(self, name: str) -> str:
        return reverse("units:representative_move", args=[self.pk, name])

    @property
    def scopes_text(self) -> str:
        return "、".join(self.Scope(one).label for one in self.voting_scopes) or "—"


def secretaries_in_both(body, on: date) -> models.QuerySet:
    """The seats of a committee's secretary whose person leads the party committee (611) of the place that day."""
    leads = PartySecretary.objects.effective(on).filter(
        person_id=OuterRef("person_id"),
        organization__place_id=OuterRef("body__place_id"),
        organization__category=PartyOrganization.Category.COMMITTEE,
        organization__host_unit=None,
    )
    return BodySeat.objects.effective(on).filter(Exists(leads), body=body, post=BodySeat.Post.SECRETARY)
