-- What each role cannot do, asked of the catalog of PostgreSQL itself, so that a
-- new function or table is in the question from its first day.

CREATE TABLE t.may AS
SELECT r.role, p.proname AS function, p.provolatile AS volatility,
    p.prosecdef AS is_definer
FROM pg_proc AS p
CROSS JOIN unnest(ARRAY['server', 'publisher', 'admin', 'auditor',
    'log', 'witness']) AS r (role)
WHERE p.pronamespace = 'sluice'::regnamespace AND
    has_function_privilege('sluice_' || r.role, p.oid, 'EXECUTE');

-- Functions that change something, by their volatility.
CREATE FUNCTION t.changes_of(in_role text) RETURNS text
LANGUAGE sql AS $$
	SELECT COALESCE(string_agg(DISTINCT m.function, ' ' ORDER BY m.function), '')
	FROM t.may AS m
	WHERE m.role = in_role AND m.volatility = 'v' AND m.is_definer
$$;
SELECT t.is(t.changes_of('server'), 'activation_redeem charge customer_key_add '
    'lease_close lease_open lease_redecided lease_renew licence_accept '
    'receipt_add request_add tick',
    'the server changes deliveries, charges and what customers sign');
SELECT t.is(t.changes_of('publisher'), 'dataset_create erase erase_done '
    'key_register publication_abandon publication_reserve publication_seal '
    'publication_show publication_sign publication_wait',
    'a publisher changes its own datasets');
SELECT t.is(t.changes_of('log'), 'checkpoint_sign publication_log '
    'publication_show',
    'the log signer logs and shows');
SELECT t.is(t.changes_of('witness'), 'cosign', 'a witness cosigns');
SELECT t.is(string_agg(DISTINCT m.function, ' '), NULL,
    'nobody else makes a checkpoint or a cosignature')
FROM t.may AS m WHERE (m.function IN ('publication_log', 'checkpoint_sign') AND
    m.role <> 'log') OR
    (m.function = 'cosign' AND m.role <> 'witness');
SELECT t.is(string_agg(DISTINCT m.function, ' '), NULL,
    'an auditor calls nothing that changes something')
FROM t.may AS m
WHERE m.role = 'auditor' AND m.volatility = 'v';
SELECT t.is(string_agg(DISTINCT m.function, ' '), NULL,
    'an admin neither charges nor publishes nor speaks for a customer')
FROM t.may AS m WHERE m.role = 'admin' AND EXISTS (
	SELECT FROM t.may AS o
	WHERE o.function = m.function AND o.role IN ('server', 'publisher') AND
	    o.volatility = 'v');
SELECT t.is(string_agg(DISTINCT m.function, ' '), NULL,
    'nobody calls what is not made to be called')
FROM t.may AS m
WHERE NOT m.is_definer AND m.role <> 'auditor' AND m.volatility = 'v';
SELECT t.is(string_agg(p.proname, ' '), NULL,
    'what runs with the owner''s rights is the owner''s')
FROM pg_proc AS p
WHERE p.pronamespace = 'sluice'::regnamespace AND p.prosecdef AND
    p.proowner <> 'sluice_owner'::regrole;

-- Tables.
SELECT t.is(string_agg(c.relname, ' '), NULL,
    'neither server nor publisher, log signer or witness reads a table')
FROM pg_class AS c
CROSS JOIN unnest(ARRAY['sluice_server', 'sluice_publisher', 'sluice_log',
    'sluice_witness', 'sluice_bundle']) AS r (role)
WHERE c.relnamespace = 'sluice'::regnamespace AND c.relkind = 'r' AND
    c.relname <> 'schema_version' AND
    has_table_privilege(r.role, c.oid, 'SELECT');
SELECT t.is(string_agg(DISTINCT c.relname, ' ' ORDER BY c.relname),
    'activation token', 'an ' || r.role || ' reads all but hashes of secrets')
FROM pg_class AS c
CROSS JOIN unnest(ARRAY['sluice_admin', 'sluice_auditor']) AS r (role)
WHERE c.relnamespace = 'sluice'::regnamespace AND c.relkind = 'r' AND
    NOT has_table_privilege(r.role, c.oid, 'SELECT') GROUP BY r.role;
SELECT t.is(string_agg(c.relname, ' '), NULL, 'nobody writes a table')
FROM pg_class AS c
CROSS JOIN unnest(ARRAY['server', 'publisher', 'admin', 'auditor', 'log',
    'witness', 'bundle']) AS r (role)
CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER',
    'REFERENCES']) AS p (privilege)
WHERE c.relnamespace = 'sluice'::regnamespace AND c.relkind = 'r' AND
    has_table_privilege('sluice_' || r.role, c.oid, p.privilege);
SELECT t.is(string_agg(r.role, ' '), NULL, 'nobody makes anything in the schema')
FROM unnest(ARRAY['server', 'publisher', 'admin', 'auditor', 'log', 'witness',
    'bundle']) AS r (role)
WHERE has_schema_privilege('sluice_' || r.role, 'sluice', 'CREATE');
SELECT t.is(string_agg(r.rolname, ' '), NULL,
    'no role can log in, be superuser, make roles or pass over row security')
FROM pg_roles AS r
WHERE r.rolname LIKE 'sluice\_%' AND (r.rolcanlogin OR r.rolsuper OR
    r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication);
SELECT t.is(string_agg(m.rolname || ' in ' || g.rolname, ' '), NULL,
    'no role is a member of another')
FROM pg_auth_members AS x
JOIN pg_roles AS g ON g.oid = x.roleid JOIN pg_roles AS m ON m.oid = x.member
WHERE g.rolname LIKE 'sluice\_%' AND m.rolname LIKE 'sluice\_%';

-- As each login: the ways around the triggers that keep ledger and audit.
CREATE FUNCTION t.around(who text) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT t.raises(c, '42501', who || ' may not ' || c)
	FROM unnest(ARRAY['SET ROLE sluice_owner',
	    'SET session_replication_role = replica',
	    'ALTER TABLE sluice.ledger DISABLE TRIGGER append_only',
	    'DROP TRIGGER append_only ON sluice.audit',
	    'ALTER TABLE sluice.ledger OWNER TO CURRENT_USER',
	    'UPDATE sluice.ledger SET bytes = 0', 'DELETE FROM sluice.ledger',
	    'TRUNCATE sluice.ledger', 'UPDATE sluice.audit SET reason = ''x''',
	    'DELETE FROM sluice.audit', 'TRUNCATE sluice.audit',
	    'UPDATE sluice.licence_total SET used_bytes = 0',
	    'UPDATE sluice.agreement_total SET amount_micro = 0',
	    'INSERT INTO sluice.receipt DEFAULT VALUES',
	    'CREATE OR REPLACE FUNCTION sluice.refuse_change() RETURNS trigger '
	    'LANGUAGE plpgsql AS ''BEGIN RETURN NEW; END''',
	    'CREATE TABLE sluice.mine (a int)',
	    'GRANT sluice_owner TO CURRENT_USER',
	    'COPY sluice.ledger FROM ''/dev/null''']) AS c
$$;
SET SESSION AUTHORIZATION test_server;
SELECT t.around('the server');
SET SESSION AUTHORIZATION test_lab;
SELECT t.around('a publisher');
SET SESSION AUTHORIZATION test_admin;
SELECT t.around('an admin');
SET SESSION AUTHORIZATION test_auditor;
SELECT t.around('an auditor');
SET SESSION AUTHORIZATION test_log;
SELECT t.around('the log signer');
SET SESSION AUTHORIZATION test_witness;
SELECT t.around('a witness');
SET SESSION AUTHORIZATION test_auditor;

-- The auditor reads what there is.
SELECT t.ok(jsonb_typeof(x.x) IN ('array', 'object'), 'an auditor reads ' || what)
FROM (VALUES (sluice.customer_list(), 'customers'),
	(sluice.customer_show('acme'), 'a customer'),
	(sluice.policy_list(), 'policies'),
	(sluice.agreement_list(NULL), 'agreements'),
	(sluice.licence_list(NULL, NULL), 'licences'),
	(sluice.request_list(NULL), 'requests'),
	(sluice.receipt_list(NULL, NULL), 'receipts'),
	(sluice.token_list(NULL), 'tokens, without hashes'),
	(sluice.usage_report(NULL, NULL, NULL), 'usage'),
	(sluice.recall('kitting', '1'), 'who holds an episode'),
	(sluice.dataset_list(), 'datasets'),
	(sluice.publisher_list(), 'publishers'),
	(sluice.session_list(), 'deliveries'),
	(sluice.audit_list(10), 'the audit log'),
	(sluice.audit_verify(), 'whether it is whole'),
	(sluice.setting_list(), 'settings')) AS x (x, what);
SELECT t.ok(jsonb_array_length(sluice.dataset_list()) > 0 AND
    jsonb_array_length(sluice.key_list()) > 0,
    'an auditor sees the datasets and keys of all publishers');
RESET SESSION AUTHORIZATION;

-- A login for each person or site: the audit log tells them apart.
CREATE ROLE test_ann LOGIN IN ROLE sluice_admin;
CREATE ROLE test_oslo LOGIN IN ROLE sluice_publisher;
SET SESSION AUTHORIZATION test_ann;
SELECT sluice.customer_set('acme', 'Acme Inc', NULL, NULL, 'rename');
SELECT sluice.publisher_login_add('lab', 'test_oslo', 'oslo', 'new site');
SELECT t.is(sluice.audit_list(1) -> 0 ->> 'actor', 'test_ann',
    'what a person does is under the person''s login');
SET SESSION AUTHORIZATION test_oslo;
SELECT t.is(jsonb_array_length(sluice.dataset_list())::text, '1',
    'a site''s login sees its publisher''s datasets');
SELECT (t.reserve('kitting')).id AS publication \gset
SELECT t.ok(p ->> 'actor' = 'test_oslo', 'a publication knows its login')
FROM jsonb_array_elements(sluice.publication_list('kitting')) AS p
WHERE p ->> 'state' = 'reserved';

-- One publisher cannot touch another's dataset.
SET SESSION AUTHORIZATION test_rival;
SELECT t.raises(c, wanted, 'a rival may not ' || c)
FROM (VALUES
	('SELECT t.reserve(''kitting'')', 'SLNFD dataset_not_found:'),
	('SELECT sluice.dataset_known(''kitting'', NULL)',
	    'SLNFD dataset_not_found:'),
	('SELECT sluice.publication_list(''kitting'')',
	    'SLNFD dataset_not_found:'),
	('SELECT sluice.erase(''kitting'', 1, ''x'')',
	    'SLNFD dataset_not_found:'),
	('SELECT sluice.erase_done(''kitting'', 1)',
	    'SLNFD dataset_not_found:'),
	(format('SELECT sluice.publication_sign(%L)', :'publication'),
	    'SLNFD publication_not_found:'),
	(format('SELECT sluice.publication_seal(%L, NULL, NULL, NULL, NULL, '
	    'NULL)', :'publication'), 'SLNFD publication_not_found:'),
	(format('SELECT sluice.publication_show(%L)', :'publication'),
	    'SLNFD publication_not_found:'),
	(format('SELECT sluice.publication_abandon(%L, ''x'')',
	    :'publication'), 'SLNFD publication_not_found:'),
	('SELECT sluice.dataset_set_visibility(''kitting'', ''public'', ''x'')',
	    '42501 permission denied'),
	('SELECT sluice.price_set(''kitting'', NULL, ''x'')',
	    '42501 permission denied'),
	('SELECT sluice.publisher_login_add(''lab'', ''test_rival'', NULL, '
	    '''x'')', '42501 permission denied')) AS x (c, wanted);
SELECT t.is(sluice.dataset_list()::text || sluice.key_list()::text, '[][]',
    'a rival sees neither its datasets nor its keys');
SET SESSION AUTHORIZATION test_ann;
SELECT sluice.publisher_login_remove('lab', 'test_oslo', 'left');
SET SESSION AUTHORIZATION test_oslo;
SELECT t.raises('SELECT t.reserve(''kitting'')', 'SLDEN not_a_publisher:',
    'a login that was removed publishes for nobody');
RESET SESSION AUTHORIZATION;

-- The server asks for customers by their token only, and sees no other's.
SELECT id AS acme FROM sluice.customer WHERE name = 'acme' \gset
SELECT id AS other FROM sluice.customer WHERE name = 'other' \gset
SELECT sluice.licence_grant('acme', 'kitting', t.terms('kitting'), NULL, 'x')
    ->> 'id' AS licence \gset
SET SESSION AUTHORIZATION test_server;
SELECT t.raises(c, '42501 permission denied', 'the server may not ' || c)
FROM unnest(ARRAY['SELECT sluice.customer_list()',
	'SELECT sluice.customer_show(''acme'')',
	'SELECT sluice.licence_list(NULL, NULL)',
	'SELECT sluice.token_list(NULL)', 'SELECT sluice.request_list(NULL)',
	'SELECT sluice.receipt_list(NULL, NULL)',
	'SELECT sluice.audit_list(1)', 'SELECT sluice.recall(''kitting'', ''1'')',
	'SELECT sluice.terms_text_add(''x'', ''x'')',
	'SELECT sluice.licence_set_status(''x'', ''active'', ''x'')',
	'SELECT sluice.agreement_set_status(''acme'', ''x'', ''active'', ''x'')',
	'SELECT sluice.setting_set(''tokens_per_name'', ''9'', ''x'')',
	'SELECT sluice.customer_key_revoke(''x'', ''x'')',
	'SELECT sluice.request_approve(''x'', NULL, ''x'')',
	'SELECT sluice.session_kick(''x'', ''x'')']) AS c;
SELECT t.is((SELECT count(*)::text FROM sluice.licences(:'other',
    t.dataset('kitting'), :'licence')), '0',
    'a licence is found under its customer only');
SELECT t.raises(format('SELECT sluice.licence_text(%L, %L)', :'other',
    :'licence'), 'SLNFD licence_not_found:', 'so is its text');
RESET SESSION AUTHORIZATION;

-- The owner cannot rewrite what is kept for ever.
SET ROLE sluice_owner;
SELECT t.raises(format(c, x.name), 'SLDEN append_only:',
    'not even the owner may ' || format(c, x.name))
FROM unnest(ARRAY['ledger', 'audit', 'licence_event', 'licence_version',
    'agreement_version', 'terms_text', 'acceptance', 'receipt', 'removal',
    'checkpoint'])
    AS x (name)
CROSS JOIN unnest(ARRAY['DELETE FROM sluice.%I', 'TRUNCATE sluice.%I CASCADE'])
    AS c;
RESET ROLE;
