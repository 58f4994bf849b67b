-- Credits: money back, quota only when told, never more than was charged.

SELECT t.dataset('kitting') AS dataset \gset
SELECT sluice.agreement_add('acme', 'frame', jsonb_build_object(
    'from', t.time('-1 day'), 'until', t.time('1 day'), 'currency', 'EUR',
    'ceiling', '{"episodes":2,"duration_ms":null,"bytes":null,
	"money_micro":6000000}'::jsonb), 'test');
SELECT sluice.licence_grant('acme', 'kitting', t.terms('kitting',
    '{"episodes":2}') || '{"price":{"per_episode":2000000,"per_hour":0,
    "per_month":0,"included":{"episodes":0,"duration_ms":0},"cap":null}}',
    'frame', 'test') ->> 'id' AS licence \gset
SELECT t.charge(:'licence', 1, :dataset, 1, '{[1,4)}', 'demo');
SELECT t.charge(:'licence', 1, :dataset, 1, '{[4,6)}', 'demo');

-- row, amount, quota?, episodes, ms, bytes, reference, reason
CREATE FUNCTION t.credit(licence text, more text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb;
BEGIN
	EXECUTE format('SELECT sluice.usage_adjust(%L, %s)', licence, more)
	INTO answer;
	RETURN concat_ws(' ', answer -> 'row' ->> 'number',
	    answer -> 'row' ->> 'kind', answer -> 'row' ->> 'amount_micro',
	    answer -> 'row' ->> 'episodes', answer -> 'row' ->> 'duration_ms',
	    answer -> 'row' ->> 'bytes', answer -> 'row' ->> 'reference',
	    answer -> 'changes');
END
$$;
CREATE FUNCTION t.refused(licence text, more text, wanted text, what text)
RETURNS text
LANGUAGE sql AS $$
	SELECT t.raises(format('SELECT t.credit(%L, %L)', licence, more), wanted,
	    what)
$$;

SET SESSION AUTHORIZATION test_admin;
SELECT t.refused(:'licence', more, wanted, what)
FROM (VALUES
	('1, -1, false, NULL, NULL, NULL, NULL, ''x''', 'SLINV bad_credit:',
	    'case credit_negative: figures are positive'),
	('1, 1, true, -1, NULL, NULL, NULL, ''x''', 'SLINV bad_credit:',
	    'case credit_negative: those of the quota too'),
	('1, NULL, false, 1, NULL, NULL, NULL, ''x''', 'SLINV bad_credit:',
	    'case credit_of_quota: quota only when it is to be restored'),
	('NULL, NULL, false, NULL, NULL, NULL, ''T-1'', ''x''',
	    'SLINV bad_credit:', 'case credit_of_what: neither row nor amount'),
	('NULL, 1, true, NULL, NULL, NULL, ''T-1'', ''x''',
	    'SLINV bad_credit:', 'case credit_of_what: nor a row''s quota'),
	('1, 0, false, NULL, NULL, NULL, NULL, ''x''', 'SLINV bad_credit:',
	    'case credit_of_nothing: a credit gives something'),
	('NULL, 1, false, NULL, NULL, NULL, NULL, ''x''', 'SLINV bad_reference:',
	    'case credit_reference: a credit for nothing in particular'),
	('NULL, 1, false, NULL, NULL, NULL, ''row 1'', ''x''',
	    'SLINV bad_reference:', 'case credit_reference: nor one in disguise'),
	('9, 1, false, NULL, NULL, NULL, NULL, ''x''', 'SLNFD row_not_found:',
	    'case credit_no_row: there is no such row'),
	('1, 2000001, false, NULL, NULL, NULL, NULL, ''x''',
	    'SLLIM credit_too_large:',
	    'case credit_over_row: more than the row''s amount'),
	('1, 1, true, 2, NULL, NULL, NULL, ''x''', 'SLLIM credit_too_large:',
	    'case credit_over_row: more than the row''s episodes'),
	('NULL, 4000001, false, NULL, NULL, NULL, ''T-1'', ''x''',
	    'SLLIM credit_too_large:', 'case credit_over_all: more than all rows'),
	('NULL, 1, true, 3, NULL, NULL, ''T-1'', ''x''',
	    'SLLIM credit_too_large:', 'case credit_over_all: episodes as well'),
	('1, 1, false, NULL, NULL, NULL, E''a\u0001b'', ''x''',
	    'SLINV bad_reference:', 'case bad_line: control characters'),
	('1, 1, false, NULL, NULL, NULL, repeat(''x'', 151), ''x''',
	    'SLINV bad_reference:', 'case bad_line: too long'),
	('1, 1, false, NULL, NULL, NULL, NULL, '' ''', 'SLINV reason_required:',
	    'a credit has a reason')) AS v (more, wanted, what);
SELECT t.refused(gen_random_uuid()::text,
    '1, 1, false, NULL, NULL, NULL, NULL, ''x''', 'SLNFD licence_not_found:',
    'a licence that is not there has no credits');
SELECT t.is(ledger_number::text, '2', 'nothing was written so far')
FROM sluice.licence_total WHERE licence = :'licence';

SELECT t.is(t.credit(:'licence',
	'1, 500000, false, NULL, NULL, NULL, E''T-1\n ok'', E''late\n delivery'''),
    '3 credit -500000 0 0 0 row 1 T-1 ok {"amount_micro": [4000000, 3500000]}',
    'case credit_told: a part of row 1, money alone');
SELECT t.is(reference || '|' || reason, 'row 1 T-1 ok|late delivery',
    'case line_folded: words that were on two lines')
FROM sluice.ledger WHERE licence = :'licence' AND number = 3;
SELECT t.is(t.credit(:'licence',
	'1, 500000, false, NULL, NULL, NULL, ''T-1 ok'', ''late delivery'''),
    '3 credit -500000 0 0 0 row 1 T-1 ok {}',
    'case credit_again: the same credit changes nothing');
SELECT t.refused(:'licence',
    '1, 500001, false, NULL, NULL, NULL, ''T-1 ok'', ''x''',
    'SLCON reference_used:', 'case credit_other: a reference is used once');
SELECT t.is(concat_ws(' ', used_episodes, amount_micro, priced_episodes),
    '2 3500000 2', 'quota does not come back by itself')
FROM sluice.licence_total WHERE licence = :'licence';
SET SESSION AUTHORIZATION test_server;
SELECT t.is(concat_ws(' ', outcome, code), 'refused quota_episodes',
    'so nothing new goes out')
FROM t.charge(:'licence', 1, :dataset, 1, '{[6,8)}', '');

SET SESSION AUTHORIZATION test_admin;
SELECT t.is(t.credit(:'licence',
	'1, NULL, true, NULL, NULL, NULL, ''T-2'', ''bad episode'''),
    '4 credit -1500000 -1 -1000 -1110 row 1 T-2 {"used_bytes": [1320, 210], '
    '"amount_micro": [3500000, 2000000], "used_episodes": [2, 1], '
    '"used_duration_ms": [3000, 2000]}',
    'case credit_given: the rest of row 1, with its quota');
SELECT t.refused(:'licence',
    '1, 1, false, NULL, NULL, NULL, ''T-3'', ''x''', 'SLLIM credit_too_large:',
    'case credit_over_row: row 1 is credited in full');
SELECT t.refused(:'licence', '4, 1, false, NULL, NULL, NULL, NULL, ''x''',
    'SLNFD row_not_found:', 'case credit_no_row: a credit is not credited');
SELECT t.is(concat_ws(' ', u.used_episodes, u.amount_micro), '1 2000000',
    'the agreement''s totals follow')
FROM sluice.agreement_total AS u;
SET SESSION AUTHORIZATION test_server;
SELECT t.is(concat_ws(' ', outcome, code), 'held',
    'what was credited is still held')
FROM t.charge(:'licence', 1, :dataset, 1, '{[1,4)}', '');
SELECT t.is(concat_ws(' ', outcome, code, charged_amount_micro),
    'charged 2000000', 'and another episode goes out for it, at its price')
FROM t.charge(:'licence', 1, :dataset, 1, '{[6,8)}', '');

SET SESSION AUTHORIZATION test_admin;
SELECT t.is(t.credit(:'licence',
	'NULL, 100, false, NULL, NULL, NULL, ''T-4'', ''goodwill'''),
    '6 credit -100 0 0 0 T-4 {"amount_micro": [4000000, 3999900]}',
    'a credit for nothing in particular has its ticket');
SELECT t.is(string_agg(a.action || ' ' || a.object || ' ' || a.reason, ', '
	ORDER BY a.number), format('usage_adjust %1$s late delivery, usage_adjust '
    '%1$s bad episode, usage_adjust %1$s goodwill', :'licence'),
    'each credit is in the audit log, once')
FROM sluice.audit AS a WHERE a.action = 'usage_adjust';

-- Use without a price is credited as quota.
SELECT sluice.licence_grant('acme', 'kitting', t.terms('kitting'), NULL, 'test')
    ->> 'id' AS free \gset
SET SESSION AUTHORIZATION test_server;
SELECT t.charge(:'free', 1, :dataset, 1, '{[1,4)}', '');
SET SESSION AUTHORIZATION test_admin;
SELECT t.is(t.credit(:'free', '1, NULL, true, NULL, NULL, NULL, NULL, ''x'''),
    '2 credit 0 -1 -1000 -1110 row 1 {"used_bytes": [1110, 0], "amount_micro": '
    '[0, 0], "used_episodes": [1, 0], "used_duration_ms": [1000, 0]}',
    'quota of a licence without price');

-- ---- what the ledgers say ----

SET SESSION AUTHORIZATION test_admin;
SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM') AS month \gset
SELECT t.raises(format('SELECT sluice.statement(%L, %L)', :'licence', m),
    'SLINV bad_month:', 'no statement of ' || m)
FROM unnest(ARRAY['2026-13', '2026-1', '1969-12', 'x', '',
	to_char(now() AT TIME ZONE 'UTC' + interval '40 days', 'YYYY-MM')])
    AS m;
SELECT t.is(concat_ws(' ', s ->> 'currency', s ->> 'agreement',
	s -> 'opening' ->> 'number', s -> 'closing' ->> 'number',
	json_array_length(s -> 'rows'), s -> 'rows' -> 5 ->> 'hash' =
	s -> 'closing' ->> 'head'), 'EUR frame 0 6 6 t',
    'a statement has the month''s rows, from opening to closing head')
FROM sluice.statement(:'licence', :'month') AS s;
SELECT t.is(concat_ws(' ', s -> 'opening', s -> 'rows', s -> 'closing'),
    concat_ws(' ', s -> 'opening', '[]', s -> 'opening'),
    'a month before has none')
FROM sluice.statement(:'licence', '2026-01') AS s;
SELECT t.is((SELECT string_agg(concat_ws(' ', x ->> 'kind', x ->> 'episodes',
	x ->> 'amount_micro', x ->> 'amount', x ->> 'first_row',
	x ->> 'last_row'), ', ') FROM json_array_elements(
	sluice.usage_export(:'month', 'acme')) AS x
	WHERE x ->> 'licence' = :'licence'),
    'charge 3 6000000 6.00 1 5, credit -1 -2000100 -2.00 3 6',
    'an export has a row per kind, rounded once');
SELECT t.is(sluice.usage_export(:'month', 'other')::text, '[]',
    'and nothing of other customers');
SELECT t.is(x ->> 'amount' || ' ' || (x ->> 'charges'), '4.00 3',
    'the report has amounts')
FROM jsonb_array_elements(sluice.usage_report('acme', NULL, NULL)) AS x
WHERE x ->> 'licence' = :'licence';

RESET SESSION AUTHORIZATION;
SELECT id AS acme FROM sluice.customer WHERE name = 'acme' \gset
SELECT id AS other FROM sluice.customer WHERE name = 'other' \gset
SET SESSION AUTHORIZATION test_server;
SELECT t.is(concat_ws(' ', json_array_length(p -> 'rows'), p ->> 'next',
	p -> 'rows' -> 0 ->> 'number'), '2 4 3', 'rows come in pages')
FROM sluice.ledger_rows(:'acme', :'licence', 2, 2) AS p;
SELECT t.is(concat_ws(' ', json_array_length(p -> 'rows'), p ->> 'next'), '2',
    'the last page says so')
FROM sluice.ledger_rows(:'acme', :'licence', 4, 100) AS p;
SELECT t.raises(format('SELECT sluice.ledger_rows(%L, %L, 0, 10)', :'other',
    :'licence'), 'SLNFD licence_not_found:', 'others have no rows of it');
SELECT t.is(concat_ws(' ', x -> 'ledger' ->> 'number', x ->> 'amount',
	x ->> 'currency'), '6 4.00 EUR', 'a customer sees head and amount')
FROM jsonb_array_elements(sluice.customer_usage(:'acme', :'licence', NULL) ->
    'totals') AS x;
SET SESSION AUTHORIZATION test_auditor;
SELECT t.is(sluice.reconcile()::text, '[]', 'everything adds up');

-- ---- amounts ----

RESET SESSION AUTHORIZATION;
SELECT t.is(sluice.price_amount('{"per_episode":3,"per_hour":1000000,
    "per_month":9,"included":{"episodes":2,"duration_ms":1000},"cap":null}',
    episodes, ms)::text, wanted, what)
FROM (VALUES (0::bigint, 0::bigint, '0', 'nothing costs nothing'),
	(2, 1000, '0', 'what is included costs nothing'),
	(3, 1000, '3', 'the next episode costs its price'),
	(2, 2800, '500', '1.8 s are 500 micro-units'),
	(2, 1000 + 1800000, '500000', 'half an hour is half'))
    AS v (episodes, ms, wanted, what);
SELECT t.is(sluice.half_even(n, d)::text, wanted, format('%s / %s', n, d))
FROM (VALUES (1::numeric, 2::numeric, '0'), (3, 2, '2'), (5, 2, '2'),
	(7, 2, '4'), (4, 3, '1'), (5, 3, '2')) AS v (n, d, wanted);
SELECT t.raises('SELECT sluice.price_amount(''{"per_episode":9223372036854775807,'
    '"per_hour":0,"per_month":0,"included":{"episodes":0,"duration_ms":0},'
    '"cap":null}'', 2, 0)', '22003', 'an amount beyond 64 bits is an error');
SELECT t.is(sluice.money_text(micro, currency), wanted, wanted)
FROM (VALUES (12345000::bigint, 'EUR', '12.34'), (12355000, 'EUR', '12.36'),
	(-5000, 'EUR', '0.00'), (-15000, 'EUR', '-0.02'), (1500000, 'JPY', '2'),
	(2500000, 'JPY', '2'), (1234500, 'KWD', '1.234'), (0, 'EUR', '0.00'))
    AS v (micro, currency, wanted);
SELECT t.is(sluice.currency_digits('QQQ')::text, NULL, 'QQQ is no currency');

-- ---- who may not ----

CREATE FUNCTION t.may_not(commands text[], who text) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT t.raises(c, '42501 permission denied', who || ' may not ' || c)
	FROM unnest(commands) AS c
$$;
SELECT ARRAY['SELECT sluice.usage_adjust(NULL, NULL, NULL, NULL, NULL, NULL, '
	'NULL, NULL, NULL)', 'SELECT sluice.statement(NULL, NULL)',
	'SELECT sluice.usage_export(NULL, NULL)'] AS admins \gset
SELECT ARRAY['SELECT sluice.fees_close(NULL, NULL)',
	'SELECT sluice.fees_write(NULL, NULL, NULL, NULL, NULL, NULL)',
	'SELECT sluice.ledger_append(NULL, NULL, NULL, NULL)',
	'SELECT sluice.charge_hold(NULL)',
	'UPDATE sluice.licence_total SET used_bytes = 0',
	'UPDATE sluice.agreement_total SET amount_micro = 0',
	'DELETE FROM sluice.ledger', 'DELETE FROM sluice.held_segments',
	'UPDATE sluice.licence SET limit_bytes = NULL',
	'UPDATE sluice.agreement SET ceiling_money_micro = NULL'] AS nobody \gset
SET SESSION AUTHORIZATION test_server;
SELECT t.may_not(:'admins'::text[] || :'nobody'::text[] ||
    '{SELECT sluice.reconcile()}', 'the server');
SET SESSION AUTHORIZATION test_lab;
SELECT t.may_not(:'admins'::text[] || :'nobody'::text[] ||
    '{SELECT sluice.reconcile()}' || ARRAY['SELECT sluice.ledger_rows(NULL, '
	'NULL, NULL, NULL)'], 'a publisher');
SET SESSION AUTHORIZATION test_auditor;
SELECT t.may_not(:'admins'::text[] || :'nobody'::text[], 'an auditor');
SET SESSION AUTHORIZATION test_admin;
SELECT t.may_not(:'nobody'::text[], 'an admin');
