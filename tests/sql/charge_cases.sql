-- Every way out of sluice.charge by its name, `-- case:` in
-- sql/migrations/0006_charge.sql and 0014_credit.sql; tests/lint/cases holds
-- the two lists together.  Ordinals as in charge.sql.  Terms are changed by hand
-- as the passing of time would:
-- breaks: versions

SELECT t.dataset('kitting') AS dataset \gset

-- A licence of acme on kitting with these parts of its terms, under an
-- agreement (NULL: none).
CREATE FUNCTION t.grant(terms jsonb, agreement text) RETURNS uuid
LANGUAGE sql AS $$
	SELECT (sluice.licence_grant('acme', 'kitting',
	    t.terms('kitting') || terms, agreement, 'test') ->> 'id')::uuid
$$;
CREATE FUNCTION t.quota(quota jsonb) RETURNS jsonb
LANGUAGE sql AS $$
	SELECT jsonb_build_object('quota', t.terms('kitting') -> 'quota' || quota)
$$;
CREATE FUNCTION t.term(from_now interval, until interval, grace_s int)
RETURNS jsonb
LANGUAGE sql AS $$
	SELECT jsonb_build_object('term', jsonb_build_object(
	    'from', t.time(from_now), 'until', t.time(until), 'grace_s', grace_s))
$$;
CREATE FUNCTION t.price(price jsonb) RETURNS jsonb
LANGUAGE sql AS $$
	SELECT jsonb_build_object('price', '{"per_episode":0,"per_hour":0,
	    "per_month":0,"included":{"episodes":0,"duration_ms":0},
	    "cap":null}'::jsonb || price)
$$;
CREATE FUNCTION t.agreement(name text, ceiling jsonb) RETURNS text
LANGUAGE sql AS $$
	SELECT sluice.agreement_add('acme', name, jsonb_build_object(
	    'from', t.time('-100 days'), 'until', t.time('100 days'),
	    'currency', 'EUR', 'ceiling', '{"episodes":null,"duration_ms":null,
		"bytes":null,"money_micro":null}'::jsonb || ceiling), 'test')
	    ->> 'name'
$$;
-- outcome, code, covered, episodes, ms, bytes, amount
CREATE FUNCTION t.asked(licence uuid, ordinals int4multirange,
    version int DEFAULT 1, seq int DEFAULT 1)
RETURNS text
LANGUAGE sql AS $$
	SELECT concat_ws(' ', c.outcome, c.code, c.covered, c.charged_episodes,
	    c.charged_duration_ms, c.charged_bytes, c.charged_amount_micro)
	FROM t.charge(licence, version, t.dataset('kitting'), seq, ordinals,
	    'demo') AS c
$$;
-- As if all of this had been so many months ago.
CREATE FUNCTION t.months_ago(in_licence uuid, months int) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	g sluice.ledger;
	head bytea := sluice.zero_hash();
	back interval := months * interval '1 month';
BEGIN
	SET LOCAL session_replication_role = replica;
	UPDATE sluice.licence SET valid_from = LEAST(valid_from, valid_from - back)
	WHERE id = in_licence;
	UPDATE sluice.licence_event SET at = at - back WHERE licence = in_licence;
	FOR g IN SELECT * FROM sluice.ledger AS x WHERE x.licence = in_licence
	    ORDER BY x.number LOOP
		g.at := (g.at AT TIME ZONE 'UTC' - back) AT TIME ZONE 'UTC';
		g.previous := head;
		IF g.kind = 'fee' THEN
			g.reference := to_char(g.at AT TIME ZONE 'UTC', 'YYYY-MM');
		END IF;
		head := sha256(head || convert_to(sluice.ledger_text(g, 'kitting'),
		    'UTF8'));
		UPDATE sluice.ledger AS x SET at = g.at, previous = g.previous,
		    reference = g.reference, hash = head
		WHERE x.licence = in_licence AND x.number = g.number;
	END LOOP;
	UPDATE sluice.licence_total AS t SET ledger_head = head,
	    fee_month = t.fee_month - back,
	    last_at = (t.last_at AT TIME ZONE 'UTC' - back) AT TIME ZONE 'UTC',
	    month = t.month - back
	WHERE t.licence = in_licence;
	SET LOCAL session_replication_role = origin;
END
$$;

-- ---- who may not at all, in the order of the checks ----

SELECT t.grant('{}', NULL) AS licence \gset
SELECT t.raises(format('SELECT sluice.charge(%L, 1, %s, 1, ''{[1,2)}'', '''', '
    '%L)', gen_random_uuid(), :dataset, t.lease(:'licence')),
    'SLNFD licence_not_found:', 'case no_such_licence: it is not found');
SELECT t.raises(format('SELECT sluice.charge(%L, 1, 0, 1, ''{[1,2)}'', '''', '
    '%L)', :'licence', t.lease(:'licence')),
    'SLNFD licence_not_found:', 'case no_such_licence: nor on another dataset');
SELECT t.raises(format('SELECT t.asked(%L, ''{[1,2)}'', 1, 9)', :'licence'),
    'SLNFD segment_not_found:', 'case no_such_batch: it is not found');
SELECT t.raises(format('SELECT t.asked(%L, ''{[6,9)}'')', :'licence'),
    'SLNFD segment_not_found:', 'case no_such_segment: none is charged');
SELECT t.raises(format('SELECT sluice.charge(%L, 1, %s, 1, ''{[1,2)}'', '
    'E''a\nb'', %L)', :'licence', :dataset, t.lease(:'licence')),
    'SLINV bad_purpose:', 'case bad_purpose: no line of the ledger is forged');
SELECT t.is(t.asked(:'licence', '{[1,2)}', 2), 'stale stale {} 0 0 0 0',
    'case stale: a version that was not decided on');
SELECT t.is(t.asked(:'licence', '{[0,4)}'), 'charged {[0,4)} 1 1000 1110 0',
    'case charged: episode, duration and bytes, without a price for nothing');
SELECT t.is(t.asked(:'licence', '{[0,4)}'), 'held {[0,4)} 0 0 0 0',
    'case held: what is held costs nothing again');

SELECT sluice.licence_set_status(:'licence', 'suspended', 'test');
SELECT t.is(t.asked(:'licence', '{[1,2)}'),
    'refused licence_suspended {} 0 0 0 0',
    'case suspended: not even what is held');
SELECT t.is(t.asked(:'licence', '{[1,2)}', 7), 'stale stale {} 0 0 0 0',
    'case stale: comes before the status, so that it is decided anew');
SELECT sluice.licence_set_status(:'licence', 'revoked', 'test');
SELECT t.is(t.asked(:'licence', '{[1,2)}'),
    'refused licence_revoked {} 0 0 0 0',
    'case revoked: not even what is held');
SELECT t.grant(t.term('1 day', '2 days', 0), NULL) AS licence \gset
SELECT t.is(t.asked(:'licence', '{[1,2)}'),
    'refused licence_not_yet_valid {} 0 0 0 0', 'case not_yet_valid: later');
SELECT t.grant(t.term('-2 days', '-1 day', 3600), NULL) AS licence \gset
SELECT t.is(t.asked(:'licence', '{[1,2)}'),
    'refused licence_expired {} 0 0 0 0', 'case expired: after the grace too');

SELECT t.grant('{}', NULL) AS licence \gset
SELECT t.asked(:'licence', '{[1,3)}');
UPDATE sluice.licence SET valid_until = now() - interval '1 hour',
    grace_until = now() + interval '1 hour' WHERE id = :'licence';
SELECT t.is(t.asked(:'licence', '{[0,3)}'), 'held {[0,3)} 0 0 0 0',
    'in the time of grace what is held is covered');
SELECT t.is(t.asked(:'licence', '{[1,8)}'),
    'held licence_expired {[1,3)} 0 0 0 0',
    'case grace_new: what is new is not');
SELECT t.is(t.asked(:'licence', '{[3,4)}'),
    'refused licence_expired {} 0 0 0 0',
    'case grace_new: nor a further layer of a held episode');

SELECT t.grant('{}', NULL) AS licence \gset
UPDATE sluice.licence SET text_required = true, text_sha256 = repeat('a', 64)
WHERE id = :'licence';
SELECT t.is(t.asked(:'licence', '{[1,2)}'),
    'refused terms_not_accepted {} 0 0 0 0', 'case not_accepted: never');
UPDATE sluice.licence SET accepted_sha256 = repeat('b', 64)
WHERE id = :'licence';
SELECT t.is(t.asked(:'licence', '{[1,2)}'),
    'refused terms_not_accepted {} 0 0 0 0',
    'case not_accepted: another text was');
UPDATE sluice.licence SET accepted_sha256 = repeat('a', 64)
WHERE id = :'licence';
SELECT t.is(t.asked(:'licence', '{[1,2)}'), 'charged {[1,2)} 1 1000 10 0',
    'an accepted text is');

SELECT t.agreement('frame', '{}');
SELECT t.grant('{}', 'frame') AS licence \gset
SELECT sluice.agreement_set_status('acme', 'frame', 'suspended', 'test');
SELECT t.is(t.asked(:'licence', '{[1,2)}'),
    'refused agreement_not_active {} 0 0 0 0',
    'case agreement_status: suspended');
SELECT sluice.agreement_set_status('acme', 'frame', 'active', 'test');
SELECT t.is(t.asked(:'licence', '{[1,2)}'), 'charged {[1,2)} 1 1000 10 0',
    'an agreement that is reinstated serves');
UPDATE sluice.agreement SET valid_until = now() - interval '1 second'
WHERE name = 'frame';
SELECT t.is(t.asked(:'licence', '{[1,2)}'),
    'refused agreement_not_active {} 0 0 0 0', 'case agreement_term: over');
UPDATE sluice.agreement SET valid_from = now() + interval '1 hour',
    valid_until = now() + interval '2 hours' WHERE name = 'frame';
SELECT t.is(t.asked(:'licence', '{[1,2)}'),
    'refused agreement_not_active {} 0 0 0 0', 'case agreement_term: not yet');

-- ---- leases ----

SELECT t.grant('{}', NULL) AS licence \gset
SELECT t.lease(:'licence') AS delivery \gset
CREATE FUNCTION t.with_lease(licence uuid, delivery uuid) RETURNS text
LANGUAGE sql AS $$
	SELECT concat_ws(' ', c.outcome, c.code, c.covered, c.ledger_number)
	FROM sluice.charge(licence, 1, t.dataset('kitting'), 1, '{[1,2)}', '',
	    delivery) AS c
$$;
SELECT t.is(t.with_lease(:'licence', gen_random_uuid()),
    'refused lease_lapsed {} 0', 'case lease_missing: there is none');
SELECT t.is(t.with_lease(:'licence', NULL), 'refused lease_lapsed {} 0',
    'case lease_missing: nor is none given');
UPDATE sluice.lease SET expires = now() WHERE id = :'delivery';
SELECT t.is(t.with_lease(:'licence', :'delivery'), 'refused lease_lapsed {} 0',
    'case lease_expired: it was not renewed');
SELECT t.ok(ended AND code = 'lapsed',
    'a lapsed lease does not come to life by renewing')
FROM sluice.lease_renew('test:1', ARRAY[:'delivery']::uuid[],
    ARRAY[0]::bigint[], 15);
UPDATE sluice.lease SET expires = now() + interval '1 day', killed = 'killed'
WHERE id = :'delivery';
SELECT t.is(t.with_lease(:'licence', :'delivery'), 'refused lease_lapsed {} 0',
    'case lease_killed: its delivery was ended');
SELECT t.grant('{}', NULL) AS other \gset
SELECT t.is(t.with_lease(:'licence', t.lease(:'other')),
    'refused lease_lapsed {} 0',
    'case lease_of_another: a lease serves its licence only');
SELECT t.is(t.with_lease(:'licence', gen_random_uuid()),
    'refused lease_lapsed {} 0', 'case refused_whole: nothing is written');
SELECT t.is(t.with_lease(:'licence', t.lease(:'licence')),
    'charged {[1,2)} 1', 'a lease that lives is charged');

-- ---- quotas: whole segments, the longest prefix ----

SELECT t.grant(t.quota('{"episodes":2}'), NULL) AS licence \gset
SELECT t.is(t.asked(:'licence', '{[0,8)}'),
    'charged quota_episodes {[0,6)} 2 3000 1320 0',
    'case quota_episodes: cuts at the next episode');
SELECT t.is(t.asked(:'licence', '{[6,8)}'),
    'refused quota_episodes {} 0 0 0 0',
    'case refused_first: nothing of what was asked fits');
SELECT t.grant(t.quota('{"duration_ms":3000}'), NULL) AS licence \gset
SELECT t.is(t.asked(:'licence', '{[0,8)}'),
    'charged quota_hours {[0,6)} 2 3000 1320 0',
    'case quota_hours: to the last millisecond');
SELECT t.grant(t.quota('{"bytes":1109}'), NULL) AS licence \gset
SELECT t.is(t.asked(:'licence', '{[0,4)}'),
    'charged quota_bytes {[0,3)} 1 1000 110 0',
    'case quota_bytes: before the segment that does not fit');
SELECT t.is(t.asked(:'licence', '{[3,4)}'), 'refused quota_bytes {} 0 0 0 0',
    'case quota_bytes: a further layer too');
SELECT t.grant(t.quota('{"episodes":0}'), NULL) AS licence \gset
SELECT t.is(t.asked(:'licence', '{[0,2)}'),
    'held quota_episodes {[0,1)} 0 0 0 0',
    'a quota of 0 leaves what is free');

-- Overage: floor(quota * (100 + percent) / 100).
SELECT t.grant(t.quota('{"episodes":2,"overage_percent":50}'), NULL)
    AS licence \gset
SELECT t.is(t.asked(:'licence', '{[0,8)}'), 'charged {[0,8)} 3 7000 1730 0',
    '2 episodes and 50 percent over are 3');
SELECT t.grant(t.quota('{"episodes":2,"overage_percent":49}'), NULL)
    AS licence \gset
SELECT t.is(t.asked(:'licence', '{[0,8)}'),
    'charged quota_episodes {[0,6)} 2 3000 1320 0', 'and with 49 only 2');

-- By the month.
SELECT t.grant(t.quota('{"episodes":1,"per":"month"}'), NULL) AS licence \gset
SELECT t.is(t.asked(:'licence', '{[1,8)}'),
    'charged quota_episodes {[1,4)} 1 1000 1110 0',
    'a monthly quota is one month''s');
SELECT t.months_ago(:'licence', 1);
SELECT t.is(t.asked(:'licence', '{[4,8)}'),
    'charged quota_episodes {[4,6)} 1 2000 210 0',
    'case new_month: the next month has the quota again');
SELECT t.is(concat_ws(' ', used_episodes, month_episodes, month_bytes), '2 1 210',
    'case new_month: the month''s figures begin anew, the totals go on')
FROM sluice.licence_total WHERE licence = :'licence';
SELECT t.grant(t.quota('{"episodes":1}'), NULL) AS licence \gset
SELECT t.asked(:'licence', '{[1,4)}');
SELECT t.months_ago(:'licence', 1);
SELECT t.is(t.asked(:'licence', '{[4,8)}'),
    'refused quota_episodes {} 0 0 0 0', 'a total quota is not renewed');
-- The clock is set back: the ledger's time stands still, the month as well.
SELECT t.grant(t.quota('{"episodes":1,"per":"month"}'), NULL) AS licence \gset
SELECT t.asked(:'licence', '{[1,4)}');
SELECT t.months_ago(:'licence', -2);
SELECT t.is(t.asked(:'licence', '{[4,8)}'),
    'refused quota_episodes {} 0 0 0 0',
    'a clock that is set back gives no quota twice');
SELECT t.is(t.asked(:'licence', '{[1,8)}'),
    'held quota_episodes {[1,4)} 0 0 0 0', 'what is held stays held');

-- ---- ceilings ----

SELECT t.agreement('two-episodes', '{"episodes":2}');
SELECT t.grant('{}', 'two-episodes') AS licence \gset
SELECT t.grant('{}', 'two-episodes') AS sibling \gset
SELECT t.is(t.asked(:'licence', '{[1,4)}'), 'charged {[1,4)} 1 1000 1110 0',
    'the first licence takes one of the agreement''s two episodes');
SELECT t.is(t.asked(:'sibling', '{[1,8)}'),
    'charged ceiling_episodes {[1,4)} 1 1000 1110 0',
    'case ceiling_episodes: the second one the other');
SELECT t.is(concat_ws(' ', u.used_episodes, u.used_duration_ms, u.used_bytes),
    '2 2000 2220', 'case agreement_counted: both licences'' use')
FROM sluice.agreement_total AS u JOIN sluice.agreement AS a
    ON a.id = u.agreement WHERE a.name = 'two-episodes';
SELECT t.agreement('short', '{"duration_ms":2999}');
SELECT t.grant('{}', 'short') AS licence \gset
SELECT t.is(t.asked(:'licence', '{[1,8)}'),
    'charged ceiling_hours {[1,4)} 1 1000 1110 0', 'case ceiling_hours: cuts');
SELECT t.agreement('small', '{"bytes":110}');
SELECT t.grant('{}', 'small') AS licence \gset
SELECT t.is(t.asked(:'licence', '{[1,8)}'),
    'charged ceiling_bytes {[1,3)} 1 1000 110 0', 'case ceiling_bytes: cuts');
SELECT t.agreement('both', '{"episodes":1}');
SELECT t.grant(t.quota('{"episodes":1}'), 'both') AS licence \gset
SELECT t.is(t.asked(:'licence', '{[1,8)}'),
    'charged quota_episodes {[1,4)} 1 1000 1110 0',
    'where both are at their end, the quota is named');

-- ---- money ----

SELECT t.agreement('money', '{"money_micro":5000000}');
SELECT t.grant(t.price('{"per_episode":2000000}'), 'money') AS licence \gset
SELECT t.is(t.asked(:'licence', '{[1,4)}'),
    'charged {[1,4)} 1 1000 1110 2000000', 'an episode costs its price');
SELECT t.is(t.asked(:'licence', '{[1,8)}'),
    'charged ceiling_money {[1,6)} 1 2000 210 2000000',
    'case ceiling_money: cuts before the episode that costs too much');
SELECT t.is(t.asked(:'licence', '{[6,8)}'),
    'refused ceiling_money {} 0 0 0 0', 'case ceiling_money: nothing is left');
SELECT t.is(concat_ws(' ', amount_micro, month_amount_micro, priced_episodes),
    '4000000 4000000 2', 'the licence''s totals have the money')
FROM sluice.licence_total WHERE licence = :'licence';
SELECT t.is(concat_ws(' ', kind, currency, price, amount_micro),
    'charge EUR {"per_episode":2000000,"per_hour":0,"per_month":0,'
    '"included":{"episodes":0,"duration_ms":0},"cap":null} 2000000',
    'price and amount are frozen in the row')
FROM sluice.ledger WHERE licence = :'licence' AND number = 1;

-- However it is cut: 7 s at 1.00 per hour are 1944.44… micro-units, rounded
-- once for the month.
SELECT t.agreement('hours', '{}');
SELECT t.grant(t.price('{"per_hour":1000000}'), 'hours') AS licence \gset
SELECT t.grant(t.price('{"per_hour":1000000}'), 'hours') AS other \gset
SELECT t.is(t.asked(:'licence', '{[1,8)}'), 'charged {[1,8)} 3 7000 1730 1944',
    'in one delivery');
SELECT t.is((SELECT string_agg(charged_amount_micro::text, ' ')
    FROM (VALUES ('{[1,4)}'), ('{[4,6)}'), ('{[6,8)}')) AS v (o),
	t.charge(:'other', 1, :dataset, 1, o::int4multirange, '')),
    '278 555 1111', 'or in three, the sum is the same');
-- Included, and the cap.
SELECT t.grant(t.price('{"per_episode":5,"cap":7,
    "included":{"episodes":1,"duration_ms":0}}'), 'hours') AS licence \gset
SELECT t.is((SELECT string_agg(charged_amount_micro::text, ' ')
    FROM (VALUES ('{[1,4)}'), ('{[4,6)}'), ('{[6,8)}')) AS v (o),
	t.charge(:'licence', 1, :dataset, 1, o::int4multirange, '')),
    '0 5 2', 'the included episode is free, and the cap ends the month');

-- ---- monthly fees ----

SELECT t.grant(t.price('{"per_month":3000000}'), 'hours') AS licence \gset
SELECT t.is(t.asked(:'licence', '{[1,4)}'), 'charged {[1,4)} 1 1000 1110 0',
    'the first charge of a month brings its fee');
SELECT t.asked(:'licence', '{[4,6)}');
SELECT t.is(string_agg(concat_ws(' ', kind, amount_micro, NULLIF(reference, '')),
	', ' ORDER BY number),
    'fee 3000000 ' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM') ||
    ', charge 0, charge 0', 'case charged_fee: before the charge, once')
FROM sluice.ledger WHERE licence = :'licence';
SELECT t.months_ago(:'licence', 3);
SELECT t.asked(:'licence', '{[6,8)}');
SELECT t.is(string_agg(reference, ' ' ORDER BY number), string_agg(
	to_char(m, 'YYYY-MM'), ' ' ORDER BY number),
    'case fees_of_months: each month that it ran owes one')
FROM sluice.ledger AS g
JOIN generate_series(date_trunc('month', now() AT TIME ZONE 'UTC') -
    interval '3 months', now() AT TIME ZONE 'UTC', '1 month') AS m
    ON g.reference = to_char(m, 'YYYY-MM')
WHERE g.licence = :'licence' AND g.kind = 'fee';
SELECT t.is(count(*)::text, '4', 'case fees_of_months: four of them')
FROM sluice.ledger WHERE licence = :'licence' AND kind = 'fee' AND
    to_char(at AT TIME ZONE 'UTC', 'YYYY-MM') = reference;
-- Two of three months suspended: they owe none.
SELECT t.grant(t.price('{"per_month":3000000}'), 'hours') AS licence \gset
SELECT t.asked(:'licence', '{[1,2)}');
SELECT sluice.licence_set_status(:'licence', 'suspended', 'test');
SELECT t.months_ago(:'licence', 3);
SELECT sluice.licence_set_status(:'licence', 'active', 'test');
SELECT t.asked(:'licence', '{[2,3)}');
SELECT t.is(count(*)::text, '2', 'a month without a time of being active is free')
FROM sluice.ledger WHERE licence = :'licence' AND kind = 'fee';
-- Reinstated after this month's statement: it is owed then.
SELECT t.grant(t.price('{"per_month":3000000}'), 'hours') AS licence \gset
SELECT t.asked(:'licence', '{[1,2)}');
SELECT sluice.licence_set_status(:'licence', 'suspended', 'test');
SELECT t.months_ago(:'licence', 1);
SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM') AS month \gset
SELECT t.is(json_array_length(sluice.statement(:'licence', :'month') -> 'rows')
    ::text, '0', 'a month of being suspended owes nothing so far');
SELECT sluice.licence_set_status(:'licence', 'active', 'test');
SELECT t.asked(:'licence', '{[2,3)}');
SELECT t.asked(:'licence', '{[3,4)}');
SELECT t.is(json_array_length(sluice.statement(:'licence', :'month') -> 'rows')
    ::text, '3', 'and its fee with the first charge after that, once');
-- Without the fee for a while, and with it again: once a month all the same.
SELECT sluice.licence_amend(:'licence', t.terms('kitting'), 1, 'test');
SELECT t.asked(:'licence', '{[4,5)}', 2);
SELECT sluice.licence_amend(:'licence', t.terms('kitting') ||
    t.price('{"per_month":4000000}'), 2, 'test');
SELECT t.asked(:'licence', '{[5,6)}', 3);
SELECT t.asked(:'licence', '{[6,7)}', 3);
SELECT t.is(string_agg(amount_micro::text, ' ' ORDER BY number),
    '3000000 0 3000000 0 0 0 0 0', 'a fee is owed once a month')
FROM sluice.ledger WHERE licence = :'licence';
-- A fee counts for the ceiling, and does not go beyond it.
SELECT t.agreement('tight', '{"money_micro":5000000}');
SELECT t.grant(t.price('{"per_month":3000000}'), 'tight') AS licence \gset
SELECT t.asked(:'licence', '{[1,2)}');
SELECT t.months_ago(:'licence', 1);
SELECT t.is(t.asked(:'licence', '{[1,3)}'), 'held ceiling_money {[1,2)} 0 0 0 0',
    'case ceiling_money: a fee that does not fit lets nothing new go out');
SELECT sluice.statement(:'licence', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM'));
SELECT t.is(string_agg(amount_micro::text, ' ' ORDER BY number),
    '3000000 0 2000000', 'case fee_at_ceiling: what the ceiling leaves')
FROM sluice.ledger WHERE licence = :'licence';

-- ---- batches ----

SET SESSION AUTHORIZATION test_lab;
SELECT t.publish('kitting', '[
	{"op":"add","number":4,"revision":1,"facets":{"duration_ms":500},
	    "layers":{"meta":5}}]');
RESET SESSION AUTHORIZATION;
SELECT t.grant('{}', NULL) AS licence \gset
SELECT t.grant('{"class":"pilot"}', NULL) AS pilot \gset
INSERT INTO sluice.batch_release (dataset, seq, class, at, released)
VALUES (:dataset, 2, '*', now() + interval '1 hour', NULL),
    (:dataset, 2, 'pilot', now() - interval '1 hour', now());
UPDATE sluice.dataset SET early_seq = 2 WHERE id = :dataset;
SELECT t.is(t.asked(:'licence', '{[0,1)}', 1, 2),
    'refused batch_not_released {} 0 0 0 0',
    'case not_released: its class does not have the batch yet');
SELECT t.is(t.asked(:'licence', '{[1,2)}'), 'charged {[1,2)} 1 1000 10 0',
    'but the one before');
SELECT t.is(t.asked(:'pilot', '{[0,1)}', 1, 2), 'charged {[0,1)} 1 500 5 0',
    'a class with early access has it');
SELECT t.raises(format('SELECT sluice.lease_open(gen_random_uuid(), %L, 1, '
    '(SELECT token FROM sluice.lease LIMIT 1), ''w'', ''p'', ''fetch'', %s, 15)',
    :'licence', seq), wanted, what)
FROM (VALUES (2, 'SLDEN batch_not_released:', 'a lease for it is refused'),
	(1, 'nothing raised', 'one for the batch before is not'))
    AS v (seq, wanted, what);
DELETE FROM sluice.batch_release;
UPDATE sluice.dataset SET early_seq = NULL WHERE id = :dataset;

SET SESSION AUTHORIZATION test_lab;
SELECT t.publish('kitting', '[
	{"op":"retract","number":2,"revision":2,"reason":"consent_withdrawn"}]');
RESET SESSION AUTHORIZATION;
SELECT t.grant('{}', NULL) AS licence \gset
SELECT t.is(t.asked(:'licence', '{[0,8)}'),
    'charged retracted {[0,4)} 1 1000 1110 0',
    'case blocked: a retracted segment cuts and is never charged');
