"""What people type about regional bodies, their posts and secretaries; the rules are in the actions."""

from django import forms
from django.db.models import Q

from core.actor import Actor
from core.clock import today
from core.codes import under
from units.actions.bodies import NAME_ENDINGS, member_units, people_around
from units.actions.people import Named
from units.documents.annual import years_of
from units.forms.units import ActionForm
from units.models import (
    BodyMember,
    BodySeat,
    Division,
    PartyOrganization,
    Person,
    RegionalBody,
    Representative,
    Unit,
)
from units.queries.structure import SHOWN_LEVELS
from units.queries.units import root_place, within

KINDS = [
    (kind, RegionalBody.Kind(kind).label) for kind in NAME_ENDINGS if kind != RegionalBody.Kind.COMPREHENSIVE
]
FIRST_DAY_HELP = "不填就从今天算起。"
TERM_HELP = "不填就按五年一届计算。"


class PlanBodyForm(ActionForm):
    """A body that is to be set up."""

    kind = forms.ChoiceField(label="类型", choices=[("", "请选择"), *KINDS])

    class Meta:
        model = RegionalBody
        fields = ("kind", "place", "name")
        help_texts = {"name": "不填就按所在地和类型命名，如“玉林街道区域党委”。"}

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        own = Division.objects.filter(
            within(root_place(), "code"), under(actor.place_code, "code"), level__in=SHOWN_LEVELS
        )
        self.fields["place"].queryset = own.order_by("code")
        self.fields["name"].required = False


class BodyForm(ActionForm):
    """Name, approval number and term of a body."""

    class Meta:
        model = RegionalBody
        fields = ("name", "approval_no", "term_start", "term_end", "charter", "has_rotating_chair")
        widgets = {"term_start": forms.DateInput, "term_end": forms.DateInput}
        help_texts = {"charter": "宗旨、成员、议事规则等，成员单位可以看到。"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.kind != RegionalBody.Kind.JOINT_MEETING:
            del self.fields["charter"], self.fields["has_rotating_chair"]


class StartForm(forms.Form):
    """Since when a body is at work."""

    from_on = forms.DateField(
        label="开始运行的日期", required=False, widget=forms.DateInput, help_text=FIRST_DAY_HELP
    )
    term_end = forms.DateField(label="本届届满", required=False, widget=forms.DateInput, help_text=TERM_HELP)


class StaffList(forms.ModelMultipleChoiceField):
    """People of the old list, each with the post."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj) -> str:
        word = obj.get_post_display() if isinstance(obj, BodySeat) else obj.get_kind_display()
        return f"{obj.person.name}（{word}）"


class ReElectedForm(forms.Form):
    """The next term and the number of its approval, and who of the old list goes on."""

    note = forms.CharField(label="换届批复文号", max_length=60)
    from_on = forms.DateField(
        label="新一届开始的日期", required=False, widget=forms.DateInput, help_text=FIRST_DAY_HELP
    )
    term_end = forms.DateField(
        label="新一届届满", required=False, widget=forms.DateInput, help_text=TERM_HELP
    )
    seats = StaffList(
        label="连任的班子成员", queryset=BodySeat.objects.none(), required=False,
        help_text="没有勾选的，任期在新一届开始的那天结束；提名、公示期满的人选同时任职。",
    )  # fmt: skip
    representatives = StaffList(
        label="连任的代表", queryset=Representative.objects.none(), required=False,
        help_text="没有勾选的，任期在新一届开始的那天结束；公示期满的人选同时当选。",
    )  # fmt: skip

    def __init__(self, *args, body: RegionalBody, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("seats", "representatives"):
            rows = getattr(body, name).held().select_related("person").order_by("pk")
            self.fields[name].queryset = rows
            if not rows.exists():
                del self.fields[name]


class AnnualReportForm(forms.Form):
    """Of which year a joint meeting reports."""

    year = forms.TypedChoiceField(
        label="年度", coerce=int, choices=lambda: [(year, f"{year}年") for year in years_of(today())]
    )


class NoteForm(forms.Form):
    """Why the two secretaries differ."""

    note = forms.CharField(
        label="书记不一致的说明", max_length=200, required=False, widget=forms.Textarea,
        help_text="写明原因和打算何时调整；已经一致的，留空即可。",
    )  # fmt: skip


class NamedForm(forms.Form):
    """Somebody who is known already, or named for the first time; `named` reads the fields with a prefix."""

    def add_person(self, people, prefix: str = "", word: str = "人员", is_short: bool = False) -> None:
        """Put the fields of a person first."""
        fields = {
            "person": forms.ModelChoiceField(
                label=f"{word}（已登记的）",
                queryset=people,
                required=False,
                help_text="名单里没有的，在下面填写姓名。",
            ),
            "name": forms.CharField(label=f"{word}姓名", max_length=40, required=False),
            "duty": forms.CharField(label=f"{word}现任职务", max_length=80, required=False),
            "phone": forms.CharField(
                label=f"{word}电话",
                max_length=20,
                required=False,
                help_text="完整号码只给管理这个组织的人员看。",
            ),
            "is_woman": forms.BooleanField(label="女", required=False),
            "is_party_member": forms.BooleanField(label="党员", required=False, initial=True),
        }
        if is_short:
            del fields["is_woman"], fields["is_party_member"]
        self.fields = {**{prefix + name: field for name, field in fields.items()}, **self.fields}

    def named(self, prefix: str = "") -> Named:
        """The person that was named."""
        given = self.cleaned_data
        return Named(
            person=given.get(f"{prefix}person"),
            name=given.get(f"{prefix}name", ""),
            duty=given.get(f"{prefix}duty", ""),
            phone=given.get(f"{prefix}phone", ""),
            is_woman=given.get(f"{prefix}is_woman", False),
            is_party_member=given.get(f"{prefix}is_party_member", True),
        )


class SeatForm(NamedForm):
    """Somebody's seat in a body."""

    post = forms.ChoiceField(label="在本组织的职务", choices=[("", "请选择"), *BodySeat.Post.choices])
    from_unit = forms.ModelChoiceField(
        label="来自单位", queryset=Unit.objects.none(), required=False,
        help_text="兼职委员必填，只列出本地或上级联席会的成员单位。",
    )  # fmt: skip
    from_on = forms.DateField(label="任职日期", widget=forms.DateInput)

    def __init__(self, *args, body: RegionalBody, **kwargs):
        super().__init__(*args, **kwargs)
        units = member_units(body.place_code, today())
        posts = BodySeat.POSTS_OF.get(body.kind, ())
        self.fields["post"].choices = [("", "请选择"), *((one, BodySeat.Post(one).label) for one in posts)]
        self.add_person(people_around(body.place_code) | Person.objects.filter(unit__in=units))
        self.fields["from_unit"].queryset = units.order_by("name_pinyin")


class ProposeSeatForm(SeatForm):
    """Whom to propose for which seat."""

    from_on = None


class TakeForm(forms.Form):
    """Since when a post is held."""

    from_on = forms.DateField(
        label="日期", required=False, widget=forms.DateInput, help_text="从这一天起任职；不填就从今天算起。"
    )


class EndForm(forms.Form):
    """Since when and why a post is over."""

    on = forms.DateField(label="结束日期", widget=forms.DateInput, help_text="从这一天起不再担任。")
    reason = forms.CharField(label="原因", max_length=100, help_text="如“工作调动”“到龄退休”。")


class MemberForm(NamedForm):
    """A unit that joins a joint meeting."""

    unit = forms.ModelChoiceField(
        label="单位", queryset=Unit.objects.none(), help_text="列出联席会所在地的单位和区级成员单位。"
    )
    kind = forms.ChoiceField(label="单位类型", choices=[("", "请选择"), *BodyMember.Kind.choices])
    from_on = forms.DateField(label="加入日期", widget=forms.DateInput)

    def __init__(self, *args, body: RegionalBody, **kwargs):
        super().__init__(*args, **kwargs)
        units = (
            Unit.objects.effective()
            .filter(
                under(body.place_code) | Q(is_member=True), operating_status=Unit.OperatingStatus.OPERATING
            )
            .exclude(pk__in=body.members.filter(to_on=None).values("unit_id"))
        )
        own = dict(self.fields)
        self.fields = {}
        nobody = Person.objects.filter(unit__in=units.filter(is_member=True)).order_by("name", "pk")
        self.add_person(nobody, "liaison_", "联络员", is_short=True)
        self.add_person(nobody, "leader_", "领导成员", is_short=True)
        self.fields = {**own, **self.fields}
        self.fields["unit"].queryset = units.order_by("name_pinyin")


class ContactsForm(NamedForm):
    """Who is a member unit's leader; and who its liaison, where the unit has none registered."""

    def __init__(self, *args, member: BodyMember, has_liaison: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        people = Person.objects.filter(unit=member.unit).order_by("name", "pk")
        if not has_liaison:
            self.add_person(people, "liaison_", "联络员", is_short=True)
        self.add_person(people, "leader_", "领导成员", is_short=True)


class RepresentativeForm(NamedForm):
    """A representative of an assembly."""

    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), *Representative.Kind.choices])
    produced_by = forms.ChoiceField(
        label="产生方式", choices=[("", "请选择"), *Representative.Produced.choices]
    )
    constituency = forms.CharField(label="选区", max_length=120, help_text="所在网格、院落，或者推荐的单位。")
    unit = forms.ModelChoiceField(
        label="所在单位", queryset=Unit.objects.none(), required=False, help_text="驻区单位代表必填。"
    )
    from_on = forms.DateField(label="当选日期", widget=forms.DateInput)

    def __init__(self, *args, body: RegionalBody, **kwargs):
        super().__init__(*args, **kwargs)
        units = member_units(body.place_code, today())
        self.add_person(people_around(body.place_code) | Person.objects.filter(unit__in=units))
        near = Unit.objects.effective().filter(Q(pk__in=units) | under(body.place_code))
        self.fields["unit"].queryset = near.order_by("name_pinyin")


class RecommendForm(RepresentativeForm):
    """Whom to recommend as a representative, and on what he or she is to vote."""

    voting_scopes = forms.MultipleChoiceField(
        label="表决范围", choices=Representative.Scope.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="不选就按类别：区域党员代表三项都有，群众代表一事一评和民生实事，驻区单位代表述职评议。",
    )  # fmt: skip
    from_on = None

    def clean_voting_scopes(self):
        """Nothing ticked leaves it to the kind."""
        return self.cleaned_data["voting_scopes"] or None


class EndRepresentativeForm(EndForm):
    """The same with what happened."""

    end_kind = forms.ChoiceField(
        label="终止情形",
        choices=[("", "请选择"), *(one for one in Representative.EndKind.choices if one[0] != "term")],
    )
    field_order = ("end_kind", "on", "reason")


class SecretaryForm(NamedForm):
    """Who leads a party organization since when."""

    from_on = forms.DateField(label="任职日期", widget=forms.DateInput)

    def __init__(self, *args, organization: PartyOrganization, **kwargs):
        super().__init__(*args, **kwargs)
        self.add_person(people_around(organization.place_code), word="书记")
