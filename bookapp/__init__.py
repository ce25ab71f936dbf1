"""Bookapp: book a room by the hour, a seat in a session, or an hour of a person.

One folder per business word, and inside every folder the same few file names: the file name is the layer.

    app         create_app(config): the only place that knows every feature
    reactions   "when X happens, then Y": all wiring between features
    schedule    what runs by itself, and when
    worker      the process that does what the outbox promised
    demo        a small living shop, made by calling the real actions

    api reports operations privacy              programs, figures, the health of the whole
    search crm reviews favourites waiting ...   reads and follow-ups around a booking
    members                                     who works for a house, and how a house begins
    booking                                     the heart: hold, confirm, complete, cancel, move
    payments scheduling pricing                 money, time, price
    catalog cms                                 what is on offer, and pages
    identity                                    people and who may
    notifications audit                         what we say, what was done
    web                                         shared by all views; knows no feature
    infra                                       our side of the outside world; knows no feature
    values                                      plain Python: money, time spans, refusals

A name may use what stands below it and never what stands above: upwards goes an event (see `reactions`).
Nothing is imported here, so that `import bookapp.pricing.rules` loads no application.
"""
