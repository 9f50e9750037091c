"""Pages of cards, records, rewards and redemptions as each of the cast opens them."""

import io
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook

from core.clock import today
from core.models import HistoryEntry
from projects.models import (
    CallBack,
    PointsCard,
    PointsEntry,
    PointsTariff,
    Redemption,
    Reward,
    VolunteerRecord,
)
from tests.counting import own_queries
from tests.factories.projects import make_claim, make_project
from tests.factories.projects_points import (
    earn,
    make_card,
    make_record,
    make_redemption,
    make_reward,
    make_tariff,
)
from tests.factories.projects_sessions import make_session

pytestmark = pytest.mark.django_db
YESTERDAY = timedelta(days=1)
PHONE = "13812341234"


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def card(huangmenjie, unit) -> PointsCard:
    make_tariff()
    return make_card(
        place=huangmenjie, points=12, name="王某某", phone=PHONE, unit=unit, number="JF-510107005-000123"
    )


def typed(**more) -> dict:
    return {
        "served_on": (today() - YESTERDAY).isoformat(), "starts": "09:00", "ends": "11:00", "kind": "elderly",
        "content": "陪同就医", "place": "", "role": "volunteer", **more,
    }  # fmt: skip


class TestLists:
    @pytest.mark.parametrize(
        ("page", "queries"),
        [("cards", 3), ("records", 3), ("points/entries", 4), ("rewards", 3), ("redemptions", 3), ("records/call-backs", 6)],
    )  # fmt: skip
    def test_queries_do_not_grow_with_the_rows(self, subdistrict, card, huangmenjie, page, queries):
        def add():
            one = make_card(place=huangmenjie, points=20)
            make_redemption(card=one, reward=make_reward(place=huangmenjie))
            record = earn(one, 1)
            CallBack.objects.create(record=record, place_code=record.place_code, month=date(2026, 10, 1))

        add()
        assert own_queries(subdistrict.client, f"/projects/{page}/") == queries
        add()
        add()
        assert own_queries(subdistrict.client, f"/projects/{page}/") == queries

    def test_everybody_sees_the_own_and_nobody_sorts_by_points(
        self, card, community, liaison, stranger, other_liaison
    ):
        for person in (community, liaison):
            page = text(person.client.get("/projects/cards/?q=王某某"))
            assert card.number in page
            assert "sort=balance" not in page
        for person in (stranger, other_liaison):
            assert card.number not in text(person.client.get("/projects/cards/"))
            for address in (
                f"cards/{card.pk}/",
                f"cards/{card.pk}/print/",
                f"records/{card.records.get().pk}/",
            ):
                assert person.client.get(f"/projects/{address}").status_code == 404
        assert community.client.get("/projects/cards/?sort=balance").status_code == 400

    @pytest.mark.parametrize("ending", ["csv", "xlsx"])
    def test_exports_of_lists_hide_names_and_phones(self, ending, card, community):
        body = b"".join(community.client.get(f"/projects/cards/?format={ending}").streaming_content)
        if ending == "xlsx":
            sheet = load_workbook(io.BytesIO(body)).active
            body = "".join(str(value) for row in sheet.iter_rows(values_only=True) for value in row).encode()
        words = body.decode("utf-8-sig")
        assert "王**" in words
        assert "138****1234" in words
        assert "王某某" not in words
        assert PHONE not in words

    def test_points_and_hours_leave_as_numbers(self, card, community, huangmenjie):
        make_redemption(card=card, reward=make_reward(place=huangmenjie, cost="2.5"))
        address = "/projects/points/entries/?sort=occurred_on&format="
        body = b"".join(community.client.get(f"{address}xlsx").streaming_content)
        rows = list(load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True))
        heads = next(row for row in rows if "积分" in row)
        found = [row[heads.index("积分")] for row in rows[rows.index(heads) + 1 :] if card.number in row]
        assert found == [12, -2.5]
        words = b"".join(community.client.get(f"{address}csv").streaming_content).decode("utf-8-sig")
        assert [line.split(",")[heads.index("积分")] for line in words.splitlines()[1:]] == ["12", "-2.5"]

    def test_filters_narrow_and_wrong_ones_are_a_sentence(self, card, community):
        late = make_record(card=card, flags="补录9天", activity="助老：迟到的")
        plain = make_record(card=card, hour=14, activity="助老：按时的")
        for query, shown, hidden in (
            ("flagged=true", late, plain), ("flagged=false&status=pending", plain, late), ("q=按时", plain, late),
        ):  # fmt: skip
            page = text(community.client.get(f"/projects/records/?{query}"))
            assert shown.activity in page
            assert hidden.activity not in page
        for query in ("records/?status=x", "records/call-backs/?month=2026-13", "points/entries/?kind=x"):
            assert community.client.get(f"/projects/{query}").status_code == 400


class TestCard:
    def test_only_the_community_and_the_own_unit_read_the_phone(self, card, community, subdistrict, liaison):
        for person, sees in ((community, True), (liaison, True), (subdistrict, False)):
            page = text(person.client.get(f"/projects/cards/{card.pk}/"))
            assert (PHONE in page) is sees
            assert "12" in page

    def test_it_is_issued_printed_and_corrected(self, community, huangmenjie):
        page = text(community.client.get("/projects/cards/new/"))
        assert "发放积分卡" in page
        answer = community.client.post(
            "/projects/cards/new/",
            {"holder": "person", "name": "李某", "phone": "13900001111", "unit": "", "place": huangmenjie.pk},
            follow=True,
        )
        card = PointsCard.objects.get()
        assert card.number in text(answer)
        print_page = text(community.client.get(f"/projects/cards/{card.pk}/print/"))
        assert "data:image/svg+xml" in print_page
        assert "李某" in print_page
        refused = community.client.post(
            "/projects/cards/new/", {"holder": "person", "name": "", "place": huangmenjie.pk}
        )
        assert refused.status_code == 400
        assert "请填写姓名或队伍名称。" in text(refused)
        form = community.client.get(f"/projects/cards/{card.pk}/change/")
        changed = {
            "name": "李某某",
            "phone": PHONE,
            "unit": "",
            "place": huangmenjie.pk,
            "version": form.context["version"],
        }
        community.client.post(f"/projects/cards/{card.pk}/change/", changed)
        card.refresh_from_db()
        assert (card.name, card.phone) == ("李某某", PHONE)
        nameless = make_card(place=huangmenjie, name="李某某")
        page = text(community.client.get(f"/projects/cards/{card.pk}/"))
        assert "可能是同一个人的积分卡还有：" in page
        assert nameless.number in page

    def test_a_certificate_is_asked_for_issued_and_found_on_the_card(self, card, community, liaison):
        period = {"first": "2020-01-01", "last": today().isoformat(), "purpose": "申请入学"}
        address = f"/projects/cards/{card.pk}/certificate/"
        assert "已向社区申请" in text(liaison.client.post(address, period, follow=True))
        page = text(community.client.post(address, period, follow=True))
        assert "志证〔510107005008〕" in page
        paper = HistoryEntry.objects.get(move="issue_certificate")
        assert paper.note.endswith("申请入学")
        assert "志证〔510107005008〕" in text(liaison.client.get(f"/projects/cards/{card.pk}/"))

    def test_moves_stand_on_the_page(self, card, subdistrict):
        answer = subdistrict.client.post(f"/projects/cards/{card.pk}/freeze/", {"note": "核查"}, follow=True)
        assert "已办理：冻结" in text(answer)


class TestRecords:
    def test_one_is_entered_and_verified_with_a_word_when_late(self, card, liaison, community):
        form = text(liaison.client.get(f"/projects/records/new/?card={card.number}"))
        assert card.number in form
        late = typed(card=card.number, place=card.place.pk, served_on=(today() - 9 * YESTERDAY).isoformat())
        answer = liaison.client.post("/projects/records/new/", late, follow=True)
        record = VolunteerRecord.objects.get(status="pending")
        assert "已登记，等另一位同事核实后入账。" in text(answer)
        assert "补录9天" in text(answer)
        page = text(community.client.get(f"/projects/records/{record.pk}/"))
        assert "核实的依据（补录9天）" in page
        refused = text(community.client.post(f"/projects/records/{record.pk}/verify/", follow=True))
        assert "请写明核实的依据" in refused
        done = community.client.post(
            f"/projects/records/{record.pk}/verify/", {"note": "问过家属"}, follow=True
        )
        assert "已办理：核实入账" in text(done)
        assert "2 分，2 小时" in text(done)

    def test_a_unit_picks_its_people_and_sessions_instead_of_typing(
        self, card, unit, other_unit, liaison, huangmenjie
    ):
        claim = make_claim(
            project=make_project(place=huangmenjie, status="running"), unit=unit, status="confirmed"
        )
        session = make_session(claim=claim, held_on=today() - YESTERDAY, starts_at=time(9), ends_at=time(11))
        foreign = make_card(place=huangmenjie, unit=other_unit, name="别家的")
        page = text(liaison.client.get("/projects/records/new/"))
        assert f'<option value="{card.number}">王某某（…{card.number[-6:]}）</option>' in page
        assert f'<option value="{session.pk}">{session.held_on} 09:00 {claim.project.title}' in page
        assert foreign.name not in page
        asked = typed(known=card.number, card="", session=session.pk, served_on="2020-01-01")
        assert "已登记" in text(liaison.client.post("/projects/records/new/", asked, follow=True))
        record = VolunteerRecord.objects.get(status="pending")
        assert (record.card, record.session, record.served_on) == (card, session, session.held_on)
        nobody = text(liaison.client.post("/projects/records/new/", typed(known="", card="")))
        assert "请选择志愿者，或者填写积分卡号。" in nobody
        assert "请选择服务所在地，或者选择活动场次。" in nobody

    def test_a_wrong_card_is_said_beside_it(self, card, stranger, jinyan):
        refused = stranger.client.post("/projects/records/new/", typed(card=card.number, place=jinyan.pk))
        assert refused.status_code == 422
        assert "没有这个卡号，或者不是本辖区、本单位的卡。" in text(refused)

    def test_many_are_verified_together_and_the_rest_stays(self, card, community, liaison):
        plain = [make_record(card=card, hour=hour, author=liaison.user) for hour in (9, 12)]
        flagged = make_record(card=card, hour=15, flags="批量30条", author=liaison.user)
        page = text(community.client.get("/projects/records/to-verify/"))
        assert "批量30条" in page
        pks = [record.pk for record in (*plain, flagged)]
        answer = text(community.client.post("/projects/records/to-verify/", {"record": pks}, follow=True))
        assert "已核实 2 条。" in answer
        assert "“批量30条”的记录要逐条核实并写明依据。" in answer
        assert PointsEntry.objects.filter(record__in=plain).count() == 2
        nothing = text(
            community.client.post("/projects/records/to-verify/", {"record": ["x", str(2**40)]}, follow=True)
        )
        assert "请先勾选要核实的记录" in nothing

    def test_pasted_lines_all_or_none(self, card, community, huangmenjie):
        other = make_card(place=huangmenjie, name="李某")
        lines = f"王某某 {card.number} 2\n\n李某，{other.number}，1.5小时，组织者\n赵某 JF-9 两小时\n钱某"
        refused = community.client.post("/projects/records/batch/", typed(place=huangmenjie.pk, lines=lines))
        assert refused.status_code == 422
        assert "第 4 行（赵某）：时长要写成 1.5 这样的数字" in text(refused)
        assert "第 5 行（钱某）：每行写“姓名 卡号 小时”" in text(refused)
        lines = f"王某某 {card.number} 2\n赵某 {other.number}"
        refused = community.client.post("/projects/records/batch/", typed(place=huangmenjie.pk, lines=lines))
        assert refused.status_code == 400
        assert "的持卡人不是“赵某”" in text(refused)
        assert not VolunteerRecord.objects.filter(status="pending").exists()
        lines = f"王某某 {card.number} 2\n李某，{other.number}，1.5小时，组织者"
        done = community.client.post(
            "/projects/records/batch/", typed(place=huangmenjie.pk, lines=lines), follow=True
        )
        assert "已登记 2 条，等另一位同事核实后入账。" in text(done)
        kept = VolunteerRecord.objects.filter(status="pending").order_by("hours").values_list("hours", "role")
        assert list(kept) == [(Decimal("1.5"), "organizer"), (Decimal(2), "volunteer")]

    def test_the_volunteers_of_a_session_are_entered_from_its_day_and_place(
        self, card, unit, liaison, huangmenjie
    ):
        project = make_project(place=huangmenjie, status="running", domain="health")
        session = make_session(
            claim=make_claim(project=project, unit=unit, status="confirmed"), held_on=today() - YESTERDAY
        )
        address = f"/projects/records/batch/?session={session.pk}"
        page = text(liaison.client.get(address))
        assert project.title in page
        assert f'name="served_on" value="{session.held_on}"' in page
        lines = typed(lines=f"王某某 {card.number}", kind="health")
        lines.pop("place")
        assert "已登记 1 条" in text(liaison.client.post(address, lines, follow=True))
        record = VolunteerRecord.objects.get(status="pending")
        assert (record.session, record.project, record.place, record.hours) == (
            session,
            project,
            huangmenjie,
            2,
        )
        assert liaison.client.get("/projects/records/batch/?session=999999").status_code == 404

    def test_a_sheet_names_the_rows_that_are_wrong(self, card, community, huangmenjie):
        template = community.client.get("/projects/records/batch/template/").content
        header = [cell.value for cell in load_workbook(io.BytesIO(template)).active[1]]
        assert header == ["姓名（必填）", "卡号（必填）", "时长", "身份"]

        def upload(*rows):
            book = Workbook()
            for row in (header, *rows):
                book.active.append(row)
            file = io.BytesIO()
            book.save(file)
            file.name, _ = "名单.xlsx", file.seek(0)
            return community.client.post(
                "/projects/records/batch/", typed(place=huangmenjie.pk, sheet=file), follow=True
            )

        refused = text(upload(["王某某", card.number, "二", ""], ["李某", "", "1", "队长"]))
        assert "第2行：时长要写成 1.5 这样的数字，现为“二”。" in refused
        assert "第3行“卡号（必填）”" in refused or "“卡号”必须填写" in refused
        assert "已登记 1 条" in text(upload(["王某某", card.number, 2, None]))
        wrong = io.BytesIO(b"%PDF-1.4")
        wrong.name = "a.xlsx"
        answer = community.client.post("/projects/records/batch/", typed(place=huangmenjie.pk, sheet=wrong))
        assert answer.status_code == 422
        assert "PDF 文件" in text(answer)

    def test_the_export_for_the_national_system_is_kept_in_history(self, card, community):
        page = {"first": "2020-01-01", "last": today().isoformat(), "reason": "上报国家系统", "format": "csv"}
        answer = community.client.post("/projects/records/export/", page)
        words = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
        assert words[0].split(",")[:8] == [
            "志愿者姓名", "联系电话", "积分卡号", "志愿服务项目", "服务内容", "服务开始时间", "服务结束时间", "服务时长（小时）",
        ]  # fmt: skip
        assert words[1].startswith(f"王某某,{PHONE},{card.number}")
        assert len(words) == 2
        xlsx = community.client.post("/projects/records/export/", {**page, "format": "xlsx"})
        title = load_workbook(io.BytesIO(b"".join(xlsx.streaming_content))).active["A1"].value
        assert "上报国家系统" in title
        assert HistoryEntry.objects.filter(move="export_records", actor=community.user).count() == 2
        assert community.client.post("/projects/records/export/", {**page, "reason": ""}).status_code == 422

    def test_call_backs_show_their_seed_and_take_an_outcome(self, card, subdistrict, community, district):
        record = card.records.get()
        call = CallBack.objects.create(record=record, place_code=record.place_code, month=date(2026, 10, 1))
        page = text(subdistrict.client.get("/projects/records/call-backs/"))
        assert "玉林街道 2026年10月：种子 <code>" in page
        assert f"/call-backs/{call.pk}/" in page
        # Who doesn't call is led to the record itself.
        above = text(district.client.get("/projects/records/call-backs/"))
        assert f"/call-backs/{call.pk}/" not in above
        assert f'href="/projects/records/{record.pk}/"' in above
        assert PHONE in text(subdistrict.client.get(f"/projects/records/call-backs/{call.pk}/"))
        denied = {"outcome": "denied", "note": "没有参加"}
        answer = subdistrict.client.post(f"/projects/records/call-backs/{call.pk}/", denied, follow=True)
        assert "冲正" in text(answer)
        assert community.client.get(f"/projects/records/call-backs/{call.pk}/").status_code == 403


class TestRewards:
    def test_from_the_catalogue_to_the_signed_slip(self, card, community, huangmenjie, liaison):
        fields = {
            "title": "理发一次",
            "kind": "service",
            "cost": "5",
            "place": huangmenjie.pk,
            "per_quarter": 2,
            "is_offered": "on",
        }
        community.client.post("/projects/rewards/new/", fields)
        reward = Reward.objects.get()
        stock = community.client.post(
            f"/projects/rewards/{reward.pk}/stock/", {"delta": 3, "note": "区级配发"}, follow=True
        )
        assert "区级配发" in text(stock)
        refused = community.client.post(
            f"/projects/rewards/{reward.pk}/stock/", {"delta": -4, "note": "盘点"}
        )
        assert refused.status_code == 409
        assert "现有库存 3，不能出库 4。" in text(refused)
        assert "区级配发" not in text(liaison.client.get(f"/projects/rewards/{reward.pk}/"))
        wrong = community.client.post("/projects/redemptions/new/", {"card": "JF-0", "reward": reward.pk})
        assert "没有这张积分卡，请核对卡号。" in text(wrong)
        asked = {"card": card.number, "reward": reward.pk}
        shown = text(community.client.post("/projects/redemptions/new/", asked))
        for words in (
            "王**（个人",
            "余额 12 分，扣 5 分，还剩 7 分",
            "现有 3，兑换后 2",
            "持卡人手机号后四位",
        ):
            assert words in shown
        assert not Redemption.objects.exists()
        asked["confirmed"] = "1"
        wrong = community.client.post("/projects/redemptions/new/", {**asked, "tail": "0000"})
        assert (wrong.status_code, "手机号后四位不对" in text(wrong)) == (400, True)
        done = community.client.post("/projects/redemptions/new/", {**asked, "tail": PHONE[-4:]}, follow=True)
        redemption = Redemption.objects.get()
        assert "登记领取" in text(done)
        slip = text(community.client.get(f"/projects/redemptions/{redemption.pk}/slip/"))
        assert "持卡人签字" in slip
        assert redemption.number in slip
        collected = community.client.post(f"/projects/redemptions/{redemption.pk}/collect/", follow=True)
        assert "已办理：登记领取" in text(collected)
        form = community.client.get(f"/projects/rewards/{reward.pk}/change/")
        fields.pop("place")
        changed = {**fields, "cost": "6", "version": form.context["version"]}
        assert community.client.post(f"/projects/rewards/{reward.pk}/change/", changed).status_code == 302
        reward.refresh_from_db()
        assert (reward.cost, reward.stock) == (6, 2)


class TestTariffs:
    def test_the_district_adds_and_everybody_reads(self, district, liaison):
        page = {"valid_from": "2026-01-01", "points_per_hour": "1", "min_hours": "0.5", "session_cap_hours": "4",
                "day_cap_hours": "8", "leader_factor": "1.4", "organizer_factor": "1.2",
                "violation_factor": "0.5", "serious_factor": "0", "collect_days": "30", "basis": "试行办法"}  # fmt: skip
        assert "还没有积分规则" in text(liaison.client.get("/projects/points/tariffs/"))
        assert liaison.client.get("/projects/points/tariffs/new/").status_code == 403
        assert "第1版积分规则" in text(
            district.client.post("/projects/points/tariffs/new/", page, follow=True)
        )
        again = district.client.post("/projects/points/tariffs/new/", page)
        assert "新规则从明天或以后开始" in text(again)
        assert PointsTariff.objects.count() == 1
