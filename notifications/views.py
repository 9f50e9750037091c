"""The inbox of a person, and the deliveries that did not go out."""

import django_filters
from django.contrib import messages
from django.db.models import Case, Value, When
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from core.access import actor_of, requires
from core.columns import Column
from core.components import Tag
from core.pages import ListPage, back_to
from core.roles import Role
from notifications.actions import mark_read
from notifications.delivery import retry_delivery
from notifications.models import Delivery, Notification
from notifications.queries import unread_count, unsent_deliveries

READ = Tag("已读", "off", "check")
UNREAD = Tag("未读", "wait", "mail")


def open_address(row: Notification) -> str:
    """Where a click goes: it opens the matter and marks the message read."""
    return reverse("notifications:open", args=[row.pk])


def read_button(row: Notification):
    if row.read_at is not None:
        return ""
    return format_html(
        '<button type="submit" class="btn s" form="mark-read" name="message" value="{}" aria-label="标为已读：{}">标为已读</button>',
        row.pk,
        row.title,
    )


class NotificationFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label="状态", choices=[("unread", "未读"), ("read", "已读")], method="by_state"
    )

    class Meta:
        model = Notification
        fields: list[str] = []

    def by_state(self, rows, name, value):
        return rows.filter(read_at__isnull=value == "unread")


class Inbox(ListPage):
    """A person's messages (消息), unread first."""

    model = Notification
    title = "消息"
    template_name = "notifications/inbox.html"
    filterset_class = NotificationFilter
    search_fields = ("title", "body")
    search_hint = "消息里的文字"
    default_order = (Case(When(read_at__isnull=True, then=Value(0)), default=Value(1)), "-pk")
    empty_text = "还没有消息。有事找您时，会出现在这里，也会发到您的邮箱。"
    formats = ()
    columns = [
        Column("title", "消息", link=open_address, is_main=True),
        Column("body", "内容"),
        Column("created_at", "时间", kind="date"),
        Column("state", "状态", kind="tag", value=lambda row: UNREAD if row.read_at is None else READ),
        Column("read", "办理", value=read_button, kind="html", sheet_value=lambda row: ""),
    ]

    def get_context(self, **more):
        return super().get_context(unread=unread_count(self.actor), **more)


@require_GET
@requires()
def open_message(request, pk):
    """Mark a message read and go where it points."""
    row = get_object_or_404(Notification.objects.visible_to(actor_of(request)), pk=pk)
    mark_read(notifications=Notification.objects.filter(pk=row.pk), actor=actor_of(request))
    is_ours = url_has_allowed_host_and_scheme(row.url, None)
    return HttpResponseRedirect(row.url if is_ours else reverse("notifications:inbox"))


@require_POST
@requires()
def read_messages(request):
    """Mark one message (``message``) or all of them read."""
    rows = Notification.objects.all()
    chosen = request.POST.get("message", "")
    if chosen:
        rows = (
            rows.filter(pk=int(chosen))
            if chosen.isascii() and chosen.isdigit() and len(chosen) < 19
            else rows.none()
        )
    count = mark_read(notifications=rows, actor=actor_of(request))
    if count:
        messages.success(request, f"{count} 条消息已标为已读。")
    return HttpResponseRedirect(back_to(request, reverse("notifications:inbox")))


def retry_button(row: Delivery):
    if row.status != Delivery.Status.GIVEN_UP:
        return ""
    return format_html(
        '<button type="submit" class="btn s" form="retry" name="delivery" value="{}">再发一次</button>',
        row.pk,
    )


class DeliveryFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(
        label="状态",
        choices=[choice for choice in Delivery.Status.choices if choice[0] != Delivery.Status.SENT],
    )

    class Meta:
        model = Delivery
        fields: list[str] = []


class UnsentList(ListPage):
    """Deliveries (投递) that wait or were given up, with the mail server's words; what they say stays hidden."""

    model = Delivery
    roles = frozenset({Role.SYSADMIN})
    title = "未送达的邮件"
    template_name = "notifications/unsent_list.html"
    filterset_class = DeliveryFilter
    unit_word = "封"
    default_order = ("status", "-pk")
    empty_text = "没有等待或未送达的邮件。"
    formats = ("csv",)
    columns = [
        Column("pk", "编号", value="pk", sort="pk"),
        Column("recipient", "收件人", value="notification.recipient.name", is_main=True),
        Column("email", "邮箱", value="notification.recipient.email"),
        Column("attempts", "已试次数", kind="int", sort="attempts"),
        Column("next_try_at", "下次尝试", kind="date", sort="next_try_at"),
        Column("last_error", "最近的答复"),
        Column("status", "状态", kind="tag", sort="status"),
        Column("retry", "办理", value=retry_button, kind="html", in_sheet=False),
    ]

    def get_rows(self):
        return unsent_deliveries(self.actor).select_related("notification__recipient")


@require_POST
@requires(Role.SYSADMIN)
def retry(request):
    """Send a given-up message again."""
    chosen = request.POST.get("delivery", "")
    pk = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else 0
    row = get_object_or_404(unsent_deliveries(actor_of(request)), pk=pk)
    if retry_delivery(delivery=row, actor=actor_of(request)):
        messages.success(request, "已重新排队，稍后发送。")
    return HttpResponseRedirect(back_to(request, reverse("notifications:unsent_list")))
