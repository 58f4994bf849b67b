-- Every answer of sluice.charge, and every refusal.
-- Ordinals of batch 1: 0 dataset meta; 1 meta, 2 state, 3 video of episode 1;
-- 4 meta, 5 state of 2; 6 meta, 7 state of 3.

SELECT t.dataset('kitting') AS dataset \gset
SET SESSION AUTHORIZATION test_admin;
SELECT sluice.licence_grant('acme', 'kitting', t.terms('kitting'), NULL, 'test')
    ->> 'id' AS licence \gset
SET SESSION AUTHORIZATION test_server;

SELECT t.is(c::text, '(charged,,"{[0,4)}",1,1000,1110,1,1000,1110,1)',
    'a first charge takes episode, duration and bytes, dataset files free')
FROM (SELECT outcome, code, covered, charged_episodes, charged_duration_ms,
	charged_bytes, used_episodes, used_duration_ms, used_bytes, ledger_number
    FROM t.charge(:'licence', 1, :dataset, 1, '{[0,4)}', 'demo')) AS c;

SELECT t.is(c::text, '(held,,"{[0,4)}",0,0,0,1,1000,1110,1)',
    'the same charge again is held and writes no row')
FROM (SELECT outcome, code, covered, charged_episodes, charged_duration_ms,
	charged_bytes, used_episodes, used_duration_ms, used_bytes, ledger_number
    FROM t.charge(:'licence', 1, :dataset, 1, '{[0,4)}', 'demo')) AS c;

SELECT t.is(c::text, '(held,,"{[0,1)}",0)',
    'dataset files alone are held and never in the ledger')
FROM (SELECT outcome, code, covered, charged_bytes
    FROM t.charge(:'licence', 1, :dataset, 1, '{[0,1)}', NULL)) AS c;

SELECT t.is(c::text, '(charged,,"{[2,6)}",1,2000,210)',
    'what is held is taken away, the rest is charged')
FROM (SELECT outcome, code, covered, charged_episodes, charged_duration_ms,
	charged_bytes
    FROM t.charge(:'licence', 1, :dataset, 1, '{[2,6)}', NULL)) AS c;

SELECT t.is(c::text, '(charged,,"{[6,7)}",1,4000,10)',
    'one layer of an episode charges the episode')
FROM (SELECT outcome, code, covered, charged_episodes, charged_duration_ms,
	charged_bytes
    FROM t.charge(:'licence', 1, :dataset, 1, '{[6,7)}', NULL)) AS c;

SELECT t.is(c::text, '(charged,,"{[7,8)}",0,0,400)',
    'a further layer of it charges bytes only')
FROM (SELECT outcome, code, covered, charged_episodes, charged_duration_ms,
	charged_bytes
    FROM t.charge(:'licence', 1, :dataset, 1, '{[7,8)}', NULL)) AS c;

SELECT t.is(c::text, '(stale,stale,{})',
    'another version of the licence is stale')
FROM (SELECT outcome, code, covered
    FROM t.charge(:'licence', 2, :dataset, 1, '{[0,4)}', NULL)) AS c;

SELECT t.raises(format('SELECT t.charge(%L, 1, %s, 1, ''{[0,4)}'', NULL)',
    gen_random_uuid(), :dataset), 'SLNFD licence_not_found:',
    'an unknown licence is not found');
SELECT t.raises(format('SELECT t.charge(%L, 1, %s, 1, ''{[0,4)}'', NULL)',
    :'licence', 0), 'SLNFD licence_not_found:',
    'a licence does not serve another dataset');
SELECT t.raises(format('SELECT t.charge(%L, 1, %s, 2, ''{[0,4)}'', NULL)',
    :'licence', :dataset), 'SLNFD segment_not_found:',
    'a batch that is not visible is not found');
SELECT t.raises(format('SELECT t.charge(%L, 1, %s, 1, ''{[6,9)}'', NULL)',
    :'licence', :dataset), 'SLNFD segment_not_found:',
    'segments that do not exist are not found');

-- Quotas: whole segments, the longest prefix.
SET SESSION AUTHORIZATION test_admin;
SELECT sluice.licence_grant('acme', 'kitting',
    t.terms('kitting', '{"episodes":2}'), NULL, 'test') ->> 'id' AS licence \gset
SET SESSION AUTHORIZATION test_server;
SELECT t.is(c::text, '(charged,quota_episodes,"{[0,6)}",2)',
    'the quota of episodes cuts at the first segment of the next one')
FROM (SELECT outcome, code, covered, charged_episodes
    FROM t.charge(:'licence', 1, :dataset, 1, '{[0,8)}', NULL)) AS c;
SELECT t.is(c::text, '(refused,quota_episodes,{},2)',
    'nothing left of the quota is refused')
FROM (SELECT outcome, code, covered, used_episodes
    FROM t.charge(:'licence', 1, :dataset, 1, '{[6,8)}', NULL)) AS c;
SELECT t.is(c::text, '(held,quota_episodes,"{[2,4)}")',
    'what is held before the cut is still covered')
FROM (SELECT outcome, code, covered
    FROM t.charge(:'licence', 1, :dataset, 1, '{[2,4),[6,8)}', NULL)) AS c;

SET SESSION AUTHORIZATION test_admin;
SELECT sluice.licence_grant('acme', 'kitting',
    t.terms('kitting', '{"duration_ms":3000}'), NULL, 'test') ->> 'id' AS licence \gset
SET SESSION AUTHORIZATION test_server;
SELECT t.is(c::text, '(charged,quota_hours,"{[0,6)}",3000)',
    'the quota of hours is used to the last millisecond, not beyond')
FROM (SELECT outcome, code, covered, charged_duration_ms
    FROM t.charge(:'licence', 1, :dataset, 1, '{[0,8)}', NULL)) AS c;

SET SESSION AUTHORIZATION test_admin;
SELECT sluice.licence_grant('acme', 'kitting',
    t.terms('kitting', '{"bytes":1109}'), NULL, 'test') ->> 'id' AS licence \gset
SET SESSION AUTHORIZATION test_server;
SELECT t.is(c::text, '(charged,quota_bytes,"{[0,3)}",110,1)',
    'the quota of bytes cuts before the segment that does not fit')
FROM (SELECT outcome, code, covered, charged_bytes, charged_episodes
    FROM t.charge(:'licence', 1, :dataset, 1, '{[0,4)}', NULL)) AS c;
SELECT t.is(c::text, '(refused,quota_bytes,{},0,1)',
    'a further layer that does not fit is refused and takes no episode')
FROM (SELECT outcome, code, covered, charged_episodes, used_episodes
    FROM t.charge(:'licence', 1, :dataset, 1, '{[3,4)}', NULL)) AS c;
SELECT t.is(c::text, '(charged,,"{[2,3),[4,6)}",210)',
    'gaps in what is asked stay gaps in what is covered')
FROM (SELECT outcome, code, covered, charged_bytes
    FROM t.charge(:'licence', 1, :dataset, 1, '{[2,3),[4,6)}', NULL)) AS c;

-- Status and term.
SET SESSION AUTHORIZATION test_admin;
SELECT sluice.licence_grant('acme', 'kitting', t.terms('kitting'), NULL, 'test')
    ->> 'id' AS licence \gset
SELECT sluice.licence_set_status(:'licence', 'suspended', 'test');
SET SESSION AUTHORIZATION test_server;
SELECT t.is(c::text, '(refused,licence_suspended,{})',
    'a suspended licence is refused')
FROM (SELECT outcome, code, covered
    FROM t.charge(:'licence', 1, :dataset, 1, '{[0,4)}', NULL)) AS c;
SET SESSION AUTHORIZATION test_admin;
SELECT sluice.licence_set_status(:'licence', 'active', 'test');
SET SESSION AUTHORIZATION test_server;
SELECT t.is(c::text, '(charged,"{[1,3)}")', 'a reinstated licence is charged')
FROM (SELECT outcome, covered
    FROM t.charge(:'licence', 1, :dataset, 1, '{[1,3)}', NULL)) AS c;
SET SESSION AUTHORIZATION test_admin;
SELECT sluice.licence_set_status(:'licence', 'revoked', 'test');
SET SESSION AUTHORIZATION test_server;
SELECT t.is(c::text, '(refused,licence_revoked,{})',
    'a revoked licence is refused even what it holds')
FROM (SELECT outcome, code, covered
    FROM t.charge(:'licence', 1, :dataset, 1, '{[1,3)}', NULL)) AS c;

SET SESSION AUTHORIZATION test_admin;
SELECT sluice.licence_grant('acme', 'kitting', jsonb_set(t.terms('kitting'),
    '{term}', jsonb_build_object('from', t.time('-2 day'),
	'until', t.time('-1 day'), 'grace_s', 0)), NULL, 'test') ->> 'id'
    AS licence \gset
SET SESSION AUTHORIZATION test_server;
SELECT t.is(c::text, '(refused,licence_expired)',
    'an expired licence is refused')
FROM (SELECT outcome, code
    FROM t.charge(:'licence', 1, :dataset, 1, '{[0,4)}', NULL)) AS c;
SET SESSION AUTHORIZATION test_admin;
SELECT sluice.licence_grant('acme', 'kitting', jsonb_set(t.terms('kitting'),
    '{term}', jsonb_build_object('from', t.time('1 day'),
	'until', t.time('2 day'), 'grace_s', 0)), NULL, 'test') ->> 'id'
    AS licence \gset
SET SESSION AUTHORIZATION test_server;
SELECT t.is(c::text, '(refused,licence_not_yet_valid)',
    'a licence whose term has not begun is refused')
FROM (SELECT outcome, code
    FROM t.charge(:'licence', 1, :dataset, 1, '{[0,4)}', NULL)) AS c;

-- Amending keeps what is held.
SET SESSION AUTHORIZATION test_admin;
SELECT sluice.licence_grant('acme', 'kitting', t.terms('kitting'), NULL, 'test')
    ->> 'id' AS licence \gset
SET SESSION AUTHORIZATION test_server;
SELECT t.charge(:'licence', 1, :dataset, 1, '{[1,4)}', NULL);
SET SESSION AUTHORIZATION test_admin;
SELECT sluice.licence_amend(:'licence', t.terms('kitting', '{"bytes":2000}'), NULL,
    'test');
SET SESSION AUTHORIZATION test_server;
SELECT t.is(c::text, '(stale,stale)', 'the amended licence is decided anew')
FROM (SELECT outcome, code
    FROM t.charge(:'licence', 1, :dataset, 1, '{[1,4)}', NULL)) AS c;
SELECT t.is(c::text, '(held,)', 'and then what was held is held')
FROM (SELECT outcome, code
    FROM t.charge(:'licence', 2, :dataset, 1, '{[1,4)}', NULL)) AS c;

-- Retraction and erasure.
SET SESSION AUTHORIZATION test_lab;
SELECT t.publish('kitting', '[
	{"op":"revise","number":1,"revision":2,"facets":{"task":"pick",
	    "duration_ms":1000},
	    "layers":{"meta":11,"state":"1.2","video.wrist":null}},
	{"op":"retract","number":2,"revision":2,"reason":"consent_withdrawn"}]');
SET SESSION AUTHORIZATION test_admin;
SELECT sluice.licence_grant('acme', 'kitting', t.terms('kitting'), NULL, 'test')
    ->> 'id' AS licence \gset
SET SESSION AUTHORIZATION test_server;
SELECT t.is(c::text, '(charged,retracted,"{[0,4)}",1)',
    'a retracted segment cuts and is never charged')
FROM (SELECT outcome, code, covered, charged_episodes
    FROM t.charge(:'licence', 1, :dataset, 1, '{[0,8)}', NULL)) AS c;
SELECT t.is(c::text, '(refused,retracted,{})',
    'a retracted segment alone is refused')
FROM (SELECT outcome, code, covered
    FROM t.charge(:'licence', 1, :dataset, 1, '{[4,5)}', NULL)) AS c;
SELECT t.is(c::text, '(charged,,"{[0,1)}",0,11)',
    'a revision of a held episode charges its new bytes only')
FROM (SELECT outcome, code, covered, charged_episodes, charged_bytes
    FROM t.charge(:'licence', 1, :dataset, 2, '{[0,1)}', NULL)) AS c;
SET SESSION AUTHORIZATION test_lab;
SELECT sluice.erase('kitting', 2, 'court order');
SET SESSION AUTHORIZATION test_server;
SELECT t.is(c::text, '(refused,erased,{})', 'an erased segment is refused')
FROM (SELECT outcome, code, covered
    FROM t.charge(:'licence', 1, :dataset, 1, '{[4,5)}', NULL)) AS c;

-- The chain can be recomputed from the rows by anybody.
RESET SESSION AUTHORIZATION;
SELECT t.is(encode(t.ledger_head, 'hex'), encode(g.hash, 'hex'),
    'the head is the hash of the last row')
FROM sluice.licence_total AS t JOIN sluice.ledger AS g
    ON g.licence = t.licence AND g.number = t.ledger_number
WHERE t.licence = :'licence';
