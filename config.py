"""Every setting Bookapp knows, read once from the environment into one typed object.

`Settings.from_env(os.environ)` either returns settings that run or raises one SettingsError that names every problem,
so that a deployment is mended in one round. The names are a contract (README, .env.example).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent

ENVIRONMENTS = ("development", "test", "production")
DEFAULT_SECRET_KEY = "development-only-secret-key"  # noqa: S105 - production refuses it
STRIPE_API = "https://api.stripe.com"
RAZORPAY_API = "https://api.razorpay.com"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")

_LEAST_SECRET = 32
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class SettingsError(ValueError):
    """The environment cannot be used; `problems` has one line per setting."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("The settings cannot be used:\n" + "\n".join(f"  {problem}" for problem in self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decided. Addresses and secrets are kept out of `repr`."""

    env: str
    database_url: str = field(repr=False)
    read_database_url: str | None = field(repr=False)
    redis_url: str = field(repr=False)
    port: int
    data_dir: Path
    demo: bool
    secret_key: str = field(repr=False)
    public_base_url: str
    trusted_hosts: tuple[str, ...]
    proxy_count: int
    cors_origins: tuple[str, ...]
    smtp_url: str | None = field(repr=False)
    mail_from: str
    mail_from_name: str
    sms_url: str | None = field(repr=False)
    storage_url: str | None = field(repr=False)
    backup_url: str | None = field(repr=False)
    stripe_secret_key: str | None = field(repr=False)
    stripe_webhook_secret: str | None = field(repr=False)
    stripe_api_base: str
    razorpay_key_id: str | None
    razorpay_key_secret: str | None = field(repr=False)
    razorpay_webhook_secret: str | None = field(repr=False)
    razorpay_api_base: str
    crm_notify_url: str
    crm_notify_token: str | None = field(repr=False)
    rate_limits: bool
    log_format: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read every setting from `env`; an empty value counts as not given. Raises SettingsError."""
        return _read(_Reader(env))

    @classmethod
    def of_this_process(cls) -> Settings:
        """The settings of the environment this process was started in."""
        return cls.from_env(os.environ)

    @property
    def is_production(self) -> bool:
        """Whether this is the real thing: no demo, no sandbox, no kept mail."""
        return self.env == "production"

    @property
    def is_https(self) -> bool:
        """Whether people reach us encrypted: cookies are Secure and HSTS is sent."""
        return self.public_base_url.startswith("https://")

    @property
    def sandbox_gateway(self) -> bool:
        """Whether the gateway of our own that moves no money may be offered."""
        return not self.is_production

    @property
    def keeps_mail(self) -> bool:
        """Whether mail is kept as files and shown at /dev/mail instead of being sent."""
        return self.smtp_url is None and not self.is_production

    @property
    def admins_need_factor(self) -> bool:
        """Whether an admin can do nothing before adding a second factor: everywhere but in demonstrations and tests."""
        return not self.demo and self.env != "test"

    @property
    def gateway_origins(self) -> tuple[str, ...]:
        """Where paying may lead a browser: Chromium applies `form-action` to redirects after a POST as well."""
        origins: list[str] = []
        if self.stripe_secret_key:
            origins += ["https://checkout.stripe.com", origin(self.stripe_api_base)]
        if self.razorpay_key_id:
            # Its short link leads on to the page itself, and a redirect counts as well.
            origins += ["https://rzp.io", "https://razorpay.com", origin(self.razorpay_api_base)]
        return tuple(origins)


def origin(url: str) -> str:
    """Scheme, host and port of `url`: "https://example.org:8443"."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def normalised_database_url(url: str) -> str:
    """The same database with the driver named: a bare postgresql:// means psycopg 3 to SQLAlchemy 2.1."""
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg2://", url)


def _read(read: _Reader) -> Settings:
    env = read.choice("BOOKAPP_ENV", ENVIRONMENTS, "development")
    real = env == "production"
    port = read.integer("PORT", 8000, 1, 65535)
    public_base_url = read.url("PUBLIC_BASE_URL", ("http", "https"), None if real else f"http://127.0.0.1:{port}")
    public_host = urlsplit(public_base_url).hostname or "localhost"
    settings = Settings(
        env=env,
        database_url=read.database("DATABASE_URL", None if real else "postgresql://bookapp@127.0.0.1:5432/bookapp"),
        read_database_url=read.database("READ_DATABASE_URL", "") or None,
        redis_url=read.url("REDIS_URL", ("redis", "rediss", "unix"), None if real else "redis://127.0.0.1:6379/0"),
        port=port,
        data_dir=ROOT / read.text("BOOKAPP_DATA", "var"),
        demo=read.flag("BOOKAPP_DEMO", False),
        secret_key=read.text("SECRET_KEY", None if real else DEFAULT_SECRET_KEY),
        public_base_url=public_base_url.rstrip("/"),
        # Our own health checks come by the loopback name, whatever the public one is.
        trusted_hosts=tuple(dict.fromkeys((*read.words("TRUSTED_HOSTS"), public_host, *LOOPBACK_HOSTS))),
        proxy_count=read.integer("PROXY_COUNT", 0, 0, 10),
        cors_origins=read.origins("CORS_ORIGINS"),
        smtp_url=read.url("SMTP_URL", ("smtp", "smtps", "smtp+starttls"), None if real else "") or None,
        mail_from=read.address(
            "MAIL_FROM", f"bookings@{'localhost' if public_host in LOOPBACK_HOSTS else public_host}"
        ),
        mail_from_name=read.text("MAIL_FROM_NAME", "Bookapp"),
        sms_url=read.url("SMS_URL", ("http", "https", "twilio"), "") or None,
        storage_url=read.url("STORAGE_URL", ("file",), "") or None,
        backup_url=read.url("BACKUP_URL", ("file", "s3", "gs", "az"), "") or None,
        stripe_secret_key=read.text("STRIPE_SECRET_KEY", "") or None,
        stripe_webhook_secret=read.text("STRIPE_WEBHOOK_SECRET", "") or None,
        stripe_api_base=read.url("STRIPE_API_BASE", ("http", "https"), STRIPE_API).rstrip("/"),
        razorpay_key_id=read.text("RAZORPAY_KEY_ID", "") or None,
        razorpay_key_secret=read.text("RAZORPAY_KEY_SECRET", "") or None,
        razorpay_webhook_secret=read.text("RAZORPAY_WEBHOOK_SECRET", "") or None,
        razorpay_api_base=read.url("RAZORPAY_API_BASE", ("http", "https"), RAZORPAY_API).rstrip("/"),
        crm_notify_url=read.url("CRM_NOTIFY_URL", ("http", "https"), f"{public_base_url.rstrip('/')}/notify"),
        crm_notify_token=read.text("CRM_NOTIFY_TOKEN", "") or None,
        rate_limits=read.flag("RATE_LIMITS", True),
        log_format=read.choice("LOG_FORMAT", ("json", "text"), "json" if real else "text"),
    )
    problems = read.problems + _half_set(settings)
    if real:
        problems += _refused_in_production(settings, read)
    if problems:
        raise SettingsError(problems)
    return settings


def _half_set(settings: Settings) -> list[str]:
    """A provider that could take money but not tell us about it would leave payments hanging."""
    problems = []
    if settings.stripe_secret_key and not settings.stripe_webhook_secret:
        problems.append("STRIPE_WEBHOOK_SECRET: is missing; STRIPE_SECRET_KEY is set")
    if settings.razorpay_key_id and not (settings.razorpay_key_secret and settings.razorpay_webhook_secret):
        problems.append("RAZORPAY_KEY_SECRET, RAZORPAY_WEBHOOK_SECRET: both are needed; RAZORPAY_KEY_ID is set")
    return problems


def _refused_in_production(settings: Settings, read: _Reader) -> list[str]:
    """product.md "Settings": what production does not start with."""
    problems = []
    if settings.demo:
        problems.append("BOOKAPP_DEMO: production has no demo world; leave it out")
    if read.given("STRIPE_API_BASE"):
        problems.append("STRIPE_API_BASE: is for tests; production talks to Stripe itself")
    if read.given("RAZORPAY_API_BASE"):
        problems.append("RAZORPAY_API_BASE: is for tests; production talks to Razorpay itself")
    if not settings.rate_limits:
        problems.append("RATE_LIMITS: production does not run without limits; leave it out")
    if read.given("SECRET_KEY") and (
        settings.secret_key == DEFAULT_SECRET_KEY or len(settings.secret_key) < _LEAST_SECRET
    ):
        problems.append(f"SECRET_KEY: needs {_LEAST_SECRET} random characters or more, and not the one of development")
    return problems


class _Reader:
    """Reads values by name and collects what is wrong instead of stopping at the first."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def given(self, name: str) -> str | None:
        """The trimmed value, or None when it is absent or empty."""
        return self._env.get(name, "").strip() or None

    def text(self, name: str, default: str | None) -> str:
        """A line of text; a `default` of None makes it required."""
        value = self.given(name)
        if value is None and default is None:
            self.problems.append(f"{name}: is missing")
        return value or default or ""

    def choice(self, name: str, options: tuple[str, ...], default: str) -> str:
        """One of `options`, in any case."""
        value = self.text(name, default).lower()
        if value not in options:
            return self._wrong(name, f"must be one of {', '.join(options)}", default)
        return value

    def flag(self, name: str, default: bool) -> bool:
        """On or off, in the usual spellings."""
        value = (self.given(name) or "").lower()
        if value in _YES:
            return True
        if value in _NO:
            return False
        if value:
            self._wrong(name, "must be on or off", "")
        return default

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self.text(name, str(default))
        if not re.fullmatch(r"\d{1,9}", value) or not low <= int(value) <= high:
            self._wrong(name, f"must be a whole number from {low} to {high}", "")
            return default
        return int(value)

    def url(self, name: str, schemes: tuple[str, ...], default: str | None) -> str:
        """An absolute URL with one of `schemes`; an empty default means it is optional."""
        value = self.given(name)
        if value is None:
            return self.text(name, default)
        try:
            parts = urlsplit(value)
            usable = parts.scheme in schemes and bool(parts.hostname or parts.path) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            return self._wrong(name, f"must be a URL beginning with {' or '.join(f'{s}://' for s in schemes)}", "")
        return value

    def database(self, name: str, default: str | None) -> str:
        """A PostgreSQL URL, with the driver named."""
        return normalised_database_url(self.url(name, ("postgresql", "postgres", "postgresql+psycopg2"), default))

    def words(self, name: str) -> tuple[str, ...]:
        """Words separated by commas or spaces."""
        return tuple(re.split(r"[,\s]+", self.text(name, ""))) if self.given(name) else ()

    def origins(self, name: str) -> tuple[str, ...]:
        """Origins such as https://shop.example, without a path."""
        values = self.words(name)
        for value in values:
            if not re.fullmatch(r"https?://[^/\s]+", value):
                self._wrong(name, f"must be origins such as https://shop.example, not {value!r}", "")
        return values

    def address(self, name: str, default: str) -> str:
        """One bare email address."""
        value = self.text(name, default)
        if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value):
            return self._wrong(name, "must be a bare email address", default)
        return value

    def _wrong(self, name: str, must: str, instead: str) -> str:
        self.problems.append(f"{name}: {must}")
        return instead
