"""Whom a house invites, and what its members are to be."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from bookapp.catalog.states import Role
from bookapp.identity.rules import LONGEST_EMAIL
from bookapp.members.queries.members import Member
from bookapp.members.rules import Post
from bookapp.web.forms import Form

_NEEDED = DataRequired(lazy_gettext("Please fill this in."))
NOBODY, EVERY, SOME = "", "all", "some"
Names = Sequence[tuple[int, str]]


class InviteForm(Form):
    """An address, what they are to be, and for a manager where."""

    email = StringField(
        lazy_gettext("Email"),
        [_NEEDED, Length(max=LONGEST_EMAIL)],
        render_kw={"type": "email", "autocomplete": "off", "inputmode": "email"},
    )
    role = SelectField(lazy_gettext("As"))
    host = SelectField(
        lazy_gettext("Signs in as"),
        default="",
        description=lazy_gettext("For a facilitator: whose day, hours and profile these will be."),
    )

    def offer(self, venues: Names, hosts: Names) -> InviteForm:
        """Set what can be chosen: "manager-5" is the manager of one venue."""
        one_by_one = [(f"manager-{venue_id}", _("Manager of %(venue)s", venue=name)) for venue_id, name in venues]
        self.role.choices = [
            ("facilitator", _("Facilitator")),
            ("manager", _("Manager of every venue")),
            *one_by_one,
            ("owner", _("Owner")),
        ]
        self.host.choices = [("", _("nobody in particular")), *((str(number), name) for number, name in hosts)]
        return self

    @property
    def post(self) -> Post:
        """What they are to be."""
        role, _dash, venue_id = self.role.data.partition("-")
        return Post(role, int(venue_id) if venue_id else None)

    @property
    def host_id(self) -> int | None:
        """Whose account it becomes; only facilitators are somebody."""
        is_host = self.role.data == Role.FACILITATOR.value
        return int(self.host.data) if self.host.data and is_host else None


class RolesForm(Form):
    """All that a member is."""

    version = HiddenField(validators=[Length(max=64)])
    owner = BooleanField(
        lazy_gettext("Owner"), description=lazy_gettext("Runs everything of the house, its money and its members.")
    )
    manages = RadioField(lazy_gettext("Manager"), default=NOBODY)
    venues = SelectMultipleField(
        lazy_gettext("Of these venues"), coerce=int, widget=ListWidget(), option_widget=CheckboxInput()
    )
    facilitator = BooleanField(
        lazy_gettext("Facilitator"),
        description=lazy_gettext("Hosts sessions and appointments, and sees their own day."),
    )
    host = SelectField(lazy_gettext("Signs in as"), default="")

    def offer(self, venues: Names, hosts: Names) -> RolesForm:
        """Set what can be chosen."""
        self.manages.choices = [(NOBODY, _("no")), (EVERY, _("of every venue")), (SOME, _("of some venues"))]
        self.venues.choices = list(venues)
        self.host.choices = [("", _("nobody in particular")), *((str(number), name) for number, name in hosts)]
        return self

    def show(self, member: Member) -> RolesForm:
        """Fill in what they are."""
        posts = [post for post, _venue in member.posts]
        managed = [post.venue_id for post in posts if post.role == Role.MANAGER]
        self.version.data = member.version
        self.owner.data = any(post.role == Role.OWNER for post in posts)
        self.facilitator.data = any(post.role == Role.FACILITATOR for post in posts)
        self.manages.data = NOBODY if not managed else EVERY if None in managed else SOME
        self.venues.data = [venue_id for venue_id in managed if venue_id is not None]
        self.host.data = str(member.host[0]) if member.host else ""
        return self

    def validate_venues(self, field: SelectMultipleField) -> None:
        """Some means at least one."""
        if self.manages.data == SOME and not field.data:
            raise ValidationError(_("Please choose at least one venue."))

    def validate_owner(self, _field: BooleanField) -> None:
        """To be nothing is to be removed, and that has a button of its own."""
        if not (self.owner.data or self.facilitator.data or self.manages.data):
            raise ValidationError(_("Please choose a role, or remove them below."))

    @property
    def posts(self) -> set[Post]:
        """What they are to be."""
        found = set()
        if self.owner.data:
            found.add(Post(Role.OWNER.value))
        if self.facilitator.data:
            found.add(Post(Role.FACILITATOR.value))
        if self.manages.data == EVERY:
            found.add(Post(Role.MANAGER.value))
        elif self.manages.data == SOME:
            found |= {Post(Role.MANAGER.value, venue_id) for venue_id in self.venues.data or ()}
        return found

    @property
    def host_id(self) -> int | None:
        """The facilitator they sign in as."""
        return int(self.host.data) if self.host.data else None
