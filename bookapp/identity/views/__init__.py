"""Pages of identity: the door (sign in, register, forgotten), what letters lead to, and the account itself."""

from bookapp.identity.views.account import views as account_views
from bookapp.identity.views.door import views as door_views
from bookapp.identity.views.letters import views as letter_views

AREAS = (door_views, letter_views, account_views)
