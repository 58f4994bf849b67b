-- Trust files: one after the other, never changed; what profiles pin of them.

SET SESSION AUTHORIZATION test_lab;
SELECT t.raises('SELECT sluice.trust_latest()', 'SLSTA no_trust:',
    'there is no trust file yet');
SELECT t.is(sluice.trust_pin()::text, NULL, 'nothing is pinned yet');
SELECT t.is(sluice.trust_versions(0, 9)::text, '[]', 'and nothing served');
SELECT t.raises('SELECT t.install(1)', '42501', 'a publisher installs none');
SET SESSION AUTHORIZATION test_server;
SELECT t.raises('SELECT t.install(1)', '42501', 'nor does the server');
SELECT t.raises('SELECT * FROM sluice.trust', '42501', 'which asks functions');

SET SESSION AUTHORIZATION test_admin;
SELECT t.raises(format('SELECT sluice.trust_install(%s, ''test'')', c),
    'SLINV bad_trust:', 'refused: ' || left(c, 60))
FROM unnest(ARRAY['NULL, t.trust(1), t.signed()', '1, NULL, t.signed()',
    '1, t.trust(1), NULL', '1, t.trust(1), ''{}''', '1, t.trust(1), ''[]''',
    '1, t.trust(1), ''{"0123456789abcdef": "x"}''',
    '1, t.trust(1), ''{"0123456789ABCDEF": 1}''',
    '1, t.trust(1), jsonb_build_object(''0123456789ABCDEF'', '
	'repeat(''x'', 2049))',
    '1, t.trust(1), (SELECT jsonb_object_agg(lpad(upper(to_hex(n)), 16, '
	'''0''), ''x'') FROM generate_series(1, 33) AS n)',
    '2, t.trust(1), t.signed()', '1, t.trust(2), t.signed()',
    '1, t.trust(1, E''\\\\''), t.signed()',
    '1, t.trust(1) || ''\x00'', t.signed()',
    '1, t.trust(1, ''ü''), t.signed()',
    '1, t.trust(1, repeat(''x'', 65536)), t.signed()']) AS c;
SELECT t.refused('sluice.trust_install(1, t.trust(1), t.signed(), '' '')',
    'SLINV', 'no reason');
SELECT t.raises('SELECT t.install(2)', 'SLCON trust_version:',
    'the first version is 1');
SELECT t.raises('SELECT t.install(0)', 'SLCON trust_version:', 'not 0');
SELECT t.change('SELECT t.install(1)', NULL, 'the first version');
SELECT t.raises('SELECT t.install(1, ''log x'')', 'SLCON trust_version:',
    'other bytes of the same version');
SELECT t.raises('SELECT t.install(3)', 'SLCON trust_version:',
    'a version left out');

SELECT t.is(sluice.trust_pin()::text, jsonb_build_object('version', 1,
    'threshold', 2, 'keys', jsonb_build_array(t.key(1), t.key(2),
	t.key(3)))::text, 'root keys are pinned in order');
SELECT t.change(format('SELECT t.install(2, %L)', E'revoked ' || t.key(2) ||
    E' 2026-11-21T01:15:00Z lost\n'), NULL, 'the second version');
SELECT t.is(sluice.trust_pin() ->> 'keys',
    jsonb_build_array(t.key(1), t.key(3))::text,
    'a root key that is revoked is pinned no more');
SELECT t.raises('SELECT t.install(1)', 'SLCON trust_version:',
    'what was followed does not come back');

SELECT t.is((SELECT string_agg(v ->> 'version', ',')
    FROM jsonb_array_elements(sluice.trust_list()) AS v), '1,2',
    'all versions are listed');
SET SESSION AUTHORIZATION test_server;
SELECT t.is((SELECT string_agg(v ->> 'version', ',')
    FROM jsonb_array_elements(sluice.trust_versions(1, 9)) AS v), '2',
    'who has version 1 gets what follows it');
SELECT t.is((SELECT string_agg(v ->> 'version', ',')
    FROM jsonb_array_elements(sluice.trust_versions(NULL, 1)) AS v), '2',
    'the newest can be asked for alone');
SELECT t.is((SELECT string_agg(v ->> 'version', ',')
    FROM jsonb_array_elements(sluice.trust_versions(0, 1)) AS v), '1',
    'so can as many as one asks for');
SELECT t.is(sluice.trust_show(1) ->> 'text', convert_from(t.trust(1), 'UTF8'),
    'a version is served as it was installed');
SELECT t.raises('SELECT sluice.trust_show(3)', 'SLNFD trust_not_found:',
    'there is no third');
SET SESSION AUTHORIZATION test_lab;
SELECT t.is(sluice.trust_latest() ->> 'version', '2', 'publishers read it');
SET SESSION AUTHORIZATION test_log;
SELECT t.is(sluice.trust_latest() ->> 'version', '2', 'so does the log');
SET SESSION AUTHORIZATION test_witness;
SELECT t.is(sluice.trust_latest() ->> 'version', '2', 'so does a witness');
SET SESSION AUTHORIZATION test_stranger;
SELECT t.raises('SELECT sluice.trust_latest()', '42501', 'a stranger does not');

RESET SESSION AUTHORIZATION;
SELECT t.raises('DELETE FROM sluice.trust_signature', 'SLDEN',
    'not even the owner takes one back');
SELECT t.raises('UPDATE sluice.trust SET actor = ''x''', 'SLDEN',
    'or changes one');
