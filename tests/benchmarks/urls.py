"""The portal's addresses, and the bare views it is measured against."""

from django.urls import include, path

from tests.benchmarks.peers import bare_coverage

urlpatterns = [path("bare/coverage/", bare_coverage), path("", include("wuhou.urls"))]
