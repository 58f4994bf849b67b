-- The log of each dataset: checkpoints that the log signer made, cosignatures
-- that witnesses made, and which of them subscribers see.
--
-- Tiles and entries lie in the objects folder.  A dataset's log is one tree over
-- its manifests; a new epoch continues it after a statement of the root keys.

CREATE TABLE sluice.checkpoint (
	dataset bigint NOT NULL REFERENCES sluice.dataset,
	epoch int NOT NULL CHECK (epoch > 0),
	size int NOT NULL CHECK (size > 0),
	root bytea NOT NULL CHECK (octet_length(root) = 32),
	body text NOT NULL CHECK (octet_length(body) <= 1024),
	note text NOT NULL CHECK (octet_length(note) <= 4096),
	minisig text NOT NULL CHECK (octet_length(minisig) <= 4096),
	actor name NOT NULL DEFAULT session_user,
	at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (dataset, epoch, size)
);

-- The newest of each witness; time is what the witness signed.
CREATE TABLE sluice.cosignature (
	dataset bigint NOT NULL,
	epoch int NOT NULL,
	size int NOT NULL,
	witness text NOT NULL CHECK (witness ~ '^[A-Za-z0-9./_-]{1,128}$'),
	time timestamptz NOT NULL,
	line text NOT NULL CHECK (octet_length(line) <= 512),
	at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (dataset, epoch, size, witness),
	FOREIGN KEY (dataset, epoch, size) REFERENCES sluice.checkpoint
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON sluice.checkpoint FOR EACH STATEMENT
	EXECUTE FUNCTION sluice.refuse_change();

-- What subscribers see; it goes forward with the batch that it covers.
CREATE TABLE sluice.log_head (
	dataset bigint PRIMARY KEY REFERENCES sluice.dataset,
	epoch int NOT NULL,
	size int NOT NULL,
	FOREIGN KEY (dataset, epoch, size) REFERENCES sluice.checkpoint
) WITH (fillfactor = 50);

-- ---- the log signer ----

-- The log signer signs for all publishers, and waits for no publisher's session.
CREATE FUNCTION sluice.publication_to_log(in_id uuid)
RETURNS sluice.publication
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p sluice.publication;
BEGIN
	SELECT * INTO p FROM sluice.publication AS x
	WHERE x.id = in_id FOR UPDATE;
	IF p.id IS NULL THEN
		RAISE EXCEPTION 'publication_not_found: there is no publication %',
		    in_id USING ERRCODE = 'SLNFD';
	END IF;
	RETURN p;
END
$$;

-- The dataset's row is locked: its newest checkpoint of what is visible.
CREATE FUNCTION sluice.log_advance(in_dataset bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO sluice.log_head AS h (dataset, epoch, size)
	SELECT c.dataset, c.epoch, c.size
	FROM sluice.dataset AS d
	JOIN sluice.checkpoint AS c ON c.dataset = d.id AND c.size = d.seq
	WHERE d.id = in_dataset ORDER BY c.epoch DESC LIMIT 1
	ON CONFLICT (dataset) DO UPDATE
	SET epoch = EXCLUDED.epoch, size = EXCLUDED.size
$$;

-- The body that these facts make, for the origin that the note begins with.
CREATE FUNCTION sluice.checkpoint_body(in_dataset text, in_epoch int,
    in_size bigint, in_root bytea, in_note text)
RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT (regexp_match(in_note, '^[a-z0-9.-]{1,128}/'))[1] || in_dataset ||
	    '/' || in_epoch || E'\n' || in_size || E'\n' ||
	    encode(in_root, 'base64') || E'\n'
$$;

CREATE FUNCTION sluice.bad_checkpoint(words text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'bad_checkpoint: %', words USING ERRCODE = 'SLINV';
END
$$;

-- What can be told of a checkpoint here; its signature and its root are the
-- signer's to check.  Returns the body.
CREATE FUNCTION sluice.checkpoint_check(d sluice.dataset,
    p sluice.publication, in_epoch int, in_size bigint, in_root bytea,
    in_note text, in_minisig text)
RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	body text := sluice.checkpoint_body(d.name, in_epoch, in_size, in_root,
	    in_note);
	last_one sluice.checkpoint;
BEGIN
	IF in_size IS DISTINCT FROM p.seq THEN
		PERFORM sluice.bad_checkpoint('batch ' || p.seq ||
		    ' makes a log of this size');
	END IF;
	IF octet_length(in_root) IS DISTINCT FROM 32 OR
	    COALESCE(in_epoch, 0) < 1 THEN
		PERFORM sluice.bad_checkpoint('a root has 32 bytes, an epoch is 1 or '
		    'more');
	END IF;
	-- One signature: that of the log signer, by the name of the log.
	IF in_note IS NULL OR body IS NULL OR octet_length(in_note) > 4096 OR
	    left(in_note, length(body) + 1) <> body || E'\n' OR
	    substr(in_note, length(body) + 2) !~ ('^— [^ \n]+ '
		'[A-Za-z0-9+/]{91}=\n$') OR
	    split_part(substr(in_note, length(body) + 2), ' ', 2) <>
		split_part(body, E'\n', 1) THEN
		PERFORM sluice.bad_checkpoint('the note is not of this size and root '
		    'with one signature of the log');
	END IF;
	IF in_minisig IS NULL OR octet_length(in_minisig) > 4096 THEN
		PERFORM sluice.bad_checkpoint('the minisign file is missing or too '
		    'long');
	END IF;
	SELECT * INTO last_one FROM sluice.checkpoint AS c
	WHERE c.dataset = d.id ORDER BY c.epoch DESC, c.size DESC LIMIT 1;
	IF split_part(last_one.body, '/', 1) <> split_part(body, '/', 1) THEN
		PERFORM sluice.bad_checkpoint('the log has another origin');
	END IF;
	IF in_epoch < last_one.epoch THEN
		RAISE EXCEPTION 'log_epoch: the log of % is in epoch % already',
		    d.name, last_one.epoch USING ERRCODE = 'SLCON';
	END IF;
	RETURN body;
END
$$;

-- sealed -> logged.  Again with the same bytes is the same; of a batch that is
-- logged already, only a new epoch makes another checkpoint, with the same root.
CREATE FUNCTION sluice.publication_log(in_id uuid, in_epoch int,
    in_size bigint, in_root bytea, in_note text, in_minisig text)
RETURNS sluice.publication_state
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p sluice.publication := sluice.publication_to_log(in_id);
	d sluice.dataset;
	c sluice.checkpoint;
	body text;
BEGIN
	IF p.state NOT IN ('sealed', 'logged', 'visible') THEN
		RAISE EXCEPTION 'publication_not_sealed: publication % is %',
		    in_id, p.state USING ERRCODE = 'SLSTA';
	END IF;
	SELECT * INTO d FROM sluice.dataset AS x
	WHERE x.id = p.dataset FOR UPDATE;
	-- The tree is one, in whichever epoch.
	SELECT * INTO c FROM sluice.checkpoint AS x
	WHERE x.dataset = d.id AND x.size = in_size
	ORDER BY x.epoch = in_epoch DESC, x.epoch DESC LIMIT 1;
	IF c.root <> in_root THEN
		RAISE EXCEPTION 'log_forked: the log of % has another root at size %',
		    d.name, in_size USING ERRCODE = 'SLINT';
	END IF;
	body := sluice.checkpoint_check(d, p, in_epoch, in_size, in_root, in_note,
	    in_minisig);
	IF c.epoch = in_epoch THEN
		IF c.note <> in_note OR c.minisig <> in_minisig THEN
			RAISE EXCEPTION 'publication_logged: publication % is logged with '
			    'other bytes', in_id USING ERRCODE = 'SLCON';
		END IF;
		RETURN sluice.publication_describe(p, true);
	END IF;
	IF p.state = 'visible' AND p.seq < d.seq THEN
		RAISE EXCEPTION 'log_epoch: an epoch begins with the newest batch, '
		    'which is %', d.seq USING ERRCODE = 'SLSTA';
	END IF;
	INSERT INTO sluice.checkpoint (dataset, epoch, size, root, body, note,
	    minisig)
	VALUES (d.id, in_epoch, in_size, in_root, body, in_note, in_minisig);
	IF p.state = 'sealed' THEN
		UPDATE sluice.publication
		SET state = 'logged', changed = clock_timestamp()
		WHERE id = in_id RETURNING * INTO p;
	ELSIF p.state = 'visible' THEN
		PERFORM sluice.log_advance(d.id);
	END IF;
	PERFORM sluice.audit_add('log', d.name || ' ' || in_size, 'checkpoint',
	    jsonb_build_object('epoch', in_epoch, 'root',
		encode(in_root, 'hex')));
	RETURN sluice.publication_describe(p, true);
END
$$;

-- What waits for the log signer: sealed, or logged and not shown yet.
CREATE FUNCTION sluice.log_pending(in_dataset text)
RETURNS TABLE (publication uuid, dataset text, seq bigint, state text,
    manifest bytea, minisig bytea)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT p.id, d.name, p.seq, p.state, b.manifest, b.minisig
	FROM sluice.publication AS p
	JOIN sluice.dataset AS d ON d.id = p.dataset
	JOIN sluice.batch AS b ON b.publication = p.id
	WHERE p.state IN ('sealed', 'logged') AND
	    (in_dataset IS NULL OR d.name = in_dataset)
	ORDER BY d.name LIMIT 1000;
END;

-- The newest checkpoint of each log, or of one, whether or not it is visible yet.
CREATE FUNCTION sluice.log_state(in_dataset text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(jsonb_build_object('name', d.name,
	    'dataset', d.name, 'visible', d.seq, 'epoch', c.epoch,
	    'size', c.size, 'root', encode(c.root, 'base64'), 'body', c.body,
	    'note', c.note, 'minisig', c.minisig, 'at', sluice.words(c.at),
	    'publication', p.id, 'cosignatures', (
		SELECT COALESCE(jsonb_agg(jsonb_build_object('witness', w.witness,
		    'time', sluice.words(w.time), 'line', w.line)
		    ORDER BY w.witness), '[]')
		FROM sluice.cosignature AS w WHERE w.dataset = c.dataset AND
		    w.epoch = c.epoch AND w.size = c.size)) ORDER BY d.name), '[]')
	FROM sluice.dataset AS d
	CROSS JOIN LATERAL (
		SELECT * FROM sluice.checkpoint AS x WHERE x.dataset = d.id
		ORDER BY x.epoch DESC, x.size DESC LIMIT 1) AS c
	JOIN sluice.publication AS p ON p.dataset = d.id AND p.seq = c.size AND
	    p.state IN ('logged', 'visible')
	WHERE in_dataset IS NULL OR d.name = in_dataset;
END;

-- ---- witnesses ----

-- The time inside a cosignature/v1 line: 4 bytes of key hash, 8 of time, 64 of
-- signature.  NULL for another line.
CREATE FUNCTION sluice.cosignature_time(in_witness text, in_line text)
RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	packed text := (regexp_match(in_line,
	    '^— [^ \n]{1,128} ([A-Za-z0-9+/]{102}==)\n?$'))[1];
	seconds bigint;
BEGIN
	IF packed IS NULL OR split_part(in_line, ' ', 2) <> in_witness THEN
		RETURN NULL;
	END IF;
	seconds := ('x' || encode(substr(decode(packed, 'base64'), 5, 8),
	    'hex'))::bit(64)::bigint;
	IF seconds NOT BETWEEN 0 AND 253402300799 THEN
		RETURN NULL;
	END IF;
	RETURN to_timestamp(seconds);
END
$$;

-- Newer than what is kept of this witness, or nothing happens; the answer is
-- whether it was newer.  A witness may cosign what is not shown yet, so that a
-- batch is fresh when it is.
CREATE FUNCTION sluice.cosign(in_dataset text, in_epoch int, in_size bigint,
    in_witness text, in_time timestamptz, in_line text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.checkpoint;
	kept sluice.cosignature;
	max_witnesses CONSTANT int := 8;
BEGIN
	IF COALESCE(in_witness, '') !~ '^[A-Za-z0-9./_-]{1,128}$' OR
	    in_time IS NULL OR
	    sluice.cosignature_time(in_witness, in_line) IS DISTINCT FROM in_time
	THEN
		RAISE EXCEPTION 'bad_cosignature: the line is not one of this witness '
		    'and time' USING ERRCODE = 'SLINV';
	END IF;
	IF in_time > clock_timestamp() + interval '10 minutes' THEN
		RAISE EXCEPTION 'future: the cosignature is of a time to come'
		    USING ERRCODE = 'SLINV';
	END IF;
	SELECT x.* INTO c FROM sluice.checkpoint AS x
	JOIN sluice.dataset AS d ON d.id = x.dataset
	WHERE d.name = in_dataset AND x.epoch = in_epoch AND x.size = in_size
	FOR UPDATE OF x;
	IF c.dataset IS NULL THEN
		RAISE EXCEPTION 'checkpoint_not_found: % has no checkpoint of size % '
		    'in epoch %', in_dataset, in_size, in_epoch
		    USING ERRCODE = 'SLNFD';
	END IF;
	SELECT * INTO kept FROM sluice.cosignature AS w
	WHERE w.dataset = c.dataset AND w.epoch = c.epoch AND w.size = c.size AND
	    w.witness = in_witness;
	IF kept.time >= in_time THEN
		RETURN false;
	END IF;
	IF kept.witness IS NULL AND (SELECT count(*) FROM sluice.cosignature AS w
	    WHERE w.dataset = c.dataset AND w.epoch = c.epoch AND
		w.size = c.size) >= max_witnesses THEN
		RAISE EXCEPTION 'too_many_witnesses: a checkpoint has at most % '
		    'witnesses', max_witnesses USING ERRCODE = 'SLLIM';
	END IF;
	INSERT INTO sluice.cosignature AS w (dataset, epoch, size, witness, time,
	    line)
	VALUES (c.dataset, c.epoch, c.size, in_witness, in_time,
	    rtrim(in_line, E'\n') || E'\n')
	ON CONFLICT (dataset, epoch, size, witness) DO UPDATE
	SET time = EXCLUDED.time, line = EXCLUDED.line, at = clock_timestamp();
	IF EXISTS (SELECT FROM sluice.log_head AS h WHERE h.dataset = c.dataset AND
	    h.epoch = c.epoch AND h.size = c.size) THEN
		PERFORM sluice.event_add('freshness', c.dataset, NULL,
		    jsonb_build_object('dataset', in_dataset, 'size', c.size,
			'time', sluice.words(in_time)));
	END IF;
	RETURN true;
END
$$;

-- ---- the server ----

-- The log as subscribers see it, no row without one; note has the newest
-- cosignature of each witness, fresh_us is the newest of their times.
CREATE FUNCTION sluice.log_checkpoint(in_dataset bigint)
RETURNS TABLE (epoch bigint, size bigint, root bytea, body text, note text,
    minisig text, fresh_us bigint)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT c.epoch, c.size, c.root, c.body, c.note || COALESCE(w.lines, ''),
	    c.minisig, sluice.us(w.fresh)
	FROM sluice.log_head AS h
	JOIN sluice.checkpoint AS c ON c.dataset = h.dataset AND
	    c.epoch = h.epoch AND c.size = h.size
	CROSS JOIN LATERAL (
		SELECT string_agg(x.line, '' ORDER BY x.witness) AS lines,
		    max(x.time) AS fresh
		FROM sluice.cosignature AS x WHERE x.dataset = c.dataset AND
		    x.epoch = c.epoch AND x.size = c.size) AS w
	WHERE h.dataset = in_dataset;
END;

-- For the page of a dataset; NULL without a log.
CREATE FUNCTION sluice.log_json(in_dataset bigint) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('epoch', c.epoch, 'size', c.size,
	    'root', encode(c.root, 'base64'),
	    'origin', split_part(c.body, '/', 1),
	    'trust', (SELECT max(t.version) FROM sluice.trust AS t),
	    'fresh', sluice.words(w.fresh), 'age_s', GREATEST(
		(sluice.us(clock_timestamp()) - sluice.us(w.fresh)) / 1000000, 0))
	FROM sluice.log_head AS h
	JOIN sluice.checkpoint AS c ON c.dataset = h.dataset AND
	    c.epoch = h.epoch AND c.size = h.size
	CROSS JOIN LATERAL (
		SELECT max(x.time) AS fresh FROM sluice.cosignature AS x
		WHERE x.dataset = c.dataset AND x.epoch = c.epoch AND
		    x.size = c.size) AS w
	WHERE h.dataset = in_dataset;
END;

-- How old freshness is, over all logs: their number, those without any or with
-- none of the last day, and the greatest age in milliseconds.
CREATE FUNCTION sluice.log_freshness(OUT logs bigint, OUT stale bigint,
    OUT oldest_ms bigint)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT count(*), count(*) FILTER (WHERE
	    COALESCE(w.fresh, '-infinity') < clock_timestamp() -
		interval '24 hours'),
	    COALESCE(max(GREATEST(sluice.us(clock_timestamp()) -
		sluice.us(COALESCE(w.fresh, c.at)), 0)) / 1000, 0)
	FROM sluice.log_head AS h
	JOIN sluice.checkpoint AS c ON c.dataset = h.dataset AND
	    c.epoch = h.epoch AND c.size = h.size
	CROSS JOIN LATERAL (
		SELECT max(x.time) AS fresh FROM sluice.cosignature AS x
		WHERE x.dataset = c.dataset AND x.epoch = c.epoch AND
		    x.size = c.size) AS w;
END;

-- ---- who may ----

GRANT EXECUTE ON FUNCTION sluice.publication_log, sluice.log_pending,
    sluice.publication_show TO sluice_log;
GRANT EXECUTE ON FUNCTION sluice.log_state TO sluice_log, sluice_witness,
    sluice_admin, sluice_auditor;
GRANT EXECUTE ON FUNCTION sluice.cosign TO sluice_witness;
GRANT EXECUTE ON FUNCTION sluice.log_checkpoint, sluice.log_freshness
    TO sluice_server;
GRANT SELECT ON sluice.checkpoint, sluice.cosignature, sluice.log_head
    TO sluice_admin, sluice_auditor;
