"""The verbs of representatives' proposals (代表提案, domain.md §2(b)): submit, file, assign, reply, rate."""

from datetime import date

from django.db import transaction

from core.actor import Actor
from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from core.history import write_history
from core.roles import Role
from core.workdays import add_workdays
from core.workflow import make_move
from units.actions.meetings import refuse_long
from units.documents.meetings import issue_reply_letter
from units.models import Division, RegionalBody, RepresentativeProposal
from units.queries.bodies import representative_of
from units.words import meetings as words

# domain.md §2(b): an answer is due 30 workdays after assignment.
REPLY_WORKDAYS = 30
Rating = RepresentativeProposal.Rating


@transaction.atomic
def submit_proposal(
    *, body: RegionalBody, title: str, text: str, co_signers: str = "", actor: Actor
) -> RepresentativeProposal:
    """A representative proposes something to the assembly of the own place or one above it."""
    if actor.is_read_only or actor.role != Role.REPRESENTATIVE or not body.place_code:
        raise NotAllowed("只有区域党员代表可以提交提案。")
    if not actor.place_code.startswith(body.place_code):
        raise NotAllowed("只能向本地方或上级的代表会议提交提案。")
    check_proposal(body, title, text, co_signers)
    own = representative_of(actor, today()).filter(assembly__place_code__startswith=body.place_code)
    if not own.exists():
        raise NotAllowed(
            "您的账号没有关联届内的代表，不能提交提案。请联系社区或街道关联账号。",
            code="not_a_representative",
        )
    proposal = RepresentativeProposal.objects.create(
        body=body,
        place_code=body.place_code,
        title=title.strip(),
        text=text.strip(),
        co_signers=co_signers.strip(),
        author_id=actor.user_id,
    )
    write_history(about=proposal, move="submit", label="提交提案", actor=actor, to_status=proposal.status)
    words.tell_proposal_submitted(proposal, actor)
    return proposal


def check_proposal(body: RegionalBody, title: str, text: str, co_signers: str) -> None:
    if body.kind != RegionalBody.Kind.ASSEMBLY or body.status not in RegionalBody.RUNNING:
        raise RuleViolation("提案要提交给正在运行的区域党员代表会议。", field="body", code="not_an_assembly")
    if not title.strip() or len(title) > 100:
        raise InputError("请填写标题，最多 100 字。", field="title", code="required")
    if not text.strip() or len(text) > 2000:
        raise InputError("请填写提案内容，最多 2000 字。", field="text", code="required")
    if len(co_signers) > 200:
        raise InputError("附议人最多 200 字。", field="co_signers")


@transaction.atomic
def file_proposal(*, proposal: RepresentativeProposal, actor: Actor) -> RepresentativeProposal:
    """Take a proposal up (立案)."""
    moved = make_move(obj=proposal, move="file", actor=actor)
    words.tell_proposal_author(moved, "filed", "提案已立案", "", actor)
    return moved


@transaction.atomic
def decline_proposal(*, proposal: RepresentativeProposal, note: str, actor: Actor) -> RepresentativeProposal:
    """Leave a proposal, with the reason; its author hears it."""
    moved = make_move(obj=proposal, move="decline", actor=actor, note=note)
    words.tell_proposal_author(moved, "declined", "提案不予立案", note, actor)
    return moved


def check_handler(proposal: RepresentativeProposal, handler: Division) -> None:
    if not handler.code.startswith(proposal.place_code):
        raise InputError("承办的地方要在代表会议所在的地方。", field="handler", code="elsewhere")


@transaction.atomic
def advise_proposal(
    *, proposal: RepresentativeProposal, handler: Division, note: str, actor: Actor
) -> RepresentativeProposal:
    """Not taken up as a proposal, but handed to a place as a suggestion to consider (转建议, domain.md §2(b))."""
    check_handler(proposal, handler)
    moved = make_move(obj=proposal, move="advise", actor=actor, note=note, handler=handler)
    words.tell_proposal_author(moved, "advised", f"提案转为建议，交{handler}研究", note, actor)
    words.tell_proposal_advised(moved, note, actor)
    return moved


def reply_due(on: date) -> date:
    """Until when a proposal assigned on a day is answered."""
    return add_workdays(on, REPLY_WORKDAYS)


@transaction.atomic
def assign_proposal(
    *, proposal: RepresentativeProposal, handler: Division, note: str = "", actor: Actor
) -> RepresentativeProposal:
    """Give a proposal to the staff of a place, to be answered within 30 workdays."""
    check_handler(proposal, handler)
    moved = make_move(
        obj=proposal, move="assign", actor=actor, note=note, handler=handler, reply_due_on=reply_due(today())
    )
    words.tell_proposal_assigned(moved, actor)
    return moved


@transaction.atomic
def reply_proposal(*, proposal: RepresentativeProposal, note: str, actor: Actor) -> RepresentativeProposal:
    """Answer a proposal, by a letter of reply (答复函) too; its author rates the answer."""
    refuse_long(note)
    moved = make_move(obj=proposal, move="reply", actor=actor, note=note, reply=note.strip())
    issue_reply_letter(moved, actor)
    words.tell_proposal_author(moved, "replied", "提案已答复，请评价", note, actor)
    return moved


@transaction.atomic
def rate_proposal(
    *, proposal: RepresentativeProposal, rating: str, note: str = "", actor: Actor
) -> RepresentativeProposal:
    """The author says whether the answer satisfies; the first that doesn't is worked on once more."""
    if rating not in Rating.values:
        raise InputError("评价只能是满意、基本满意或不满意。", field="rating")
    if rating == Rating.DISSATISFIED and proposal.round < RepresentativeProposal.MAX_ROUNDS:
        return redo_proposal(proposal=proposal, note=note, actor=actor)
    refuse_long(note)
    moved = make_move(obj=proposal, move="rate", actor=actor, note=note, rating=rating)
    words.tell_proposal_rated(moved, actor)
    return moved


@transaction.atomic
def redo_proposal(*, proposal: RepresentativeProposal, note: str, actor: Actor) -> RepresentativeProposal:
    """The answer doesn't satisfy: back to the one who gave it, with a new term of 30 workdays, once."""
    refuse_long(note)

    def check(locked: RepresentativeProposal) -> None:
        if locked.round >= RepresentativeProposal.MAX_ROUNDS:
            raise RuleViolation("已经重新办理过一次，请直接评价这次答复。", code="no_more_rounds")

    moved = make_move(
        obj=proposal,
        move="redo",
        actor=actor,
        note=note,
        check=check,
        round=RepresentativeProposal.MAX_ROUNDS,
        reply_due_on=reply_due(today()),
    )
    words.tell_proposal_again(moved, note, actor)
    return moved


PROPOSAL_MOVES = {
    "file": file_proposal,
    "decline": decline_proposal,
    "advise": advise_proposal,
    "assign": assign_proposal,
    "reply": reply_proposal,
    "rate": rate_proposal,
    "redo": redo_proposal,
}
