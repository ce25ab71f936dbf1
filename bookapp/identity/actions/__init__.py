"""The verbs of identity, each one transaction. Passwords and tokens go in or come out; only their hashes are stored."""

from bookapp.identity.actions.account import (
    change_profile,
    confirm_email_change,
    disable,
    enable,
    end_sign_ins_of,
    request_email_change,
    set_admin,
)
from bookapp.identity.actions.factors import (
    add_passkey,
    begin_app,
    confirm_app,
    remove_app,
    remove_passkey,
    renew_codes,
    reset_factors,
)
from bookapp.identity.actions.impersonation import impersonate, stop_impersonating
from bookapp.identity.actions.passkeys import Asked, ask_for_known, ask_for_new
from bookapp.identity.actions.passwords import change_password, mail_reset_link, request_password_reset, reset_password
from bookapp.identity.actions.preferences import remember_refund_to
from bookapp.identity.actions.registration import create_user, register, send_verification, verify_email
from bookapp.identity.actions.second_step import finish_step, sign_in_with_passkey
from bookapp.identity.actions.sign_ins import (
    end_other_sign_ins,
    end_sign_in,
    sign_in,
    sign_out,
    sign_out_everywhere,
)
from bookapp.identity.actions.tokens import Issued, end_program, issue_tokens, revoke_family, rotate_tokens

__all__ = [
    "Asked",
    "Issued",
    "add_passkey",
    "ask_for_known",
    "ask_for_new",
    "begin_app",
    "change_password",
    "change_profile",
    "confirm_app",
    "confirm_email_change",
    "create_user",
    "disable",
    "enable",
    "end_other_sign_ins",
    "end_program",
    "end_sign_in",
    "end_sign_ins_of",
    "finish_step",
    "impersonate",
    "issue_tokens",
    "mail_reset_link",
    "register",
    "remember_refund_to",
    "remove_app",
    "remove_passkey",
    "renew_codes",
    "request_email_change",
    "request_password_reset",
    "reset_factors",
    "reset_password",
    "revoke_family",
    "rotate_tokens",
    "send_verification",
    "set_admin",
    "sign_in",
    "sign_in_with_passkey",
    "sign_out",
    "sign_out_everywhere",
    "stop_impersonating",
    "verify_email",
]
