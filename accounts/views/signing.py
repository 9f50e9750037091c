"""Sign in, sign out, change the role one acts in."""

from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import SignInForm
from accounts.middleware import MEMBERSHIP_KEY
from accounts.queries import current_memberships
from accounts.sign_in import is_locked, locked_sentence
from core.access import actor_of, public, requires
from core.pages import back_to

HOME = "/"


def safe_next(request: HttpRequest) -> str:
    """The page to go to afterwards, when it lies on this host; else the home page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return HOME


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """登录. Five failures lock the account for this address; the page says for how long."""
    if request.method == "POST":
        return check_sign_in(request, SignInForm(request, data=request.POST))
    if not actor_of(request).is_anonymous:
        return HttpResponseRedirect(safe_next(request))
    return show_sign_in(request, SignInForm(request))


def check_sign_in(request: HttpRequest, form: SignInForm) -> HttpResponse:
    if form.is_valid():
        login(request, form.get_user())
        return HttpResponseRedirect(safe_next(request))
    if not is_locked(request):
        return show_sign_in(request, form, status=422)
    form.errors.clear()
    form.add_error(None, locked_sentence(request, form.data.get("username", "")))
    return show_sign_in(request, form, status=429)


def show_sign_in(request: HttpRequest, form: SignInForm, status: int = 200) -> HttpResponse:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return TemplateResponse(request, "accounts/sign_in.html", {"form": form, "next": wanted}, status=status)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """退出登录."""
    logout(request)
    messages.success(request, "已退出登录。")
    return HttpResponseRedirect(resolve_url("accounts:sign_in"))


@require_POST
@requires()
def switch(request: HttpRequest) -> HttpResponse:
    """换一个身份办理: only among the roles the person holds today."""
    wanted = request.POST.get("membership", "")
    chosen = next((one for one in current_memberships(request.user) if str(one.pk) == wanted), None)
    if chosen is None:
        messages.error(request, "这个身份不存在或已经结束。")
    else:
        request.session[MEMBERSHIP_KEY] = chosen.pk
        messages.success(request, f"现在以“{chosen.label}”的身份办理。")
    return HttpResponseRedirect(back_to(request, HOME))
