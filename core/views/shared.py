"""What every page leans on: 更多, the switch of the larger type, and the gallery of components."""

from django.conf import settings
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST

from core import gallery
from core.access import public, requires
from core.context import ELDER_COOKIE
from core.pages import back_to

YEAR_SECONDS = 365 * 24 * 3600


@requires()
def more(request):
    """Every page the person may open, for phones, where the sidebar has no room (更多)."""
    return render(request, "core/more.html", {"title": "全部功能"})


@require_POST
def set_elder(request):
    """Switch the larger type (大字版) on or off on this device."""
    response = HttpResponseRedirect(back_to(request, "/"))
    if request.POST.get("elder") == "1":
        response.set_cookie(
            ELDER_COOKIE, "1", max_age=YEAR_SECONDS, samesite="Lax", httponly=True, secure=request.is_secure()
        )
    else:
        response.delete_cookie(ELDER_COOKIE)
    return response


set_elder = public(set_elder)


@public
def components(request):
    """Every component with its states (组件), for those who build pages; not in production."""
    if not settings.SHOW_GALLERY:
        raise Http404
    return render(request, "core/gallery.html", gallery.specimens(request))
