"""Single checks of single values; each answers with a problem or None. The words are translated at the edge."""

from __future__ import annotations

import dataclasses
import functools
import re
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bookapp.values.words import N_

SHORT, LONG = 200, 5000


def _codes(words: str) -> frozenset[str]:
    return frozenset(words.split())


# ISO 4217, what one can be paid in today.
CURRENCIES = _codes(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY "
    "COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR "
    "ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK "
    "MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF "
    "SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU "
    "UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
)
# ISO 3166-1.
COUNTRIES = _codes(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA "
    "CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA "
    "GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS "
    "MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS "
    "RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW "
    "TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with `field`: a sentence marked with N_, and what to put into its %(name)s places."""

    field: str
    sentence: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def words(self) -> str:
        """The sentence in English, filled in."""
        return self.sentence % self.params if self.params else self.sentence


def required_text(name: str, value: str) -> Problem | None:
    """Something short must be said."""
    if not value.strip():
        return Problem(name, N_("This is needed."))
    return short_text(name, value)


def short_text(name: str, value: str) -> Problem | None:
    """A line of at most 200 characters."""
    return _text(name, value, SHORT)


def long_text(name: str, value: str) -> Problem | None:
    """At most 5000 characters."""
    return _text(name, value, LONG)


def between(name: str, value: int, low: int, high: int) -> Problem | None:
    """A whole number from `low` to `high`, both included."""
    if low <= value <= high:
        return None
    return Problem(
        name, N_("%(value)s is not between %(low)s and %(high)s."), {"value": value, "low": low, "high": high}
    )


def known(name: str, value: str, words: Iterable[str]) -> Problem | None:
    """One of a fixed list."""
    options = [str(word) for word in words]
    if value in options:
        return None
    return Problem(
        name, N_("“%(value)s” is not known. Known are: %(options)s."), {"value": value, "options": ", ".join(options)}
    )


def zone_known(name: str, value: str) -> Problem | None:
    """An IANA time zone of a place."""
    if value in _zones():
        return None
    return Problem(name, N_("“%(value)s” is not a time zone. Write one such as Europe/Berlin."), {"value": value})


def currency_known(name: str, value: str) -> Problem | None:
    """An ISO 4217 code."""
    if value in CURRENCIES:
        return None
    return Problem(name, N_("“%(value)s” is not a currency. Write three letters such as EUR."), {"value": value})


def country_known(name: str, value: str) -> Problem | None:
    """An ISO 3166 code of two letters."""
    if value in COUNTRIES:
        return None
    return Problem(name, N_("“%(value)s” is not a country. Write two letters such as DE."), {"value": value})


def email_plausible(name: str, value: str) -> Problem | None:
    """Empty, or something that looks like one address."""
    if not value or re.fullmatch(r"[^@\s<>,]{1,64}@[^@\s<>,]+\.[^@\s<>,.]+", value):
        return None
    return Problem(name, N_("“%(value)s” does not look like an email address."), {"value": value})


def _text(name: str, value: str, most: int) -> Problem | None:
    if len(value) > most:
        return Problem(name, N_("This is too long: at most %(most)s characters."), {"most": most})
    if _CONTROL.search(value):
        return Problem(name, N_("This has characters in it that cannot be shown."))
    return None


@functools.cache
def _zones() -> frozenset[str]:
    """Places, and UTC: "EST" or "localtime" would not follow anybody's clock changes."""
    return frozenset(zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/")) | {
        "UTC"
    }
