-- Early access: a batch may reach each class of licences at a time of its own.
--
-- batch_release (0001) has a row per class that a batch is held back for; "*"
-- stands for every class that has no row of that batch.  A class never gets a
-- batch before the one that it follows.

-- {"research":"2026-11-21T01:15:00Z"}
CREATE FUNCTION sluice.release_check(release jsonb, retracted bigint)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF release IS NULL OR release = '{}' THEN
		RETURN;
	END IF;
	IF jsonb_typeof(release) <> 'object' OR EXISTS (
		SELECT FROM jsonb_object_keys(release) AS k
		WHERE k !~ '^[a-z0-9][a-z0-9._-]{0,63}$') THEN
		PERFORM sluice.bad_terms('bad_release', 'a release names classes of '
		    'licences');
	END IF;
	PERFORM sluice.terms_time(r.value, 'the time of class ' || r.key,
	    'bad_release') FROM jsonb_each(release) AS r;
	IF retracted > 0 THEN
		RAISE EXCEPTION 'release_retracts: a batch that retracts episodes '
		    'reaches everybody at once' USING ERRCODE = 'SLINV';
	END IF;
END
$$;

-- When class `in_class` gets what came before batch `before`; NULL: it has it.
CREATE FUNCTION sluice.release_pending(in_dataset bigint, before int,
    in_class text)
RETURNS timestamptz
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT max(r.at) FROM sluice.batch_release AS r
	WHERE r.dataset = in_dataset AND r.seq < before AND
	    r.released IS NULL AND r.class = sluice.release_class(r.dataset,
		r.seq, in_class);
END;

-- Tell those for whom this row is the release.
CREATE FUNCTION sluice.release_tell(r sluice.batch_release) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	new_id bigint;
BEGIN
	new_id := sluice.event_add('batch', r.dataset, NULL, (
		SELECT sluice.batch_event(b, d.name) FROM sluice.batch AS b
		JOIN sluice.dataset AS d ON d.id = b.dataset
		WHERE b.dataset = r.dataset AND b.seq = r.seq));
	UPDATE sluice.event AS e SET audience = CASE r.class
	    WHEN '*' THEN jsonb_build_object('except', (
		SELECT COALESCE(jsonb_agg(o.class ORDER BY o.class), '[]')
		FROM sluice.batch_release AS o WHERE o.dataset = r.dataset AND
		    o.seq = r.seq AND o.class <> '*'))
	    ELSE jsonb_build_object('class', r.class) END
	WHERE e.id = new_id;
END
$$;

-- A batch becomes visible, its dataset's row is locked: hold it back from
-- classes whose time has not come, and tell the others.
CREATE FUNCTION sluice.release_batch(b sluice.batch, release jsonb,
    dataset_name text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	classes text[];
	now_ timestamptz := clock_timestamp();
BEGIN
	SELECT array_agg(DISTINCT c.class ORDER BY c.class) INTO classes
	FROM (
		SELECT jsonb_object_keys(COALESCE(release, '{}')) AS class
		UNION ALL
		SELECT o.class FROM sluice.batch_release AS r
		JOIN sluice.batch_release AS o
		    ON o.dataset = r.dataset AND o.seq = r.seq
		WHERE r.dataset = b.dataset AND r.released IS NULL) AS c;
	IF classes IS NULL THEN
		PERFORM sluice.event_add('batch', b.dataset, NULL,
		    sluice.batch_event(b, dataset_name));
		RETURN;
	END IF;
	-- release_pending() looks at earlier batches only.
	INSERT INTO sluice.batch_release (dataset, seq, class, at)
	SELECT b.dataset, b.seq, c.class, GREATEST(
	    COALESCE((release ->> c.class)::timestamptz,
		(SELECT max(x.value::timestamptz) FROM jsonb_each_text(release) AS x),
		now_),
	    sluice.release_pending(b.dataset, b.seq, c.class))
	FROM unnest(classes || CASE WHEN '*' = ANY (classes) THEN '{}'::text[]
	    ELSE '{*}' END) AS c (class);
	PERFORM sluice.release_due(b.dataset, now_);
END
$$;

-- Release what is due, in order of batches; a released class stays released,
-- whatever the clock does.
CREATE FUNCTION sluice.release_due(in_dataset bigint, now_ timestamptz)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r sluice.batch_release;
BEGIN
	FOR r IN
		SELECT * FROM sluice.batch_release AS x
		WHERE x.dataset = in_dataset AND x.released IS NULL AND x.at <= now_
		ORDER BY x.seq, x.class
	LOOP
		UPDATE sluice.batch_release AS x SET released = clock_timestamp()
		WHERE x.dataset = r.dataset AND x.seq = r.seq AND x.class = r.class;
		PERFORM sluice.release_tell(r);
	END LOOP;
	UPDATE sluice.dataset AS d SET early_seq = (
	    SELECT min(x.seq) FROM sluice.batch_release AS x
	    WHERE x.dataset = d.id AND x.released IS NULL)
	WHERE d.id = in_dataset;
END
$$;

-- Every worker calls this once a second; the first to find something tells it.
CREATE FUNCTION sluice.tick() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	due bigint;
BEGIN
	FOR due IN
		SELECT DISTINCT r.dataset FROM sluice.batch_release AS r
		WHERE r.released IS NULL AND r.at <= clock_timestamp() ORDER BY 1
	LOOP
		PERFORM FROM sluice.dataset AS d WHERE d.id = due FOR UPDATE SKIP LOCKED;
		IF FOUND THEN
			PERFORM sluice.release_due(due, clock_timestamp());
			PERFORM sluice.show_totals(due);
		END IF;
	END LOOP;
END
$$;

CREATE FUNCTION sluice.release_list(in_dataset text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d bigint := sluice.dataset_id(in_dataset);
BEGIN
	RETURN (
		SELECT COALESCE(jsonb_agg(jsonb_build_object('name', x.name,
		    'dataset', x.name, 'seq', r.seq, 'class', r.class,
		    'at', sluice.words(r.at)) ORDER BY x.name, r.seq, r.at, r.class),
		    '[]')
		FROM sluice.batch_release AS r
		JOIN sluice.dataset AS x ON x.id = r.dataset
		WHERE r.released IS NULL AND (d IS NULL OR x.id = d));
END
$$;
