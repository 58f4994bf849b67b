-- signed -> sealed: the manifest's bytes are committed, with the rows that the index
-- gives, after everything that can be checked has been.

CREATE FUNCTION sluice.bad_batch(words text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'bad_batch: %', words USING ERRCODE = 'SLINT';
END
$$;

CREATE FUNCTION sluice.manifest_field(manifest text, field text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN substring(manifest FROM E'\n# ' || field || E': ([^\n]*)\n');

CREATE FUNCTION sluice.manifest_hash(manifest text, object text)
RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT
RETURN decode(substring(manifest FROM E'\nSHA256 \\(' ||
    replace(object, '.', '\.') || E'\\) = ([0-9a-f]{64})\n'), 'hex');

CREATE FUNCTION sluice.manifest_object_bytes(manifest text, object text)
RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT
RETURN substring(sluice.manifest_field(manifest, 'bytes')
    FROM '(?:^| )' || replace(object, '.', '\.') || '=([0-9]+)(?: |$)')::bigint;

-- The header against the reservation, and the index against the manifest.
CREATE FUNCTION sluice.seal_check_manifest(p sluice.publication,
    manifest text, index_bytes bytea, dataset_name text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF left(manifest, 21) <> E'# sluice-manifest/v1\n' THEN
		PERFORM sluice.bad_batch('this is no manifest');
	END IF;
	IF sluice.manifest_field(manifest, 'dataset') IS DISTINCT FROM dataset_name
	THEN
		PERFORM sluice.bad_batch('the manifest is for another dataset');
	END IF;
	IF sluice.manifest_field(manifest, 'seq') IS DISTINCT FROM p.seq::text THEN
		PERFORM sluice.bad_batch('the manifest is for another seq');
	END IF;
	IF sluice.manifest_field(manifest, 'previous') IS DISTINCT FROM p.previous
	THEN
		PERFORM sluice.bad_batch('the manifest follows another one');
	END IF;
	IF sluice.manifest_field(manifest, 'published') IS DISTINCT FROM
	    sluice.words(p.published) THEN
		PERFORM sluice.bad_batch('the manifest has another time');
	END IF;
	IF sluice.manifest_hash(manifest, 'index.json') IS DISTINCT FROM
	    sha256(index_bytes) OR
	    sluice.manifest_object_bytes(manifest, 'index.json') IS DISTINCT FROM
	    octet_length(index_bytes)::bigint THEN
		PERFORM sluice.bad_batch('the index is not the one of the manifest');
	END IF;
END
$$;

CREATE FUNCTION sluice.seal_check_key(in_publisher int, minisig bytea)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	signature bytea;
BEGIN
	signature := decode(
	    split_part(convert_from(minisig, 'UTF8'), E'\n', 2), 'base64');
	IF NOT EXISTS (
		SELECT FROM sluice.publisher_key AS k
		WHERE k.publisher = in_publisher AND k.status = 'active' AND
		    k.key_id = substr(signature, 3, 8)) THEN
		PERFORM sluice.bad_batch(
		    'the signature is not by a registered key of the publisher');
	END IF;
END
$$;

-- {"state":{"new":1},"video":{"kept":"3.17"}} -> {"state":"7.1","video":"3.17"}
CREATE FUNCTION sluice.layers_resolve(layers jsonb, seq int) RETURNS jsonb
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
	SELECT COALESCE(jsonb_object_agg(l.key, COALESCE(l.value ->> 'kept',
	    seq || '.' || (l.value ->> 'new'))), '{}')
	FROM jsonb_each(layers) AS l WHERE NOT l.value ? 'dropped';
END;

CREATE FUNCTION sluice.seal_entries(p sluice.publication, episodes jsonb,
    identities jsonb)
RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO sluice.episode_entry (dataset, seq, number, id, op, revision,
	    facets, layers, reason, duration_ms, site, source_key, digest)
	SELECT p.dataset, p.seq, e.number, e.id, e.op, e.revision,
	    COALESCE(e.facets, '{}'), COALESCE(e.layers, '{}'), e.reason,
	    COALESCE((e.facets ->> 'duration_ms')::bigint, 0),
	    CASE e.number WHEN 0 THEN '' ELSE i.site END,
	    CASE e.number WHEN 0 THEN '' ELSE i.key END,
	    CASE e.number WHEN 0 THEN COALESCE(i.digest, '') ELSE i.digest END
	FROM jsonb_to_recordset(episodes) AS e (number int, id uuid, op text,
	    revision int, facets jsonb, layers jsonb, reason text)
	LEFT JOIN jsonb_to_recordset(identities) AS i
	    (number int, site text, key text, digest text) ON i.number = e.number
$$;

-- Chunk sizes, offsets and sums of each segment, from the index's tables.
CREATE FUNCTION sluice.seal_segments(p sluice.publication, index jsonb)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	sizes int[];
	ends bigint[];
BEGIN
	SELECT array_agg(c.stored ORDER BY c.place),
	    array_agg(c.ends ORDER BY c.place)
	INTO sizes, ends
	FROM (
		SELECT (chunk ->> 0)::int AS stored, place,
		    sum((chunk ->> 0)::bigint) OVER (ORDER BY place)::bigint AS ends
		FROM jsonb_array_elements(index -> 'chunks')
		    WITH ORDINALITY AS chunks (chunk, place)) AS c;
	INSERT INTO sluice.segment (dataset, seq, ordinal, number, layer,
	    content_bytes, duration_ms, pack_offset, stored_bytes, chunk_first,
	    chunk_sizes)
	SELECT p.dataset, p.seq, s.ordinal, s.number, s.layer, s.content_bytes,
	    e.duration_ms,
	    ends[s.chunk_first + 1] - sizes[s.chunk_first + 1],
	    ends[s.chunk_first + s.chunk_count] - ends[s.chunk_first + 1] +
		sizes[s.chunk_first + 1],
	    s.chunk_first,
	    sizes[s.chunk_first + 1 : s.chunk_first + s.chunk_count]
	FROM (
		SELECT place::int - 1 AS ordinal,
		    (segment ->> 'episode')::int AS number,
		    segment ->> 'layer' AS layer,
		    (segment -> 'chunks' ->> 0)::int AS chunk_first,
		    (segment -> 'chunks' ->> 1)::int AS chunk_count,
		    (SELECT COALESCE(sum((file ->> 1)::bigint), 0)
			FROM jsonb_array_elements(segment -> 'files') AS file)
			AS content_bytes
		FROM jsonb_array_elements(index -> 'segments')
		    WITH ORDINALITY AS segments (segment, place)) AS s
	LEFT JOIN sluice.episode_entry AS e ON e.dataset = p.dataset AND
	    e.seq = p.seq AND e.number = s.number;
END
$$;

-- What the entries say against what is live.
CREATE FUNCTION sluice.seal_check_entries(p sluice.publication)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	bad int;
	next_number int;
BEGIN
	SELECT min(n.number) INTO bad
	FROM sluice.episode_entry AS n
	LEFT JOIN sluice.episode AS e
	    ON e.dataset = n.dataset AND e.number = n.number
	WHERE n.dataset = p.dataset AND n.seq = p.seq AND NOT COALESCE(CASE n.op
		WHEN 'add' THEN e.number IS NULL AND n.revision = 1
		ELSE e.id = n.id AND n.revision = e.revision + 1 AND
		    e.retracted_seq IS NULL
	END, false);
	IF bad IS NOT NULL THEN
		PERFORM sluice.bad_batch('episode ' || bad ||
		    ' does not follow what was published of it');
	END IF;

	SELECT COALESCE(max(e.number), 0) INTO next_number
	FROM sluice.episode AS e WHERE e.dataset = p.dataset;
	SELECT min(n.number) INTO bad FROM (
		SELECT number, row_number() OVER (ORDER BY number) + next_number AS due
		FROM sluice.episode_entry
		WHERE dataset = p.dataset AND seq = p.seq AND op = 'add' AND
		    number > 0) AS n
	WHERE n.number <> n.due;
	IF bad IS NOT NULL THEN
		PERFORM sluice.bad_batch('episode ' || bad ||
		    ' is not the next free number');
	END IF;

	SELECT min(n.number) INTO bad FROM sluice.episode_entry AS n
	WHERE n.dataset = p.dataset AND n.seq = p.seq AND
	    ((n.op <> 'retract' AND (n.site IS NULL OR n.source_key IS NULL OR
		n.digest IS NULL)) OR
	    (n.op = 'retract' AND n.reason IS NULL));
	IF bad IS NOT NULL THEN
		PERFORM sluice.bad_batch('episode ' || bad ||
		    ' comes without identity or reason');
	END IF;

	SELECT min(n.number) INTO bad FROM sluice.episode_entry AS n
	JOIN sluice.episode AS e ON e.dataset = n.dataset AND
	    e.site = n.site AND e.source_key = n.source_key AND
	    e.number <> n.number
	WHERE n.dataset = p.dataset AND n.seq = p.seq AND n.op <> 'retract' AND
	    e.retracted_seq IS NULL AND NOT EXISTS (
		SELECT FROM sluice.episode_entry AS moved
		WHERE moved.dataset = n.dataset AND moved.seq = n.seq AND
		    moved.number = e.number AND moved.op IN ('revise', 'retract'));
	IF bad IS NOT NULL THEN
		PERFORM sluice.bad_batch('episode ' || bad ||
		    ' has the site and key of another one');
	END IF;
END
$$;

-- What the layers of the entries say against the segments.
CREATE FUNCTION sluice.seal_check_layers(p sluice.publication)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	bad int;
	new_count bigint;
	segment_count bigint;
BEGIN
	SELECT min(n.number) INTO bad
	FROM sluice.episode_entry AS n
	CROSS JOIN jsonb_each(n.layers) AS l
	LEFT JOIN sluice.episode AS e
	    ON e.dataset = n.dataset AND e.number = n.number
	LEFT JOIN sluice.segment AS s ON l.value ? 'new' AND
	    s.dataset = n.dataset AND s.seq = n.seq AND
	    s.ordinal = (l.value ->> 'new')::int
	WHERE n.dataset = p.dataset AND n.seq = p.seq AND NOT COALESCE(CASE
		WHEN l.value ? 'new' THEN s.number = n.number AND s.layer = l.key
		WHEN l.value ? 'kept' THEN e.layers ->> l.key = l.value ->> 'kept'
		ELSE e.layers ? l.key
	END, false);
	IF bad IS NOT NULL THEN
		PERFORM sluice.bad_batch('a layer of episode ' || bad ||
		    ' is neither new nor what is kept');
	END IF;
	SELECT count(*) INTO new_count
	FROM sluice.episode_entry AS n CROSS JOIN jsonb_each(n.layers) AS l
	WHERE n.dataset = p.dataset AND n.seq = p.seq AND l.value ? 'new';
	SELECT count(*) INTO segment_count FROM sluice.segment AS s
	WHERE s.dataset = p.dataset AND s.seq = p.seq;
	IF new_count <> segment_count THEN
		PERFORM sluice.bad_batch('not every segment belongs to a layer');
	END IF;
END
$$;

CREATE FUNCTION sluice.seal_objects(p sluice.publication, manifest bytea,
    minisig bytea, objects jsonb)
RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO sluice.batch_object (dataset, seq, name, bytes, sha256)
	SELECT p.dataset, p.seq, o.name,
	    sluice.manifest_object_bytes(convert_from(manifest, 'UTF8'), o.name),
	    sluice.manifest_hash(convert_from(manifest, 'UTF8'), o.name)
	FROM unnest(ARRAY['index.json', 'files.sha256', 'quality.json'])
	    AS o (name)
	UNION ALL VALUES
	    (p.dataset, p.seq, 'manifest', octet_length(manifest)::bigint,
		sha256(manifest)),
	    (p.dataset, p.seq, 'manifest.minisig', octet_length(minisig)::bigint,
		sha256(minisig)),
	    (p.dataset, p.seq, 'pack.tar.zst',
		(objects -> 'pack.tar.zst' ->> 0)::bigint,
		decode(objects -> 'pack.tar.zst' ->> 1, 'hex'))
$$;

CREATE FUNCTION sluice.seal_batch(p sluice.publication, manifest bytea,
    minisig bytea, index jsonb, objects jsonb)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	words text := convert_from(manifest, 'UTF8');
	counts text := sluice.manifest_field(words, 'episodes');
BEGIN
	INSERT INTO sluice.batch (dataset, seq, publication, published, manifest,
	    manifest_sha256, minisig, added, revised, retracted, duration_ms,
	    content_bytes, pack_bytes, segments, chunks)
	VALUES (p.dataset, p.seq, p.id, p.published, manifest, sha256(manifest),
	    minisig,
	    substring(counts FROM 'added=([0-9]+)')::int,
	    substring(counts FROM 'revised=([0-9]+)')::int,
	    substring(counts FROM 'retracted=([0-9]+)')::int,
	    round(sluice.manifest_field(words, 'duration_s')::numeric * 1000),
	    sluice.manifest_field(words, 'content_bytes')::bigint,
	    sluice.manifest_field(words, 'pack_bytes')::bigint,
	    jsonb_array_length(index -> 'segments'),
	    jsonb_array_length(index -> 'chunks'));
	PERFORM sluice.seal_objects(p, manifest, minisig, objects);
END
$$;

-- The charge walks segments by ordinal and takes an episode once while its
-- number lasts; what is sent is found by adding chunk sizes up.  So segments are
-- sorted by number and layer, and their chunks lie end to end.
CREATE FUNCTION sluice.seal_check_places(p sluice.publication)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	bad int;
BEGIN
	SELECT min(x.ordinal) INTO bad
	FROM (
		SELECT s.ordinal,
		    s.chunk_first <> COALESCE(lag(s.chunk_first +
			cardinality(s.chunk_sizes)) OVER walk, 0) OR
		    0 >= ANY (s.chunk_sizes) OR s.duration_ms < 0 OR
		    (s.number, s.layer COLLATE "C") <= (lag(s.number) OVER walk,
			lag(s.layer COLLATE "C") OVER walk) AS is_bad
		FROM sluice.segment AS s
		WHERE s.dataset = p.dataset AND s.seq = p.seq
		WINDOW walk AS (ORDER BY s.ordinal)) AS x
	WHERE x.is_bad;
	IF bad IS NOT NULL THEN
		PERFORM sluice.bad_batch('segment ' || bad ||
		    ' is not where or what the one before it makes it');
	END IF;
END
$$;

-- Sums of the rows against the manifest.
CREATE FUNCTION sluice.seal_check_sums(p sluice.publication) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	b sluice.batch;
	pack_end bigint;
	content bigint;
	packed bigint;
BEGIN
	SELECT * INTO b FROM sluice.batch
	WHERE dataset = p.dataset AND seq = p.seq;
	SELECT COALESCE(max(s.pack_offset + s.stored_bytes), 0),
	    COALESCE(sum(s.content_bytes), 0)
	INTO pack_end, content FROM sluice.segment AS s
	WHERE s.dataset = p.dataset AND s.seq = p.seq;
	SELECT o.bytes INTO packed FROM sluice.batch_object AS o
	WHERE o.dataset = p.dataset AND o.seq = p.seq AND
	    o.name = 'pack.tar.zst';
	IF packed <> b.pack_bytes OR pack_end >= b.pack_bytes THEN
		PERFORM sluice.bad_batch('the pack is not as long as was said');
	END IF;
	IF content <> b.content_bytes THEN
		PERFORM sluice.bad_batch('content_bytes is not the sum of the files');
	END IF;
	IF (SELECT count(*) FILTER (WHERE n.op = 'add' AND n.number > 0) <>
		b.added OR
	    count(*) FILTER (WHERE n.op = 'revise' AND n.number > 0) <>
		b.revised OR
	    count(*) FILTER (WHERE n.op = 'retract') <> b.retracted
	    FROM sluice.episode_entry AS n
	    WHERE n.dataset = p.dataset AND n.seq = p.seq) IS NOT FALSE THEN
		PERFORM sluice.bad_batch('the manifest counts other episodes');
	END IF;
END
$$;

CREATE FUNCTION sluice.publication_seal(in_id uuid, in_manifest bytea,
    in_minisig bytea, in_index text, in_identities jsonb, in_objects jsonb,
    in_release jsonb DEFAULT NULL)
RETURNS sluice.publication_state
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p sluice.publication := sluice.my_publication(in_id);
	d sluice.dataset;
	index jsonb;
	message text;
BEGIN
	IF p.state IN ('sealed', 'logged', 'visible') THEN
		IF NOT EXISTS (
			SELECT FROM sluice.batch AS b WHERE b.publication = p.id AND
			    b.manifest = in_manifest AND b.minisig = in_minisig) THEN
			RAISE EXCEPTION 'publication_sealed: publication % is sealed with '
			    'other bytes', in_id USING ERRCODE = 'SLCON';
		END IF;
		RETURN sluice.publication_describe(p, true);
	END IF;
	IF p.state <> 'signed' THEN
		RAISE EXCEPTION 'publication_not_signed: publication % is %',
		    in_id, p.state USING ERRCODE = 'SLSTA';
	END IF;
	SELECT * INTO d FROM sluice.dataset WHERE id = p.dataset;
	BEGIN
		PERFORM sluice.seal_check_manifest(p,
		    convert_from(in_manifest, 'UTF8'),
		    convert_to(in_index, 'UTF8'), d.name);
		PERFORM sluice.seal_check_key(d.publisher, in_minisig);
		index := in_index;
		IF index ->> 'dataset' <> d.name OR
		    (index ->> 'seq')::int <> p.seq THEN
			PERFORM sluice.bad_batch('the index is for another batch');
		END IF;
		PERFORM sluice.seal_batch(p, in_manifest, in_minisig, index,
		    in_objects);
		PERFORM sluice.seal_entries(p, index -> 'episodes', in_identities);
		PERFORM sluice.seal_segments(p, index);
		-- A large batch changes what the planner has to know at once.
		IF jsonb_array_length(index -> 'segments') >= 500 THEN
			ANALYZE sluice.segment, sluice.episode_entry;
		END IF;
		PERFORM sluice.seal_check_entries(p);
		PERFORM sluice.seal_check_layers(p);
		PERFORM sluice.seal_check_places(p);
		PERFORM sluice.seal_check_sums(p);
		PERFORM sluice.release_check(in_release, (
			SELECT b.retracted FROM sluice.batch AS b
			WHERE b.publication = p.id));
	EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
		PERFORM sluice.bad_batch(message);
	END;
	UPDATE sluice.publication
	SET state = 'sealed', changed = clock_timestamp(),
	    release = NULLIF(in_release, '{}')
	WHERE id = in_id RETURNING * INTO p;
	RETURN sluice.publication_describe(p, true);
END
$$;
