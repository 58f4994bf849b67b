-- What the catalog shows.  in_customer is NULL for callers without a token.

-- The pages go by (rank, name); a cursor is "rank name" of the last row.
CREATE FUNCTION sluice.catalog(in_customer uuid, in_text text, in_kind text,
    in_where text, in_cursor text, in_limit int)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	is_search boolean := COALESCE(btrim(in_text), '') <> '';
	words tsquery := CASE WHEN is_search THEN
	    websearch_to_tsquery('english', in_text) ||
	    websearch_to_tsquery('simple', in_text) END;
	page_size int := LEAST(GREATEST(COALESCE(NULLIF(in_limit, 0), 50), 1), 200);
	after_rank numeric;
	after_name text := '';
	answer jsonb;
BEGIN
	IF in_cursor IS NOT NULL THEN
		IF in_cursor !~ '^[0-9]\.[0-9]{6}~[a-z0-9][a-z0-9-]{1,62}$' THEN
			RAISE EXCEPTION 'bad_cursor: this is no cursor of the catalog'
			    USING ERRCODE = 'SLINV';
		END IF;
		after_rank := split_part(in_cursor, '~', 1)::numeric;
		after_name := split_part(in_cursor, '~', 2);
	END IF;
	WITH matched AS MATERIALIZED (
		SELECT d, d.id, d.name, CASE WHEN is_search
		    THEN LEAST(round(ts_rank(d.search, words)::numeric, 6), 9)
		    ELSE 0.000000 END AS rank
		FROM sluice.dataset AS d
		WHERE (NOT is_search OR d.search @@ words) AND
		    (in_kind IS NULL OR d.kind = in_kind) AND
		    sluice.can_see(in_customer, d.id, d.visibility) AND
		    NOT EXISTS (
			SELECT FROM sluice.where_parts(in_where) AS part
			WHERE NOT EXISTS (
				SELECT FROM sluice.dataset_facet AS f
				WHERE f.dataset = d.id AND f.key = part.key AND
				    f.value = ANY (part.choices)))
	), page AS (
		SELECT * FROM matched AS m
		WHERE after_rank IS NULL OR m.rank < after_rank OR
		    (m.rank = after_rank AND m.name > after_name)
		ORDER BY m.rank DESC, m.name LIMIT page_size + 1
	), numbered AS (
		SELECT *, row_number() OVER (ORDER BY rank DESC, name) AS place
		FROM page
	)
	SELECT jsonb_build_object(
	    'datasets', (SELECT COALESCE(jsonb_agg(
		sluice.dataset_json(n.d, in_customer) ORDER BY n.place), '[]')
		FROM numbered AS n WHERE n.place <= page_size),
	    'facets', (SELECT COALESCE(jsonb_object_agg(k.key, k.choices), '{}')
		FROM (
			SELECT v.key, jsonb_agg(jsonb_build_object('value', v.value,
			    'count', v.episodes, 'datasets', v.datasets)
			    ORDER BY v.episodes DESC, v.value) AS choices
			FROM (
				SELECT f.key, f.value, sum(f.episodes) AS episodes,
				    count(*) AS datasets,
				    row_number() OVER (PARTITION BY f.key
					ORDER BY sum(f.episodes) DESC, f.value) AS place
				FROM sluice.dataset_facet AS f
				JOIN matched AS m ON m.id = f.dataset
				GROUP BY f.key, f.value) AS v
			WHERE v.place <= 100
			GROUP BY v.key
			UNION ALL
			SELECT 'kind', jsonb_agg(jsonb_build_object('value', v.kind,
			    'count', v.episodes, 'datasets', v.datasets)
			    ORDER BY v.kind)
			FROM (
				SELECT (m.d).kind, sum((m.d).episodes) AS episodes,
				    count(*) AS datasets
				FROM matched AS m GROUP BY 1) AS v
			HAVING count(*) > 0) AS k),
	    'total', (SELECT count(*) FROM matched),
	    'next', (SELECT to_char(n.rank, 'FM0.000000') || '~' || n.name
		FROM numbered AS n WHERE n.place = page_size AND
		    EXISTS (SELECT FROM numbered WHERE place > page_size)))
	INTO answer;
	RETURN answer;
END
$$;

-- What a delivery needs first.
CREATE FUNCTION sluice.dataset_find(in_customer uuid, in_name text,
    OUT id bigint, OUT kind text, OUT visibility text, OUT seq bigint,
    OUT licensed boolean, OUT released_seq bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.visible_dataset(in_customer, in_name);
BEGIN
	id := d.id;
	kind := d.kind;
	visibility := d.visibility;
	seq := d.seq;
	licensed := sluice.is_licensed(in_customer, d.id);
	released_seq := d.standard_seq;
END
$$;

CREATE FUNCTION sluice.batches_page(in_dataset bigint, before int,
    page_size int)
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(sluice.batch_json(b) ORDER BY b.seq DESC), '[]')
	FROM sluice.batch AS b
	WHERE b.dataset = in_dataset AND b.visible_at IS NOT NULL AND
	    b.seq < before AND b.seq >= before - page_size;
END;

CREATE FUNCTION sluice.dataset_show(in_customer uuid, in_name text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.visible_dataset(in_customer, in_name);
BEGIN
	RETURN sluice.dataset_json(d, in_customer) || jsonb_build_object(
	    'description', d.description,
	    'facets', (SELECT COALESCE(jsonb_object_agg(k.key, k.choices), '{}')
		FROM (
			SELECT f.key, jsonb_agg(jsonb_build_object('value', f.value,
			    'count', f.episodes) ORDER BY f.episodes DESC, f.value)
			    AS choices
			FROM sluice.dataset_facet AS f WHERE f.dataset = d.id
			GROUP BY f.key) AS k),
	    'layers', (SELECT COALESCE(jsonb_agg(jsonb_build_object(
		'name', l.layer, 'episodes', l.episodes,
		'content_bytes', l.content_bytes) ORDER BY l.layer), '[]')
		FROM sluice.dataset_layer AS l WHERE l.dataset = d.id),
	    'notices', sluice.notices(d.id),
	    'release', sluice.release_next(d.id, 'standard'),
	    'batches', sluice.batches_page(d.id, d.standard_seq + 1, 50),
	    'log', sluice.log_json(d.id),
	    'keys', (SELECT COALESCE(jsonb_agg(k.public_key ORDER BY k.created),
		'[]') FROM sluice.publisher_key AS k
		WHERE k.publisher = d.publisher AND k.status = 'active'),
	    'access', jsonb_build_object(
		'licensed', sluice.is_licensed(in_customer, d.id),
		'episodes', d.visibility = 'public' OR
		    sluice.is_licensed(in_customer, d.id),
		'licences', (SELECT COALESCE(jsonb_agg(sluice.licence_json(l)
		    ORDER BY l.created), '[]') FROM sluice.licence AS l
		    WHERE l.customer = in_customer AND l.dataset = d.id)));
END
$$;

-- A cursor is the last number of the page before.
CREATE FUNCTION sluice.dataset_episodes(in_customer uuid, in_name text,
    in_where text, in_cursor text, in_limit int)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.visible_dataset(in_customer, in_name);
	page_size int := LEAST(GREATEST(COALESCE(NULLIF(in_limit, 0), 50), 1), 200);
	answer jsonb;
BEGIN
	IF d.visibility <> 'public' AND
	    NOT sluice.is_licensed(in_customer, d.id) THEN
		RAISE EXCEPTION 'not_licensed: the episodes of % are shown to its '
		    'licensees', in_name USING ERRCODE = 'SLDEN';
	END IF;
	IF in_cursor IS NOT NULL AND in_cursor !~ '^[0-9]{1,9}$' THEN
		RAISE EXCEPTION 'bad_cursor: this is no cursor of the episodes'
		    USING ERRCODE = 'SLINV';
	END IF;
	WITH page AS (
		SELECT e.* FROM (
			SELECT * FROM sluice.episode AS x
			WHERE x.dataset = d.id AND x.retracted_seq IS NULL AND
			    d.standard_seq = d.seq
			UNION ALL
			SELECT * FROM sluice.episodes_as_of(d.id, d.standard_seq)
			WHERE d.standard_seq < d.seq) AS e
		WHERE e.number > COALESCE(in_cursor::int, 0) AND
		    sluice.where_matches(e.facets, in_where)
		ORDER BY e.number LIMIT page_size + 1
	), numbered AS (
		SELECT p.*, row_number() OVER (ORDER BY p.number) AS place
		FROM page AS p
	)
	SELECT jsonb_build_object(
	    'episodes', COALESCE(jsonb_agg(jsonb_build_object('id', n.id,
		'number', n.number, 'revision', n.revision,
		'first_seq', n.first_seq, 'seq', n.last_seq,
		'facets', n.facets - 'duration_ms',
		'duration_s', sluice.seconds(n.duration_ms),
		'content_bytes', n.content_bytes,
		'layers', (SELECT COALESCE(jsonb_agg(k ORDER BY k), '[]')
		    FROM jsonb_object_keys(n.layers) AS k)) ORDER BY n.number)
		FILTER (WHERE n.place <= page_size), '[]'),
	    'next', CASE WHEN count(*) > page_size THEN
		(max(n.number) FILTER (WHERE n.place = page_size))::text END)
	INTO answer FROM numbered AS n;
	RETURN answer;
END
$$;

-- Newest first; a cursor is the last seq of the page before.
CREATE FUNCTION sluice.dataset_batches(in_customer uuid, in_name text,
    in_cursor text, in_limit int)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.visible_dataset(in_customer, in_name);
	page_size int := LEAST(GREATEST(COALESCE(NULLIF(in_limit, 0), 50), 1), 200);
	before int := d.standard_seq + 1;
BEGIN
	IF in_cursor IS NOT NULL THEN
		IF in_cursor !~ '^[0-9]{1,9}$' THEN
			RAISE EXCEPTION 'bad_cursor: this is no cursor of the batches'
			    USING ERRCODE = 'SLINV';
		END IF;
		before := LEAST(before, in_cursor::int);
	END IF;
	RETURN jsonb_build_object(
	    'batches', sluice.batches_page(d.id, before, page_size),
	    'next', CASE WHEN before - page_size > 1
		THEN (before - page_size)::text END);
END
$$;
