"""The officers' pages: the system administrator makes accounts, the security officer gives and ends roles."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.actions import create_person, end_role, give_role
from accounts.forms import EndRoleForm, PersonForm, RoleForm
from accounts.models import Membership, User
from core.access import actor_of, requires
from core.clock import today
from core.columns import Column
from core.errors import RuleViolation
from core.pages import FormPage, ListPage, Page, answer_move
from core.roles import Role

OFFICERS = frozenset({Role.SYSADMIN, Role.SECURITY_ADMIN})


def people_for(actor):
    """All accounts for the officers who keep them, nobody's for others."""
    return User.objects.all() if actor.role in OFFICERS else User.objects.none()


def roles_text(user: User) -> str:
    return "、".join(hat.label for hat in user.hats) or "—"


class PeopleList(ListPage):
    """账号与角色."""

    model = User
    roles = OFFICERS
    title = "账号与角色"
    unit_word = "人"
    search_fields = ("username", "name")
    search_hint = "账号、姓名"
    default_order = ("username",)
    columns = [
        Column(
            "username", "账号", sort="username", link=lambda row: reverse("accounts:person", args=[row.pk])
        ),
        Column("name", "姓名", sort="name"),
        Column("roles", "现在的角色", roles_text),
        Column("is_active", "启用", sort="is_active"),
        Column("last_login", "最近登录", kind="date", sort="last_login"),
    ]

    def get_rows(self):
        hats = Membership.objects.effective(today()).select_related("place", "unit").order_by("id")
        return people_for(self.actor).prefetch_related(Prefetch("memberships", queryset=hats, to_attr="hats"))

    def get_actions(self):
        return (
            [("新建账号", reverse("accounts:person-new"), "plus")] if self.actor.role == Role.SYSADMIN else []
        )


class PersonNew(FormPage):
    """新建账号."""

    model = User
    roles = frozenset({Role.SYSADMIN})
    title = "新建账号"
    form_class = PersonForm
    action = staticmethod(create_person)
    submit_label = "新建"
    success_message = "账号已建立。请安全保密员授予角色，并请本人登录后修改密码。"

    def get_success_url(self, obj):
        return reverse("accounts:person", args=[obj.pk])

    def get_cancel_url(self):
        return reverse("accounts:people")


class PersonPage(Page):
    """One account with its roles; the security officer gives a new one here."""

    roles = OFFICERS
    template_name = "accounts/person.html"

    @property
    def person(self) -> User:
        return get_object_or_404(people_for(self.actor), pk=self.kwargs["pk"])

    def get_breadcrumbs(self):
        return [("账号与角色", reverse("accounts:people"))]

    @property
    def may_give(self) -> bool:
        return self.actor.role == Role.SECURITY_ADMIN and self.actor.user_id != self.kwargs["pk"]

    def show(self, person: User, form, status: int = 200) -> HttpResponse:
        hats = person.memberships.select_related("place", "unit").order_by("-from_on", "-id")
        context = self.get_context(
            person=person,
            hats=hats,
            today=today(),
            form=form if self.may_give else None,
            end_form=EndRoleForm(),
        )
        return self.render({**context, "title": str(person)}, status=status)

    def get(self, request, **kwargs):
        return self.show(self.person, RoleForm())

    def post(self, request, **kwargs):
        person, form = self.person, RoleForm(request.POST)
        if not self.may_give:
            form.add_error(None, "只有安全保密员可以授予角色，而且不能给自己授予。")
            return self.show(person, form, status=403)
        if not form.is_valid():
            return self.show(person, form, status=422)
        try:
            given = give_role(user=person, actor=self.actor, **form.cleaned_data)
        except RuleViolation as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            return self.show(person, form, status=400 if refusal.is_input else 409)
        messages.success(request, f"已授予：{given.label}。")
        return redirect("accounts:person", pk=person.pk)


@require_POST
@requires(Role.SECURITY_ADMIN)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """结束角色."""
    hat = get_object_or_404(Membership.objects.filter(user__in=people_for(actor_of(request))), pk=pk)
    url, form = reverse("accounts:person", args=[hat.user_id]), EndRoleForm(request.POST)
    if not form.is_valid():
        return answer_move(request, url, RuleViolation("请填写从哪天起不再有效，例如 2026-12-01。"))
    try:
        end_role(membership=hat, to_on=form.cleaned_data["to_on"], actor=actor_of(request))
    except RuleViolation as refusal:
        return answer_move(request, url, refusal)
    messages.success(request, "已结束这个角色。")
    return answer_move(request, url)
