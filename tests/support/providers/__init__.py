"""Stand-ins for payment providers: real HTTP servers that behave as the providers' documentation says."""

from tests.support.providers.razorpay import StandInRazorpay
from tests.support.providers.stripe import StandInStripe

__all__ = ["StandInRazorpay", "StandInStripe"]
