"""Forms of accounts: they parse, the rules are in the actions."""

from datetime import timedelta

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from accounts.queries import current_memberships
from core.clock import today
from core.roles import Role
from units.models import Division, Unit

USERNAME = r"^[a-z][a-z0-9_.-]{2,29}$"
WRONG_USERNAME = "账号要以小写字母开头，由 3 到 30 个小写字母、数字或 _ . - 组成。"
EXPIRY_CHOICES = [("30", "30 天"), ("90", "90 天"), ("365", "1 年"), ("0", "不失效（直到停用）")]


class SignInForm(AuthenticationForm):
    """账号 and 密码; says in Chinese what to do next."""

    error_messages = {
        "invalid_login": "账号或密码不对，请再试一次。连续 5 次不对会锁定 30 分钟。",
        "inactive": "这个账号已停用，请联系系统管理员。",
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "账号"
        self.fields["password"].label = "密码"

    def confirm_login_allowed(self, user) -> None:
        super().confirm_login_allowed(user)
        if not current_memberships(user):
            raise ValidationError("您的账号目前没有生效的身份，请联系系统管理员。", code="no_role")


class AccountForm(forms.Form):
    name = forms.CharField(label="姓名", max_length=40)
    email = forms.EmailField(label="邮箱", required=False, max_length=254)
    wants_email = forms.BooleanField(label="提醒同时发到邮箱", required=False)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("wants_email") and not cleaned.get("email"):
            self.add_error("email", "要把提醒发到邮箱，请先填写邮箱。")
        return cleaned


class PasswordForm(forms.Form):
    """The present password, and the new one twice."""

    old = forms.CharField(
        label="现在的密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="新密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="至少 10 个字符，包含大写字母、小写字母、数字、符号中的至少三类，不能含有账号名。",
    )
    again = forms.CharField(
        label="再输一遍新密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_old(self) -> str:
        if not self.user.check_password(self.cleaned_data["old"]):
            raise ValidationError("现在的密码不对。")
        return self.cleaned_data["old"]

    def clean_new(self) -> str:
        password_validation.validate_password(self.cleaned_data["new"], self.user)
        return self.cleaned_data["new"]

    def clean(self):
        cleaned = super().clean()
        new = cleaned.get("new")
        if new and cleaned.get("again") and cleaned["again"] != new:
            self.add_error("again", "两次输入的新密码不一样。")
        if new and new == cleaned.get("old"):
            self.add_error("new", "新密码不能和现在的一样。")
        return cleaned


class TokenForm(forms.Form):
    """A new token for one of the person's own roles."""

    name = forms.CharField(label="名称", max_length=80, help_text="给谁用、做什么，例如“街道大屏”。")
    access = forms.ChoiceField(
        label="权限",
        choices=[("read", "只读"), ("write", "可读取，也可办理")],
        widget=forms.RadioSelect,
        initial="read",
    )
    days = forms.ChoiceField(label="有效期", choices=EXPIRY_CHOICES, initial="90")

    def expires_at(self):
        """The moment it ends; None for no end."""
        days = int(self.cleaned_data["days"])
        return timezone.now() + timedelta(days=days) if days else None

    def permissions(self) -> tuple[str, ...]:
        return ("read", "write") if self.cleaned_data["access"] == "write" else ("read",)


class PersonForm(forms.Form):
    """A new account: the first password is told to the person and changed at once."""

    username = forms.RegexField(
        USERNAME,
        label="账号",
        help_text="小写字母开头，3 到 30 个小写字母、数字或 _ . -。",
        error_messages={"invalid": WRONG_USERNAME},
    )
    name = forms.CharField(label="姓名", max_length=40)
    email = forms.EmailField(label="邮箱", required=False)
    password = forms.CharField(
        label="初始密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="至少 10 个字符，包含大写字母、小写字母、数字、符号中的至少三类，不能含有账号名。",
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("password"):
            user = User(username=cleaned.get("username", ""), name=cleaned.get("name", ""))
            try:
                password_validation.validate_password(cleaned["password"], user)
            except ValidationError as refused:
                self.add_error("password", refused)
        return cleaned


class HandOverForm(forms.Form):
    """Who speaks for a unit from now on; whoever may open accounts gives a sign-in name along."""

    name = forms.CharField(label="新联络员姓名", max_length=40)
    phone = forms.CharField(
        label="电话",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
        help_text="完整号码只有本单位、所在社区和上级看得到。",
    )
    post = forms.CharField(label="职务", max_length=80, required=False)
    from_on = forms.DateField(label="起始日期")
    reason = forms.CharField(label="更换原因", max_length=100)
    username = forms.RegexField(
        USERNAME,
        label="开通账号",
        required=False,
        help_text="新联络员的登录账号：小写字母开头，3 到 30 个小写字母、数字或 _ . -。不开通的请留空。",
        error_messages={"invalid": WRONG_USERNAME},
    )

    def __init__(self, *args, may_invite: bool, is_first: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_invite:
            del self.fields["username"]
        if is_first:
            del self.fields["reason"]
            self.fields["name"].label = "联络员姓名"


class RepresentativeAccountForm(forms.Form):
    """By which account a representative signs in."""

    username = forms.RegexField(
        USERNAME, label="账号", error_messages={"invalid": WRONG_USERNAME},
        help_text="已有的代表账号直接关联；没有的由街道以上开通，初始密码只显示一次。",
    )  # fmt: skip


class RoleForm(forms.Form):
    """A role at a place or for a unit, from a day on."""

    role = forms.ChoiceField(label="角色", choices=Role.choices)
    place = forms.ModelChoiceField(
        label="所在地",
        required=False,
        queryset=Division.objects.filter(level__in=["district", "subdistrict", "community"]).order_by("code"),
        help_text="工作人员、网格员要选所在地。",
    )
    unit = forms.CharField(
        label="单位", required=False, max_length=120, help_text="联络员要填单位的全称或统一社会信用代码。"
    )
    from_on = forms.DateField(label="起", initial=today)
    to_on = forms.DateField(label="止", required=False, help_text="到这一天起不再有效；长期有效请留空。")

    def clean_unit(self) -> Unit | None:
        text = self.cleaned_data["unit"].strip()
        if not text:
            return None
        found = (
            Unit.objects.effective().filter(credit_code=text.upper())[:1]
            or Unit.objects.effective().filter(name=text)[:2]
        )
        if not found:
            raise ValidationError("没有找到这个单位，请核对全称或信用代码。")
        if len(found) > 1:
            raise ValidationError("有几个单位叫这个名称，请填统一社会信用代码。")
        return found[0]


class EndRoleForm(forms.Form):
    to_on = forms.DateField(label="自哪天起不再有效", initial=today)
