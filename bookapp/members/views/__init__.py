"""What a customer sees: an invitation that came by mail, and the wish to sell here."""

from bookapp.members.views.invitations import views as invitations
from bookapp.members.views.sell import views as sell

AREAS = (invitations, sell)
