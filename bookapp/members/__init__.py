"""Who works for a house, and how a house comes to sell here.

Member       somebody with a role at a merchant: owner, manager of all or some of its venues, facilitator.
Invitation   a letter that makes somebody a member; its link is good once, for a week, for the address it went to.
Application  a customer's wish to sell here; an admin approves it, and then there is a merchant with that owner.
Beginning    what a new merchant still lacks before it can sell; read from what there is, kept nowhere.
"""
