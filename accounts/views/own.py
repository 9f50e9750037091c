"""One's own account: name and e-mail, password, API tokens."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.actions import change_account, change_password, issue_token, revoke_token
from accounts.forms import AccountForm, PasswordForm, TokenForm
from accounts.models import ApiToken, Membership
from accounts.queries import current_memberships
from core.access import actor_of, requires
from core.pages import Page


class OwnPage(Page):
    """A page with one form about the signed-in person."""

    form_class = None

    def get_breadcrumbs(self):
        return [("我的账号", reverse("accounts:me"))]

    def get_form(self, data=None):
        return self.form_class(data)

    def get(self, request, **kwargs):
        return self.show(self.get_form())

    def post(self, request, **kwargs):
        form = self.get_form(request.POST)
        return self.save(form) if form.is_valid() else self.show(form, status=422)

    def show(self, form, status: int = 200, **more) -> HttpResponse:
        return self.render(self.get_context(form=form, **more), status=status)


class MyAccount(OwnPage):
    """我的账号."""

    title = "我的账号"
    template_name = "accounts/me.html"

    def get_breadcrumbs(self):
        return []

    def get_form(self, data=None):
        user = self.request.user
        return AccountForm(
            data, initial={"name": user.name, "email": user.email, "wants_email": user.wants_email}
        )

    def get_context(self, **more):
        return super().get_context(
            account=self.request.user, hats=current_memberships(self.request.user), **more
        )

    def save(self, form):
        change_account(user=self.request.user, actor=self.actor, **form.cleaned_data)
        messages.success(self.request, "已保存。")
        return redirect("accounts:me")


@method_decorator(sensitive_post_parameters(), name="dispatch")
class MyPassword(OwnPage):
    """修改密码."""

    title = "修改密码"
    template_name = "accounts/password.html"

    def get_form(self, data=None):
        return PasswordForm(data, user=self.request.user)

    def save(self, form):
        user = change_password(user=self.request.user, password=form.cleaned_data["new"], actor=self.actor)
        # This session stays; every other one of the same person ends.
        update_session_auth_hash(self.request, user)
        messages.success(self.request, "密码已修改，其他设备上的登录已失效。")
        return redirect("accounts:me")


@method_decorator(never_cache, name="dispatch")
class MyTokens(OwnPage):
    """我的接口令牌: a new key is shown once, in the answer to the form that asked for it."""

    title = "接口令牌"
    subtitle = "令牌代表您现在的身份，用来让别的系统读取或办理。像密码一样保管，不用时请停用。"
    template_name = "accounts/tokens.html"
    form_class = TokenForm

    def get_context(self, **more):
        tokens = own_tokens(self.request.user.pk).select_related("membership__place", "membership__unit")
        return super().get_context(tokens=tokens, **more)

    def save(self, form):
        token, key = issue_token(
            name=form.cleaned_data["name"],
            membership=Membership.objects.get(pk=self.actor.membership_id),
            permissions=form.permissions(),
            expires_at=form.expires_at(),
            actor=self.actor,
        )
        return self.show(TokenForm(), status=201, new_token=token, new_key=key)


def own_tokens(user_id: int):
    """The tokens of a person's roles, newest first."""
    return ApiToken.objects.filter(membership__user_id=user_id)


@require_POST
@requires()
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """停用令牌, at once."""
    token = get_object_or_404(own_tokens(request.user.pk), pk=pk)
    revoke_token(token=token, actor=actor_of(request))
    messages.success(request, f"令牌“{token.name}”已停用。")
    return HttpResponseRedirect(reverse("accounts:tokens"))
