"""Who acts: a person in one role at one place or unit, the system itself, or nobody signed in."""

from dataclasses import asdict, dataclass

from core.roles import STAFF, THREE_OFFICERS, UNIT_SIDE, Role

SYSTEM_ROLE = "system"
ANONYMOUS_ROLE = "anonymous"
# Another system with a token of its own; it reads, and makes no moves of people.
CLIENT_ROLE = "client"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or the system) in the role in which he or she acts now; rules take it, never a request.

    ``place_code`` is the code of the place the role stands at ("510107005"; "" for none), ``unit_id`` the
    unit a liaison speaks for. ``label`` is how the timeline names the actor: 王某 · 玉林街道党工委.
    """

    user_id: int | None
    name: str
    role: str
    place_code: str = ""
    unit_id: int | None = None
    membership_id: int | None = None
    label: str = ""
    is_read_only: bool = False

    @property
    def is_anonymous(self) -> bool:
        return self.role == ANONYMOUS_ROLE

    @property
    def is_system(self) -> bool:
        return self.role == SYSTEM_ROLE

    @property
    def territory(self) -> str:
        """块: the code of the place whose rows this actor works on."""
        return self.place_code

    @property
    def sees_business_data(self) -> bool:
        return not self.is_anonymous and self.role not in THREE_OFFICERS

    @property
    def reads_territory(self) -> bool:
        """Whether the actor reads the registers of a place in full: its staff, and systems with a token there.

        Whoever else stands at a place (representatives, grid workers) reads what is published (domain.md §3).
        """
        return bool(self.place_code) and (self.role in STAFF or self.role == CLIENT_ROLE)

    @property
    def reads_published_alone(self) -> bool:
        """Whether the actor has neither a register of a place nor a unit of his or her own to read."""
        return not (self.is_system or self.role in UNIT_SIDE or self.reads_territory)

    def as_dict(self) -> dict:
        """The actor in plain values, for a job that acts later in the same name; `Actor(**…)` brings it back."""
        return asdict(self)

    def has_role(self, *roles: str) -> bool:
        return self.role in roles

    def stands_over(self, place_code: str) -> bool:
        """Whether the actor's place is this place or one above it."""
        return bool(self.place_code) and place_code.startswith(self.place_code)


SYSTEM = Actor(user_id=None, name="系统", role=SYSTEM_ROLE, label="系统自动")
ANONYMOUS = Actor(user_id=None, name="访客", role=ANONYMOUS_ROLE, label="访客")

__all__ = ["ANONYMOUS", "SYSTEM", "Actor", "Role"]
