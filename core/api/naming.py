"""Serializers by name: the schema describes each shape once, whoever mentions it."""

from rest_framework import serializers

_named: dict[str, type[serializers.Serializer]] = {}


def named_serializer(name: str, fields: dict[str, serializers.Field]) -> type[serializers.Serializer]:
    """One serializer class by name, made once."""
    if name not in _named:
        _named[name] = type(name, (serializers.Serializer,), fields)
    return _named[name]
