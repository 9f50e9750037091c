"""The REST endpoints of notifications (api.md)."""

# Patterns under /api/v1/, gathered by wuhou.api.
urlpatterns = []
