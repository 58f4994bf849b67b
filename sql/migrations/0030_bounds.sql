-- Bounds on what one party may keep another from: a turn, an episode that is
-- revised early, a code whose answer was lost, an audit log that nobody can
-- search.

-- ---- turns ----

-- A turn is a lock of a table that only functions of this schema can lock: it
-- shows who has it, also where a savepoint stands between.
DROP TABLE sluice.turn;
CREATE TABLE sluice.turn_audit ();
CREATE TABLE sluice.turn_event ();
GRANT SELECT ON sluice.turn_audit, sluice.turn_event
    TO sluice_admin, sluice_auditor;

-- The transaction that has the turn, if any.
CREATE FUNCTION sluice.turn_holder(in_turn regclass, OUT pid int,
    OUT transaction_ text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.pid, l.virtualtransaction FROM pg_locks AS l
	JOIN pg_database AS d ON d.oid = l.database
	WHERE l.locktype = 'relation' AND l.relation = in_turn AND
	    d.datname = current_database() AND l.mode = 'ExclusiveLock' AND
	    l.granted
$$;

-- What the owner needs to end one: roles.sql grants it, where it may.
CREATE FUNCTION sluice.turn_rights() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT pg_has_role('sluice_owner', 'pg_signal_backend', 'USAGE') AND
	    pg_has_role('sluice_owner', 'pg_read_all_stats', 'USAGE')
$$;

-- End a session that keeps a turn.  Not one whose commit waits for the disk or a
-- standby: that is none of its making.
CREATE FUNCTION sluice.turn_end(in_pid int) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a record;
BEGIN
	SELECT x.usename, x.wait_event, r.rolsuper INTO a
	FROM pg_stat_activity AS x JOIN pg_roles AS r ON r.oid = x.usesysid
	WHERE x.pid = in_pid;
	IF a.usename IS NULL THEN
		RETURN;
	END IF;
	IF NOT sluice.turn_rights() OR a.rolsuper THEN
		RAISE EXCEPTION 'a session of % (pid %) keeps others from changing '
		    'anything, and %: end it by hand', a.usename, in_pid,
		    CASE WHEN a.rolsuper THEN 'is a superuser''s'
		    ELSE 'sluice_owner may not end it (see sluicectl db init)' END
		    USING ERRCODE = 'lock_not_available';
	END IF;
	IF COALESCE(a.wait_event, '') NOT IN ('SyncRep', 'WALSync', 'WALWrite') THEN
		RAISE LOG 'sluice: a session of % kept a turn for too long and is '
		    'ended', a.usename;
		PERFORM pg_terminate_backend(in_pid);
	END IF;
END
$$;

-- Ours have a turn for milliseconds, at the end of a transaction.  Whoever keeps
-- one from us for all of a second wait is ended: nothing that could be set for a
-- login would hold it, since each session may set its own.
CREATE OR REPLACE FUNCTION sluice.turn_take(in_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET lock_timeout = '3s' AS $$
DECLARE
	before text;
	holder record;
BEGIN
	LOOP
		BEGIN
			IF in_name = 'audit' THEN
				LOCK TABLE sluice.turn_audit IN EXCLUSIVE MODE;
			ELSE
				LOCK TABLE sluice.turn_event IN EXCLUSIVE MODE;
			END IF;
			RETURN;
		EXCEPTION WHEN lock_not_available THEN
			holder := sluice.turn_holder(('sluice.turn_' || in_name)::regclass);
			IF holder.transaction_ = before THEN
				PERFORM sluice.turn_end(holder.pid);
			END IF;
			before := holder.transaction_;
		END;
	END LOOP;
END
$$;

DO $$
BEGIN
	IF NOT sluice.turn_rights() THEN
		RAISE WARNING 'sluice_owner may not end a session that keeps others '
		    'from changing anything: run ''sluicectl db init'' as a '
		    'superuser, or grant it pg_signal_backend and '
		    'pg_read_all_stats';
	END IF;
END
$$;

-- ---- segments ----

CREATE INDEX episode_entry_number
	ON sluice.episode_entry (dataset, number, seq);

-- As before, of the dataset as it was at batch `in_seen`, beyond which there is
-- nothing: facets are those that an episode had then, not those of a revision
-- that only others have yet.
DROP FUNCTION sluice.segments(bigint, jsonb, int, int, int);
CREATE FUNCTION sluice.segments(in_dataset bigint, in_seen int, wants jsonb,
    after_seq int, after_ordinal int, in_limit int)
RETURNS TABLE (seq bigint, ordinal bigint, number bigint, first_seq bigint,
    chunk_first bigint, chunk_sizes int[], pack_offset bigint,
    stored_bytes bigint, content_bytes bigint, duration_ms bigint,
    retracted boolean, erased boolean, live boolean, layer text,
    facets jsonb, publication uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off AS $$
DECLARE
	want record;
	ordinals int4multirange;
	rest int := LEAST(in_limit, 2048);
	got int;
BEGIN
	FOR want IN
		SELECT (w ->> 0)::int AS seq,
		    range_agg((w ->> 1)::int4multirange) AS ordinals,
		    range_agg((w ->> 2)::int4multirange) AS chunks
		FROM jsonb_array_elements(wants) AS w
		WHERE (w ->> 0)::int BETWEEN after_seq AND in_seen
		GROUP BY 1 ORDER BY 1
	LOOP
		ordinals := want.ordinals + sluice.chunk_ordinals(in_dataset,
		    want.seq, want.chunks);
		IF want.seq = after_seq THEN
			ordinals := ordinals *
			    int4multirange(int4range(after_ordinal + 1, NULL));
		END IF;
		RETURN QUERY
		SELECT s.seq::bigint, s.ordinal::bigint, s.number::bigint,
		    e.first_seq::bigint, s.chunk_first::bigint, s.chunk_sizes,
		    s.pack_offset, s.stored_bytes, s.content_bytes, s.duration_ms,
		    s.blocked IS NOT NULL, e.erased IS NOT NULL,
		    COALESCE(e.layers ->> s.layer = s.seq || '.' || s.ordinal, false),
		    s.layer, CASE WHEN e.last_seq <= in_seen THEN e.facets
			ELSE (SELECT n.facets FROM sluice.episode_entry AS n
			    WHERE n.dataset = in_dataset AND n.number = s.number AND
				n.seq <= in_seen AND n.op <> 'retract'
			    ORDER BY n.seq DESC LIMIT 1) END,
		    b.publication
		FROM unnest(ordinals) AS o (span)
		JOIN sluice.segment AS s ON s.dataset = in_dataset AND
		    s.seq = want.seq AND s.ordinal >= lower(o.span) AND
		    s.ordinal < upper(o.span)
		JOIN sluice.episode AS e ON e.dataset = in_dataset AND
		    e.number = s.number
		JOIN sluice.batch AS b ON b.dataset = in_dataset AND
		    b.seq = want.seq AND b.visible_at IS NOT NULL
		ORDER BY s.ordinal LIMIT rest;
		GET DIAGNOSTICS got = ROW_COUNT;
		rest := rest - got;
		EXIT WHEN rest <= 0;
	END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION sluice.segments TO sluice_server, sluice_bundle;

-- ---- the audit log ----

CREATE INDEX audit_at ON sluice.audit (at);
CREATE INDEX audit_actor ON sluice.audit (actor, number);
CREATE INDEX audit_action ON sluice.audit (action, number);
CREATE INDEX audit_object ON sluice.audit (object, number);

-- What the log calls a customer and what is its own, in the actions of
-- audit_is_of_customer().
CREATE FUNCTION sluice.audit_objects(in_customer text) RETURNS text[]
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT array_agg(x.object) FROM sluice.customer_id(in_customer) AS c (id)
	CROSS JOIN LATERAL (
		SELECT in_customer AS object
		UNION ALL SELECT k.public_key FROM sluice.customer_key AS k
		WHERE k.customer = c.id
		UNION ALL SELECT in_customer || ' ' || a.name
		FROM sluice.agreement AS a WHERE a.customer = c.id
		UNION ALL SELECT l.id::text FROM sluice.licence AS l
		WHERE l.customer = c.id
		UNION ALL SELECT l.id || '/' || r.number FROM sluice.licence AS l
		JOIN sluice.receipt AS r ON r.licence = l.id
		WHERE l.customer = c.id
		UNION ALL SELECT t.id::text FROM sluice.token AS t
		WHERE t.customer = c.id
		UNION ALL SELECT v.id::text FROM sluice.activation AS v
		WHERE v.customer = c.id
		UNION ALL SELECT r.id::text FROM sluice.request AS r
		WHERE r.customer = c.id) AS x;
END;

-- A dataset, a publisher or a login may have a customer's name.
CREATE FUNCTION sluice.audit_is_of_customer(in_action text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN split_part(in_action, '_', 1) IN ('activation', 'agreement', 'bundle',
    'customer', 'licence', 'receipt', 'request', 'session', 'token', 'usage');

-- Newest first, of those that all that is given is true of; NULL is any.  The
-- time is in [since, until).
DROP FUNCTION sluice.audit_list(int);
CREATE FUNCTION sluice.audit_list(in_limit int, in_since_us bigint DEFAULT NULL,
    in_until_us bigint DEFAULT NULL, in_actor text DEFAULT NULL,
    in_action text DEFAULT NULL, in_customer text DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	objects text[];
BEGIN
	IF in_customer IS NOT NULL THEN
		objects := sluice.audit_objects(in_customer);
	END IF;
	RETURN (
		SELECT COALESCE(jsonb_agg(jsonb_build_object('name', a.number,
		    'number', a.number, 'at', sluice.words(a.at), 'actor', a.actor,
		    'action', a.action, 'object', a.object, 'reason', a.reason,
		    'detail', a.detail, 'hash', encode(a.hash, 'hex'))
		    ORDER BY a.number DESC), '[]')
		FROM (
			SELECT * FROM sluice.audit AS x
			WHERE (in_since_us IS NULL OR
				x.at >= sluice.from_us(in_since_us)) AND
			    (in_until_us IS NULL OR
				x.at < sluice.from_us(in_until_us)) AND
			    (in_actor IS NULL OR x.actor = in_actor) AND
			    (in_action IS NULL OR x.action = in_action) AND
			    (objects IS NULL OR (x.object = ANY (objects) AND
				sluice.audit_is_of_customer(x.action)))
			ORDER BY x.number DESC
			LIMIT LEAST(COALESCE(NULLIF(in_limit, 0), 100), 100000)) AS a);
END
$$;
GRANT EXECUTE ON FUNCTION sluice.audit_list TO sluice_admin, sluice_auditor;

-- ---- activations ----

-- The keyed hash of a word that who redeems a code makes up and keeps until the
-- answer is there: with it the code may be redeemed again.
ALTER TABLE sluice.activation
	ADD COLUMN nonce_mac bytea CHECK (octet_length(nonce_mac) = 32);

-- Once; or again, by who did so before, for a new token in place of the one
-- that was not received.  What comes back is what a profile is made of.
DROP FUNCTION sluice.activation_redeem(bytea, bytea, text);
CREATE FUNCTION sluice.activation_redeem(in_code_mac bytea,
    in_nonce_mac bytea, in_token_mac bytea, in_tail text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a sluice.activation;
	c sluice.customer;
	t sluice.token;
	billing jsonb;
BEGIN
	SELECT * INTO a FROM sluice.activation AS x WHERE x.code_mac = in_code_mac;
	SELECT * INTO c FROM sluice.customer AS x
	WHERE x.id = a.customer FOR UPDATE;
	SELECT * INTO a FROM sluice.activation AS x
	WHERE x.id = a.id FOR UPDATE;
	IF a.id IS NULL OR a.revoked IS NOT NULL OR c.status <> 'active' THEN
		RAISE EXCEPTION 'activation_not_found: there is no such activation'
		    USING ERRCODE = 'SLNFD';
	END IF;
	-- A token that was taken back stays so.
	IF a.redeemed IS NOT NULL AND (a.nonce_mac IS DISTINCT FROM in_nonce_mac OR
	    in_nonce_mac IS NULL OR EXISTS (
		SELECT FROM sluice.token AS x
		WHERE x.id = a.token AND x.revoked IS NOT NULL)) THEN
		RAISE EXCEPTION 'activation_used: the activation has been used; ask '
		    'for another one' USING ERRCODE = 'SLSTA';
	END IF;
	IF a.expires <= clock_timestamp() THEN
		RAISE EXCEPTION 'activation_expired: the activation has expired; ask '
		    'for another one' USING ERRCODE = 'SLSTA';
	END IF;
	billing := sluice.billing_keys();
	IF jsonb_array_length(billing) > 16 THEN
		RAISE EXCEPTION 'too_many_keys: a profile has room for 16 keys; ask '
		    'the provider to revoke old ones' USING ERRCODE = 'SLLIM';
	END IF;
	IF a.token IS NOT NULL THEN
		PERFORM sluice.token_end(a.token);
	END IF;
	t.customer := a.customer;
	t.licence := a.licence;
	t.name := a.name;
	t.mac := in_token_mac;
	t.tail := in_tail;
	t.scopes := a.scopes;
	t.expires := a.token_expires;
	t := sluice.token_make(t);
	UPDATE sluice.activation AS x SET redeemed = clock_timestamp(),
	    token = t.id, nonce_mac = in_nonce_mac WHERE x.id = a.id;
	PERFORM sluice.audit_add('activation_redeem', a.id::text,
	    'activation of ' || c.name,
	    jsonb_strip_nulls(jsonb_build_object('token', t.id,
		'customer', c.name, 'replaces', a.token)));
	RETURN jsonb_build_object('token', sluice.token_json(t),
	    'customer', jsonb_build_object('name', c.name, 'title', c.title),
	    'billing', billing, 'pin', sluice.trust_pin());
END
$$;
GRANT EXECUTE ON FUNCTION sluice.activation_redeem TO sluice_server;
