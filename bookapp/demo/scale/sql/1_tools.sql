-- 1 Chance, and the counts everything hangs on
-- Chance is a hash of a number and a salt: the same seed gives the same town, whatever plan the database takes.
CREATE SCHEMA scale;
CREATE FUNCTION scale.chance(n bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (hashint8extended(n, salt + 1000 * :seed) & 281474976710655) / 281474976710656.0::float8;
CREATE FUNCTION scale.below(n bigint, salt bigint, most bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN floor(scale.chance(n, salt) * most)::bigint;
CREATE FUNCTION scale.pick(words text[], n bigint, salt bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN words[1 + scale.below(n, salt, cardinality(words))];
CREATE FUNCTION scale.key(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN md5(:seed || kind || n)::uuid;
-- Refs are drawn from 31^6: a walk with a step that has no factor in common with it meets none twice.
CREATE FUNCTION scale.sign(x bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN substr('23456789ABCDEFGHJKMNPQRSTUVWXYZ', (x % 31)::int + 1, 1);
CREATE FUNCTION scale.letters(x bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN scale.sign(x) || scale.sign(x / 31) || scale.sign(x / 961) || scale.sign(x / 29791)
        || scale.sign(x / 923521) || scale.sign(x / 28629151);
CREATE FUNCTION scale.ref(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN scale.letters((n * 387420489 + 7919 * :seed) % 887503681);

CREATE UNLOGGED TABLE scale.town AS
SELECT :now::timestamptz AS now, (:now::timestamptz AT TIME ZONE 'UTC')::date - 640 AS first_day, 730 AS days,
    greatest(1, :rooms / 20) AS venues, greatest(1, :rooms / 40) AS merchants,
    :rooms / 10 AS studios, :rooms / 5 AS hosts;
CREATE UNLOGGED TABLE scale.first_names AS SELECT ARRAY['Ada', 'Amir', 'Anna', 'Ben', 'Chidi', 'Clara', 'Daniel',
    'Elif', 'Emma', 'Fatima', 'Greta', 'Hanna', 'Ines', 'Ivan', 'Jana', 'Jonas', 'Kavya', 'Leo', 'Luca', 'Maja', 'Mei',
    'Miriam', 'Nina', 'Noah', 'Olu', 'Omar', 'Peter', 'Priya', 'Rosa', 'Samuel', 'Sofia', 'Tariq', 'Tom', 'Yuki',
    'Zoe'] AS words;
CREATE UNLOGGED TABLE scale.last_names AS SELECT ARRAY['Adeyemi', 'Ahmed', 'Andersen', 'Aziz', 'Bankole', 'Berg',
    'Bianchi', 'Carter', 'Cohen', 'Dubois', 'Evans', 'Falk', 'Garcia', 'Haddad', 'Holm', 'Huber', 'Ito', 'Jensen',
    'Khan', 'Kowalski', 'Lehmann', 'Lin', 'Lindqvist', 'Marquez', 'Mbeki', 'Novak', 'Okafor', 'Patel', 'Petrov', 'Pohl',
    'Rossi', 'Schmidt', 'Sharma', 'Silva', 'Sommer', 'Tanaka', 'Vogt', 'Weiss', 'Wright', 'Zahra'] AS words;
CREATE FUNCTION scale.name(n bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN scale.pick((SELECT words FROM scale.first_names), n, 1) || ' '
        || scale.pick((SELECT words FROM scale.last_names), n, 2);
CREATE UNLOGGED TABLE scale.city (n int, city text, country text, zone text, currency text, factor numeric);
INSERT INTO scale.city VALUES (1, 'Berlin', 'DE', 'Europe/Berlin', 'EUR', 1), (2, 'London', 'GB', 'Europe/London', 'GBP', 1),
    (3, 'Paris', 'FR', 'Europe/Paris', 'EUR', 1.2), (4, 'Lisbon', 'PT', 'Europe/Lisbon', 'EUR', 0.8),
    (5, 'New York', 'US', 'America/New_York', 'USD', 1.5), (6, 'Toronto', 'CA', 'America/Toronto', 'CAD', 1.5),
    (7, 'Tokyo', 'JP', 'Asia/Tokyo', 'JPY', 1), (8, 'Sydney', 'AU', 'Australia/Sydney', 'AUD', 1.5),
    (9, 'Mumbai', 'IN', 'Asia/Kolkata', 'INR', 50), (10, 'Zurich', 'CH', 'Europe/Zurich', 'CHF', 1.4);

-- 3 People
-- The first is the admin, then come owners, then hosts; everybody else books.
INSERT INTO user_account (id, email, name, password_hash, email_verified_at, is_admin, created_at)
SELECT n, 'person' || n || '@example.net', scale.name(n), :password, joined, n = 1, joined
FROM scale.town, LATERAL generate_series(1, :users) AS n,
    LATERAL (SELECT first_day - make_interval(days => 1 + scale.below(n, 3, 400)::int) AS joined) AS time;
