-- The charge: what a licence acquires is recorded before it is sent.  Each way
-- out has a name, `case:`, and a test of that name in tests/sql.
--
-- What charge() calls runs under the search path that it sets; to set it again
-- for each would cost a tenth of a charge.

CREATE FUNCTION sluice.ledger_text(g sluice.ledger, dataset_name text)
RETURNS text
LANGUAGE sql STABLE
RETURN concat_ws(E'\n', 'sluice-ledger/v1', g.licence, g.number,
    to_char(g.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    g.kind, g.licence_version, dataset_name, g.seq, g.ordinals, g.numbers,
    g.episodes, g.duration_ms, g.bytes, g.purpose, COALESCE(g.currency, '-'),
    COALESCE(g.price, '-'), g.amount_micro, g.reference, g.reason, '');

-- Why a licence under this agreement (all NULL: none) may not serve now, or
-- NULL.  In the time of grace it serves what it holds.
CREATE FUNCTION sluice.licence_refusal(l sluice.licence, a sluice.agreement)
RETURNS text
LANGUAGE sql VOLATILE
RETURN CASE
	WHEN l.status = 'revoked' THEN 'licence_revoked' -- case: revoked
	WHEN l.status = 'suspended' THEN 'licence_suspended' -- case: suspended
	WHEN clock_timestamp() < l.valid_from
	    THEN 'licence_not_yet_valid' -- case: not_yet_valid
	WHEN clock_timestamp() >= l.grace_until
	    THEN 'licence_expired' -- case: expired
	WHEN l.text_required AND l.accepted_sha256 IS DISTINCT FROM l.text_sha256
	    THEN 'terms_not_accepted' -- case: not_accepted
	WHEN a.status <> 'active'
	    THEN 'agreement_not_active' -- case: agreement_status
	WHEN clock_timestamp() < a.valid_from OR clock_timestamp() >= a.valid_until
	    THEN 'agreement_not_active' -- case: agreement_term
END;

CREATE FUNCTION sluice.licence_trouble(l sluice.licence) RETURNS text
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT sluice.licence_refusal(l, a)
	FROM (VALUES (true)) AS one
	LEFT JOIN sluice.agreement AS a ON a.id = l.agreement;
END;

-- ---- the ledger ----

CREATE FUNCTION sluice.month_of(at timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE STRICT
RETURN date_trunc('month', at AT TIME ZONE 'UTC')::date;

-- The totals at the time of the next row: never before the last row's, and the
-- month's figures are of its month.
CREATE FUNCTION sluice.total_at(t sluice.licence_total, at timestamptz)
RETURNS sluice.licence_total
LANGUAGE plpgsql AS $$
DECLARE
	this_month date;
BEGIN
	t.last_at := GREATEST(t.last_at, at);
	this_month := sluice.month_of(t.last_at);
	IF t.month <> this_month THEN
		t.month := this_month;
		t.month_episodes := 0;
		t.month_duration_ms := 0;
		t.month_bytes := 0;
		t.month_amount_micro := 0;
		t.priced_episodes := 0;
		t.priced_duration_ms := 0;
	END IF;
	RETURN t; -- case: new_month
END
$$;

-- What the licence's quota counts: all, or the running month.
CREATE FUNCTION sluice.used_window(l sluice.licence, t sluice.licence_total,
    OUT episodes bigint, OUT duration_ms bigint, OUT bytes bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT CASE WHEN l.quota_per = 'total' THEN t.used_episodes
		WHEN w.is_current THEN t.month_episodes ELSE 0 END,
	    CASE WHEN l.quota_per = 'total' THEN t.used_duration_ms
		WHEN w.is_current THEN t.month_duration_ms ELSE 0 END,
	    CASE WHEN l.quota_per = 'total' THEN t.used_bytes
		WHEN w.is_current THEN t.month_bytes ELSE 0 END
	FROM (VALUES (t.month >= sluice.month_of(clock_timestamp())))
	    AS w (is_current);
END;

-- Append a row at the time of `t`, and move the totals.
CREATE FUNCTION sluice.ledger_append(g sluice.ledger,
    t sluice.licence_total, in_agreement uuid, dataset_name text)
RETURNS sluice.licence_total
LANGUAGE plpgsql AS $$
BEGIN
	g.number := t.ledger_number + 1;
	g.at := t.last_at;
	g.previous := t.ledger_head;
	g.hash := sha256(g.previous || convert_to(
	    sluice.ledger_text(g, dataset_name), 'UTF8'));
	INSERT INTO sluice.ledger VALUES (g.*);
	IF g.kind = 'charge' THEN
		t.priced_episodes := t.priced_episodes + g.episodes;
		t.priced_duration_ms := t.priced_duration_ms + g.duration_ms;
	END IF;
	UPDATE sluice.licence_total AS u SET
	    used_episodes = t.used_episodes + g.episodes,
	    used_duration_ms = t.used_duration_ms + g.duration_ms,
	    used_bytes = t.used_bytes + g.bytes,
	    amount_micro = t.amount_micro + g.amount_micro,
	    month = t.month,
	    month_episodes = t.month_episodes + g.episodes,
	    month_duration_ms = t.month_duration_ms + g.duration_ms,
	    month_bytes = t.month_bytes + g.bytes,
	    month_amount_micro = t.month_amount_micro + g.amount_micro,
	    priced_episodes = t.priced_episodes,
	    priced_duration_ms = t.priced_duration_ms,
	    fee_month = t.fee_month, last_at = t.last_at,
	    ledger_number = g.number, ledger_head = g.hash
	WHERE u.licence = g.licence RETURNING u.* INTO t;
	IF in_agreement IS NOT NULL THEN
		UPDATE sluice.agreement_total AS u SET
		    used_episodes = u.used_episodes + g.episodes,
		    used_duration_ms = u.used_duration_ms + g.duration_ms,
		    used_bytes = u.used_bytes + g.bytes,
		    amount_micro = u.amount_micro + g.amount_micro
		WHERE u.agreement = in_agreement;
	END IF;
	RETURN t; -- case: agreement_counted
END
$$;

-- ---- the charge ----

-- Which limit a new segment would pass.
CREATE FUNCTION sluice.charge_limit(l sluice.licence, t sluice.licence_total,
    a sluice.agreement, u sluice.agreement_total, is_new boolean,
    episodes bigint, duration_ms bigint, bytes bigint, amount bigint)
RETURNS text
LANGUAGE sql STABLE
RETURN CASE
	WHEN clock_timestamp() >= l.valid_until
	    THEN 'licence_expired' -- case: grace_new
	WHEN is_new AND episodes + CASE l.quota_per WHEN 'month'
		THEN t.month_episodes ELSE t.used_episodes END > l.limit_episodes
	    THEN 'quota_episodes' -- case: quota_episodes
	WHEN is_new AND duration_ms + CASE l.quota_per WHEN 'month'
		THEN t.month_duration_ms ELSE t.used_duration_ms END >
		l.limit_duration_ms
	    THEN 'quota_hours' -- case: quota_hours
	WHEN bytes + CASE l.quota_per WHEN 'month'
		THEN t.month_bytes ELSE t.used_bytes END > l.limit_bytes
	    THEN 'quota_bytes' -- case: quota_bytes
	WHEN is_new AND u.used_episodes + episodes > a.ceiling_episodes
	    THEN 'ceiling_episodes' -- case: ceiling_episodes
	WHEN is_new AND u.used_duration_ms + duration_ms > a.ceiling_duration_ms
	    THEN 'ceiling_hours' -- case: ceiling_hours
	WHEN u.used_bytes + bytes > a.ceiling_bytes
	    THEN 'ceiling_bytes' -- case: ceiling_bytes
	WHEN u.amount_micro + amount > a.ceiling_money_micro
	    THEN 'ceiling_money' -- case: ceiling_money
END;

-- Walk the segments asked for, in order, and add up what is new, until one may
-- not be sent: then `code` says why, and `cut` is its ordinal.  `fees` are due
-- first.
CREATE FUNCTION sluice.charge_walk(l sluice.licence, t sluice.licence_total,
    a sluice.agreement, u sluice.agreement_total, fees bigint,
    in_seq int, in_ordinals int4multirange, held int4multirange,
    held_numbers int4multirange,
    OUT code text, OUT cut int, OUT free_until int,
    OUT numbers int4multirange, OUT episodes bigint, OUT duration_ms bigint,
    OUT bytes bigint, OUT amount bigint)
LANGUAGE plpgsql AS $$
DECLARE
	s record;
	spans int4range[] := '{}';
	run_first int;
	run_last int;
	is_new boolean;
	wanted bigint;
	price jsonb := l.price::jsonb;
	base bigint := sluice.price_amount(price, t.priced_episodes,
	    t.priced_duration_ms);
	next_amount bigint := 0;
	-- what quotas and ceilings leave; NULL: no limit
	room_episodes bigint := LEAST(a.ceiling_episodes - u.used_episodes,
	    l.limit_episodes - CASE l.quota_per WHEN 'month'
		THEN t.month_episodes ELSE t.used_episodes END);
	room_duration_ms bigint := LEAST(a.ceiling_duration_ms -
	    u.used_duration_ms, l.limit_duration_ms - CASE l.quota_per
		WHEN 'month' THEN t.month_duration_ms ELSE t.used_duration_ms END);
	room_bytes bigint := LEAST(a.ceiling_bytes - u.used_bytes,
	    l.limit_bytes - CASE l.quota_per WHEN 'month'
		THEN t.month_bytes ELSE t.used_bytes END);
	room_money bigint := CASE WHEN price IS NOT NULL
		THEN a.ceiling_money_micro - u.amount_micro - fees END;
BEGIN
	wanted := (SELECT sum(upper(span) - lower(span))
	    FROM unnest(in_ordinals) AS spans (span));
	free_until := -1;
	episodes := 0;
	duration_ms := 0;
	bytes := 0;
	amount := 0;
	IF clock_timestamp() >= l.valid_until THEN
		room_bytes := -1;
	END IF;
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
			code := s.blocked; -- case: blocked
			EXIT;
		END IF;
		IF s.number = 0 THEN
			free_until := s.ordinal;
			CONTINUE;
		END IF;
		CONTINUE WHEN held @> s.ordinal;
		is_new := s.number IS DISTINCT FROM run_last AND
		    NOT held_numbers @> s.number;
		IF is_new AND price IS NOT NULL THEN
			next_amount := sluice.price_amount(price,
			    t.priced_episodes + episodes + 1,
			    t.priced_duration_ms + duration_ms + s.duration_ms) - base;
		END IF;
		IF bytes + s.content_bytes > room_bytes OR
		    next_amount > room_money OR
		    is_new AND (episodes >= room_episodes OR
			duration_ms + s.duration_ms > room_duration_ms) THEN
			-- A clock that is set back meanwhile does not turn a cut into
			-- none.
			code := COALESCE(sluice.charge_limit(l, t, a, u, is_new,
			    episodes + 1, duration_ms + s.duration_ms,
			    bytes + s.content_bytes, next_amount + fees),
			    'licence_expired');
			EXIT;
		END IF;
		bytes := bytes + s.content_bytes;
		CONTINUE WHEN NOT is_new;
		episodes := episodes + 1;
		duration_ms := duration_ms + s.duration_ms;
		amount := next_amount;
		IF s.number = run_last + 1 THEN
			run_last := s.number;
		ELSE
			spans := spans || int4range(run_first, run_last, '[]');
			run_first := s.number;
			run_last := s.number;
		END IF;
	END LOOP;
	IF code IS NULL THEN
		IF wanted <> 0 THEN
			RAISE EXCEPTION 'segment_not_found: batch % has no such segments',
			    in_seq USING ERRCODE = 'SLNFD'; -- case: no_such_segment
		END IF;
		cut := 2147483647;
	END IF;
	numbers := CASE WHEN run_first IS NULL THEN '{}'::int4multirange
		ELSE int4multirange(VARIADIC
		    spans[2:] || int4range(run_first, run_last, '[]')) END;
END
$$;

-- Remember what is held now.
CREATE FUNCTION sluice.charge_hold(g sluice.ledger) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO sluice.held_segments AS h (licence, dataset, seq, ordinals)
	VALUES (g.licence, g.dataset, g.seq, g.ordinals)
	ON CONFLICT (licence, dataset, seq) DO UPDATE
	SET ordinals = h.ordinals + EXCLUDED.ordinals;
	IF NOT isempty(g.numbers) THEN
		INSERT INTO sluice.held_episodes AS h (licence, dataset, numbers)
		VALUES (g.licence, g.dataset, g.numbers)
		ON CONFLICT (licence, dataset) DO UPDATE
		SET numbers = h.numbers + EXCLUDED.numbers;
	END IF;
END
$$;

-- See sql/README.md.  The order of the locks is agreement, licence; they are
-- held until the commit that every byte waits for.
CREATE FUNCTION sluice.charge(in_licence uuid, in_version int,
    in_dataset bigint, in_seq int, in_ordinals int4multirange,
    in_purpose text, in_delivery uuid,
    OUT outcome text, OUT code text, OUT covered int4multirange,
    OUT charged_episodes bigint, OUT charged_duration_ms bigint,
    OUT charged_bytes bigint, OUT charged_amount_micro bigint,
    OUT used_episodes bigint, OUT used_duration_ms bigint,
    OUT used_bytes bigint, OUT ledger_number bigint, OUT ledger_head bytea)
-- The planner takes a set for a hundred spans, and would compile for them.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET jit = off AS $$
DECLARE
	l sluice.licence;
	t sluice.licence_total;
	before sluice.licence_total;
	a sluice.agreement;
	u sluice.agreement_total;
	g sluice.ledger;
	walk record;
	now_ record;
	fees bigint := 0;
	new_ordinals int4multirange;
BEGIN
	IF in_purpose ~ '[[:cntrl:]]' THEN
		RAISE EXCEPTION 'bad_purpose: the purpose has control characters'
		    USING ERRCODE = 'SLINV'; -- case: bad_purpose
	END IF;
	covered := '{}';
	charged_episodes := 0;
	charged_duration_ms := 0;
	charged_bytes := 0;
	charged_amount_micro := 0;
	SELECT * INTO l FROM sluice.licence AS x
	WHERE x.id = in_licence AND x.agreement IS NULL FOR UPDATE;
	IF l.id IS NULL THEN
		SELECT y.* INTO a FROM sluice.licence AS x
		JOIN sluice.agreement AS y ON y.id = x.agreement
		WHERE x.id = in_licence FOR UPDATE OF y;
		SELECT * INTO u FROM sluice.agreement_total AS x
		WHERE x.agreement = a.id;
		SELECT * INTO l FROM sluice.licence AS x
		WHERE x.id = in_licence FOR UPDATE;
	END IF;
	IF l.id IS NULL OR l.dataset <> in_dataset THEN
		RAISE EXCEPTION 'licence_not_found: no such licence on this dataset'
		    USING ERRCODE = 'SLNFD'; -- case: no_such_licence
	END IF;
	-- After the locks: what no other charge can change now.
	SELECT * INTO t FROM sluice.licence_total AS x
	WHERE x.licence = in_licence;
	SELECT d.name AS dataset_name, d.early_seq,
	    COALESCE(h.ordinals * in_ordinals, '{}') AS held,
	    COALESCE(e.numbers + '{}'::int4multirange, '{}') AS held_numbers,
	    f.licence = in_licence AND f.killed IS NULL AND
		f.expires > clock_timestamp() AS is_leased
	INTO now_
	FROM sluice.dataset AS d
	LEFT JOIN sluice.held_segments AS h ON h.licence = in_licence AND
	    h.dataset = in_dataset AND h.seq = in_seq
	LEFT JOIN sluice.held_episodes AS e ON e.licence = in_licence AND
	    e.dataset = in_dataset
	LEFT JOIN sluice.lease AS f ON f.id = in_delivery
	WHERE d.id = in_dataset AND d.seq >= in_seq;
	IF now_.dataset_name IS NULL THEN
		RAISE EXCEPTION 'segment_not_found: batch % is not visible', in_seq
		    USING ERRCODE = 'SLNFD'; -- case: no_such_batch
	END IF;
	used_episodes := t.used_episodes;
	used_duration_ms := t.used_duration_ms;
	used_bytes := t.used_bytes;
	ledger_number := t.ledger_number;
	ledger_head := t.ledger_head;

	IF l.version <> in_version THEN
		outcome := 'stale';
		code := 'stale'; -- case: stale
		RETURN; -- case: stale
	END IF;
	code := sluice.licence_refusal(l, a);
	IF code IS NULL AND in_seq >= now_.early_seq THEN
		IF in_seq > sluice.released_seq(in_dataset, l.class) THEN
			code := 'batch_not_released'; -- case: not_released
		END IF;
	END IF;
	IF code IS NULL AND now_.is_leased IS NOT TRUE THEN
		code := 'lease_lapsed'; -- case: lease_missing lease_expired
		-- case: lease_killed lease_of_another
	END IF;
	IF code IS NOT NULL THEN
		outcome := 'refused';
		RETURN; -- case: refused_whole
	END IF;

	before := t;
	t := sluice.total_at(t, clock_timestamp());
	IF t.fee_month <= t.month THEN
		fees := sluice.fees_due(l, t, t.month);
	END IF;
	walk := sluice.charge_walk(l, t, a, u, fees, in_seq, in_ordinals,
	    now_.held, now_.held_numbers);
	code := walk.code;
	covered := in_ordinals * int4multirange(int4range(0, walk.cut));
	IF isempty(covered) THEN
		outcome := 'refused';
		RETURN; -- case: refused_first
	END IF;
	new_ordinals := (covered - now_.held) *
	    int4multirange(int4range(walk.free_until + 1, NULL));
	IF isempty(new_ordinals) THEN
		outcome := 'held';
		RETURN; -- case: held
	END IF;

	outcome := 'charged'; -- case: charged
	IF t.fee_month <= t.month THEN
		t := sluice.total_at(sluice.fees_write(l, before, t.month,
		    a.ceiling_money_micro - u.amount_micro, a.currency,
		    now_.dataset_name), t.last_at); -- case: charged_fee
	END IF;
	charged_episodes := walk.episodes;
	charged_duration_ms := walk.duration_ms;
	charged_bytes := walk.bytes;
	charged_amount_micro := walk.amount;
	g := ROW(l.id, 0, NULL, 'charge', l.version, l.dataset, in_seq,
	    new_ordinals, walk.numbers, walk.episodes, walk.duration_ms,
	    walk.bytes, COALESCE(in_purpose, ''),
	    CASE WHEN l.price IS NOT NULL THEN a.currency END, l.price,
	    walk.amount, '', '', NULL, NULL);
	t := sluice.ledger_append(g, t, l.agreement, now_.dataset_name);
	PERFORM sluice.charge_hold(g);
	used_episodes := t.used_episodes;
	used_duration_ms := t.used_duration_ms;
	used_bytes := t.used_bytes;
	ledger_number := t.ledger_number;
	ledger_head := t.ledger_head;
END
$$;

-- What charges of these segments would add up to; quotas are not looked at.
-- wants: [[seq, "{[0,13)}"], …]
CREATE FUNCTION sluice.quote(in_licence uuid, in_dataset bigint, wants jsonb,
    OUT new_episodes bigint, OUT new_duration_ms bigint, OUT new_bytes bigint,
    OUT held_segments bigint, OUT held_episodes bigint,
    OUT held_duration_ms bigint, OUT held_bytes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET jit = off AS $$
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
