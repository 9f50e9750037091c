"""Pages of places and grid (区划与网格): the tree, the list, one place, and the forms of its verbs."""

from functools import cached_property

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header

from core.access import requires
from core.clock import today
from core.columns import Column
from core.components import number_text
from core.errors import RuleViolation
from core.models import Job
from core.pages import DetailPage, FormPage, ListPage, SimplePage, query_string
from core.roles import SIGNED_IN, STAFF, THREE_OFFICERS
from core.sheets import template_xlsx
from core.uploads import refuse_too_large
from units.divisions.actions import (
    add_place,
    change_place,
    close_place,
    rename_place,
    structure_keepers,
)
from units.divisions.codes import SERIES, level_below
from units.divisions.contents import lying_there
from units.divisions.filters import PlaceListFilter
from units.divisions.forms import (
    ClosePlaceForm,
    DayForm,
    MergeForm,
    NewPlaceForm,
    PlaceForm,
    PlacesFileForm,
    RenameForm,
)
from units.divisions.imports import KIND, TEMPLATE, start_places_import
from units.divisions.merging import merge_places
from units.divisions.tree import FIGURES, counted_units, names_on, read_lines, sums_under, unit_counts, way_to
from units.models import Division
from units.queries.units import root_place

READERS = SIGNED_IN - THREE_OFFICERS
INSIDERS = Division.INSIDERS
UNITS_SHOWN = 50
FIGURE_LABELS = {"households": "户数", "population": "人口", "party_members": "党员"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def may_keep(actor, place: Division) -> bool:
    return actor.role in Division.KEEPERS and not actor.is_read_only and actor.stands_over(place.code)


def may_restructure(actor, place: Division, level: str) -> bool:
    return may_keep(actor, place) and actor.role in structure_keepers(level)


def tree_address(place: Division, on: str = "") -> str:
    return reverse("units:place_tree") + query_string(at=place.code, on=on)


class PlaceTree(SimplePage):
    """区划与网格 as a tree, opened down to one place, on any day: a link opens the next level."""

    roles = READERS
    title = "区划与网格"
    template_name = "units/division_tree.html"

    def get(self, request, **kwargs):
        form = DayForm(request.GET)
        if not form.is_valid():
            return self.render(
                self.get_context(form=form, is_today=False, actions=self.get_actions()), status=400
            )
        on = form.cleaned_data["on"] or today()
        return self.render(self.tree_context(on, form.cleaned_data["at"]))

    def opened(self, code: str) -> Division:
        """The place the address names, else the actor's own, else the district."""
        rows, root = Division.objects.filter(code__startswith=self.root.code), self.root
        if code:
            return get_object_or_404(rows, code=code)
        return rows.filter(code=self.actor.place_code).first() or root

    @cached_property
    def root(self) -> Division:
        return root_place()

    def tree_context(self, on, code: str) -> dict:
        opened, is_today = self.opened(code), on == today()
        day = "" if is_today else on.isoformat()
        lines = read_lines(self.root, opened, on, self.actor)
        above = {line.place.pk: line.place for line in lines}
        shown = [
            {
                "line": line,
                "url": line.place.get_absolute_url() + query_string(on=day),
                # Pressing an opened place closes it: the tree then ends at the place above.
                "toggle": tree_address(
                    above.get(line.place.parent_id, self.root) if line.is_open else line.place, day
                ),
                "units_url": self.units_url(line),
                # Of other places the actor sees no units; nought would be wrong there.
                "knows_units": self.actor.stands_over(line.place.code),
            }
            for line in lines
        ]
        return self.get_context(
            form=DayForm({"on": on, "at": opened.code}), lines=shown, opened=opened, on=on, is_today=is_today,
            is_insider=self.actor.role in INSIDERS, actions=self.get_actions(),
        )  # fmt: skip

    def units_url(self, line) -> str:
        if not line.units or self.actor.role not in STAFF or not self.actor.stands_over(line.place.code):
            return ""
        return reverse("units:unit_list") + query_string(place=line.place.code)

    def get_actions(self):
        found = [("区划清单", reverse("units:place_list"), "table")]
        if self.actor.role in Division.KEEPERS and not self.actor.is_read_only:
            found.append(("导入网格", reverse("units:place_import"), "file-import"))
        return found


class PlaceList(ListPage):
    """区划清单: every place with code, superior and figures; what is exported can be filled in and imported again."""

    model = Division
    roles = INSIDERS
    template_name = "units/division_list.html"
    title = "区划与网格清单"
    unit_word = "个"
    filterset_class = PlaceListFilter
    search_fields = ("path_name", "code")
    search_hint = "名称或编码"
    default_order = ("code", "pk")
    empty_text = "还没有区划。"
    columns = [
        Column(
            "path_name",
            "带上级的名称",
            link=lambda row: row.get_absolute_url(),
            sort="path_name",
            is_main=True,
            width=36,
        ),
        Column("code", "编码", sort="code", width=28),
        Column("level", "级别", lambda row: row.get_level_display(), width=8),
        Column("alias", "网格", in_page=False, width=10),
        Column("name", "名称", in_page=False, width=20),
        Column("parent", "上级编码或名称", "parent.code", in_page=False, width=26),
        Column(
            "courtyard_kind",
            "院落类型",
            lambda row: row.get_courtyard_kind_display(),
            in_page=False,
            width=12,
        ),
        Column("households", "户数", kind="int", sort="households"),
        Column("population", "人口", kind="int", sort="population"),
        Column("party_members", "党员", kind="int", sort="party_members"),
        Column("party_organization", "对应党组织", "party_organization.name", width=28),
        Column("administered_by", "管理机构", in_page=False),
        Column("valid_from", "启用日期", kind="date", in_page=False),
        Column("valid_to", "停用日期", kind="date"),
        Column("successor", "并入", "successor.path_name", in_page=False, width=28),
    ]

    def get_rows(self):
        rows = super().get_rows().filter(code__startswith=root_place().code)
        return rows.select_related("parent", "party_organization", "successor")

    def get_breadcrumbs(self):
        return [("区划与网格", reverse("units:place_tree"))]

    def get_actions(self):
        if self.actor.role not in Division.KEEPERS or self.actor.is_read_only:
            return []
        return [("导入网格", reverse("units:place_import"), "file-import")]


class PlacePage:
    """What the pages of one place share."""

    model = Division
    roles = READERS
    object_kwarg = "place"

    def get_queryset(self):
        return super().get_queryset().select_related("parent", "party_organization", "successor")

    def get_breadcrumbs(self):
        way = [(place.name, tree_address(place)) for place in way_to(self.object)]
        here = [(self.object.name, self.object.get_absolute_url())] if isinstance(self, FormPage) else []
        return [("区划与网格", reverse("units:place_tree")), *way, *here]


class PlaceDetail(PlacePage, DetailPage):
    """One place: what it is, what it was called, its figures with those of its parts, who lies there, its timeline."""

    template_name = "units/division_detail.html"
    shows_attachments = False

    def get(self, request, **kwargs):
        self.day_form = DayForm(request.GET)
        self.on = (self.day_form.is_valid() and self.day_form.cleaned_data["on"]) or today()
        return super().get(request, **kwargs)

    @cached_property
    def name(self) -> str:
        return names_on([self.object], self.on).get(self.object.pk, self.object.name)

    @cached_property
    def is_insider(self) -> bool:
        return self.actor.role in INSIDERS

    def get_title(self):
        return self.name

    def get_subtitle(self):
        place = self.object
        day = "" if self.on == today() else f" · {self.on}的名称"
        return f"{place.level_words} · {place.code}{day}"

    def get_facts(self):
        place = self.object
        found = [
            ("全名", str(place)),
            ("级别", place.level_words),
            ("编码", place.code),
            ("管理机构", place.administered_by),
            ("启用日期", place.valid_from or "建库时已有"),
        ]
        if place.courtyard_kind:
            found.insert(3, ("院落类型", place.get_courtyard_kind_display()))
        if place.valid_to:
            found.append(("停用日期", place.valid_to))
        if self.is_insider:
            found.append(
                ("对应党组织", str(place.party_organization) if place.party_organization else "未登记")
            )
            found += self.figures()
        return found

    def figures(self) -> list[tuple[str, str]]:
        """Each figure as written down here and as the sum of the parts."""
        sums = sums_under(self.object.code, self.on).get(self.object.pk)
        if sums is None:
            return []
        found = []
        for name in FIGURES:
            own, below = sums.own[name], sums.below[name]
            words = [f"{number_text(own)}"] if own is not None else []
            words += [f"下级合计 {number_text(below)}"] if below is not None else []
            words += ["与下级合计不一致"] if sums.differs(name) else []
            found.append((FIGURE_LABELS[name], "，".join(words) or "未登记"))
        return found

    def get_actions(self):
        place = self.object
        if place.valid_to is not None:
            return []
        found = []
        if place.level in (Division.Level.DISTRICT, *SERIES) and place.level != Division.Level.BUILDING:
            level = level_below(place.level)
            if may_restructure(self.actor, place, level):
                found.append((f"新增{Division.Level(level).label}", self.address("place_new"), "plus"))
        if may_keep(self.actor, place):
            found.append(("修改", self.address("place_edit"), "pencil"))
        if place.level in SERIES and may_restructure(self.actor, place, place.level):
            found += [
                ("更名", self.address("place_rename"), "refresh"),
                ("并入别处", self.address("place_merge"), "switch-horizontal"),
                ("停用", self.address("place_close"), "ban"),
            ]
        if place.level in {Division.Level.COMMUNITY, *Division.GRID_LEVELS} and may_keep(self.actor, place):
            here = query_string(place=place.code)
            found += [
                ("登记党组织", reverse("units:organization_new") + here, "sitemap"),
                ("登记单位", reverse("units:unit_new") + here, "building"),
            ]
        return found

    def address(self, name: str) -> str:
        return reverse(f"units:{name}", args=[self.object.pk])

    def get_extra_context(self):
        place = self.object
        children = list(Division.objects.filter(parent=place).effective(self.on).order_by("code"))
        sums = sums_under(place.code, self.on) if self.is_insider else {}
        names = names_on(children, self.on)
        return {
            "day_form": self.day_form,
            "on": self.on,
            "is_today": self.on == today(),
            "is_insider": self.is_insider,
            "former_names": list(place.former_names.all()),
            "merged_here": list(Division.objects.filter(successor=place).order_by("valid_to", "code")),
            "children": [
                {
                    "place": child,
                    "name": names.get(child.pk, child.name),
                    "sums": sums[child.pk].shown if child.pk in sums else {},
                    "url": child.get_absolute_url()
                    + query_string(on="" if self.on == today() else self.on.isoformat()),
                }
                for child in children
            ],
            **self.units_context(),
        }

    def units_context(self) -> dict:
        """The units at or below the place that the actor may see; all of them behind one link."""
        counts = unit_counts(self.object.code, self.actor)
        rows = counted_units(self.object.code, self.actor).select_related("place")
        is_staff = self.actor.role in STAFF
        return {
            "unit_count": sum(counts.values()),
            "units": list(rows.order_by("place_code", "pk")[:UNITS_SHOWN]) if is_staff else [],
            "units_url": reverse("units:unit_list") + query_string(place=self.object.code)
            if is_staff
            else "",
        }


class PlaceForms(PlacePage, FormPage):
    """A form about one place of the actor's own; others aren't found."""

    roles = Division.KEEPERS
    # The levels the form is for; those of the structure above the grid are found by the district alone.
    levels: tuple[str, ...] = Division.Level.values

    def get_queryset(self):
        rows = super().get_queryset().kept_by(self.actor)
        return rows.filter(level__in=[level for level in self.levels if self.is_open(level)])

    def is_open(self, level: str) -> bool:
        return True

    def get_subtitle(self):
        return f"{self.object} · {self.object.code}"


class PlaceFact(PlaceForms):
    """A form whose fields aren't the place's own: nothing is compared, the action locks."""

    @property
    def is_change(self) -> bool:
        return False

    def get_action_kwargs(self, cleaned):
        return {self.object_kwarg: self.object, **cleaned}

    def get_cancel_url(self):
        return self.object.get_absolute_url()

    def get(self, request, **kwargs):
        self.object  # noqa: B018 - a row out of sight is a 404 before a form is shown
        return super().get(request, **kwargs)


class StructureForm(PlaceFact):
    """Such a form about the place's standing in the tree."""

    levels = tuple(SERIES)

    def is_open(self, level: str) -> bool:
        return self.actor.role in structure_keepers(level)


class PlaceNew(PlaceFact):
    """Add a place directly in this one."""

    levels = tuple(level for level in (Division.Level.DISTRICT, *SERIES) if level != Division.Level.BUILDING)
    form_class = NewPlaceForm
    object_kwarg = "parent"
    submit_label = "新增"
    success_message = "已新增。"
    action = staticmethod(add_place)

    def is_open(self, level: str) -> bool:
        return self.actor.role in structure_keepers(level_below(level))

    def get_title(self):
        return f"新增{Division.Level(level_below(self.object.level)).label}"

    def get_form_kwargs(self):
        return {"parent": self.object}


class PlaceEdit(PlaceForms):
    """Change what is known of a place."""

    form_class = PlaceForm
    action = staticmethod(change_place)

    def get_form_kwargs(self):
        return {"place": self.object}


class PlaceRename(StructureForm):
    """Give a place another name from a day on."""

    form_class = RenameForm
    title = "更名"
    submit_label = "确认更名"
    success_message = "已更名，原名保留在曾用名里。"
    help_text = "下级的全名随之更新；以前印发的文件和冻结的报表不变。"
    action = staticmethod(rename_place)


class PlaceMerge(StructureForm):
    """Merge a place into another, with everything that lies there in plain sight."""

    form_class = MergeForm
    template_name = "units/division_merge.html"
    title = "并入别处"
    submit_label = "确认并入"
    success_message = "已并入，下级和数据已一并转入。"
    help_text = (
        "下级按新的上级重新编码，单位、组织、项目等一并转入，户数、人口、党员相加。"
        "以后查以前日期的统计，也按转入后的地方计；已冻结的月末数不变。任职授权不随之变动，请另行调整。"
    )
    object_kwarg = "source"
    action = staticmethod(merge_places)

    def get_form_kwargs(self):
        return {"place": self.object, "actor": self.actor}

    def get_action_kwargs(self, cleaned):
        cleaned.pop("is_read")
        return super().get_action_kwargs(cleaned)

    def get_context(self, **more):
        return super().get_context(lying=lying_there(self.object), **more)


class PlaceClose(StructureForm):
    """A place goes out of use."""

    form_class = ClosePlaceForm
    title = "停用"
    submit_label = "确认停用"
    success_message = "已停用。"
    help_text = "里面还有单位、组织或没办完的事时不能停用；可以改为并入别处。"
    action = staticmethod(close_place)


class PlacesImport(FormPage):
    """导入网格: upload a table of sections, courtyards and buildings; what becomes of it is told on the job's page."""

    model = Job
    roles = Division.KEEPERS
    form_class = PlacesFileForm
    template_name = "units/division_import.html"
    title = "导入网格"
    subtitle = "先核对、后写入：上传后逐行检查，看过结果再确认。"
    submit_label = "上传并核对"
    success_message = "已上传，正在核对。"
    is_multipart = True
    action = staticmethod(start_places_import)

    def get_breadcrumbs(self):
        return [("区划与网格", reverse("units:place_tree"))]

    def get_cancel_url(self):
        return reverse("units:place_tree")

    def get_context(self, **more):
        recent = Job.objects.visible_to(self.actor).filter(kind=KIND).order_by("-pk")[:5]
        return super().get_context(recent=recent, **more)

    def post(self, request, **kwargs):
        try:
            refuse_too_large(request)
        except RuleViolation as refusal:
            return self.render_refusal(self.get_form({}, {}), refusal, status=413)
        return super().post(request, **kwargs)


@requires(Division.KEEPERS)
def import_template(request):
    """The empty table to fill in (下载模板)."""
    content = template_xlsx(TEMPLATE, title="区划与网格")
    headers = {"Content-Disposition": content_disposition_header(True, "区划与网格模板.xlsx")}
    return HttpResponse(content, content_type=XLSX, headers=headers)
