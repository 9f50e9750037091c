"""Refusals of the deployment, before there is a page to show them on."""

from django.core.exceptions import ImproperlyConfigured


class UnsafeSettings(ImproperlyConfigured):
    """Production settings that must not run; the message lists all of them."""
