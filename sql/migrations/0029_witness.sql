-- Whose cosignature is taken, and which count; a checkpoint that the log signs
-- again with a new key; trust files are installed for a reason.

-- ---- a login cosigns under one name ----

CREATE TABLE sluice.witness_login (
	login name PRIMARY KEY,
	witness text NOT NULL CHECK (witness ~ '^[a-z0-9.-]{1,128}$'),
	at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);

-- Witnesses of the newest trust file that are not revoked, in its order.
CREATE FUNCTION sluice.trust_witnesses()
RETURNS TABLE (place bigint, name text, key bytea)
LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH newest AS (
		SELECT convert_from(t.text, 'UTF8') AS text FROM sluice.trust AS t
		ORDER BY t.version DESC LIMIT 1)
	SELECT w.place, w.line[2], substr(decode(w.line[1], 'base64'), 11)
	FROM newest AS n
	CROSS JOIN regexp_matches(n.text,
	    '^witness (RW[A-Za-z0-9+/]{54}) ([a-z0-9.-]{1,128})$', 'gn')
	    WITH ORDINALITY AS w (line, place)
	WHERE NOT EXISTS (
		SELECT FROM regexp_matches(n.text,
		    '^revoked (RW[A-Za-z0-9+/]{54}) ', 'gn') AS v (line)
		WHERE substr(decode(v.line[1], 'base64'), 11) =
		    substr(decode(w.line[1], 'base64'), 11));
END;

-- How many of them must have cosigned; 0 without a trust file.
CREATE FUNCTION sluice.witness_threshold() RETURNS int
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT COALESCE((
		SELECT (regexp_match(sluice.trust_field(t, 'threshold'),
		    ' witness=([0-9]+)$'))[1]::int
		FROM sluice.trust AS t ORDER BY t.version DESC LIMIT 1), 0);
END;

-- Where there is one witness, those who could cosign go on under its name.
INSERT INTO sluice.witness_login (login, witness)
SELECT r.rolname, (SELECT min(w.name) FROM sluice.trust_witnesses() AS w)
FROM pg_catalog.pg_auth_members AS m
JOIN pg_catalog.pg_roles AS r ON r.oid = m.member AND r.rolcanlogin
WHERE m.roleid = 'sluice_witness'::regrole AND
    (SELECT count(DISTINCT w.name) FROM sluice.trust_witnesses() AS w) = 1;

CREATE FUNCTION sluice.witness_login_json(l sluice.witness_login)
RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN jsonb_build_object('login', l.login, 'witness', l.witness);

CREATE FUNCTION sluice.witness_login_add(in_witness text, in_login text,
    in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old sluice.witness_login;
	made sluice.witness_login;
BEGIN
	IF COALESCE(in_witness, '') !~ '^[a-z0-9.-]{1,128}$' THEN
		RAISE EXCEPTION 'bad_name: a witness''s name is a-z, 0-9, ''.'' and '
		    '''-'', as the trust file has it' USING ERRCODE = 'SLINV';
	END IF;
	IF NOT EXISTS (SELECT FROM pg_roles AS r
	    WHERE r.rolname = in_login AND r.rolcanlogin AND
		pg_has_role(r.oid, 'sluice_witness', 'MEMBER')) THEN
		RAISE EXCEPTION 'login_not_witness: % is no login in the role '
		    'sluice_witness', in_login USING ERRCODE = 'SLSTA';
	END IF;
	SELECT * INTO old FROM sluice.witness_login AS l
	WHERE l.login = in_login FOR UPDATE;
	INSERT INTO sluice.witness_login AS l (login, witness)
	VALUES (in_login, in_witness)
	ON CONFLICT (login) DO UPDATE SET witness = EXCLUDED.witness
	RETURNING * INTO made;
	RETURN sluice.changed('witness_login_add', in_witness || ' ' || in_login,
	    in_reason, sluice.witness_login_json(made), sluice.changes(
		jsonb_build_object('login', old.login, 'witness', old.witness),
		sluice.witness_login_json(made)));
END
$$;

CREATE FUNCTION sluice.witness_login_remove(in_login text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old sluice.witness_login;
BEGIN
	DELETE FROM sluice.witness_login AS l WHERE l.login = in_login
	RETURNING * INTO old;
	IF old.login IS NULL THEN
		RAISE EXCEPTION 'login_not_found: % is no witness''s login', in_login
		    USING ERRCODE = 'SLNFD';
	END IF;
	RETURN sluice.changed('witness_login_remove',
	    old.witness || ' ' || in_login, in_reason,
	    sluice.witness_login_json(old),
	    sluice.changes(sluice.witness_login_json(old), NULL));
END
$$;

-- Logins, and witnesses of the trust file that have none.
CREATE FUNCTION sluice.witness_list() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(jsonb_build_object('witness', x.witness,
	    'login', x.login, 'in_trust', x.witness IN (
		SELECT w.name FROM sluice.trust_witnesses() AS w))
	    ORDER BY x.witness, x.login), '[]')
	FROM (SELECT l.witness, l.login FROM sluice.witness_login AS l
	    UNION SELECT w.name, NULL FROM sluice.trust_witnesses() AS w
	    WHERE NOT EXISTS (SELECT FROM sluice.witness_login AS l
		WHERE l.witness = w.name)) AS x;
END;

-- ---- one cosignature for each name and key ----

-- The four bytes in a cosignature/v1 line that say by which key it is.
CREATE FUNCTION sluice.cosignature_key(in_line text) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT substr(decode(split_part(rtrim(in_line, E'\n'), ' ', 3),
	    'base64'), 1, 4)
$$;

CREATE FUNCTION sluice.witness_key_hash(in_name text, in_key bytea)
RETURNS bytea
LANGUAGE sql IMMUTABLE
RETURN substr(sha256(convert_to(in_name, 'UTF8') || '\x0a04'::bytea || in_key),
    1, 4);

ALTER TABLE sluice.cosignature ADD COLUMN key_hash bytea NOT NULL
    GENERATED ALWAYS AS (sluice.cosignature_key(line)) STORED;
ALTER TABLE sluice.cosignature DROP CONSTRAINT cosignature_pkey;
ALTER TABLE sluice.cosignature ADD PRIMARY KEY (dataset, epoch, size, witness,
    key_hash);

-- How many witnesses have cosigned as far as their lines' form tells, by the
-- rule of clients: newest first, each name and each key once, none revoked and
-- none from a time to come.
CREATE FUNCTION sluice.witness_count(in_dataset bigint, in_epoch int,
    in_size int)
RETURNS int
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c record;
	names text[] := '{}';
	keys bytea[] := '{}';
BEGIN
	FOR c IN SELECT w.name, w.key FROM sluice.trust_witnesses() AS w
	    JOIN sluice.cosignature AS x ON x.witness = w.name AND
		x.key_hash = sluice.witness_key_hash(w.name, w.key)
	    WHERE x.dataset = in_dataset AND x.epoch = in_epoch AND
		x.size = in_size AND
		x.time <= clock_timestamp() + interval '10 minutes'
	    ORDER BY x.time DESC, w.place
	LOOP
		CONTINUE WHEN c.name = ANY (names) OR c.key = ANY (keys);
		names := names || c.name;
		keys := keys || c.key;
	END LOOP;
	RETURN cardinality(names);
END
$$;

CREATE FUNCTION sluice.cosign_check(in_witness text, in_time timestamptz,
    in_line text)
RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	mine text := (SELECT l.witness FROM sluice.witness_login AS l
	    WHERE l.login = session_user);
BEGIN
	IF COALESCE(in_witness, '') !~ '^[A-Za-z0-9./_-]{1,128}$' OR
	    in_time IS NULL OR
	    sluice.cosignature_time(in_witness, in_line) IS DISTINCT FROM in_time
	THEN
		RAISE EXCEPTION 'bad_cosignature: the line is not one of this witness '
		    'and time' USING ERRCODE = 'SLINV';
	END IF;
	IF mine IS DISTINCT FROM in_witness THEN
		RAISE EXCEPTION 'not_this_witness: the login % cosigns as %, not as %: '
		    'see sluicectl witness add', session_user,
		    COALESCE(mine, 'no witness'), in_witness
		    USING ERRCODE = 'SLDEN';
	END IF;
	IF NOT EXISTS (SELECT FROM sluice.trust_witnesses() AS w
	    WHERE w.name = in_witness AND sluice.witness_key_hash(w.name, w.key) =
		sluice.cosignature_key(in_line)) THEN
		RAISE EXCEPTION 'unknown_witness: the trust file has no witness % with '
		    'this key', in_witness USING ERRCODE = 'SLDEN';
	END IF;
	IF in_time > clock_timestamp() + interval '10 minutes' THEN
		RAISE EXCEPTION 'future: the cosignature is of a time to come'
		    USING ERRCODE = 'SLINV';
	END IF;
END
$$;

-- Newer than what is kept of this witness and key, or nothing happens; the
-- answer is whether it was newer.  A witness may cosign what is not shown yet, so
-- that a batch is fresh when it is.  What the trust file has no more leaves.
CREATE OR REPLACE FUNCTION sluice.cosign(in_dataset text, in_epoch int,
    in_size bigint, in_witness text, in_time timestamptz, in_line text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.checkpoint;
	max_witnesses CONSTANT int := 8;
	count int;
BEGIN
	PERFORM sluice.cosign_check(in_witness, in_time, in_line);
	SELECT x.* INTO c FROM sluice.checkpoint AS x
	JOIN sluice.dataset AS d ON d.id = x.dataset
	WHERE d.name = in_dataset AND x.epoch = in_epoch AND x.size = in_size
	FOR UPDATE OF x;
	IF c.dataset IS NULL THEN
		RAISE EXCEPTION 'checkpoint_not_found: % has no checkpoint of size % '
		    'in epoch %', in_dataset, in_size, in_epoch
		    USING ERRCODE = 'SLNFD';
	END IF;
	DELETE FROM sluice.cosignature AS w WHERE w.dataset = c.dataset AND
	    w.epoch = c.epoch AND w.size = c.size AND NOT EXISTS (
		SELECT FROM sluice.trust_witnesses() AS t
		WHERE t.name = w.witness AND
		    sluice.witness_key_hash(t.name, t.key) = w.key_hash);
	INSERT INTO sluice.cosignature AS w (dataset, epoch, size, witness, time,
	    line)
	VALUES (c.dataset, c.epoch, c.size, in_witness, in_time,
	    rtrim(in_line, E'\n') || E'\n')
	ON CONFLICT (dataset, epoch, size, witness, key_hash) DO UPDATE
	SET time = EXCLUDED.time, line = EXCLUDED.line, at = clock_timestamp()
	WHERE w.time < EXCLUDED.time;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	SELECT count(*) INTO count FROM sluice.cosignature AS w
	WHERE w.dataset = c.dataset AND w.epoch = c.epoch AND w.size = c.size;
	IF count > max_witnesses THEN
		RAISE EXCEPTION 'too_many_witnesses: a checkpoint has at most % '
		    'cosignatures', max_witnesses USING ERRCODE = 'SLLIM';
	END IF;
	IF EXISTS (SELECT FROM sluice.log_head AS h WHERE h.dataset = c.dataset AND
	    h.epoch = c.epoch AND h.size = c.size) THEN
		PERFORM sluice.event_add('freshness', c.dataset, NULL,
		    jsonb_build_object('dataset', in_dataset, 'size', c.size,
			'time', sluice.words(in_time)));
	END IF;
	RETURN true;
END
$$;

-- ---- a checkpoint is signed again by a new key of the log ----

CREATE TABLE sluice.checkpoint_line (
	dataset bigint NOT NULL,
	epoch int NOT NULL,
	size int NOT NULL,
	number int NOT NULL CHECK (number BETWEEN 1 AND 3),
	line text NOT NULL CHECK (octet_length(line) <= 512),
	minisig text NOT NULL CHECK (octet_length(minisig) <= 4096),
	actor name NOT NULL DEFAULT session_user,
	at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (dataset, epoch, size, number),
	FOREIGN KEY (dataset, epoch, size) REFERENCES sluice.checkpoint
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON sluice.checkpoint_line FOR EACH STATEMENT
	EXECUTE FUNCTION sluice.refuse_change();

-- With the line of each key that signed it.
CREATE FUNCTION sluice.checkpoint_note(c sluice.checkpoint) RETURNS text
LANGUAGE sql STABLE
RETURN c.note || COALESCE((
	SELECT string_agg(l.line, '' ORDER BY l.number)
	FROM sluice.checkpoint_line AS l WHERE l.dataset = c.dataset AND
	    l.epoch = c.epoch AND l.size = c.size), '');

-- By the key that signed it last.
CREATE FUNCTION sluice.checkpoint_minisig(c sluice.checkpoint) RETURNS text
LANGUAGE sql STABLE
RETURN COALESCE((
	SELECT l.minisig FROM sluice.checkpoint_line AS l
	WHERE l.dataset = c.dataset AND l.epoch = c.epoch AND l.size = c.size
	ORDER BY l.number DESC LIMIT 1), c.minisig);

-- The newest checkpoint of a dataset, of the same root, by one key more; again
-- with the same line changes nothing.
CREATE FUNCTION sluice.checkpoint_sign(in_dataset text, in_epoch int,
    in_size bigint, in_root bytea, in_line text, in_minisig text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.checkpoint;
	known int;
BEGIN
	SELECT x.* INTO c FROM sluice.checkpoint AS x
	JOIN sluice.dataset AS d ON d.id = x.dataset WHERE d.name = in_dataset
	ORDER BY x.epoch DESC, x.size DESC LIMIT 1 FOR UPDATE OF x;
	IF c.epoch IS DISTINCT FROM in_epoch OR c.size IS DISTINCT FROM in_size THEN
		RAISE EXCEPTION 'checkpoint_not_found: the newest checkpoint of % is '
		    'another', in_dataset USING ERRCODE = 'SLNFD';
	END IF;
	IF c.root IS DISTINCT FROM in_root THEN
		RAISE EXCEPTION 'log_forked: the log of % has another root at size %',
		    in_dataset, in_size USING ERRCODE = 'SLINT';
	END IF;
	IF in_line IS NULL OR in_line !~ '^— [^ \n]+ [A-Za-z0-9+/]{91}=\n$' OR
	    split_part(in_line, ' ', 2) <> split_part(c.body, E'\n', 1) OR
	    in_minisig IS NULL OR octet_length(in_minisig) > 4096 THEN
		PERFORM sluice.bad_checkpoint('the line is not a signature of the '
		    'log, or the minisign file is missing or too long');
	END IF;
	IF position(E'\n' || in_line IN sluice.checkpoint_note(c)) > 0 THEN
		RETURN false;
	END IF;
	SELECT count(*) INTO known FROM sluice.checkpoint_line AS l
	WHERE l.dataset = c.dataset AND l.epoch = c.epoch AND l.size = c.size;
	IF known >= 3 THEN
		RAISE EXCEPTION 'too_many_keys: four keys have signed this checkpoint; '
		    'the next batch brings another' USING ERRCODE = 'SLLIM';
	END IF;
	INSERT INTO sluice.checkpoint_line (dataset, epoch, size, number, line,
	    minisig)
	VALUES (c.dataset, c.epoch, c.size, known + 1, in_line, in_minisig);
	PERFORM sluice.audit_add('log', in_dataset || ' ' || in_size,
	    'checkpoint, by one key more', jsonb_build_object('epoch', in_epoch,
		'root', encode(in_root, 'hex')));
	RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION sluice.log_state(in_dataset text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(jsonb_build_object('name', d.name,
	    'dataset', d.name, 'visible', d.seq, 'epoch', c.epoch,
	    'size', c.size, 'root', encode(c.root, 'base64'), 'body', c.body,
	    'note', sluice.checkpoint_note(c),
	    'minisig', sluice.checkpoint_minisig(c), 'at', sluice.words(c.at),
	    'publication', p.id, 'cosignatures', (
		SELECT COALESCE(jsonb_agg(jsonb_build_object('witness', w.witness,
		    'time', sluice.words(w.time), 'line', w.line)
		    ORDER BY w.witness, w.key_hash), '[]')
		FROM sluice.cosignature AS w WHERE w.dataset = c.dataset AND
		    w.epoch = c.epoch AND w.size = c.size)) ORDER BY d.name), '[]')
	FROM sluice.dataset AS d
	JOIN sluice.checkpoint AS c ON c.dataset = d.id AND NOT EXISTS (
		SELECT FROM sluice.checkpoint AS x WHERE x.dataset = d.id AND
		    (x.epoch, x.size) > (c.epoch, c.size))
	JOIN sluice.publication AS p ON p.dataset = d.id AND p.seq = c.size AND
	    p.state IN ('logged', 'visible')
	WHERE in_dataset IS NULL OR d.name = in_dataset;
END;

CREATE OR REPLACE FUNCTION sluice.log_checkpoint(in_dataset bigint)
RETURNS TABLE (epoch bigint, size bigint, root bytea, body text, note text,
    minisig text, fresh_us bigint)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT c.epoch, c.size, c.root, c.body,
	    sluice.checkpoint_note(c) || COALESCE(w.lines, ''),
	    sluice.checkpoint_minisig(c), sluice.us(w.fresh)
	FROM sluice.log_head AS h
	JOIN sluice.checkpoint AS c ON c.dataset = h.dataset AND
	    c.epoch = h.epoch AND c.size = h.size
	CROSS JOIN LATERAL (
		SELECT string_agg(x.line, '' ORDER BY x.witness, x.key_hash) AS lines,
		    max(x.time) AS fresh
		FROM sluice.cosignature AS x WHERE x.dataset = c.dataset AND
		    x.epoch = c.epoch AND x.size = c.size) AS w
	WHERE h.dataset = in_dataset;
END;

-- ---- what too few have cosigned is not shown ----

CREATE FUNCTION sluice.show_check(d sluice.dataset, in_seq int) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wanted int := sluice.witness_threshold();
	found_count int;
BEGIN
	SELECT sluice.witness_count(c.dataset, c.epoch, c.size) INTO found_count
	FROM sluice.checkpoint AS c WHERE c.dataset = d.id AND c.size = in_seq
	ORDER BY c.epoch DESC LIMIT 1;
	IF COALESCE(found_count, 0) < wanted THEN
		RAISE EXCEPTION 'unwitnessed: batch % of % is cosigned by % of the % '
		    'witnesses that the trust file demands', in_seq, d.name,
		    COALESCE(found_count, 0), wanted USING ERRCODE = 'SLSTA';
	END IF;
END
$$;

-- A logged batch becomes visible, and with it the checkpoint that it is in; for
-- its publisher and for the log signer.
CREATE OR REPLACE FUNCTION sluice.publication_show(in_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p sluice.publication := CASE
	    WHEN pg_has_role(session_user, 'sluice_log', 'MEMBER')
	    THEN sluice.publication_to_log(in_id)
	    ELSE sluice.my_publication(in_id) END;
	d sluice.dataset;
	b sluice.batch;
BEGIN
	IF p.state NOT IN ('sealed', 'logged', 'visible') THEN
		RAISE EXCEPTION 'publication_not_sealed: publication % is %',
		    in_id, p.state USING ERRCODE = 'SLSTA';
	END IF;
	IF p.state = 'sealed' THEN
		RAISE EXCEPTION 'publication_not_logged: publication % is sealed; the '
		    'log signer comes first', in_id USING ERRCODE = 'SLSTA';
	END IF;
	SELECT * INTO d FROM sluice.dataset WHERE id = p.dataset FOR UPDATE;
	SELECT * INTO b FROM sluice.batch WHERE publication = p.id;
	IF p.state <> 'visible' THEN
		PERFORM sluice.show_check(d, b.seq);
		PERFORM sluice.show_episodes(b);
		UPDATE sluice.dataset SET seq = b.seq WHERE id = b.dataset;
		PERFORM sluice.log_advance(b.dataset);
		UPDATE sluice.batch SET visible_at = clock_timestamp()
		WHERE publication = p.id;
		UPDATE sluice.publication
		SET state = 'visible', changed = clock_timestamp() WHERE id = p.id;
		PERFORM sluice.audit_add('batch_show', d.name || ' ' || b.seq,
		    'publication', jsonb_build_object('manifest_sha256',
			encode(b.manifest_sha256, 'hex')));
		PERFORM sluice.show_events(b, p.release, d.name);
	END IF;
	RETURN sluice.batch_json(b) || jsonb_build_object('dataset', d.name);
END
$$;

-- ---- trust files, with a reason ----

DROP FUNCTION sluice.trust_install(int, bytea, jsonb);

-- The next version; the newest one again, with the same bytes, changes nothing.
CREATE FUNCTION sluice.trust_install(in_version int, in_text bytea,
    in_signatures jsonb, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	newest sluice.trust;
	made sluice.trust;
BEGIN
	PERFORM sluice.trust_check(in_version, in_text, in_signatures);
	LOCK TABLE sluice.trust IN SHARE ROW EXCLUSIVE MODE;
	SELECT * INTO newest FROM sluice.trust AS t
	ORDER BY t.version DESC LIMIT 1;
	IF newest.version = in_version AND newest.text = in_text THEN
		RETURN sluice.trust_json(newest) || '{"changes": {}}';
	END IF;
	IF in_version <> COALESCE(newest.version, 0) + 1 THEN
		RAISE EXCEPTION 'trust_version: version % does not follow version %, '
		    'which is the newest', in_version, COALESCE(newest.version, 0)
		    USING ERRCODE = 'SLCON';
	END IF;
	INSERT INTO sluice.trust (version, text) VALUES (in_version, in_text)
	RETURNING * INTO made;
	INSERT INTO sluice.trust_signature (version, key_id, minisig)
	SELECT in_version, s.key, s.value #>> '{}'
	FROM jsonb_each(in_signatures) AS s;
	RETURN sluice.changed('trust_install', 'version ' || in_version,
	    in_reason, sluice.trust_json(made), sluice.changes(
		jsonb_build_object('version', newest.version,
		    'sha256', encode(newest.sha256, 'hex')),
		jsonb_build_object('version', made.version,
		    'sha256', encode(made.sha256, 'hex'))));
END
$$;

-- ---- who may ----

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA sluice FROM PUBLIC;
REVOKE ALL ON sluice.witness_login, sluice.checkpoint_line FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sluice.trust_install, sluice.witness_login_add,
    sluice.witness_login_remove, sluice.witness_list TO sluice_admin;
GRANT EXECUTE ON FUNCTION sluice.witness_list TO sluice_auditor;
GRANT EXECUTE ON FUNCTION sluice.checkpoint_sign TO sluice_log;
GRANT SELECT ON sluice.witness_login, sluice.checkpoint_line
    TO sluice_admin, sluice_auditor;
