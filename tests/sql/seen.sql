-- What a licence may see ends at a batch: later ones, which others have already,
-- change nothing of how its segments are judged.

SET SESSION AUTHORIZATION test_lab;
SELECT sluice.dataset_create('seen', 'prebuilt', 'public', 'S', '', 'x');
SELECT t.publish('seen', '[
	{"op":"add","number":1,"revision":1,"facets":{"task":"pick"},
	    "layers":{"meta":10,"state":50}},
	{"op":"add","number":2,"revision":1,"facets":{"task":"pick"},
	    "layers":{"meta":10}}]');
SELECT t.publish('seen', '[
	{"op":"revise","number":1,"revision":2,"facets":{"task":"pour"},
	    "layers":{"meta":11,"state":"1.1"}}]');
SELECT t.publish('seen', '[
	{"op":"revise","number":1,"revision":3,"facets":{"task":"place"},
	    "layers":{"meta":"2.0","state":"1.1"}}]');
RESET SESSION AUTHORIZATION;

-- seq.ordinal task
CREATE FUNCTION t.judged(seen int) RETURNS text
LANGUAGE sql AS $$
	SELECT string_agg(concat(s.seq, '.', s.ordinal, ' ', s.facets ->> 'task'),
	    ', ' ORDER BY s.seq, s.ordinal)
	FROM sluice.segments(t.dataset('seen'), seen,
	    '[[1,"{[0,9)}","{}"],[2,"{[0,9)}","{}"],[3,"{[0,9)}","{}"]]', 0, 0, 100)
	    AS s
$$;
SELECT t.is(t.judged(seen), wanted, 'at batch ' || seen)
FROM (VALUES (0, NULL),
	(1, '1.0 pick, 1.1 pick, 1.2 pick'),
	(2, '1.0 pour, 1.1 pour, 1.2 pick, 2.0 pour'),
	(3, '1.0 place, 1.1 place, 1.2 pick, 2.0 place'),
	(9, '1.0 place, 1.1 place, 1.2 pick, 2.0 place')) AS x (seen, wanted);

-- A retraction reaches all at once, whatever they see.
SET SESSION AUTHORIZATION test_lab;
SELECT t.publish('seen', '[{"op":"retract","number":1,"revision":4,
	"reason":"withdrawn"}]');
RESET SESSION AUTHORIZATION;
SELECT t.is(string_agg(concat(s.ordinal, ' ', s.facets ->> 'task', ' ',
	s.retracted), ', ' ORDER BY s.ordinal), '0 pick t, 1 pick t, 2 pick f',
    'what is retracted is marked at once')
FROM sluice.segments(t.dataset('seen'), 1, '[[1,"{[0,9)}","{}"]]', 0, 0, 100)
    AS s;
