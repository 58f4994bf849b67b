-- What the tests of this folder stand on: logins, small assertions, and a
-- publication made from a few words.  Runs as superuser, after db init.

CREATE ROLE test_server LOGIN IN ROLE sluice_server;
CREATE ROLE test_admin LOGIN IN ROLE sluice_admin;
CREATE ROLE test_auditor LOGIN IN ROLE sluice_auditor;
CREATE ROLE test_lab LOGIN IN ROLE sluice_publisher;
CREATE ROLE test_rival LOGIN IN ROLE sluice_publisher;
CREATE ROLE test_arms LOGIN IN ROLE sluice_publisher;
CREATE ROLE test_arms_oslo LOGIN IN ROLE sluice_publisher;
CREATE ROLE test_log LOGIN IN ROLE sluice_log;
CREATE ROLE test_witness LOGIN IN ROLE sluice_witness;
CREATE ROLE test_bundle LOGIN IN ROLE sluice_publisher, sluice_bundle;
CREATE ROLE test_stranger LOGIN;

CREATE SCHEMA t;
GRANT USAGE ON SCHEMA t TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA t GRANT EXECUTE ON FUNCTIONS TO PUBLIC;

CREATE FUNCTION t.ok(passed boolean, what text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	IF passed IS NOT TRUE THEN
		RAISE EXCEPTION 'not ok: %', what;
	END IF;
	RETURN 'ok ' || what;
END
$$;

CREATE FUNCTION t.is(got text, wanted text, what text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	IF got IS DISTINCT FROM wanted THEN
		RAISE EXCEPTION 'not ok: %: got %, wanted %', what, got, wanted;
	END IF;
	RETURN 'ok ' || what;
END
$$;

-- `wanted` is the SQLSTATE and how the message begins: "SLNFD not_found".
CREATE FUNCTION t.raises(command text, wanted text, what text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	got text := 'nothing raised';
BEGIN
	BEGIN
		EXECUTE command;
	EXCEPTION WHEN OTHERS THEN
		got := SQLSTATE || ' ' || SQLERRM;
	END;
	IF left(got, length(wanted)) <> wanted THEN
		RAISE EXCEPTION 'not ok: %: got %, wanted %', what, got, wanted;
	END IF;
	RETURN 'ok ' || what;
END
$$;

-- A change function, as an admin uses it: a dry run (rolled back) leaves no trace
-- and says what the real one then says; that one is audited once; again, there
-- is nothing left to change.  `wanted` NULL: any change.
CREATE FUNCTION t.change(command text, wanted jsonb, what text,
    is_final boolean DEFAULT false)
RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	before bigint := (SELECT count(*) FROM sluice.audit);
	changes text := format('SELECT (%s) -> ''changes''', command);
	dry jsonb;
	got jsonb;
	last sluice.audit;
BEGIN
	BEGIN
		EXECUTE changes INTO dry;
		RAISE EXCEPTION 'rollback' USING ERRCODE = 'XX999';
	EXCEPTION WHEN SQLSTATE 'XX999' THEN
		NULL;
	END;
	RETURN NEXT t.is((SELECT count(*)::text FROM sluice.audit), before::text,
	    what || ': a dry run leaves no trace');
	EXECUTE changes INTO got;
	RETURN NEXT t.is(t.no_ids(got), t.no_ids(dry),
	    what || ': the dry run told the changes');
	IF wanted IS NULL THEN
		RETURN NEXT t.ok(got <> '{}', what || ': changes');
	ELSE
		RETURN NEXT t.is(got::text, wanted::text, what || ': changes');
	END IF;
	SELECT * INTO last FROM sluice.audit AS a ORDER BY a.number DESC LIMIT 1;
	RETURN NEXT t.is(last.number || ' ' || last.actor, (before + 1) || ' ' ||
	    session_user, what || ': audited once, with the login');
	RETURN NEXT t.is((last.detail -> 'changes')::text, got::text,
	    what || ': the audit log has the changes');
	IF is_final THEN
		RETURN;
	END IF;
	EXECUTE changes INTO got;
	RETURN NEXT t.is(got::text, '{}', what || ': again changes nothing');
	RETURN NEXT t.is((SELECT count(*)::text FROM sluice.audit),
	    (before + 1)::text, what || ': and is not audited again');
END
$$;

-- Ids that a function makes differ from call to call, and times may.
CREATE FUNCTION t.no_ids(value jsonb) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT regexp_replace(regexp_replace(value::text,
	    '[0-9a-f]{8}-[0-9a-f-]{27}', 'ID', 'g'),
	    'T[0-9]{2}:[0-9]{2}:[0-9]{2}Z', 'T', 'g')
$$;

-- A call that must fail and leave no audit row.
CREATE FUNCTION t.refused(command text, wanted text, what text)
RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	before bigint := (SELECT count(*) FROM sluice.audit);
BEGIN
	RETURN NEXT t.raises('SELECT ' || command, wanted, what);
	RETURN NEXT t.is((SELECT count(*)::text FROM sluice.audit), before::text,
	    what || ': nothing is audited');
END
$$;

-- base64 of "Ed", 8 bytes, 32 bytes; and of a signature by that key.
CREATE FUNCTION t.public_key(letter text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT encode(('Ed' || repeat(letter, 8) || repeat('k', 32))::bytea,
	    'base64')
$$;
CREATE FUNCTION t.minisig(letter text) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
	SELECT convert_to(E'untrusted comment: x\n' || replace(encode(
	    ('Ed' || repeat(letter, 8) || repeat('s', 64))::bytea, 'base64'),
	    E'\n', '') || E'\ntrusted comment: x\nAAAA\n', 'UTF8')
$$;

CREATE FUNCTION t.uuid(dataset text, number int) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE number WHEN 0 THEN '00000000-0000-0000-0000-000000000000'
	    ELSE md5(dataset || number)::uuid::text END
$$;

-- spec: [{"op":"add","number":1,"revision":1,"facets":{…},
--   "layers":{"meta":100,"state":1000,"video":"1.2"},"reason":…}]; a number is
-- the content bytes of a new segment, a text what is kept, null what is dropped.
-- Every new segment has two chunks, of 10 and of 20 bytes.
CREATE FUNCTION t.segments(spec jsonb)
RETURNS TABLE (ordinal bigint, number int, layer text, bytes bigint)
LANGUAGE sql IMMUTABLE AS $$
	SELECT row_number() OVER (ORDER BY (e ->> 'number')::int, l.key) - 1,
	    (e ->> 'number')::int, l.key, (l.value #>> '{}')::bigint
	FROM jsonb_array_elements(spec) AS e
	CROSS JOIN jsonb_each(e -> 'layers') AS l
	WHERE jsonb_typeof(l.value) = 'number'
$$;

CREATE FUNCTION t.index(dataset text, seq int, published text, spec jsonb)
RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('version', 1, 'dataset', dataset, 'seq', seq,
	    'published', published,
	    'episodes', (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
		'op', e ->> 'op', 'id', t.uuid(dataset, (e ->> 'number')::int),
		'number', e -> 'number', 'revision', e -> 'revision',
		'reason', e -> 'reason', 'facets', e -> 'facets',
		'layers', (SELECT jsonb_object_agg(l.key, CASE
			jsonb_typeof(l.value)
			WHEN 'number' THEN jsonb_build_object('new', s.ordinal)
			WHEN 'string' THEN jsonb_build_object('kept', l.value)
			ELSE '{"dropped":true}' END)
		    FROM jsonb_each(e -> 'layers') AS l
		    LEFT JOIN t.segments(spec) AS s ON s.layer = l.key AND
			s.number = (e ->> 'number')::int)))
		ORDER BY (e ->> 'number')::int)
		FROM jsonb_array_elements(spec) AS e),
	    'segments', (SELECT COALESCE(jsonb_agg(jsonb_build_object(
		'episode', s.number, 'layer', s.layer,
		'files', jsonb_build_array(jsonb_build_array('f', s.bytes)),
		'chunks', jsonb_build_array(2 * s.ordinal, 2))
		ORDER BY s.ordinal), '[]') FROM t.segments(spec) AS s),
	    'chunks', (SELECT COALESCE(jsonb_agg(CASE c WHEN 1 THEN '[10,1,"x"]'::jsonb
		    ELSE '[20,1,"x"]' END ORDER BY s.ordinal, c), '[]')
		FROM t.segments(spec) AS s CROSS JOIN generate_series(1, 2) AS c)
	    )::text
$$;

CREATE FUNCTION t.manifest(dataset text, p sluice.publication_state,
    index text, spec jsonb)
RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT concat('# sluice-manifest/v1', E'\n# dataset: ', dataset,
	    E'\n# seq: ', p.seq, E'\n# previous: ', p.previous,
	    E'\n# published: ', index::jsonb ->> 'published',
	    E'\n# episodes: added=', count(*) FILTER (WHERE e ->> 'op' = 'add' AND
		(e ->> 'number')::int > 0),
	    ' revised=', count(*) FILTER (WHERE e ->> 'op' = 'revise' AND
		(e ->> 'number')::int > 0),
	    ' retracted=', count(*) FILTER (WHERE e ->> 'op' = 'retract'),
	    E'\n# duration_s: 1.500',
	    E'\n# content_bytes: ', (SELECT COALESCE(sum(s.bytes), 0)
		FROM t.segments(spec) AS s),
	    E'\n# pack_bytes: ', (SELECT 30 * count(*) + 40
		FROM t.segments(spec) AS s),
	    E'\n# bytes: index.json=', octet_length(index),
	    ' files.sha256=10 quality.json=20',
	    E'\nSHA256 (index.json) = ',
	    encode(sha256(convert_to(index, 'UTF8')), 'hex'),
	    E'\nSHA256 (files.sha256) = ', repeat('1', 64),
	    E'\nSHA256 (quality.json) = ', repeat('2', 64), E'\n')
	FROM jsonb_array_elements(spec) AS e
$$;

CREATE FUNCTION t.identities(spec jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_agg(jsonb_build_object('number', e -> 'number',
	    'site', 'lab', 'key', COALESCE(e ->> 'key', 'ep' || (e ->> 'number')),
	    'digest', md5(e::text)))
	FROM jsonb_array_elements(spec) AS e
	WHERE e ->> 'op' <> 'retract'
$$;

CREATE FUNCTION t.seal(dataset text, p sluice.publication_state, spec jsonb)
RETURNS sluice.publication_state
LANGUAGE plpgsql AS $$
DECLARE
	index text := t.index(dataset, p.seq, to_char(
	    to_timestamp(p.published_us / 1000000) AT TIME ZONE 'UTC',
	    'YYYY-MM-DD"T"HH24:MI:SS"Z"'), spec);
	manifest text := t.manifest(dataset, p, index, spec);
BEGIN
	RETURN sluice.publication_seal(p.id, convert_to(manifest, 'UTF8'),
	    t.minisig('a'), index, t.identities(spec), jsonb_build_object(
		'pack.tar.zst', jsonb_build_array(
		    substring(manifest FROM 'pack_bytes: ([0-9]+)')::bigint,
		    repeat('3', 64))));
END
$$;

CREATE FUNCTION t.reserve(dataset text) RETURNS sluice.publication_state
LANGUAGE sql AS $$
	SELECT sluice.publication_reserve(dataset, repeat('d', 64))
$$;

-- What the log signer would make, for any root: the name of the log, 64 bytes of
-- signature.
CREATE FUNCTION t.note(dataset text, epoch int, size int, root bytea,
    letter text DEFAULT 's')
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT concat(name, E'\n', size, E'\n', encode(root, 'base64'), E'\n\n— ',
	    name, ' ', replace(encode(('hash' || repeat(letter, 64))::bytea,
		'base64'), E'\n', ''), E'\n')
	FROM (SELECT 'test.sluice/' || dataset || '/' || epoch) AS x (name)
$$;
CREATE FUNCTION t.log(p sluice.publication_state, dataset text,
    epoch int DEFAULT 1, root bytea DEFAULT NULL)
RETURNS sluice.publication_state
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	hash bytea := COALESCE(root, sha256((dataset || p.seq)::bytea));
BEGIN
	RETURN sluice.publication_log(p.id, epoch, p.seq, hash,
	    t.note(dataset, epoch, p.seq, hash), 'minisig');
END
$$;
-- Trust files: keys by number, three root keys.
CREATE FUNCTION t.key_bytes(number int) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
	SELECT decode(repeat(lpad(to_hex(number), 2, '0'), 32), 'hex')
$$;
CREATE FUNCTION t.key(number int, id int DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT encode('Ed'::bytea || decode(repeat(lpad(to_hex(
	    COALESCE(id, number)), 2, '0'), 8), 'hex') || t.key_bytes(number),
	    'base64')
$$;
CREATE FUNCTION t.trust(version int, more text DEFAULT '', witnesses int DEFAULT 0)
RETURNS bytea
LANGUAGE sql AS $$
	SELECT convert_to(format(E'# sluice-trust/v1\n# version: %s\n'
	    '# issued: 2026-11-21T01:15:00Z\n# expires: 2027-11-21T01:15:00Z\n'
	    '# origin: test.sluice\n# threshold: root=2 witness=%s\n'
	    'root %s\nroot %s\nroot %s\n%s', version, witnesses, t.key(3),
	    t.key(1), t.key(2), more), 'UTF8')
$$;
CREATE FUNCTION t.signed() RETURNS jsonb LANGUAGE sql AS $$
	SELECT '{"0123456789ABCDEF": "minisig"}'::jsonb
$$;
CREATE FUNCTION t.install(version int, more text DEFAULT '',
    witnesses int DEFAULT 0)
RETURNS jsonb
LANGUAGE sql AS $$
	SELECT sluice.trust_install(version, t.trust(version, more, witnesses),
	    t.signed(), 'test')
$$;

CREATE FUNCTION t.cosignature(witness text, seconds bigint, number int DEFAULT 7)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT concat('— ', witness, ' ', replace(encode(
	    substr(sha256(convert_to(witness, 'UTF8') || '\x0a04'::bytea ||
		t.key_bytes(number)), 1, 4) ||
	    decode(lpad(to_hex(seconds), 16, '0'), 'hex') ||
	    repeat('w', 64)::bytea, 'base64'), E'\n', ''), E'\n')
$$;
-- The caller's login cosigns as this witness.
CREATE FUNCTION t.bind(name text) RETURNS void
LANGUAGE sql SECURITY DEFINER AS $$
	INSERT INTO sluice.witness_login (login, witness)
	VALUES (session_user, name)
	ON CONFLICT (login) DO UPDATE SET witness = EXCLUDED.witness
$$;

-- The whole way.
CREATE FUNCTION t.publish(dataset text, spec jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	p sluice.publication_state := t.reserve(dataset);
BEGIN
	p := sluice.publication_sign(p.id);
	p := t.seal(dataset, p, spec);
	p := t.log(p, dataset);
	RETURN sluice.publication_show(p.id) ->> 'seq';
END
$$;

-- So long from the beginning of the tests, which is the same in all of them, as
-- terms write it.
CREATE TABLE t.begin AS SELECT date_trunc('second', now()) AS at;
CREATE FUNCTION t.time(from_begin interval) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER AS $$
	SELECT to_char((b.at + from_begin) AT TIME ZONE 'UTC',
	    'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM t.begin AS b
$$;

CREATE FUNCTION t.terms(dataset text, quota jsonb DEFAULT '{}')
RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('version', 1, 'dataset', dataset,
	    'class', 'standard', 'programme', '', 'layers', '["*"]'::jsonb,
	    'where', '', 'window', '{"from":1,"until":null}'::jsonb,
	    'term', jsonb_build_object('from', t.time('-1 day'),
		'until', t.time('1 day'), 'grace_s', 0),
	    'use', 'commercial_train',
	    'fields', '{"allow":["*"],"deny":[]}'::jsonb,
	    'territory', '{"networks":["*"],"countries":["*"]}'::jsonb,
	    'quota', '{"episodes":null,"duration_ms":null,"bytes":null,'
		'"per":"total","overage_percent":0}'::jsonb || quota,
	    'deliveries', NULL, 'on_expiry', '{"duty":"none","days":30}'::jsonb,
	    'text', '{"sha256":null,"acceptance":"none"}'::jsonb,
	    'price', NULL)
$$;

CREATE FUNCTION t.dataset(in_name text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER AS $$
	SELECT id FROM sluice.dataset WHERE name = in_name
$$;

-- A running delivery of the licence, always the same one.
CREATE FUNCTION t.lease(in_licence uuid) RETURNS uuid
LANGUAGE sql SECURITY DEFINER AS $$
	WITH own AS (
		INSERT INTO sluice.token (customer, licence, name, mac, tail, scopes,
		    expires)
		SELECT l.customer, l.id, 'lease', sha256(l.id::text::bytea), '', 2,
		    now() + interval '1 day'
		FROM sluice.licence AS l WHERE l.id = in_licence
		ON CONFLICT (mac) DO UPDATE SET expires = EXCLUDED.expires
		RETURNING id
	)
	INSERT INTO sluice.lease AS e (id, licence, version, token, worker, peer,
	    kind, expires, after_event)
	SELECT md5(in_licence::text)::uuid, in_licence, 1, own.id, 'test:1',
	    '127.0.0.1:1', 'fetch', now() + interval '1 day', 0 FROM own
	ON CONFLICT (id) DO UPDATE SET expires = EXCLUDED.expires, killed = NULL
	RETURNING id
$$;

-- A charge by that delivery.
CREATE FUNCTION t.charge(licence uuid, version int, dataset bigint, seq int,
    ordinals int4multirange, purpose text)
RETURNS TABLE (outcome text, code text, covered int4multirange,
    charged_episodes bigint, charged_duration_ms bigint, charged_bytes bigint,
    charged_amount_micro bigint, used_episodes bigint, used_duration_ms bigint,
    used_bytes bigint, ledger_number bigint, ledger_head bytea)
LANGUAGE plpgsql AS $$
DECLARE
	delivery uuid := t.lease(licence);
BEGIN
	RETURN QUERY SELECT * FROM sluice.charge(licence, version, dataset, seq,
	    ordinals, purpose, delivery);
END
$$;

-- ---- a world: one publisher with a dataset of two batches, one customer ----

SET SESSION AUTHORIZATION test_admin;
SELECT sluice.publisher_add('lab', 'A Lab', 'test_lab', 'test');
SELECT sluice.publisher_add('rival', 'A Rival', 'test_rival', 'test');
SELECT sluice.customer_add('acme', 'Acme', 'a@example.org', 'test');
SELECT sluice.customer_add('other', 'Other', '', 'test');

SET SESSION AUTHORIZATION test_lab;
SELECT sluice.key_register(t.public_key('a'));
SELECT sluice.dataset_create('kitting', 'subscription', 'listed',
    'Kitting with a UR5e', 'Bins and trays', 'LicenseRef-x');
SELECT t.publish('kitting', '[
	{"op":"add","number":0,"revision":1,"layers":{"meta":7}},
	{"op":"add","number":1,"revision":1,
	    "facets":{"task":"pick","robot":"ur5e","duration_ms":1000,
		"recorded":"2026-11-20T10:00:00Z"},
	    "layers":{"meta":10,"state":100,"video.wrist":1000}},
	{"op":"add","number":2,"revision":1,
	    "facets":{"task":"place","robot":"ur5e","duration_ms":2000},
	    "layers":{"meta":10,"state":200}},
	{"op":"add","number":3,"revision":1,
	    "facets":{"task":"pick","duration_ms":4000},
	    "layers":{"meta":10,"state":400}}]');
RESET SESSION AUTHORIZATION;
