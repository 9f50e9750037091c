"""The inbox: one's own messages, unread first, opened and marked read."""

import pytest
from django.test import Client

from notifications.actions import notify
from notifications.models import Notification
from notifications.queries import unread_count
from tests.counting import own_queries

pytestmark = pytest.mark.django_db


def tell(person, title: str = "认领已确认", url: str = "/projects/", key: str = "") -> Notification:
    notify(
        key=key or title,
        to=[person.user],
        kind="fact",
        title=title,
        body="请按计划实施。",
        url=url,
        about=person.user,
    )
    return Notification.objects.get(recipient=person.user, key=key or title)


def text(response) -> str:
    return response.content.decode()


def test_each_reads_the_own_messages_unread_first(liaison, community):
    tell(liaison, "先来的")
    later = tell(liaison, "后来的")
    tell(community, "别人的")
    liaison.client.post("/messages/read/", {"message": later.pk})
    page = text(liaison.client.get("/messages/"))
    assert page.index("先来的") < page.index("后来的")
    assert "别人的" not in page
    assert unread_count(liaison.actor) == 1
    assert "先来的" not in text(liaison.client.get("/messages/?state=read"))


def test_opening_a_message_goes_to_the_matter_and_marks_it_read(liaison):
    message = tell(liaison)
    answer = liaison.client.get(f"/messages/{message.pk}/open/")
    assert (answer.status_code, answer["Location"]) == (302, "/projects/")
    message.refresh_from_db()
    assert message.read_at is not None


def test_an_address_outside_the_portal_is_not_followed(liaison):
    message = tell(liaison, url="https://evil.example/")
    assert liaison.client.get(f"/messages/{message.pk}/open/")["Location"] == "/messages/"


def test_a_foreign_message_is_neither_opened_nor_marked(liaison, community):
    message = tell(community)
    assert liaison.client.get(f"/messages/{message.pk}/open/").status_code == 404
    liaison.client.post("/messages/read/", {"message": message.pk})
    liaison.client.post("/messages/read/")
    message.refresh_from_db()
    assert message.read_at is None


def test_all_are_marked_read_at_once_and_odd_input_does_nothing(liaison):
    for number in range(3):
        tell(liaison, f"第 {number} 条")
    for odd in ("abc", "9" * 40, "-1", "1 or 1=1"):
        assert liaison.client.post("/messages/read/", {"message": odd}).status_code == 302
    assert unread_count(liaison.actor) == 3
    assert "3 条消息已标为已读" in text(liaison.client.post("/messages/read/", follow=True))
    assert unread_count(liaison.actor) == 0


def test_anonymous_signs_in_first():
    assert Client().get("/messages/").status_code == 302
    assert Client().post("/messages/read/").status_code == 302


def test_what_a_message_says_is_text(liaison):
    tell(liaison, "<script>甲</script>")
    assert "<script>甲" not in text(liaison.client.get("/messages/"))


def test_the_inbox_costs_the_same_with_one_message_and_with_three(liaison):
    def cost() -> int:
        tell(liaison, f"第 {Notification.objects.count()} 条")
        return own_queries(liaison.client, "/messages/")

    assert [cost(), cost(), cost()] == [3] * 3
