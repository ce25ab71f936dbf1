-- 6 What people wish for: rooms, seats, hours of people
-- Every place of a day can be wished for once: booking i takes one of the places between i and i + 1 of evenly spread
-- shares, so that nothing overlaps and the town is equally busy everywhere. Of twenty bookings thirteen are rooms, four
-- are seats, three are appointments.
CREATE UNLOGGED TABLE scale.wish (
    g bigint, kind text, room_id bigint, session_id bigint, f bigint, starts_at timestamptz, ends_at timestamptz, zone text,
    currency text, people int, unit text, quantity numeric, price bigint, evening boolean, is_cancelled boolean, who bigint);
INSERT INTO scale.wish
SELECT i / 13 * 20 + i % 13 + 1, 'room', room.id, NULL, NULL, starts_at, starts_at + hours * interval '1 hour', zone, currency,
    1 + scale.below(i, 40, room.capacity), 'hour', hours, rate_minor, place % 4 = 3, false,
    floor(power(scale.chance(i, 41), 1.5) * customers)
FROM scale.town CROSS JOIN LATERAL (SELECT :bookings::bigint / 20 * 13 + least(:bookings % 20, 13) AS many,
        (SELECT count(*) FROM scale.room WHERE use = 'hire') AS rooms,
        :users - 1 - merchants - studios - hosts AS customers) AS counts
    CROSS JOIN LATERAL generate_series(0, many - 1) AS i
    CROSS JOIN LATERAL (SELECT i * (rooms * days * 4) / many AS low, (i + 1) * (rooms * days * 4) / many AS high) AS range
    CROSS JOIN LATERAL (SELECT low + scale.below(i, 42, high - low) AS place) AS p
    JOIN scale.room AS nth ON nth.use = 'hire' AND nth.ordinal = 1 + place / 4 % rooms
    JOIN room ON room.id = nth.r JOIN venue ON venue.id = room.venue_id
    CROSS JOIN LATERAL (SELECT (first_day + (place / (rooms * 4))::int + time '08:00' + place % 4 * interval '3 hours'
        + scale.below(i, 43, 2) * interval '30 minutes') AT TIME ZONE zone AS starts_at, 1 + scale.below(i, 44, 2) AS hours) AS time;
INSERT INTO scale.wish
WITH shares AS (
    SELECT *, floor(many * (sum(weight) OVER w - weight) / sum(weight) OVER ())::bigint AS first,
        floor(many * sum(weight) OVER w / sum(weight) OVER ())::bigint AS beyond
    FROM scale.session, (SELECT :bookings::bigint / 20 * 4 + greatest(0, least(:bookings % 20 - 13, 4)) AS many) AS counts
    WINDOW w AS (ORDER BY starts_at, s))
SELECT j / 4 * 20 + 13 + j % 4 + 1, 'session', r, s, f, starts_at, ends_at, zone, currency, people, 'seat', people, price_minor, false, is_cancelled,
    (scale.below(s, 45, customers) + (j - first) * 7919) % customers
FROM scale.town CROSS JOIN LATERAL (SELECT :users - 1 - merchants - studios - hosts AS customers) AS counts CROSS JOIN shares CROSS JOIN LATERAL generate_series(first, beyond - 1) AS j
    CROSS JOIN LATERAL (SELECT CASE WHEN scale.chance(j, 46) < 0.12 THEN 2 ELSE 1 END AS people) AS p;
INSERT INTO scale.wish
SELECT k / 3 * 20 + 17 + k % 3 + 1, 'appointment', host.r, NULL, host.f, starts_at, starts_at + p.minutes * interval '1 minute', facilitator.zone,
    merchant.currency, 1, '', 1, price_minor, false, false, floor(power(scale.chance(k, 47), 1.5) * customers)
FROM scale.town CROSS JOIN LATERAL (SELECT :bookings::bigint / 20 * 3 + greatest(0, :bookings % 20 - 17) AS many, :users - 1 - merchants - studios - hosts AS customers) AS counts
    CROSS JOIN LATERAL generate_series(0, many - 1) AS k
    CROSS JOIN LATERAL (SELECT k * (hosts * days * 4) / many AS low, (k + 1) * (hosts * days * 4) / many AS high) AS range
    CROSS JOIN LATERAL (SELECT low + scale.below(k, 48, high - low) AS place, 30 + 30 * scale.below(k, 49, 2) AS minutes) AS p
    JOIN scale.host ON host.f = studios + 1 + place / 4 % hosts JOIN facilitator ON facilitator.id = host.f
    JOIN merchant ON merchant.id = host.m JOIN service_length ON service_id = host.f AND service_length.minutes = p.minutes
    CROSS JOIN LATERAL (SELECT (first_day + (place / (hosts * 4))::int + time '09:00' + place % 4 * interval '2 hours' + scale.below(k, 50, 2) * interval '30 minutes')
        AT TIME ZONE facilitator.zone AS starts_at) AS time;

-- 12 Bookings, in every state
CREATE UNLOGGED TABLE scale.fate AS
SELECT g, base, extra, addon, state, created_at, at_venue, CASE state WHEN 'expired' THEN created_at + interval '15 minutes'
        WHEN 'completed' THEN ends_at + interval '5 minutes' WHEN 'no_show' THEN ends_at + interval '5 minutes' WHEN 'cancelled' THEN created_at + greatest(interval '5 minutes', scale.chance(g, 57) * (least(starts_at, now) - created_at)) END AS ended_at,
    CASE WHEN state = 'cancelled' THEN CASE WHEN is_cancelled OR scale.chance(g, 56) < 0.1 THEN 'merchant' ELSE 'customer' END END AS cancelled_by,
    CASE WHEN scale.chance(g, 58) >= 0.12 THEN 1 + merchants + studios + hosts + 1 + who END AS customer_id
FROM scale.town, scale.wish, LATERAL (SELECT scale.chance(g, 51) AS luck, (price * quantity)::bigint AS base) AS l,
    LATERAL (SELECT CASE WHEN evening THEN round(base / 10.0)::bigint END AS extra,
        CASE WHEN kind = 'room' AND scale.chance(g, 52) < 0.08 THEN people END AS addon) AS parts,
    LATERAL (SELECT CASE WHEN g > :bookings - 3 AND kind <> 'session' THEN 'pending' WHEN luck < 0.04 THEN 'expired' WHEN luck < 0.12 OR is_cancelled THEN 'cancelled'
        WHEN ends_at <= now THEN CASE WHEN luck < 0.16 THEN 'no_show' ELSE 'completed' END
        WHEN luck > 0.994 AND starts_at > now + interval '2 days' THEN 'pending' ELSE 'confirmed' END AS state) AS s,
    LATERAL (SELECT CASE WHEN state = 'pending' THEN now - interval '3 minutes'
        ELSE least(starts_at - (0.3 + 45 * power(scale.chance(g, 53), 2)) * interval '1 day',
            now - (0.05 + 3 * scale.chance(g, 54)) * interval '1 day') END AS created_at) AS c,
    LATERAL (SELECT base > 0 AND kind = 'room' AND state NOT IN ('pending', 'expired') AND scale.chance(g, 55) < 0.05 AS at_venue) AS v;
INSERT INTO booking (id, ref, state, kind, merchant_id, venue_id, room_id, session_id, service_id, facilitator_id, claim_id, title, place, host,
    customer_id, visitor, email, name, people, starts_at, ends_at, zone, currency, total_minor, due_now_minor, rest_due_at, due_at_venue, terms,
    hold_expires_at, confirmed_at, ended_at, cancelled_by, fee_minor, created_at)
SELECT g, scale.ref(g), state, wish.kind, coalesce(venue.merchant_id, facilitator.merchant_id), venue.id, room.id, session_id, wish.f, wish.f, scale.key('booking', g),
    coalesce(service.name, room.name), coalesce(venue.name || ', ' || venue.city, ''), coalesce(facilitator.name, ''),
    fate.customer_id, CASE WHEN fate.customer_id IS NULL THEN md5(g::text) END,
    coalesce(person.email, 'guest' || g || '@example.org'), coalesce(person.name, scale.name(g)),
    people, starts_at, ends_at, wish.zone, wish.currency, total, CASE WHEN at_venue THEN 0 END, CASE WHEN at_venue THEN starts_at END, at_venue, frozen,
    CASE WHEN state = 'pending' THEN now + interval '12 minutes' ELSE fate.created_at + interval '15 minutes' END,
    CASE WHEN state NOT IN ('pending', 'expired') THEN fate.created_at + interval '4 minutes' END, ended_at, cancelled_by,
    CASE WHEN cancelled_by = 'merchant' OR (at_venue AND state = 'cancelled') THEN 0 WHEN state = 'cancelled' THEN total - total * share / 100 END, fate.created_at
FROM scale.town, scale.wish JOIN scale.fate USING (g) LEFT JOIN room ON room.id = wish.room_id LEFT JOIN venue ON venue.id = room.venue_id
    LEFT JOIN service ON service.id = wish.f LEFT JOIN facilitator ON facilitator.id = wish.f
    LEFT JOIN user_account AS person ON person.id = fate.customer_id
    LEFT JOIN addon ON addon.venue_id = venue.id AND addon.kind = 'consumable'
    JOIN merchant ON merchant.id = coalesce(venue.merchant_id, facilitator.merchant_id)
    JOIN (SELECT id, tiers, jsonb_build_object('name', name, 'tiers', tiers, 'move_until_hours', move_until_hours) AS frozen FROM terms) AS terms ON terms.id = merchant.terms_id,
    LATERAL (SELECT base + coalesce(extra, 0) + coalesce(fate.addon * addon.price_minor, 0) AS total) AS t,
    LATERAL (SELECT coalesce(max((tier->>'percent')::int), 0) AS share FROM jsonb_array_elements(tiers) AS tier
        WHERE starts_at - ended_at >= (tier->>'hours')::int * interval '1 hour') AS s
ORDER BY g;

-- 3 Sessions
INSERT INTO session (id, service_id, merchant_id, venue_id, room_id, facilitator_id, claim_id, title, state, starts_at, ends_at, zone, capacity, seats_taken,
    price_minor, currency, on_grid, created_at)
SELECT s, f, m, session.venue_id, r, f, scale.key('session', s), service.name,
    CASE WHEN is_cancelled THEN 'cancelled' WHEN is_over THEN 'completed' ELSE 'scheduled' END, starts_at, ends_at, zone,
    greatest(service.capacity, taken), taken, price_minor, currency, session.kind = 'escape', first_day - 300
FROM scale.town, scale.session JOIN service ON service.id = f
    LEFT JOIN (SELECT session_id, sum(people) AS seats FROM booking WHERE session_id IS NOT NULL AND state IN ('pending', 'confirmed', 'completed', 'no_show')
        GROUP BY session_id) AS booked ON booked.session_id = s, LATERAL (SELECT coalesce(seats, 0)::int AS taken) AS t
ORDER BY starts_at;
INSERT INTO session_part (session_id, title, starts_at, ends_at)
SELECT s, 'Day ' || 1 + d, starts_at + d * interval '24 hours', starts_at + d * interval '24 hours' + interval '3 hours'
FROM scale.session, generate_series(0, 2) AS d WHERE kind = 'retreat';
INSERT INTO session_cancellation (session_id, actor, reason, bookings, started_at, finished_at)
SELECT s, 'user:' || 1 + m, 'The teacher is ill.', (SELECT count(*) FROM scale.wish WHERE session_id = s), least(starts_at, now) - interval '2 hours', least(starts_at, now) - interval '1 hour'
FROM scale.town, scale.session WHERE is_cancelled AND starts_at > now - interval '60 days';

-- 8 What is taken
INSERT INTO occupancy (resource_id, claim_id, kind, during, used_until, active, blocks_until, created_at)
SELECT resource, claim_id, 'booking', tstzrange(starts_at, ends_at + buffer), ends_at, state NOT IN ('cancelled', 'expired'),
    CASE WHEN state = 'pending' THEN hold_expires_at END, booking.created_at
FROM booking LEFT JOIN room ON room.id = room_id, LATERAL (
    SELECT room.resource_id AS resource, room.buffer_minutes * interval '1 minute' AS buffer WHERE room.id IS NOT NULL
    UNION ALL SELECT :rooms + facilitator_id, interval '10 minutes' WHERE booking.kind = 'appointment') AS place
WHERE session_id IS NULL;
INSERT INTO occupancy (resource_id, claim_id, kind, during, used_until, active, created_at)
SELECT resource, session.claim_id, 'session', tstzrange(span.starts_at, span.ends_at + buffer), span.ends_at, session.state <> 'cancelled', session.created_at
FROM session JOIN room ON room.id = room_id LEFT JOIN session_part AS part ON part.session_id = session.id,
    LATERAL (SELECT coalesce(part.starts_at, session.starts_at) AS starts_at, coalesce(part.ends_at, session.ends_at) AS ends_at) AS span,
    LATERAL (SELECT room.resource_id AS resource, greatest(15, room.buffer_minutes) * interval '1 minute' AS buffer
        UNION ALL SELECT :rooms + facilitator_id, interval '15 minutes') AS place
WHERE NOT on_grid OR seats_taken > 0;

-- 10 The lines of their prices
INSERT INTO booking_line (booking_id, position, kind, label, unit, quantity, unit_price_minor, subtotal_minor, addon_id)
SELECT g, position, line.kind, label, line.unit, line.quantity, line.price, subtotal, addon_id
FROM scale.wish JOIN scale.fate USING (g) JOIN booking ON booking.id = g
    LEFT JOIN addon ON addon.venue_id = booking.venue_id AND addon.kind = 'consumable', LATERAL (
    SELECT 0 AS position, 'base' AS kind, title AS label, wish.unit, wish.quantity, price, base AS subtotal, NULL::bigint AS addon_id
    UNION ALL SELECT 1, 'rule', 'Evening +10 %', '', 1, extra, extra, NULL WHERE extra IS NOT NULL
    UNION ALL SELECT 2, 'addon', addon.name, 'piece', fate.addon, addon.price_minor, fate.addon * addon.price_minor, addon.id WHERE fate.addon IS NOT NULL) AS line
ORDER BY g;

-- 6 Who comes
INSERT INTO participant (booking_id, user_id, role, name, email, attendance)
SELECT booking.id, CASE role WHEN 'organiser' THEN customer_id END, role, CASE role WHEN 'organiser' THEN name ELSE scale.name(booking.id + 1) END,
    CASE role WHEN 'organiser' THEN email ELSE '' END,
    CASE state WHEN 'no_show' THEN 'absent' WHEN 'completed' THEN CASE WHEN scale.chance(id, 60) < 0.05 THEN 'late' ELSE 'arrived' END ELSE 'unknown' END
FROM booking, LATERAL (SELECT 'organiser' AS role UNION ALL SELECT 'participant' WHERE people > 1 AND scale.chance(id, 61) < 0.2) AS roles
WHERE state NOT IN ('pending', 'expired') ORDER BY booking.id;
