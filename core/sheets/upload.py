"""What an uploaded file really is, and whether it is safe to open: judged by its content, not by its name."""

import codecs
import re
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

import msoffcrypto
import olefile

from core.errors import InputError

MEGABYTE = 1024 * 1024
MAX_UPLOAD_BYTES = 50 * MEGABYTE
MAX_UNPACKED_BYTES = 500 * MEGABYTE
MAX_PACKING_RATIO = 200
RATIO_FREE_BYTES = 20 * MEGABYTE  # small files of repeated rows pack very well; they are harmless
MAX_ZIP_ENTRIES = 2_000
MAX_ROWS = 200_000
MAX_COLUMNS = 104
ACCEPTED_ENDINGS = {".xlsx", ".xlsm", ".xls", ".et", ".csv", ".txt"}
SAVE_AS = "请用表格软件打开，另存为 .xlsx 后再上传。"
_CHUNK = MEGABYTE
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = (
    (b"%PDF", "PDF 文件"), (b"{\\rtf", "RTF 文档"), (b"MZ", "程序"), (b"\x7fELF", "程序"),
    (b"\x89PNG", "图片"), (b"\xff\xd8\xff", "图片"), (b"GIF8", "图片"), (b"BM", "图片"),
    (b"Rar!", "压缩包"), (b"7z\xbc\xaf", "压缩包"), (b"\x1f\x8b", "压缩包"),
)  # fmt: skip
_IN_ZIP = (
    ("word/document.xml", "Word 文档"), ("ppt/presentation.xml", "演示文稿"),
    ("xl/workbook.bin", "二进制工作簿（.xlsb）"),
    ("content.xml", "OpenDocument 文件"),
)  # fmt: skip
# A cell that holds something beyond MAX_ROWS or MAX_COLUMNS: the reader lays out the whole rectangle to it.
_FAR_ROW = rb"[A-Z]{1,3}(?:[2-9]\d{5}|\d{7,})"
_FAR_COLUMN = rb"(?:[A-Z]{3}|[D-Z][A-Z])\d+"
# Whether there is such an address at all: a quarter of the time that looking into every cell's tag takes.
_FAR_ADDRESS = re.compile(rb"r=[\"'](?:" + _FAR_ROW + rb"|" + _FAR_COLUMN + rb")[\"']")
_FAR_CELL = re.compile(
    rb"<c\s(?:[^>]*?\s)?r=[\"'](?:(" + _FAR_ROW + rb")|" + _FAR_COLUMN + rb")[\"'][^>]*(?<!/)>"
)


def binary(file) -> BinaryIO:
    """The seekable binary file behind a path, an upload, a stored file or bytes on a shelf, at its start."""
    if isinstance(file, str | Path):
        return open(file, "rb")
    stream = getattr(file, "file", file) if hasattr(file, "chunks") else file
    stream.seek(0)
    return stream


def kind_of(stream: BinaryIO, name: str) -> str:
    """``xlsx``, ``xls`` or ``csv``; for anything else InputError says what the file is and what to do."""
    _check_size(stream)
    _check_ending(name)
    head = stream.read(2048)
    stream.seek(0)
    if head.startswith(b"PK"):
        return _check_zip(stream)
    if head.startswith(_OLE):
        return _check_ole(stream)
    _check_not_foreign(head)
    return "csv"


def _check_size(stream: BinaryIO) -> None:
    size = stream.seek(0, 2)
    stream.seek(0)
    if size == 0:
        raise InputError("这个文件是空的，请确认选对了文件。", code="empty_file")
    if size > MAX_UPLOAD_BYTES:
        raise InputError(
            f"文件有{size / MEGABYTE:.0f} MB，超过{MAX_UPLOAD_BYTES // MEGABYTE} MB的上限，"
            "请拆分后分别上传。",
            code="file_too_large",
        )


def _check_ending(name: str) -> None:
    ending = Path(name or "").suffix.lower()
    if ending and ending not in ACCEPTED_ENDINGS:
        raise InputError(f"不能读取 {ending[:12]} 文件，请上传 .xlsx、.xls 或 .csv 表格。", code="wrong_type")


def _check_not_foreign(head: bytes) -> None:
    for magic, what in _FOREIGN:
        if head.startswith(magic) and (magic != b"BM" or b"\0" in head):
            raise InputError(
                f"这个文件是{what}，不是表格，请上传 .xlsx、.xls 或 .csv 表格。", code="wrong_type"
            )
    start = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<meta", b"<?xml")):
        raise InputError(f"这个文件的内容其实是网页，不是真正的表格。{SAVE_AS}", code="wrong_type")


def damaged() -> InputError:
    return InputError(f"文件已损坏或不完整，无法打开。{SAVE_AS}", code="damaged_file")


def _check_zip(stream: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(stream) as archive:
            _check_unpacked(archive)
            _check_workbook(archive)
            _check_contents(archive)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise damaged() from error
    stream.seek(0)
    return "xlsx"


def _check_unpacked(archive: zipfile.ZipFile) -> None:
    """Refuse a zip bomb by its table of contents alone."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    is_dense = unpacked > RATIO_FREE_BYTES and unpacked / packed > MAX_PACKING_RATIO
    if len(entries) > MAX_ZIP_ENTRIES or unpacked > MAX_UNPACKED_BYTES or is_dense:
        raise InputError(
            f"文件解开后有{unpacked / MEGABYTE:.0f} MB，远超正常表格，为安全起见不予打开。"
            "请只保留需要的内容，复制到新的工作簿后再上传。",
            code="zip_bomb",
        )


def _check_workbook(archive: zipfile.ZipFile) -> None:
    names = {entry.filename.replace("\\", "/").lower() for entry in archive.infolist()}
    if "xl/workbook.xml" in names:
        return
    what = next((what for inside, what in _IN_ZIP if inside in names), "压缩包")
    advice = "请解压后上传里面的表格。" if what == "压缩包" else SAVE_AS
    raise InputError(f"这个文件是{what}，不是 .xlsx 表格。{advice}", code="wrong_type")


def _check_contents(archive: zipfile.ZipFile) -> None:
    """Unpack every part once: its size and checksum must be as announced, and no cell may lie far out."""
    for entry in archive.infolist():
        is_sheet = re.fullmatch(r"/?xl/worksheets/[^/]+\.xml", entry.filename, re.IGNORECASE)
        with archive.open(entry) as part:
            _check_part(part, bool(is_sheet))


def _check_part(part, is_sheet: bool) -> None:
    rest = b""
    while chunk := part.read(_CHUNK):
        if not is_sheet:
            continue
        window = rest + chunk
        if _FAR_ADDRESS.search(window) and (found := _FAR_CELL.search(window)):
            raise too_many_rows() if found[1] else _too_many_columns()
        start = window.rfind(b"<")
        rest = window[start:][-512:] if start >= 0 else b""


def too_many_rows() -> InputError:
    return InputError(f"表格超过{MAX_ROWS:,}行，请拆分后分别上传。", code="too_many_rows")


def _too_many_columns() -> InputError:
    return InputError(
        f"表格超过{MAX_COLUMNS}列。请检查右边远处有没有误填的内容，删去后再上传。", code="too_many_columns"
    )


def _check_ole(stream: BinaryIO) -> str:
    try:
        with olefile.OleFileIO(stream) as container:
            parts = {"/".join(path).lower() for path in container.listdir()}
    except Exception as error:  # olefile raises whatever it stumbles over in a damaged container
        raise damaged() from error
    stream.seek(0)
    if "encryptedpackage" in parts or (parts & {"workbook", "book"} and _is_locked(stream)):
        raise InputError("这个文件设有打开密码，请用表格软件取消密码后再上传。", code="password_protected")
    if not parts & {"workbook", "book"}:
        what = "Word 文档" if "worddocument" in parts else "其他类型的文件"
        raise InputError(f"这个文件是{what}，不是表格，请上传 .xlsx、.xls 或 .csv 表格。", code="wrong_type")
    stream.seek(0)
    return "xls"


def _is_locked(stream: BinaryIO) -> bool:
    try:
        return msoffcrypto.OfficeFile(stream).is_encrypted()
    except Exception:  # an old or odd workbook that msoffcrypto can't judge: the reader will
        return False
    finally:
        stream.seek(0)


def encoding_of(stream: BinaryIO) -> str:
    """The encoding of a text file: UTF-8 with or without mark, UTF-16 with mark, else GB18030 (or GBK)."""
    head = stream.read(4)
    stream.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(stream, encoding):
            return encoding
    raise InputError(f"看不懂这个文本文件的编码。{SAVE_AS}", code="bad_encoding")


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := stream.read(_CHUNK):
            _refuse_binary(decoder.decode(chunk))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        stream.seek(0)
    return True


def _refuse_binary(words: str) -> None:
    if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", words):
        raise InputError("这个文件不是表格，请上传 .xlsx、.xls 或 .csv 表格。", code="wrong_type")
