"""E-mail (邮件): one connection for a batch, Chinese text and simple HTML, a Message-ID that survives a crash."""

import smtplib
import ssl
from email.utils import parseaddr
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.message import BadHeaderError
from django.template.loader import render_to_string

from notifications.channels.refusals import ChannelDown, NeverSends, TryLater
from notifications.models import Delivery

PORTAL_NAME = "武侯区区域化党建平台"
PERMANENT = range(500, 600)
# Mail servers end a connection after a number of messages; a new one in time costs less than a broken one.
MESSAGES_PER_CONNECTION = 50


def message_id(delivery: Delivery) -> str:
    """The same for every try of one delivery, so that a receiver recognises a second copy (ADR 0006)."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    born = int(delivery.notification.created_at.timestamp() * 1_000_000)
    return f"<delivery.{delivery.pk}.{born}@{domain}>"


def build_mail(delivery: Delivery) -> EmailMultiAlternatives:
    """The message as mail, with absolute addresses."""
    message = delivery.notification
    context = {
        "message": message,
        "portal": PORTAL_NAME,
        "address": urljoin(f"{settings.PUBLIC_URL}/", message.url.lstrip("/"))
        if message.url
        else settings.PUBLIC_URL,
        "account_address": settings.PUBLIC_URL,
    }
    mail = EmailMultiAlternatives(
        subject=" ".join(message.title.split()),
        body=render_to_string("email/notification.txt", context),
        to=[message.recipient.email],
        headers={"Message-ID": message_id(delivery), "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string("email/notification.html", context), "text/html")
    return mail


class EmailChannel:
    """Sends deliveries over one connection, opened when first needed; use it as a context."""

    def __init__(self):
        self.connection = None
        self.carried = 0

    def __enter__(self) -> "EmailChannel":
        return self

    def __exit__(self, *raised) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye; a connection that is already gone needs none."""
        connection, self.connection = self.connection, None
        if connection is not None:
            try:
                connection.close()
            except (OSError, smtplib.SMTPException):
                return

    def open(self):
        if self.carried >= MESSAGES_PER_CONNECTION:
            self.close()
        if self.connection is None:
            connection = get_connection()
            connection.open()
            self.connection, self.carried = connection, 0
        self.carried += 1
        return self.connection

    def send(self, delivery: Delivery) -> None:
        """Hand one message to the mail server. Raises `TryLater`, `NeverSends` or `ChannelDown`."""
        mail = self.build(delivery)
        try:
            mail.connection = self.open()
            mail.send()
        except smtplib.SMTPRecipientsRefused as refusal:
            raise answer(*next(iter(refusal.recipients.values()))) from refusal
        except smtplib.SMTPDataError as refusal:
            raise answer(refusal.smtp_code, refusal.smtp_error) from refusal
        except smtplib.SMTPNotSupportedError as refusal:
            raise NeverSends(f"邮件服务器不支持这个地址：{refusal}") from refusal
        except (smtplib.SMTPException, OSError, ssl.SSLError) as fault:
            # Wrong sender, password or server: no message's own fault, and all that follow would fail alike.
            self.close()
            raise ChannelDown(f"邮件服务器不可用：{fault}") from fault

    def build(self, delivery: Delivery) -> EmailMultiAlternatives:
        if not delivery.notification.recipient.email:
            raise NeverSends("收件人没有登记邮箱。")
        try:
            mail = build_mail(delivery)
            mail.message()
        except (BadHeaderError, ValueError) as fault:
            raise NeverSends(f"邮件地址或内容不合规范：{fault}") from fault
        return mail


def answer(code: int, text: bytes | str) -> TryLater | NeverSends:
    """What the server's answer to one recipient or message means (RFC 5321: 4xx for now, 5xx for good)."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    if code in PERMANENT:
        return NeverSends(f"收件方拒收：{code} {words}")
    return TryLater(f"收件方暂缓：{code} {words}")
