-- A sealed batch becomes visible, in one transaction; and what must go away
-- afterwards.

CREATE FUNCTION sluice.batch_json(b sluice.batch) RETURNS jsonb
LANGUAGE sql STABLE
RETURN jsonb_build_object('seq', b.seq, 'publication', b.publication,
    'published', sluice.words(b.published), 'added', b.added,
    'revised', b.revised, 'retracted', b.retracted,
    'duration_s', sluice.seconds(b.duration_ms),
    'content_bytes', b.content_bytes, 'pack_bytes', b.pack_bytes,
    'segments', b.segments, 'chunks', b.chunks,
    'manifest_sha256', encode(b.manifest_sha256, 'hex'));

CREATE FUNCTION sluice.layers_bytes(in_dataset bigint, layers jsonb)
RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT COALESCE(sum(s.content_bytes), 0)::bigint
	FROM jsonb_each_text(layers) AS l
	JOIN sluice.segment AS s ON s.dataset = in_dataset AND
	    s.seq = split_part(l.value, '.', 1)::int AND
	    s.ordinal = split_part(l.value, '.', 2)::int
$$;

CREATE FUNCTION sluice.show_episodes(b sluice.batch) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- A retracted episode gives its key up to one that has it now.
	UPDATE sluice.episode AS e SET source_key = e.source_key || ' ' || e.id
	FROM sluice.episode_entry AS n
	WHERE n.dataset = b.dataset AND n.seq = b.seq AND
	    n.op IN ('add', 'revise') AND n.number > 0 AND
	    e.dataset = n.dataset AND e.number <> n.number AND
	    e.site = n.site AND e.source_key = n.source_key AND
	    (e.retracted_seq IS NOT NULL OR EXISTS (
		SELECT FROM sluice.episode_entry AS gone
		WHERE gone.dataset = b.dataset AND gone.seq = b.seq AND
		    gone.number = e.number AND gone.op = 'retract'));

	-- Keys may move from one episode to another within a batch.
	UPDATE sluice.episode AS e SET source_key = e.source_key || ' ' || e.id
	FROM sluice.episode_entry AS n
	WHERE n.dataset = b.dataset AND n.seq = b.seq AND n.op = 'revise' AND
	    n.number > 0 AND e.dataset = n.dataset AND e.number = n.number AND
	    (e.site, e.source_key) IS DISTINCT FROM (n.site, n.source_key);

	UPDATE sluice.episode AS e SET revision = n.revision, last_seq = n.seq,
	    site = n.site, source_key = n.source_key, digest = n.digest,
	    facets = n.facets, layers = r.layers, duration_ms = n.duration_ms,
	    content_bytes = sluice.layers_bytes(n.dataset, r.layers)
	FROM sluice.episode_entry AS n
	CROSS JOIN LATERAL sluice.layers_resolve(n.layers, n.seq) AS r (layers)
	WHERE n.dataset = b.dataset AND n.seq = b.seq AND n.op = 'revise' AND
	    e.dataset = n.dataset AND e.number = n.number;

	UPDATE sluice.episode AS e SET revision = n.revision, last_seq = n.seq,
	    retracted_seq = n.seq, reason = n.reason, layers = '{}',
	    content_bytes = 0
	FROM sluice.episode_entry AS n
	WHERE n.dataset = b.dataset AND n.seq = b.seq AND n.op = 'retract' AND
	    e.dataset = n.dataset AND e.number = n.number;

	UPDATE sluice.segment AS s SET blocked = 'retracted'
	FROM sluice.episode_entry AS n
	WHERE n.dataset = b.dataset AND n.seq = b.seq AND n.op = 'retract' AND
	    s.dataset = n.dataset AND s.number = n.number AND s.blocked IS NULL;

	INSERT INTO sluice.episode (dataset, number, id, site, source_key, digest,
	    revision, first_seq, last_seq, facets, layers, duration_ms,
	    content_bytes)
	SELECT n.dataset, n.number, n.id, n.site, n.source_key, n.digest,
	    n.revision, n.seq, n.seq, n.facets, r.layers, n.duration_ms,
	    sluice.layers_bytes(n.dataset, r.layers)
	FROM sluice.episode_entry AS n
	CROSS JOIN LATERAL sluice.layers_resolve(n.layers, n.seq) AS r (layers)
	WHERE n.dataset = b.dataset AND n.seq = b.seq AND n.op = 'add';
END
$$;

-- The live episodes as a class of licences has them whose newest batch is
-- in_seq; what was retracted later is gone for it, too.
CREATE FUNCTION sluice.episodes_as_of(in_dataset bigint, in_seq int)
RETURNS SETOF sluice.episode
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT e.dataset, e.number, e.id, e.site, e.source_key, e.digest,
	    n.revision, e.first_seq, n.seq, n.facets, r.layers, n.duration_ms,
	    sluice.layers_bytes(e.dataset, r.layers), NULL::int, NULL,
	    NULL::timestamptz, NULL::timestamptz
	FROM sluice.episode AS e
	CROSS JOIN LATERAL (
		SELECT * FROM sluice.episode_entry AS x
		WHERE x.dataset = e.dataset AND x.number = e.number AND
		    x.seq <= in_seq
		ORDER BY x.seq DESC LIMIT 1) AS n
	CROSS JOIN LATERAL sluice.layers_resolve(n.layers, n.seq) AS r (layers)
	WHERE e.dataset = in_dataset AND e.retracted_seq IS NULL AND
	    e.first_seq <= in_seq AND e.last_seq > in_seq
	UNION ALL
	SELECT * FROM sluice.episode AS e
	WHERE e.dataset = in_dataset AND e.retracted_seq IS NULL AND
	    e.last_seq <= in_seq
$$;

-- Sums and facets of the dataset are those of class standard.
CREATE FUNCTION sluice.show_totals(in_dataset bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	newest int := sluice.released_seq(in_dataset, 'standard');
BEGIN
	DELETE FROM sluice.dataset_facet AS f WHERE f.dataset = in_dataset;
	INSERT INTO sluice.dataset_facet (dataset, key, value, episodes)
	SELECT in_dataset, f.key,
	    CASE f.key WHEN 'recorded' THEN left(f.value, 7) ELSE f.value END,
	    count(*)
	FROM sluice.episodes_as_of(in_dataset, newest) AS e
	CROSS JOIN jsonb_each_text(e.facets) AS f
	WHERE e.number > 0 AND f.key <> 'duration_ms'
	GROUP BY 2, 3;

	DELETE FROM sluice.dataset_layer AS l WHERE l.dataset = in_dataset;
	INSERT INTO sluice.dataset_layer (dataset, layer, episodes, content_bytes)
	SELECT in_dataset, l.key, count(*), sum(s.content_bytes)
	FROM sluice.episodes_as_of(in_dataset, newest) AS e
	CROSS JOIN jsonb_each_text(e.layers) AS l
	JOIN sluice.segment AS s ON s.dataset = in_dataset AND
	    s.seq = split_part(l.value, '.', 1)::int AND
	    s.ordinal = split_part(l.value, '.', 2)::int
	WHERE e.number > 0
	GROUP BY l.key;

	UPDATE sluice.dataset AS d SET standard_seq = newest,
	    updated = COALESCE((SELECT b.published FROM sluice.batch AS b
		WHERE b.dataset = in_dataset AND b.seq = newest), d.updated),
	    episodes = t.episodes, duration_ms = t.duration_ms,
	    content_bytes = t.content_bytes,
	    keywords = COALESCE((
		SELECT string_agg(DISTINCT replace(f.value, '-', ' '), ' ')
		FROM sluice.dataset_facet AS f WHERE f.dataset = in_dataset AND
		    f.key IN ('task', 'robot', 'source', 'failure_mode')), '')
	FROM (
		SELECT count(*) FILTER (WHERE e.number > 0) AS episodes,
		    COALESCE(sum(e.duration_ms), 0) AS duration_ms,
		    COALESCE(sum(e.content_bytes), 0) AS content_bytes
		FROM sluice.episodes_as_of(in_dataset, newest) AS e) AS t
	WHERE d.id = in_dataset;
END
$$;

CREATE FUNCTION sluice.batch_event(b sluice.batch, dataset_name text)
RETURNS jsonb
LANGUAGE sql STABLE
RETURN jsonb_build_object('dataset', dataset_name, 'seq', b.seq,
    'published', sluice.words(b.published), 'added', b.added,
    'revised', b.revised, 'retracted', b.retracted,
    'content_bytes', b.content_bytes);

-- Retractions are told at once, whoever has the batch already.
CREATE FUNCTION sluice.show_events(b sluice.batch, release jsonb,
    dataset_name text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM sluice.release_batch(b, release, dataset_name);
	PERFORM sluice.show_totals(b.dataset);
	IF b.retracted > 0 THEN
		PERFORM sluice.event_add('retraction', b.dataset, NULL, (
			SELECT jsonb_build_object('dataset', dataset_name, 'seq', b.seq,
			    'episodes', jsonb_agg(jsonb_build_object('id', n.id,
				'number', n.number, 'reason', n.reason)
				ORDER BY n.number))
			FROM sluice.episode_entry AS n
			WHERE n.dataset = b.dataset AND n.seq = b.seq AND
			    n.op = 'retract'));
	END IF;
END
$$;

-- A logged batch becomes visible, and with it the checkpoint that it is in; for
-- its publisher and for the log signer.
CREATE FUNCTION sluice.publication_show(in_id uuid) RETURNS jsonb
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

-- ---- erasure ----

CREATE FUNCTION sluice.erase(in_dataset text, in_number int, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.my_dataset(in_dataset);
	e sluice.episode;
BEGIN
	SELECT * INTO e FROM sluice.episode AS x
	WHERE x.dataset = d.id AND x.number = in_number AND x.number > 0
	FOR UPDATE;
	IF e.id IS NULL THEN
		RAISE EXCEPTION 'episode_not_found: % has no episode %',
		    in_dataset, in_number USING ERRCODE = 'SLNFD';
	END IF;
	IF e.retracted_seq IS NULL THEN
		RAISE EXCEPTION 'not_retracted: episode % must be retracted before it '
		    'is erased', in_number USING ERRCODE = 'SLSTA';
	END IF;
	IF e.erased IS NULL THEN
		UPDATE sluice.episode SET erased = clock_timestamp()
		WHERE dataset = d.id AND number = in_number;
		UPDATE sluice.segment SET blocked = 'erased'
		WHERE dataset = d.id AND number = in_number;
		PERFORM sluice.audit_add('erase', in_dataset || ' ' || in_number,
		    in_reason, jsonb_build_object('id', e.id));
	END IF;
	RETURN (
		SELECT jsonb_build_object('number', in_number, 'id', e.id,
		    'done', e.erased_done IS NOT NULL,
		    'segments', COALESCE(jsonb_agg(jsonb_build_object('seq', s.seq,
			'ordinal', s.ordinal, 'publication', b.publication,
			'layer', s.layer, 'pack_offset', s.pack_offset,
			'stored_bytes', s.stored_bytes) ORDER BY s.seq, s.ordinal),
			'[]'))
		FROM sluice.segment AS s JOIN sluice.batch AS b
		    ON b.dataset = s.dataset AND b.seq = s.seq
		WHERE s.dataset = d.id AND s.number = in_number);
END
$$;

CREATE FUNCTION sluice.erase_done(in_dataset text, in_number int)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.my_dataset(in_dataset);
BEGIN
	UPDATE sluice.episode AS e SET erased_done = clock_timestamp()
	WHERE e.dataset = d.id AND e.number = in_number AND
	    e.erased IS NOT NULL AND e.erased_done IS NULL;
	IF FOUND THEN
		PERFORM sluice.audit_add('erase_done',
		    in_dataset || ' ' || in_number, 'stored bytes zeroed', '{}');
	END IF;
END
$$;
