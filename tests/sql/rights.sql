-- Each role may do what it is for, and nothing else.

CREATE FUNCTION t.denied(commands text[], who text) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT t.raises(c, '42501 permission denied', who || ' may not ' || c)
	FROM unnest(commands) AS c
$$;

-- Nobody writes a table; the ledger and the audit log not even their owner.
CREATE FUNCTION t.writes() RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT array_agg(c ORDER BY c) FROM (
		SELECT format('DELETE FROM sluice.%I', tablename)
		FROM pg_tables WHERE schemaname = 'sluice'
		UNION ALL
		SELECT format('TRUNCATE sluice.%I', tablename)
		FROM pg_tables WHERE schemaname = 'sluice'
		UNION ALL
		SELECT format('INSERT INTO sluice.%I DEFAULT VALUES', tablename)
		FROM pg_tables WHERE schemaname = 'sluice'
		UNION ALL
		SELECT format('UPDATE sluice.%I SET %I = NULL', t.tablename,
		    min(c.column_name))
		FROM pg_tables AS t JOIN information_schema.columns AS c
		    ON c.table_schema = 'sluice' AND c.table_name = t.tablename
		WHERE t.schemaname = 'sluice' GROUP BY t.tablename) AS x (c)
$$;
SELECT t.writes() AS writes \gset

SET SESSION AUTHORIZATION test_server;
SELECT t.denied(:'writes', 'the server');
SELECT t.denied(ARRAY['SELECT * FROM sluice.token',
	'SELECT * FROM sluice.ledger', 'SELECT * FROM sluice.licence',
	'SELECT sluice.customer_list()',
	'SELECT sluice.licence_grant(NULL, NULL, NULL, NULL, NULL)',
	'SELECT sluice.token_issue(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)',
	'SELECT sluice.publication_reserve(NULL, NULL)',
	'SELECT sluice.audit_add(NULL, NULL, NULL, NULL)',
	'SELECT sluice.event_add(NULL, NULL, NULL, NULL)',
	'SELECT sluice.ledger_append(NULL, NULL, NULL, NULL)',
	'SELECT sluice.publication_log(NULL, NULL, NULL, NULL, NULL, NULL)',
	'SELECT sluice.cosign(NULL, NULL, NULL, NULL, NULL, NULL)',
	'CREATE TABLE sluice.x (a int)',
	'CREATE FUNCTION sluice.x() RETURNS int LANGUAGE sql AS ''SELECT 1'''],
    'the server');

SET SESSION AUTHORIZATION test_lab;
SELECT t.denied(:'writes', 'a publisher');
SELECT t.denied(ARRAY['SELECT * FROM sluice.customer',
	'SELECT sluice.customer_list()', 'SELECT sluice.authenticate(NULL)',
	'SELECT sluice.charge(NULL, NULL, NULL, NULL, NULL, NULL, NULL)',
	'SELECT sluice.licence_list(NULL, NULL)',
	'SELECT sluice.publisher_add(NULL, NULL, NULL, NULL)'], 'a publisher');

SET SESSION AUTHORIZATION test_admin;
SELECT t.denied(:'writes', 'an admin');
SELECT t.denied(ARRAY['SELECT * FROM sluice.token',
	'SELECT sluice.charge(NULL, NULL, NULL, NULL, NULL, NULL, NULL)',
	'SELECT sluice.publication_reserve(NULL, NULL)'], 'an admin');
SELECT t.ok((SELECT count(*) > 0 FROM sluice.audit), 'an admin reads the audit');

SET SESSION AUTHORIZATION test_auditor;
SELECT t.denied(:'writes', 'an auditor');
SELECT t.denied(ARRAY['SELECT * FROM sluice.token',
	'SELECT sluice.customer_add(NULL, NULL, NULL, NULL)',
	'SELECT sluice.charge(NULL, NULL, NULL, NULL, NULL, NULL, NULL)'],
    'an auditor');
SELECT t.ok((SELECT count(*) = 0 FROM sluice.ledger),
    'an auditor reads the ledger');

SET SESSION AUTHORIZATION test_log;
SELECT t.denied(:'writes', 'the log signer');
SELECT t.denied(ARRAY['SELECT * FROM sluice.checkpoint',
	'SELECT sluice.cosign(NULL, NULL, NULL, NULL, NULL, NULL)',
	'SELECT sluice.publication_seal(NULL, NULL, NULL, NULL, NULL, NULL)',
	'SELECT sluice.publication_reserve(NULL, NULL)',
	'SELECT sluice.customer_list()'], 'the log signer');

SET SESSION AUTHORIZATION test_witness;
SELECT t.denied(:'writes', 'a witness');
SELECT t.denied(ARRAY['SELECT * FROM sluice.checkpoint',
	'SELECT sluice.publication_log(NULL, NULL, NULL, NULL, NULL, NULL)',
	'SELECT sluice.publication_show(NULL)',
	'SELECT sluice.log_pending(NULL)'], 'a witness');

SET SESSION AUTHORIZATION test_stranger;
SELECT t.raises('SELECT * FROM sluice.dataset',
    '42501 permission denied for schema', 'a stranger sees nothing');
SELECT t.raises('SELECT sluice.catalog(NULL, NULL, NULL, NULL, NULL, 1)',
    '42501 permission denied for schema', 'a stranger calls nothing');
RESET SESSION AUTHORIZATION;

-- The owner cannot rewrite history either.
SELECT t.dataset('kitting') AS dataset \gset
SELECT sluice.licence_grant('acme', 'kitting', t.terms('kitting'), NULL, 'test')
    ->> 'id' AS licence \gset
SELECT t.charge(:'licence', 1, :dataset, 1, '{[1,4)}', NULL);
SET ROLE sluice_owner;
SELECT t.raises(c, 'SLDEN append_only:', 'not even the owner may ' || c)
FROM unnest(ARRAY['UPDATE sluice.ledger SET bytes = 0',
	'DELETE FROM sluice.ledger', 'TRUNCATE sluice.ledger',
	'UPDATE sluice.audit SET reason = ''''', 'DELETE FROM sluice.audit',
	'TRUNCATE sluice.audit', 'DELETE FROM sluice.licence_event',
	'UPDATE sluice.licence_version SET terms = ''{}''',
	'UPDATE sluice.batch SET minisig = ''''']) AS c;
RESET ROLE;

-- Every function that runs as the owner has a fixed search path or is bound to
-- its objects when it is made.
SELECT t.is(string_agg(p.proname, ', '), NULL,
    'no function looks names up in the caller''s search path')
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname = 'sluice'
WHERE p.prosecdef AND p.prosqlbody IS NULL AND
    'search_path=pg_catalog, pg_temp' <> ALL (COALESCE(p.proconfig, '{}'));
SELECT t.is(string_agg(p.proname, ', '), NULL, 'no function is for everybody')
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname = 'sluice'
WHERE has_function_privilege('test_stranger', p.oid, 'EXECUTE');

-- Publishers and their datasets.
SET SESSION AUTHORIZATION test_rival;
SELECT t.raises(c, wanted, 'a rival may not ' || c)
FROM (VALUES
	('SELECT t.reserve(''kitting'')', 'SLNFD dataset_not_found:'),
	('SELECT sluice.dataset_known(''kitting'', NULL)',
	    'SLNFD dataset_not_found:'),
	('SELECT sluice.erase(''kitting'', 1, ''x'')',
	    'SLNFD dataset_not_found:'),
	('SELECT sluice.publication_list(''kitting'')',
	    'SLNFD dataset_not_found:'),
	('SELECT sluice.key_register(t.public_key(''a''))',
	    'SLEXI key_exists:')) AS x (c, wanted);
SELECT t.is(sluice.dataset_list()::text, '[]',
    'a rival does not see datasets of others');
RESET SESSION AUTHORIZATION;
SELECT t.raises('SELECT sluice.dataset_create(''x1'', ''prebuilt'', ''public'','
    ' ''x'', '''', '''')', 'SLDEN not_a_publisher:',
    'who publishes for nobody cannot create a dataset');
