-- What sluiced asks: who a caller is, where segments lie, leases, events.

CREATE FUNCTION sluice.authenticate(in_mac bytea,
    OUT code text, OUT customer uuid, OUT customer_name text,
    OUT token uuid, OUT scopes bigint, OUT licence uuid,
    OUT expires_us bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t sluice.token;
	c sluice.customer;
BEGIN
	SELECT * INTO t FROM sluice.token AS x WHERE x.mac = in_mac;
	SELECT * INTO c FROM sluice.customer AS x WHERE x.id = t.customer;
	code := CASE
		WHEN t.id IS NULL THEN 'unauthorized'
		WHEN t.revoked IS NOT NULL THEN 'token_revoked'
		WHEN t.expires <= clock_timestamp() THEN 'token_expired'
		WHEN c.status <> 'active' THEN 'customer_disabled'
	END;
	customer := c.id;
	customer_name := c.name;
	token := t.id;
	scopes := t.scopes;
	licence := t.licence;
	expires_us := sluice.us(t.expires);
END
$$;

-- ---- batches, segments, entries ----

CREATE FUNCTION sluice.batches(in_dataset bigint, in_from int, in_until int,
    in_limit int)
RETURNS TABLE (seq bigint, publication uuid, published_us bigint,
    content_bytes bigint, segments bigint, object_bytes jsonb,
    object_sha256 jsonb)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT b.seq, b.publication, sluice.us(b.published), b.content_bytes,
	    b.segments, o.bytes, o.sha256
	FROM sluice.batch AS b
	CROSS JOIN LATERAL (
		SELECT jsonb_object_agg(x.name, x.bytes) AS bytes,
		    jsonb_object_agg(x.name, encode(x.sha256, 'hex')) AS sha256
		FROM sluice.batch_object AS x
		WHERE x.dataset = b.dataset AND x.seq = b.seq) AS o
	WHERE b.dataset = in_dataset AND b.seq BETWEEN in_from AND in_until AND
	    b.visible_at IS NOT NULL
	ORDER BY b.seq LIMIT LEAST(in_limit, 1000);
END;

-- The ordinals of the segments that these chunks belong to.
CREATE FUNCTION sluice.chunk_ordinals(in_dataset bigint, in_seq int,
    chunks int4multirange)
RETURNS int4multirange
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT COALESCE(range_agg(int4range(a.ordinal, z.ordinal, '[]')), '{}')
	FROM unnest(chunks) AS want (span)
	CROSS JOIN LATERAL (
		SELECT s.ordinal FROM sluice.segment AS s
		WHERE s.dataset = in_dataset AND s.seq = in_seq AND
		    s.chunk_first <= lower(want.span)
		ORDER BY s.chunk_first DESC LIMIT 1) AS a
	CROSS JOIN LATERAL (
		SELECT s.ordinal FROM sluice.segment AS s
		WHERE s.dataset = in_dataset AND s.seq = in_seq AND
		    s.chunk_first < upper(want.span)
		ORDER BY s.chunk_first DESC LIMIT 1) AS z;
END;

-- wants: [[seq, "{ordinals}", "{chunks}"], …].  One page, by (seq, ordinal),
-- after (after_seq, after_ordinal).  The planner takes a set for a hundred
-- spans, and would compile for them.
CREATE FUNCTION sluice.segments(in_dataset bigint, wants jsonb,
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
		WHERE (w ->> 0)::int >= after_seq GROUP BY 1 ORDER BY 1
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
		    s.layer, e.facets, b.publication
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

CREATE FUNCTION sluice.entries(in_dataset bigint, in_until int, after_seq int,
    after_number bigint, in_limit int)
RETURNS TABLE (seq bigint, number bigint, id uuid, op text, revision bigint,
    facets jsonb, layers jsonb, reason text)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT n.seq, n.number, n.id, n.op, n.revision, n.facets, n.layers,
	    COALESCE(n.reason, '')
	FROM sluice.episode_entry AS n
	JOIN sluice.dataset AS d ON d.id = in_dataset
	WHERE n.dataset = in_dataset AND n.seq <= LEAST(in_until, d.seq) AND
	    n.seq >= after_seq AND
	    (n.seq > after_seq OR n.number > after_number)
	ORDER BY n.seq, n.number LIMIT LEAST(in_limit, 4096);
END;

-- ---- licences ----

-- What decide needs, for one dataset or one licence.  used_ are all the ledger's sums, window_ those that the
-- quota counts; agreement_ columns are NULL without one.
CREATE FUNCTION sluice.licences(in_customer uuid, in_dataset bigint,
    in_licence uuid)
RETURNS TABLE (id uuid, customer uuid, version bigint, status text,
    dataset text, dataset_id bigint, terms jsonb, used_episodes bigint,
    used_duration_ms bigint, used_bytes bigint, ledger_number bigint,
    ledger_head bytea, class text, accepted boolean, released_seq bigint,
    deliveries bigint, deliveries_max bigint, window_episodes bigint,
    window_duration_ms bigint, window_bytes bigint, agreement_status text, agreement_from_us bigint,
    agreement_until_us bigint, ceiling_episodes bigint,
    ceiling_duration_ms bigint, ceiling_bytes bigint,
    ceiling_money_micro bigint, agreement_episodes bigint,
    agreement_duration_ms bigint, agreement_bytes bigint,
    agreement_money_micro bigint, release jsonb)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT l.id, l.customer, l.version, l.status, d.name, d.id, v.terms,
	    GREATEST(t.used_episodes, 0), GREATEST(t.used_duration_ms, 0),
	    GREATEST(t.used_bytes, 0), t.ledger_number, t.ledger_head, l.class,
	    NOT l.text_required OR
		COALESCE(l.accepted_sha256 = l.text_sha256, false),
	    CASE WHEN d.early_seq IS NULL THEN d.seq
		ELSE sluice.released_seq(d.id, l.class) END,
	    (SELECT count(*) FROM sluice.lease AS e
		WHERE e.licence = l.id AND e.expires > clock_timestamp()),
	    sluice.setting_int('deliveries_per_licence'),
	    GREATEST(w.episodes, 0), GREATEST(w.duration_ms, 0),
	    GREATEST(w.bytes, 0), a.status,
	    sluice.us(a.valid_from), sluice.us(a.valid_until),
	    a.ceiling_episodes, a.ceiling_duration_ms, a.ceiling_bytes,
	    a.ceiling_money_micro, GREATEST(u.used_episodes, 0),
	    GREATEST(u.used_duration_ms, 0), GREATEST(u.used_bytes, 0),
	    u.amount_micro, CASE WHEN d.early_seq IS NOT NULL
		THEN sluice.release_next(d.id, l.class) END
	FROM sluice.licence AS l
	JOIN sluice.dataset AS d ON d.id = l.dataset
	JOIN sluice.licence_version AS v
	    ON v.licence = l.id AND v.version = l.version
	JOIN sluice.licence_total AS t ON t.licence = l.id
	LEFT JOIN sluice.agreement AS a ON a.id = l.agreement
	LEFT JOIN sluice.agreement_total AS u ON u.agreement = l.agreement
	CROSS JOIN LATERAL sluice.used_window(l, t) AS w
	WHERE l.customer = in_customer AND
	    (in_dataset IS NULL OR l.dataset = in_dataset) AND
	    (in_licence IS NULL OR l.id = in_licence)
	ORDER BY l.created, l.id LIMIT 100;
END;

CREATE FUNCTION sluice.customer_licences(in_customer uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT jsonb_build_object('licences',
	    COALESCE(jsonb_agg(sluice.licence_json(l) ORDER BY l.created), '[]'))
	FROM sluice.licence AS l WHERE l.customer = in_customer;
END;

-- ---- leases ----

-- in_seq: the newest batch that will be asked for, 0 for none.
CREATE FUNCTION sluice.lease_open(in_delivery uuid, in_licence uuid,
    in_version int, in_token uuid, in_worker text, in_peer text,
    in_kind text, in_seq int, in_seconds int)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence;
	trouble text;
BEGIN
	-- Without a token: a bundle, written by its publisher.  Others than the
	-- server open nothing else, whatever token they name.
	IF in_token IS NULL OR
	    NOT pg_has_role(session_user, 'sluice_server', 'MEMBER') THEN
		PERFORM sluice.bundle_licence(in_licence);
	ELSE
		SELECT e.code INTO trouble
		FROM sluice.tokens_ended(ARRAY[in_token]) AS e;
	END IF;
	IF trouble IS NOT NULL THEN
		RAISE EXCEPTION '%: the token does not open a delivery any more',
		    trouble USING ERRCODE = 'SLAUT';
	END IF;
	SELECT * INTO l FROM sluice.licence AS x
	WHERE x.id = in_licence FOR UPDATE;
	trouble := CASE
		WHEN l.id IS NULL THEN 'licence_not_found'
		WHEN l.version <> in_version THEN 'stale'
		ELSE sluice.licence_trouble(l)
	END;
	IF trouble IS NOT NULL THEN
		RAISE EXCEPTION '%: the licence does not serve now', trouble
		    USING ERRCODE = 'SLDEN';
	END IF;
	IF in_seq >= (SELECT d.early_seq FROM sluice.dataset AS d
	    WHERE d.id = l.dataset) THEN
		IF in_seq > sluice.released_seq(l.dataset, l.class) THEN
			RAISE EXCEPTION 'batch_not_released: batch % is not for this '
			    'licence yet', in_seq USING ERRCODE = 'SLDEN';
		END IF;
	END IF;
	DELETE FROM sluice.lease AS e
	WHERE e.licence = in_licence AND e.expires <= clock_timestamp();
	IF (SELECT count(*) FROM sluice.lease AS e
	    WHERE e.licence = in_licence) >= COALESCE(l.deliveries,
	    sluice.setting_int('deliveries_per_licence')) THEN
		RAISE EXCEPTION 'too_many_deliveries: the licence has as many '
		    'deliveries as it may have' USING ERRCODE = 'SLQUO';
	END IF;
	INSERT INTO sluice.lease (id, licence, version, token, worker, peer, kind,
	    expires, after_event)
	VALUES (in_delivery, in_licence, in_version, in_token, in_worker, in_peer,
	    in_kind, clock_timestamp() + in_seconds * interval '1 second',
	    (SELECT COALESCE(max(v.id), 0) FROM sluice.event AS v));
END
$$;

-- What changed or has ended of these.  What was charged before a retraction may
-- wait behind a slow reader: those deliveries end, and the next one is judged
-- anew.
CREATE FUNCTION sluice.lease_check(in_deliveries uuid[])
RETURNS TABLE (delivery uuid, ended boolean, code text, version bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT w.delivery, r.code <> 'changed', r.code,
	    COALESCE(l.version, 0)::bigint
	FROM unnest(in_deliveries) AS w (delivery)
	LEFT JOIN sluice.lease AS e
	    ON e.id = w.delivery AND e.expires > clock_timestamp()
	LEFT JOIN sluice.licence AS l ON l.id = e.licence
	LEFT JOIN sluice.token AS t ON t.id = e.token
	LEFT JOIN sluice.customer AS c ON c.id = l.customer
	CROSS JOIN LATERAL (SELECT CASE
		WHEN e.id IS NULL THEN 'lapsed'
		WHEN e.killed IS NOT NULL THEN e.killed
		-- of leases that were opened while it was taken away
		WHEN t.revoked IS NOT NULL THEN 'token_revoked'
		WHEN c.status <> 'active' THEN 'customer_disabled'
		WHEN t.expires <= clock_timestamp() THEN 'token_expired'
		WHEN EXISTS (
			SELECT FROM sluice.event AS v
			WHERE v.dataset = l.dataset AND v.id > e.after_event AND
			    v.kind = 'retraction') THEN 'retracted'
		ELSE COALESCE(sluice.licence_trouble(l),
		    CASE WHEN l.version <> e.version THEN 'changed' END)
	END) AS r (code)
	WHERE r.code IS NOT NULL;
END
$$;

-- Renew what still runs, and then the same.
CREATE FUNCTION sluice.lease_renew(in_worker text, in_deliveries uuid[],
    in_wire_bytes bigint[], in_seconds int)
RETURNS TABLE (delivery uuid, ended boolean, code text, version bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE sluice.lease AS e
	SET expires = clock_timestamp() + in_seconds * interval '1 second',
	    wire_bytes = e.wire_bytes + COALESCE(w.wire_bytes, 0)
	FROM unnest(in_deliveries, in_wire_bytes) AS w (delivery, wire_bytes)
	WHERE e.id = w.delivery AND e.worker = in_worker AND
	    e.expires > clock_timestamp() AND e.killed IS NULL;
	RETURN QUERY SELECT * FROM sluice.lease_check(in_deliveries);
END
$$;

CREATE FUNCTION sluice.lease_redecided(in_delivery uuid, in_version int)
RETURNS void
LANGUAGE sql SECURITY DEFINER
BEGIN ATOMIC
	UPDATE sluice.lease SET version = in_version WHERE id = in_delivery;
END;

-- What was sent since the last renewal, and why the delivery ended.
CREATE FUNCTION sluice.lease_close(in_delivery uuid, in_wire_bytes bigint,
    in_reason text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH closed AS (
		DELETE FROM sluice.lease WHERE id = in_delivery
		RETURNING licence, wire_bytes
	)
	INSERT INTO sluice.wire_usage AS u
	    (licence, bytes, deliveries, last_end, last_at)
	SELECT c.licence, c.wire_bytes + in_wire_bytes, 1,
	    COALESCE(in_reason, ''), clock_timestamp()
	FROM closed AS c
	ON CONFLICT (licence) DO UPDATE SET bytes = u.bytes + EXCLUDED.bytes,
	    deliveries = u.deliveries + 1, last_end = EXCLUDED.last_end,
	    last_at = EXCLUDED.last_at
$$;

-- ---- events ----

-- An event for some classes of licences comes as a row for each licence that it
-- is for; for none, one of nobody's.
CREATE FUNCTION sluice.events(in_after bigint, in_limit int)
RETURNS TABLE (id bigint, kind text, dataset bigint, licence uuid,
    customer uuid, data jsonb)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT e.id, e.kind, COALESCE(e.dataset, 0),
	    CASE WHEN e.audience IS NULL THEN e.licence
		ELSE COALESCE(o.id, '00000000-0000-0000-0000-000000000000') END,
	    CASE WHEN e.audience IS NULL THEN l.customer
		ELSE COALESCE(o.customer,
		    '00000000-0000-0000-0000-000000000000') END,
	    e.data
	FROM (
		SELECT * FROM sluice.event AS v WHERE v.id > in_after
		ORDER BY v.id LIMIT LEAST(in_limit, 1000)) AS e
	LEFT JOIN sluice.licence AS l ON l.id = e.licence
	LEFT JOIN sluice.licence AS o ON e.audience IS NOT NULL AND
	    o.dataset = e.dataset AND o.status = 'active' AND
	    sluice.is_audience(e.audience, o.class)
	ORDER BY e.id;
END;

CREATE FUNCTION sluice.events_of(in_customer uuid, in_licence uuid,
    in_after bigint, in_limit int)
RETURNS TABLE (id bigint, kind text, dataset bigint, licence uuid,
    customer uuid, data jsonb)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT e.id, e.kind, COALESCE(e.dataset, 0), e.licence, l.customer, e.data
	FROM sluice.event AS e
	LEFT JOIN sluice.licence AS l ON l.id = e.licence
	WHERE e.id > in_after AND CASE
		WHEN e.licence IS NOT NULL THEN l.customer = in_customer AND
		    (in_licence IS NULL OR l.id = in_licence)
		WHEN e.dataset IS NOT NULL THEN EXISTS (
			SELECT FROM sluice.licence AS own
			WHERE own.customer = in_customer AND
			    own.dataset = e.dataset AND own.status = 'active' AND
			    sluice.is_audience(e.audience, own.class) AND
			    (in_licence IS NULL OR own.id = in_licence))
		ELSE true
	END
	ORDER BY e.id LIMIT LEAST(in_limit, 1000);
END;

CREATE FUNCTION sluice.subscription(in_customer uuid, in_licence uuid,
    OUT newest bigint, OUT datasets jsonb)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE((SELECT max(e.id) FROM sluice.event AS e), 0),
	    COALESCE((SELECT jsonb_agg(DISTINCT l.dataset)
		FROM sluice.licence AS l
		WHERE l.customer = in_customer AND l.status = 'active' AND
		    (in_licence IS NULL OR l.id = in_licence)), '[]');
END;
