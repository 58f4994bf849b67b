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
