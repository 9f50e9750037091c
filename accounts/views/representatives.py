"""The small form that says by which account a representative signs in (关联账号)."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts.actions import Linked, link_representative
from accounts.forms import RepresentativeAccountForm
from core.codes import under
from core.pages import FormPage
from core.roles import STAFF
from units.models import Representative


@method_decorator(never_cache, name="dispatch")
class RepresentativeAccount(FormPage):
    """关联账号: a first password is shown once, in the answer to the form that opened the account."""

    model = Representative
    roles = STAFF
    form_class = RepresentativeAccountForm
    object_kwarg = "representative"
    title = "关联账号"
    submit_label = "关联"
    action = staticmethod(link_representative)

    @property
    def is_change(self) -> bool:
        """Nothing of the representative itself is typed here."""
        return False

    def get_queryset(self):
        rows = super().get_queryset().filter(under(self.actor.place_code, "assembly__place_code"))
        return rows.select_related("assembly__place", "person")

    def get_subtitle(self):
        return f"{self.object} · {self.object.assembly}"

    def get_breadcrumbs(self):
        return [(str(self.object), self.object.get_absolute_url())]

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "representative": self.object}

    def succeed(self, obj: Linked) -> HttpResponse:
        if obj.password:
            one = obj.representative
            context = self.get_context(unit=one, liaison=one, account=obj.user, password=obj.password)
            return self.render(context, template_name="accounts/handed_over.html", status=201)
        messages.success(self.request, "已关联账号。")
        return HttpResponseRedirect(obj.representative.get_absolute_url())

    def get_cancel_url(self):
        return self.object.get_absolute_url()
