"""The page of a stand-in on which a person pays."""

from __future__ import annotations

from html import escape

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{provider}</title><meta name="viewport" content="width=device-width"></head>
<body>
<main>
<h1>{amount}</h1>
<p>{description}</p>
{notice}
<form method="post">
<button name="do" value="pay">Pay</button>
<button name="do" value="decline">Decline</button>
</form>
{back}
</main>
</body>
</html>
"""


def payment_page(provider: str, amount: str, description: str, *, back: str = "", notice: str = "") -> str:
    """Two buttons, and a way back where the provider has one."""
    return _PAGE.format(
        provider=escape(provider),
        amount=escape(amount),
        description=escape(description),
        notice=f'<p role="alert">{escape(notice)}</p>' if notice else "",
        back=f'<p><a href="{escape(back)}">Back</a></p>' if back else "",
    )
