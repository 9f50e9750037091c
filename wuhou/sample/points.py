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
from projects.actions.certificates import request_certificate
from projects.actions.points import freeze_card
from projects.actions.records import record_service, reverse_record, verify_record, verify_violation
from projects.actions.redemptions import (
    add_reward,
    cancel_redemption,
    collect_redemption,
    lapse_redemptions,
    move_stock,
    redeem,
)
from projects.models import (
    PointsCard,
    PointsEntry,
    PointsTariff,
    Redemption,
    Reward,
    Session,
    VolunteerRecord,
)
from projects.points_rules import points_for
from units.models import Division, Unit
from wuhou.sample.past import Diary, entry, moment, workday_before, write_past

SEED = 510107_27
# So many persons of each community serve in the sessions held there.
CROWD = 3
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
    ("垃圾分类袋", "thing", "2", 200, "一卷三十只。"),
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
        self.owe()
        self.ask_for_certificate()
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
        self.crowd = self.crowds(len(people) + len(teams) + len(units))
        cards = [*people, *teams, *units, *(card for crowd in self.crowd.values() for card in crowd)]
        for card in cards:
            code = card.place_code[:9]
            card.number = f"JF-{code}-{next_number(f'points-card:{code}'):06}"
        return PointsCard.objects.bulk_create(cards)

    def crowds(self, number: int) -> dict[int, list[PointsCard]]:
        """By community, the persons who serve in the sessions held there; the first belongs to a unit that holds them."""
        held = self.sessions_with_volunteers().order_by("place__code", "pk")
        units = {session.place_id: session.unit for session in held.select_related("unit").order_by("-pk")}
        places = Division.objects.filter(pk__in=units, level="community").order_by("code")
        return {
            place.pk: [
                self.card(
                    number + CROWD * order + one,
                    f"{SURNAMES[(order + CROWD * one) % len(SURNAMES)]}某",
                    place=place,
                    unit=units[place.pk] if one < CROWD // 2 else None,
                )
                for one in range(CROWD)
            ]
            for order, place in enumerate(places)
        }

    def sessions_with_volunteers(self):
        """Confirmed sessions of the past sixteen months, over for some days."""
        span = (self.today - timedelta(days=480), self.today - timedelta(days=12))
        sessions = Session.objects.confirmed().filter(held_on__range=span, volunteers__gt=0, is_sample=True)
        return sessions.exclude(starts_at=None).exclude(ends_at=None)

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
        in_crowd = {card.pk for crowd in self.crowd.values() for card in crowd}
        own = [record for card in self.cards if card.pk not in in_crowd for record in self.records_of(card)]
        records = [*own, *self.records_of_sessions()]
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

    def records_of_sessions(self) -> list[VolunteerRecord]:
        """In every third session those of its volunteers who have a card, each in one session a day at most."""
        busy, found = set(), []
        sessions = (
            self.sessions_with_volunteers().select_related("project", "place").order_by("held_on", "pk")
        )
        for session in sessions[::3]:
            crowd = self.crowd.get(session.place_id, [])
            free = [card for card in crowd if (card.pk, session.held_on) not in busy]
            for card in free[: session.volunteers]:
                busy.add((card.pk, session.held_on))
                found.append(self.record_of(session, card))
        return found

    def record_of(self, session: Session, card: PointsCard) -> VolunteerRecord:
        starts, ends = (
            moment(session.held_on, at.hour, at.minute) for at in (session.starts_at, session.ends_at)
        )
        return VolunteerRecord(
            card=card, session=session, project=session.project, activity=f"{session.project.get_domain_display()}：{session.summary}"[:80],
            place=session.place, place_code=session.place_code, starts_at=starts, ends_at=ends,
            hours=Decimal((ends - starts).seconds) / 3600, status=VolunteerRecord.Status.VALID, author_id=session.author_id,
            verifier_id=session.verifier_id, version=2, is_sample=True,
        )  # fmt: skip

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
            occurred_on=record.starts_at.date(), author_id=record.verifier_id,
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
        """Three wait to be verified, one of them entered late; one was reversed, one cut; one card is frozen."""
        crowd = {card.pk for card in self.crowd.get(self.home.pk, [])}
        mine = [
            card
            for card in self.cards
            if card.place_id == self.home.pk and card.holder == "person" and card.pk not in crowd
        ]
        for number, ago in enumerate((1, 3, 20)):
            self.enter(mine[number % len(mine)], ago, 7 + 3 * number)
        wrong = verify_record(record=self.enter(mine[0], 5, 19), actor=self.actors[YULIN])
        colleague = self.actors["district"]
        reverse_record(record=wrong, note="电话回访本人未参加，予以冲正。", actor=colleague)
        verify_violation(
            record=self.enter(mine[1], 6, 14), note="中途离开，队员代为签退。", actor=self.actors[YULIN]
        )
        freeze_card(card=mine[2], note="本人长期在外地。", actor=self.actors[YULIN])

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
        self.rewards = rewards
        own = PointsCard.objects.under("510107005").active().filter(unit=None, holder="person")
        rich = own.order_by("-balance", "pk")[:6]
        done = [
            self.give(rich[0], "护理包"),
            self.give(rich[1], "社区食堂午餐券"),
            self.give(rich[2], "社区食堂午餐券"),
            # The last one: whoever comes next hears that there is none left.
            self.give(rich[0], "折叠购物车"),
            self.give(rich[3], "护理包"),
        ]
        long_ago = self.today - timedelta(days=40)
        Redemption.objects.filter(pk=done[4].pk).update(
            created_at=moment(long_ago), collect_by=long_ago + timedelta(days=30)
        )
        lapse_redemptions(today=self.today)
        collect_redemption(redemption=done[0], actor=clerk)
        cancel_redemption(redemption=done[2], note="本人改期再来。", actor=clerk)
        Redemption.objects.filter(pk__in=[one.pk for one in done]).update(is_sample=True)

    def give(self, card: PointsCard, title: str) -> Redemption:
        return redeem(
            card=card, reward=self.rewards[title], tail=card.phone[-4:], actor=self.actors[HUANGMENJIE]
        )

    def owe(self) -> None:
        """One whose points were spent before the service turned out to be untrue: they are owed."""
        card = self.card(9999, "邹某某", place=self.home)
        card.number = f"JF-{card.place_code[:9]}-{next_number(f'points-card:{card.place_code[:9]}'):06}"
        card.save()
        record = verify_record(record=self.enter(card, 4, 16), actor=self.actors[YULIN])
        spent = self.give(card, "垃圾分类袋")
        collect_redemption(redemption=spent, actor=self.actors[HUANGMENJIE])
        Redemption.objects.filter(pk=spent.pk).update(is_sample=True)
        reverse_record(record=record, note="回访时服务对象说没有来过。", actor=self.actors["district"])

    def ask_for_certificate(self) -> None:
        """A unit waits for the certificate of one of its people."""
        for actor in self.actors.values():
            mine = [card for card in self.cards if actor.unit_id and card.unit_id == actor.unit_id]
            served = [card for card in mine if card.holder == "person" and card.records.exists()]
            if served:
                first = self.today - timedelta(days=400)
                request_certificate(
                    card=served[0], first=first, last=self.today, purpose="申请入学", actor=actor
                )
                return
