"""Bodies of writes: serializers that refuse what they don't know."""

from rest_framework import serializers


class InputSerializer(serializers.Serializer):
    """The fields of a write; an unknown field is refused, so that a typing mistake isn't silently lost."""

    def to_internal_value(self, data):
        if isinstance(data, dict):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError(
                    {
                        str(name)[:40]: [serializers.ErrorDetail("没有这个字段。", code="unknown_field")]
                        for name in unknown
                    }
                )
        return super().to_internal_value(data)


class MomentField(serializers.DateTimeField):
    """A moment with its offset; one at the very edge of the calendar, which no clock here could show, is refused."""

    def to_internal_value(self, value):
        try:
            return super().to_internal_value(value)
        except OverflowError:
            raise serializers.ValidationError("时刻超出了可以使用的范围。", code="overflow") from None


class NoteInput(InputSerializer):
    """The body of a move: a sentence, needed where the moves table asks for one."""

    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000, label="说明")
