-- 1 Merchants, venues, rooms and hosts
INSERT INTO terms (name, tiers)
SELECT key, value FROM jsonb_each(:terms::jsonb) ON CONFLICT DO NOTHING;
INSERT INTO merchant (id, slug, name, tagline, currency, zone, email, terms_id, gateways, goodwill_limit_minor, created_at)
SELECT m, 'house-' || m, scale.pick((SELECT words FROM scale.last_names), m, 4) || ' & Co. ' || m, 'Rooms, classes and good advice', currency,
    zone, 'house' || m || '@example.net', terms.id, '{sandbox}', 5000, first_day - 400
FROM scale.town, LATERAL generate_series(1, merchants) AS m JOIN scale.city ON n = 1 + (m - 1) % 10
    JOIN terms ON merchant_id IS NULL AND terms.name = CASE m % 4 WHEN 3 THEN 'Flexible' WHEN 0 THEN 'Strict' ELSE 'Standard' END;
INSERT INTO membership (user_id, merchant_id, role) SELECT 1 + id, id, 'owner' FROM merchant;
INSERT INTO price_rule (merchant_id, kind, name, parameters, position)
SELECT id, 'peak', 'Evening', '{"weekdays": [0, 1, 2, 3, 4, 5, 6], "from_minute": 1020, "to_minute": 1200, "percent": 10}'::jsonb, 1 FROM merchant
UNION ALL SELECT id, 'early_bird', 'Early bird', '{"days_before": 60, "percent": -10}', 2 FROM merchant;
INSERT INTO venue (id, merchant_id, slug, name, address, postcode, city, country, zone, currency, email, capacity, created_at)
SELECT v, m, 'venue-' || v, scale.pick('{Kastanienhof,Mill House,Old Brewery,Garden Court,The Yard,North Light,Canal Works,Atelier}', v, 5)
    || ' ' || v, v || ' Long Street', lpad(v::text, 5, '0'), city, country, city.zone, city.currency, 'venue' || v || '@example.net', 400, first_day - 390
FROM scale.town, LATERAL generate_series(1, venues) AS v, LATERAL (SELECT least(merchants, (v + 1) / 2) AS m) AS owner
    JOIN scale.city ON n = 1 + (m - 1) % 10;
INSERT INTO opening_hours (venue_id, weekday, opens, closes) SELECT id, d, '08:00', '20:00' FROM venue, generate_series(0, 6) AS d;
INSERT INTO addon (venue_id, merchant_id, name, kind, price_minor, stock)
SELECT venue.id, merchant_id, 'Coffee and cake', 'consumable', round(400 * factor), NULL FROM venue JOIN scale.city USING (city)
UNION ALL SELECT venue.id, merchant_id, 'Projector on wheels', 'reusable', round(1500 * factor), 3 FROM venue JOIN scale.city USING (city);

-- The first house is a large one. Of the rest a tenth are studios for sessions, a tenth belong to hosts.
CREATE UNLOGGED TABLE scale.room AS
SELECT *, row_number() OVER (PARTITION BY use ORDER BY r) AS ordinal FROM (
    SELECT r, CASE WHEN :rooms >= 400 AND r <= 100 THEN 1 WHEN venues = 1 THEN 1 ELSE 2 + (r - 1) % (venues - 1) END AS v,
        CASE WHEN r % 10 = 0 THEN 'studio' WHEN r % 10 = 1 AND r > 1 THEN 'host' ELSE 'hire' END AS use
    FROM scale.town, LATERAL generate_series(1, :rooms) AS r) AS numbered;
INSERT INTO resource (id, kind) SELECT r, 'room' FROM scale.room;
INSERT INTO room (id, resource_id, venue_id, slug, name, tagline, about, type, capacity, rate_minor, day_rate_minor, amenities,
    buffer_minutes, min_minutes, max_minutes, step_minutes, horizon_days, created_at)
SELECT r, r, v, 'room-' || r, scale.pick('{Linden,Ahorn,Esche,Atrium,Library,Loft,Cedar,River,Harbour,Tower,Salon,Cabinet}', r, 6) || ' ' || r,
    'Quiet, warm, with good light', 'Good chairs, tall windows, and somebody at the door who knows your name.', kind,
    CASE kind WHEN 'hall' THEN 80 + 10 * scale.below(r, 8, 9) WHEN 'studio' THEN 40 WHEN 'consultation' THEN 4
        ELSE 4 + 2 * scale.below(r, 8, 14) END, rate, CASE WHEN r % 3 = 0 THEN rate * 6 END,
    ARRAY(SELECT word FROM unnest('{projector,screen,whiteboard,wifi,video,sound,kitchen,coffee,step_free,daylight,air,parking}'::text[]) WITH ORDINALITY AS a(word, w)
        WHERE scale.chance(r * 16 + w, 9) < 0.4), (15 * scale.below(r, 10, 3))::int, 60, 600, 30, 365, first_day - 380
FROM scale.town, scale.room JOIN venue ON venue.id = v JOIN scale.city USING (city),
    LATERAL (SELECT CASE use WHEN 'studio' THEN 'studio' WHEN 'host' THEN 'consultation'
        ELSE scale.pick('{meeting,meeting,meeting,office,office,treatment,hall,studio}', r, 7) END AS kind) AS type,
    LATERAL (SELECT round((1500 + 100 * scale.below(r, 11, 60)) * factor) AS rate) AS price;
INSERT INTO opening_hours (room_id, weekday, opens, closes)
SELECT r, d, '07:00', '22:00' FROM scale.room, generate_series(0, 6) AS d WHERE r % 25 = 3;
INSERT INTO photo (room_id, path, alt)
SELECT id, 'scenes/' || scale.pick('{atrium,boardroom,hall,library,loft,meeting,office,seminar,studio,workshop}', id, 12) || '.svg', name FROM room;
INSERT INTO photo (venue_id, path, alt) SELECT id, 'scenes/garden.svg', name FROM venue;
INSERT INTO closure (room_id, starts_at, ends_at, reason)
SELECT r, now + interval '95 days', now + interval '97 days', 'Painting' FROM scale.town, scale.room WHERE r % 40 = 7;

-- One teacher for each studio; hosts of appointments, one with each room of theirs, the others online.
CREATE UNLOGGED TABLE scale.host AS
SELECT f, teaches, room.r, coalesce(venue.merchant_id, 1 + f % merchants) AS m,
    CASE WHEN NOT teaches THEN 'talk' WHEN room.ordinal % 4 = 2 THEN 'escape' WHEN room.ordinal % 8 = 3 THEN 'retreat' ELSE 'class' END AS kind
FROM scale.town, LATERAL (
    SELECT n AS f, n <= studios AS teaches, CASE WHEN n <= studios THEN n ELSE n - studios END AS ordinal
    FROM generate_series(1, studios + hosts) AS n) AS person
    LEFT JOIN scale.room ON room.ordinal = person.ordinal AND use = CASE WHEN teaches THEN 'studio' ELSE 'host' END
    LEFT JOIN venue ON venue.id = room.v;
INSERT INTO resource (id, kind) SELECT :rooms + f, 'person' FROM scale.host;
INSERT INTO facilitator (id, resource_id, user_id, merchant_id, slug, name, headline, about, level, years, zone, city, created_at)
SELECT f, :rooms + f, 1 + merchants + f, m, 'host-' || f, person.name, CASE WHEN teaches THEN 'Teaches movement and stillness' ELSE 'Advice in plain words' END,
    'Twenty years of practice, and still curious.', scale.pick('{junior,senior,expert}', f, 13), (1 + scale.below(f, 14, 30))::int, zone, city, first_day - 370
FROM scale.town, scale.host JOIN scale.city ON n = 1 + (m - 1) % 10, LATERAL (SELECT scale.name(1 + merchants + f) AS name) AS person;
INSERT INTO membership (user_id, merchant_id, role) SELECT user_id, merchant_id, 'facilitator' FROM facilitator;
INSERT INTO working_hours (facilitator_id, weekday, starts, ends)
SELECT f, d, CASE WHEN teaches THEN time '08:00' ELSE time '09:00' END, CASE WHEN teaches THEN time '20:00' ELSE time '17:00' END
FROM scale.host, generate_series(0, 6) AS d;
INSERT INTO photo (facilitator_id, path, alt) SELECT f, 'scenes/portrait-' || 1 + f % 7 || '.svg', name FROM scale.host JOIN facilitator ON id = f;
INSERT INTO service (id, merchant_id, slug, name, kind, theme, tagline, about, capacity, online, buffer_minutes, horizon_days, created_at)
SELECT f, m, kind || '-' || f, CASE kind WHEN 'class' THEN scale.pick('{Morning yoga,Evening yoga,Pilates,Tai chi,Breath and balance,Pottery}', f, 15)
    WHEN 'escape' THEN 'The locked study' WHEN 'retreat' THEN 'Three days of quiet' ELSE scale.pick('{Tax advice,Career talk,Family law,Physiotherapy,Coaching}', f, 15) END
    || ' ' || f, CASE WHEN teaches THEN 'session' ELSE 'appointment' END, CASE WHEN teaches THEN kind ELSE 'consultation' END, 'For beginners and others',
    'Come as you are.', CASE kind WHEN 'class' THEN 30 WHEN 'escape' THEN 8 WHEN 'retreat' THEN 20 ELSE 1 END, r IS NULL, CASE WHEN teaches THEN 15 ELSE 10 END,
    180, first_day - 360
FROM scale.town, scale.host;
INSERT INTO service_length (service_id, minutes, price_minor)
SELECT f, minutes, CASE WHEN f % 50 = 9 THEN 0 ELSE round(price * factor) END FROM scale.host JOIN scale.city ON n = 1 + (m - 1) % 10,
    LATERAL (SELECT CASE kind WHEN 'class' THEN 1200 WHEN 'escape' THEN 2500 WHEN 'retreat' THEN 29000 ELSE 4000 END + 100 * scale.below(f, 16, 20) AS price) AS p,
    LATERAL (SELECT CASE kind WHEN 'retreat' THEN 3060 ELSE 60 END AS minutes) AS length
UNION ALL SELECT f, 30, CASE WHEN f % 50 = 9 THEN 0 ELSE round((2200 + 50 * scale.below(f, 16, 20)) * factor) END
FROM scale.host JOIN scale.city ON n = 1 + (m - 1) % 10 WHERE NOT teaches;
INSERT INTO service_facilitator SELECT f, f FROM scale.host;
INSERT INTO service_room (service_id, room_id) SELECT f, r FROM scale.host WHERE r IS NOT NULL;
INSERT INTO photo (service_id, path, alt) SELECT f, 'scenes/' || CASE host.kind WHEN 'class' THEN 'yoga' WHEN 'talk' THEN 'law' ELSE host.kind END || '.svg', name
FROM scale.host JOIN service ON id = f;

-- 1 Sessions
-- A day has four places for a session in each studio, a week has one for a retreat: spread evenly, none overlaps.
CREATE UNLOGGED TABLE scale.session AS
WITH counts AS (SELECT kind, count(*) AS stages FROM scale.host WHERE teaches GROUP BY kind),
numbered AS (
    SELECT s, kind, row_number() OVER (PARTITION BY kind ORDER BY s) - 1 AS i, count(*) OVER (PARTITION BY kind) AS many
    FROM generate_series(1, :sessions) AS s,
        LATERAL (SELECT CASE WHEN s % 100 = 1 THEN 'retreat' WHEN s % 10 = 2 THEN 'escape' ELSE 'class' END AS kind) AS k),
placed AS (
    SELECT s, kind, stages, low + scale.below(s, 20, high - low) AS place
    FROM scale.town, numbered JOIN counts USING (kind),
        LATERAL (SELECT stages * CASE kind WHEN 'retreat' THEN days / 7 ELSE days * 4 END AS places) AS p,
        LATERAL (SELECT i * places / many AS low, (i + 1) * places / many AS high) AS range)
SELECT s, kind, h.f, h.r, h.m, room.venue_id, venue.zone, venue.currency, length.price_minor, starts_at, starts_at + length AS ends_at,
    starts_at < now AND starts_at + length < now AS is_over, scale.chance(s, 21) < 0.03 AS is_cancelled,
    CASE kind WHEN 'escape' THEN 0.3 WHEN 'retreat' THEN 0.8 ELSE 1 END * CASE WHEN scale.chance(s, 22) < 0.1 THEN 0 ELSE 0.2 + 1.6 * scale.chance(s, 23) END AS weight
FROM scale.town, placed
    JOIN (SELECT *, row_number() OVER (PARTITION BY kind ORDER BY f) - 1 AS nth FROM scale.host WHERE teaches) AS h
        USING (kind)
    JOIN room ON room.id = h.r JOIN venue ON venue.id = room.venue_id JOIN service_length AS length ON length.service_id = h.f,
    LATERAL (SELECT CASE kind WHEN 'retreat' THEN
            (date_trunc('week', first_day + (7 * (place / stages))::int + 6) + interval '4 days 10 hours') AT TIME ZONE venue.zone
        ELSE (first_day + (place / (stages * 4))::int + time '08:00' + (place % 4) * interval '3 hours' + scale.below(s, 24, 2) * interval '30 minutes')
            AT TIME ZONE venue.zone END AS starts_at) AS t,
    LATERAL (SELECT make_interval(mins => length.minutes) AS length) AS l
WHERE nth = CASE kind WHEN 'retreat' THEN place % stages ELSE place / 4 % stages END;
