"""What can be booked and who offers it.

Merchant     a business that sells here; has a currency, a home time zone, terms.
Venue, room  a place, and what can be hired in it by time.
Facilitator  a person who hosts. Service: what they offer, as a session or an appointment.
Resource     whatever can be in only one place at a time: a room, a person.
Add-on       something extra with a price; Terms: what comes back when one cancels.
"""
