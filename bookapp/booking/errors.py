"""Refusals around bookings, each with the sentence people will read."""

from __future__ import annotations

from bookapp.values.errors import NotPossibleNow, NotValid, TooFast
from bookapp.values.words import N_


class WrongState(NotPossibleNow):
    """The state machine has no such move."""

    code = "wrong_state"
    sentence = N_("Booking %(ref)s cannot be changed this way any more.")


class SlotTaken(NotPossibleNow):
    """Somebody else has the place, or part of it."""

    code = "slot_taken"
    sentence = N_("Somebody was a moment faster: this time is taken.")


class SessionFull(NotPossibleNow):
    """Fewer seats are left than were asked for."""

    code = "session_full"
    sentence = N_("There are not enough seats left in this session.")


class AlreadyBooked(NotPossibleNow):
    """One active booking per customer per session, unless the merchant allows more."""

    code = "already_booked"
    sentence = N_("You already have a place in this session.")


class AlreadyOnRoster(AlreadyBooked):
    """Whom the desk adds has a place already."""

    code = "already_on_roster"
    sentence = N_("%(email)s already has a place in this session. Check them in instead.")


class NotMarkedNow(NotPossibleNow):
    """Attendance is noted on the day itself."""

    code = "not_marked_now"
    sentence = N_("Who came is noted on the day itself. Later it can be corrected, with a reason.")


class NotBegun(NotPossibleNow):
    """Nobody has stayed away from what has not begun."""

    code = "not_begun"
    sentence = N_("It has not begun yet: nobody can have missed it.")


class TooManyCompanions(NotValid):
    """More people are named than there are seats on the booking."""

    def __init__(self, *, seats: int) -> None:
        super().__init__(
            {"companions": N_("This booking has %(seats)s seats: please name that many people.")}, seats=seats
        )


class AddonGone(NotPossibleNow):
    """The stock of a reusable add-on is used up at that time."""

    code = "addon_gone"
    sentence = N_("%(addon)s: not enough left at this time.")


class StockPromised(NotValid):
    """Customers were promised more of an add-on than its house would have."""

    code = "stock_promised"
    sentence = N_("%(promised)s of them are promised to bookings already: there cannot be fewer.")

    def __init__(self, *, promised: int) -> None:
        super().__init__({"stock": self.sentence}, promised=promised)


class HoldOver(NotPossibleNow):
    """The hold has ended; nothing was charged."""

    code = "hold_over"
    sentence = N_("Your hold has ended, and nothing was charged. Please choose the time again.")


class PaymentUnderWay(NotPossibleNow):
    """While somebody is asked for an amount, that amount does not change."""

    code = "payment_under_way"
    sentence = N_("A payment page is open for this booking. Its price can change again when that payment has ended.")


class NothingOpen(NotPossibleNow):
    """There is no rest to be paid: it is paid, or never was one."""

    code = "nothing_open"
    sentence = N_("Nothing is open for this booking.")


class TooManyHolds(TooFast):
    """More live holds than one visitor or one address may have."""

    code = "too_many_holds"
    sentence = N_("You are holding several times already. Finish or let go of one of them first.")


class TooManyAttempts(TooFast):
    """The payment was tried too often on one hold."""

    code = "too_many_attempts"
    sentence = N_("The payment was tried several times. Please wait a quarter of an hour and try again.")


class TooLateToCancel(NotPossibleNow):
    """It has begun, or is over."""

    code = "too_late_to_cancel"
    sentence = N_("This booking has begun and can no longer be cancelled here.")


class PriceChanged(NotPossibleNow):
    """The price shown and the price now differ; nothing was taken."""

    code = "price_changed"
    sentence = N_("The price has changed since you looked: it is now %(total)s. Nothing was reserved yet.")


class NotBookable(NotPossibleNow):
    """The place is nobody's, but it cannot be had then: closed, too soon, too long. The sentence says which."""

    code = "not_bookable"


class SessionOver(NotPossibleNow):
    """It was cancelled, or has begun."""

    code = "session_over"
    sentence = N_("This session can no longer be booked.")


class NoWallet(NotPossibleNow):
    """A guest has no account, so there is no wallet to put money into."""

    code = "no_wallet"
    sentence = N_("This was booked by a guest, who has no wallet. The money can only go back the way it came.")


class TooLateToMove(NotPossibleNow):
    """The terms allow no move any more, or it has begun."""

    code = "too_late_to_move"
    sentence = N_("This booking can no longer be moved here. Please ask the house.")


class AlreadyThere(NotValid):
    """A move to where it is."""

    code = "already_there"

    def __init__(self) -> None:
        super().__init__({}, N_("Your booking is at this time already."))


class NotConfirmed(NotPossibleNow):
    """There is nothing to be confirmed in writing yet."""

    code = "not_confirmed"
    sentence = N_("This booking was never confirmed, so there is no confirmation of it.")


class MoveWaiting(NotPossibleNow):
    """One change at a time: another one waits for its payment."""

    code = "move_waiting"
    sentence = N_("A move of this booking waits for its payment. Pay it, or let it go first.")


class MoveLapsed(NotPossibleNow):
    """The new time is no longer held; the booking is where it was."""

    code = "move_lapsed"
    sentence = N_("The new time is no longer held. Your booking is where it was, and nothing was charged.")


class ChangedMeanwhile(NotPossibleNow):
    """Somebody changed the booking after the page was shown (guarantees.md 13)."""

    code = "changed_meanwhile"
    sentence = N_("This booking has changed since you looked. Please look at it again before you change it.")


class NothingChosen(NotPossibleNow):
    """An act on many bookings that is about none of the actor's."""

    code = "nothing_chosen"
    sentence = N_("Please choose at least one booking.")


class TooManyChosen(NotPossibleNow):
    """More at once than anybody looks through before pressing the button."""

    code = "too_many_chosen"
    sentence = N_("These are more than %(most)s bookings. Please narrow them down first.")


class NobodyToWriteTo(NotPossibleNow):
    """A booking whose customer left no address."""

    code = "nobody_to_write_to"
    sentence = N_("They left no email address.")


class NotOverYet(NotPossibleNow):
    """What is still going on has not taken place yet."""

    code = "not_over_yet"
    sentence = N_("It is not over yet.")
