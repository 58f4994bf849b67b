-- Witnesses: a login cosigns under its one name, by keys of the trust file; which
-- cosignatures count; what too few have cosigned is not shown.

\set cases `cat "$SL_SRCDIR/tests/sql/witness_cases.tsv"`

CREATE TABLE t.cases AS
SELECT x.place, split_part(x.line, E'\t', 1) AS words,
    split_part(x.line, E'\t', 2) AS trust, split_part(x.line, E'\t', 3) AS lines,
    split_part(x.line, E'\t', 4) AS wanted
FROM string_to_table(:'cases', E'\n') WITH ORDINALITY AS x (line, place)
WHERE x.line NOT LIKE '#%' AND x.line <> '';
SELECT t.ok(count(*) >= 20, 'the cases are read') FROM t.cases;

SET SESSION AUTHORIZATION test_lab;
SELECT sluice.dataset_create('seen', 'prebuilt', 'public', 'S', '', 'x');
SELECT (t.reserve('seen')).id AS first \gset
SELECT t.seal('seen', sluice.publication_sign(:'first'), jsonb_build_array(
    jsonb_build_object('op', 'add', 'number', 1, 'revision', 1,
	'facets', '{"duration_ms":1500}'::jsonb,
	'layers', '{"meta":5}'::jsonb)));
SET SESSION AUTHORIZATION test_log;
SELECT sluice.publication_log(:'first', 1, 1, sha256('one'),
    t.note('seen', 1, 1, sha256('one')), 'minisig');

-- ---- logins ----

RESET SESSION AUTHORIZATION;
CREATE FUNCTION t.cosign(witness text, number int, shift interval DEFAULT '0')
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	time timestamptz := date_trunc('second', clock_timestamp() + shift);
BEGIN
	RETURN sluice.cosign('seen', 1, 1, witness, time,
	    t.cosignature(witness, extract(epoch FROM time)::bigint, number));
END
$$;
SET SESSION AUTHORIZATION test_witness;
SELECT t.raises('SELECT t.cosign(''a'', 1)', 'SLDEN not_this_witness:',
    'a login without a name cosigns nothing');
SET SESSION AUTHORIZATION test_admin;
SELECT t.is(sluice.witness_list()::text, '[]', 'there is no witness yet');
SELECT t.refused(format('sluice.witness_login_add(%s)', c), wanted,
    'no such login: ' || c)
FROM (VALUES ('''A'', ''test_witness'', ''test''', 'SLINV bad_name:'),
	('NULL, ''test_witness'', ''test''', 'SLINV bad_name:'),
	('''a'', NULL, ''test''', 'SLSTA login_not_witness:'),
	('''a'', ''nobody'', ''test''', 'SLSTA login_not_witness:'),
	('''a'', ''test_log'', ''test''', 'SLSTA login_not_witness:'),
	('''a'', ''test_witness'', '' ''', 'SLINV')) AS x (c, wanted);
SELECT t.change('SELECT sluice.witness_login_add(''b'', ''test_witness'', ''x'')',
    NULL, 'a login');
SELECT t.change('SELECT sluice.witness_login_add(''a'', ''test_witness'', ''x'')',
    '{"witness": ["b", "a"]}', 'under another name');
SET SESSION AUTHORIZATION test_witness;
SELECT t.raises('SELECT sluice.witness_login_add(''b'', ''test_witness'', ''x'')',
    '42501', 'nobody names himself');
SELECT t.raises('SELECT t.cosign(''a'', 1)', 'SLDEN unknown_witness:',
    'without a trust file nobody is a witness');
SET SESSION AUTHORIZATION test_admin;
SELECT t.install(1, format(E'witness %s a\nwitness %s a\nwitness %s b\n',
    t.key(1), t.key(2), t.key(3)), 1);
SELECT t.is(sluice.witness_list()::text,
    '[{"login": "test_witness", "witness": "a", "in_trust": true}, '
    '{"login": null, "witness": "b", "in_trust": true}]', 'they are listed');
SET SESSION AUTHORIZATION test_witness;
SELECT t.raises('SELECT t.cosign(''b'', 3)', 'SLDEN not_this_witness:',
    'nobody cosigns for another');
SELECT t.raises('SELECT t.cosign(''a'', 3)', 'SLDEN unknown_witness:',
    'nor by another''s key');
SELECT t.raises('SELECT t.cosign(''a'', 1, ''11 minutes'')', 'SLINV future:',
    'nor ahead');

-- ---- what too few have cosigned ----

SET SESSION AUTHORIZATION test_log;
SELECT t.raises(format('SELECT sluice.publication_show(%L)', :'first'),
    'SLSTA unwitnessed:', 'the log signer shows nothing unwitnessed');
SET SESSION AUTHORIZATION test_lab;
SELECT t.raises(format('SELECT sluice.publication_show(%L)', :'first'),
    'SLSTA unwitnessed:', 'nor does its publisher');
SET SESSION AUTHORIZATION test_witness;
SELECT t.is(t.cosign('a', 1, '-5 minutes'), 'true', 'cosigned');
SELECT t.is(t.cosign('a', 1, '-6 minutes'), 'false', 'never backwards');
SELECT t.is(t.cosign('a', 2, '-7 minutes'), 'true', 'by its other key, too');
RESET SESSION AUTHORIZATION;
SELECT t.is(count(*) || ' ' || sluice.witness_count(t.dataset('seen'), 1, 1),
    '2 1', 'two lines of one witness') FROM sluice.cosignature;
SET SESSION AUTHORIZATION test_lab;
SELECT t.is(sluice.publication_show(:'first') ->> 'seq', '1', 'shown');

-- What the trust file has no more makes room.
SET SESSION AUTHORIZATION test_admin;
SELECT t.install(2, format(E'witness %s a\nwitness %s b\n', t.key(2),
    t.key(3)), 1);
SET SESSION AUTHORIZATION test_witness;
SELECT t.raises('SELECT t.cosign(''a'', 1)', 'SLDEN unknown_witness:',
    'a key that was removed cosigns no more');
SELECT t.is(t.cosign('a', 2), 'true', 'the other one does');
RESET SESSION AUTHORIZATION;
SELECT t.is(count(*)::text, '1', 'its line is gone') FROM sluice.cosignature;
SET SESSION AUTHORIZATION test_admin;
SELECT t.change('SELECT sluice.witness_login_remove(''test_witness'', ''x'')',
    NULL, 'a login is taken away', true);
SELECT t.refused('sluice.witness_login_remove(''test_witness'', ''x'')',
    'SLNFD login_not_found:', 'once');
SET SESSION AUTHORIZATION test_witness;
SELECT t.raises('SELECT t.cosign(''a'', 2)', 'SLDEN not_this_witness:',
    'it cosigns nothing any more');

-- ---- which count ----

RESET SESSION AUTHORIZATION;
CREATE FUNCTION t.count(c t.cases) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	version int := (SELECT max(x.version) + 1 FROM sluice.trust AS x);
	now_s bigint := extract(epoch FROM clock_timestamp())::bigint;
	keys text[] := string_to_array(NULLIF(c.trust, '-'), ' ');
BEGIN
	PERFORM t.install(version, COALESCE((
		SELECT string_agg(format(E'witness %s %s\n', t.key(split_part(
		    rtrim(k, '!'), '=', 2)::int, n::int), split_part(k, '=', 1)),
		    '' ORDER BY n) || string_agg(CASE WHEN k LIKE '%!' THEN
			format(E'revoked %s 2026-11-21T01:15:00Z lost\n',
			    t.key(split_part(rtrim(k, '!'), '=', 2)::int))
			ELSE '' END, '')
		FROM unnest(keys) WITH ORDINALITY AS x (k, n)), ''));
	DELETE FROM sluice.cosignature;
	INSERT INTO sluice.cosignature (dataset, epoch, size, witness, time, line)
	SELECT t.dataset('seen'), 1, 1, l[1], to_timestamp(now_s + l[3]::bigint),
	    t.cosignature(l[1], now_s + l[3]::bigint, l[2]::int)
	FROM regexp_matches(c.lines, '([a-z]+)=([0-9]+)@(-?[0-9]+)', 'g') AS x (l);
	RETURN sluice.witness_count(t.dataset('seen'), 1, 1);
END
$$;
SELECT t.is(t.count(c), c.wanted, 'counted: ' || c.words)
FROM t.cases AS c ORDER BY c.place;
