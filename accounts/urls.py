"""Addresses of accounts."""

from django.urls import path

from accounts.views import liaisons, own, people, representatives, signing

app_name = "accounts"
urlpatterns = [
    path("sign-in/", signing.sign_in, name="sign_in"),
    path("sign-out/", signing.sign_out, name="sign_out"),
    path("switch/", signing.switch, name="switch"),
    path("me/", own.MyAccount.as_view(), name="me"),
    path("me/password/", own.MyPassword.as_view(), name="password"),
    path("me/tokens/", own.MyTokens.as_view(), name="tokens"),
    path("me/tokens/<int:pk>/revoke/", own.revoke, name="token-revoke"),
    path("people/", people.PeopleList.as_view(), name="people"),
    path("people/new/", people.PersonNew.as_view(), name="person-new"),
    path("people/<int:pk>/", people.PersonPage.as_view(), name="person"),
    path("roles/<int:pk>/end/", people.end, name="role-end"),
    path(
        "representatives/<int:pk>/account/",
        representatives.RepresentativeAccount.as_view(),
        name="representative_account",
    ),
    path("liaisons/<int:pk>/withdraw/", liaisons.withdraw, name="liaison_withdraw"),
    path("liaisons/<int:pk>/hand-over/", liaisons.HandOver.as_view(), name="liaison_hand_over"),
]
