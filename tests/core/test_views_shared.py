"""更多, the larger type, and the gallery."""

import pytest
from django.test import Client

from core.context import ELDER_COOKIE


@pytest.mark.django_db
class TestElder:
    def test_the_switch_sets_a_cookie_and_returns_to_the_page(self):
        client = Client()
        response = client.post("/prefs/elder/", {"elder": "1", "next": "/components/"})
        assert response["Location"] == "/components/"
        assert client.cookies[ELDER_COOKIE].value == "1"
        assert '<html lang="zh-CN" class="elder">' in client.get("/components/").content.decode()

    def test_it_switches_back(self):
        client = Client()
        client.post("/prefs/elder/", {"elder": "1"})
        client.post("/prefs/elder/", {"elder": "0"})
        assert client.cookies[ELDER_COOKIE].value == ""

    def test_it_is_never_switched_by_a_link(self):
        assert Client().get("/prefs/elder/?elder=1").status_code == 405

    def test_it_returns_only_to_this_site(self):
        response = Client().post("/prefs/elder/", {"elder": "1", "next": "//elsewhere.example/"})
        assert response["Location"] == "/"


@pytest.mark.django_db
class TestGallery:
    def test_it_shows_every_component(self):
        response = Client().get("/components/")
        assert response.status_code == 200
        assert "退回原因" in response.content.decode()

    def test_production_has_none(self, settings):
        settings.SHOW_GALLERY = False
        assert Client().get("/components/").status_code == 404


class TestMore:
    def test_it_lists_the_pages_of_the_role(self, subdistrict):
        page = subdistrict.client.get("/more/").content.decode()
        assert "<h1>全部功能</h1>" in page

    @pytest.mark.django_db
    def test_it_is_for_people_who_signed_in(self):
        assert Client().get("/more/").status_code == 302
