"""组织架构: the tree of two levels and three tiers with its gaps, on any day; and the places with gaps as a list."""

from datetime import date

from django import forms
from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.indicators import Figure, get_indicator
from core.pages import InvalidQuery, ListPage, SimplePage, query_string
from core.roles import SIGNED_IN, STAFF, THREE_OFFICERS
from units.filters.bodies import GapFilter
from units.indicators.territory import By, territory_of
from units.models import Division, RegionalBody
from units.queries.structure import SHOWN_LEVELS, Branch, missing_tiers, read_tree, tier_places, with_gaps
from units.queries.units import root_place, within

READERS = SIGNED_IN - THREE_OFFICERS
FIRST_DAY = date(2000, 1, 1)
TREE_LEVELS = SHOWN_LEVELS[:2]


def tree_places():
    """The district and its subdistricts: what the tree can start from."""
    return Division.objects.filter(within(root_place(), "code"), level__in=TREE_LEVELS).order_by("code")


def worst_first(branch: Branch) -> tuple:
    """Gaps first, then what else wants a look, then by code."""
    places = (branch, *branch.children)
    return (
        -sum(one.missing for one in places),
        -sum(one.wants_a_look for one in places),
        branch.place.code,
    )


class StructureForm(forms.Form):
    """Which part of the tree on which day."""

    place = forms.ModelChoiceField(
        label="范围", queryset=Division.objects.none(), to_field_name="code", required=False, empty_label=None
    )
    on = forms.DateField(label="日期", required=False, widget=forms.DateInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = tree_places()

    def clean_on(self):
        on = self.cleaned_data["on"]
        if on and not FIRST_DAY <= on <= today():
            raise forms.ValidationError(f"日期要在 {FIRST_DAY} 和今天之间。")
        return on


class Structure(SimplePage):
    """组织架构 as a tree: each place with its three tiers, its joint meeting, who leads it and until when."""

    roles = READERS
    title = "组织架构"
    template_name = "units/structure.html"

    def own_place(self) -> Division:
        """The actor's subdistrict; for everybody else the district."""
        code = self.actor.place_code[:9]
        return tree_places().filter(code=code).first() or root_place()

    def get(self, request, **kwargs):
        form = StructureForm(request.GET or None)
        is_sound = not request.GET or form.is_valid()
        asked = form.cleaned_data if request.GET and is_sound else {}
        place, on = asked.get("place") or self.own_place(), asked.get("on") or today()
        if is_sound:
            form = StructureForm({"place": place.code, "on": on})
        more = self.tree_context(place, on) if is_sound else {}
        return self.render(
            self.get_context(form=form, actions=self.get_actions(), **more), status=200 if is_sound else 400
        )

    def get_actions(self):
        found = [
            ("缺项清单", reverse("units:gap_list"), "alert-triangle"),
            ("代表名册", reverse("units:representative_list"), "users"),
        ]
        if self.actor.role in STAFF and not self.actor.is_read_only:
            found.append(("登记拟设", reverse("units:body_new"), "plus"))
        return found

    def tree_context(self, place: Division, on: date) -> dict:
        branches = read_tree(place, on, on == today())
        if not branches:
            return {"place": place, "on": on, "is_today": on == today(), "figures": []}
        return {
            "place": place,
            "on": on,
            "is_today": on == today(),
            "top": self.line(branches[0]),
            "groups": [self.group(branch) for branch in sorted(branches[1:], key=worst_first)],
            "lines": [self.line(one) for one in sorted(branches[1:], key=worst_first)]
            if branches[0].has_tiers
            else [],
            "figures": self.figures(place, on),
        }

    def group(self, branch: Branch) -> dict:
        """A subdistrict with its communities, those with gaps first; open where there is something to look at."""
        children = sorted(branch.children, key=worst_first)
        flagged = [one for one in (branch, *children) if one.wants_a_look]
        return {
            "branch": branch,
            "lines": [self.line(one) for one in (branch, *children)],
            "missing": (missing := sum(one.missing for one in (branch, *children))),
            "missing_text": f"缺 {missing} 项",
            "gaps": [
                f"{one.place.name}缺{'、'.join(str(label) for label, _, works in one.tiers if not works)}"
                for one in (branch, *children)
                if one.missing
            ],
            "flagged": len(flagged),
            "flagged_text": f"{len(flagged)} 处要看",
        }

    def line(self, branch: Branch) -> dict:
        may_plan = branch.is_today and self.actor.role in STAFF and not self.actor.is_read_only
        may_plan = may_plan and self.actor.stands_over(branch.place.code)
        address = reverse("units:body_new")
        return {
            "branch": branch,
            "tiers": [
                (
                    kind,
                    label,
                    body,
                    works,
                    address + query_string(place=branch.place.code, kind=kind) if may_plan else "",
                )
                for kind, (label, body, works) in zip(RegionalBody.TIERS, branch.tiers, strict=True)
            ],
        }

    def figures(self, place: Division, on: date) -> list[dict]:
        """The figures above the tree, each with the list behind it."""
        territory = territory_of(place, By.NONE)
        is_today = on == today()
        bodies, members = reverse("units:body_list"), reverse("units:member_list")
        links = {
            "ORG-COMPLETE": reverse("units:gap_list")
            + query_string(place=place.code, on=None if is_today else on.isoformat()),
            "ORG-ONE": bodies + query_string(place=place.code, kind="committee", one_secretary="false"),
            "ORG-PARTTIME": bodies
            + query_string(place=place.code, kind="committee", level="community", part_time="true"),
            "CONF-UNITS": members + query_string(place=place.code, current="true"),
        }
        found = []
        for indicator_id, url in links.items():
            indicator = get_indicator(indicator_id)
            figure: Figure = indicator.count(territory, on, on).total
            is_open = is_today or indicator_id == "ORG-COMPLETE"
            found.append({"indicator": indicator, "figure": figure, "url": url if is_open else ""})
        return found


class GapList(ListPage):
    """缺项清单: subdistricts and communities that miss a tier on a day."""

    model = Division
    roles = READERS
    title = "组织架构缺项清单"
    unit_word = "个"
    filterset_class = GapFilter
    search_fields = ("path_name",)
    search_hint = "街道或社区"
    default_order = ("code",)
    extra_params = frozenset({"on"})
    empty_text = "没有缺项：每个街道和社区的三级组织都在运行。"

    @property
    def hidden_params(self) -> list[tuple[str, str]]:
        """The day goes with the filters."""
        return [("on", self.request.GET["on"])] if self.request.GET.get("on") else []

    @property
    def asked_on(self) -> date | None:
        """The day of the address; None when it isn't one."""
        try:
            return date.fromisoformat(self.request.GET.get("on") or today().isoformat())
        except ValueError:
            return None

    @property
    def on(self) -> date:
        return self.asked_on or today()

    def check_params(self) -> None:
        super().check_params()
        if self.asked_on is None or not FIRST_DAY <= self.asked_on <= today():
            raise InvalidQuery(f"日期要写成 {today()} 这样，在 {FIRST_DAY} 和今天之间。")

    def get_rows(self):
        own = self.model.objects.visible_to(self.actor).filter(
            pk__in=tier_places(root_place(), self.on).values("pk")
        )
        return with_gaps(own, self.on)

    def get_breadcrumbs(self):
        return [("组织架构", reverse("units:structure"))]

    def get_subtitle(self):
        return f"{self.request.GET.get('on') or today().isoformat()} 的情况"

    def get_columns(self):
        return [
            Column("place", "地方", "path_name", is_main=True, sort="code", width=26, link=self.tree_address),
            Column("level", "级别", lambda row: row.get_level_display(), sort="level"),
            Column("missing", "缺", lambda row: "、".join(missing_tiers(row)), width=44),
            Column("count", "缺几项", lambda row: len(missing_tiers(row)), kind="int"),
            Column("administered_by", "管理机构", in_page=False),
        ]

    def tree_address(self, row) -> str:
        return reverse("units:structure") + query_string(place=row.code[:9], on=self.request.GET.get("on"))
