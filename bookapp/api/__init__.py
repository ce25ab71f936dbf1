"""JSON for other programs: `/api/v1`, thin over the same actions and queries as the pages.

Described by itself at /api/v1/openapi.json, in words at /api/v1/docs. Errors are RFC 9457 problem+json.
"""
