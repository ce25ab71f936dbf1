"""Refusals around members, invitations and applications."""

from __future__ import annotations

from bookapp.values.errors import NotAllowed, NotPossibleNow, TooFast
from bookapp.values.words import N_


class InvitationGone(NotPossibleNow):
    """Used, withdrawn, expired, renewed since, or never made: all the same from outside."""

    code = "invitation_gone"
    sentence = N_(
        "This invitation was used, taken back, or is older than a week. Nothing was changed; the house that sent it can"
        " send a new one."
    )


class InvitationForSomebodyElse(NotAllowed):
    """Whoever is signed in has another email than the letter went to."""

    code = "invitation_for_somebody_else"
    sentence = N_("This invitation was sent to %(email)s, and you are signed in with another address.")


class InvitationAccepted(NotPossibleNow):
    """What was accepted cannot be taken back, only the role."""

    code = "invitation_accepted"
    sentence = N_("This invitation has been accepted meanwhile. You find the person among the members.")


class LetterTooSoon(TooFast):
    """The last letter of this invitation has only just gone."""

    code = "letter_too_soon"
    sentence = N_("We have just written to them. Please wait a minute before you send it again.")


class TooManyInvitations(TooFast):
    """A house writes to so many people an hour and no more."""

    code = "too_many_invitations"
    sentence = N_("This house has sent many invitations within the hour. Please send the next ones later.")


class MembersChanged(NotPossibleNow):
    """Somebody else changed these roles since the form was opened."""

    code = "stale"
    sentence = N_("Somebody changed these roles a moment ago. What holds now stands beside what you chose.")


class EmailNotProved(NotPossibleNow):
    """An answer has to reach who asks."""

    code = "email_not_proved"
    sentence = N_("Please confirm your email first: our answer goes there.")


class ApplicationDecided(NotPossibleNow):
    """Another admin was faster, and decided otherwise."""

    code = "application_decided"
    sentence = N_("Somebody has answered this application meanwhile.")


class StandingChanged(NotPossibleNow):
    """Another admin was faster."""

    code = "stale"
    sentence = N_("Somebody changed the standing of this merchant a moment ago. What holds now stands on this page.")
