"""Pages of identity: the door and its second step, what letters lead to, the account and what keeps it safe."""

from bookapp.identity.views.account import views as account_views
from bookapp.identity.views.acting import views as acting_views
from bookapp.identity.views.door import views as door_views
from bookapp.identity.views.letters import views as letter_views
from bookapp.identity.views.second_step import views as second_step_views
from bookapp.identity.views.security import views as security_views

AREAS = (door_views, second_step_views, letter_views, account_views, security_views, acting_views)
