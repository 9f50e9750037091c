"""Needs, resources and bookings of the sample, in every state they can be in, through the portal's own actions.

What the units have to give follows domain.md §6.3; who needs what is invented.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta

from core.actor import Actor
from projects.actions.bookings import (
    accept_booking,
    cancel_booking,
    decline_booking,
    give_feedback,
    request_booking,
    use_booking,
)
from projects.actions.conversion import convert_need
from projects.actions.needs import (
    close_need,
    link_need,
    raise_by_resident,
    raise_need,
    resolve_need,
    verify_need,
)
from projects.actions.resources import offer_resource, pause_resource, withdraw_resource
from projects.models import Need, Project, Resource, ResourceBooking
from units.models import Division, Unit
from wuhou.sample.past import Diary, moment, workday_before

HUANGMENJIE, JINYAN, XIMIANQIAO = "community", "community_2", "community_3"
OFFICE_HOURS = [(day, time(9), time(17)) for day in range(1, 6)]
EVENINGS = [(day, time(18), time(21)) for day in range(1, 8)]
WEEKENDS = [(6, time(9), time(17)), (7, time(9), time(17))]
# (unit, kind, domain, title, quantity, opening hours)
OFFERS = (
    ("四川大学(望江校区)党委", "people", "law", "法律援助志愿者", "20 人", WEEKENDS),
    ("四川大学华西医院", "people", "health", "义诊医生", "每月 6 人", WEEKENDS),
    ("四川大学华西口腔医院", "service", "health", "口腔筛查", "每月 1 次", WEEKENDS),
    ("西南民族大学(武侯校区)", "venue", "culture", "民族文化展厅", "可容 80 人", WEEKENDS),
    ("成都体育学院", "venue", "culture", "体育馆", "2 片场地", EVENINGS),
    ("四川音乐学院", "people", "culture", "艺术课堂教师", "每周 2 课", WEEKENDS),
    ("成都武侯祠博物馆", "people", "education", "讲解员", "每周 2 场", WEEKENDS),
    ("中国科学院成都分院", "people", "education", "科普讲师", "每月 2 场", WEEKENDS),
    ("成都安和物业服务有限公司", "equipment", "environment", "登高车和工具", "1 套", OFFICE_HOURS),
    ("蜀都律师事务所", "service", "law", "法律咨询", "每周三 2 人", [(3, time(9), time(17))]),
    ("蜀都律师事务所", "venue", "law", "会议室", "可容 30 人", [*OFFICE_HOURS, *WEEKENDS]),
    ("武侯区爱邻社会工作服务中心", "people", "elderly", "持证社工", "4 人", OFFICE_HOURS),
    ("簇桥鞋服电商产业园", "jobs", "employment", "电商客服岗位", "30 个", OFFICE_HOURS),
    ("晋阳数字文创园", "people", "employment", "直播培训教师", "3 人", OFFICE_HOURS),
    ("太平园家居市场管理有限公司", "service", "convenience", "家电维修", "每周 1 次", WEEKENDS),
    ("武侯新城建设投资有限公司", "venue", "environment", "临时停车场", "60 个泊位", EVENINGS),
)  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """A need of the sample: where, what, how far it has come and how many days ago it was raised."""

    at: str
    title: str
    domain: str
    end: str
    age: int
    text: str
    urgency: str = "normal"
    beneficiaries: int = 40
    project: str = ""


WISHES = (
    Wish(HUANGMENJIE, "老人看病取药不方便", "health", "resident", 1, "独居老人去医院排队久，想有人陪。", "urgent", 20),
    Wish(HUANGMENJIE, "想学用手机挂号", "elderly", "collected", 3, "老年人希望有人手把手教。", beneficiaries=60),
    Wish(HUANGMENJIE, "院落缺一处充电棚", "safety", "verified", 12, "电动车没有地方充电。", "urgent", 180),
    Wish(HUANGMENJIE, "周末想借会议室议事", "other", "verified", 20, "院落议事会没有场地。"),
    Wish(HUANGMENJIE, "暑期孩子托管", "children", "converted", 90, "双职工家庭多。", project="青少年科普研学"),
    Wish(HUANGMENJIE, "楼道灯坏了", "environment", "resolved", 60, "三单元楼道灯不亮。", beneficiaries=24),
    Wish(HUANGMENJIE, "电动车充电难", "safety", "duplicate", 8, "和充电棚是一回事。", "urgent", 100),
    Wish(HUANGMENJIE, "免费送米送油", "other", "closed", 30, "希望逢年过节送米油。"),
    Wish(JINYAN, "想办直播带货培训", "employment", "converted", 100, "待业青年希望学直播。", project="新就业群体歇脚点"),
    Wish(JINYAN, "骑手没有地方歇脚", "convenience", "verified", 40, "中午高温，骑手没处休息。", beneficiaries=300),
    Wish(JINYAN, "想请律师讲物业纠纷", "law", "collected", 5, "业主和物业有争议。"),
    Wish(XIMIANQIAO, "老人想做口腔检查", "health", "verified", 25, "七十岁以上老人缺牙多。", beneficiaries=90),
    Wish(XIMIANQIAO, "广场舞场地协调", "culture", "resolved", 70, "两支队伍争场地。"),
    Wish(XIMIANQIAO, "青少年想参观武侯祠", "education", "collected", 2, "希望有讲解。", beneficiaries=50),
)  # fmt: skip


class Lists:
    """Makes the needs, resources and bookings as of one day."""

    def __init__(self, units: list[Unit], actors: dict[str, Actor], today: date):
        self.units = {unit.name: unit for unit in units}
        self.actors, self.today = actors, today
        self.liaisons = {actor.unit_id: actor for actor in actors.values() if actor.unit_id}
        self.subdistricts = {
            actor.place_code: actor for actor in actors.values() if actor.role == "subdistrict"
        }
        self.places = {place.code: place for place in Division.objects.filter(level="community")}
        self.diary = Diary()

    def load(self) -> None:
        resources = {
            offer[3]: self.offer(number, *offer)
            for number, offer in enumerate(OFFERS)
            if offer[0] in self.units
        }
        for wish in WISHES:
            self.raise_one(wish)
        self.book(resources)
        pause_resource(
            resource=resources["家电维修"],
            note="师傅年底轮休，一月恢复。",
            actor=self.liaison_of("太平园家居市场管理有限公司"),
        )
        withdraw_resource(
            resource=resources["直播培训教师"],
            note="教师已离职。",
            actor=self.liaison_of("晋阳数字文创园"),
        )

    def liaison_of(self, unit: str) -> Actor:
        return self.liaisons[self.units[unit].pk]

    def place_of(self, name: str) -> Division:
        return self.places[self.actors[name].place_code]

    def offer(self, number: int, unit: str, kind: str, domain: str, title: str, quantity: str, windows: list) -> Resource:  # fmt: skip
        resource = offer_resource(
            unit=self.units[unit], kind=kind, domain=domain, title=title, quantity=quantity, windows=windows, scope="district",
            description=f"{unit}提供，需提前一周预约。", is_exclusive=kind in ("venue", "equipment"), actor=self.liaison_of(unit),
        )  # fmt: skip
        at = moment(workday_before(self.today, 200 - 5 * number), 10)
        Resource.objects.filter(pk=resource.pk).update(is_sample=True, created_at=at)
        self.diary.date(at, resource)
        return resource

    # Needs

    def raise_one(self, wish: Wish) -> None:
        place, community = self.place_of(wish.at), self.actors[wish.at]
        above = self.subdistricts[community.place_code[:9]]
        words = {
            "place": place,
            "title": wish.title,
            "domain": wish.domain,
            "description": wish.text,
            "beneficiaries": wish.beneficiaries,
        }
        if wish.end == "resident":
            need = raise_by_resident(**words, reporter_name="钱某某", reporter_phone="13800000145")
        else:
            need = raise_need(**words, urgency=wish.urgency, source="visit", actor=community)
        raised = workday_before(self.today, wish.age)
        Need.objects.filter(pk=need.pk).update(
            is_sample=True, created_at=moment(raised, 9, 40), raised_on=raised
        )
        self.diary.date(moment(raised, 9, 40), need)
        if wish.end in ("verified", "converted", "resolved"):
            need = verify_need(need=need, actor=above)
            self.diary.date(moment(workday_before(self.today, wish.age - 1), 11), need)
        self.end(wish, need, community, above)
        self.diary.date(moment(workday_before(self.today, wish.age // 2), 16), need)

    def end(self, wish: Wish, need: Need, community: Actor, above: Actor) -> None:
        if wish.end == "converted":
            convert_need(need=need, project=Project.objects.get(title=wish.project), actor=community)
        elif wish.end == "resolved":
            resolve_need(need=need, note="已协调解决，居民认可。", actor=community)
        elif wish.end == "duplicate":
            original = Need.objects.get(title="院落缺一处充电棚")
            link_need(need=need, duplicate_of=original, note="同一件事。", actor=above)
        elif wish.end == "closed":
            close_need(need=need, note="不属于共建项目范围，已说明。", actor=above)

    # Bookings

    def book(self, resources: dict[str, Resource]) -> None:
        """One in each state; what is past was asked for in its time."""
        room, gym, doctors = resources["会议室"], resources["体育馆"], resources["义诊医生"]
        asked = self.ask(room, HUANGMENJIE, self.coming(5), 14, "院落议事会")
        accepted = self.ask(gym, XIMIANQIAO, self.coming(6), 19, "邻里运动会")
        accept_booking(booking=accepted, actor=self.liaison_of("成都体育学院"))
        used = self.take_place(room, HUANGMENJIE, 20, "物业纠纷协商会", feedback=False)
        told = self.take_place(doctors, HUANGMENJIE, 34, "院落义诊", feedback=True)
        declined = self.ask(gym, HUANGMENJIE, self.coming(7), 19, "健身团课")
        decline_booking(
            booking=declined, note="这一晚校队训练，建议改到周一。", actor=self.liaison_of("成都体育学院")
        )
        cancelled = self.ask(room, HUANGMENJIE, self.coming(8), 10, "普法讲座")
        cancel_booking(booking=cancelled, note="改为线上。", actor=self.actors[HUANGMENJIE])
        mine = [asked, accepted, used, told, declined, cancelled]
        ResourceBooking.objects.filter(pk__in=[one.pk for one in mine]).update(is_sample=True)

    def coming(self, weekday: int) -> date:
        """The next such day of the week (1 = Monday) at least four days off, so that the offers are open."""
        day = self.today + timedelta(days=4)
        return day + timedelta(days=(weekday - day.isoweekday()) % 7)

    def ask(self, resource: Resource, who: str, day: date, hour: int, purpose: str) -> ResourceBooking:
        if not resource.windows.filter(weekday=day.isoweekday()).exists():
            day = self.coming(6)
        return request_booking(
            resource=resource, place=self.place_of(who), starts_at=moment(day, hour), ends_at=moment(day, hour + 2),
            purpose=purpose, headcount=30, actor=self.actors[who],
        )  # fmt: skip

    def take_place(self, resource: Resource, who: str, ago: int, purpose: str, *, feedback: bool) -> ResourceBooking:  # fmt: skip
        """Asked for, accepted and used some weeks ago."""
        booking = self.ask(resource, who, self.coming(6), 10, purpose)
        accept_booking(booking=booking, actor=self.liaisons[resource.unit_id])
        day = self.today - timedelta(days=ago)
        day -= timedelta(days=(day.isoweekday() - 6) % 7)
        ResourceBooking.objects.filter(pk=booking.pk).update(
            starts_at=moment(day, 10), ends_at=moment(day, 12), created_at=moment(day - timedelta(days=9), 9)
        )
        self.diary.date(moment(day - timedelta(days=7), 10), booking)
        booking.refresh_from_db()
        use_booking(booking=booking, actor=self.actors[who])
        self.diary.date(moment(day + timedelta(days=2), 9), booking)
        if feedback:
            booking.refresh_from_db()
            give_feedback(booking=booking, rating=3, note="医生耐心，居民满意。", actor=self.actors[who])
            self.diary.date(moment(day + timedelta(days=3), 9), booking)
        return booking
