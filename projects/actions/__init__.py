"""The verbs of projects and claims; every way in (page, API, task) ends here."""

from projects.actions.claims import (
    confirm_claim,
    quit_claim,
    reject_claim,
    screen_claim,
    standby_claim,
    submit_claim,
    withdraw_claim,
)
from projects.actions.project import (
    change_project,
    close_expired_claims,
    draft_project,
    extend_project,
    publish_project,
    return_project,
    submit_project,
    terminate_project,
)

PROJECT_MOVES = {
    "submit": submit_project,
    "publish": publish_project,
    "return": return_project,
    "extend": extend_project,
    "terminate": terminate_project,
}
CLAIM_MOVES = {
    "screen": screen_claim,
    "confirm": confirm_claim,
    "standby": standby_claim,
    "reject": reject_claim,
    "withdraw": withdraw_claim,
    "quit": quit_claim,
}

__all__ = [
    "CLAIM_MOVES",
    "PROJECT_MOVES",
    "change_project",
    "close_expired_claims",
    "confirm_claim",
    "draft_project",
    "extend_project",
    "publish_project",
    "quit_claim",
    "reject_claim",
    "return_project",
    "screen_claim",
    "standby_claim",
    "submit_claim",
    "submit_project",
    "terminate_project",
    "withdraw_claim",
]
