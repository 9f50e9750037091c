"""The indicators of projects (指标): one formula, one file, one test. Importing this registers them all."""

from core import indicators
from projects.indicators.person_times import PERSON_TIMES, SESSIONS_HELD
from projects.indicators.served_satisfaction import SERVED_SATISFACTION
from projects.indicators.vol_hours import VOL_HOURS
from projects.indicators.vol_people import VOL_PEOPLE

indicators.register(PERSON_TIMES, SESSIONS_HELD, SERVED_SATISFACTION)
indicators.register(VOL_HOURS, VOL_PEOPLE)
