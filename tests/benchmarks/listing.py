"""The units register: the same with 1,000 and 200,000 rows, and drawn about as fast as by Jinja2."""

import jinja2
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.columns import page_columns, table_body
from tests.benchmarks.data import make_people, make_units
from tests.benchmarks.measure import Row, Values, cpu_of, seconds_of, side_by_side
from tests.benchmarks.requests import ask, sign_in
from units.models import Unit
from units.views.units import UnitList, open_coverage

SMALL, LARGE = 1_000, 200_000
LIST = "/units/"


def visit(rows: int) -> tuple[Values, int]:
    """Milliseconds of the first page of a register of so many rows, and its number of queries."""
    make_units(rows)
    headers = sign_in(make_people())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE units_unit, units_operatingspell, units_coveragespell")
    for _ in range(3):
        ask(LIST, **headers)
    with CaptureQueriesContext(connection) as captured:
        ask(LIST, **headers)
    queries = len(captured)
    runs = tuple(seconds_of(lambda: ask(LIST, **headers)) * 1000 for _ in range(25))
    return Values(runs), queries


def growth() -> list[Row]:
    (small, queries), (large, more_queries) = visit(SMALL), visit(LARGE)
    counted = Values((float(queries),)), Values((float(more_queries),))
    return [
        Row("units list, first page: 200,000 ÷ 1,000 rows", large, small, "ms", 1.5, True, ",.1f"),
        Row("the same: queries", counted[1], counted[0], "", 1, True, note="must be equal"),
    ]


# The same cells as an experienced hand would write them for Jinja2, from the same objects.
TEMPLATE = jinja2.Environment(autoescape=True).from_string(
    """{% macro tag(word, tone, icon) %}<span class="tag {{ tone }}"><svg class="icon" aria-hidden="true">\
<use href="/static/vendor/tabler-sprite.svg#{{ icon }}"></use></svg>{{ word }}</span>{% endmacro %}\
{% for row in rows %}<tr><td class="main" data-label="单位名称"><a href="{{ row.get_absolute_url() }}">{{ row.name }}</a></td>\
<td data-label="统一社会信用代码">{{ row.credit_code or "—" }}</td><td data-label="单位类别">{{ row.get_category_display() }}</td>\
<td data-label="所在社区">{{ row.place.path_name }}</td>\
<td class="k-tag" data-label="经营状态">{{ tag(row.get_operating_status_display(), "ok", "circle-check") }}</td>\
<td class="n k-int" data-label="从业人数">{{ "{:,}".format(row.employees) }}</td>\
<td class="n k-int" data-label="党员人数">{{ "{:,}".format(row.members_total) }}</td>\
<td class="k-tag" data-label="覆盖">{% if row.open_coverage %}\
{{ tag(row.open_coverage[0].get_mode_display(), "ok", "circle-check") }}{% else %}{{ tag("未覆盖", "wait", "hourglass") }}\
{% endif %}</td></tr>
{% endfor %}"""
)


def drawing() -> list[Row]:
    """Fifty rows from objects to HTML: the list page's way against Jinja2."""
    columns = page_columns(UnitList.columns)
    rows = list(Unit.objects.select_related("place").prefetch_related(open_coverage())[:50])
    ours, theirs = side_by_side(
        lambda: cpu_of(lambda: table_body(columns, rows), 40),
        lambda: cpu_of(lambda: TEMPLATE.render(rows=rows), 40),
        15,
    )
    return [Row("50 rows of the list: CPU ÷ Jinja2", ours, theirs, "µs", 2, True, note="objects to HTML")]


def rows() -> list[Row]:
    return [*growth(), *drawing()]
