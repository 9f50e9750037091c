"""QR codes that open an address of ours, for posters and screens."""

import segno
from django.utils.safestring import SafeString


def qr_svg(address: str, title: str) -> SafeString:
    """The QR code of a full address as inline SVG, black on white, as wide as its box."""
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(scale=8, border=2, omitsize=True, svgclass="qr", lineclass=None, title=title)
    return SafeString(drawn)  # nosec B703 - drawn from an address of ours
