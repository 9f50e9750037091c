"""REST: who sits in regional bodies: seats, member units of joint meetings, representatives; written like the pages."""

from datetime import date

from django.db import models
from rest_framework import serializers

from core.actor import Actor
from core.api import Field, InputSerializer, MoveAction, Nested, Register, place_field
from core.clock import today
from core.errors import InputError
from core.roles import STAFF, Role
from units.actions.bodies import (
    add_member,
    change_member,
    end_member,
    end_representative,
    end_seat,
    member_units,
    people_around,
    seat_person,
    seat_representative,
)
from units.actions.people import Named
from units.actions.posts import (
    REPRESENTATIVE_MOVES,
    SEAT_MOVES,
    appoint_seat,
    elect_representative,
    propose_seat,
    recommend_representative,
)
from units.filters.bodies import MemberApiFilter, RepresentativeApiFilter, SeatApiFilter
from units.models import BodyMember, BodySeat, Person, RegionalBody, Representative, Unit

LARGEST_ID = 2**63 - 1


def number(help_text: str, **more) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text=help_text, **more)


class PersonInput(InputSerializer):
    """Somebody who is known already, by number, or named for the first time."""

    person = number("已登记的人员", required=False, allow_null=True, default=None)
    name = serializers.CharField(
        max_length=40, required=False, allow_blank=True, default="", help_text="名单里没有的写姓名"
    )
    duty = serializers.CharField(
        max_length=80, required=False, allow_blank=True, default="", help_text="现任职务"
    )
    phone = serializers.CharField(
        max_length=20, required=False, allow_blank=True, default="", help_text="电话，只写不读"
    )


class SeatedInput(PersonInput):
    """The same with what a roster is counted by."""

    is_woman = serializers.BooleanField(required=False, default=False, help_text="女")
    is_party_member = serializers.BooleanField(required=False, default=True, help_text="党员")


class SeatInput(SeatedInput):
    """Somebody who takes a seat in a body."""

    body = number("组织")
    post = serializers.ChoiceField(choices=BodySeat.Post.choices)
    from_unit = number("来自单位；兼职委员必填", required=False, allow_null=True, default=None)
    from_on = serializers.DateField(help_text="任职日期")


class ProposeSeatInput(SeatedInput):
    """Somebody who is proposed for a seat."""

    body = number("组织")
    post = serializers.ChoiceField(choices=BodySeat.Post.choices)
    from_unit = number("来自单位；兼职委员必填", required=False, allow_null=True, default=None)


class TakeInput(InputSerializer):
    """Since when a post is held; today when left out."""

    from_on = serializers.DateField(required=False, allow_null=True, default=None, help_text="起始日期")


class RepresentativeInput(SeatedInput):
    """Somebody who becomes a representative of an assembly."""

    body = number("代表会议")
    kind = serializers.ChoiceField(choices=Representative.Kind.choices)
    produced_by = serializers.ChoiceField(choices=Representative.Produced.choices)
    constituency = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    unit = number("所在单位；驻区单位代表必填", required=False, allow_null=True, default=None)
    from_on = serializers.DateField(help_text="当选日期")


class RecommendInput(SeatedInput):
    """Somebody who is recommended as a representative."""

    body = number("代表会议")
    kind = serializers.ChoiceField(choices=Representative.Kind.choices)
    produced_by = serializers.ChoiceField(choices=Representative.Produced.choices)
    constituency = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    unit = number("所在单位；驻区单位代表必填", required=False, allow_null=True, default=None)
    voting_scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Representative.Scope.choices), required=False, allow_null=True,
        default=None, help_text="表决范围；空着按类别",
    )  # fmt: skip


class ContactsInput(InputSerializer):
    """A member unit's leader and liaison: left out they stay, null means nobody."""

    leader = PersonInput(required=False, allow_null=True, help_text="领导成员")
    liaison = PersonInput(required=False, allow_null=True, help_text="联络员")


class MemberInput(ContactsInput):
    """A unit that joins a joint meeting."""

    body = number("联席会")
    unit = number("单位")
    kind = serializers.ChoiceField(choices=BodyMember.Kind.choices)
    from_on = serializers.DateField(help_text="加入日期")


class EndInput(InputSerializer):
    """Since when and why a post is over."""

    on = serializers.DateField(help_text="结束日期，从这一天起不再担任")
    reason = serializers.CharField(max_length=100, help_text="原因")


class EndRepresentativeInput(EndInput):
    """The same with what happened."""

    end_kind = serializers.ChoiceField(
        choices=Representative.EndKind.choices, required=False, default="other", help_text="终止情形"
    )


def find(rows, field: str, pk: int):
    """One row the client may name, or a 400 beside the field."""
    found = rows.filter(pk=pk).first()
    if found is None:
        raise InputError("没有这条记录，或者它不在您的范围内。", field=field, code="unknown")
    return found


def find_body(pk: int, actor: Actor) -> RegionalBody:
    return find(RegionalBody.objects.visible_to(actor).select_related("place"), "body", pk)


def find_unit(pk: int | None, field: str) -> Unit | None:
    return find(Unit.objects, field, pk) if pk else None


def named_among(people: models.QuerySet, *, person: int | None = None, **typed) -> Named:
    """The person meant; by number only one of those the body's form offers."""
    return Named(person=find(people, "person", person) if person else None, **typed)


def people_for(body: RegionalBody, on: date) -> models.QuerySet:
    """Whom the page offers: people at the body's place, above it, and in the member units."""
    return people_around(body.place_code) | Person.objects.filter(unit__in=member_units(body.place_code, on))


PERSON_FIELDS = ("person", "name", "duty", "phone", "is_woman", "is_party_member")


def split(fields: dict) -> tuple[dict, dict]:
    """What names the person, and the rest."""
    person = {name: fields[name] for name in PERSON_FIELDS if name in fields}
    return person, {name: value for name, value in fields.items() if name not in person}


def create_seat(*, body: int, from_unit: int | None, actor: Actor, **fields) -> BodySeat:
    """`seat_person` with body, person and unit given by their numbers."""
    found, (person, rest) = find_body(body, actor), split(fields)
    named = named_among(people_for(found, rest["from_on"]), **person)
    return seat_person(
        body=found, named=named, from_unit=find_unit(from_unit, "from_unit"), actor=actor, **rest
    )


def create_representative(*, body: int, unit: int | None, actor: Actor, **fields) -> Representative:
    """`seat_representative` with assembly, person and unit given by their numbers."""
    found, (person, rest) = find_body(body, actor), split(fields)
    named = named_among(people_for(found, rest["from_on"]), **person)
    return seat_representative(body=found, named=named, unit=find_unit(unit, "unit"), actor=actor, **rest)


def create_proposed(*, body: int, from_unit: int | None, actor: Actor, **fields) -> BodySeat:
    """`propose_seat` with body, person and unit given by their numbers."""
    found, (person, rest) = find_body(body, actor), split(fields)
    named = named_among(people_for(found, today()), **person)
    return propose_seat(
        body=found, named=named, from_unit=find_unit(from_unit, "from_unit"), actor=actor, **rest
    )


def create_recommended(*, body: int, unit: int | None, actor: Actor, **fields) -> Representative:
    """`recommend_representative` with assembly, person and unit given by their numbers."""
    found, (person, rest) = find_body(body, actor), split(fields)
    named = named_among(people_for(found, today()), **person)
    return recommend_representative(
        body=found, named=named, unit=find_unit(unit, "unit"), actor=actor, **rest
    )


def contact(unit: Unit, given: dict | None, field: str) -> Named:
    """Leader or liaison of a unit; null names nobody."""
    try:
        return named_among(Person.objects.filter(unit=unit), **(given or {}))
    except InputError as refusal:
        raise InputError(refusal.message, field=field, code=refusal.code) from None


def contacts(unit: Unit, fields: dict) -> dict[str, Named]:
    return {name: contact(unit, fields.pop(name), name) for name in ("leader", "liaison") if name in fields}


def create_member(*, body: int, unit: int, actor: Actor, **fields) -> BodyMember:
    """`add_member` with joint meeting, unit and people given by their numbers."""
    found = find_unit(unit, "unit")
    people = contacts(found, fields)
    return add_member(body=find_body(body, actor), unit=found, actor=actor, **people, **fields)


def change_contacts(*, member: BodyMember, actor: Actor, **fields) -> BodyMember:
    """`change_member` with the people given by their numbers; whoever is left out stays."""
    return change_member(member=member, actor=actor, **contacts(member.unit, fields))


class Posts(Register):
    """What the registers of posts share: the body is locked first, as their actions do."""

    body_field = "body"

    def lock(self, obj) -> None:
        RegionalBody.objects.select_for_update().get(pk=getattr(obj, f"{self.body_field}_id"))
        super().lock(obj)


def body_nested(path: str = "body") -> Nested:
    return Nested("body", {"id": f"{path}_id", "name": f"{path}__name"}, help="组织")


def person_nested(name: str, path: str, help_text: str) -> Nested:
    return Nested(
        name, {"id": f"{path}_id", "name": f"{path}__name", "duty": f"{path}__post"}, help=help_text
    )


class Seats(Posts):
    """任职: who sits in which body, now and before."""

    name, basename, model = "body-seats", "body-seat", BodySeat
    tag, help, object_kwarg = "regional-bodies", "区域化组织的组成人员及任期", "seat"
    write_roles = STAFF
    fields = [
        Field("id"),
        body_nested(),
        place_field(path="body__place"),
        person_nested("person", "person", "人员"),
        Field("post"),
        Nested("from_unit", {"id": "from_unit_id", "name": "from_unit__name"}, help="来自单位"),
        Field("from_on"),
        Field("to_on"),
        Field("end_reason"),
        Field("status"),
        Field("publicized_on"),
        Field("publicity_until"),
    ]
    filterset_class = SeatApiFilter
    search_fields = ("person__name", "body__name")
    ordering = {"id": "id", "from_on": "from_on", "place": "body__place_code"}
    default_ordering = ("body__place_code", "body__kind", "body_id", "id")
    create_input, create_action = SeatInput, staticmethod(create_seat)
    actions = {
        **SEAT_MOVES,
        "appoint": MoveAction(appoint_seat, TakeInput, help="任职"),
        "end": MoveAction(end_seat, EndInput, help="免职"),
    }


class Members(Posts):
    """联席会成员单位: with leader and liaison, now and before."""

    name, basename, model = "body-members", "body-member", BodyMember
    tag, help, object_kwarg = "regional-bodies", "联席会成员单位及其领导成员、联络员", "member"
    # A unit's liaison says who its own people are.
    write_roles = STAFF | {Role.LIAISON}
    fields = [
        Field("id"),
        body_nested(),
        place_field(path="body__place"),
        Nested("unit", {"id": "unit_id", "name": "unit__name"}, help="成员单位"),
        Field("kind"),
        person_nested("leader", "leader", "领导成员"),
        person_nested("liaison", "liaison", "联络员"),
        Field("from_on"),
        Field("to_on"),
    ]
    filterset_class = MemberApiFilter
    search_fields = ("unit__name",)
    ordering = {"id": "id", "from_on": "from_on", "place": "body__place_code", "name": "unit__name_pinyin"}
    default_ordering = ("body__place_code", "body_id", "id")
    create_input, create_action = MemberInput, staticmethod(create_member)
    change_input, change_action = ContactsInput, staticmethod(change_contacts)
    actions = {"end": MoveAction(end_member, EndInput, help="退出联席会")}


class Representatives(Posts):
    """代表: of the assemblies, with constituency and how chosen, now and before."""

    name, basename, model = "representatives", "representative", Representative
    tag, help, body_field = "regional-bodies", "区域党员代表会议的代表", "assembly"
    write_roles = STAFF
    fields = [
        Field("id"),
        body_nested("assembly"),
        place_field(path="assembly__place"),
        person_nested("person", "person", "人员"),
        Field("kind"),
        Field("produced_by"),
        Field("constituency"),
        Nested("unit", {"id": "person__unit_id", "name": "person__unit__name"}, help="所在单位"),
        Field("is_woman", "person__is_woman", help="女性"),
        Field("from_on"),
        Field("to_on"),
        Field("status"),
        Field("voting_scopes", help="表决范围"),
        Field("publicized_on"),
        Field("publicity_until"),
        Field("end_kind"),
        Field("end_reason"),
    ]
    filterset_class = RepresentativeApiFilter
    search_fields = ("person__name", "constituency", "assembly__name")
    ordering = {"id": "id", "from_on": "from_on", "place": "assembly__place_code"}
    default_ordering = ("assembly__place_code", "assembly_id", "id")
    create_input, create_action = RepresentativeInput, staticmethod(create_representative)
    actions = {
        **REPRESENTATIVE_MOVES,
        "elect": MoveAction(elect_representative, TakeInput, help="当选"),
        "end": MoveAction(end_representative, EndRepresentativeInput, help="代表资格终止"),
    }


class ProposedSeats(Seats):
    """拟任人选: propose somebody here; the moves are those of the seat itself."""

    name, basename = "proposed-seats", "proposed-seat"
    help = "拟任人选：在这里提名，之后的公示、任职在 body-seats 办理"
    create_input, create_action, actions = ProposeSeatInput, staticmethod(create_proposed), {}

    def get_rows(self, actor, query):
        return BodySeat.objects.visible_to(actor).under_way()


class RecommendedRepresentatives(Representatives):
    """代表人选: recommend somebody here; the moves are those of the representative itself."""

    name, basename = "recommended-representatives", "recommended-representative"
    help = "代表人选：在这里推荐，之后的审查、公示、当选在 representatives 办理"
    create_input, create_action, actions = RecommendInput, staticmethod(create_recommended), {}

    def get_rows(self, actor, query):
        return Representative.objects.visible_to(actor).under_way()


urlpatterns = [
    *Seats().urls(),
    *Members().urls(),
    *Representatives().urls(),
    *ProposedSeats().urls(),
    *RecommendedRepresentatives().urls(),
]
