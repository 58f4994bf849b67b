-- What an admin says of a dataset: visibility, price, notices.

SELECT id AS acme FROM sluice.customer WHERE name = 'acme' \gset
SET SESSION AUTHORIZATION test_admin;

SELECT t.change($$sluice.dataset_set_visibility('kitting', 'private', 'hide')$$,
    '{"visibility":["listed","private"]}', 'dataset_set_visibility');
SELECT t.refused($$sluice.dataset_set_visibility('kitting', 'gone', 'x')$$,
    'SLINV bad_visibility:', 'a visibility that is none');
SELECT t.refused($$sluice.dataset_set_visibility('nothing', 'public', 'x')$$,
    'SLNFD dataset_not_found:', 'a dataset that does not exist');
SELECT t.refused($$sluice.dataset_set_visibility('kitting', 'public', '')$$,
    'SLINV reason_required:', 'a change without a reason');
RESET SESSION AUTHORIZATION;
SELECT t.raises($$SELECT sluice.dataset_show(NULL, 'kitting')$$,
    'SLNFD not_found:', 'a hidden dataset has no page');
SET SESSION AUTHORIZATION test_admin;
SELECT sluice.dataset_set_visibility('kitting', 'listed', 'back');

\set price '{"currency":"EUR","per_episode":100000,"per_hour":0,"per_month":0,"included":{"episodes":5,"duration_ms":0},"cap":null}'
SELECT t.change(format('sluice.price_set(%L, %L, %L)', 'kitting', :'price',
    'list price'), '{"price.currency":[null,"EUR"],
    "price.per_episode":[null,100000],"price.per_hour":[null,0],
    "price.per_month":[null,0],"price.included.episodes":[null,5],
    "price.included.duration_ms":[null,0]}', 'price_set');
SELECT t.refused(format('sluice.price_set(%L, %L, %L)', 'kitting',
    :'price'::jsonb || more::jsonb, 'x'), wanted, 'a price with ' || what)
FROM (VALUES
	('{"currency":"euro"}', 'SLINV bad_currency:', 'no currency'),
	('{"per_episode":-1}', 'SLINV bad_price:', 'less than nothing'),
	('{"per_hour":9223372036854775808}', 'SLINV bad_price:', 'an overflow'),
	('{"cap":0.5}', 'SLINV bad_price:', 'half a micro-unit'),
	('{"per_day":1}', 'SLINV bad_terms:', 'an unknown key'))
    AS x (more, wanted, what);
RESET SESSION AUTHORIZATION;
SELECT t.is(sluice.dataset_show(NULL, 'kitting') -> 'price' ->> 'per_episode',
    '100000', 'the page shows the price');
SET SESSION AUTHORIZATION test_admin;
SELECT t.change($$sluice.price_set('kitting', NULL, 'on request')$$,
    NULL, 'no price');

SELECT t.change($$sluice.notice_add('kitting', 'schema', 'v3 from May',
    1800000000000000, 'planned')$$, '{"kind":[null,"schema"],
    "text":[null,"v3 from May"],"at":[null,"2027-01-15T08:00:00Z"]}',
    'notice_add');
SELECT t.refused(format('sluice.notice_add(%L, %L, %L, NULL, %L)', dataset,
    kind, words, 'x'), wanted, 'a notice ' || what)
FROM (VALUES
	('nothing', 'delay', 'x', 'SLNFD dataset_not_found:', 'on nothing'),
	('kitting', 'joke', 'x', 'SLINV bad_notice:', 'of no kind'),
	('kitting', 'delay', ' ', 'SLINV bad_notice:', 'without words'),
	('kitting', 'delay', repeat('x', 2001), 'SLINV bad_notice:',
	    'of many words')) AS x (dataset, kind, words, wanted, what);
SELECT t.is(sluice.notice_list('kitting') -> 0 ->> 'text', 'v3 from May',
    'notices are listed');
SELECT sluice.licence_grant('acme', 'kitting', t.terms('kitting'), NULL, 'x')
    ->> 'id' AS licence \gset
RESET SESSION AUTHORIZATION;
SELECT t.is(sluice.dataset_show(NULL, 'kitting') -> 'notices' -> 0 ->> 'kind',
    'schema', 'the page shows them');
SELECT t.is((SELECT string_agg(e.data ->> 'text', ' ')
    FROM sluice.events_of(:'acme', NULL, 0, 100) AS e WHERE e.kind = 'notice'),
    'v3 from May', 'licensees are told');
SET SESSION AUTHORIZATION test_admin;
SELECT t.change($$sluice.notice_remove('kitting', 1, 'done')$$,
    '{"text":["v3 from May",null]}', 'notice_remove');
SELECT t.refused($$sluice.notice_remove('kitting', 2, 'x')$$,
    'SLNFD notice_not_found:', 'a notice that is not there');
SELECT t.is(sluice.notice_list('kitting')::text, '[]', 'none is shown');
SELECT t.change($$sluice.notice_add('kitting', 'delay', 'late', NULL, 'x')$$,
    '{"kind":[null,"delay"],"text":[null,"late"]}', 'the next notice');
SELECT t.is(sluice.notice_list('kitting') -> 0 ->> 'number', '2',
    'a number is not used twice');
