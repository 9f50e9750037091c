"""The indicators of projects (指标): one formula, one file, one test. Importing this registers them all."""

from core import indicators
from projects.indicators.claim_concentration import CLAIM_CONCENTRATION
from projects.indicators.claimed_projects import CLAIMED_PROJECTS
from projects.indicators.done_projects import DONE_PROJECTS
from projects.indicators.long_projects import LONG_PROJECTS
from projects.indicators.need_conversion import NEED_CONVERSION
from projects.indicators.person_times import PERSON_TIMES, SESSIONS_HELD
from projects.indicators.regular_projects import REGULAR_PROJECTS
from projects.indicators.resource_use import RESOURCE_USE
from projects.indicators.served_satisfaction import SERVED_SATISFACTION
from projects.indicators.unit_participation import UNIT_PARTICIPATION
from projects.indicators.vol_hours import VOL_HOURS
from projects.indicators.vol_people import VOL_PEOPLE

indicators.register(REGULAR_PROJECTS, CLAIMED_PROJECTS, DONE_PROJECTS, UNIT_PARTICIPATION)
indicators.register(PERSON_TIMES, SESSIONS_HELD, SERVED_SATISFACTION)
indicators.register(VOL_HOURS, VOL_PEOPLE)
indicators.register(NEED_CONVERSION, RESOURCE_USE)
indicators.register(LONG_PROJECTS, CLAIM_CONCENTRATION)
