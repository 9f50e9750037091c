"""``manage.py import_units``: one JSON object on standard output, and an exit code that says whether all went in."""

import json
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from core.models import HistoryEntry
from tests.units.test_imports import CODE, FIRM, OTHER_CODE, sheet
from units.models import Unit

pytestmark = pytest.mark.django_db
GOOD, BAD = FIRM, {"单位名称": "成都丙有限公司", "统一社会信用代码": "123"}
ELSEWHERE = {
    "单位名称": "成都乙有限公司",
    "统一社会信用代码": OTHER_CODE,
    "所属街道": "晋阳街道",
    "所属社区": "金雁社区",
}


def run(path, *options) -> tuple[dict, int]:
    """The JSON object and the exit code."""
    out, code = StringIO(), 0
    try:
        call_command("import_units", str(path), *options, stdout=out)
    except SystemExit as ended:
        code = ended.code
    return json.loads(out.getvalue()), code


def test_good_rows_are_stored_and_refused_ones_told(places, tmp_path):
    told, code = run(sheet(tmp_path, GOOD, BAD))
    message = "统一社会信用代码应为18位，现为3位：“123”。"
    assert code == 1
    assert told == {
        "rows": 2, "new": 1, "changed": 0, "same": 0, "refused": 1,
        "errors": [{"row": 3, "column": "统一社会信用代码", "message": message}],
    }  # fmt: skip
    assert Unit.objects.get().credit_code == CODE


def test_all_good_ends_with_zero_and_a_dry_run_stores_nothing(places):
    told, code = run(settings.BASE_DIR / "sample/units.xlsx", "--dry-run")
    assert (code, told["rows"], told["new"], told["errors"], Unit.objects.count()) == (0, 1536, 1536, [], 0)


def test_a_place_narrows_it(places, tmp_path):
    told, code = run(sheet(tmp_path, GOOD, ELSEWHERE), "--place", "510107005")
    assert (code, told["new"], told["errors"][0]["message"]) == (1, 1, "不在本次导入的范围（玉林街道）内。")


def test_somebody_imports_within_their_place_and_is_named(subdistrict, tmp_path):
    told, code = run(sheet(tmp_path, GOOD, ELSEWHERE), "--as", "subdistrict")
    assert (code, told["new"], told["refused"]) == (1, 1, 1)
    entry = HistoryEntry.objects.get(about_id=Unit.objects.get().pk, move="import")
    assert entry.actor_id == subdistrict.user.pk


def test_a_file_that_cannot_be_read_is_still_one_object(places, tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"")
    told, code = run(tmp_path / "a.xlsx")
    assert (code, told["rows"]) == (1, 0)
    assert told["errors"] == [{"row": None, "column": None, "message": "这个文件是空的，请确认选对了文件。"}]


@pytest.mark.parametrize(("options", "sentence"), [
    (("--place", "999"), "没有区划代码“999”。"),
    (("--as", "nobody"), "没有用户“nobody”，或者这个用户目前没有生效的身份。"),
])  # fmt: skip
def test_a_wrong_option_is_a_sentence(places, tmp_path, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(sheet(tmp_path, GOOD), *options)
