"""When things can happen, and who or what is where.

Opening hours   when a venue (or one room) is open, weekly, in wall time; may cross midnight.
Working hours   when a person works, the same way. Closure: a span in which something is not available.
Occupancy       a resource taken for a time range, buffer included; no two active ones may overlap.
Claim           the id under which one booking or one session holds its occupancies.
Session         one scheduled occurrence of a service, with seats. Part: one piece of a retreat's agenda.
"""
