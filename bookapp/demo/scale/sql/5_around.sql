-- 12 The trail of it all
INSERT INTO audit_entry (at, actor, user_id, action, subject, facts)
SELECT at, coalesce('user:' || doer, who), doer, action, 'booking:' || ref, facts FROM (
    SELECT created_at AS at, customer_id AS doer, 'visitor' AS who, 'booking.held' AS action, ref, '{}'::jsonb AS facts FROM booking
    UNION ALL SELECT confirmed_at, NULL, 'system', 'booking.confirmed', ref, '{}' FROM booking WHERE confirmed_at IS NOT NULL
    UNION ALL SELECT ended_at, CASE cancelled_by WHEN 'merchant' THEN 1 + merchant_id ELSE customer_id END, 'visitor', 'booking.cancelled', ref,
        jsonb_build_object('by', cancelled_by) FROM booking WHERE state = 'cancelled'
    UNION ALL SELECT ended_at, NULL, 'system', 'booking.expired', ref, '{}' FROM booking WHERE state = 'expired'
    UNION ALL SELECT ends_at + interval '5 minutes', NULL, 'system', 'booking.' || state, ref, '{}' FROM booking WHERE state IN ('completed', 'no_show')
    UNION ALL SELECT settled_at, NULL, 'system', 'payment.' || CASE state WHEN 'expired' THEN 'abandoned' ELSE 'succeeded' END, ref, jsonb_build_object('payment', p) FROM scale.paid
    UNION ALL SELECT coalesce(refunded_at, created_at), NULL, 'system', 'refund.' || state, substr(cause, 11), jsonb_build_object('refund', id) FROM refund) AS said
ORDER BY at;

-- 4 Letters and bells
INSERT INTO message (kind, cause, channel, recipient, recipient_name, user_id, subject, text, state, created_at, delivered_at, read_at)
SELECT 'booking/' || CASE state WHEN 'cancelled' THEN state ELSE 'confirmed' END, 'booking:' || ref, channel, CASE channel WHEN 'in_app' THEN 'user:' || customer_id ELSE email END,
    name, customer_id, title || ', ' || place, CASE channel WHEN 'in_app' THEN title || ': ' || CASE state WHEN 'cancelled' THEN 'cancelled' ELSE 'booked' END ELSE '' END,
    'delivered', confirmed_at, confirmed_at + interval '3 seconds', CASE WHEN channel = 'in_app' AND scale.chance(id, 80) < 0.9 THEN confirmed_at + interval '1 day' END
FROM scale.town, booking, unnest('{email,in_app}'::text[]) AS channel
WHERE confirmed_at > now - interval '120 days' AND (channel = 'email' OR customer_id IS NOT NULL) ORDER BY booking.id;
INSERT INTO notification (facilitator_id, booking_id, kind, user_name, event, created_at, read_at)
SELECT facilitator_id, id, CASE state WHEN 'cancelled' THEN 'cancelled' ELSE 'confirmed' END, name, title, confirmed_at,
    CASE WHEN confirmed_at < now - interval '3 days' THEN confirmed_at + interval '6 hours' END
FROM scale.town, booking WHERE facilitator_id IS NOT NULL AND confirmed_at IS NOT NULL ORDER BY id;

-- 2 Reviews and favourites
INSERT INTO review (booking_id, customer_id, room_id, service_id, facilitator_id, author, stars, words, state, created_at)
SELECT DISTINCT ON (customer_id, coalesce(service_id, -room_id)) id, customer_id, CASE WHEN service_id IS NULL THEN room_id END, service_id, facilitator_id,
    split_part(name, ' ', 1) || ' ' || left(split_part(name, ' ', 2), 1) || '.', 5 - floor(5 * power(scale.chance(id, 90), 3))::int, scale.pick('{"Quiet, warm, everything worked.","Exactly as in the pictures.","Good light, good chairs.","We would have stayed longer.","Clear, kind, and to the point.",""}', id, 91),
    CASE WHEN scale.chance(id, 92) < 0.01 THEN 'hidden' ELSE 'published' END, ends_at + interval '1 day'
FROM booking WHERE state = 'completed' AND customer_id IS NOT NULL AND scale.chance(id, 93) < 0.12 AND ends_at < (SELECT now - interval '1 day' FROM scale.town)
ORDER BY customer_id, coalesce(service_id, -room_id), id;
UPDATE room SET rating_sum = stars, rating_count = many
FROM (SELECT room_id, sum(stars) AS stars, count(*) AS many FROM review WHERE state = 'published' GROUP BY room_id) AS said WHERE said.room_id = room.id;
UPDATE service SET rating_sum = stars, rating_count = many
FROM (SELECT service_id, sum(stars) AS stars, count(*) AS many FROM review WHERE state = 'published' GROUP BY service_id) AS said WHERE said.service_id = service.id;
UPDATE facilitator SET rating_sum = stars, rating_count = many
FROM (SELECT facilitator_id, sum(stars) AS stars, count(*) AS many FROM review WHERE state = 'published' GROUP BY facilitator_id) AS said WHERE said.facilitator_id = facilitator.id;
INSERT INTO favourite (user_id, room_id, created_at)
SELECT DISTINCT ON (user_id, room_id) * FROM (SELECT n AS user_id, 1 + scale.below(n * 4 + k, 94, :rooms) AS room_id, now - interval '30 days' FROM scale.town, generate_series(1, :users) AS n, generate_series(1, 3) AS k
    WHERE scale.chance(n, 95) < 0.2) AS kept;
INSERT INTO favourite (user_id, venue_id, created_at)
SELECT n, 1 + scale.below(n, 96, venues), now - interval '30 days' FROM scale.town, generate_series(1, :users) AS n WHERE scale.chance(n, 97) < 0.1;
