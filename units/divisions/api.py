"""``/api/v1/divisions/``: the places, public."""

import django_filters

from core.api import Field, Nested, Register
from units.models import Division


class DivisionFilter(django_filters.FilterSet):
    """``parent`` is the code of the place above, ``level`` one of the levels."""

    parent = django_filters.CharFilter(field_name="parent__code", label="上级区划代码", max_length=32)
    level = django_filters.ChoiceFilter(choices=Division.Level.choices, label="级别")

    class Meta:
        model = Division
        fields = ("parent", "level")


class Divisions(Register):
    """区划与网格: codes, names and levels; those run by somebody else say by whom."""

    name, basename, model = "divisions", "division", Division
    help = "区划：代码、名称、级别；由其他机构管理的另有标明"
    is_public = True
    fields = [
        Field("id", public=True),
        Field("code", public=True),
        Field("name", public=True),
        Field("path_name", public=True),
        Field("level", public=True),
        Nested(
            "parent",
            {"code": "parent__code", "name": "parent__name", "level": "parent__level"},
            public=True,
            help="上级",
        ),
        Field("administered_by", public=True),
        Field("valid_from", public=True),
        Field("valid_to", public=True),
    ]
    filterset_class = DivisionFilter
    search_fields = ("name", "path_name", "code")
    ordering = {"code": "code", "name": "name", "level": "level"}
    default_ordering = ("code",)

    def get_public_rows(self, query):
        return Division.objects.all()


urlpatterns = [*Divisions().urls()]
