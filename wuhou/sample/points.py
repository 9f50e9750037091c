"""Volunteers' points of the sample: cards, two years of records, a catalogue, redemptions, and what needs looking at.

The records of the past are written straight to the ledger (its triggers keep the sums); what is still open, doubtful or
reversed goes through the portal's own actions. No ranking, no cash.
"""

import secrets
from datetime import date, time, timedelta
from decimal import Decimal
from random import Random

import pgtrigger
from django.db.models import OuterRef, Subquery

from core.actor import Actor
from core.numbers import next_number
from projects.actions.call_backs import draw_call_backs
from projects.actions.points import freeze_card
from projects.actions.records import record_service, reverse_record, verify_record
from projects.actions.redemptions import add_reward, cancel_redemption, collect_redemption, move_stock, redeem
from projects.actions.sessions import record_session, return_session
from projects.models import (
    PointsCard,
    PointsEntry,
    PointsTariff,
    ProjectClaim,
    Redemption,
    Reward,
    Session,
    VolunteerRecord,
)
from projects.points_rules import points_for
from units.models import Division, Unit
from wuhou.sample.past import Diary, entry, moment, workday_before, write_past

SEED = 510107_27
HUANGMENJIE, YULIN = "community", "subdistrict"
SURNAMES = "钱蒋沈韩朱秦许何吕施孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛范彭鲁韦马苗方任袁柳鲍史"
TEAMS = ("助老敬老服务队", "便民服务110", "杏林风健康服务队", "美好明天儿童关爱中心")
SERVICES = (
    "助老：陪护理发",
    "便民：小家电检修",
    "健康：院落义诊",
    "儿童：四点半课堂",
    "环境：分类引导",
    "安全：夜间巡逻",
)
# (title, kind, cost, stock, description)
REWARDS = (
    ("社区食堂午餐券", "service", "5", 60, "黉门街社区食堂一份午餐。"),
    ("家政保洁一次", "service", "20", 10, "两小时，提前三天预约。"),
    ("护理包", "thing", "8", 40, "口罩、酒精、创可贴。"),
    ("折叠购物车", "thing", "12", 1, "每季到货一批。"),
    ("图书馆借阅证年费减免", "discount", "10", 100, "凭兑换单到馆办理。"),
)  # fmt: skip


class Points:
    """Makes the cards and the ledger as of one day."""

    def __init__(self, units: list[Unit], actors: dict[str, Actor], today: date):
        self.units, self.actors, self.today = units, actors, today
        self.rng = Random(SEED)  # nosec B311
        yulin = Division.objects.filter(level="community", code__startswith="510107005", valid_to=None)
        self.places = list(yulin.order_by("code"))
        self.home = next(place for place in self.places if place.code == actors[HUANGMENJIE].place_code)
        self.diary = Diary()

    def load(self) -> None:
        self.tariff = self.first_tariff()
        self.cards = self.issue_cards()
        self.serve()
        self.doubtful()
        self.redeem()
        self.unfinished_sessions()
        draw_call_backs(today=self.today)

    def first_tariff(self) -> PointsTariff:
        """The default of domain.md §2(e): one point an hour, four hours a session, eight a day."""
        tariffs = PointsTariff.objects.order_by("valid_from")
        if not tariffs.exists():
            PointsTariff.objects.create(
                version=1, valid_from=date(self.today.year - 2, 1, 1), basis="区域党委办公室会议", is_sample=True,
                author_id=self.actors["district"].user_id,
            )  # fmt: skip
        return tariffs.first()

    # Cards

    def issue_cards(self) -> list[PointsCard]:
        people = [
            self.card(number, f"{surname}某某", place=self.places[number % len(self.places)])
            for number, surname in enumerate(SURNAMES)
        ]
        teams = [
            self.card(len(people) + number, name, holder="team", place=self.home)
            for number, name in enumerate(TEAMS)
        ]
        units = [
            self.card(
                len(people) + len(teams) + number, unit.name, holder="unit", unit=unit, place=unit.place
            )
            for number, unit in enumerate(self.near())
        ]
        cards = [*people, *teams, *units]
        for card in cards:
            code = card.place_code[:9]
            card.number = f"JF-{code}-{next_number(f'points-card:{code}'):06}"
        return PointsCard.objects.bulk_create(cards)

    def near(self) -> list[Unit]:
        return [unit for unit in self.units if unit.place_code.startswith("510107005")][:6]

    def card(self, number: int, name: str, *, place: Division, holder: str = "person", unit: Unit | None = None) -> PointsCard:  # fmt: skip
        phone = f"138000{10000 + number:05d}" if holder == "person" else ""
        return PointsCard(
            token=secrets.token_urlsafe(18), holder=holder, name=name[:60], phone=phone, unit=unit, place=place, place_code=place.code,
            issued_on=workday_before(self.today, 500), author_id=self.actors[YULIN].user_id, is_sample=True,
        )  # fmt: skip

    # Service of the past

    def serve(self) -> None:
        records = [record for card in self.cards for record in self.records_of(card)]
        VolunteerRecord.objects.bulk_create(records)
        PointsEntry.objects.bulk_create([self.entry_of(record) for record in records])
        # The ledger stamps its lines with now; these were entered two days after the service.
        with pgtrigger.ignore("projects.PointsEntry:append_only"):
            served = VolunteerRecord.objects.filter(pk=OuterRef("record")).values("starts_at")
            mine = PointsEntry.objects.filter(record__in=[record.pk for record in records])
            mine.update(created_at=Subquery(served) + timedelta(days=2))
        verifier = self.actors[YULIN]
        write_past([
            entry(record, "verify", "核实入账", verifier, moment(self.day_after(record), 11), before="pending", after="valid")
            for record in records
        ])  # fmt: skip

    def records_of(self, card: PointsCard) -> list[VolunteerRecord]:
        """Four to nine services on different days of the past sixteen months."""
        days = sorted(self.rng.sample(range(12, 480), self.rng.randint(4, 9)), reverse=True)
        return [self.record(card, self.today - timedelta(days=ago)) for ago in days]

    def record(self, card: PointsCard, day: date) -> VolunteerRecord:
        hours = Decimal(self.rng.choice(("1", "1.5", "2", "2.5", "3")))
        start = moment(day, self.rng.choice((9, 14, 18)))
        role = self.rng.choice(("volunteer",) * 8 + ("organizer", "leader"))
        return VolunteerRecord(
            card=card, activity=self.rng.choice(SERVICES), place=card.place, place_code=card.place_code, role=role, starts_at=start,
            ends_at=start + timedelta(hours=float(hours)), hours=hours, status=VolunteerRecord.Status.VALID,
            author_id=self.actors[HUANGMENJIE].user_id, verifier_id=self.actors[YULIN].user_id, version=2, is_sample=True,
        )  # fmt: skip

    def day_after(self, record: VolunteerRecord) -> date:
        return min(record.starts_at.date() + timedelta(days=2), self.today)

    def entry_of(self, record: VolunteerRecord) -> PointsEntry:
        return PointsEntry(
            card=record.card, place_code=record.place_code, kind=PointsEntry.Kind.SERVICE, record=record, tariff=self.tariff,
            hours=record.hours, delta=points_for(record.hours, record.role, self.tariff), note=record.activity,
            occurred_on=record.starts_at.date(), author_id=self.actors[YULIN].user_id,
        )  # fmt: skip

    # What needs looking at

    def enter(self, card: PointsCard, ago: int, hour: int = 10) -> VolunteerRecord:
        record = record_service(
            card=card, served_on=self.today - timedelta(days=ago), starts=time(hour), ends=time(hour + 2), kind="elderly",
            content="陪护理发", place=self.home, actor=self.actors[HUANGMENJIE],
        )  # fmt: skip
        VolunteerRecord.objects.filter(pk=record.pk).update(is_sample=True)
        return record

    def doubtful(self) -> None:
        """Three wait to be verified, one of them entered late; one was reversed; one card is frozen."""
        mine = [card for card in self.cards if card.place_id == self.home.pk and card.holder == "person"]
        for number, ago in enumerate((1, 3, 20)):
            self.enter(mine[number % len(mine)], ago, 7 + 3 * number)
        wrong = verify_record(record=self.enter(mine[0], 5, 19), actor=self.actors[YULIN])
        colleague = self.actors["district"]
        reverse_record(record=wrong, note="电话回访本人未参加，予以冲正。", actor=colleague)
        freeze_card(card=mine[-1], note="本人长期在外地。", actor=self.actors[YULIN])

    # Rewards

    def redeem(self) -> None:
        clerk = self.actors[HUANGMENJIE]
        rewards = {}
        for title, kind, cost, stock, text in REWARDS:
            reward = add_reward(
                title=title, kind=kind, cost=Decimal(cost), place=self.home, description=text, per_quarter=2, actor=clerk
            )  # fmt: skip
            move_stock(reward=reward, delta=stock, note="区级配发", actor=clerk)
            rewards[title] = reward
        Reward.objects.filter(pk__in=[reward.pk for reward in rewards.values()]).update(is_sample=True)
        rich = PointsCard.objects.under("510107005").active().order_by("-balance", "pk")[:6]
        done = [
            redeem(card=rich[0], reward=rewards["护理包"], actor=clerk),
            redeem(card=rich[1], reward=rewards["社区食堂午餐券"], actor=clerk),
            redeem(card=rich[2], reward=rewards["社区食堂午餐券"], actor=clerk),
            # The last one: whoever comes next hears that there is none left.
            redeem(card=rich[0], reward=rewards["折叠购物车"], actor=clerk),
        ]
        collect_redemption(redemption=done[0], actor=clerk)
        cancel_redemption(redemption=done[2], note="本人改期再来。", actor=clerk)
        Redemption.objects.filter(pk__in=[one.pk for one in done]).update(is_sample=True)

    # Sessions that wait

    def unfinished_sessions(self) -> None:
        """Two sessions wait for the community, one was sent back to the unit."""
        claims = self.home_claims()
        made = []
        for number, claim in enumerate(claims[:3]):
            liaison = next(actor for actor in self.actors.values() if actor.unit_id == claim.unit_id)
            session = record_session(
                claim=claim, place=self.home, held_on=self.today - timedelta(days=number + 1), starts_at=time(15),
                summary="现场服务居民。", person_times=40 + 10 * number, volunteers=4, volunteer_hours=Decimal(8), actor=liaison,
            )  # fmt: skip
            made.append(session)
        for session in made[2:]:
            return_session(session=session, note="请写明服务地点。", actor=self.actors[HUANGMENJIE])
        Session.objects.filter(pk__in=[one.pk for one in made]).update(is_sample=True)

    def home_claims(self) -> list[ProjectClaim]:
        spoken_for = [actor.unit_id for actor in self.actors.values() if actor.unit_id]
        claims = ProjectClaim.objects.confirmed_leads().filter(
            project__place=self.home, project__status="running", unit_id__in=spoken_for
        )
        return list(claims.select_related("project__place", "unit").order_by("pk"))
