"""Posters with a QR code (张贴二维码): one page of A4 for a community, printed by its staff and scanned by residents."""

from django import forms
from django.db.models import QuerySet
from django.urls import reverse

from core.codes import under
from core.documents.verification import absolute
from core.pages import SimplePage
from core.qr import qr_svg
from core.roles import STAFF
from units.models import Division
from units.queries.units import root_place, within


class PosterForm(forms.Form):
    """For which community."""

    place = forms.ModelChoiceField(
        label="社区", queryset=Division.objects.none(), to_field_name="code", empty_label=None
    )

    def __init__(self, *args, places: QuerySet, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places


class PosterPage(SimplePage):
    """A poster of a community in the actor's place; its QR code opens a public page with the community chosen."""

    roles = STAFF
    template_name = "units/poster.html"
    # What a subclass says: the public page, the question in large letters, and how it goes.
    opens = ""
    lead = ""
    steps: tuple[str, ...] = ()

    def get_places(self) -> QuerySet:
        """The communities a poster can be about."""
        inside = Division.objects.filter(within(root_place(), "code"), under(self.actor.place_code, "code"))
        return inside.filter(level=Division.Level.COMMUNITY, successor=None, valid_to=None).order_by("code")

    def get(self, request, **kwargs):
        places = self.get_places()
        asked = request.GET.get("place")
        form = PosterForm({"place": asked or getattr(places.first(), "code", "")}, places=places)
        place = form.cleaned_data["place"] if form.is_valid() else None
        return self.render(self.poster_context(form, place), status=400 if asked and place is None else 200)

    def poster_context(self, form: PosterForm, place: Division | None) -> dict:
        address = absolute(f"{reverse(self.opens)}?place={place.code}") if place else ""
        return self.get_context(
            question=form,
            is_choice=form.fields["place"].queryset.count() > 1,
            place=place,
            address=address,
            picture=qr_svg(address, f"{self.title}二维码") if place else "",
        )
