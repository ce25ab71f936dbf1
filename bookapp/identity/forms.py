"""What people type about their account. Understood here, decided in actions, never saved here.

Passwords are only limited in length: whether one is good enough is for `rules`, and a wrong one is never explained.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from bookapp.identity import rules
from bookapp.identity.rules import Proof
from bookapp.web.forms import Form
from bookapp.web.security import challenge_token, local_path

_NEEDED = DataRequired(_("Please fill this in."))
# A password of spaces is one; only nothing at all is missing.
_NEEDED_PASSWORD = InputRequired(_("Please fill this in."))
# Far above what a password may have: a longer one is wrong, not an error of the form, but hashing it costs time.
_LONGEST_TRY = 1000
# What a browser sends of a passkey: half a kilobyte, and more only with an attestation nobody asked for.
_LONGEST_CREDENTIAL = 16_000


def _password(label: str, *, autocomplete: str, id_: str = "password", longest: int = _LONGEST_TRY) -> PasswordField:
    return PasswordField(
        label,
        [_NEEDED_PASSWORD, Length(max=longest)],
        id=id_,
        render_kw={"autocomplete": autocomplete, "maxlength": longest},
    )


def _new_password(label: str, *, id_: str = "password") -> PasswordField:
    return PasswordField(
        label,
        [_NEEDED_PASSWORD],
        id=id_,
        description=_("At least 8 characters; a short sentence is fine."),
        render_kw={"autocomplete": "new-password", "minlength": rules.LEAST_PASSWORD},
    )


def _email(label: str, *, id_: str = "email") -> StringField:
    return StringField(
        label,
        [_NEEDED, Length(max=rules.LONGEST_EMAIL)],
        id=id_,
        render_kw={"type": "email", "autocomplete": "email", "inputmode": "email"},
    )


def _name() -> StringField:
    return StringField(_("Name"), [_NEEDED, Length(max=rules.LONGEST_NAME)], render_kw={"autocomplete": "name"})


def _code(label: str = _("Code")) -> StringField:
    return StringField(
        label,
        [Length(max=40)],
        render_kw={
            "autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "inputmode": "text",
        },
    )  # fmt: skip


def _credential() -> HiddenField:
    return HiddenField(validators=[Length(max=_LONGEST_CREDENTIAL)], default="")


class NextForm(Form):
    """A form that knows where its visitor was going, inside this site."""

    # What leads elsewhere counts as not given, and is nothing its visitor could put right.
    next = HiddenField(validators=[Length(max=2000)], filters=[lambda path: local_path(path, default="")])

    @property
    def onward(self) -> str:
        """Where to go when it is done: never to another site, never back to a door just passed."""
        return "" if self.next.data.startswith(("/login", "/logout", "/register")) else self.next.data


class SignInForm(NextForm):
    """Email or username, and password."""

    login = StringField(
        _("Email or username"),
        [_NEEDED, Length(max=rules.LONGEST_EMAIL)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = _password(_("Password"), autocomplete="current-password")


class SecondStepForm(NextForm):
    """A code, or what a passkey has signed; which of the two is missing only the action knows."""

    code = _code()
    credential = _credential()

    @property
    def proof(self) -> Proof:
        """What was shown."""
        return Proof(code=self.code.data or "", credential=self.credential.data or "", step=challenge_token())


class RegisterForm(NextForm):
    """What an account needs; the username can come later."""

    name = _name()
    email = _email(_("Email"))
    password = _new_password(_("Password"))


class ForgottenForm(Form):
    """Where to send the link."""

    email = _email(_("Email"))

    def validate_email(self, field: StringField) -> None:
        """Something that is no address at all is said at once; whether it is known is not."""
        if rules.email_address(field.data or "") is None:
            raise ValidationError(_("Please enter an email address such as name@example.org."))


class NewPasswordForm(Form):
    """The password after this one."""

    password = _new_password(_("New password"))


class ConfirmForm(Form):
    """The password of the account a letter belongs to."""

    password = _password(_("Password of your account"), autocomplete="current-password")


class ProfileForm(Form):
    """How others see the account, and what it may sign in with beside its email."""

    name = _name()
    username = StringField(
        _("Username"),
        [Length(max=rules.LONGEST_USERNAME)],
        description=_("To sign in with instead of your email."),
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


class EmailForm(Form):
    """A new email, and the password to show that it is not just an open browser asking."""

    email = _email(_("New email"))
    password = _password(_("Your password"), autocomplete="current-password", id_="email-password")


class PasswordForm(Form):
    """The old and the new password."""

    current = _password(_("Password now"), autocomplete="current-password", id_="password-now")
    password = _new_password(_("New password"), id_="password-new")


class BeginAppForm(Form):
    """The password, to show that it is not just an open browser asking."""

    password = _password(_("Your password"), autocomplete="current-password")


class ConfirmAppForm(Form):
    """The first code of an app."""

    code = StringField(
        _("The six digits it shows now"),
        [_NEEDED, Length(max=40)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class NewPasskeyForm(Form):
    """What a new passkey shall be called."""

    name = StringField(
        _("Name"),
        [_NEEDED, Length(max=rules.LONGEST_PASSKEY_NAME)],
        description=_("So that you know it again: “Phone”, “Key on my ring”."),
        render_kw={"autocomplete": "off"},
    )
    password = _password(_("Your password"), autocomplete="current-password")


class MadePasskeyForm(Form):
    """The passkey that was made."""

    name = StringField(_("Name"), [_NEEDED, Length(max=rules.LONGEST_PASSKEY_NAME)])
    credential = _credential()


class ProofForm(SecondStepForm):
    """Password and second factor, for what takes one away."""

    password = _password(_("Your password"), autocomplete="current-password")
