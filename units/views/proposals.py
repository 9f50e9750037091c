"""Pages of representatives' proposals (代表提案): the list, one proposal with its steps, the forms."""

from django.urls import reverse

from core.clock import today
from core.columns import Column
from core.components import date_cell, date_text, tag
from core.pages import DetailPage, FormPage, ListPage, move_view
from core.roles import STAFF, Role
from core.todo import due_tag
from units.actions.proposals import (
    PROPOSAL_MOVES,
    advise_proposal,
    assign_proposal,
    rate_proposal,
    submit_proposal,
)
from units.filters.meetings import ProposalFilter
from units.forms.meetings import AdviseForm, AssignForm, ProposalForm, RateForm
from units.models import AgendaItem, RepresentativeProposal
from units.models.meetings import CONVENERS
from units.views.meetings import documents_about

PROPOSERS = frozenset({Role.REPRESENTATIVE})


def due_cell(row: RepresentativeProposal):
    return due_tag(row.reply_due_on, today()) if row.status == "assigned" else ""


class ProposalList(ListPage):
    """Proposals the actor has to do with, the newest first."""

    model = RepresentativeProposal
    title = "代表提案"
    roles = STAFF | PROPOSERS
    unit_word = "件"
    filterset_class = ProposalFilter
    search_fields = ("title", "text", "author__name")
    search_hint = "标题、内容、提案人"
    empty_text = "还没有代表提案。"
    columns = [
        Column("title", "标题", link=lambda row: row.get_absolute_url(), is_main=True, width=34),
        Column("body", "代表会议", "body.name", sort="place_code", width=28),
        Column("author", "提案人", "author.name"),
        Column("co_signers", "附议人", in_page=False, width=24),
        Column("handler", "承办", "handler.name"),
        Column("submitted_at", "提交时间", kind="date", sort="submitted_at"),
        Column("reply_due_on", "答复期限", kind="date", sort="reply_due_on"),
        Column("due", "时限", due_cell, kind="tag", sheet_value=lambda row: ""),
        Column("rating", "评价", lambda row: row.get_rating_display()),
        Column("status", "状态", kind="tag", sort="status"),
    ]

    def get_rows(self):
        return super().get_rows().select_related("body", "author", "handler")

    def get_actions(self):
        return [("提交提案", reverse("units:proposal_new"), "plus")] if self.actor.role in PROPOSERS else []

    def get_empty_action(self):
        return ("提交提案", reverse("units:proposal_new")) if self.actor.role in PROPOSERS else None


class ProposalPage:
    """What the pages of one proposal share."""

    model = RepresentativeProposal
    roles = STAFF | PROPOSERS
    object_kwarg = "proposal"

    def get_queryset(self):
        return super().get_queryset().select_related("body__place", "author", "handler")

    def get_breadcrumbs(self):
        return [("代表提案", reverse("units:proposal_list"))]


class ProposalDetail(ProposalPage, DetailPage):
    """One proposal: what is proposed, who answers, what was answered, the letter of reply."""

    template_name = "units/proposal_detail.html"

    def get_extra_context(self):
        row = self.object
        late = due_tag(row.reply_due_on, today()) if row.is_overdue(today()) else None
        items = AgendaItem.objects.visible_to(self.actor).filter(proposal=row)
        return {
            "documents": list(documents_about(row)),
            "late_tag": tag(*late) if late else "",
            "items": list(items.select_related("meeting").order_by("pk")),
        }

    def get_subtitle(self):
        return str(self.object.body)

    def get_facts(self):
        row = self.object
        facts = [
            ("提案内容", row.text),
            ("提案人", str(row.author) if row.author else ""),
            ("附议人", row.co_signers),
            ("提交时间", date_cell(row.submitted_at)),
            ("承办", str(row.handler) if row.handler else ""),
            ("答复期限", date_text(row.reply_due_on) if row.reply_due_on else ""),
            ("办理次数", "第二次办理（第一次答复代表不满意）" if row.round > 1 else ""),
            ("答复", row.reply),
            ("评价", row.get_rating_display()),
        ]
        return [(label, value) for label, value in facts if value]


class ProposalNew(FormPage):
    """A representative proposes something."""

    model = RepresentativeProposal
    roles = PROPOSERS
    form_class = ProposalForm
    action = staticmethod(submit_proposal)
    title = "提交提案"
    submit_label = "提交"
    success_message = "提案已提交，立案和答复都会通知您。"

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_breadcrumbs(self):
        return [("代表提案", reverse("units:proposal_list"))]

    def get_cancel_url(self):
        return reverse("units:proposal_list")


class ProposalAssign(ProposalPage, FormPage):
    """Say who answers a proposal."""

    roles = CONVENERS
    form_class = AssignForm
    action = staticmethod(assign_proposal)
    title = "交办提案"
    submit_label = "交办"
    success_message = "已交办，30 个工作日内答复。"

    def get_form_kwargs(self):
        return {"proposal": self.object}

    def get_initial(self):
        return {"handler": self.object.body.place}


class ProposalAdvise(ProposalAssign):
    """Hand a proposal to a place as a suggestion instead of taking it up."""

    form_class = AdviseForm
    action = staticmethod(advise_proposal)
    title = "转为建议"
    submit_label = "转为建议"
    success_message = "已转为建议，提案人和承办的地方会收到通知。"


class ProposalRate(ProposalPage, FormPage):
    """Rate the answer."""

    roles = PROPOSERS
    form_class = RateForm
    action = staticmethod(rate_proposal)
    title = "评价答复"
    submit_label = "提交评价"
    success_message = "谢谢，评价已提交。"

    def get_initial(self):
        return {}


proposal_move = move_view(
    RepresentativeProposal, PROPOSAL_MOVES, roles=STAFF | PROPOSERS, object_kwarg="proposal"
)
