"""The heart: hold -> pay -> confirm -> complete, or cancel.

Booking      one customer's claim on one thing: a room by the hour, a seat in a session, an hour of a person.
Hold         a pending booking with an expiry: 15 minutes, one extension of 10; longer while a payment is open.
Line         one priced part, as it was at the hold. Terms are frozen the same way.
Participant  a person on a booking. Guest: a customer without an account, known by the browser and a mailed link.
"""
