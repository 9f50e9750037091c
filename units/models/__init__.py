"""Who we are: places, resident units, the party organizations that cover them, and how they deliberate."""

from units.models.bodies import BodyMember, BodySeat, PartySecretary, RegionalBody, Representative
from units.models.carriers import (
    BuildPlan,
    Carrier,
    Instructor,
    InstructorNote,
    ServiceStation,
    SurveyLine,
    SurveyRound,
)
from units.models.imports import ImportedChange, UnitImport
from units.models.issues import Issue, JointActivity
from units.models.meetings import (
    AgendaItem,
    Attendance,
    Meeting,
    MeetingReply,
    RepresentativeProposal,
    Resolution,
)
from units.models.organizations import CoverageSpell, PartyOrganization
from units.models.people import Person
from units.models.places import Division, DivisionName
from units.models.register import DenominatorExit, UnitChangeRequest, UnitLiaison, UnitPremises
from units.models.units import OperatingSpell, Unit, UnitName

__all__ = [
    "AgendaItem",
    "Attendance",
    "BodyMember",
    "BodySeat",
    "BuildPlan",
    "Carrier",
    "CoverageSpell",
    "DenominatorExit",
    "Division",
    "DivisionName",
    "ImportedChange",
    "Instructor",
    "InstructorNote",
    "Issue",
    "JointActivity",
    "Meeting",
    "MeetingReply",
    "OperatingSpell",
    "PartyOrganization",
    "PartySecretary",
    "Person",
    "RegionalBody",
    "Representative",
    "RepresentativeProposal",
    "Resolution",
    "ServiceStation",
    "SurveyLine",
    "SurveyRound",
    "Unit",
    "UnitChangeRequest",
    "UnitImport",
    "UnitLiaison",
    "UnitName",
    "UnitPremises",
]
