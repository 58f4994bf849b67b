-- The state machine of a publication, and what a seal refuses.

SET SESSION AUTHORIZATION test_lab;
SELECT sluice.dataset_create('steps', 'prebuilt', 'public', 'Steps', '', 'x');

CREATE TEMP TABLE case_ (name text, spec jsonb);
INSERT INTO case_ VALUES ('good', '[
	{"op":"add","number":1,"revision":1,"facets":{"duration_ms":1500},
	    "layers":{"meta":5,"state":50}}]');

SELECT id AS first FROM t.reserve('steps') \gset
SELECT t.is(state, 'reserved', 'a reservation') FROM t.reserve('steps');
SELECT t.is(id::text, :'first', 'a second call finds it again')
FROM t.reserve('steps');
SELECT t.raises(format('SELECT sluice.publication_show(%L)', :'first'),
    'SLSTA publication_not_sealed:', 'what is not sealed cannot be shown');
SELECT t.raises($$SELECT t.seal('steps', t.reserve('steps'), spec)
    FROM case_ WHERE name = 'good'$$, 'SLSTA publication_not_signed:',
    'what is not signed cannot be sealed');
SELECT t.is(state, 'signed', 'signed') FROM sluice.publication_sign(:'first');

-- Each of these is refused and leaves the publication as it was.
SELECT t.raises(format($$SELECT t.seal('steps', t.reserve('steps'), %L)$$, spec),
    'SLINT bad_batch: ' || words, 'a seal refuses: ' || words)
FROM (VALUES
	('[{"op":"add","number":2,"revision":1,"layers":{"meta":5}}]',
	    'episode 2 is not the next free number'),
	('[{"op":"add","number":1,"revision":2,"layers":{"meta":5}}]',
	    'episode 1 does not follow'),
	('[{"op":"revise","number":1,"revision":2,"layers":{"meta":5}}]',
	    'episode 1 does not follow'),
	('[{"op":"retract","number":1,"revision":2,"reason":"x"}]',
	    'episode 1 does not follow'),
	('[{"op":"add","number":1,"revision":1,"layers":{"meta":"7.1"}}]',
	    'a layer of episode 1 is neither new nor'),
	('[{"op":"add","number":1,"revision":1,"layers":{"meta":5,"state":null}}]',
	    'a layer of episode 1 is neither new nor')) AS x (spec, words);

CREATE FUNCTION pg_temp.seal_with(change text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	p sluice.publication_state := t.reserve('steps');
	spec jsonb := (SELECT c.spec FROM case_ AS c WHERE c.name = 'good');
	index text := t.index('steps', p.seq, to_char(
	    to_timestamp(p.published_us / 1000000) AT TIME ZONE 'UTC',
	    'YYYY-MM-DD"T"HH24:MI:SS"Z"'), spec);
	manifest text := t.manifest('steps', p, index, spec);
	minisig bytea := t.minisig(CASE change WHEN 'key' THEN 'z' ELSE 'a' END);
	packed bigint := substring(manifest FROM 'pack_bytes: ([0-9]+)');
BEGIN
	CASE change
	WHEN 'index' THEN index := replace(index, '"meta"', '"miti"');
	WHEN 'dataset' THEN manifest := replace(manifest, 'steps', 'stips');
	WHEN 'seq' THEN manifest := replace(manifest, 'seq: 1', 'seq: 2');
	WHEN 'previous' THEN
		manifest := replace(manifest, repeat('0', 64), repeat('1', 64));
	WHEN 'published' THEN manifest := replace(manifest, 'Z', 'X');
	WHEN 'magic' THEN manifest := replace(manifest, '/v1', '/v2');
	WHEN 'counts' THEN
		manifest := replace(manifest, 'revised=0', 'revised=1');
	WHEN 'content' THEN
		manifest := replace(manifest, 'content_bytes: 55',
		    'content_bytes: 56');
	WHEN 'pack' THEN packed := packed + 1;
	WHEN 'short' THEN
		manifest := replace(manifest, 'pack_bytes: 100', 'pack_bytes: 60');
		packed := 60;
	WHEN 'garbage' THEN
		manifest := replace(manifest, 'added=1', 'added=x');
	WHEN 'key' THEN NULL;
	ELSE
		-- In the index, with a manifest that goes with it.
		index := CASE change
		WHEN 'chunks' THEN replace(index, '"chunks": [2, 2]',
		    '"chunks": [0, 4]')
		WHEN 'order' THEN replace(replace(replace(index, '"meta"', '"?"'),
		    '"state"', '"meta"'), '"?"', '"state"')
		WHEN 'sizes' THEN replace(index, '[20, 1, "x"]', '[-5, 1, "x"]')
		WHEN 'duration' THEN replace(index, '1500', '-1500')
		END;
		manifest := t.manifest('steps', p, index, spec);
	END CASE;
	RETURN (sluice.publication_seal(p.id, convert_to(manifest, 'UTF8'),
	    minisig, index, t.identities(spec), jsonb_build_object(
		'pack.tar.zst', jsonb_build_array(packed, repeat('3', 64))))).state;
END
$$;
SELECT t.raises(format('SELECT pg_temp.seal_with(%L)', change),
    'SLINT bad_batch: ' || words, 'a seal refuses another ' || change)
FROM (VALUES ('index', 'the index is not the one'),
	('dataset', 'the manifest is for another dataset'),
	('seq', 'the manifest is for another seq'),
	('previous', 'the manifest follows another'),
	('published', 'the manifest has another time'),
	('magic', 'this is no manifest'),
	('counts', 'the manifest counts other'),
	('content', 'content_bytes is not the sum'),
	('pack', 'the pack is not as long'), ('short', 'the pack is not as long'),
	('garbage', ''), ('key', 'the signature is not by'),
	('chunks', 'segment 1 is not where'), ('order', 'segment 1 is not where'),
	('sizes', 'segment 0 is not where'), ('duration', '')) AS x (change, words);
SELECT t.is(state, 'signed', 'after all of that it is still signed')
FROM t.reserve('steps');
RESET SESSION AUTHORIZATION;
SELECT t.is(count(*)::text, '0', 'and no row of it is left')
FROM sluice.segment WHERE dataset = t.dataset('steps');
SET SESSION AUTHORIZATION test_lab;

SELECT t.is((t.seal('steps', t.reserve('steps'), spec)).state, 'sealed',
    'a good batch is sealed') FROM case_ WHERE name = 'good';
SELECT t.is((t.seal('steps', t.reserve('steps'), spec)).state, 'sealed',
    'the same bytes again are the same seal') FROM case_ WHERE name = 'good';
SELECT t.raises('SELECT pg_temp.seal_with(''counts'')',
    'SLCON publication_sealed:', 'other bytes are a conflict');
SELECT t.raises(format('SELECT sluice.publication_abandon(%L, ''x'')', :'first'),
    'SLSTA publication_sealed:', 'what is sealed cannot be abandoned');

RESET SESSION AUTHORIZATION;
SELECT t.is(sluice.dataset_find(NULL, 'steps')::text,
    format('(%s,prebuilt,public,0,f,0)', t.dataset('steps')),
    'what is sealed is not visible');
SELECT t.is(count(*)::text, '0', 'nor are its segments found')
FROM sluice.segments(t.dataset('steps'), 9, '[[1,"{[0,9)}","{}"]]', 0, 0, 100);
SELECT t.is(count(*)::text, '0', 'nor its entries')
FROM sluice.entries(t.dataset('steps'), 100, 0, 0, 100);
SELECT t.is(count(*)::text, '0', 'nor the batch')
FROM sluice.batches(t.dataset('steps'), 1, 100, 100);

SET SESSION AUTHORIZATION test_lab;
SELECT t.is((t.log(t.reserve('steps'), 'steps')).state, 'logged', 'logged');
SELECT t.is((t.seal('steps', t.reserve('steps'), spec)).state, 'logged',
    'sealing it again finds it logged') FROM case_ WHERE name = 'good';
SELECT t.raises(format('SELECT sluice.publication_abandon(%L, ''x'')', :'first'),
    'SLSTA publication_sealed:', 'what is logged cannot be abandoned');
SELECT t.is(sluice.publication_show(:'first') ->> 'seq', '1', 'shown');
SELECT t.is(sluice.publication_show(:'first') ->> 'seq', '1', 'shown again');
RESET SESSION AUTHORIZATION;
SELECT t.is(count(*)::text, '1', 'there is one event of it')
FROM sluice.event WHERE dataset = t.dataset('steps');
SELECT t.is(count(*)::text, '2', 'its segments are found')
FROM sluice.segments(t.dataset('steps'), 9, '[[1,"{[0,9)}","{}"]]', 0, 0, 100);

-- Revision, kept and dropped layers, a key that moves, retraction.
SET SESSION AUTHORIZATION test_lab;
SELECT t.is(t.publish('steps', '[
	{"op":"add","number":2,"revision":1,"facets":{"duration_ms":1},
	    "layers":{"meta":6,"state":60}},
	{"op":"add","number":3,"revision":1,"facets":{"duration_ms":1},
	    "layers":{"meta":7}}]'), '2', 'two more');
SELECT t.is(t.publish('steps', '[
	{"op":"revise","number":1,"revision":2,"key":"ep2",
	    "facets":{"duration_ms":9},"layers":{"meta":8,"state":"1.1"}},
	{"op":"revise","number":2,"revision":2,"key":"ep1",
	    "facets":{"duration_ms":9},"layers":{"meta":9,"state":null}},
	{"op":"retract","number":3,"revision":2,"reason":"duplicate"}]'),
    '3', 'a revision with kept and dropped layers, and a retraction');
RESET SESSION AUTHORIZATION;
SELECT t.is(string_agg(concat_ws(' ', number, revision, source_key, layers,
	content_bytes, retracted_seq), E'\n' ORDER BY number),
    E'1 2 ep2 {"meta": "3.0", "state": "1.1"} 58\n'
    '2 2 ep1 {"meta": "3.1"} 9\n'
    '3 2 ep3 {} 0 3', 'the live state is what the batches add up to')
FROM sluice.episode WHERE dataset = t.dataset('steps');
SELECT t.is(string_agg(concat_ws(' ', seq, ordinal, live, retracted), ', '
	ORDER BY seq, ordinal),
    '1 0 f f, 1 1 t f, 2 0 f f, 2 1 f f, 2 2 f t, 3 0 t f, 3 1 t f',
    'superseded segments are not live, retracted ones are marked')
FROM sluice.segments(t.dataset('steps'), 9,
    '[[1,"{[0,9)}","{}"],[2,"{[0,9)}","{}"],[3,"{[0,9)}","{}"]]', 0, 0, 100);
SELECT t.is(data::text, '{"seq": 3, "dataset": "steps", "episodes": [{"id": "'
    || t.uuid('steps', 3) || '", "number": 3, "reason": "duplicate"}]}',
    'a retraction is an event of its own')
FROM sluice.event WHERE dataset = t.dataset('steps') AND kind = 'retraction';

SET SESSION AUTHORIZATION test_lab;
SELECT t.raises($$SELECT t.publish('steps', '[{"op":"revise","number":3,
	"revision":3,"layers":{"meta":1}}]')$$,
    'SLINT bad_batch: episode 3 does not follow',
    'what is retracted cannot come back');
SELECT t.raises($$SELECT t.publish('steps', '[{"op":"add","number":4,
	"revision":1,"key":"ep1","layers":{"meta":1}}]')$$,
    'SLINT bad_batch: episode 4 has the site and key of another',
    'a key belongs to one episode');

-- Erasure.
SELECT t.raises('SELECT sluice.erase(''steps'', 1, ''x'')',
    'SLSTA not_retracted:', 'a live episode is not erased');
SELECT t.raises('SELECT sluice.erase(''steps'', 3, '''')',
    'SLINV reason_required:', 'an erasure needs a reason');
SELECT t.is((sluice.erase('steps', 3, 'court order') -> 'segments')::text,
    '[{"seq": 2, "layer": "meta", "ordinal": 2, "pack_offset": 60, '
    '"publication": "' ||
    (SELECT q ->> 'id' FROM jsonb_array_elements(
	sluice.publication_list('steps')) AS q
	WHERE q ->> 'seq' = '2' AND q ->> 'state' = 'visible') ||
    '", "stored_bytes": 30}]',
    'an erasure says what to zero');
SELECT t.is(sluice.erase('steps', 3, 'court order') ->> 'done', 'false',
    'and says it again until it is done');
SELECT sluice.erase_done('steps', 3);
SELECT t.is(sluice.erase('steps', 3, 'court order') ->> 'done', 'true', 'done');
RESET SESSION AUTHORIZATION;
SELECT t.is(string_agg(action, ' ' ORDER BY number), 'erase erase_done',
    'an erasure is audited') FROM sluice.audit WHERE action LIKE 'erase%';

-- Signed elsewhere: what waits is not abandoned unasked, until it is sealed.
CREATE FUNCTION pg_temp.waits() RETURNS text LANGUAGE sql AS $$
	SELECT q ->> 'waits' FROM jsonb_array_elements(
	    sluice.publication_list('distant')) AS q LIMIT 1
$$;
GRANT EXECUTE ON FUNCTION pg_temp.waits TO PUBLIC;
SET SESSION AUTHORIZATION test_lab;
SELECT sluice.dataset_create('distant', 'prebuilt', 'public', 'D', '', 'x');
SELECT id AS distant FROM t.reserve('distant') \gset
SELECT t.is(pg_temp.waits(), 'false', 'a reservation waits for nobody');
SELECT sluice.publication_wait(:'distant');
SELECT t.is(pg_temp.waits(), 'true', 'then it waits for its signature');
SET SESSION AUTHORIZATION test_rival;
SELECT t.raises(format('SELECT sluice.publication_wait(%L)', :'distant'),
    'SLNFD publication_not_found:', 'another publisher has no word in it');
SET SESSION AUTHORIZATION test_lab;
SELECT sluice.publication_sign(:'distant');
SELECT t.is(pg_temp.waits(), 'true', 'a crash before the seal loses nothing');
SELECT t.raises(format('SELECT sluice.publication_wait(%L)', :'distant'),
    'SLSTA publication_not_reserved:', 'what is signed waits no more');
SELECT sluice.publication_abandon(:'distant', 'given up');
SELECT t.is(pg_temp.waits(), 'false', 'it can be given up on purpose');
