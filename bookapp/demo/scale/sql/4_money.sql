-- 8 Payments
-- Of what was to be paid online: half through Stripe, some from wallets, the rest through the sandbox. What never was
-- paid is abandoned, what is paid at the venue is paid when they come.
CREATE UNLOGGED TABLE scale.paid AS
SELECT row_number() OVER (ORDER BY id) AS p, *, CASE WHEN gateway = 'venue' THEN starts_at ELSE created_at + interval '4 minutes' END AS settled_at
FROM (SELECT id, ref, merchant_id, customer_id, email, total_minor AS minor, currency, state, title, starts_at, created_at, cancelled_by, fee_minor, ended_at,
        CASE WHEN due_at_venue THEN 'venue' WHEN state = 'expired' THEN 'stripe' WHEN customer_id IS NOT NULL AND scale.chance(id, 70) < 0.06 THEN 'wallet'
            WHEN scale.chance(id, 71) < 0.5 THEN 'stripe' ELSE 'sandbox' END AS gateway
    FROM booking WHERE total_minor > 0 AND state <> 'pending' AND NOT (state = 'expired' AND scale.chance(id, 72) < 0.5)
        AND NOT (due_at_venue AND state <> 'completed')) AS due;
INSERT INTO payment (id, key, reference, merchant_id, gateway, user_id, purpose, provider_id, capture_id, state, amount_minor, currency, description, payer_email,
    closes_at, settled_at, created_at)
SELECT p, scale.key('payment', p), ref, merchant_id, gateway, CASE gateway WHEN 'wallet' THEN customer_id END, CASE gateway WHEN 'venue' THEN 'rest' ELSE 'booking' END,
    CASE gateway WHEN 'stripe' THEN 'cs_' || md5('c' || p) WHEN 'sandbox' THEN 'sandbox_' || p END, CASE WHEN gateway = 'stripe' AND state <> 'expired' THEN 'pi_' || md5('i' || p) END,
    CASE WHEN state = 'expired' THEN 'abandoned' WHEN scale.chance(p, 73) < 0.0003 THEN 'won' ELSE 'succeeded' END, minor, currency, title,
    CASE gateway WHEN 'venue' THEN '' ELSE email END, created_at + interval '30 minutes', settled_at, created_at + interval '2 minutes'
FROM scale.paid ORDER BY p;
INSERT INTO dispute (payment_id, provider_id, state, amount_minor, currency, reason, opened_at, closed_at)
SELECT id, 'dp_' || id, 'won', amount_minor, currency, 'fraudulent', settled_at + interval '1 day', settled_at + interval '9 days' FROM payment WHERE state = 'won';
INSERT INTO sandbox_charge (id, key, state, amount_minor, currency, description, return_url, cancel_url, expires_at, created_at)
SELECT provider_id, key, 'paid', amount_minor, currency, description, '/', '/', closes_at, created_at FROM payment WHERE gateway = 'sandbox' ORDER BY id;

-- 2 Refunds
INSERT INTO refund (id, key, payment_id, cause, amount_minor, currency, destination, user_id, state, provider_id, failure, refunded_at, created_at)
SELECT r, scale.key('refund', r), p, 'cancelled:' || ref, back, currency, destination, CASE destination WHEN 'wallet' THEN customer_id END, state,
    CASE WHEN destination = 'original' AND state = 'processed' THEN 're_' || md5('r' || r) END, CASE state WHEN 'failed' THEN 'The card was closed.' END,
    CASE state WHEN 'processed' THEN ended_at + interval '1 minute' END, ended_at
FROM (SELECT row_number() OVER (ORDER BY p) AS r, minor - fee_minor AS back, p, ref, currency, customer_id, ended_at, gateway,
        CASE WHEN gateway = 'wallet' OR (customer_id IS NOT NULL AND scale.chance(p, 74) < 0.3) THEN 'wallet' ELSE 'original' END AS destination
    FROM scale.paid WHERE state = 'cancelled' AND gateway <> 'venue' AND minor > fee_minor) AS due,
    LATERAL (SELECT CASE WHEN destination = 'original' AND scale.chance(r, 75) < 0.003 THEN 'failed' ELSE 'processed' END AS state) AS s;
INSERT INTO sandbox_refund (id, key, charge_id, amount_minor, created_at)
SELECT refund.provider_id, refund.key, payment.provider_id, refund.amount_minor, refund.refunded_at
FROM refund JOIN payment ON payment.id = payment_id WHERE gateway = 'sandbox' AND destination = 'original' AND refund.state = 'processed';
INSERT INTO money_case (kind, subject, reference, merchant_id, facts, opened_at)
SELECT 'refund_failed', 'refund:' || refund.id, reference, merchant_id, jsonb_build_object('failure', refund.failure), refund.created_at
FROM refund JOIN payment ON payment.id = payment_id WHERE refund.state = 'failed';

-- 12 The ledger
CREATE UNLOGGED TABLE scale.move AS
SELECT row_number() OVER (ORDER BY at, kind, cause) AS t, * FROM (
    SELECT 'payment' AS kind, 'payment:' || p AS cause, minor, currency, CASE gateway WHEN 'wallet' THEN customer_id END AS user_id, merchant_id, ref, settled_at AS at,
        CASE gateway WHEN 'wallet' THEN 'reserved' ELSE 'clearing' END AS source, CASE gateway WHEN 'wallet' THEN customer_id END AS source_owner,
        CASE gateway WHEN 'wallet' THEN '' ELSE gateway END AS source_gateway, 'receivable' AS target, merchant_id AS target_owner, '' AS target_gateway,
        CASE gateway WHEN 'wallet' THEN 'capture' ELSE 'post' END AS leg
    FROM scale.paid WHERE state <> 'expired'
    UNION ALL SELECT 'debit', 'venue:' || p, minor, currency, NULL, merchant_id, ref, settled_at, 'receivable', merchant_id, '', 'clearing', NULL, 'venue', 'post'
    FROM scale.paid WHERE gateway = 'venue'
    UNION ALL SELECT 'refund', 'refund:' || refund.id, refund.amount_minor, refund.currency, refund.user_id, merchant_id, reference, refunded_at, 'receivable', merchant_id, '',
        CASE destination WHEN 'wallet' THEN 'wallet' ELSE 'clearing' END, refund.user_id, CASE destination WHEN 'wallet' THEN '' ELSE gateway END, 'post'
    FROM refund JOIN payment ON payment.id = payment_id WHERE refund.state = 'processed'
    UNION ALL SELECT 'adjustment', 'scale:' || customer_id || ':' || currency, sum(minor) + 500, currency, customer_id, NULL, '', min(created_at) - interval '1 day',
        'platform', NULL, '', 'wallet', customer_id, '', 'post'
    FROM scale.paid WHERE gateway = 'wallet' AND state <> 'expired' GROUP BY customer_id, currency) AS moves;
CREATE UNLOGGED TABLE scale.entry AS
SELECT t, leg, source AS kind, source_owner AS owner, source_gateway AS gateway, currency, -minor AS minor, at FROM scale.move
UNION ALL SELECT t, leg, target, target_owner, target_gateway, currency, minor, at FROM scale.move
UNION ALL SELECT t, 'reserve', 'wallet', source_owner, '', currency, -minor, at FROM scale.move WHERE leg = 'capture'
UNION ALL SELECT t, 'reserve', 'reserved', source_owner, '', currency, minor, at FROM scale.move WHERE leg = 'capture';
INSERT INTO ledger_account (kind, owner_id, gateway, currency, balance_minor, created_at)
SELECT kind, owner, gateway, currency, sum(minor), min(at) FROM scale.entry GROUP BY kind, owner, gateway, currency ORDER BY 1, 2, 3, 4;
INSERT INTO transfer (id, kind, cause, amount_minor, currency, user_id, merchant_id, reference, created_at, finished_at)
SELECT t, kind, cause, minor, currency, user_id, merchant_id, ref, at, at FROM scale.move ORDER BY t;
INSERT INTO ledger_entry (transfer_id, leg, account_id, amount_minor, created_at)
SELECT t, leg, account.id, minor, at FROM scale.entry JOIN ledger_account AS account
    ON account.kind = entry.kind AND coalesce(account.owner_id, 0) = coalesce(entry.owner, 0) AND account.gateway = entry.gateway AND account.currency = entry.currency
ORDER BY t;
