"""A real SMTP server that keeps what it is sent, to be read by recipient."""

import email
import email.policy
import logging
import re
import threading
from email.message import EmailMessage
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bookapp.infra.processes import free_port
from tests.support.eventually import PATIENCE_SECONDS, eventually

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells of every byte


class Mailbox:
    """Everybody's post. Answers of the server can be set, so that refusals can be tried."""

    def __init__(self) -> None:
        self._kept: list[tuple[list[str], EmailMessage]] = []
        self._answers: list[str] = []
        self._lock = threading.Lock()
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    @property
    def url(self) -> str:
        """For SMTP_URL."""
        return f"smtp://{self._controller.hostname}:{self._controller.port}"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Called by aiosmtpd for each message."""
        with self._lock:
            if self._answers:
                return self._answers.pop(0)
            message = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            self._kept.append((envelope.rcpt_tos, message))
        return "250 OK"

    def refuse(self, *answers: str) -> None:
        """Answer the next messages with these, for example "451 try later", and keep none of them."""
        with self._lock:
            self._answers += answers

    def to(self, recipient: str, subject: str = "") -> list[EmailMessage]:
        """What came for `recipient` so far with `subject` somewhere in its subject, oldest first."""
        with self._lock:
            kept = list(self._kept)
        return [message for people, message in kept if recipient in people and subject in str(message["subject"])]

    def wait_for(
        self, recipient: str, subject: str = "", *, count: int = 1, timeout: float = PATIENCE_SECONDS
    ) -> EmailMessage:
        """The newest of at least `count` such messages, waited for."""

        def arrived() -> list[EmailMessage]:
            found = self.to(recipient, subject)
            with self._lock:
                others = [(people, str(message["subject"])) for people, message in self._kept]
            assert len(found) >= count, (
                f"{len(found)} of {count} mails for {recipient} about {subject!r}; in all {others}"
            )
            return found

        return eventually(arrived, timeout)[-1]


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail."""
    part = message.get_body(("plain",))
    assert part is not None, "a mail without plain text"
    return str(part.get_content())


def html_of(message: EmailMessage) -> str:
    """The HTML of a mail."""
    part = message.get_body(("html",))
    assert part is not None, "a mail without HTML"
    return str(part.get_content())


def links_in(message: EmailMessage) -> list[str]:
    """The addresses in the plain text, in order."""
    return re.findall(r"https?://[^\s<>\"]+", text_of(message))


def attachments(message: EmailMessage) -> dict[str, bytes]:
    """File name -> content."""
    found = {}
    for part in message.iter_attachments():
        content = part.get_content()
        found[part.get_filename() or part.get_content_type()] = (
            content.encode() if isinstance(content, str) else content
        )
    return found
