"""The indicators of projects (指标): one formula, one file, one test. Importing this registers them all."""

from core import indicators
from projects.indicators.person_times import PERSON_TIMES, SESSIONS_HELD
from projects.indicators.served_satisfaction import SERVED_SATISFACTION

indicators.register(PERSON_TIMES, SESSIONS_HELD, SERVED_SATISFACTION)
