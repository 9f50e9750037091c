"""Addresses of places and grid (区划与网格), part of the units' own."""

from django.urls import path

from units.divisions import views

urlpatterns = [
    path("places/", views.PlaceTree.as_view(), name="place_tree"),
    path("places/list/", views.PlaceList.as_view(), name="place_list"),
    path("places/import/", views.PlacesImport.as_view(), name="place_import"),
    path("places/import/template/", views.import_template, name="place_import_template"),
    path("places/<int:pk>/", views.PlaceDetail.as_view(), name="place_detail"),
    path("places/<int:pk>/new/", views.PlaceNew.as_view(), name="place_new"),
    path("places/<int:pk>/edit/", views.PlaceEdit.as_view(), name="place_edit"),
    path("places/<int:pk>/rename/", views.PlaceRename.as_view(), name="place_rename"),
    path("places/<int:pk>/merge/", views.PlaceMerge.as_view(), name="place_merge"),
    path("places/<int:pk>/close/", views.PlaceClose.as_view(), name="place_close"),
]
