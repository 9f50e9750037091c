"""The public page of a session: one of those served says what it was like, with three buttons and no account."""

import secrets

from django.http import HttpResponse

from core.components import date_text
from core.errors import RuleViolation
from projects.actions.session_evaluations import (
    THANKS,
    evaluate_session,
    find_by_code,
    refuse_unless_open,
    voter_of,
)
from projects.forms.sessions import EvaluationForm
from projects.models import Session
from projects.views.public_page import PublicPage

# A whole hall behind one address may speak within a minute; a program would try thousands.
EVALUATIONS_PER_MINUTE, LOOKS_PER_MINUTE = 60, 180
TOO_MANY = "评价的人太多了，请过一分钟再试。"
UNKNOWN = "没有找到这一场活动。请重新扫一次二维码。"
NO_COOKIE = "请再点一次：浏览器刚刚记住这部手机，同一部手机评价一次。"
COOKIE, SALT = "served", "projects.session_evaluation"
YEAR_SECONDS = 366 * 24 * 3600
DONE = "谢谢您的评价！我们会把服务做得更好。"


class EvaluatePage(PublicPage):
    """``/open/sessions/CODE/``: which session, three buttons, a sentence if one likes; once a device."""

    title = "请您评价"
    template_name = "projects/evaluate_session.html"
    session: Session | None = None

    def get_subtitle(self):
        if self.session is None:
            return ""
        session = self.session
        return f"{session.project.title} · {date_text(session.held_on)} · {session.place.name}"

    def get_mark(self) -> str:
        """The random mark of this device; "" when it carries none of ours."""
        return self.request.get_signed_cookie(COOKIE, default="", salt=SALT)

    def get(self, request, code, **kwargs):
        if self.is_too_often("session-look", LOOKS_PER_MINUTE):
            return self.wait(self.say(TOO_MANY, 429))
        self.session = find_by_code(code)
        if self.session is None:
            return self.say(UNKNOWN, 404)
        try:
            refuse_unless_open(self.session)
        except RuleViolation as refusal:
            return self.say(refusal.message, 200)
        mark = self.get_mark()
        if mark and self.session.evaluations.filter(voter=voter_of(self.session, mark)).exists():
            return self.say(THANKS, 200, is_done=True)
        return self.show(EvaluationForm())

    def post(self, request, code, **kwargs):
        if self.is_too_often("session-evaluate", EVALUATIONS_PER_MINUTE):
            return self.wait(self.say(TOO_MANY, 429))
        self.session = find_by_code(code)
        if self.session is None:
            return self.say(UNKNOWN, 404)
        form, mark = EvaluationForm(request.POST), self.get_mark()
        if not form.is_valid():
            return self.show(form, 422)
        if not mark:
            return self.show(form, 409, sentence=NO_COOKIE)
        try:
            address = self.request.META.get("REMOTE_ADDR", "")
            evaluate_session(session=self.session, mark=mark, address=address, **form.cleaned_data)
        except RuleViolation as refusal:
            if refusal.is_input:
                return self.show(form, 400, sentence=refusal.message)
            return self.say(refusal.message, 409, is_done=refusal.code == "session_evaluated_once")
        return self.say(DONE, 200, is_done=True)

    # Answers

    def show(self, form: EvaluationForm, status: int = 200, sentence: str = "") -> HttpResponse:
        """The three buttons; a device without a mark gets one."""
        answer = self.render(
            self.get_context(form=form, sentence=sentence, session=self.session), status=status
        )
        if not self.get_mark():
            answer.set_signed_cookie(
                COOKIE, secrets.token_urlsafe(24), salt=SALT, max_age=YEAR_SECONDS, httponly=True, samesite="Lax",
                secure=self.request.is_secure(),
            )  # fmt: skip
        return answer

    def say(self, sentence: str, status: int, *, is_done: bool = False) -> HttpResponse:
        """One sentence instead of the buttons."""
        context = self.get_context(sentence=sentence, is_done=is_done, session=self.session, form=None)
        return self.render(context, status=status)
