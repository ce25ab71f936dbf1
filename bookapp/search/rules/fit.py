"""Which of the things that are free fit, and in what order (product.md, "Search").

All filters count. When fewer than FEW fit, having one of the asked amenities is enough; when still fewer, rooms that
are too small come as well. Whatever a thing lacks is named.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from bookapp.search.rules.ask import Sort

FEW = 5
# An average says little with few stars, so that many ratings of PRIOR are added to everybody's.
PRIOR, PRIOR_COUNT = 4, 5
# A hall for a hundred is no good answer to eight people, even if it is free.
ROOMY = 3


class Missing(StrEnum):
    """The ways of nearly fitting."""

    AMENITY = "amenity"
    SEATS = "seats"
    LATER = "later"
    EARLIER = "earlier"
    SHORTER = "shorter"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Miss:
    """One thing that was asked and is not so. `facts` depend on the kind:

    AMENITY {amenities: [names]}, SEATS {seats, people}, LATER and EARLIER and SHORTER {minutes}, DAY {day}.
    """

    kind: Missing
    facts: dict[str, Any]


class HasSize(Protocol):
    """What the rules need to know of a room."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def capacity(self) -> int: ...
    @property
    def amenities(self) -> Collection[str]: ...
    @property
    def rating_sum(self) -> int: ...
    @property
    def rating_count(self) -> int: ...


Thing = TypeVar("Thing", bound=HasSize)


@dataclass(frozen=True, slots=True)
class Fit(Generic[Thing]):
    """Something to show, and what it lacks."""

    thing: Thing
    misses: tuple[Miss, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether nothing is missing."""
        return not self.misses


def misses(thing: HasSize, amenities: Sequence[str], people: int) -> tuple[Miss, ...]:
    """What `thing` lacks of the asked amenities and seats, in the order they were asked."""
    lacking = [amenity for amenity in amenities if amenity not in thing.amenities]
    found: list[Miss] = []
    if lacking:
        found.append(Miss(Missing.AMENITY, {"amenities": lacking}))
    if thing.capacity < people:
        found.append(Miss(Missing.SEATS, {"seats": thing.capacity, "people": people}))
    return tuple(found)


def fitted(things: Iterable[Thing], amenities: Sequence[str], people: int) -> list[Fit[Thing]]:
    """Each of them with what it lacks."""
    return [Fit(thing, misses(thing, amenities, people)) for thing in things]


def choose(fits: Iterable[Fit[Thing]], amenities: Sequence[str], people: int) -> list[Fit[Thing]]:
    """The results: what fits wholly, and when that is fewer than FEW, what fits less and less.

    Within each of these in the given order: what is `ranked` stays so.
    """
    found: list[Fit[Thing]] = []
    others: list[Fit[Thing]] = []
    for fit in fits:
        (others if fit.misses else found).append(fit)
    if len(found) < FEW:
        found += [fit for fit in others if fit.thing.capacity >= people and _has_any(fit.thing, amenities)]
    if len(found) < FEW:
        found += [
            fit for fit in others if fit.thing.capacity < people and (not amenities or _has_any(fit.thing, amenities))
        ]
    return found


def nearly(fits: Iterable[Fit[Thing]], shown: Collection[int]) -> list[Fit[Thing]]:
    """Those that lack exactly one amenity and are not shown already (`shown` holds their ids)."""
    return [
        fit
        for fit in fits
        if [miss.kind for miss in fit.misses] == [Missing.AMENITY]
        and len(fit.misses[0].facts["amenities"]) == 1
        and fit.thing.id not in shown
    ]


def ranked(
    found: Iterable[Fit[Thing]], sort: Sort, people: int | None, price: Callable[[Thing], int]
) -> list[Fit[Thing]]:
    """The same things, best fit first; then by `sort`; then by name, so that the order never wavers.

    `price` gives minor units; amounts of several currencies are compared by their numbers only.
    """

    def key(fit: Fit[Thing]) -> tuple[Any, ...]:
        thing = fit.thing
        stars = -weighted_rating(thing.rating_sum, thing.rating_count)
        wishes = {
            Sort.BEST: (_is_roomy(thing, people), stars, price(thing)),
            Sort.PRICE: (price(thing), stars),
            Sort.RATING: (stars, price(thing)),
        }[sort]
        return (*distance(fit), *wishes, thing.name, thing.id)

    return sorted(found, key=key)


def distance(fit: Fit[Any]) -> tuple[float, int]:
    """How far from what was asked: first by missing seats (a share), then by the number of missing amenities."""
    short, lacking = 0.0, 0
    for miss in fit.misses:
        if miss.kind is Missing.SEATS:
            short = 1 - miss.facts["seats"] / miss.facts["people"]
        elif miss.kind is Missing.AMENITY:
            lacking = len(miss.facts["amenities"])
    return short, lacking


def weighted_rating(total: int, count: int) -> float:
    """Stars to compare by, 1 to 5, to one decimal: the average, drawn towards PRIOR while there are few."""
    return round((total + PRIOR * PRIOR_COUNT) / (count + PRIOR_COUNT), 1)


def _has_any(thing: HasSize, amenities: Sequence[str]) -> bool:
    return any(amenity in thing.amenities for amenity in amenities)


def _is_roomy(thing: HasSize, people: int | None) -> bool:
    return people is not None and thing.capacity > ROOMY * max(people, 2)
