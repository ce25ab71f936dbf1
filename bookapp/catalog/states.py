"""The fixed vocabularies of the catalogue, each with the word people read."""

from __future__ import annotations

from enum import StrEnum

from bookapp.values.words import N_


class RoomType(StrEnum):
    """What a room is for."""

    OFFICE = "office"
    CONSULTATION = "consultation"
    MEETING = "meeting"
    TREATMENT = "treatment"
    HALL = "hall"
    STUDIO = "studio"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _ROOM_TYPES[self]


_ROOM_TYPES = {
    RoomType.OFFICE: N_("Office"),
    RoomType.CONSULTATION: N_("Consultation room"),
    RoomType.MEETING: N_("Meeting room"),
    RoomType.TREATMENT: N_("Treatment room"),
    RoomType.HALL: N_("Hall"),
    RoomType.STUDIO: N_("Studio"),
}


class Amenity(StrEnum):
    """What a room has; searched for with AND."""

    PROJECTOR = "projector"
    SCREEN = "screen"
    WHITEBOARD = "whiteboard"
    WIFI = "wifi"
    VIDEO = "video"
    SOUND = "sound"
    STAGE = "stage"
    PIANO = "piano"
    KITCHEN = "kitchen"
    COFFEE = "coffee"
    STEP_FREE = "step_free"
    DAYLIGHT = "daylight"
    AIR = "air"
    MATS = "mats"
    COUCH = "couch"
    BASIN = "basin"
    SHOWER = "shower"
    TOOLS = "tools"
    KILN = "kiln"
    PARKING = "parking"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _AMENITIES[self]


_AMENITIES = {
    Amenity.PROJECTOR: N_("projector"),
    Amenity.SCREEN: N_("screen"),
    Amenity.WHITEBOARD: N_("whiteboard"),
    Amenity.WIFI: N_("Wi-Fi"),
    Amenity.VIDEO: N_("video calls"),
    Amenity.SOUND: N_("sound system"),
    Amenity.STAGE: N_("stage"),
    Amenity.PIANO: N_("piano"),
    Amenity.KITCHEN: N_("kitchen"),
    Amenity.COFFEE: N_("coffee"),
    Amenity.STEP_FREE: N_("step-free"),
    Amenity.DAYLIGHT: N_("daylight"),
    Amenity.AIR: N_("air conditioning"),
    Amenity.MATS: N_("mats"),
    Amenity.COUCH: N_("couch"),
    Amenity.BASIN: N_("basin"),
    Amenity.SHOWER: N_("shower"),
    Amenity.TOOLS: N_("tools"),
    Amenity.KILN: N_("kiln"),
    Amenity.PARKING: N_("parking"),
}


class Level(StrEnum):
    """How experienced a facilitator is; set by staff, may change the price."""

    JUNIOR = "junior"
    SENIOR = "senior"
    EXPERT = "expert"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _LEVELS[self]


_LEVELS = {Level.JUNIOR: N_("junior"), Level.SENIOR: N_("senior"), Level.EXPERT: N_("expert")}


class ServiceKind(StrEnum):
    """A session has seats and a fixed time; an appointment is an hour of a person."""

    SESSION = "session"
    APPOINTMENT = "appointment"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _SERVICE_KINDS[self]


_SERVICE_KINDS = {ServiceKind.SESSION: N_("Sessions with seats"), ServiceKind.APPOINTMENT: N_("Appointments")}


class QuestionKind(StrEnum):
    """How a question of a service is answered."""

    TEXT = "text"
    LONG = "long"
    CHOICE = "choice"
    YES_NO = "yes_no"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _QUESTION_KINDS[self]


_QUESTION_KINDS = {
    QuestionKind.TEXT: N_("A line of text"),
    QuestionKind.LONG: N_("Longer text"),
    QuestionKind.CHOICE: N_("One of several answers"),
    QuestionKind.YES_NO: N_("Yes or no"),
}


class AddonKind(StrEnum):
    """A reusable add-on comes back after the booking, a consumable is used up."""

    REUSABLE = "reusable"
    CONSUMABLE = "consumable"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _ADDON_KINDS[self]


_ADDON_KINDS = {AddonKind.REUSABLE: N_("Comes back (a projector)"), AddonKind.CONSUMABLE: N_("Used up (catering)")}


class Role(StrEnum):
    """What a person may be at a merchant (product.md, "People")."""

    OWNER = "owner"
    MANAGER = "manager"
    FACILITATOR = "facilitator"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _ROLES[self]


_ROLES = {Role.OWNER: N_("Owner"), Role.MANAGER: N_("Manager"), Role.FACILITATOR: N_("Facilitator")}
