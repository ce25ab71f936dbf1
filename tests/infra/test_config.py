"""Settings: defaults that run, every problem at once, and what production refuses."""

import pytest

from config import DEFAULT_SECRET_KEY, ROOT, Settings, SettingsError

PRODUCTION = {
    "BOOKAPP_ENV": "production",
    "DATABASE_URL": "postgres://bookapp:secret@db/bookapp",
    "REDIS_URL": "redis://cache:6379/0",
    "SECRET_KEY": "k" * 40,
    "PUBLIC_BASE_URL": "https://book.example.org/",
    "SMTP_URL": "smtp://mail.example.org:587",
}


def problems(env: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(env)
    return caught.value.problems


def test_an_empty_environment_runs():
    settings = Settings.from_env({})
    assert settings.env == "development"
    assert settings.port == 8000
    assert settings.public_base_url == "http://127.0.0.1:8000"
    assert settings.crm_notify_url == "http://127.0.0.1:8000/notify"
    assert settings.data_dir == ROOT / "var"
    assert settings.mail_from == "bookings@localhost"
    assert settings.rate_limits and settings.keeps_mail and settings.sandbox_gateway
    assert not settings.demo and not settings.is_https
    assert settings.log_format == "text"
    assert settings.gateway_origins == ()


def test_an_empty_value_counts_as_not_given():
    assert Settings.from_env({"PORT": "", "SMTP_URL": " ", "BOOKAPP_ENV": ""}) == Settings.from_env({})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_the_database_driver_is_always_named(scheme):
    settings = Settings.from_env({"DATABASE_URL": f"{scheme}://a:b@h:5/d", "READ_DATABASE_URL": f"{scheme}://r/d"})
    assert settings.database_url == "postgresql+psycopg2://a:b@h:5/d"
    assert settings.read_database_url == "postgresql+psycopg2://r/d"


def test_a_complete_production_runs():
    settings = Settings.from_env(PRODUCTION)
    assert settings.is_production and settings.is_https
    assert settings.public_base_url == "https://book.example.org"
    assert settings.trusted_hosts[0] == "book.example.org"
    assert settings.log_format == "json"
    assert not settings.keeps_mail and not settings.sandbox_gateway


def test_all_problems_are_reported_together():
    found = problems(
        {
            "PORT": "70000",
            "BOOKAPP_ENV": "staging",
            "RATE_LIMITS": "maybe",
            "PUBLIC_BASE_URL": "book.example.org",
            "MAIL_FROM": "Bookapp <a@b>",
            "CORS_ORIGINS": "https://ok.example, nonsense",
            "LOG_FORMAT": "xml",
            "PROXY_COUNT": "-1",
            "DATABASE_URL": "mysql://x/y",
        }
    )
    assert [line.split(":")[0] for line in found] == [
        "BOOKAPP_ENV", "PORT", "PUBLIC_BASE_URL", "DATABASE_URL", "PROXY_COUNT", "CORS_ORIGINS", "MAIL_FROM",
        "RATE_LIMITS", "LOG_FORMAT",
    ]  # fmt: skip


def test_production_reports_what_is_missing():
    found = problems({"BOOKAPP_ENV": "production"})
    assert {line.split(":")[0] for line in found} == PRODUCTION.keys() - {"BOOKAPP_ENV"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOOKAPP_DEMO", "1"),
        ("STRIPE_API_BASE", "http://127.0.0.1:9"),
        ("RAZORPAY_API_BASE", "http://127.0.0.1:9"),
        ("RATE_LIMITS", "off"),
        ("SECRET_KEY", DEFAULT_SECRET_KEY),
        ("SECRET_KEY", "short"),
    ],
)
def test_production_refuses(name, value):
    (problem,) = problems(PRODUCTION | {name: value})
    assert problem.startswith(f"{name}: ")


def test_half_a_payment_provider_is_refused():
    assert len(problems({"STRIPE_SECRET_KEY": "sk_test_1", "RAZORPAY_KEY_ID": "rzp_1"})) == 2


def test_the_gateways_are_named_for_form_action():
    settings = Settings.from_env(
        {"STRIPE_SECRET_KEY": "sk", "STRIPE_WEBHOOK_SECRET": "wh", "STRIPE_API_BASE": "http://127.0.0.1:9/x"}
    )
    assert settings.gateway_origins == ("https://checkout.stripe.com", "http://127.0.0.1:9")
    settings = Settings.from_env({"RAZORPAY_KEY_ID": "rzp", "RAZORPAY_KEY_SECRET": "s", "RAZORPAY_WEBHOOK_SECRET": "w"})
    assert settings.gateway_origins == ("https://rzp.io", "https://razorpay.com", "https://api.razorpay.com")


def test_secrets_do_not_show():
    settings = Settings.from_env(PRODUCTION | {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRET": "whsec_x"})
    shown = repr(settings)
    assert not any(secret in shown for secret in ("sk_live_x", "whsec_x", "k" * 40, "secret@db"))
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(PRODUCTION | {"SMTP_URL": "smpt://user:hunter2@mail"})
    assert "hunter2" not in str(caught.value)
