-- Customers, policies, publishers' logins, billing keys, settings: each change
-- function's effect, changes, repetition, audit row, dry run and errors.

SET SESSION AUTHORIZATION test_admin;

-- Customers.
SELECT t.change($$sluice.customer_add('globex', 'Globex', 'g@x.org', 'new')$$,
    '{"name":[null,"globex"],"title":[null,"Globex"],
	"contact":[null,"g@x.org"],"status":[null,"active"]}', 'customer_add');
SELECT t.refused($$sluice.customer_add('globex', 'Another', '', 'x')$$,
    'SLEXI customer_exists:', 'a name that is taken');
SELECT t.refused($$sluice.customer_add('Globex!', 'x', '', 'x')$$,
    'SLINV bad_name:', 'a name that is none');
SELECT t.change($$sluice.customer_set('globex', 'Globex Inc', NULL, NULL, 'x')$$,
    '{"title":["Globex","Globex Inc"]}', 'customer_set');
SELECT t.refused($$sluice.customer_set('nobody', 'x', NULL, NULL, 'x')$$,
    'SLNFD customer_not_found:', 'a customer that does not exist');
SELECT t.refused($$sluice.customer_set('globex', NULL, NULL, 'acme', 'x')$$,
    'SLEXI customer_exists:', 'a new name that is taken');
SELECT t.refused($$sluice.customer_set('globex', NULL, NULL, 'A B', 'x')$$,
    'SLINV bad_name:', 'a new name that is none');
SELECT t.refused($$sluice.customer_set('globex', 'Other', NULL, NULL, ' ')$$,
    'SLINV reason_required:', 'a change without a reason');
SELECT t.is(sluice.customer_show('globex') ->> 'title', 'Globex Inc',
    'what was refused has not happened');
SELECT t.change($$sluice.customer_set_status('globex', 'disabled', 'unpaid')$$,
    '{"status":["active","disabled"]}', 'customer_set_status');
SELECT t.refused($$sluice.customer_set_status('globex', 'gone', 'x')$$,
    'SLINV bad_status:', 'a status that is none');
SELECT t.refused($$sluice.customer_set_status('globex', NULL, 'x')$$,
    'SLINV bad_status:', 'no status');
SELECT t.is((SELECT string_agg(k, ' ' ORDER BY k)
    FROM jsonb_object_keys(sluice.customer_show('globex')) AS k),
    'activations agreements contact created id keys licences name status title '
    'tokens', 'a customer is shown with all there is');
SELECT t.change($$sluice.customer_set('globex', NULL, NULL, 'globex2', 'x')$$,
    '{"name":["globex","globex2"]}', 'a new name', true);

-- Policies.
SELECT t.is((SELECT string_agg(p ->> 'name', ' ')
    FROM jsonb_array_elements(sluice.policy_list()) AS p),
    'research standard trial', 'three policies are built in');
SELECT t.is(p.policy -> 'policy' ->> 'use' || ' ' ||
    (p.policy -> 'policy' -> 'term' ->> 'days') || ' ' ||
    (p.policy -> 'policy' -> 'quota' ->> 'episodes'), 'evaluate 14 5',
    'a trial is to evaluate, for 14 days, 5 episodes')
FROM (SELECT sluice.policy_show('trial')) AS p (policy);
SELECT sluice.policy_show('standard') -> 'policy' AS policy \gset
SELECT t.change(format('sluice.policy_set(%L, %L, NULL, %L)', 'gold',
    :'policy', 'new'), NULL, 'policy_set');
SELECT t.change(format('sluice.policy_set(%L, %L, 1, %L)', 'gold',
    jsonb_set(:'policy', '{term,days}', '30'), 'shorter'),
    '{"term.days":[365,30]}', 'a change of a policy', true);
SELECT t.is(sluice.policy_show('gold') ->> 'version', '2', 'is a new version');
SELECT t.refused(format('sluice.policy_set(%L, %L, 1, %L)', 'gold',
    :'policy', 'x'), 'SLCON policy_changed:', 'two admins change one policy');
SELECT t.refused(format('sluice.policy_set(%L, %L, NULL, %L)', 'gold',
    jsonb_set(:'policy', path, value), 'x'), wanted, 'a policy with ' || what)
FROM (VALUES
	('{term,days}'::text[], '0'::jsonb, 'SLINV bad_period:', 'no day'),
	('{term,days}', '"x"', 'SLINV bad_period:', 'a malformed term'),
	('{window,history}', '"last:0"', 'SLINV bad_window:', 'no history'),
	('{window,future}', '"later"', 'SLINV bad_window:', 'a malformed future'),
	('{use}', '"resell"', 'SLINV bad_use:', 'an unknown use'),
	('{colour}', '"red"', 'SLINV bad_terms:', 'an unknown key'))
    AS x (path, value, wanted, what);
SELECT t.refused(format('sluice.policy_set(%L, %L, NULL, %L)', 'A B',
    :'policy', 'x'), 'SLINV bad_name:', 'a policy''s name that is none');
SELECT t.change($$sluice.policy_remove('gold', 'unused')$$, NULL,
    'policy_remove', true);
SELECT t.refused($$sluice.policy_remove('gold', 'x')$$,
    'SLNFD policy_not_found:', 'a policy that is gone');
SELECT t.refused($$sluice.policy_remove('trial', 'x')$$,
    'SLSTA policy_builtin:', 'a policy that is built in');

-- Publishers and their logins.
SELECT t.change($$sluice.publisher_add('arms', 'Arms', 'test_arms', 'new')$$,
    '{"name":[null,"arms"],"title":[null,"Arms"],"login":[null,"test_arms"]}',
    'publisher_add');
SELECT t.refused($$sluice.publisher_add('arms', 'x', 'y', 'x')$$,
    'SLEXI publisher_exists:', 'a publisher that is there');
SELECT t.refused($$sluice.publisher_add('legs', 'x', 'test_arms', 'x')$$,
    'SLEXI publisher_exists:', 'a login that is another''s');
SELECT t.refused($$sluice.publisher_add('legs', 'x', 'nobody', 'x')$$,
    'SLNFD login_not_found:', 'a login that PostgreSQL does not have');
SELECT t.refused($$sluice.publisher_add('legs', 'x', 'test_stranger', 'x')$$,
    'SLSTA login_not_publisher:', 'a login that may not publish');
SELECT t.refused(
    $$sluice.publisher_login_add('arms', 'nobody', NULL, 'x')$$,
    'SLNFD login_not_found:', 'another login that is not there');
SELECT t.change(
    $$sluice.publisher_login_add('arms', 'test_arms_oslo', 'oslo', 'site')$$,
    '{"login":[null,"test_arms_oslo"],"site":[null,"oslo"]}',
    'publisher_login_add');
SELECT t.refused($$sluice.publisher_login_add('arms', 'test_lab', NULL, 'x')$$,
    'SLEXI login_exists:', 'the login of another publisher');
SELECT t.refused($$sluice.publisher_login_add('nobody', 'z', NULL, 'x')$$,
    'SLNFD publisher_not_found:', 'a publisher that does not exist');
SELECT t.change(
    $$sluice.publisher_login_remove('arms', 'test_arms_oslo', 'gone')$$,
    '{"login":["test_arms_oslo",null]}', 'publisher_login_remove', true);
SELECT t.refused(
    $$sluice.publisher_login_remove('arms', 'test_arms_oslo', 'x')$$,
    'SLNFD login_not_found:', 'a login that is gone');

-- Keys.
SELECT t.change(format('sluice.key_revoke(%L, %L)', t.public_key('a'), 'lost'),
    '{"status":["active","revoked"]}', 'key_revoke');
SELECT t.refused($$sluice.key_revoke('RWx', 'x')$$, 'SLNFD key_not_found:',
    'a key that nobody has');
SELECT t.change(format('sluice.billing_key_add(%L, %L)', t.public_key('z'),
    'first'), '{"status":[null,"active"]}', 'billing_key_add');
SELECT t.is(sluice.billing_key_list() -> 0 ->> 'status', 'active',
    'billing keys are listed');
SELECT t.refused($$sluice.billing_key_add('nonsense', 'x')$$,
    'SLINV bad_key:', 'a billing key that is none');
SELECT t.change(format('sluice.billing_key_revoke(%L, %L)', t.public_key('z'),
    'lost'), '{"status":["active","revoked"]}', 'billing_key_revoke');
SELECT t.refused(format('sluice.billing_key_add(%L, %L)', t.public_key('z'),
    'x'), 'SLSTA key_revoked:', 'a revoked billing key does not come back');
SELECT t.refused($$sluice.billing_key_revoke('RWx', 'x')$$,
    'SLNFD key_not_found:', 'a billing key that is not there');

-- Settings, sessions.
SELECT t.change($$sluice.setting_set('tokens_per_name', '3', 'x')$$,
    '{"value":["2","3"]}', 'setting_set');
SELECT t.refused($$sluice.setting_set('colour', '3', 'x')$$,
    'SLNFD setting_not_found:', 'a setting that is none');
SELECT t.refused($$sluice.setting_set('tokens_per_name', '-1', 'x')$$,
    'SLINV bad_value:', 'a value that is none');
SELECT t.refused($$sluice.session_kick('nobody', 'x')$$,
    'SLNFD session_not_found:', 'nothing to kick');

-- The audit log proves itself.
SELECT t.is(v.v ->> 'whole' || ' ' || (v.v ->> 'broken' IS NULL), 'true true',
    'the audit log is whole')
FROM (SELECT sluice.audit_verify()) AS v (v);
SELECT t.is(sluice.audit_verify() ->> 'head',
    sluice.audit_list(1) -> 0 ->> 'hash', 'its head is the newest row''s hash');

-- And is searched by time, who, what, and whose; a dataset may be called as a
-- customer is.
SET SESSION AUTHORIZATION test_lab;
SELECT sluice.dataset_create('umbra', 'prebuilt', 'public', 'U', '', 'x');
SET SESSION AUTHORIZATION test_admin;
SELECT sluice.customer_add('umbra', 'Umbra', '', 'x') ->> 'name',
    sluice.agreement_add('umbra', 'msa', jsonb_build_object('from',
	t.time('-10 day'), 'until', t.time('30 day'), 'currency', 'EUR', 'ceiling',
	'{"episodes":1000,"duration_ms":null,"bytes":null,"money_micro":null}'::
	jsonb), 'x') ->> 'name';
RESET SESSION AUTHORIZATION;
SELECT sluice.customer_key_add((SELECT c.id FROM sluice.customer AS c
    WHERE c.name = 'umbra'), t.public_key('u'));
SET SESSION AUTHORIZATION test_admin;
SELECT sluice.customer_key_revoke(t.public_key('u'), 'x') ->> 'status';
SELECT t.is(string_agg(x ->> 'action', ' ' ORDER BY (x ->> 'number')::int),
    'customer_add agreement_add customer_key_add customer_key_revoke',
    'whose it is')
FROM jsonb_array_elements(sluice.audit_list(10, in_customer => 'umbra')) AS x;
RESET SESSION AUTHORIZATION;
CREATE FUNCTION t.audited(criteria text, out rows bigint, out wrong bigint)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT count(*), count(*) FILTER (WHERE (%s) IS NOT TRUE)
	    FROM jsonb_array_elements(sluice.audit_list(1000, %s)) AS x',
	    split_part(criteria, ' / ', 2), split_part(criteria, ' / ', 1))
	INTO rows, wrong;
END
$$;
SELECT t.ok(a.rows > 0 AND a.wrong = 0, criteria || ': ' || a)
FROM (VALUES ('in_actor => ''test_admin'' / x ->> ''actor'' = ''test_admin'''),
	('in_action => ''customer_add'' / x ->> ''action'' = ''customer_add'''),
	('in_since_us => 0, in_until_us => 4102444800000000 / true'))
    AS y (criteria) CROSS JOIN LATERAL t.audited(criteria) AS a;
SELECT t.is(jsonb_array_length(sluice.audit_list(1000, in_since_us => at,
	in_until_us => at + 1))::text, '1', 'a microsecond has one row'),
    t.is(jsonb_array_length(sluice.audit_list(1000, in_until_us => at))::text,
    (number - 1)::text, 'the end is not part of it')
FROM (SELECT (extract(epoch FROM a.at) * 1000000)::bigint AS at, a.number
    FROM sluice.audit AS a ORDER BY a.number DESC LIMIT 1) AS x;
SELECT t.is(sluice.audit_list(10, in_actor => 'nobody')::text, '[]',
    'nobody did nothing');
SELECT t.raises($$SELECT sluice.audit_list(10, in_customer => 'nobody')$$,
    'SLNFD customer_not_found:', 'a customer that is not there');

BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE sluice.audit SET reason = 'another' WHERE number = 3;
SELECT t.is(v.v ->> 'whole' || ' ' || (v.v ->> 'broken'), 'false 3',
    'a changed row is found')
FROM (SELECT sluice.audit_verify()) AS v (v);
ROLLBACK;
BEGIN;
SET LOCAL session_replication_role = replica;
DELETE FROM sluice.audit WHERE number = 4;
SELECT t.is(sluice.audit_verify() ->> 'broken', '5', 'a missing row is found');
ROLLBACK;
