"""The three lists (三张清单) on paper: needs, resources and open projects of a place, as A4 or as an A3 poster.

Source: domain.md §2.13 项目清单公告 (说明、项目表、认领方式、联系人). Names of people stand in none of them.
"""

from datetime import date
from io import BytesIO
from math import sqrt

from django.db import transaction
from django.urls import reverse
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm

from core.actor import Actor
from core.clock import today
from core.codes import under
from core.components import date_text
from core.documents import Kind, Paper, issue_document
from core.documents.blocks import add_line
from core.documents.ending import CheckMark, qr_picture
from core.documents.page import TEXT_WIDTH_MM, set_line
from core.documents.verification import absolute
from core.errors import InputError, NotAllowed
from core.models import IssuedDocument
from core.roles import STAFF
from projects.models import Need, Project, Resource
from projects.queries.lists import hours_of, hours_text
from units.models import Division

MOST_ROWS = 60
QR_MM = 36
SIZES = {"a4": "A4", "a3": "A3 海报"}
# A3 is A4 with each side √2 times as long.
LARGER = sqrt(2)
PLACES = (Division.Level.DISTRICT, Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)
NEED_TABLE = (("序号", "需求", "领域", "地点", "受益人数"), (12, 66, 20, 38, 20))
RESOURCE_TABLE = (("序号", "资源", "提供单位", "开放时段", "使用条件"), (12, 38, 40, 40, 26))
PROJECT_TABLE = (
    ("序号", "编号和名称", "主题", "期限", "地点", "需要人手", "认领截止"),
    (12, 46, 20, 14, 26, 18, 20),
)


class ListPaper(Paper):
    """A paper that may be a poster, with a QR code that opens the page for new needs."""

    def __init__(self, title: str, *, size: str, subtitle: str = ""):
        super().__init__(Kind.REPORT, title, subtitle=subtitle)
        self.size = size

    def qr(self, url: str, words: str) -> None:
        """A QR code in the middle, with what it opens beneath."""
        self._add(draw_qr, url, words)

    def save(self, check: CheckMark | None = None) -> bytes:
        """The paper as .docx, for A3 every measure √2 times as large."""
        data = super().save(check)
        return enlarge(data) if self.size == "a3" else data


def draw_qr(document, url: str, words: str) -> None:
    line = add_line(document)
    set_line(line.paragraph_format, None)
    line.add_run().add_picture(qr_picture(url), width=Mm(QR_MM))
    for paragraph in (line, add_line(document, words)):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


# What stands in it


def three_lists(place: Division, size: str, on: date) -> ListPaper:
    """The three lists of a place as they stand on a day."""
    paper = ListPaper(f"{place.name}\n需求、资源、项目三张清单", size=size, subtitle=date_text(on))
    paper.paragraph(
        "以下需求已经核实，资源可以预约，项目正在征集认领单位。欢迎辖区单位认领项目、登记资源，欢迎居民提出需求。"
    )
    write_list(
        paper, "需求清单", NEED_TABLE, [need_row(need) for need in open_needs(place)], "目前没有待办的需求。"
    )
    write_list(
        paper,
        "资源清单",
        RESOURCE_TABLE,
        [resource_row(one) for one in open_resources(place, on)],
        "目前没有可预约的资源。",
    )
    write_list(
        paper,
        "项目清单",
        PROJECT_TABLE,
        [project_row(one) for one in open_projects(place, on)],
        "目前没有待认领的项目。",
    )
    paper.heading(1, "怎样参加")
    paper.paragraph(
        "认领项目、登记资源：请本单位联络员登录区域化党建平台，在“项目认领”里办理，街道确认后开始实施。"
    )
    paper.paragraph("提出需求：手机扫描下面的二维码，不用注册；凭查询码随时查看进展。")
    paper.qr(absolute(f"{reverse('open:need_raise')}?place={place.code}"), "扫码提出需求")
    paper.note(f"联系人：{place.name}党群服务中心")
    return paper


def write_list(paper: Paper, title: str, table: tuple, rows: list[tuple], nothing: str) -> None:
    paper.heading(1, title)
    if rows:
        header, widths = table
        numbered = [(order, *row) for order, row in enumerate(rows, 1)]
        paper.table(header, numbered, tuple(TEXT_WIDTH_MM * width / sum(widths) for width in widths))
    else:
        paper.paragraph(nothing)


def open_needs(place: Division):
    """Verified needs that no project has taken up yet, the latest first."""
    rows = Need.objects.filter(under(place.code), status=Need.Status.VERIFIED)
    return rows.select_related("place").order_by("-raised_on", "-pk")[:MOST_ROWS]


def open_resources(place: Division, on: date):
    rows = Resource.objects.bookable(on).filter(under(place.code))
    return rows.select_related("unit").prefetch_related("windows").order_by("kind", "pk")[:MOST_ROWS]


def open_projects(place: Division, on: date):
    rows = Project.objects.open().filter(under(place.code), claim_due_on__gte=on)
    return rows.select_related("place").order_by("claim_due_on", "pk")[:MOST_ROWS]


def need_row(need: Need) -> tuple:
    return (need.title, need.get_domain_display(), need.place.name, need.beneficiaries or "")


def resource_row(resource: Resource) -> tuple:
    hours = hours_text(hours_of(resource.windows.all())) or "另行商定"
    return (resource.title, resource.unit.name, hours, resource.conditions or resource.quantity)


def project_row(project: Project) -> tuple:
    return (
        f"{project.number}\n{project.title}",
        project.get_theme_display(),
        project.get_term_display(),
        project.place.name,
        project.volunteers_needed or "",
        project.claim_due_on.isoformat(),
    )


# Issue


@transaction.atomic
def issue_lists(*, place: Division, size: str, actor: Actor) -> IssuedDocument:
    """Issue the three lists of a place with a verification code.

    Raises `NotAllowed` for a place that is not the actor's, `InputError` beside ``size``.
    """
    if actor.is_read_only or actor.role not in STAFF or not actor.stands_over(place.code):
        raise NotAllowed("只能由工作人员印发本辖区的清单。")
    if place.level not in PLACES:
        raise InputError("请选择区、街道或社区。", field="place")
    if size not in SIZES:
        raise InputError("请选择 A4 或 A3。", field="size")
    return issue_document(about=place, content=three_lists(place, size, today()), actor=actor)


# Larger

# Attributes that hold a length: element → names; all of them grow alike.
LENGTHS = {
    "sz": ("val",), "szCs": ("val",), "spacing": ("line", "before", "after", "val"), "ind": ("left", "right", "firstLine", "hanging"),
    "pgSz": ("w", "h"), "pgMar": ("top", "right", "bottom", "left", "header", "footer", "gutter"), "docGrid": ("linePitch",),
    "tcW": ("w",), "gridCol": ("w",), "tblW": ("w",), "trHeight": ("val",), "tab": ("pos",), "top": ("w",), "left": ("w",),
    "bottom": ("w",), "right": ("w",), "tblpPr": ("topFromText",),
}  # fmt: skip
PICTURES = ("extent", "ext")


def enlarge(data: bytes) -> bytes:
    """The same .docx with every length √2 times as large: A4 becomes A3."""
    document = Document(BytesIO(data))
    section = document.sections[0]
    parts = [document.element, document.styles.element]
    parts += [foot._element for foot in (section.footer, section.even_page_footer)]
    for element in (one for part in parts for one in part.iter()):
        grow(element)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def grow(element) -> None:
    """Enlarge the lengths of one XML element."""
    if not isinstance(element.tag, str):
        return
    name = element.tag.rpartition("}")[2]
    for attribute in LENGTHS.get(name, ()):
        larger(element, qn(f"w:{attribute}"))
    if name in PICTURES:
        larger(element, "cx")
        larger(element, "cy")


def larger(element, attribute: str) -> None:
    value = element.get(attribute, "")
    if value.lstrip("-").isdigit():
        element.set(attribute, str(round(int(value) * LARGER)))
