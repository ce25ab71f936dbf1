"""Services and the people who give them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import fields

from bookapp.api.schemas.base import Answer, Paged
from bookapp.api.schemas.fields import Choice, Line, Whole, said
from bookapp.api.schemas.money import MoneySchema
from bookapp.api.schemas.places import MerchantSchema, PhotoSchema, TermsSchema, merchant, photo, stars, terms
from bookapp.catalog.models import Facilitator, Service
from bookapp.catalog.queries import terms_of_service
from bookapp.catalog.states import Level, QuestionKind, ServiceKind
from bookapp.infra.settings import public_url
from bookapp.values.money import Money


class PersonSchema(Answer):
    """Somebody who hosts."""

    id = fields.Integer(metadata=said("Their number.", 2))
    slug = fields.String(metadata=said("Their name in addresses.", "priya-sharma"))
    name = fields.String(metadata=said("Their name.", "Dr. Priya Sharma"))


class LengthSchema(Answer):
    """One length a service comes in."""

    minutes = fields.Integer(metadata=said("How long.", 60))
    price = fields.Nested(MoneySchema, metadata=said("Per seat of a session, whole for an appointment; before rules."))


class QuestionSchema(Answer):
    """What is asked of who books."""

    id = fields.Integer(metadata=said("Its number: `question_id` of an answer.", 7))
    question = fields.String(metadata=said("In the house's words.", "Any allergies?"))
    kind = fields.String(metadata=said("How it is answered.", "text", enum=list(QuestionKind)))
    options = fields.List(fields.String(), metadata=said("What can be chosen, of a choice."))
    required = fields.Boolean(metadata=said("Whether a booking needs an answer.", False))


class ServiceSchema(Answer):
    """What is offered on a schedule."""

    id = fields.Integer(metadata=said("Its number.", 5))
    slug = fields.String(metadata=said("Its name in addresses.", "slow-flow"))
    url = fields.String(metadata=said("Its page.", "https://bookapp.example/services/slow-flow"))
    name = fields.String(metadata=said("Its name.", "Slow flow"))
    kind = fields.String(metadata=said("Seats at a time, or an hour of a person.", "session", enum=list(ServiceKind)))
    theme = fields.String(metadata=said("A word to filter by.", "class"))
    tagline = fields.String(metadata=said("In one line.", "An hour to arrive"))
    about = fields.String(metadata=said("In many words.", "Slow movements, long breaths."))
    online = fields.Boolean(metadata=said("Whether it takes place online.", False))
    capacity = fields.Integer(metadata=said("How many seats.", 12))
    lengths = fields.List(fields.Nested(LengthSchema), metadata=said("The shortest first."))
    facilitators = fields.List(fields.Nested(PersonSchema), metadata=said("Who gives it."))
    questions = fields.List(fields.Nested(QuestionSchema), metadata=said("What is asked of who books it, in order."))
    average_rating = fields.Float(allow_none=True, metadata=said("Stars, 1 to 5; null without reviews.", 4.8))
    rating_count = fields.Integer(metadata=said("How many reviews.", 31))
    photos = fields.List(fields.Nested(PhotoSchema), metadata=said("The first one is the cover."))
    merchant = fields.Nested(MerchantSchema, metadata=said("Whose it is."))
    terms = fields.Nested(TermsSchema, metadata=said("Of a cancellation."))


class GivenSchema(Answer):
    """A service somebody gives."""

    id = fields.Integer(metadata=said("Its number.", 5))
    slug = fields.String(metadata=said("Its name in addresses.", "first-talk"))
    name = fields.String(metadata=said("Its name.", "First talk"))
    kind = fields.String(metadata=said("session or appointment.", "appointment", enum=list(ServiceKind)))


class FacilitatorSchema(PersonSchema):
    """Somebody who hosts, with what they give."""

    url = fields.String(metadata=said("Their page.", "https://bookapp.example/people/priya-sharma"))
    headline = fields.String(metadata=said("In one line.", "Breath and movement"))
    about = fields.String(metadata=said("In many words.", "Twenty years of practice."))
    level = fields.String(metadata=said("How experienced.", "expert", enum=list(Level)))
    years = fields.Integer(metadata=said("Years of experience.", 20))
    city = fields.String(metadata=said("City.", "Berlin"))
    zone = fields.String(metadata=said("Their time zone (IANA).", "Europe/Berlin"))
    average_rating = fields.Float(allow_none=True, metadata=said("Stars, 1 to 5; null without reviews.", 4.9))
    rating_count = fields.Integer(metadata=said("How many reviews.", 12))
    photos = fields.List(fields.Nested(PhotoSchema), metadata=said("The first one is the portrait."))
    merchant = fields.Nested(MerchantSchema, metadata=said("The house they belong to."))
    services = fields.List(fields.Nested(GivenSchema), metadata=said("What they give, by name."))


class ServicesAsked(Paged):
    """Which services."""

    kind = Choice(list(ServiceKind), "Only of this kind.", "appointment", load_default="")
    theme = Line("Only with this theme.", "class", longest=40, load_default="")
    merchant = Line("Only of this merchant (slug).", "stillwater", longest=80, load_default="")


class FacilitatorsAsked(Paged):
    """Which people."""

    city = Line("Only in this city.", "Berlin", longest=80, load_default="")
    service_id = Whole("Only who gives this service.", 5, load_default=None)
    merchant = Line("Only of this merchant (slug).", "stillwater", longest=80, load_default="")


def service(one: Service) -> dict[str, Any]:
    """A service as `services_page` loads it."""
    plain = ("id", "slug", "name", "kind", "theme", "tagline", "about", "online", "capacity", "rating_count")
    currency = one.merchant.currency
    return {name: getattr(one, name) for name in plain} | {
        "url": public_url(f"/services/{one.slug}"),
        "lengths": [
            {"minutes": length.minutes, "price": Money(length.price_minor, currency)} for length in one.lengths
        ],
        "facilitators": [{"id": host.id, "slug": host.slug, "name": host.name} for host in one.hosts],
        "questions": [
            {
                "id": each.id,
                "question": each.words,
                "kind": each.kind,
                "options": each.options,
                "required": each.required,
            }
            for each in one.questions
        ],
        "average_rating": stars(one.rating_sum, one.rating_count),
        "photos": [photo(each) for each in one.photos],
        "merchant": merchant(one.merchant),
        "terms": terms(terms_of_service(one)),
    }


def facilitator(one: Facilitator, services: Iterable[Any]) -> dict[str, Any]:
    """A person as `facilitator_by_id` loads them, with the rows of what they give."""
    plain = ("id", "slug", "name", "headline", "about", "level", "years", "city", "zone", "rating_count")
    return {name: getattr(one, name) for name in plain} | {
        "url": public_url(f"/people/{one.slug}"),
        "average_rating": stars(one.rating_sum, one.rating_count),
        "photos": [photo(each) for each in one.photos],
        "merchant": merchant(one.merchant),
        "services": [{"id": row.id, "slug": row.slug, "name": row.name, "kind": row.kind} for row in services],
    }
