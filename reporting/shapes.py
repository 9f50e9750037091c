"""The shapes of the statistics answers, for the schema of the API; nothing is computed with them."""

from rest_framework import serializers

from core.indicators import PERIOD_TYPE_LABELS


class PlaceShape(serializers.Serializer):
    code = serializers.CharField(help_text="区划代码")
    name = serializers.CharField()
    level = serializers.CharField()


class FigureShape(serializers.Serializer):
    """Whole numbers; ``rate`` is null and ``rate_display`` ``—`` for denominator 0."""

    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField(allow_null=True)
    rate = serializers.CharField(allow_null=True, help_text="四位小数，如 0.8320")
    rate_display = serializers.CharField(help_text="如 83.2%")
    standalone = serializers.IntegerField(help_text="单独组建", required=False)
    joint = serializers.IntegerField(help_text="联合组建", required=False)
    uncovered = serializers.IntegerField(help_text="未覆盖：分母中没有计入分子的", required=False)
    excluded = serializers.IntegerField(help_text="已剔除：当日不是正常经营的", required=False)


class RowShape(FigureShape):
    place = PlaceShape()


class HeadingShape(serializers.Serializer):
    indicator = serializers.CharField(help_text="指标编号，如 COV-ORG-NP")
    name = serializers.CharField()
    formula_version = serializers.IntegerField()
    note = serializers.CharField(required=False, help_text="哪些数没有留存历史，按现在登记的计算")
    place = PlaceShape()


class AnswerShape(HeadingShape):
    as_of = serializers.DateField()
    frozen = serializers.BooleanField(help_text="是否取自月末快照")
    total = FigureShape()
    rows = RowShape(many=True, help_text="各行各项之和等于合计")


class IndicatorAnswerShape(AnswerShape):
    period = serializers.CharField(allow_null=True, help_text="时段，如 2026-11；时点数按日期取时为空")


class PointShape(serializers.Serializer):
    period = serializers.CharField()
    as_of = serializers.DateField()
    frozen = serializers.BooleanField()
    formula_version = serializers.IntegerField(required=False, help_text="冻结时的口径版本，只有快照有")
    total = FigureShape()
    rows = RowShape(many=True)


class SeriesShape(HeadingShape):
    step = serializers.CharField()
    points = PointShape(many=True)


class ExcludedShape(serializers.Serializer):
    reason = serializers.CharField()
    reason_display = serializers.CharField()
    count = serializers.IntegerField()


class MovementShape(HeadingShape):
    """opening + added − excluded_total + restored = closing."""

    opening_as_of = serializers.DateField(help_text="期初：起始日前一日")
    opening = serializers.IntegerField()
    added = serializers.IntegerField()
    excluded = ExcludedShape(many=True)
    excluded_total = serializers.IntegerField()
    restored = serializers.IntegerField()
    closing_as_of = serializers.DateField()
    closing = serializers.IntegerField()

    def get_fields(self):
        return {**super().get_fields(), "from": serializers.DateField(), "to": serializers.DateField()}


class IndicatorShape(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    numerator = serializers.CharField(help_text="分子的定义")
    denominator = serializers.CharField(allow_null=True, help_text="分母的定义")
    formula_version = serializers.IntegerField()
    levels = serializers.ListField(child=serializers.CharField())
    period_type = serializers.ChoiceField(
        choices=[(str(key), label) for key, label in PERIOD_TYPE_LABELS.items()]
    )
    period_type_display = serializers.CharField()
    published = serializers.BooleanField()
    note = serializers.CharField(allow_blank=True)


class CatalogueShape(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = IndicatorShape(many=True)
