"""Pages of volunteer records (志愿服务记录): list, one record, entering one or many, verifying, call-backs, export."""

from dataclasses import replace
from functools import cached_property

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from core.actor import Actor
from core.clock import today
from core.columns import Column
from core.components import Tag
from core.errors import RuleViolation
from core.pages import DetailPage, FormPage, ListPage, SimplePage, move_view, sheet_response
from core.periods import Month
from core.roles import STAFF, UNIT_SIDE, Role
from core.sheets import stream_csv, template_xlsx
from projects.actions.call_backs import record_call_back, seed_of
from projects.actions.certificates import exported_records, note_export
from projects.actions.records import (
    RECORD_MOVES,
    RECORDERS,
    LinesRefused,
    record_batch,
    record_service,
    verify_records,
)
from projects.documents.points_sheet import NATIONAL_COLUMNS
from projects.filters.points import CallBackFilter, RecordFilter
from projects.forms.points import LINES, BatchForm, CallBackForm, ExportForm, RecordForm
from projects.models import CallBack, PointsEntry, Session, VolunteerRecord
from projects.models.points import VERIFIERS
from projects.points_rules import figure, hours_text
from projects.queries.points import recent_cards
from projects.views.cards import owed_text
from units.models import Division

READERS = STAFF | UNIT_SIDE
PAGE = 50
# 510107005: a subdistrict's code within the codes of what lies in it.
SUBDISTRICT_WIDTH = 9
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OUTCOME_TONES = {"open": "wait", "confirmed": "ok", "denied": "late", "unreached": "off"}


class RecordList(ListPage):
    """The records the actor may see, newest service first."""

    model = VolunteerRecord
    title = "志愿服务记录"
    roles = READERS
    filterset_class = RecordFilter
    search_fields = ("card__name", "card__number", "activity")
    search_hint = "姓名、卡号、服务内容"
    default_order = ("-starts_at", "-pk")
    empty_text = "还没有志愿服务记录。社区和单位登记、另一人核实之后计入积分和时长。"
    columns = [
        Column("name", "志愿者", "card.name", link=lambda row: row.get_absolute_url(), is_main=True,
               sheet_value=lambda row: row.card.masked_name),
        Column("card", "卡号", "card.number", width=24),
        Column("activity", "服务内容", width=34),
        Column("time", "服务时间", "time_text", sort="starts_at", width=26),
        Column("hours", "时长（小时）", lambda row: hours_text(row.hours), align="n",
               sheet_value=lambda row: figure(row.hours)),
        Column("role", "身份", lambda row: row.get_role_display(), in_page=False),
        Column("place", "服务所在地", "place.path_name", sort="place_code", width=24),
        Column("flags", "提示", lambda row: Tag(row.flags, "wait") if row.flags else "", kind="tag"),
        Column("conduct", "违规情况", "conduct_text", in_page=False),
        Column("author", "登记人", lambda row: str(row.author or ""), in_page=False),
        Column("verifier", "核实人", lambda row: str(row.verifier or ""), in_page=False),
        Column("status", "状态", kind="tag", sort="status"),
    ]  # fmt: skip

    def get_rows(self):
        return super().get_rows().select_related("card", "place", "author", "verifier")

    def get_actions(self):
        actions = []
        if self.actor.role in RECORDERS:
            actions += [
                ("登记服务", reverse("projects:record_new"), "plus"),
                ("批量登记", reverse("projects:record_batch"), "file-import"),
            ]
        if self.actor.role in VERIFIERS:
            actions.append(("待核实", reverse("projects:record_verify"), "clipboard-check"))
        if self.actor.role in STAFF:
            actions.append(("上报导出", reverse("projects:record_export"), "download"))
        return actions

    def get_empty_action(self):
        return ("登记服务", reverse("projects:record_new")) if self.actor.role in RECORDERS else None


class RecordDetail(DetailPage):
    """One record: where it stands, what it brought, whether anybody was asked about it."""

    model = VolunteerRecord
    roles = READERS
    template_name = "projects/record_detail.html"

    def get_queryset(self):
        return (
            super()
            .get_queryset()
            .select_related("card", "place", "session", "project", "author", "verifier", "call_back")
        )

    def get_title(self):
        return f"{self.object.card.name}：{self.object.activity}"

    def get_subtitle(self):
        return f"{self.object.time_text} · {self.object.place}"

    def get_breadcrumbs(self):
        return [("志愿服务记录", reverse("projects:record_list"))]

    def get_facts(self):
        record = self.object
        call_back = getattr(record, "call_back", None)
        facts = [
            ("积分卡", record.card.number),
            ("服务时间", record.time_text),
            ("时长", f"{hours_text(record.hours)} 小时"),
            ("身份", record.get_role_display()),
            ("服务所在地", record.place.path_name),
            ("项目", str(record.project) if record.project else ""),
            ("登记人", str(record.author or "")),
            ("核实人", str(record.verifier or "")),
            ("提示", record.flags),
            ("违规情况", record.conduct_text),
            ("随机回访", f"{call_back.get_outcome_display()}{'：' if call_back.note else ''}{call_back.note}"
             if call_back and self.actor.role in STAFF else ""),
        ]  # fmt: skip
        return [(label, value) for label, value in facts if value]

    def get_extra_context(self):
        record = self.object
        return {
            "entries": [
                (entry, hours_text(entry.worth), hours_text(entry.hours), owed_text(entry))
                for entry in PointsEntry.objects.filter(record=record).select_related("tariff").order_by("pk")
            ],
            "is_own": record.author_id is not None and record.author_id == self.actor.user_id,
            "is_pending": record.status == VolunteerRecord.Status.PENDING,
        }


class ServicePage(FormPage):
    """What entering one service and many share; a session in the address fills in day and place."""

    model = VolunteerRecord
    roles = RECORDERS

    @cached_property
    def session(self) -> Session | None:
        text = self.request.GET.get("session", "")
        if not (text.isascii() and text.isdigit() and len(text) < 18):
            return None
        visible = Session.objects.visible_to(self.actor).select_related("project", "place")
        return get_object_or_404(visible, pk=int(text))

    def get_form_kwargs(self):
        return {"actor": self.actor, "session": self.session}

    def get_subtitle(self):
        return (
            f"{self.session.project} · {self.session.held_on} · {self.session.place}" if self.session else ""
        )

    def get_initial(self):
        if self.session:
            return {
                "served_on": self.session.held_on,
                "starts": self.session.starts_at,
                "ends": self.session.ends_at,
                "kind": self.session.project.domain,
                "content": self.session.project.title[:80],
            }
        return {"served_on": today(), "place": self.own_place()}

    def own_place(self) -> Division | None:
        code = self.actor.place_code
        return Division.objects.filter(code=code, level=Division.Level.COMMUNITY).first() if code else None

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "session": self.session} if self.session else cleaned

    def get_breadcrumbs(self):
        return [("志愿服务记录", reverse("projects:record_list"))]

    def get_cancel_url(self):
        return reverse("projects:record_list")


class RecordNew(ServicePage):
    """Enter one volunteer's service."""

    form_class = RecordForm
    title = "登记志愿服务"
    submit_label = "登记"
    success_message = "已登记，等另一位同事核实后入账。"
    action = staticmethod(record_service)

    def get_initial(self):
        number = self.request.GET.get("card", "")[:64]
        known = {card.number for card in recent_cards(self.actor)} if number else set()
        return {**super().get_initial(), "known" if number in known else "card": number}


class RecordBatch(ServicePage):
    """Enter the same service of many volunteers, pasted or as a sheet."""

    form_class = BatchForm
    template_name = "projects/record_batch.html"
    title = "批量登记志愿服务"
    submit_label = "登记"
    is_multipart = True
    help_text = "同一次活动的志愿者一起登记。有一行不对就一条也不写入，逐行说明原因；超过 20 人的要逐条核实。"

    def get_action_kwargs(self, cleaned):
        return {"place": self.session.place if self.session else None, **super().get_action_kwargs(cleaned)}

    def run_action(self, cleaned, row=None):
        return record_batch(**self.get_action_kwargs(cleaned), actor=self.actor)

    def render_refusal(self, form, refusal: RuleViolation, *, status: int):
        if not isinstance(refusal, LinesRefused):
            return super().render_refusal(form, refusal, status=status)
        field = "sheet" if self.request.FILES.get("sheet") else "lines"
        for sentence in refusal.sentences:
            form.add_error(field, sentence)
        return self.render_form(form, status=status)

    def succeed(self, obj):
        messages.success(self.request, f"已登记 {len(obj)} 条，等另一位同事核实后入账。")
        return HttpResponseRedirect(f"{reverse('projects:record_list')}?status=pending")


class BatchTemplate(SimplePage):
    """An empty sheet for many volunteers."""

    roles = RECORDERS

    def get(self, request, **kwargs):
        name = content_disposition_header(True, "志愿服务批量登记模板.xlsx")
        return HttpResponse(
            template_xlsx(LINES, title="志愿者名单"),
            content_type=XLSX,
            headers={"Content-Disposition": name},
        )


class RecordVerify(SimplePage):
    """What waits to be verified: plain ones together, flagged ones one by one."""

    template_name = "projects/record_verify.html"
    title = "待核实的志愿服务"
    subtitle = "自己登记的由另一位同事核实；有“补录”“批量”提示的逐条核实。"
    roles = VERIFIERS

    def get_breadcrumbs(self):
        return [("志愿服务记录", reverse("projects:record_list"))]

    def rows(self):
        """Pending records at the actor's place that others entered, oldest first."""
        rows = VolunteerRecord.objects.visible_to(self.actor).filter(status="pending")
        return rows.exclude(author_id=self.actor.user_id).select_related("card", "place", "author")

    def get_context(self, **more):
        rows = self.rows().order_by("created_at", "pk")
        plain, flagged = rows.filter(flags=""), rows.exclude(flags="")
        own = VolunteerRecord.objects.visible_to(self.actor).filter(
            status="pending", author_id=self.actor.user_id
        )
        return super().get_context(
            plain=[(row, hours_text(row.hours)) for row in plain[:PAGE]],
            flagged=[(row, hours_text(row.hours)) for row in flagged[:PAGE]],
            plain_count=plain.count(),
            flagged_count=flagged.count(),
            own_count=own.count(),
            **more,
        )

    def post(self, request, **kwargs):
        wanted = [
            int(text) for text in request.POST.getlist("record")[:PAGE] if text.isascii() and text.isdigit()
        ]
        chosen = list(self.rows().filter(pk__in=[pk for pk in wanted if pk < 2**63]).order_by("pk"))
        if not chosen:
            messages.error(request, "请先勾选要核实的记录；别人刚刚办理过的不再列出。")
            return HttpResponseRedirect(request.path)
        done, refused = verify_records(records=chosen, actor=self.actor)
        if done:
            messages.success(request, f"已核实 {done} 条。")
        for sentence in refused:
            messages.error(request, sentence)
        return HttpResponseRedirect(request.path)


class CallBackList(ListPage):
    """The monthly sample (随机回访): who is to be asked, what came of it, and the seed it was drawn by."""

    model = CallBack
    title = "随机回访"
    roles = STAFF
    unit_word = "条"
    filterset_class = CallBackFilter
    template_name = "projects/record_call_backs.html"
    default_order = ("-month", "pk")
    empty_text = "还没有抽取回访。每月第一个工作日从上月核实的记录中随机抽取百分之五。"
    columns = [
        Column("name", "志愿者", "record.card.name", link=lambda row: reverse("projects:call_back", args=[row.pk]),
               is_main=True, sheet_value=lambda row: row.record.card.masked_name),
        Column("activity", "服务内容", "record.activity", width=34),
        Column("time", "服务时间", "record.time_text", width=26),
        Column("place", "服务所在地", "record.place.path_name", sort="place_code", width=24),
        Column("month", "月份", lambda row: str(Month.containing(row.month)), sort="month"),
        Column("outcome", "结果", lambda row: Tag(row.get_outcome_display(), OUTCOME_TONES[row.outcome]), kind="tag",
               sort="outcome"),
        Column("note", "说明", width=30, in_page=False),
        Column("called_at", "回访时间", kind="date", in_page=False),
    ]  # fmt: skip

    def get_rows(self):
        return super().get_rows().select_related("record__card", "record__place")

    def get_columns(self):
        """Who doesn't call looks at the record that was drawn."""
        if self.actor.role in CallBackPage.roles and not self.actor.is_read_only:
            return self.columns
        return [replace(self.columns[0], link=lambda row: row.record.get_absolute_url()), *self.columns[1:]]

    def get_context(self, **more):
        return super().get_context(draws=self.draws(), **more)

    def draws(self) -> list[tuple[str, str]]:
        """(subdistrict and month, seed) of the month asked for or the last one, where the actor may see the sample."""
        sample = CallBack.objects.visible_to(self.actor).order_by("-month").values_list("month", "place_code")
        asked = self.filterset.form.cleaned_data.get("month") if self.filterset.form.is_valid() else None
        last = asked.first_day if asked else sample.values_list("month", flat=True).first()
        if last is None:
            return []
        month = Month.containing(last)
        above = {code[:SUBDISTRICT_WIDTH] for _, code in sample.filter(month=last)}
        places = Division.objects.filter(code__in=above).order_by("code")
        return [(f"{place.name} {month.label}", seed_of(place.code, month)) for place in places]


class CallBackPage(FormPage):
    """Whom to ask about what, and what was heard."""

    model = CallBack
    roles = frozenset({Role.SUBDISTRICT})
    form_class = CallBackForm
    template_name = "projects/record_call_back.html"
    submit_label = "登记结果"
    success_message = "已登记回访结果。"
    action = staticmethod(record_call_back)

    @property
    def is_change(self) -> bool:
        """The row is locked by its action."""
        return False

    def get_queryset(self):
        return super().get_queryset().select_related("record__card", "record__place", "record__author")

    def get_title(self):
        return f"回访：{self.object.record.card.name}"

    def get_breadcrumbs(self):
        return [("随机回访", reverse("projects:call_back_list"))]

    def get_action_kwargs(self, cleaned):
        return {**cleaned, "call_back": self.object}

    def get_context(self, **more):
        record = self.object.record
        facts = [
            ("志愿者", record.card.name),
            ("电话", record.card.phone or "没有登记，请通过社区或单位联系"),
            ("服务内容", record.activity),
            ("服务时间", record.time_text),
            ("时长", f"{hours_text(record.hours)} 小时"),
            ("服务所在地", record.place.path_name),
            ("登记人", str(record.author or "")),
            ("现在的结果", self.object.get_outcome_display()),
        ]
        return super().get_context(record=record, facts=facts, **more)

    def get_success_url(self, obj):
        if obj.outcome == CallBack.Outcome.DENIED:
            return obj.record.get_absolute_url()
        return f"{reverse('projects:call_back_list')}?outcome=open"

    def get_cancel_url(self):
        return reverse("projects:call_back_list")


class RecordExport(FormPage):
    """Verified records with names and phones, for the national system: only with a reason, which is kept."""

    model = VolunteerRecord
    roles = STAFF
    form_class = ExportForm
    title = "上报导出"
    submit_label = "导出"
    help_text = "导出这段时间已核实的记录，供上报全国志愿服务信息系统。身份证号不在本平台保存，由上报人在国家系统中补充。"

    def get_initial(self):
        last = Month.containing(today()).previous()
        return {"first": last.first_day, "last": last.last_day, "format": "xlsx"}

    def get_breadcrumbs(self):
        return [("志愿服务记录", reverse("projects:record_list"))]

    def get_cancel_url(self):
        return reverse("projects:record_list")

    def run_action(self, cleaned, row=None):
        note_export(first=cleaned["first"], last=cleaned["last"], reason=cleaned["reason"], actor=self.actor)
        return cleaned

    def succeed(self, obj):
        return national_file(obj, self.actor)


def national_file(asked: dict, actor: Actor):
    """The file itself; an .xlsx bears who took it out and what for."""
    rows = exported_records(asked["first"], asked["last"], actor)
    name = f"志愿服务记录_{asked['first']:%Y%m%d}-{asked['last']:%Y%m%d}.{asked['format']}"
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    if asked["format"] == "csv":
        lines = stream_csv(columns=NATIONAL_COLUMNS, rows=rows.iterator(chunk_size=2000))
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
    title = f"志愿服务记录（用途：{asked['reason'][:60]}；{timezone.localtime():%Y-%m-%d %H:%M}）"
    return sheet_response(
        title=title,
        columns=NATIONAL_COLUMNS,
        rows=rows.iterator(chunk_size=2000),
        actor=actor,
        headers=headers,
    )


record_move = move_view(VolunteerRecord, RECORD_MOVES, roles=VERIFIERS, object_kwarg="record")
