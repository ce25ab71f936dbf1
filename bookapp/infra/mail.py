"""Mail leaves by SMTP, or, without SMTP_URL and outside production, is kept as files to look at.

Called by workers only: a conversation with a mail server never happens inside a transaction.
"""

from __future__ import annotations

import email
import email.policy
import re
import secrets
import smtplib
import ssl
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import structlog

from bookapp.infra import clock
from bookapp.infra.queue import Permanent, Retryable
from bookapp.infra.settings import current_settings
from config import Settings

CONNECT_SECONDS = 3
READ_SECONDS = 10
KEPT_AT_MOST = 500
_SMTP_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}

log = structlog.get_logger("bookapp.mail")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail; `parameters` go into its Content-Type (method=REQUEST for a calendar)."""

    filename: str
    content: bytes
    content_type: str
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one person, in words (`text`) and, if given, as a page (`html`).

    `message_id` is the local part of the Message-ID: give a stable one, and a mail sent twice is shown once.
    """

    to: str
    to_name: str = ""
    subject: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    message_id: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


def send(mail: Mail) -> None:
    """Hand the mail over. Raises Retryable (4xx, network) or Permanent (5xx, an address that cannot be)."""
    settings = current_settings()
    message = compose(mail, settings)
    if settings.smtp_url:
        _deliver(message, urlsplit(settings.smtp_url))
    else:
        keep(message, mail_folder(settings))


def compose(mail: Mail, settings: Settings) -> EmailMessage:
    """The message as it goes out. Raises Permanent when an address or header cannot be written."""
    message = EmailMessage(policy=email.policy.SMTP)
    try:
        message["From"] = _address(settings.mail_from, settings.mail_from_name)
        message["To"] = _address(mail.to, mail.to_name)
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(clock.now())
        domain = settings.mail_from.rpartition("@")[2]
        message["Message-ID"] = f"<{mail.message_id or secrets.token_hex(12)}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # no out-of-office answers
        if mail.reply_to:
            message["Reply-To"] = mail.reply_to
        if request_id := structlog.contextvars.get_contextvars().get("request_id"):
            message["X-Request-ID"] = request_id
        for name, value in mail.headers:
            message[name] = value
    except (ValueError, IndexError, HeaderParseError) as error:
        raise Permanent(f"a header of the mail cannot be written: {type(error).__name__}") from error
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    for attachment in mail.attachments:
        kind, _, subtype = attachment.content_type.partition("/")
        message.add_attachment(
            attachment.content,
            maintype=kind,
            subtype=subtype,
            filename=attachment.filename,
            params=dict(attachment.parameters),
        )
    return message


def mail_folder(settings: Settings) -> Path:
    """Where mail is kept when there is no mail server."""
    return settings.data_dir / "mail"


def keep(message: EmailMessage, folder: Path) -> Path:
    """Write the message as an .eml file; the newest KEPT_AT_MOST stay."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{clock.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}.eml"
    unfinished = folder / f"{name}.part"
    unfinished.write_bytes(message.as_bytes())
    path = unfinished.rename(folder / name)
    for old in sorted(folder.glob("*.eml"), reverse=True)[KEPT_AT_MOST:]:
        old.unlink(missing_ok=True)
    return path


def kept(folder: Path) -> list[tuple[str, EmailMessage]]:
    """The kept mails as (name, message), newest first."""
    return [(path.stem, _read(path)) for path in sorted(folder.glob("*.eml"), reverse=True)]


def kept_one(folder: Path, name: str) -> EmailMessage | None:
    """The kept mail of that name, or None."""
    if not re.fullmatch(r"[0-9T]+-[0-9a-f]+", name):
        return None
    path = folder / f"{name}.eml"
    return _read(path) if path.is_file() else None


def _read(path: Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def _address(address: str, name: str) -> Address:
    return Address(display_name=name, addr_spec=address)


def _deliver(message: EmailMessage, server: SplitResult) -> None:
    try:
        with _connect(server) as smtp:
            smtp.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        _refused(max((code for code, _ in error.recipients.values()), default=550), error)
    except smtplib.SMTPAuthenticationError as error:
        # Our own password is wrong: the message is not at fault and goes out once it is mended.
        raise Retryable("the mail server refused our name or password") from error
    except smtplib.SMTPResponseException as error:
        _refused(error.smtp_code, error)
    except (smtplib.SMTPException, OSError) as error:
        raise Retryable(f"the mail server cannot be reached: {type(error).__name__}") from error


def _refused(code: int, error: Exception) -> None:
    if code >= 500:
        raise Permanent(f"the mail server refused the mail for good ({code})") from error
    raise Retryable(f"the mail server put the mail off ({code})") from error


def _connect(server: SplitResult) -> smtplib.SMTP:
    host = server.hostname or "localhost"
    port = server.port or _SMTP_PORTS[server.scheme]
    trust = ssl.create_default_context()
    if server.scheme == "smtp" and not server.username:
        # Nothing to protect that plain text would not show: any encryption is better than a refused certificate.
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    smtp: smtplib.SMTP
    if server.scheme == "smtps":
        smtp = smtplib.SMTP_SSL(host, port, timeout=CONNECT_SECONDS, context=trust)
    else:
        smtp = smtplib.SMTP(host, port, timeout=CONNECT_SECONDS)
    try:
        smtp.sock.settimeout(READ_SECONDS)
        smtp.ehlo()
        if server.scheme == "smtp+starttls" or (server.scheme == "smtp" and smtp.has_extn("starttls")):
            smtp.starttls(context=trust)
            smtp.ehlo()
        if server.username:
            smtp.login(unquote(server.username), unquote(server.password or ""))
    except BaseException:
        smtp.close()
        raise
    return smtp
