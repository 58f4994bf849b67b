-- Publishers, their datasets, and the state machine behind each batch:
-- reserved -> signed -> sealed -> logged -> visible, or abandoned before the
-- seal; 0027 has what the log signer does.
-- The publisher is whoever logged in.

CREATE FUNCTION sluice.my_publisher() RETURNS sluice.publisher
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.publisher;
BEGIN
	SELECT p.* INTO found_row FROM sluice.publisher AS p
	JOIN sluice.publisher_login AS l ON l.publisher = p.id
	WHERE l.login = session_user;
	IF found_row.id IS NULL THEN
		RAISE EXCEPTION 'not_a_publisher: the login % publishes for nobody',
		    session_user USING ERRCODE = 'SLDEN';
	END IF;
	RETURN found_row;
END
$$;

-- Of a publisher's things: its own logins see them, admins and auditors too.
CREATE FUNCTION sluice.may_list(in_publisher int) RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT EXISTS (
		SELECT FROM sluice.publisher_login AS l
		WHERE l.login = session_user AND l.publisher = in_publisher) OR
	    pg_has_role(session_user, 'sluice_admin', 'MEMBER') OR
	    pg_has_role(session_user, 'sluice_auditor', 'MEMBER');
END;

CREATE FUNCTION sluice.my_dataset(in_name text) RETURNS sluice.dataset
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.dataset;
	me sluice.publisher := sluice.my_publisher();
BEGIN
	SELECT * INTO found_row FROM sluice.dataset AS d
	WHERE d.name = in_name AND d.publisher = me.id;
	IF found_row.id IS NULL THEN
		RAISE EXCEPTION 'dataset_not_found: % has no dataset %',
		    me.name, in_name USING ERRCODE = 'SLNFD';
	END IF;
	RETURN found_row;
END
$$;

-- Who publishes is recorded beside an advisory lock whose key nobody can know
-- before it is taken; it goes with the session.
CREATE TABLE sluice.publication_holder (
	dataset bigint PRIMARY KEY REFERENCES sluice.dataset,
	pid int NOT NULL,
	key bigint NOT NULL
);

-- Does that session still hold its key?  Who takes the key over has another
-- pid, and who gets the pid does not hold the key.
CREATE FUNCTION sluice.holder_lives(h sluice.publication_holder)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN EXISTS (
		SELECT FROM pg_locks AS l
		JOIN pg_database AS d ON d.oid = l.database
		WHERE d.datname = current_database() AND
		    l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND
		    l.pid = h.pid AND
		    l.classid::bigint = (h.key >> 32) & 4294967295 AND
		    l.objid::bigint = h.key & 4294967295);
END
$$;

-- One session at a time works on a dataset.  That of a program that was just
-- killed may take a moment to go.
CREATE FUNCTION sluice.publication_lock(in_dataset sluice.dataset)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET lock_timeout = '3s' AS $$
DECLARE
	h sluice.publication_holder;
	give_up CONSTANT timestamptz := clock_timestamp() + interval '3 seconds';
BEGIN
	INSERT INTO sluice.publication_holder VALUES (in_dataset.id, 0, 0)
	ON CONFLICT DO NOTHING;
	LOOP
		SELECT * INTO h FROM sluice.publication_holder AS x
		WHERE x.dataset = in_dataset.id;
		IF NOT sluice.holder_lives(h) THEN
			SELECT * INTO h FROM sluice.publication_holder AS x
			WHERE x.dataset = in_dataset.id FOR UPDATE;
		END IF;
		EXIT WHEN NOT sluice.holder_lives(h);
		IF h.pid = pg_backend_pid() THEN
			RETURN;
		END IF;
		IF clock_timestamp() >= give_up THEN
			RAISE lock_not_available;
		END IF;
		PERFORM pg_sleep(0.02);
	END LOOP;
	LOOP
		h.key := ('x' || substr(replace(gen_random_uuid()::text, '-', ''),
		    1, 16))::bit(64)::bigint;
		EXIT WHEN pg_try_advisory_lock(h.key);
	END LOOP;
	UPDATE sluice.publication_holder AS x
	SET pid = pg_backend_pid(), key = h.key
	WHERE x.dataset = in_dataset.id;
EXCEPTION WHEN lock_not_available THEN
	RAISE EXCEPTION 'publication_busy: another session is publishing %',
	    in_dataset.name USING ERRCODE = 'SLCON';
END
$$;

CREATE FUNCTION sluice.my_publication(in_id uuid) RETURNS sluice.publication
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.publication;
	of_dataset sluice.dataset;
	me sluice.publisher := sluice.my_publisher();
BEGIN
	SELECT * INTO found_row FROM sluice.publication AS p WHERE p.id = in_id;
	SELECT * INTO of_dataset FROM sluice.dataset AS d
	WHERE d.id = found_row.dataset AND d.publisher = me.id;
	IF of_dataset.id IS NULL THEN
		RAISE EXCEPTION 'publication_not_found: % has no publication %',
		    me.name, in_id USING ERRCODE = 'SLNFD';
	END IF;
	PERFORM sluice.publication_lock(of_dataset);
	SELECT * INTO found_row FROM sluice.publication AS p
	WHERE p.id = in_id FOR UPDATE;
	RETURN found_row;
END
$$;

-- ---- datasets ----

CREATE FUNCTION sluice.dataset_json(d sluice.dataset, in_customer uuid)
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', d.name, 'title', d.title,
	    'description', left(d.description, 300),
	    'kind', d.kind, 'visibility', d.visibility,
	    'publisher', p.name, 'publisher_title', p.title,
	    'seq', d.standard_seq, 'episodes', d.episodes,
	    'duration_s', sluice.seconds(d.duration_ms),
	    'content_bytes', d.content_bytes,
	    'updated', sluice.words(d.updated),
	    'created', sluice.words(d.created),
	    'licence', d.licence_name, 'price', d.price,
	    'licensed', sluice.is_licensed(in_customer, d.id))
	FROM sluice.publisher AS p WHERE p.id = d.publisher;
END;

CREATE FUNCTION sluice.dataset_create(in_name text, in_kind text,
    in_visibility text, in_title text, in_description text,
    in_licence_name text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made sluice.dataset;
	me sluice.publisher := sluice.my_publisher();
BEGIN
	INSERT INTO sluice.dataset (name, publisher, kind, visibility, title,
	    description, licence_name)
	VALUES (in_name, me.id, in_kind, in_visibility,
	    COALESCE(NULLIF(btrim(in_title), ''), in_name),
	    COALESCE(in_description, ''), COALESCE(in_licence_name, ''))
	RETURNING * INTO made;
	PERFORM sluice.audit_add('dataset_create', in_name, 'new dataset',
	    jsonb_build_object('kind', in_kind, 'visibility', in_visibility));
	RETURN sluice.dataset_json(made, NULL);
EXCEPTION
	WHEN unique_violation THEN
		RAISE EXCEPTION 'dataset_exists: there is a dataset % already',
		    in_name USING ERRCODE = 'SLEXI';
	WHEN check_violation OR not_null_violation THEN
		RAISE EXCEPTION 'bad_dataset: name, kind or visibility of % is not '
		    'one of the allowed', in_name USING ERRCODE = 'SLINV';
END
$$;

-- A publisher's own; admins and auditors see all.
CREATE FUNCTION sluice.dataset_list() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (
		SELECT COALESCE(jsonb_agg(sluice.dataset_json(d, NULL) ||
		    jsonb_build_object('seq', d.seq) ORDER BY d.name), '[]')
		FROM sluice.dataset AS d WHERE sluice.may_list(d.publisher));
END
$$;

-- Episodes by identity, for telling new, changed and same apart.
CREATE FUNCTION sluice.dataset_known(in_dataset text, in_site text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.my_dataset(in_dataset);
BEGIN
	RETURN (
		SELECT COALESCE(jsonb_agg(jsonb_build_object('number', e.number,
		    'id', e.id, 'site', e.site, 'key', e.source_key,
		    'digest', e.digest, 'revision', e.revision,
		    'retracted', e.retracted_seq IS NOT NULL,
		    'facets', e.facets, 'layers', e.layers) ORDER BY e.number), '[]')
		FROM sluice.episode AS e
		WHERE e.dataset = d.id AND
		    (in_site IS NULL OR e.site = in_site OR e.number = 0));
END
$$;

-- ---- reserve, sign, abandon ----

CREATE TYPE sluice.publication_state AS (
	id uuid,
	seq int,
	state text,
	published_us bigint,
	previous text,
	content_digest text,
	next_number int,
	resumed boolean
);

CREATE FUNCTION sluice.publication_describe(
    p sluice.publication, resumed boolean)
RETURNS sluice.publication_state
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT p.id, p.seq, p.state, sluice.us(p.published), p.previous,
	    p.content_digest,
	    COALESCE((SELECT max(e.number) FROM sluice.episode AS e
		WHERE e.dataset = p.dataset), 0) + 1,
	    resumed;
END;

CREATE FUNCTION sluice.publication_reserve(
    in_dataset text, in_content_digest text)
RETURNS sluice.publication_state
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.my_dataset(in_dataset);
	p sluice.publication;
	last_batch sluice.batch;
BEGIN
	PERFORM sluice.publication_lock(d);
	SELECT * INTO d FROM sluice.dataset WHERE id = d.id;
	SELECT * INTO p FROM sluice.publication AS q
	WHERE q.dataset = d.id AND
	    q.state IN ('reserved', 'signed', 'sealed', 'logged');
	IF p.id IS NOT NULL THEN
		RETURN sluice.publication_describe(p, true);
	END IF;
	IF in_content_digest !~ '^[0-9a-f]{64}$' THEN
		RAISE EXCEPTION 'bad_digest: the content digest is not 64 hex digits'
		    USING ERRCODE = 'SLINV';
	END IF;
	SELECT * INTO last_batch FROM sluice.batch AS b
	WHERE b.dataset = d.id AND b.seq = d.seq;
	INSERT INTO sluice.publication
	    (dataset, seq, published, previous, content_digest)
	VALUES (d.id, d.seq + 1,
	    date_trunc('second', GREATEST(clock_timestamp(), last_batch.published)),
	    COALESCE(encode(last_batch.manifest_sha256, 'hex'), repeat('0', 64)),
	    in_content_digest)
	RETURNING * INTO p;
	RETURN sluice.publication_describe(p, false);
END
$$;

CREATE FUNCTION sluice.publication_sign(in_id uuid)
RETURNS sluice.publication_state
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p sluice.publication := sluice.my_publication(in_id);
BEGIN
	IF p.state = 'abandoned' THEN
		RAISE EXCEPTION 'publication_abandoned: publication % was abandoned',
		    in_id USING ERRCODE = 'SLSTA';
	END IF;
	IF p.state = 'reserved' THEN
		UPDATE sluice.publication
		SET state = 'signed', changed = clock_timestamp()
		WHERE id = in_id RETURNING * INTO p;
	END IF;
	RETURN sluice.publication_describe(p, true);
END
$$;

-- Its objects are written and its manifest goes to a machine that signs; nobody
-- abandons it unasked.
CREATE FUNCTION sluice.publication_wait(in_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p sluice.publication := sluice.my_publication(in_id);
BEGIN
	IF p.state <> 'reserved' THEN
		RAISE EXCEPTION 'publication_not_reserved: publication % is %',
		    in_id, p.state USING ERRCODE = 'SLSTA';
	END IF;
	UPDATE sluice.publication SET waits = true, changed = clock_timestamp()
	WHERE id = in_id;
END
$$;

CREATE FUNCTION sluice.publication_abandon(in_id uuid, in_reason text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p sluice.publication := sluice.my_publication(in_id);
BEGIN
	IF p.state IN ('sealed', 'logged', 'visible') THEN
		RAISE EXCEPTION 'publication_sealed: publication % is sealed and can '
		    'only be completed', in_id USING ERRCODE = 'SLSTA';
	END IF;
	UPDATE sluice.publication SET state = 'abandoned',
	    reason = in_reason, changed = clock_timestamp()
	WHERE id = in_id;
END
$$;

CREATE FUNCTION sluice.publication_list(in_dataset text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.my_dataset(in_dataset);
BEGIN
	RETURN (
		SELECT COALESCE(jsonb_agg(jsonb_build_object('id', p.id,
		    'name', p.id, 'seq', p.seq, 'state', p.state,
		    'waits', p.waits AND p.state IN ('reserved', 'signed'),
		    'published', sluice.words(p.published),
		    'changed', sluice.words(p.changed), 'actor', p.actor,
		    'reason', p.reason) ORDER BY p.created DESC), '[]')
		FROM sluice.publication AS p WHERE p.dataset = d.id);
END
$$;

-- ---- keys ----

CREATE FUNCTION sluice.key_json(k sluice.publisher_key) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', k.public_key, 'publisher', p.name,
	    'public_key', k.public_key, 'key_id', encode(k.key_id, 'hex'),
	    'status', k.status, 'created', sluice.words(k.created))
	FROM sluice.publisher AS p WHERE p.id = k.publisher;
END;

-- A minisign public key: "Ed", 8 bytes of key id, 32 bytes of key.
CREATE FUNCTION sluice.key_id(in_key text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	raw bytea := '';
BEGIN
	BEGIN
		raw := decode(in_key, 'base64');
	EXCEPTION WHEN invalid_parameter_value THEN
		NULL;
	END;
	IF in_key IS NULL OR octet_length(raw) <> 42 OR
	    substr(raw, 1, 2) <> 'Ed'::bytea OR in_key ~ '\s' THEN
		RAISE EXCEPTION 'bad_key: this is not a minisign public key'
		    USING ERRCODE = 'SLINV';
	END IF;
	RETURN substr(raw, 3, 8);
END
$$;

CREATE FUNCTION sluice.key_register(in_key text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	me sluice.publisher := sluice.my_publisher();
	made sluice.publisher_key;
	id bytea := sluice.key_id(in_key);
BEGIN
	SELECT * INTO made FROM sluice.publisher_key AS k
	WHERE k.public_key = in_key AND k.publisher = me.id;
	IF made.public_key IS NOT NULL THEN
		RETURN sluice.key_json(made);
	END IF;
	-- Customers' profiles have room for so many.
	PERFORM FROM sluice.publisher AS p WHERE p.id = me.id FOR UPDATE;
	IF (SELECT count(*) FROM sluice.publisher_key AS k
	    WHERE k.publisher = me.id AND k.status = 'active') >= 8 THEN
		RAISE EXCEPTION 'too_many_keys: a publisher has at most 8 keys that '
		    'are not revoked' USING ERRCODE = 'SLLIM';
	END IF;
	INSERT INTO sluice.publisher_key (publisher, public_key, key_id)
	VALUES (me.id, in_key, id) RETURNING * INTO made;
	PERFORM sluice.audit_add('key_register', in_key, 'new signing key',
	    jsonb_build_object('publisher', me.name));
	RETURN sluice.key_json(made);
EXCEPTION WHEN unique_violation THEN
	RAISE EXCEPTION 'key_exists: the key or its key id is registered already'
	    USING ERRCODE = 'SLEXI';
END
$$;

CREATE FUNCTION sluice.key_list() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (
		SELECT COALESCE(jsonb_agg(sluice.key_json(k) ORDER BY k.created), '[]')
		FROM sluice.publisher_key AS k WHERE sluice.may_list(k.publisher));
END
$$;
