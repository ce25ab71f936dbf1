"""Pages and doors of payments."""

from bookapp.payments.views.gateway import blueprint as gateway_pages
from bookapp.payments.views.gateway import doors
from bookapp.payments.views.wallet import blueprint as wallet_pages

AREAS = (gateway_pages, doors, wallet_pages)
