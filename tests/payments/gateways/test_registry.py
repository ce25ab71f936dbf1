"""Which gateways there are follows from the settings; which are offered, from the merchant."""

from __future__ import annotations

import pytest
from flask import Flask

from bookapp.infra.settings import EXTENSION
from bookapp.payments.gateways import LABELS, available, gateway, offered
from config import Settings

STRIPE = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}
RAZORPAY = {"RAZORPAY_KEY_ID": "rzp_1", "RAZORPAY_KEY_SECRET": "s", "RAZORPAY_WEBHOOK_SECRET": "w"}
PRODUCTION = {
    "BOOKAPP_ENV": "production",
    "DATABASE_URL": "postgres://bookapp:secret@db/bookapp",
    "REDIS_URL": "redis://cache:6379/0",
    "SECRET_KEY": "k" * 40,
    "PUBLIC_BASE_URL": "https://book.example.org/",
    "SMTP_URL": "smtp://mail.example.org:587",
}


@pytest.mark.parametrize(
    ("env", "names"),
    [
        ({}, ("sandbox",)),
        (STRIPE, ("stripe", "sandbox")),
        (STRIPE | RAZORPAY, ("stripe", "razorpay", "sandbox")),
        (PRODUCTION, ()),
        (PRODUCTION | RAZORPAY, ("razorpay",)),
    ],
)
def test_there_is_what_the_settings_have_an_account_with(env: dict[str, str], names: tuple[str, ...]) -> None:
    assert available(Settings.from_env(env)) == names


def test_a_merchant_s_order_counts(site: Flask) -> None:
    assert offered(["razorpay", "stripe"]) == ("razorpay", "stripe")
    assert offered(["wallet", "sandbox", "venue"]) == ("sandbox",), "those two are no providers"


def test_who_has_none_that_can_be_used_is_not_left_without(site: Flask) -> None:
    assert offered([]) == offered(["paymore"]) == ("stripe", "razorpay", "sandbox")


def test_an_unknown_gateway_and_one_without_an_account_are_not_there(site: Flask) -> None:
    assert gateway("stripe")
    with pytest.raises(KeyError):
        gateway("paymore")
    site.extensions[EXTENSION] = Settings.from_env(PRODUCTION)
    for name in LABELS:
        with pytest.raises(KeyError):
            gateway(name)


def test_people_choose_by_words() -> None:
    assert LABELS.keys() == {"stripe", "razorpay", "sandbox"}
    assert all(label and label != name for name, label in LABELS.items())
