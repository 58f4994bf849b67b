-- Early access: a batch reaches classes of licences at times of their own.

SELECT t.dataset('kitting') AS dataset \gset
SELECT id AS acme FROM sluice.customer WHERE name = 'acme' \gset
SELECT id AS other FROM sluice.customer WHERE name = 'other' \gset
SELECT sluice.licence_grant('acme', 'kitting', jsonb_set(t.terms('kitting'),
    '{class}', '"early"'), NULL, 'x') ->> 'id' AS early \gset
SELECT sluice.licence_grant('other', 'kitting', t.terms('kitting'), NULL, 'x')
    ->> 'id' AS standard \gset

-- One more episode, held back as said.
CREATE FUNCTION t.next(number int, release jsonb DEFAULT NULL,
    op text DEFAULT 'add')
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	p sluice.publication_state := t.reserve('kitting');
	spec jsonb := jsonb_build_array(CASE op
	    WHEN 'retract' THEN jsonb_build_object('op', op, 'number', number,
		'revision', 2, 'reason', 'withdrawn', 'layers', '{}'::jsonb)
	    ELSE jsonb_build_object('op', op, 'number', number, 'revision', 1,
		'facets', '{"task":"pour","duration_ms":500}'::jsonb,
		'layers', '{"meta":10,"state":50}'::jsonb) END);
	index text;
	manifest text;
BEGIN
	p := sluice.publication_sign(p.id);
	index := t.index('kitting', p.seq, to_char(
	    to_timestamp(p.published_us / 1000000) AT TIME ZONE 'UTC',
	    'YYYY-MM-DD"T"HH24:MI:SS"Z"'), spec);
	manifest := t.manifest('kitting', p, index, spec);
	p := sluice.publication_seal(p.id, convert_to(manifest, 'UTF8'),
	    t.minisig('a'), index, t.identities(spec), jsonb_build_object(
		'pack.tar.zst', jsonb_build_array(
		    substring(manifest FROM 'pack_bytes: ([0-9]+)')::bigint,
		    repeat('3', 64))), release);
	p := t.log(p, 'kitting');
	RETURN sluice.publication_show(p.id) ->> 'seq';
END
$$;
CREATE FUNCTION t.released(class text) RETURNS text
LANGUAGE sql SECURITY DEFINER AS $$
	SELECT sluice.released_seq(t.dataset('kitting'), class)::text
$$;
-- The batches that a customer was told of.
CREATE FUNCTION t.told(customer uuid, licence uuid DEFAULT NULL) RETURNS text
LANGUAGE sql AS $$
	SELECT COALESCE(string_agg(e.data ->> 'seq', ' ' ORDER BY e.id), '')
	FROM sluice.events_of(customer, licence, 0, 100) AS e
	WHERE e.kind = 'batch'
$$;

SELECT t.is(t.released('standard') || t.released('early'), '11',
    'all have batch 1');

SET SESSION AUTHORIZATION test_lab;
SELECT t.raises(format('SELECT t.next(4, %L)', release), wanted,
    'a release cannot be ' || release)
FROM (VALUES ('{"A B":"2026-11-21T01:15:00Z"}', 'SLINV bad_release:'),
	('{"early":"tomorrow"}', 'SLINV bad_release:'),
	('{"early":7}', 'SLINV bad_release:'),
	('[1]', 'SLINV bad_release:')) AS x (release, wanted);
SELECT t.raises(format('SELECT t.next(3, %L, ''retract'')',
    jsonb_build_object('early', t.time('1 hour'))), 'SLINV release_retracts:',
    'what retracts reaches everybody at once');

-- Batch 2: early has it, standard in an hour.
SELECT t.time('1 hour') AS later \gset
SELECT t.is(t.next(4, jsonb_build_object('early', t.time('-1 minute'),
    'standard', :'later')), '2', 'batch 2 is published');
RESET SESSION AUTHORIZATION;
SELECT t.is(t.released('early') || t.released('standard') || t.released('other'),
    '211', 'early has it; who is not named gets it with the last');
SELECT t.is(t.told(:'acme') || ', ' || t.told(:'other'), '1 2, 1',
    'and only early is told');
SELECT t.is((SELECT string_agg(l.released_seq || COALESCE(l.release::text, ''),
    ' ') FROM sluice.licences(:'other', :dataset, NULL) AS l),
    '1{"at": "' || :'later' || '", "seq": 2}',
    'the licence knows what comes next');
SELECT t.is((SELECT string_agg(l.released_seq || COALESCE(l.release::text, ''),
    ' ') FROM sluice.licences(:'acme', :dataset, NULL) AS l), '2',
    'nothing comes next for early');
SELECT t.is(c.outcome || ' ' || COALESCE(c.code, ''), wanted,
    'the charge lets ' || class || ' have ' || wanted)
FROM (VALUES (:'standard', 'standard', 'refused batch_not_released'),
	(:'early', 'early', 'charged ')) AS x (licence, class, wanted)
CROSS JOIN LATERAL t.charge(licence::uuid, 1, :dataset, 2, '{[0,2)}', NULL)
    AS c;
SELECT t.is((d.d ->> 'seq') || ' ' || (d.d ->> 'episodes') || ' ' ||
    jsonb_array_length(d.d -> 'batches') || ' ' ||
    (d.d -> 'facets' -> 'task')::text, '1 3 1 [{"count": 2, "value": "pick"}, '
    '{"count": 1, "value": "place"}]', 'the page shows what standard has')
FROM (SELECT sluice.dataset_show(NULL, 'kitting')) AS d (d);
SELECT t.is(jsonb_array_length(sluice.dataset_episodes(:'other', 'kitting',
    NULL, NULL, 0) -> 'episodes')::text, '3', 'and so do its episodes');
SELECT t.is(jsonb_array_length(sluice.dataset_batches(NULL, 'kitting', NULL, 0)
    -> 'batches')::text, '1', 'and its batches');
SELECT t.is(jsonb_array_length(sluice.dataset_batches(NULL, 'kitting', cursor, 50)
    -> 'batches')::text, '1', 'and a page of them that begins at ' || cursor)
FROM (VALUES ('2'), ('3'), ('999999999')) AS x (cursor);
SELECT t.is(sluice.release_list('kitting')::text, jsonb_build_array(
    jsonb_build_object('name', 'kitting', 'dataset', 'kitting', 'seq', 2,
	'class', '*', 'at', :'later'),
    jsonb_build_object('name', 'kitting', 'dataset', 'kitting', 'seq', 2,
	'class', 'standard', 'at', :'later'))::text,
    'an admin sees what waits');

-- Batch 3 says nothing of releases: standard gets it after batch 2.
SET SESSION AUTHORIZATION test_lab;
SELECT t.is(t.next(5), '3', 'batch 3 is published');
RESET SESSION AUTHORIZATION;
SELECT t.is(t.released('early') || t.released('standard'), '31',
    'a class never gets a batch before the one it follows');
SELECT t.is(t.told(:'acme') || ', ' || t.told(:'other'), '1 2 3, 1',
    'and is not told of it');

-- Batch 4 retracts an episode of batch 1: its event reaches everybody.
SET SESSION AUTHORIZATION test_lab;
SELECT t.is(t.next(3, NULL, 'retract'), '4', 'batch 4 is published');
RESET SESSION AUTHORIZATION;
SELECT t.is((SELECT string_agg(e.data ->> 'seq', ' ')
    FROM sluice.events_of(:'other', NULL, 0, 100) AS e
    WHERE e.kind = 'retraction'), '4', 'a retraction is told to everybody');
SELECT t.is((d.d ->> 'seq') || ' ' || (d.d ->> 'episodes'), '1 2',
    'and the page counts without it')
FROM (SELECT sluice.dataset_show(NULL, 'kitting')) AS d (d);

-- A worker's events name the licences that they are for.
SELECT t.is((SELECT string_agg((e.data ->> 'seq') || ':' || COALESCE(
	CASE e.licence WHEN :'early'::uuid THEN 'early'
	    WHEN :'standard'::uuid THEN 'standard' ELSE 'nobody' END, 'all'), ' '
	ORDER BY e.id)
    FROM sluice.events(0, 100) AS e WHERE e.kind = 'batch' AND
	e.licence IS NOT NULL), '2:early 3:early 4:early',
    'a worker hears for which licences');

-- The time comes.
SELECT sluice.tick();
SELECT t.is(t.released('standard'), '1', 'before the time a tick does nothing');
UPDATE sluice.batch_release SET at = now() - interval '1 second';
SELECT t.is(t.released('standard') || t.released('other'), '44',
    'by time alone the batches are released');
SET SESSION AUTHORIZATION test_server;
SELECT sluice.tick();
SELECT sluice.tick();
RESET SESSION AUTHORIZATION;
SELECT t.is(t.told(:'acme') || ', ' || t.told(:'other'), '1 2 3 4, 1 2 3 4',
    'everybody is told once, in order');
SELECT t.is(early_seq::text, NULL, 'nothing is held back any more')
FROM sluice.dataset WHERE name = 'kitting';
SELECT t.is((d.d ->> 'seq') || ' ' || (d.d ->> 'episodes') || ' ' ||
    jsonb_array_length(d.d -> 'batches'), '4 4 4', 'the page shows everything')
FROM (SELECT sluice.dataset_show(NULL, 'kitting')) AS d (d);
UPDATE sluice.batch_release SET at = now() + interval '1 hour';
SELECT t.is(t.released('standard'), '4',
    'what was released stays so, whatever the clock does');
