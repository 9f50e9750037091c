"""Verbs of accounts: give and end roles, issue and revoke tokens."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.utils import timezone

from accounts.models import ApiToken, Membership, User
from core.actor import Actor
from core.cache import forget_token
from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import change_fields, write_history
from core.models import HistoryEntry
from core.roles import DISTRICT_STAFF, THREE_OFFICERS, UNIT_SIDE, Role
from units.actions.liaisons import replace_liaison, withdraw_liaison
from units.actions.posts import link_account
from units.models import Representative, Unit, UnitLiaison


def hash_key(key: str) -> str:
    """How a token's key is stored: SHA-256, hexadecimal (keys are long and random, so no salt is needed)."""
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def issue_token(
    *,
    name: str,
    membership: Membership | None = None,
    place=None,
    permissions: Collection[str] | None = None,
    expires_at: datetime | None = None,
    actor: Actor,
) -> tuple[ApiToken, str]:
    """Create a token; returns it with the key, which is shown this once and never stored.

    ``permissions`` are "read" and "write"; by default a person's token has both, a named client's reads only.
    """
    if not name.strip():
        raise InputError("请给令牌起个名称，便于以后辨认。", field="name")
    if membership is None and place is None:
        raise InputError("令牌要指定一个身份或一个范围。", field="place")
    key = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        digest=hash_key(key),
        hint=key[:6],
        name=name.strip(),
        membership=membership,
        place=place,
        permissions=sorted(permissions or (("read", "write") if membership else ("read",))),
        expires_at=expires_at,
        created_by_id=actor.user_id,
    )
    write_history(about=token, move="issue", label="签发令牌", actor=actor)
    return token, key


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: Actor) -> ApiToken:
    """End a token now; doing it twice changes nothing."""
    locked = ApiToken.objects.select_for_update().get(pk=token.pk)
    if locked.revoked_at is None:
        locked.revoked_at = timezone.now()
        locked.save(update_fields=["revoked_at"])
        write_history(about=locked, move="revoke", label="停用令牌", actor=actor)
    transaction.on_commit(lambda: forget_token(locked.digest))
    return locked


@transaction.atomic
def give_role(
    *,
    user: User,
    role: str,
    from_on: date,
    to_on: date | None = None,
    place=None,
    unit=None,
    actor: Actor,
) -> Membership:
    """Give a person a role at a place or unit from a day on.

    Raises `NotAllowed` for one's own account, `RuleViolation` where two of the three officers would meet in one
    account or the same role at the same place overlaps (domain.md §2.11 rule 21, §5.4).
    """
    User.objects.select_for_update().get(pk=user.pk)
    refuse_own_account(user, actor)
    refuse_second_office(user, role, from_on, to_on)
    refuse_same_role(user, role, from_on, to_on, place, unit)
    membership = Membership(user=user, role=role, place=place, unit=unit, from_on=from_on, to_on=to_on)
    validate(membership)
    membership.save()
    write_history(about=membership, move="give", label="授予角色", actor=actor)
    return membership


def refuse_own_account(user: User, actor: Actor) -> None:
    if actor.user_id == user.pk:
        raise NotAllowed("不能给自己授予或结束角色，请由另一位安全保密员办理。", code="own_paper")


def held_between(user: User, from_on: date, to_on: date | None) -> models.QuerySet:
    """The person's roles that share a day with [from_on, to_on)."""
    held = user.memberships.filter(models.Q(to_on__isnull=True) | models.Q(to_on__gt=from_on))
    return held.filter(from_on__lt=to_on) if to_on else held


def refuse_second_office(user: User, role: str, from_on: date, to_on: date | None) -> None:
    """三员分立: system administrator, security officer and auditor are three people, and only that."""
    held = held_between(user, from_on, to_on)
    clash = held.exclude(role=role) if role in THREE_OFFICERS else held.filter(role__in=THREE_OFFICERS)
    if clash.exists():
        raise RuleViolation(
            "系统管理员、安全保密员、安全审计员要由不同的账号担任，也不能兼任业务角色。",
            field="role",
            code="three_officers",
        )


def refuse_same_role(user: User, role: str, from_on: date, to_on: date | None, place, unit) -> None:
    if held_between(user, from_on, to_on).filter(role=role, place=place, unit=unit).exists():
        raise RuleViolation("这个账号在这段时间已经有这个角色。", field="role", code="already_given")


def validate(obj: models.Model) -> None:
    """``full_clean`` as a `RuleViolation`: the first sentence, at its field."""
    try:
        obj.full_clean()
    except ValidationError as refused:
        field, sentences = next(iter(refused.message_dict.items()))
        raise InputError(sentences[0], field=None if field == NON_FIELD_ERRORS else field) from None


@transaction.atomic
def create_person(*, username: str, name: str, password: str, email: str = "", actor: Actor) -> User:
    """Make an account without any role; the security officer gives it one."""
    if User.objects.filter(username=username).exists():
        raise RuleViolation("这个账号已经有人用了，请换一个。", field="username", code="taken")
    user = User.objects.create_user(username=username, name=name.strip(), email=email, password=password)
    write_history(about=user, move="create", label="新建账号", actor=actor)
    return user


@transaction.atomic
def change_account(*, user: User, name: str, email: str, wants_email: bool, actor: Actor) -> User:
    """Change how a person is called and reached."""
    return change_fields(
        obj=User.objects.get(pk=user.pk),
        values={"name": name.strip(), "email": email, "wants_email": wants_email},
        actor=actor,
    )


@transaction.atomic
def change_password(*, user: User, password: str, actor: Actor) -> User:
    """Set a new password; the timeline says that it was changed, never what it is."""
    user.set_password(password)
    user.save(update_fields=["password"])
    write_history(about=user, move="password", label="修改密码", actor=actor)
    return user


@transaction.atomic
def end_role(*, membership: Membership, to_on: date, actor: Actor) -> Membership:
    """End a role on a day (the first day without it); its tokens end with it, at once when the day has come."""
    locked = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
    refuse_own_account(locked.user, actor)
    return close_role(locked, to_on, actor)


def close_role(locked: Membership, to_on: date, actor: Actor) -> Membership:
    """Write the end of a locked role, and let its tokens end with it."""
    if locked.to_on is not None and locked.to_on <= to_on:
        raise RuleViolation(f"这个身份已经定于 {locked.to_on} 结束。", field="to_on", code="already_ended")
    before, locked.to_on = locked.to_on, to_on
    validate(locked)
    locked.save(update_fields=["to_on"])
    changes = {"to_on": ["止", before.isoformat() if before else "", to_on.isoformat()]}
    write_history(
        about=locked, move="end", label="结束角色", actor=actor, note=f"自 {to_on} 起", changes=changes
    )
    digests = list(locked.tokens.values_list("digest", flat=True))
    transaction.on_commit(lambda: [forget_token(digest) for digest in digests])
    return locked


# Liaisons

# Who may open an account for a liaison (domain.md §3: R2 invites R4 in its place).
INVITING = DISTRICT_STAFF | {Role.SUBDISTRICT}
EASY_LETTERS = "abcdefghjkmnpqrstuvwxyz"
EASY_DIGITS = "23456789"


@dataclass(frozen=True)
class HandedOver:
    """A new liaison, and the account with its first password when one was opened; the password is shown this once."""

    liaison: UnitLiaison
    user: User | None = None
    password: str = ""


def first_password() -> str:
    """A password people can read from a screen: three kinds of characters, nobody guesses it."""
    letters = "".join(secrets.choice(EASY_LETTERS) for _ in range(10))
    digits = "".join(secrets.choice(EASY_DIGITS) for _ in range(4))
    return f"{letters.capitalize()}-{digits}"


@transaction.atomic
def hand_over_liaison(
    *,
    unit: Unit,
    name: str,
    phone: str,
    post: str = "",
    from_on: date,
    reason: str = "",
    username: str = "",
    actor: Actor,
) -> HandedOver:
    """Let somebody else speak for a unit (一分钟更换联络员): the old one's role ends on the day the new one begins.

    With a ``username`` a subdistrict or above opens the new one's account. Raises what `replace_liaison` refuses,
    `NotAllowed` for an account below subdistrict, `RuleViolation` for a name that is taken.
    """
    if username and actor.role not in INVITING:
        raise NotAllowed("账号由街道开通。请先更换联络员，再联系街道开通账号。")
    held = list(
        Membership.objects.select_for_update(of=("self",))
        .filter(unit=unit, role__in=UNIT_SIDE)
        .filter(models.Q(to_on__isnull=True) | models.Q(to_on__gt=from_on))
        .select_related("user", "unit", "place")
        .order_by("pk")
    )
    liaison = replace_liaison(
        unit=unit, name=name, phone=phone, post=post, from_on=from_on, reason=reason, actor=actor
    )
    for membership in held:
        # A role that began this very day ends with it.
        close_role(membership, max(from_on, membership.from_on + timedelta(days=1)), actor)
    if not username:
        return HandedOver(liaison)
    password = first_password()
    user = create_person(username=username, name=name, password=password, actor=actor)
    give_role(user=user, role=held[0].role if held else Role.LIAISON, from_on=from_on, unit=unit, actor=actor)
    liaison.user = user
    liaison.save(update_fields=["user"])
    return HandedOver(liaison, user, password)


@transaction.atomic
def take_back_liaison(*, liaison: UnitLiaison, actor: Actor) -> UnitLiaison | None:
    """Take back a planned change of a unit's liaison (撤回更换): whose role was to end keeps it, the new role goes.

    Returns who goes on speaking for the unit. Raises what `withdraw_liaison` refuses.
    """
    unit, on = liaison.unit, liaison.from_on
    roles = Membership.objects.select_for_update(of=("self",)).filter(unit=unit, role__in=UNIT_SIDE)
    held = list(roles.filter(to_on__gte=on).order_by("pk"))
    coming = list(roles.filter(from_on=on, user=liaison.user_id)) if liaison.user_id else []
    before = withdraw_liaison(liaison=liaison, actor=actor)
    for membership in coming:
        write_history(
            about=membership.user, move="take_back", label="撤回角色", actor=actor,
            note=f"{membership.label}，原定自{on}起。",
        )  # fmt: skip
        membership.delete()
    for membership in held:
        if membership not in coming and membership.to_on == max(on, membership.from_on + timedelta(days=1)):
            reopen_role(membership, actor)
    return before


def reopen_role(locked: Membership, actor: Actor) -> None:
    """Give a role back the end it had before it was closed."""
    closed = HistoryEntry.objects.filter(
        about_type=ContentType.objects.get_for_model(Membership), about_id=locked.pk, move="end"
    ).first()
    earlier = closed.changes.get("to_on", ["", "", ""])[1] if closed else ""
    locked.to_on = date.fromisoformat(earlier) if earlier else None
    locked.save(update_fields=["to_on"])
    write_history(about=locked, move="reopen", label="恢复角色", actor=actor)


# Representatives


@dataclass(frozen=True)
class Linked:
    """A representative with an account; the first password when it was opened, shown this once."""

    representative: Representative
    user: User
    password: str = ""


@transaction.atomic
def link_representative(*, representative: Representative, username: str, actor: Actor) -> Linked:
    """Say by which account a representative signs in (关联账号); a name that is new opens one, by a subdistrict or above.

    Raises `RuleViolation` ``no_such_role`` for an account that isn't a representative's of the place, what
    `units.actions.posts.link_account` refuses, `NotAllowed` for a new account below subdistrict.
    """
    user, password = User.objects.filter(username=username).first(), ""
    if user is None:
        if actor.role not in INVITING:
            raise NotAllowed("没有这个账号。新账号由街道开通，请联系街道。", code="unknown_account")
        password = first_password()
        user = create_person(
            username=username, name=representative.person.name, password=password, actor=actor
        )
        give_role(
            user=user, role=Role.REPRESENTATIVE, place=representative.assembly.place, from_on=today(), actor=actor
        )  # fmt: skip
    held = user.memberships.effective(today()).filter(
        role=Role.REPRESENTATIVE, place__code__startswith=representative.assembly.place_code
    )
    if not held.exists():
        raise RuleViolation(
            f"账号“{username}”没有{representative.assembly.place}的代表身份，不能关联。", field="username", code="no_such_role"
        )  # fmt: skip
    linked = link_account(representative=representative, user_id=user.pk, actor=actor)
    return Linked(linked, user, password)
