"""Uploads that are too large are thrown away as they arrive: nothing of them is kept in memory or on disk."""

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from core.errors import InputError
from core.sheets import MAX_UPLOAD_BYTES

FORM_BYTES = 1024 * 1024  # what a form holds beside its file


class LimitedUploadHandler(FileUploadHandler):
    """Stops at the first file of a request whose announced length is beyond the limit.

    Fields before the file (the CSRF token among them) have been read by then, so the page can say what is wrong.
    """

    def __init__(self, request=None):
        super().__init__(request)
        self.announced = 0

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        self.announced = content_length

    def new_file(self, *args, **kwargs):
        if self.announced > MAX_UPLOAD_BYTES + FORM_BYTES:
            raise StopUpload(connection_reset=False)
        return super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data, start):
        return raw_data

    def file_complete(self, file_size):
        return None


def refuse_too_large(request: HttpRequest) -> None:
    """Raise the sentence for a request whose file was thrown away for its size."""
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return
    if announced > MAX_UPLOAD_BYTES + FORM_BYTES:
        raise InputError(
            f"文件有{announced / 1024 / 1024:.0f} MB，超过{MAX_UPLOAD_BYTES // 1024 // 1024} MB的上限，请拆分后分别上传。",
            field="file", code="file_too_large",
        )  # fmt: skip
