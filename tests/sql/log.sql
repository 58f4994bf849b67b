-- The log of a dataset: its state machine, what a checkpoint must be, witnesses,
-- epochs, and who sees what when.

CREATE FUNCTION t.seal_next(number int) RETURNS sluice.publication_state
LANGUAGE plpgsql AS $$
DECLARE
	p sluice.publication_state := t.reserve('logged');
BEGIN
	p := sluice.publication_sign(p.id);
	RETURN t.seal('logged', p, jsonb_build_array(jsonb_build_object(
	    'op', 'add', 'number', number, 'revision', 1,
	    'facets', '{"duration_ms":1500}'::jsonb,
	    'layers', '{"meta":5}'::jsonb)));
END
$$;
CREATE FUNCTION t.log_with(id text, change text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	root bytea := sha256('one');
	note text := t.note('logged', 1, 1, root);
	size bigint := 1;
	epoch int := 1;
	minisig text := 'minisig';
BEGIN
	CASE change
	WHEN 'nothing' THEN NULL;
	WHEN 'size' THEN size := 2; note := t.note('logged', 1, 2, root);
	WHEN 'huge' THEN size := 1::bigint << 60;
	WHEN 'root' THEN note := t.note('logged', 1, 1, sha256('two'));
	WHEN 'short root' THEN root := '\x00'; note := t.note('logged', 1, 1, root);
	WHEN 'fork' THEN root := sha256('two'); note := t.note('logged', 1, 1, root);
	WHEN 'epoch' THEN epoch := 0; note := t.note('logged', 0, 1, root);
	WHEN 'dataset' THEN note := t.note('kitting', 1, 1, root);
	WHEN 'origin' THEN note := replace(note, 'test.sluice', 'TEST sluice');
	WHEN 'name' THEN note := replace(note, '— test', '— best');
	WHEN 'two lines' THEN note := note || '— a ' || repeat('A', 91) || E'=\n';
	WHEN 'no line' THEN note := split_part(note, '—', 1);
	WHEN 'extension' THEN note := replace(note, E'\n\n', E'\nmore\n\n');
	WHEN 'signature' THEN note := t.note('logged', 1, 1, root, 'z');
	WHEN 'long' THEN minisig := repeat('x', 4097);
	END CASE;
	RETURN (sluice.publication_log(id::uuid, epoch, size, root, note,
	    minisig)).state;
END
$$;

SET SESSION AUTHORIZATION test_lab;
SELECT sluice.dataset_create('logged', 'prebuilt', 'public', 'L', '', 'x');
SELECT (t.reserve('logged')).id AS first \gset
SET SESSION AUTHORIZATION test_log;
SELECT t.raises(format('SELECT t.log_with(%L, ''nothing'')', :'first'),
    'SLSTA publication_not_sealed:', 'what is not sealed is not logged');
SELECT t.raises('SELECT t.log_with(gen_random_uuid()::text, ''nothing'')',
    'SLNFD publication_not_found:', 'nor what is not there');
SELECT t.is((SELECT count(*)::text FROM sluice.log_pending('logged')), '0',
    'nothing waits for the log');
SET SESSION AUTHORIZATION test_lab;
SELECT t.seal_next(1);
SET SESSION AUTHORIZATION test_log;
SELECT t.is((SELECT concat_ws(' ', x.publication = :'first', x.dataset, x.seq,
    x.state, length(x.manifest) > 400) FROM sluice.log_pending('logged') AS x),
    't logged 1 sealed t', 'what is sealed waits');
SELECT t.is(sluice.log_state('logged')::text, '[]', 'there is no log yet');

-- Each of these is refused.
SELECT t.raises(format('SELECT t.log_with(%L, %L)', :'first', change),
    'SLINV bad_checkpoint:', 'a checkpoint is refused by its ' || change)
FROM unnest(ARRAY['size', 'huge', 'root', 'short root', 'epoch', 'dataset',
    'origin', 'name', 'two lines', 'no line', 'extension', 'long']) AS x (change);
SELECT t.raises(format('SELECT sluice.publication_log(%L, %s)', :'first', nulls),
    'SLINV bad_checkpoint:', 'nulls are refused: ' || nulls)
FROM unnest(ARRAY['NULL, NULL, NULL, NULL, NULL',
    '1, 1, NULL, NULL, NULL', '1, 1, sha256(''one''), NULL, NULL',
    '1, 1, sha256(''one''), t.note(''logged'', 1, 1, sha256(''one'')), NULL'])
    AS x (nulls);

SELECT t.is(t.log_with(:'first', 'nothing'), 'logged', 'a good one is taken');
SELECT t.is(t.log_with(:'first', 'nothing'), 'logged', 'the same again is');
SELECT t.raises(format('SELECT t.log_with(%L, ''fork'')', :'first'),
    'SLINT log_forked:', 'another root of that size is a fork');
SELECT t.raises(format('SELECT t.log_with(%L, ''signature'')', :'first'),
    'SLCON publication_logged:', 'another signature is a conflict');
SELECT t.is((SELECT x.state FROM sluice.log_pending(NULL) AS x
    WHERE x.dataset = 'logged'), 'logged', 'it waits to be shown');
SELECT t.is((s -> 0 ->> 'size') || ' ' || (s -> 0 ->> 'visible'), '1 0',
    'the signer sees its newest checkpoint')
FROM sluice.log_state('logged') AS s;
RESET SESSION AUTHORIZATION;
SELECT t.is((SELECT count(*)::text
    FROM sluice.log_checkpoint(t.dataset('logged'))), '0',
    'subscribers do not see it before the batch');

-- A witness.
CREATE FUNCTION t.cosign(size int, witness text, shift interval)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	time timestamptz := date_trunc('second', now() + shift);
BEGIN
	RETURN sluice.cosign('logged', 1, size, witness, time,
	    t.cosignature(witness, extract(epoch FROM time)::bigint));
END
$$;
SET SESSION AUTHORIZATION test_admin;
SELECT t.install(1, string_agg(format(E'witness %s %s\n',
    t.key(7, number::int), name), '' ORDER BY number))
FROM unnest(ARRAY['w.example', 'w', 'v', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7',
    'w8', 'w9']) WITH ORDINALITY AS x (name, number);
SET SESSION AUTHORIZATION test_witness;
SELECT t.bind('w.example');
SELECT t.raises('SELECT t.cosign(2, ''w.example'', ''0'')',
    'SLNFD checkpoint_not_found:', 'only what is logged is cosigned');
SELECT t.raises('SELECT t.cosign(1, ''w.example'', ''20 minutes'')',
    'SLINV future:', 'nothing is cosigned ahead');
SELECT t.raises(format('SELECT sluice.cosign(''logged'', 1, 1, %s)', words),
    'SLINV bad_cosignature:', 'a line is refused: ' || words)
FROM unnest(ARRAY['''w'', to_timestamp(1), t.cosignature(''w'', 2)',
    '''w'', to_timestamp(1), t.cosignature(''v'', 1)',
    '''w'', to_timestamp(1), t.cosignature(''w'', 1) || t.cosignature(''w'', 1)',
    '''w'', to_timestamp(1), ''x''', '''w x'', to_timestamp(1), ''x''',
    '''w'', ''infinity'', t.cosignature(''w'', -1)',
    'NULL, NULL, NULL']) AS x (words);
SELECT t.is(t.cosign(1, 'w.example', '-1 minute'), 'true', 'cosigned');
SELECT t.is(t.cosign(1, 'w.example', '-1 minute'), 'false', 'once');
SELECT t.is(t.cosign(1, 'w.example', '-2 minutes'), 'false', 'never backwards');
RESET SESSION AUTHORIZATION;
SELECT t.is(count(*)::text, '0', 'before it is shown nobody is told')
FROM sluice.event WHERE kind = 'freshness';

-- Shown, by the log signer.
SET SESSION AUTHORIZATION test_log;
SELECT t.is(sluice.publication_show(:'first') ->> 'seq', '1', 'shown');
SELECT t.is(t.log_with(:'first', 'nothing'), 'visible',
    'what is shown may be logged again with the same bytes');
RESET SESSION AUTHORIZATION;
SELECT t.is((SELECT concat_ws(' ', c.epoch, c.size, c.root = sha256('one'),
    c.body = split_part(c.note, E'\n\n', 1) || E'\n', c.note LIKE t.note('logged',
	1, 1, sha256('one')) || '— w.example %',
    c.fresh_us = sluice.us(date_trunc('second', now() - interval '1 minute')))
    FROM sluice.log_checkpoint(t.dataset('logged')) AS c),
    '1 1 t t t t', 'with its batch the checkpoint is seen, cosigned');
SET SESSION AUTHORIZATION test_witness;
SELECT t.is(t.cosign(1, 'w.example', '0'), 'true', 'cosigned anew');
SELECT t.bind('w' || n), t.is(t.cosign(1, 'w' || n, '0'), 'true',
    'by witness ' || n)
FROM generate_series(2, 8) AS x (n);
SELECT t.bind('w9');
SELECT t.raises('SELECT t.cosign(1, ''w9'', ''0'')', 'SLLIM too_many_witnesses:',
    'nine are too many');
RESET SESSION AUTHORIZATION;
SELECT t.is((SELECT array_length(string_to_array(c.note, E'\n'), 1)::text
    FROM sluice.log_checkpoint(t.dataset('logged')) AS c), '14',
    'each witness has one line');
SELECT t.is(count(*) || ' ' || min((data - 'time')::text) || ' ' ||
    bool_and(data ->> 'time' ~ '^2[0-9-]+T[0-9:]+Z$'),
    '8 {"size": 1, "dataset": "logged"} true', 'subscribers are told')
FROM sluice.event WHERE kind = 'freshness';
SELECT t.is((f).logs || ' ' || (f).stale, '2 1',
    'one of two logs has no freshness of the last day')
FROM (SELECT sluice.log_freshness()) AS x (f);

-- The next one.
SET SESSION AUTHORIZATION test_lab;
SELECT (t.seal_next(2)).id AS second \gset
SELECT t.raises(format('SELECT sluice.publication_show(%L)', :'second'),
    'SLSTA publication_not_logged:', 'what is sealed cannot be shown unlogged');
SET SESSION AUTHORIZATION test_log;
SELECT t.raises(format('SELECT sluice.publication_log(%L, 1, 2, sha256(''a''), '
    'replace(t.note(''logged'', 1, 2, sha256(''a'')), ''test.'', ''rest.''), '
    ''''')', :'second'), 'SLINV bad_checkpoint:', 'a log keeps its origin');
SELECT sluice.publication_log(:'second', 1, 2, sha256('a'),
    t.note('logged', 1, 2, sha256('a')), '');
SET SESSION AUTHORIZATION test_lab;
SELECT t.is(sluice.publication_show(:'second') ->> 'seq', '2',
    'its publisher may show what is logged');

-- A key of the log more: of the newest checkpoint, of its root, by its name.
RESET SESSION AUTHORIZATION;
CREATE FUNCTION t.again(letter text, size int DEFAULT 2,
    root bytea DEFAULT sha256('a'), name text DEFAULT 'logged')
RETURNS boolean
LANGUAGE sql AS $$
	SELECT sluice.checkpoint_sign('logged', 1, size, root,
	    split_part(t.note(name, 1, size, root, letter), E'\n\n', 2),
	    'minisig ' || letter)
$$;
SET SESSION AUTHORIZATION test_witness;
SELECT t.raises('SELECT t.again(''x'')', '42501', 'a witness signs no log');
SET SESSION AUTHORIZATION test_log;
SELECT t.raises(c, wanted, 'a line is refused: ' || c)
FROM (VALUES ('SELECT t.again(''x'', 1)', 'SLNFD checkpoint_not_found:'),
	('SELECT t.again(''x'', 2, sha256(''b''))', 'SLINT log_forked:'),
	('SELECT t.again(''x'', 2, sha256(''a''), ''kitting'')',
	    'SLINV bad_checkpoint:'),
	('SELECT sluice.checkpoint_sign(''logged'', 1, 2, sha256(''a''), NULL, '
	    'NULL)', 'SLINV bad_checkpoint:'),
	('SELECT sluice.checkpoint_sign(''none'', 1, 2, sha256(''a''), NULL, '
	    'NULL)', 'SLNFD checkpoint_not_found:')) AS x (c, wanted);
SELECT t.is(t.again('s')::text, 'false', 'the line that is there is no other');
SELECT t.is(t.again('x')::text || t.again('x')::text, 'truefalse', 'one more');
SELECT t.again('y'), t.again('z');
SELECT t.raises('SELECT t.again(''q'')', 'SLLIM too_many_keys:', 'no end of them');
RESET SESSION AUTHORIZATION;
SELECT t.is((SELECT c.minisig || regexp_count(c.note, '— ')
    FROM sluice.log_checkpoint(t.dataset('logged')) AS c), 'minisig z4',
    'subscribers see the lines of all, and the last one''s file');

-- Epochs: with the newest batch, of the same root, never back.
SET SESSION AUTHORIZATION test_log;
SELECT t.raises(format('SELECT sluice.publication_log(%L, 2, 2, sha256(''b''), '
    't.note(''logged'', 2, 2, sha256(''b'')), '''')', :'second'),
    'SLINT log_forked:', 'another epoch does not change the tree');
SELECT t.raises(format('SELECT sluice.publication_log(%L, 2, 1, sha256(''one''), '
    't.note(''logged'', 2, 1, sha256(''one'')), '''')', :'first'),
    'SLSTA log_epoch:', 'an epoch does not begin with an old batch');
SELECT sluice.publication_log(:'second', 2, 2, sha256('a'),
    t.note('logged', 2, 2, sha256('a')), '');
SELECT t.raises(format('SELECT sluice.publication_log(%L, 1, 2, sha256(''a''), '
    't.note(''logged'', 1, 2, sha256(''a'')), '''')', :'second'),
    'SLCON log_epoch:', 'an epoch that ended does not go on');
RESET SESSION AUTHORIZATION;
SELECT t.is((SELECT concat_ws(' ', c.epoch, c.size)
    FROM sluice.log_checkpoint(t.dataset('logged')) AS c), '2 2',
    'subscribers see the new epoch');

SELECT t.is(string_agg(object || ' ' || (detail ->> 'epoch'), ', '
    ORDER BY number), 'logged 1 1, logged 2 1, '
    'logged 2 1, logged 2 1, logged 2 1, logged 2 2',
    'what is logged is in the audit log')
FROM sluice.audit WHERE action = 'log' AND object LIKE 'logged%';
SET ROLE sluice_owner;
SELECT t.raises(c, 'SLDEN append_only:', 'not even the owner may ' || c)
FROM unnest(ARRAY['UPDATE sluice.checkpoint SET root = sha256(''x'')',
    'DELETE FROM sluice.checkpoint', 'DELETE FROM sluice.checkpoint_line',
    'TRUNCATE sluice.checkpoint CASCADE'])
    AS x (c);
RESET ROLE;
