"""A form that is posted twice as it is has one effect, and the second answer is the first one's."""

import re

from core.models import IdempotencyRecord
from units.models import Unit

URL = "/units/new/"


def opened(client) -> str:
    return re.search(r'name="once" value="([^"]+)"', client.get(URL).content.decode())[1]


def typed(place, **more) -> dict:
    return {
        "name": "成都试办商贸有限公司", "credit_code_missing_reason": "筹备中", "category": "non_public", "place": place.pk,
        "employees": 3, "members_total": 0, "members_full": 0, "registered_on": "2026-01-05", **more,
    }  # fmt: skip


def test_twice_the_same_is_once(subdistrict, huangmenjie):
    body = typed(huangmenjie, once=opened(subdistrict.client))
    first, second = (subdistrict.client.post(URL, body) for _ in range(2))
    assert (first.status_code, second.status_code, second.url) == (302, 302, first.url)
    assert Unit.objects.filter(name=body["name"]).count() == 1


def test_what_was_refused_may_be_sent_again_and_something_else_is_another_entry(subdistrict, huangmenjie):
    token = opened(subdistrict.client)
    wrong = subdistrict.client.post(URL, typed(huangmenjie, once=token, members_full=5))
    assert wrong.status_code in (400, 409)
    assert f'value="{token}"' in wrong.content.decode()
    assert not IdempotencyRecord.objects.exists()
    assert subdistrict.client.post(URL, typed(huangmenjie, once=token)).status_code == 302
    other = typed(huangmenjie, once=token, name="成都又一家商贸有限公司")
    assert subdistrict.client.post(URL, other).status_code == 302
    assert Unit.objects.count() == 2


def test_another_persons_token_is_nobodys(subdistrict, community, huangmenjie):
    body = typed(huangmenjie, once=opened(subdistrict.client))
    assert subdistrict.client.post(URL, body).status_code == 302
    again = community.client.post(URL, body)
    assert again.status_code == 409
    assert "同一街道已登记同名单位" in again.content.decode()
