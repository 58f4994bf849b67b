-- Deliveries into a file: who may open one, and that they are charged as any
-- other.

SET SESSION AUTHORIZATION test_admin;
SELECT sluice.publisher_login_add('lab', 'test_bundle', NULL, 'x');
SELECT sluice.licence_grant('acme', 'kitting', t.terms('kitting'), NULL, 'x')
    ->> 'id' AS licence \gset
RESET SESSION AUTHORIZATION;
CREATE FUNCTION t.bundle(licence uuid, after bigint DEFAULT 0) RETURNS text
LANGUAGE sql AS $$
	SELECT concat_ws(' ', b.customer_name, b.kind, b.seq)
	FROM sluice.bundle_open('kitting', licence, after) AS b
$$;
CREATE FUNCTION t.lease_without(licence uuid) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	delivery uuid := gen_random_uuid();
BEGIN
	PERFORM sluice.lease_open(delivery, licence, 1, NULL, 'test:1', 'bundle',
	    'stream', 0, 15);
	RETURN delivery;
END
$$;

SET SESSION AUTHORIZATION test_bundle;
SELECT t.is(t.bundle(:'licence'), 'acme subscription 1',
    'a bundle is opened for the licence''s customer');
SELECT t.raises(format('SELECT t.bundle(%L, 2)', :'licence'),
    'SLNFD batch_not_found:', 'no bundle begins after the newest batch');
SELECT t.raises(format('SELECT t.bundle(%L)', gen_random_uuid()),
    'SLNFD licence_not_found:', 'no bundle is for a licence that is not there');
SELECT t.lease_without(:'licence') AS delivery \gset
SELECT t.is(c.outcome || ' ' || c.charged_episodes, 'charged 3',
    'a bundle''s tranche is charged')
FROM sluice.charge(:'licence', 1, (SELECT b.dataset_id
    FROM sluice.bundle_open('kitting', :'licence', 0) AS b), 1, '{[0,8)}',
    NULL, :'delivery') AS c;
SELECT t.is(c.outcome, 'held', 'and not again when the bundle is repeated')
FROM sluice.charge(:'licence', 1, (SELECT b.dataset_id
    FROM sluice.bundle_open('kitting', :'licence', 0) AS b), 1, '{[0,8)}',
    NULL, :'delivery') AS c;
SELECT sluice.lease_close(:'delivery', 0, 'x');
SELECT t.lease_without(:'licence') AS delivery \gset
RESET SESSION AUTHORIZATION;
SELECT t.is(a.actor || ' ' || a.object, 'test_bundle ' || :'licence',
    'the audit log says who opened it')
FROM sluice.audit AS a WHERE a.action = 'bundle_open'
ORDER BY a.number LIMIT 1;
SELECT t.is(s ->> 'peer' || ' ' || COALESCE(s ->> 'token', 'no token'),
    'bundle no token', 'the list of deliveries has it')
FROM jsonb_array_elements(sluice.session_list()) AS s;

-- A receipt that came back as a file.
CREATE FUNCTION t.carried(licence uuid, customer text, number int)
RETURNS text
LANGUAGE sql AS $$
	SELECT format('{"version":1,"type":"receipt","customer":"%s",'
	    '"licence":"%s","dataset":"kitting","seq":1,"ledger":{"number":%s,'
	    '"head":"%s"},"segments":{"verified":1,"bytes":1},'
	    '"retractions":[],"deletions":[],"at":"2026-11-21T10:00:00Z"}',
	    customer, licence, number, repeat('0', 64))
$$;
SELECT sluice.customer_key_add(c.id, t.public_key('q'))
FROM sluice.customer AS c WHERE c.name = 'acme';
SET SESSION AUTHORIZATION test_admin;
SELECT t.change(format('sluice.receipt_carry(%L, %L, %L, %L)',
    t.public_key('q'), t.carried(:'licence', 'acme', 0), 'minisig', 'carried'),
    '{"receipt":[null,1]}', 'a carried receipt', true);
SELECT t.is(sluice.receipt_carry(t.public_key('q'),
    t.carried(:'licence', 'acme', 0), 'minisig', 'again') ->> 'changes', '{}',
    'the same one again is not kept twice');
SELECT t.is(sluice.receipt_carry(t.public_key('q'),
    t.carried(:'licence', 'acme', 1), 'minisig', 'x') ->> 'on_chain', 'false',
    'a carried receipt with another head is kept and told');
SELECT t.is(sluice.receipt_carry(t.public_key('s'),
    t.carried(:'licence', 'acme', 2), 'minisig', 'x') ->> 'key',
    t.public_key('s'), 'a key that nobody has becomes the customer''s');
SELECT t.refused(format('sluice.receipt_carry(%L, %L, %L, %L)',
    t.public_key('q'), t.carried(:'licence', 'other', 0), 'minisig', 'x'),
    'SLEXI key_exists:', 'a key of one customer signs for no other');
SELECT t.refused(format('sluice.receipt_carry(%L, %L, %L, %L)',
    t.public_key('r'), t.carried(:'licence', 'other', 0), 'minisig', 'x'),
    'SLNFD licence_not_found:', 'nor does a licence''s receipt');
SELECT t.refused(format('sluice.receipt_carry(%L, %L, %L, %L)',
    t.public_key('r'), t.carried(:'licence', 'nobody', 0), 'minisig', 'x'),
    'SLNFD customer_not_found:', 'a receipt of nobody is refused');
SELECT t.refused(format('sluice.receipt_carry(%L, %L, %L, %L)',
    t.public_key('r'), '{', 'minisig', 'x'), 'SLINV bad_receipt:',
    'what is no receipt is refused');
RESET SESSION AUTHORIZATION;

-- A token that somebody knows makes no server of who writes bundles.
INSERT INTO sluice.token (customer, name, mac, tail, scopes, expires)
SELECT c.id, 'known', sha256('known'), 'abcd', 1,
    clock_timestamp() + interval '1 day'
FROM sluice.customer AS c WHERE c.name = 'acme' RETURNING id AS token \gset
UPDATE sluice.dataset SET publisher = (SELECT p.id FROM sluice.publisher AS p
    WHERE p.name <> 'lab' LIMIT 1) WHERE name = 'kitting';
SET SESSION AUTHORIZATION test_bundle;
SELECT t.raises(format('SELECT sluice.lease_open(gen_random_uuid(), %L, 1, %L, '
    '''test:1'', ''bundle'', ''stream'', 0, 15)', :'licence', :'token'),
    'SLNFD licence_not_found:', 'nor does a token open one of a licence on '
    'somebody else''s dataset');
RESET SESSION AUTHORIZATION;
UPDATE sluice.dataset SET publisher = (SELECT p.id FROM sluice.publisher AS p
    WHERE p.name = 'lab') WHERE name = 'kitting';

SET SESSION AUTHORIZATION test_lab;
SELECT t.raises(format('SELECT t.bundle(%L)', :'licence'),
    '42501 permission denied', 'a publisher alone opens no bundle');
SET SESSION AUTHORIZATION test_server;
SELECT t.raises(format('SELECT t.lease_without(%L)', :'licence'),
    'SLDEN not_a_publisher:', 'the server opens no lease without a token');

SET SESSION AUTHORIZATION test_admin;
SELECT sluice.customer_set_status('acme', 'disabled', 'x');
SET SESSION AUTHORIZATION test_bundle;
SELECT t.is(r.code, 'customer_disabled', 'a disabled customer''s bundle ends')
FROM sluice.lease_check(ARRAY[:'delivery'::uuid]) AS r;
SELECT t.raises(format('SELECT t.lease_without(%L)', :'licence'),
    'SLDEN customer_disabled:', 'and is not opened again');
RESET SESSION AUTHORIZATION;
