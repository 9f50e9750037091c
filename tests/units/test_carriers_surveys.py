"""Survey rounds: a line for every two-new unit, filled on the phone or by spreadsheet, taken over through the register."""

from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.clock import today
from core.errors import InputError, NotAllowed, RuleViolation
from tests.counting import own_queries
from tests.factories.carriers import make_round
from tests.factories.units import make_unit
from tests.rest import Rest, key_of
from units.actions.surveys import apply_line, fill_by_sheet, fill_line, open_round
from units.models import SurveyLine, SurveyRound
from units.reminders.carriers import carrier_words
from units.todo.carriers import todo_items

pytestmark = pytest.mark.django_db
FOUND = {"is_operating": True, "employees": 40, "members_total": 6, "members_full": 5}


def sheet(*rows, header=("编号", "单位", "正常经营", "从业人数", "党员人数", "正式党员人数", "未建原因")):
    book = openpyxl.Workbook()
    for row in (header, *rows):
        book.active.append(row)
    target = BytesIO()
    book.save(target)
    return SimpleUploadedFile("摸排.xlsx", target.getvalue())


@pytest.fixture
def firm(huangmenjie):
    return make_unit(
        place=huangmenjie,
        name="甲公司",
        employees=10,
        members_total=1,
        members_full=1,
        credit_code_missing_reason="筹备中",
    )


@pytest.fixture
def line(huangmenjie, yulin, firm):
    return make_round(place=yulin, units=[firm]).lines.get()


class TestRounds:
    def test_a_line_for_every_operating_two_new_unit(self, yulin, huangmenjie, jinyan, subdistrict):
        wanted = {
            make_unit(place=huangmenjie).pk,
            make_unit(place=huangmenjie, category="social_organization").pk,
        }
        make_unit(place=huangmenjie, category="government")
        make_unit(place=huangmenjie, status="shell")
        make_unit(place=jinyan)
        opened = open_round(
            name="秋季摸排", place=yulin, due_on=today() + timedelta(days=30), actor=subdistrict.actor
        )
        assert set(opened.lines.values_list("unit_id", flat=True)) == wanted

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"due_on": date(2020, 1, 1)}, "survey_round_in_order"), ({}, "nothing_to_survey")],
    )
    def test_refusals(self, yulin, subdistrict, changes, code):
        with pytest.raises(RuleViolation) as refusal:
            open_round(
                **{"name": "摸排", "place": yulin, "due_on": today(), **changes}, actor=subdistrict.actor
            )
        assert refusal.value.code == code

    def test_a_community_does_not_open_one_for_its_subdistrict(self, yulin, community):
        with pytest.raises(NotAllowed):
            open_round(name="摸排", place=yulin, due_on=today(), actor=community.actor)


class TestLines:
    def test_counts_go_into_the_register_only_when_asked(self, line, firm, community):
        fill_line(line=line, **FOUND, actor=community.actor)
        firm.refresh_from_db()
        assert (firm.employees, firm.version) == (10, 1)
        filled = SurveyLine.objects.select_related("unit", "round").get()
        assert (filled.differs, filled.surveyed_on, filled.surveyed_by) == (True, today(), community.user)
        apply_line(line=filled, actor=community.actor)
        firm.refresh_from_db()
        assert (firm.employees, firm.members_total, firm.members_full, firm.version) == (40, 6, 5, 2)

    @pytest.mark.parametrize(("changes", "field"), [
        ({"is_operating": None}, "is_operating"), ({"members_full": 7}, "members_full"), ({"members_total": None}, "members_total"),
    ])  # fmt: skip
    def test_what_cannot_be_is_refused_beside_its_field(self, line, community, changes, field):
        with pytest.raises(InputError) as refusal:
            fill_line(line=line, **{**FOUND, **changes}, actor=community.actor)
        assert refusal.value.field == field

    def test_an_older_round_does_not_overwrite_a_newer_one(self, line, firm, yulin, community):
        newer = make_round(place=yulin, units=[firm], opened_on=date(2026, 11, 20)).lines.get()
        fill_line(line=newer, **FOUND, actor=community.actor)
        fill_line(line=line, **FOUND, actor=community.actor)
        with pytest.raises(RuleViolation) as refusal:
            apply_line(
                line=SurveyLine.objects.select_related("unit", "round").get(pk=line.pk), actor=community.actor
            )
        assert refusal.value.code == "later_round"

    def test_an_empty_line_is_not_taken_over_and_a_foreign_one_not_filled(self, line, community, stranger):
        with pytest.raises(RuleViolation) as refusal:
            apply_line(line=line, actor=community.actor)
        assert refusal.value.code == "not_surveyed"
        with pytest.raises(NotAllowed):
            fill_line(line=line, **FOUND, actor=stranger.actor)


class TestSheet:
    def test_filled_rows_go_in_and_blank_ones_are_left_alone(self, yulin, huangmenjie, firm, community):
        other = make_unit(place=huangmenjie)
        made = make_round(place=yulin, units=[firm, other])
        first, second = made.lines.order_by("pk")
        told = fill_by_sheet(
            round=made,
            file=sheet(
                [first.pk, "甲公司", "是", 12, 3, 2, ""], [second.pk, "乙", None, None, None, None, None]
            ),
            is_applied=True,
            actor=community.actor,
        )
        firm.refresh_from_db()
        assert (told["filled"], told["blank"], told["errors"]) == (1, 1, [])
        assert (firm.employees, firm.members_full) == (12, 2)

    def test_one_wrong_row_and_nothing_is_written(self, yulin, huangmenjie, jinyan, firm, community):
        foreign = make_unit(place=jinyan)
        made = make_round(place=yulin, units=[firm, foreign])
        first, second = made.lines.order_by("pk")
        told = fill_by_sheet(
            round=made, actor=community.actor,
            file=sheet([first.pk, "甲", "是", 12, 3, 2, ""], [second.pk, "乙", "是", 1, 1, 1, ""], [first.pk, "甲", "是", 1, 0, 0, ""],
                       [first.pk, "甲", "也许", 1, 1, 1, ""]),
        )  # fmt: skip
        assert (told["filled"], [error.row for error in told["errors"]]) == (0, [5, 3, 4])
        assert SurveyLine.objects.filled().count() == 0


class TestPages:
    def test_lists_take_the_same_queries(self, yulin, huangmenjie, community):
        made = make_round(place=yulin, units=[make_unit(place=huangmenjie)])
        rounds, lines = (
            own_queries(community.client, "/units/surveys/"),
            own_queries(community.client, made.get_absolute_url()),
        )
        for _ in range(2):
            make_round(place=yulin, units=[make_unit(place=huangmenjie), make_unit(place=huangmenjie)])
        SurveyLine.objects.update(round=made)
        assert own_queries(community.client, "/units/surveys/") == rounds <= 3
        assert own_queries(community.client, made.get_absolute_url()) == lines <= 5

    def test_a_community_fills_its_own_line_on_the_phone(self, line, firm, community, stranger):
        url = line.get_absolute_url()
        assert stranger.client.get(url).status_code == 404
        assert "台账：从业 10 人" in community.client.get(url).content.decode()
        posted = {
            "is_operating": "true",
            "employees": "40",
            "members_total": "6",
            "members_full": "5",
            "is_applied": "on",
        }
        assert community.client.post(url, {**posted, "members_full": "9"}).status_code == 400
        response = community.client.post(url, posted)
        firm.refresh_from_db()
        assert (response.status_code, firm.employees) == (302, 40)
        page = community.client.get(line.round.get_absolute_url()).content.decode()
        assert "已摸排 1 / 1 家（100%）" in page

    def test_the_exported_list_can_be_filled_in_and_sent_back(self, line, firm, community):
        response = community.client.get(f"{line.round.get_absolute_url()}?format=xlsx")
        book = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content)))
        rows = list(book.active.iter_rows())
        head = next(row for row in rows if row[0].value == "编号")
        labels = [cell.value for cell in head]
        mine = book.active[head[0].row + 1]
        for label, value in (("正常经营", "是"), ("从业人数", 33), ("党员人数", 2), ("正式党员人数", 2)):
            mine[labels.index(label)].value = value
        target = BytesIO()
        book.save(target)
        url = f"{line.round.get_absolute_url()}sheet/"
        answer = community.client.post(
            url, {"file": SimpleUploadedFile("a.xlsx", target.getvalue()), "is_applied": "on"}
        )
        firm.refresh_from_db()
        assert (answer.status_code, firm.employees) == (302, 33)

    def test_a_wrong_sheet_is_told_with_its_rows(self, line, community):
        url = f"{line.round.get_absolute_url()}sheet/"
        answer = community.client.post(url, {"file": sheet([line.pk, "甲", "是", "很多", 1, 1, ""])})
        assert answer.status_code == 400
        assert "第2行" in answer.content.decode()

    def test_opening_one_by_form(self, firm, yulin, subdistrict):
        posted = {"name": "冬季摸排", "place": yulin.pk, "due_on": (today() + timedelta(days=9)).isoformat()}
        response = subdistrict.client.post("/units/surveys/new/", posted)
        assert response["Location"] == SurveyRound.objects.get().get_absolute_url()


class TestWhatWaits:
    def test_the_community_hears_and_sees_it(self, line, community, subdistrict):
        assert [item.kind for item in todo_items(community.actor, today())] == ["survey"]
        assert todo_items(subdistrict.actor, today()) == []
        (word,) = carrier_words(date(2026, 11, 27))
        assert (word.kind, word.to[0].place_code) == ("survey-due", "510107005008")
        assert list(carrier_words(date(2026, 11, 26))) == []


class TestRest:
    def test_a_line_is_filled_by_token(self, line, firm, community, stranger):
        url = f"/api/v1/survey-lines/{line.pk}/"
        told = Rest(key_of(community)).patch(url, {**FOUND, "is_applied": True})
        firm.refresh_from_db()
        assert (told.status_code, told.json()["employees"], firm.employees) == (200, 40, 40)
        assert Rest(key_of(stranger)).get(url).status_code == 404
        assert Rest(key_of(community)).get("/api/v1/survey-rounds/").json()["count"] == 1
