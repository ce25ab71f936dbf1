"""The blueprint of the platform's own pages: for admins, and nobody else."""

from bookapp.web.areas import ADMIN, area

blueprint = area("operations_desk", __name__, ADMIN)
