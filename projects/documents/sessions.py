"""Papers of sessions: the sign-in sheet, which is evidence for many people, and the QR code of the evaluation."""

from django.utils.safestring import SafeString

from core.documents import Paper, plain_report
from core.documents.verification import absolute
from core.qr import qr_svg
from projects.models import ProjectClaim, Session

SIGN_IN_LINES = 30
SIGN_IN_HEADER = ("序号", "姓名", "住址（院落）", "签名")
SIGN_IN_WIDTHS = (14, 40, 62, 40)


def sign_in_sheet(claim: ProjectClaim) -> Paper:
    """签到表 of one session of a project, blank lines for those who come; phone numbers are not asked for."""
    paper = plain_report(
        f"{claim.project.title}\n活动签到表", subtitle=f"{claim.unit} · {claim.project.place}"
    )
    paper.paragraph("日期：          时间：          地点：", indent=False)
    paper.sign_in_sheet([], blank=SIGN_IN_LINES, header=SIGN_IN_HEADER, widths=SIGN_IN_WIDTHS)
    paper.note("签到表由开展活动的单位保存，用于核实服务人次，不作他用")
    return paper


def evaluation_url(session: Session) -> str:
    """The full address behind the QR code."""
    return absolute(session.get_evaluation_url())


def evaluation_picture(session: Session) -> SafeString:
    """The QR code as inline SVG, black on white, as wide as its box."""
    return qr_svg(evaluation_url(session), "评价二维码")
