-- The customer's side: acceptance, keys, receipts, requests; tokens and
-- activations.

SELECT id AS acme FROM sluice.customer WHERE name = 'acme' \gset
SELECT id AS other FROM sluice.customer WHERE name = 'other' \gset
SELECT t.dataset('kitting') AS dataset \gset

-- ---- acceptance ----

SELECT sluice.terms_text_add('Be good.', 'v1') ->> 'sha256' AS text1 \gset
SELECT sluice.terms_text_add('Be better.', 'v2') ->> 'sha256' AS text2 \gset
SELECT sluice.licence_grant('acme', 'kitting', jsonb_set(t.terms('kitting'),
    '{text}', jsonb_build_object('sha256', :'text1', 'acceptance', 'required')),
    NULL, 'order') ->> 'id' AS licence \gset
SELECT t.is(sluice.licence_show(:'licence') ->> 'effective',
    'terms_not_accepted', 'a licence waits for its acceptance');
SELECT t.is((x.x ->> 'text') || ' ' || (x.x ->> 'required') || ' ' ||
    COALESCE(x.x ->> 'accepted', 'no'), 'Be good. true no',
    'the customer reads the text')
FROM (SELECT sluice.licence_text(:'acme', :'licence')) AS x (x);
SELECT t.raises(format('SELECT sluice.licence_text(%L, %L)', :'other',
    :'licence'), 'SLNFD licence_not_found:', 'another customer does not');
SELECT t.refused(format('sluice.licence_accept(%L, %L, %L, %L)', customer,
    :'licence', hash, person), wanted, 'an acceptance ' || what)
FROM (VALUES
	(:'other', :'text1', 'Eve', 'SLNFD licence_not_found:',
	    'of another customer'),
	(:'acme', :'text2', 'Ann', 'SLCON terms_changed:', 'of another text'),
	(:'acme', NULL, 'Ann', 'SLCON terms_changed:', 'of nothing'),
	(:'acme', :'text1', ' ', 'SLINV bad_name:', 'by nobody'),
	(:'acme', :'text1', E'Ann\nroot', 'SLINV bad_name:', 'by two lines'),
	(:'acme', :'text1', repeat('x', 201), 'SLINV bad_name:',
	    'by a very long name'))
    AS x (customer, hash, person, wanted, what);
SELECT t.change(format('sluice.licence_accept(%L, %L, %L, %L)', :'acme',
    :'licence', upper(:'text1'), 'Ann Smith'), jsonb_build_object('accepted',
    jsonb_build_array(NULL, :'text1')), 'licence_accept');
SELECT t.is(sluice.licence_show(:'licence') ->> 'effective', 'active',
    'the accepted licence serves');
SELECT t.is(sluice.licence_show(:'licence') -> 'acceptances' -> 0 ->> 'name',
    'Ann Smith', 'who accepted is kept');
SELECT sluice.licence_amend(:'licence', jsonb_set(t.terms('kitting'),
    '{text}', jsonb_build_object('sha256', :'text2', 'acceptance', 'required')),
    1, 'new words');
SELECT t.is(sluice.licence_show(:'licence') ->> 'effective',
    'terms_not_accepted', 'after a change of the text it waits again');
SELECT t.refused(format('sluice.licence_accept(%L, %L, %L, %L)', :'acme',
    :'licence', :'text1', 'Ann'), 'SLCON terms_changed:',
    'the old text cannot be accepted any more');
SELECT t.change(format('sluice.licence_accept(%L, %L, %L, %L)', :'acme',
    :'licence', :'text2', 'Bob'), jsonb_build_object('accepted',
    jsonb_build_array(:'text1', :'text2')), 'the new text is accepted');
SELECT sluice.licence_grant('acme', 'kitting', t.terms('kitting'), NULL, 'x')
    ->> 'id' AS plain \gset
SELECT t.raises(format('SELECT sluice.licence_text(%L, %L)', :'acme', :'plain'),
    'SLNFD terms_text_not_found:', 'a licence without a text has none to read');
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE sluice.terms_text SET words = 'Be bad.' WHERE sha256 = :'text2';
SELECT t.raises(format('SELECT sluice.licence_text(%L, %L)', :'acme',
    :'licence'), 'SLINT terms_text_damaged:', 'a changed text is not shown');
SELECT t.raises(format('SELECT sluice.licence_accept(%L, %L, %L, %L)', :'acme',
    :'licence', :'text2', 'Bob'), 'SLINT terms_text_damaged:',
    'nor can it be accepted');
ROLLBACK;

-- ---- keys ----

SELECT t.change(format('sluice.customer_key_add(%L, %L)', :'acme',
    t.public_key('r')), jsonb_build_object('key', jsonb_build_array(NULL,
    t.public_key('r'))), 'customer_key_add');
SELECT t.is(sluice.customer_keys(:'acme')::text,
    jsonb_build_array(t.public_key('r'))::text, 'keys are listed');
SELECT t.refused(format('sluice.customer_key_add(%L, %L)', :'other',
    t.public_key('r')), 'SLEXI key_exists:', 'another customer''s key');
SELECT t.refused(format('sluice.customer_key_add(%L, %L)', :'acme', 'RWx'),
    'SLINV bad_key:', 'a key that is none');
SELECT sluice.customer_key_add(:'other', t.public_key(chr(65 + n)))
FROM generate_series(0, 15) AS n;
SELECT t.refused(format('sluice.customer_key_add(%L, %L)', :'other',
    t.public_key('q')), 'SLLIM too_many_keys:', 'a 17th key');
SELECT t.change(format('sluice.customer_key_revoke(%L, %L)', t.public_key('A'),
    'lost'), '{"status":["active","revoked"]}', 'customer_key_revoke');
SELECT t.refused(format('sluice.customer_key_add(%L, %L)', :'other',
    t.public_key('A')), 'SLEXI key_exists:', 'a revoked key stays so');
SELECT t.refused($$sluice.customer_key_revoke('RWx', 'x')$$,
    'SLNFD key_not_found:', 'a key that nobody has');

-- ---- receipts ----

CREATE FUNCTION t.receipt(licence text, number bigint, head text,
    more jsonb DEFAULT '{}')
RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT (jsonb_build_object('version', 1, 'type', 'receipt',
	    'customer', 'acme', 'licence', licence, 'dataset', 'kitting',
	    'seq', 1, 'ledger', jsonb_build_object('number', number,
		'head', head), 'segments', '{"verified":3,"bytes":1110}'::jsonb,
	    'retractions', '[]'::jsonb, 'deletions', '[]'::jsonb,
	    'at', '2026-11-21T01:15:00Z') || more)::text
$$;
SELECT encode(ledger_head, 'hex') AS head
FROM t.charge(:'plain', 1, :dataset, 1, '{[0,4)}', NULL) \gset
SELECT t.is(r.r::text, jsonb_build_object('number', 1, 'licence', :'plain',
    'on_chain', true, 'row', jsonb_build_object('number', 1, 'head', :'head'))
    ::text, 'a receipt that lies on the chain')
FROM (SELECT sluice.receipt_add(:'acme', t.public_key('r'),
    t.receipt(:'plain', 1, :'head'), 'sig')) AS r (r);
SELECT t.is(sluice.receipt_add(:'acme', t.public_key('r'),
    t.receipt(:'plain', 1, :'head'), 'sig') ->> 'number', '1',
    'the same receipt again is the same');
SELECT t.is((r.r ->> 'number') || ' ' || (r.r ->> 'on_chain') || ' ' ||
    (r.r -> 'row' ->> 'head'), '2 true ' || repeat('0', 64),
    'before the first charge the head is zero')
FROM (SELECT sluice.receipt_add(:'acme', t.public_key('r'),
    t.receipt(:'plain', 0, repeat('0', 64)), 'sig')) AS r (r);
SELECT t.is((r.r ->> 'number') || ' ' || (r.r ->> 'on_chain') || ' ' ||
    (r.r -> 'row' ->> 'number') || (r.r -> 'row' ->> 'head'),
    n || ' false 1' || :'head', 'a receipt with ' || what ||
    ' is kept, and answered with the server''s row')
FROM (VALUES (3, 1, repeat('ab', 32), 'another head'),
	(4, 7, :'head', 'a row that is not there')) AS x (n, number, head, what)
CROSS JOIN LATERAL (SELECT sluice.receipt_add(:'acme', t.public_key('r'),
    t.receipt(:'plain', number, x.head), 'sig')) AS r (r);
SELECT t.raises(format('SELECT sluice.receipt_add(%L, %L, %L, %L)', customer,
    key, words, 'sig'), wanted, 'a receipt ' || what)
FROM (VALUES
	(:'other', t.public_key('r'), t.receipt(:'plain', 1, :'head'),
	    'SLNFD key_not_found:', 'of another customer'),
	(:'other', t.public_key('B'), t.receipt(:'plain', 1, :'head'),
	    'SLNFD licence_not_found:', 'on another''s licence'),
	(:'acme', t.public_key('r'), t.receipt(:'plain', 1, :'head',
	    '{"customer":"other"}'), 'SLINV bad_receipt:', 'in another''s name'),
	(:'acme', t.public_key('r'), t.receipt(:'plain', 1, :'head',
	    '{"dataset":"x"}'), 'SLINV bad_receipt:', 'for another dataset'),
	(:'acme', t.public_key('r'), t.receipt(:'plain', 1, 'xyz'),
	    'SLINV bad_receipt:', 'with a head that is none'),
	(:'acme', t.public_key('r'), '{', 'SLINV bad_receipt:', 'that is none'),
	(:'acme', t.public_key('r'), t.receipt(:'plain', 1, :'head',
	    '{"version":2}'), 'SLINV bad_receipt:', 'of another version'))
    AS x (customer, key, words, wanted, what);
SELECT t.is(jsonb_array_length(sluice.customer_receipts(:'acme', NULL)
    -> 'receipts')::text, '4', 'the customer sees its receipts');
SELECT t.is(jsonb_array_length(sluice.customer_receipts(:'other', NULL)
    -> 'receipts')::text, '0', 'nobody else does');
SELECT t.is(jsonb_array_length(sluice.receipt_list('acme', :'plain'))::text,
    '4', 'an admin lists them');
SELECT t.is(sluice.receipt_show(:'plain', 1) ->> 'minisig', 'sig',
    'and shows one as it came');
SELECT t.raises(format('SELECT sluice.receipt_show(%L, 9)', :'plain'),
    'SLNFD receipt_not_found:', 'a receipt that is not there');

-- ---- recall ----

SELECT t.is((r.r ->> 'open') || ' ' || (r.r ->> 'confirmed') || ' ' ||
    (r.r -> 'holders' -> 0 ->> 'customer'), '1 0 acme',
    'who holds an episode')
FROM (SELECT sluice.recall('kitting', '1')) AS r (r);
SELECT t.is((sluice.recall('kitting', t.uuid('kitting', 2)) -> 'holders')
    ::text, '[]', 'nobody holds another one');
SELECT t.raises('SELECT sluice.recall(''kitting'', ''99'')',
    'SLNFD episode_not_found:', 'an episode that does not exist');
SELECT sluice.receipt_add(:'acme', t.public_key('r'), t.receipt(:'plain', 1,
    :'head', jsonb_build_object('retractions', jsonb_build_array(
	jsonb_build_array(1, t.uuid('kitting', 1))))), 'sig');
SELECT t.is((r.r ->> 'open') || ' ' || (r.r ->> 'confirmed') || ' ' ||
    (r.r -> 'holders' -> 0 -> 'confirmed' ->> 'how') || ' ' ||
    (r.r -> 'holders' -> 0 -> 'confirmed' ->> 'receipt'), '0 1 retraction 5',
    'a receipt confirms the removal')
FROM (SELECT sluice.recall('kitting', '1')) AS r (r);

-- What the end of a licence asks is answered by a deletion of everything.
SELECT sluice.licence_grant('acme', 'kitting', jsonb_set(jsonb_set(
    t.terms('kitting'), '{term}', jsonb_build_object('from', t.time('-9 day'),
	'until', t.time('-1 day'), 'grace_s', 0)), '{on_expiry}',
    '{"duty":"certify","days":30}'), NULL, 'x') ->> 'id' AS ended \gset
SELECT t.is((d.d ->> 'duty') || ' ' || (d.d ->> 'due') || ' ' ||
    COALESCE(d.d ->> 'certified', 'open'), 'certify ' || t.time('29 day') ||
    ' open', 'an ended licence asks for a certificate')
FROM (SELECT sluice.licence_show(:'ended') -> 'on_expiry') AS d (d);
SELECT sluice.receipt_add(:'acme', t.public_key('r'), t.receipt(:'ended', 0,
    repeat('0', 64), '{"deletions":[{"episode":"*",'
    '"at":"2026-11-21T01:15:00Z"}]}'), 'sig');
SELECT t.ok(sluice.licence_show(:'ended') -> 'on_expiry' ->> 'certified'
    IS NOT NULL, 'and has it');

-- ---- requests ----

SELECT t.change(format('sluice.request_add(%L, %L, %L, %L, %L)', :'other',
    'access', 'kitting', 'research', 'please'), '{"kind":[null,"access"],
    "customer":[null,"other"],"dataset":[null,"kitting"],
    "status":[null,"open"]}', 'request_add');
SELECT t.refused(format('sluice.request_add(%L, %L, %L, %L, %L)', :'other',
    kind, dataset, 'research', message), wanted, 'a request ' || what)
FROM (VALUES
	('access', NULL, 'x', 'SLINV bad_request:', 'for access to nothing'),
	('money', 'kitting', 'x', 'SLINV bad_request:', 'of no kind'),
	('access', 'nothing', 'x', 'SLNFD not_found:', 'for what is not there'),
	('access', 'kitting', repeat('x', 4001), 'SLINV bad_request:',
	    'of many words')) AS x (kind, dataset, message, wanted, what);
SELECT sluice.request_add(:'other', 'collection', NULL, 'research', 'towels')
    ->> 'id' AS towels \gset
SELECT r ->> 'id' AS request FROM jsonb_array_elements(
    sluice.customer_requests(:'other') -> 'requests') AS r
WHERE r ->> 'kind' = 'access' \gset
SELECT t.is(jsonb_array_length(sluice.customer_requests(:'acme')
    -> 'requests')::text, '0', 'nobody sees another''s requests');
SELECT sluice.request_add(:'acme', 'collection', NULL, '', 'wish ' || n)
FROM generate_series(1, 20) AS n;
SELECT t.refused(format('sluice.request_add(%L, %L, NULL, %L, %L)', :'acme',
    'collection', '', 'wish 21'), 'SLLIM too_many_requests:', 'a 21st request');

SET SESSION AUTHORIZATION test_admin;
SELECT t.is(jsonb_array_length(sluice.request_list('open'))::text, '22',
    'an admin lists the open ones');
SELECT t.is(sluice.request_show(:'request') ->> 'customer', 'other',
    'and sees who asks');
SELECT t.raises('SELECT sluice.request_list(''x'')', 'SLINV bad_status:',
    'a status of requests that is none');
SELECT sluice.licence_grant('other', 'kitting', t.terms('kitting'), NULL, 'x')
    ->> 'id' AS granted \gset
SELECT t.refused(format('sluice.request_approve(%L, %L, %L)', id, licence, 'x'),
    wanted, 'an approval ' || what)
FROM (VALUES
	(:'request', NULL, 'SLINV licence_required:', 'without a licence'),
	(:'request', :'plain', 'SLNFD licence_not_found:',
	    'with another customer''s licence'),
	('nothing', NULL, 'SLNFD request_not_found:', 'of nothing'))
    AS x (id, licence, wanted, what);
SELECT t.change(format('sluice.request_approve(%L, %L, %L)', :'request',
    :'granted', 'welcome'), jsonb_build_object('status',
    '["open","approved"]'::jsonb, 'licence', jsonb_build_array(NULL,
    :'granted')), 'request_approve');
SELECT t.refused(format('sluice.request_reject(%L, %L)', :'request', 'no'),
    'SLSTA request_decided:', 'approved, then rejected');
SELECT t.change(format('sluice.request_reject(%L, %L)', :'towels',
    'no robots for that'), '{"status":["open","rejected"]}', 'request_reject');
SELECT t.refused(format('sluice.request_approve(%L, NULL, %L)', :'towels', 'x'),
    'SLSTA request_decided:', 'rejected, then approved');
RESET SESSION AUTHORIZATION;
SELECT t.is(string_agg(r ->> 'status' || ': ' || (r ->> 'answer'), ', '
    ORDER BY r ->> 'status'), 'approved: welcome, rejected: no robots for that',
    'the customer reads the answers')
FROM jsonb_array_elements(sluice.customer_requests(:'other') -> 'requests')
    AS r;

-- ---- tokens ----

CREATE FUNCTION t.mac(letter text) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$ SELECT convert_to(repeat(letter, 32), 'UTF8') $$;
SET SESSION AUTHORIZATION test_admin;
SELECT t.change(format('sluice.token_issue(%L, NULL, %L, %L, %L, 7, NULL, %L)',
    'acme', 'ci', t.mac('a'), 'aaaa', 'new'), NULL, 'token_issue');
SELECT x ->> 'id' AS token FROM jsonb_array_elements(sluice.token_list('acme'))
    AS x WHERE x ->> 'name' = 'ci' \gset
SELECT t.refused(format('sluice.token_issue(%L, %L, %L, %L, %L, %s, %s, %L)',
    customer, licence, 'x', t.mac(mac), 'aaaa', scopes, expires, 'x'), wanted,
    'a token ' || what)
FROM (VALUES
	('nobody', NULL, 'b', '7', 'NULL', 'SLNFD customer_not_found:',
	    'for nobody'),
	('acme', :'granted', 'b', '7', 'NULL', 'SLNFD licence_not_found:',
	    'on another''s licence'),
	('other', NULL, 'a', '7', 'NULL', 'SLEXI token_exists:',
	    'that is another''s'),
	('acme', NULL, 'b', '8', 'NULL', 'SLINV bad_token:', 'for anything'),
	('acme', NULL, 'b', '7', '1000', 'SLINV bad_expiry:', 'of the past'),
	('acme', NULL, 'b', '7', '4102444800000000', 'SLINV bad_expiry:',
	    'of the far future'))
    AS x (customer, licence, mac, scopes, expires, wanted, what);
SELECT t.change(format('sluice.token_rotate(%L, %L, %L, NULL, 3600, %L)',
    :'token', t.mac('b'), 'bbbb', 'yearly'), NULL, 'token_rotate', true);
SELECT t.is(string_agg((x ->> 'status') || ' ' || ((x ->> 'expires')::timestamptz
    < now() + interval '61 minutes'), ', ' ORDER BY x ->> 'tail'),
    'active true, active false', 'the old one works for the overlap')
FROM jsonb_array_elements(sluice.token_list('acme')) AS x
WHERE x ->> 'name' = 'ci';
SELECT t.refused(format('sluice.token_rotate(%L, %L, %L, NULL, %s, %L)', id,
    t.mac(mac), 'cccc', overlap, 'x'), wanted, 'a rotation ' || what)
FROM (VALUES
	(:'token', 'c', 1, 'SLLIM token_limit:', 'of one that was rotated'),
	(:'token', 'c', -1, 'SLINV bad_overlap:', 'with a negative overlap'),
	(:'plain', 'c', 1, 'SLNFD token_not_found:', 'of nothing'))
    AS x (id, mac, overlap, wanted, what);
SELECT t.change(format('sluice.token_revoke(%L, %L)', :'token', 'lost'),
    '{"status":["active","revoked"]}', 'token_revoke');
SELECT t.refused($$sluice.token_revoke('nothing', 'x')$$,
    'SLNFD token_not_found:', 'a token that is not there');
SELECT t.refused(format('sluice.token_rotate(%L, %L, %L, NULL, 0, %L)',
    :'token', t.mac('c'), 'cccc', 'x'), 'SLSTA token_not_active:',
    'a rotation of a revoked one');

-- ---- activations ----

SELECT t.change(format('sluice.activation_add(%L, %L, %L, %L, 7, NULL, NULL, '
    '%L)', 'acme', :'plain', 'site', t.mac('s'), 'new'), NULL,
    'activation_add');
SELECT t.refused(format('sluice.activation_add(%L, %L, %L, %L, 7, %s, NULL, %L)',
    'acme', licence, 'x', t.mac('u'), expires, 'x'), wanted,
    'an activation ' || what)
FROM (VALUES (:'granted', 'NULL', 'SLNFD licence_not_found:',
	    'of another''s licence'),
	(NULL, '1000', 'SLINV bad_expiry:', 'of the past'),
	(NULL, '4102444800000000', 'SLINV bad_expiry:', 'that never ends'))
    AS x (licence, expires, wanted, what);
SELECT sluice.activation_add('acme', NULL, 'gone', t.mac('g'), 7, NULL, NULL,
    'x') ->> 'status';
SELECT t.ok(sluice.activation_list('acme')::text !~ 'mac', 'no hash is listed');
RESET SESSION AUTHORIZATION;
UPDATE sluice.activation SET expires = now() WHERE name = 'gone';
SELECT sluice.billing_key_add(t.public_key('z'), 'x');

SET SESSION AUTHORIZATION test_server;
SELECT t.is((r.r -> 'token' ->> 'name') || ' ' || (r.r -> 'token' ->> 'licence')
    || ' ' || (r.r -> 'customer' ->> 'name') || ' ' ||
    jsonb_array_length(r.r -> 'billing'), 'site ' || :'plain' || ' acme 1',
    'a code becomes a token')
FROM (SELECT sluice.activation_redeem(t.mac('s'), NULL, t.mac('t'), 'tttt'))
    AS r (r);
SELECT t.is((SELECT a.customer_name FROM sluice.authenticate(t.mac('t')) AS a),
    'acme', 'which works');
SELECT t.raises(format('SELECT sluice.activation_redeem(%L, %L, %L, %L)',
    t.mac(code), nonce, t.mac('w'), 'wwww'), wanted, 'a code ' || what)
FROM (VALUES ('s', NULL, 'SLSTA activation_used:', 'works once'),
	('s', t.mac('n'), 'SLSTA activation_used:', 'is not taken over'),
	('g', NULL, 'SLSTA activation_expired:', 'expires'),
	('!', NULL, 'SLNFD activation_not_found:', 'cannot be guessed'))
    AS x (code, nonce, wanted, what);
RESET SESSION AUTHORIZATION;

-- The answer was lost: who redeemed the code may do so again.
SELECT sluice.activation_add('acme', NULL, 'lost', t.mac('l'), 7, NULL, NULL,
    'x') ->> 'status';
SET SESSION AUTHORIZATION test_server;
CREATE FUNCTION pg_temp.redeem(nonce text, token text) RETURNS text
LANGUAGE sql AS $$
	SELECT sluice.activation_redeem(t.mac('l'), t.mac(nonce), t.mac(token),
	    token) -> 'token' ->> 'status'
$$;
SELECT t.is(pg_temp.redeem('n', '1'), 'active', 'a code with a nonce');
SELECT t.raises($$SELECT pg_temp.redeem('m', '2')$$, 'SLSTA activation_used:',
    'another nonce does not open it again');
SELECT t.is(pg_temp.redeem('n', '3'), 'active', 'the same one does');
SELECT t.is(pg_temp.redeem('n', '4'), 'active', 'as often as it is needed');
SELECT t.is((SELECT string_agg(COALESCE((SELECT a.customer_name FROM
	sluice.authenticate(t.mac(token)) AS a), '-'), ' ' ORDER BY token)
    FROM (VALUES ('4')) AS x (token)), 'acme', 'the last token works');
SELECT t.is((sluice.authenticate(t.mac(token))).code, 'token_revoked',
    'token ' || token || ' does not')
FROM (VALUES ('1'), ('3')) AS x (token);
RESET SESSION AUTHORIZATION;
SELECT t.is(count(*)::text || ' ' || count(DISTINCT detail ->> 'token') || ' ' ||
    count(detail ->> 'replaces'), '3 3 2', 'the audit log has each token')
FROM sluice.audit WHERE action = 'activation_redeem' AND object =
    (SELECT a.id::text FROM sluice.activation AS a WHERE a.name = 'lost');
SELECT sluice.token_revoke(token::text, 'x') ->> 'status'
FROM sluice.activation WHERE name = 'lost';
SET SESSION AUTHORIZATION test_server;
SELECT t.raises($$SELECT pg_temp.redeem('n', '5')$$, 'SLSTA activation_used:',
    'what was revoked does not come back');
RESET SESSION AUTHORIZATION;
SELECT sluice.activation_add('acme', NULL, 'open', t.mac('o'), 7, NULL, NULL,
    'x');
SELECT t.change($$sluice.token_revoke_all('acme', 'leak')$$, NULL,
    'token_revoke_all');
SELECT t.is(string_agg(DISTINCT x ->> 'status', ' '), 'revoked',
    'every token of the customer is revoked')
FROM jsonb_array_elements(sluice.token_list('acme')) AS x;
SELECT t.raises(format('SELECT sluice.activation_redeem(%L, NULL, %L, %L)',
    t.mac('o'), t.mac('x'), 'xxxx'), 'SLNFD activation_not_found:',
    'open activations as well');
