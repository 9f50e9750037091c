"""Posters with a QR code: staff print one for a community of theirs; it opens the residents' page with it chosen."""

import pytest

POSTERS = {"/units/issues/poster/": "/issues/report/", "/projects/needs/poster/": "/open/needs/new/"}
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", POSTERS)
def test_one_sheet_for_a_community_of_theirs(
    address, community, subdistrict, liaison, huangmenjie, jinyan, client
):
    answer = community.client.get(address)
    page = answer.content.decode()
    target = f"{POSTERS[address]}?place={huangmenjie.code}"
    assert answer.context["address"].endswith(target)
    assert target in page
    assert 'class="qr"' in page
    assert str(huangmenjie) in page
    assert 'name="place"' not in page
    assert f'value="{huangmenjie.code}" selected' in client.get(target).content.decode()
    chosen = subdistrict.client.get(f"{address}?place={huangmenjie.code}")
    assert chosen.context["place"] == huangmenjie
    assert 'name="place"' in chosen.content.decode()
    for wrong in (jinyan.code, "%00", "x"):
        assert subdistrict.client.get(f"{address}?place={wrong}").status_code == 400
    assert liaison.client.get(address).status_code == 403


def test_the_lists_lead_to_their_posters(community, liaison):
    for address, poster in (
        ("/units/issues/", "/units/issues/poster/"),
        ("/projects/needs/", "/projects/needs/poster/"),
    ):
        assert poster in community.client.get(address).content.decode()
        assert poster not in liaison.client.get(address).content.decode()
