"""The working day of those who host: day and week, roster, clients and notes, hours, inbox, and the notify door.

Client        a registered user who booked with a facilitator; tags and notes about them are the facilitator's own.
Roster        who comes to a session or an appointment, and whether they did.
Notification  what another program told a facilitator through `POST /notify`; it stands in their inbox.
"""
