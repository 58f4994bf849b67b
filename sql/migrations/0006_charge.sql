-- The charge: what a licence acquires is recorded before it is sent.

CREATE FUNCTION sluice.ledger_text(licence uuid, number bigint,
    at timestamptz, licence_version int, dataset text, seq int,
    ordinals int4multirange, numbers int4multirange, episodes bigint,
    duration_ms bigint, bytes bigint, purpose text)
RETURNS text
LANGUAGE sql STABLE
RETURN concat_ws(E'\n', 'sluice-ledger/v1', licence, number,
    to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    licence_version, dataset, seq, ordinals, numbers, episodes, duration_ms,
    bytes, purpose, '');

-- Why a licence may not serve now, or NULL.
CREATE FUNCTION sluice.licence_trouble(l sluice.licence) RETURNS text
LANGUAGE sql VOLATILE
RETURN CASE
	WHEN l.status <> 'active' THEN 'licence_' || l.status
	WHEN clock_timestamp() < l.valid_from THEN 'licence_not_yet_valid'
	WHEN clock_timestamp() >= l.valid_until THEN 'licence_expired'
END;

-- Walk the segments asked for, in order, and add up what is new, until one may
-- not be sent: then `code` says why, and `cut` is its ordinal.
CREATE FUNCTION sluice.charge_walk(l sluice.licence, t sluice.licence_total,
    in_seq int, in_ordinals int4multirange, held int4multirange,
    held_numbers int4multirange,
    OUT code text, OUT cut int, OUT free_until int,
    OUT numbers int4multirange, OUT episodes bigint, OUT duration_ms bigint,
    OUT bytes bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s record;
	spans int4range[] := '{}';
	run_first int;
	run_last int;
	wanted bigint := sluice.size_of(in_ordinals);
BEGIN
	free_until := -1;
	episodes := 0;
	duration_ms := 0;
	bytes := 0;
	FOR s IN
		SELECT g.ordinal, g.number, g.content_bytes, g.duration_ms, g.blocked
		FROM unnest(in_ordinals) AS want (span)
		JOIN sluice.segment AS g ON g.dataset = l.dataset AND
		    g.seq = in_seq AND g.ordinal >= lower(want.span) AND
		    g.ordinal < upper(want.span)
		ORDER BY g.ordinal
	LOOP
		wanted := wanted - 1;
		cut := s.ordinal;
		IF s.blocked IS NOT NULL THEN
			code := s.blocked;
			EXIT;
		END IF;
		IF s.number = 0 THEN
			free_until := s.ordinal;
			CONTINUE;
		END IF;
		CONTINUE WHEN held @> s.ordinal;
		IF s.number IS DISTINCT FROM run_last AND
		    NOT held_numbers @> s.number THEN
			IF t.used_episodes + episodes >= l.quota_episodes THEN
				code := 'quota_episodes';
				EXIT;
			END IF;
			IF t.used_duration_ms + duration_ms + s.duration_ms >
			    l.quota_duration_ms THEN
				code := 'quota_hours';
				EXIT;
			END IF;
			IF t.used_bytes + bytes + s.content_bytes > l.quota_bytes THEN
				code := 'quota_bytes';
				EXIT;
			END IF;
			episodes := episodes + 1;
			duration_ms := duration_ms + s.duration_ms;
			IF s.number = run_last + 1 THEN
				run_last := s.number;
			ELSE
				spans := spans || int4range(run_first, run_last, '[]');
				run_first := s.number;
				run_last := s.number;
			END IF;
		ELSIF t.used_bytes + bytes + s.content_bytes > l.quota_bytes THEN
			code := 'quota_bytes';
			EXIT;
		END IF;
		bytes := bytes + s.content_bytes;
	END LOOP;
	IF code IS NULL THEN
		IF wanted <> 0 THEN
			RAISE EXCEPTION 'segment_not_found: batch % has no such segments',
			    in_seq USING ERRCODE = 'SLNFD';
		END IF;
		cut := 2147483647;
	END IF;
	numbers := CASE WHEN run_first IS NULL THEN '{}'::int4multirange
		ELSE int4multirange(VARIADIC
		    spans[2:] || int4range(run_first, run_last, '[]')) END;
END
$$;

-- Append to the ledger, move the totals, remember what is held now.
CREATE FUNCTION sluice.charge_write(l sluice.licence, t sluice.licence_total,
    dataset_name text, in_seq int, ordinals int4multirange,
    numbers int4multirange, episodes bigint, duration_ms bigint, bytes bigint,
    purpose text)
RETURNS bytea
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	now_ timestamptz := clock_timestamp();
	new_head bytea;
BEGIN
	new_head := sha256(t.ledger_head || convert_to(sluice.ledger_text(l.id,
	    t.ledger_number + 1, now_, l.version, dataset_name, in_seq, ordinals,
	    numbers, episodes, duration_ms, bytes, purpose), 'UTF8'));
	INSERT INTO sluice.ledger (licence, number, at, licence_version, dataset,
	    seq, ordinals, numbers, episodes, duration_ms, bytes, purpose,
	    previous, hash)
	VALUES (l.id, t.ledger_number + 1, now_, l.version, l.dataset, in_seq,
	    ordinals, numbers, episodes, duration_ms, bytes, purpose,
	    t.ledger_head, new_head);
	UPDATE sluice.licence_total AS u SET
	    used_episodes = u.used_episodes + charge_write.episodes,
	    used_duration_ms = u.used_duration_ms + charge_write.duration_ms,
	    used_bytes = u.used_bytes + charge_write.bytes,
	    ledger_number = t.ledger_number + 1, ledger_head = new_head
	WHERE u.licence = l.id;
	INSERT INTO sluice.held_segments AS h (licence, dataset, seq, ordinals)
	VALUES (l.id, l.dataset, in_seq, charge_write.ordinals)
	ON CONFLICT (licence, dataset, seq) DO UPDATE
	SET ordinals = h.ordinals + EXCLUDED.ordinals;
	IF NOT isempty(charge_write.numbers) THEN
		INSERT INTO sluice.held_episodes AS h (licence, dataset, numbers)
		VALUES (l.id, l.dataset, charge_write.numbers)
		ON CONFLICT (licence, dataset) DO UPDATE
		SET numbers = h.numbers + EXCLUDED.numbers;
	END IF;
	RETURN new_head;
END
$$;

-- See sql/README.md.  The order of the locks is agreement, licence; they are
-- held until the commit that every byte waits for.
CREATE FUNCTION sluice.charge(in_licence uuid, in_version int,
    in_dataset bigint, in_seq int, in_ordinals int4multirange,
    in_purpose text,
    OUT outcome text, OUT code text, OUT covered int4multirange,
    OUT charged_episodes bigint, OUT charged_duration_ms bigint,
    OUT charged_bytes bigint, OUT used_episodes bigint,
    OUT used_duration_ms bigint, OUT used_bytes bigint,
    OUT ledger_number bigint, OUT ledger_head bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence;
	t sluice.licence_total;
	walk record;
	agreement_id uuid;
	now_ record;
	new_ordinals int4multirange;
BEGIN
	covered := '{}';
	charged_episodes := 0;
	charged_duration_ms := 0;
	charged_bytes := 0;
	SELECT x.agreement INTO agreement_id FROM sluice.licence AS x
	WHERE x.id = in_licence;
	IF agreement_id IS NOT NULL THEN
		PERFORM FROM sluice.agreement AS a WHERE a.id = agreement_id FOR UPDATE;
	END IF;
	SELECT * INTO l FROM sluice.licence AS x
	WHERE x.id = in_licence FOR UPDATE;
	IF l.id IS NULL OR l.dataset <> in_dataset THEN
		RAISE EXCEPTION 'licence_not_found: no such licence on this dataset'
		    USING ERRCODE = 'SLNFD';
	END IF;
	-- After the lock, in one statement: what no other charge can change now.
	SELECT d.name AS dataset_name, u AS total,
	    COALESCE(h.ordinals * in_ordinals, '{}') AS held,
	    COALESCE(e.numbers + '{}'::int4multirange, '{}') AS held_numbers
	INTO now_
	FROM sluice.dataset AS d
	JOIN sluice.licence_total AS u ON u.licence = in_licence
	LEFT JOIN sluice.held_segments AS h ON h.licence = in_licence AND
	    h.dataset = in_dataset AND h.seq = in_seq
	LEFT JOIN sluice.held_episodes AS e ON e.licence = in_licence AND
	    e.dataset = in_dataset
	WHERE d.id = in_dataset AND d.seq >= in_seq;
	IF now_.dataset_name IS NULL THEN
		RAISE EXCEPTION 'segment_not_found: batch % is not visible', in_seq
		    USING ERRCODE = 'SLNFD';
	END IF;
	t := now_.total;
	used_episodes := t.used_episodes;
	used_duration_ms := t.used_duration_ms;
	used_bytes := t.used_bytes;
	ledger_number := t.ledger_number;
	ledger_head := t.ledger_head;

	code := sluice.licence_trouble(l);
	IF code IS NOT NULL THEN
		outcome := 'refused';
		RETURN;
	END IF;
	IF l.version <> in_version THEN
		outcome := 'stale';
		code := 'stale';
		RETURN;
	END IF;

	walk := sluice.charge_walk(l, t, in_seq, in_ordinals, now_.held,
	    now_.held_numbers);
	code := walk.code;
	covered := in_ordinals * int4multirange(int4range(0, walk.cut));
	IF isempty(covered) THEN
		outcome := 'refused';
		RETURN;
	END IF;
	new_ordinals := (covered - now_.held) *
	    int4multirange(int4range(walk.free_until + 1, NULL));
	IF isempty(new_ordinals) THEN
		outcome := 'held';
		RETURN;
	END IF;

	outcome := 'charged';
	charged_episodes := walk.episodes;
	charged_duration_ms := walk.duration_ms;
	charged_bytes := walk.bytes;
	ledger_head := sluice.charge_write(l, t, now_.dataset_name, in_seq,
	    new_ordinals, walk.numbers, walk.episodes, walk.duration_ms,
	    walk.bytes, COALESCE(in_purpose, ''));
	ledger_number := ledger_number + 1;
	used_episodes := used_episodes + charged_episodes;
	used_duration_ms := used_duration_ms + charged_duration_ms;
	used_bytes := used_bytes + charged_bytes;
END
$$;

-- What charges of these segments would add up to; quotas are not looked at.
-- wants: [[seq, "{[0,13)}"], …]
CREATE FUNCTION sluice.quote(in_licence uuid, in_dataset bigint, wants jsonb,
    OUT new_episodes bigint, OUT new_duration_ms bigint, OUT new_bytes bigint,
    OUT held_segments bigint, OUT held_episodes bigint,
    OUT held_duration_ms bigint, OUT held_bytes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	WITH want AS (
		SELECT (w ->> 0)::int AS seq, (w ->> 1)::int4multirange AS ordinals
		FROM jsonb_array_elements(wants) AS w
	), found AS (
		SELECT g.number, g.duration_ms, g.content_bytes,
		    COALESCE(h.ordinals @> g.ordinal, false) AS is_held
		FROM want AS w
		CROSS JOIN LATERAL unnest(w.ordinals) AS s (span)
		JOIN sluice.segment AS g ON g.dataset = in_dataset AND
		    g.seq = w.seq AND g.ordinal >= lower(s.span) AND
		    g.ordinal < upper(s.span)
		LEFT JOIN sluice.held_segments AS h ON h.licence = in_licence AND
		    h.dataset = in_dataset AND h.seq = w.seq
		WHERE g.number > 0 AND g.blocked IS NULL
	), numbers AS (
		SELECT f.number, max(f.duration_ms) AS duration_ms,
		    COALESCE(max(e.numbers::text)::int4multirange @> f.number, false)
			AS is_held
		FROM found AS f
		LEFT JOIN sluice.held_episodes AS e ON e.licence = in_licence AND
		    e.dataset = in_dataset
		GROUP BY f.number
	)
	SELECT n.new_count, n.new_ms, f.new_bytes, f.held_count, n.held_count,
	    n.held_ms, f.held_bytes
	FROM (
		SELECT count(*) FILTER (WHERE NOT is_held) AS new_count,
		    COALESCE(sum(duration_ms) FILTER (WHERE NOT is_held), 0)::bigint
			AS new_ms,
		    count(*) FILTER (WHERE is_held) AS held_count,
		    COALESCE(sum(duration_ms) FILTER (WHERE is_held), 0)::bigint
			AS held_ms
		FROM numbers) AS n
	CROSS JOIN (
		SELECT COALESCE(sum(content_bytes) FILTER (WHERE NOT is_held), 0)::bigint
			AS new_bytes,
		    count(*) FILTER (WHERE is_held) AS held_count,
		    COALESCE(sum(content_bytes) FILTER (WHERE is_held), 0)::bigint
			AS held_bytes
		FROM found) AS f
$$;
