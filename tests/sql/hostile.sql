-- What a customer, a former customer or a careless admin may try.

SELECT t.dataset('kitting') AS dataset \gset
SELECT id AS acme FROM sluice.customer WHERE name = 'acme' \gset

-- ---- who has lost access between the question and the delivery ----

CREATE FUNCTION t.open(licence uuid, token uuid) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	delivery uuid := gen_random_uuid();
BEGIN
	PERFORM sluice.lease_open(delivery, licence, 1, token, 'test:1', 'p',
	    'fetch', 1, 15);
	RETURN delivery;
END
$$;
CREATE FUNCTION t.renewed(delivery uuid) RETURNS text
LANGUAGE sql AS $$
	SELECT concat_ws(' ', r.ended, r.code)
	FROM sluice.lease_renew('test:1', ARRAY[delivery], ARRAY[0]::bigint[],
	    15) AS r
$$;
CREATE FUNCTION t.token(name text, customer text) RETURNS uuid
LANGUAGE sql SECURITY DEFINER AS $$
	SELECT (sluice.token_issue(customer, NULL, name, sha256(name::bytea),
	    'aaaa', 7, NULL, 'x') ->> 'id')::uuid
$$;
SELECT sluice.licence_grant('acme', 'kitting', t.terms('kitting'), NULL, 'x')
    ->> 'id' AS licence \gset
SELECT sluice.licence_grant('other', 'kitting', t.terms('kitting'), NULL, 'x')
    ->> 'id' AS others \gset
SELECT t.token('one', 'acme') AS one, t.token('two', 'acme') AS two,
    t.token('three', 'other') AS three, t.token('four', 'other') AS four \gset
SELECT t.open(:'licence', :'one') AS early, t.open(:'others', :'three')
    AS others_early \gset
SELECT sluice.token_revoke(:'one', 'x');
SELECT t.raises(format('SELECT t.open(%L, %L)', :'licence', :'one'),
    'SLAUT token_revoked:', 'a token that was revoked opens no lease');
UPDATE sluice.token SET expires = now() WHERE id = :'two';
SELECT t.raises(format('SELECT t.open(%L, %L)', :'licence', :'two'),
    'SLAUT token_expired:', 'nor does one that has expired');
SELECT sluice.customer_set_status('other', 'disabled', 'x');
SELECT t.raises(format('SELECT t.open(%L, %L)', :'others', :'four'),
    'SLAUT customer_disabled:', 'nor a disabled customer''s');
-- A lease that slipped through while they were revoked.
UPDATE sluice.lease SET killed = NULL;
SELECT t.is(t.renewed(:'early') || ', ' || t.renewed(:'others_early'),
    't token_revoked, t customer_disabled',
    'a lease that slipped through ends at its next renewal');
SELECT sluice.customer_set_status('other', 'active', 'x');

-- ---- money that cannot be billed ----

CREATE FUNCTION t.agreement(name text, currency text) RETURNS jsonb
LANGUAGE sql AS $$
	SELECT sluice.agreement_add('acme', name, jsonb_build_object(
	    'from', t.time('-100 day'), 'until', t.time('400 day'),
	    'currency', currency, 'ceiling', '{"episodes":null,'
	    '"duration_ms":null,"bytes":null,"money_micro":null}'::jsonb), 'x')
$$;
SELECT t.refused('t.agreement(''odd'', ''QQQ'')', 'SLINV bad_currency:',
    'an agreement in a currency that nobody knows');
SELECT t.refused('sluice.price_set(''kitting'', ''{"currency":"QQQ",'
    '"per_episode":1,"per_hour":0,"per_month":0,'
    '"included":{"episodes":0,"duration_ms":0},"cap":null}'', ''x'')',
    'SLINV bad_currency:', 'a price in such a currency');

SELECT t.refused(format('sluice.licence_grant(''acme'', ''kitting'', %L, NULL, '
    '''x'')', jsonb_set(t.terms('kitting'), '{price}', jsonb_set('{"per_episode":'
    '0,"per_hour":0,"per_month":0,"included":{"episodes":0,"duration_ms":0},'
    '"cap":null}', ARRAY[part], '1000000000000001'))), 'SLINV bad_price:',
    'a price that no ledger holds, ' || part)
FROM (VALUES ('per_episode'), ('per_hour'), ('per_month')) AS x (part);

-- The months of a licence that is to begin earlier than was said first are
-- billed.
SELECT t.agreement('main', 'EUR');
SELECT jsonb_set(t.terms('kitting'), '{price}', '{"per_episode":0,'
    '"per_hour":0,"per_month":9000000,"included":{"episodes":0,'
    '"duration_ms":0},"cap":null}') AS monthly \gset
SELECT sluice.licence_grant('acme', 'kitting', jsonb_set(:'monthly',
    '{term}', jsonb_build_object('from', t.time('60 day'), 'until',
	t.time('300 day'), 'grace_s', 0)), 'main', 'x') ->> 'id' AS fee \gset
SELECT sluice.licence_amend(:'fee', :'monthly', 1, 'from now on');
SELECT outcome FROM t.charge(:'fee', 2, :dataset, 1, '{[0,2)}', '');
SELECT t.is(string_agg(g.kind, ' ' ORDER BY g.number), 'fee charge',
    'a term that begins earlier is billed from there')
FROM sluice.ledger AS g WHERE g.licence = :'fee';
SELECT sluice.licence_amend(:'fee', jsonb_set(:'monthly', '{programme}', '"p"'),
    2, 'another word');
SELECT outcome FROM t.charge(:'fee', 3, :dataset, 1, '{[2,4)}', '');
SELECT t.is(string_agg(g.kind, ' ' ORDER BY g.number), 'fee charge charge',
    'and each month once')
FROM sluice.ledger AS g WHERE g.licence = :'fee';

-- An agreement that was ended two months ago, and one that was shortened to the
-- month's begin: nothing could be delivered since.
CREATE FUNCTION t.fees(licence text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sluice.statement(licence, to_char(now() AT TIME ZONE 'UTC',
	    'YYYY-MM'));
	RETURN (SELECT count(*) FROM sluice.ledger AS g
	    WHERE g.licence = fees.licence::uuid AND g.kind = 'fee');
END
$$;
CREATE FUNCTION t.old_licence(agreement text) RETURNS text
LANGUAGE sql AS $$
	SELECT sluice.licence_grant('acme', 'kitting', jsonb_set(
	    t.terms('kitting'), '{price}', '{"per_episode":0,"per_hour":0,'
	    '"per_month":9000000,"included":{"episodes":0,"duration_ms":0},'
	    '"cap":null}') || jsonb_build_object('term', jsonb_build_object(
		'from', t.time('-99 day'), 'until', t.time('99 day'),
		'grace_s', 0)), agreement, 'x') ->> 'id'
$$;
SELECT t.agreement('brief', 'EUR'), t.agreement('short', 'EUR'),
    t.agreement('long', 'EUR');
SELECT t.old_licence('brief') AS brief, t.old_licence('short') AS short,
    t.old_licence('long') AS long \gset
SELECT sluice.agreement_set_status('acme', 'brief', 'ended', 'x');
SELECT sluice.agreement_set_status('acme', 'short', 'suspended', 'x');
SELECT sluice.agreement_amend('acme', 'short', jsonb_build_object(
    'from', t.time('-100 day'), 'until', to_char(date_trunc('month',
	now() AT TIME ZONE 'UTC'), 'YYYY-MM-DD"T00:00:00Z"'), 'currency', 'EUR',
    'ceiling', '{"episodes":null,"duration_ms":null,"bytes":null,'
    '"money_micro":null}'::jsonb), NULL, 'x');
SELECT sluice.agreement_set_status('acme', 'short', 'active', 'x');
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE sluice.agreement_version SET created = created - interval '2 months';
UPDATE sluice.licence_event SET at = at - interval '3 months';
UPDATE sluice.licence_total SET fee_month = fee_month - interval '3 months'
WHERE licence IN (:'brief', :'short', :'long');
COMMIT;
SELECT t.is(concat_ws(' ', t.fees(:'brief'), t.fees(:'short'),
    t.fees(:'long')), '2 3 4',
    'case fee_active: a month in which the agreement had ended owes no fee');

-- ---- certificates of what is not gone ----

CREATE FUNCTION t.certify(licence text, number bigint, head text,
    episode text, salt text)
RETURNS text
LANGUAGE sql AS $$
	SELECT sluice.receipt_add((SELECT customer FROM sluice.licence AS l
	    WHERE l.id = certify.licence::uuid), t.public_key('r'),
	    jsonb_build_object('version', 1, 'type', 'receipt',
		'customer', 'acme', 'licence', licence, 'dataset', 'kitting',
		'seq', 1, 'ledger', jsonb_build_object('number', number,
		    'head', head),
		'segments', '{"verified":3,"bytes":1110}'::jsonb,
		'retractions', '[]'::jsonb, 'deletions', jsonb_build_array(
		    jsonb_build_object('episode', episode, 'at',
			'2026-11-21T01:15:00Z')),
		'at', '2026-11-21T01:15:00Z', 'salt', salt)::text, 'sig')
	    ->> 'on_chain'
$$;
CREATE FUNCTION t.state_of(licence text) RETURNS text
LANGUAGE sql AS $$
	SELECT CASE WHEN h -> 'confirmed' = 'null' THEN 'held' ELSE 'gone' END ||
	    CASE WHEN sluice.licence_show(licence) -> 'on_expiry' ->> 'certified'
		IS NULL THEN '' ELSE ' certified' END
	FROM jsonb_array_elements(sluice.recall('kitting', '1') -> 'holders') AS h
	WHERE h ->> 'licence' = licence
$$;
SELECT sluice.customer_key_add(:'acme', t.public_key('r'));
SELECT t.certify(:'licence', 0, repeat('0', 64), '*', 'a');
SELECT encode(ledger_head, 'hex') AS head
FROM t.charge(:'licence', 1, :dataset, 1, '{[0,3)}', '') \gset
SELECT t.is(t.state_of(:'licence'), 'held',
    'what was certified before it was delivered is not gone');
SELECT t.certify(:'licence', 1, repeat('ab', 32), '*', 'b');
SELECT t.is(t.state_of(:'licence'), 'held',
    'nor is what a receipt says that is not on the chain');
SELECT t.certify(:'licence', 1, :'head', t.uuid('kitting', 1), 'c');
SELECT t.is(t.state_of(:'licence'), 'gone', 'afterwards it is');
SELECT encode(ledger_head, 'hex') AS head
FROM t.charge(:'licence', 1, :dataset, 1, '{[3,4)}', '') \gset
SELECT t.is(t.state_of(:'licence'), 'held',
    'until another layer of it is delivered');
SELECT encode(ledger_head, 'hex') AS head
FROM t.charge(:'licence', 1, :dataset, 1, '{[4,6)}', '') \gset
SELECT t.certify(:'licence', 2, (SELECT encode(hash, 'hex') FROM sluice.ledger
    WHERE licence = :'licence' AND number = 2), '*', 'd');
SELECT t.is(t.state_of(:'licence'), 'gone',
    'what followed was not of that episode');
SELECT t.certify(:'licence', 3, :'head', '*', 'e');
SELECT t.is(t.state_of(:'licence'), 'gone certified',
    'and all is certified when all was there to be deleted');

-- ---- more than a ledger holds ----

SELECT sluice.licence_grant('acme', 'kitting', t.terms('kitting',
    '{"episodes":9223372036854775807,"duration_ms":9223372036854775807,'
    '"bytes":9223372036854775807,"per":"month","overage_percent":1000}'),
    NULL, 'x') ->> 'id' AS huge \gset
BEGIN;
UPDATE sluice.licence_total SET last_at = now(), used_episodes = 9,
    month = sluice.month_of(now()), month_episodes = -9, month_bytes = -9,
    month_duration_ms = -9 WHERE licence = :'huge';
SELECT t.is(concat_ws(' ', c.outcome, c.code), 'charged',
    'a quota without end that was given back can be used')
FROM t.charge(:'huge', 1, :dataset, 1, '{[0,3)}', '') AS c;
ROLLBACK;

-- ---- receipts without end ----

INSERT INTO sluice.receipt (licence, number, public_key, words, minisig, sha256,
    seq, ledger_number, ledger_head, on_chain, said_at)
SELECT :'licence', 100 + n, t.public_key('r'), '{}', '', sha256(n::text::bytea),
    1, 0, '', false, now() FROM generate_series(1, 4096) AS n;
SELECT t.raises(format('SELECT t.certify(%L, 0, %L, ''*'', ''f'')', :'licence',
    repeat('0', 64)), 'SLLIM too_many_receipts:',
    'a licence has so many receipts in a day');
SELECT t.is(t.certify(:'licence', 3, :'head', '*', 'e'), 'true',
    'one that is there already is answered all the same');
SELECT t.is(t.certify(:'huge', 0, repeat('0', 64), '*', 'f'), 'true',
    'and another licence has its own');
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE sluice.receipt SET at = now() - interval '25 hours'
WHERE licence = :'licence';
SELECT t.is(t.certify(:'licence', 0, repeat('0', 64), '*', 'f'), 'true',
    'a day later there is room again');
UPDATE sluice.receipt SET words = repeat(md5('x'), 2200000)
WHERE licence = :'licence' AND number = 4197;
SELECT t.raises(format('SELECT t.certify(%L, 0, %L, ''*'', ''g'')', :'licence',
    repeat('0', 64)), 'SLLIM too_many_receipts:',
    'a licence has so many bytes of receipts in a day');
ROLLBACK;

-- A receipt may name thousands of episodes; each receipt is told with their count.
CREATE FUNCTION t.plan(query text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
END
$$;
INSERT INTO sluice.removal (licence, receipt, how, episode, said_at)
SELECT :'licence', 100 + 1 + n % 4096, 'deletion', gen_random_uuid(), now()
FROM generate_series(1, 20000) AS n;
ANALYZE sluice.removal;
SELECT t.ok(t.plan(format('SELECT count(*) FROM sluice.removal AS x '
    'WHERE x.licence = %L AND x.receipt = 101 AND x.how = ''deletion''',
    :'licence')) ~ 'Cond: .*receipt = 101',
    'the removals of a receipt are not looked for in all of them');

-- ---- words that are null ----

SELECT t.refused(format('sluice.licence_grant(''acme'', ''kitting'', %L, NULL, '
    '''x'')', t.terms('kitting') || '{"use":null}'), 'SLINV bad_use:',
    'terms for no use');
SELECT t.refused(format('sluice.policy_set(''p'', %L, 0, ''x'')',
    (SELECT jsonb_set(p.policy, '{window}', '{"history":null,"future":null}')
	FROM sluice.policy AS p WHERE p.name = 'standard')),
    'SLINV bad_window:', 'a policy for no batches');

-- ---- a publisher with many keys ----

SELECT sluice.activation_add('acme', NULL, 'laptop', sha256('code'), 7, NULL,
    NULL, 'x');
SET SESSION AUTHORIZATION test_lab;
SELECT sluice.key_register(t.public_key(chr(96 + n)))
FROM generate_series(2, 8) AS n;
SELECT t.raises(format('SELECT sluice.key_register(%L)', t.public_key('z')),
    'SLLIM too_many_keys:', 'a publisher''s ninth key');
RESET SESSION AUTHORIZATION;
SELECT t.ok(NOT sluice.activation_redeem(sha256('code'), NULL, sha256('token'),
    'aaaa') ? 'keys', 'and none of them goes into a profile');
