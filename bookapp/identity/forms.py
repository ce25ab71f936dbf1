"""What people type about their account. Understood here, decided in actions, never saved here.

Passwords are only limited in length: whether one is good enough is for `rules`, and a wrong one is never explained.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from bookapp.identity import rules
from bookapp.web.forms import Form
from bookapp.web.security import local_path

_NEEDED = DataRequired(_("Please fill this in."))
# A password of spaces is one; only nothing at all is missing.
_NEEDED_PASSWORD = InputRequired(_("Please fill this in."))
# Far above what a password may have: a longer one is wrong, not an error of the form, but hashing it costs time.
_LONGEST_TRY = 1000


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
