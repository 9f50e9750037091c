"""What no page caught: a rule's refusal, or the database's, is answered with its sentence instead of a server error."""

import logging

from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.api.errors import is_nul_refused, is_to_be_tried_again, problem_of
from core.errors import RuleViolation

logger = logging.getLogger("django.request")


def is_refusal(error: Exception) -> bool:
    """Whether an exception says no to what was sent, rather than that the portal is broken."""
    return (
        isinstance(error, RuleViolation | IntegrityError | DataError)
        or is_nul_refused(error)
        or is_to_be_tried_again(error)
    )


class RefusalMiddleware:
    """The last word on pages, with the sentence and the status that the API has for the same exception.

    A page that knows the field says it there and never comes so far; what does is noted in the log.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not is_refusal(exception):
            return None
        logger.warning("Refused at %s by what no page expected", request.path, exc_info=exception)
        problem = problem_of(exception)
        sentence = problem.errors[0][1]
        template = "components/refusal.html" if getattr(request, "htmx", False) else "400.html"
        return render(
            request, template, {"sentence": sentence, "status": problem.status}, status=problem.status
        )
