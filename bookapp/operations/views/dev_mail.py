"""The post of a demonstration, which goes nowhere: /dev/mail. Where mail is really sent these pages are not there."""

from __future__ import annotations

import base64
import hashlib
import re
from email.message import EmailMessage

from flask import Response
from flask_babel import gettext as _

from bookapp.infra import mail
from bookapp.infra.settings import current_settings
from bookapp.values.errors import NotFound
from bookapp.web.areas import PUBLIC, area
from bookapp.web.headers import content_security_policy
from bookapp.web.hypermedia import page

views = area("dev_mail", __name__, audience=PUBLIC, url_prefix="/dev/mail")


@views.before_request
def only_where_mail_is_kept() -> None:
    """Elsewhere there is nothing at these addresses."""
    if not current_settings().keeps_mail:
        raise NotFound()


@views.get("")
def index() -> Response:
    """Every mail that was kept, newest first."""
    return page("operations/dev_mail/index.html", mails=mail.kept(mail.mail_folder(current_settings())))


@views.get("/<name>")
def show(name: str) -> Response:
    """One mail: its head, its words, its page in a frame, its files."""
    message = _kept(name)
    text = _part(message, "plain")
    response = page(
        "operations/dev_mail/show.html",
        name=name,
        message=message,
        text=text,
        links=list(dict.fromkeys(re.findall(r"https?://[^\s<>\"]+", text))),
        has_html=bool(_part(message, "html")),
        files=[part.get_filename() or _("file") for part in message.iter_attachments()],
    )
    response.headers["Content-Security-Policy"] = content_security_policy(current_settings(), frame_src="'self'")
    return response


@views.get("/<name>/page")
def html(name: str) -> Response:
    """The HTML of a mail, for the frame: no script, no form, nothing from elsewhere, only its own style sheets."""
    markup = _part(_kept(name), "html")
    styles = re.findall(r"<style[^>]*>(.*?)</style>", markup, re.DOTALL)
    allowed = " ".join(_hash(style) for style in styles) or "'none'"
    response = Response(markup, content_type="text/html; charset=utf-8")
    policy = f"default-src 'none'; style-src {allowed}; frame-ancestors 'self'; sandbox"
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@views.get("/<name>/files/<int:number>")
def attachment(name: str, number: int) -> Response:
    """One file of a mail, to be saved."""
    files = list(_kept(name).iter_attachments())
    if number >= len(files):
        raise NotFound()
    content = files[number].get_payload(decode=True)
    response = Response(content if isinstance(content, bytes) else b"", content_type="application/octet-stream")
    filename = re.sub(r"[^\w.-]", "_", files[number].get_filename() or "file")
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def _kept(name: str) -> EmailMessage:
    message = mail.kept_one(mail.mail_folder(current_settings()), name)
    if message is None:
        raise NotFound()
    return message


def _hash(style: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()).replace("\r\n", "\n") if body else ""
