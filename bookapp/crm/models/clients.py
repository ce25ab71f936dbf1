"""What a facilitator writes down about the people who booked with them.

All of it belongs to the account that wrote it, not to the facilitator's record: whoever takes that record over does not
take over the notes. Names and addresses are not copied here; closing an account takes its rows along.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, pk, ref_id


class ClientTag(db.Model):
    """A word by which the author sorts their clients, in lower case."""

    __tablename__ = "client_tag"

    id: Mapped[pk]
    author_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    client_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    tag: Mapped[str]

    __table_args__ = (
        UniqueConstraint("author_id", "client_id", "tag"),
        Index("ix_client_tag_author_id_tag", "author_id", "tag"),
    )


class ClientNote(db.Model):
    """A dated remark that only its author reads."""

    __tablename__ = "client_note"

    id: Mapped[pk]
    author_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    client_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    created_at: Mapped[created_at]

    __table_args__ = (Index("ix_client_note_author_id_client_id_created_at", "author_id", "client_id", "created_at"),)


class ClientMessage(db.Model):
    """What a facilitator wrote to a client through us, as the author finds it again on the client's card."""

    __tablename__ = "client_message"

    id: Mapped[pk]
    author_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    client_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    subject: Mapped[str]
    text: Mapped[str]
    sent_at: Mapped[dt.datetime]

    __table_args__ = (Index("ix_client_message_author_id_sent_at", "author_id", "sent_at"),)
