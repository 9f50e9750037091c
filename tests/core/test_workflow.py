"""make_move: table, standing, own paper, note, lock and timeline."""

import pytest

from core.actor import SYSTEM
from core.errors import NotAllowed, RuleViolation
from core.pages import history_of
from core.workflow import make_move
from projects.models import Project
from tests.factories.projects import make_project


@pytest.fixture
def project(community, huangmenjie):
    return make_project(place=huangmenjie, status="review", author=community.user)


def test_a_move_changes_the_status_and_writes_the_timeline(project, subdistrict):
    moved = make_move(obj=project, move="return", note="请写清地点", actor=subdistrict.actor)
    entry = history_of(moved).get()
    assert (moved.status, moved.version) == ("draft", project.version + 1)
    assert (entry.from_status, entry.to_status, entry.note) == ("review", "draft", "请写清地点")
    assert entry.actor_label == subdistrict.actor.label


def test_a_move_from_another_state_is_refused(project, subdistrict):
    Project.objects.filter(pk=project.pk).update(status="open")
    with pytest.raises(RuleViolation, match="当前状态是“待认领”"):
        make_move(obj=project, move="return", note="晚了", actor=subdistrict.actor)


def test_nobody_approves_the_own_paper(project, subdistrict):
    Project.objects.filter(pk=project.pk).update(author=subdistrict.user)
    with pytest.raises(NotAllowed, match="不能办理自己提交的事项"):
        make_move(obj=project, move="publish", actor=subdistrict.actor)


def test_a_move_that_needs_a_note_says_so(project, subdistrict):
    with pytest.raises(RuleViolation, match="请填写退回的原因") as refused:
        make_move(obj=project, move="return", note=" ", actor=subdistrict.actor)
    assert refused.value.field == "note"


def test_a_stranger_may_not_move_a_row_of_another_place(project, stranger):
    with pytest.raises(NotAllowed):
        make_move(obj=project, move="terminate", note="无关", actor=stranger.actor)
    assert project.available_moves(stranger.actor) == []


def test_a_refused_check_leaves_everything_as_it_was(project, subdistrict):
    def refuse(_):
        raise RuleViolation("不行。")

    with pytest.raises(RuleViolation):
        make_move(obj=project, move="return", note="原因", actor=subdistrict.actor, check=refuse)
    project.refresh_from_db()
    assert (project.status, history_of(project).count()) == ("review", 0)


def test_a_move_of_the_system_is_no_button(project):
    Project.objects.filter(pk=project.pk).update(status="open")
    project.refresh_from_db()
    assert make_move(obj=project, move="expire", actor=SYSTEM).status == "unclaimed"
    assert "expire" not in [row.name for row in project.available_moves(SYSTEM)]
