-- What the ledgers say: use, pages of rows, statements, rows to invoice, and
-- whether everything adds up.

-- 2026-11, begun already.
CREATE FUNCTION sluice.month_from(in_month text) RETURNS date
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF in_month !~ '^[0-9]{4}-(0[1-9]|1[0-2])$' OR in_month < '1970' OR
	    in_month > to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM')
	    IS NOT FALSE THEN
		RAISE EXCEPTION 'bad_month: "%" is no month like 2026-11 that has '
		    'begun', left(in_month, 40) USING ERRCODE = 'SLINV';
	END IF;
	RETURN (in_month || '-01')::date;
END
$$;

-- When that month begins.
CREATE FUNCTION sluice.month_begin(month date) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT
RETURN month::timestamp AT TIME ZONE 'UTC';

-- ---- use ----

-- What was charged per licence and UTC month.
CREATE FUNCTION sluice.usage_rows(in_customer uuid, in_dataset bigint,
    in_licence uuid, in_month text)
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(jsonb_build_object('name', u.licence,
	    'licence', u.licence, 'customer', c.name, 'dataset', d.name,
	    'agreement', a.name, 'programme', l.programme,
	    'month', u.month, 'charges', u.charges, 'episodes', u.episodes,
	    'duration_s', sluice.seconds(u.duration_ms::bigint),
	    'bytes', u.bytes, 'currency', u.currency,
	    'amount_micro', u.amount_micro,
	    'amount', sluice.money_text(u.amount_micro::bigint, u.currency))
	    ORDER BY c.name, d.name, u.licence, u.month), '[]')
	FROM (
		SELECT g.licence, count(*) FILTER (WHERE g.kind = 'charge') AS charges,
		    sum(g.episodes) AS episodes, sum(g.duration_ms) AS duration_ms,
		    sum(g.bytes) AS bytes, sum(g.amount_micro) AS amount_micro,
		    max(g.currency) AS currency,
		    to_char(g.at AT TIME ZONE 'UTC', 'YYYY-MM') AS month
		FROM sluice.ledger AS g
		JOIN sluice.licence AS l ON l.id = g.licence
		WHERE (in_customer IS NULL OR l.customer = in_customer) AND
		    (in_dataset IS NULL OR l.dataset = in_dataset) AND
		    (in_licence IS NULL OR l.id = in_licence)
		GROUP BY g.licence, to_char(g.at AT TIME ZONE 'UTC', 'YYYY-MM')) AS u
	JOIN sluice.licence AS l ON l.id = u.licence
	JOIN sluice.customer AS c ON c.id = l.customer
	JOIN sluice.dataset AS d ON d.id = l.dataset
	LEFT JOIN sluice.agreement AS a ON a.id = l.agreement
	WHERE in_month IS NULL OR u.month = in_month;
END;

CREATE FUNCTION sluice.customer_usage(in_customer uuid, in_licence uuid,
    in_month text)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT jsonb_build_object(
	    'usage', sluice.usage_rows(in_customer, NULL, in_licence, in_month),
	    'totals', COALESCE(jsonb_agg(jsonb_build_object('licence', l.id,
		'dataset', d.name, 'status', l.status, 'version', l.version,
		'agreement', a.name, 'programme', l.programme,
		'used', sluice.usage_json(t),
		'ledger', jsonb_build_object('number', t.ledger_number,
		    'head', encode(t.ledger_head, 'hex')),
		'currency', a.currency, 'amount_micro', t.amount_micro,
		'amount', sluice.money_text(t.amount_micro, a.currency),
		'wire_bytes', COALESCE(w.bytes, 0),
		'deliveries', COALESCE(w.deliveries, 0), 'quota', jsonb_build_object(
		    'episodes', l.quota_episodes,
		    'duration_s', sluice.seconds(l.quota_duration_ms),
		    'bytes', l.quota_bytes, 'per', l.quota_per))
		ORDER BY l.created), '[]'))
	FROM sluice.licence AS l
	JOIN sluice.dataset AS d ON d.id = l.dataset
	JOIN sluice.licence_total AS t ON t.licence = l.id
	LEFT JOIN sluice.agreement AS a ON a.id = l.agreement
	LEFT JOIN sluice.wire_usage AS w ON w.licence = l.id
	WHERE l.customer = in_customer AND
	    (in_licence IS NULL OR l.id = in_licence);
END;

-- ---- rows ----

-- For the customer, so that it can recompute the chain.
CREATE FUNCTION sluice.ledger_rows(in_customer uuid, in_licence uuid,
    in_after bigint, in_limit int)
RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence;
	rows json;
	last_number bigint;
	size bigint := GREATEST(1, LEAST(in_limit, 1000));
	got bigint;
BEGIN
	SELECT * INTO l FROM sluice.licence AS x
	WHERE x.id = in_licence AND x.customer = in_customer;
	IF l.id IS NULL THEN
		RAISE EXCEPTION 'licence_not_found: there is no such licence'
		    USING ERRCODE = 'SLNFD';
	END IF;
	SELECT json_agg(sluice.ledger_json(p, d.name) ORDER BY p.number),
	    max(p.number), count(*) INTO rows, last_number, got
	FROM (
		SELECT g.* FROM sluice.ledger AS g
		WHERE g.licence = l.id AND g.number > in_after
		ORDER BY g.number LIMIT size) AS p
	JOIN sluice.dataset AS d ON d.id = p.dataset;
	RETURN json_build_object('licence', l.id, 'rows', COALESCE(rows, '[]'),
	    'next', CASE WHEN got = size THEN last_number END);
END
$$;

-- ---- statements ----

-- Number and head of the last row before this time.
CREATE FUNCTION sluice.ledger_head_before(in_licence uuid, at timestamptz)
RETURNS json
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT json_build_object('number', COALESCE(max(g.number), 0),
	    'head', encode(COALESCE((array_agg(g.hash ORDER BY g.number DESC))[1],
		sluice.zero_hash()), 'hex'))
	FROM (
		SELECT x.number, x.hash FROM sluice.ledger AS x
		WHERE x.licence = in_licence AND x.at < ledger_head_before.at
		ORDER BY x.number DESC LIMIT 1) AS g;
END;

-- The parts of a statement; catalog/statement.c adds up, and signs nothing that
-- does not.  What a month owes in fees is written first.
CREATE FUNCTION sluice.statement(in_licence text, in_month text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	month date := sluice.month_from(in_month);
	l sluice.licence := sluice.licence_lock(in_licence);
	from_at timestamptz := sluice.month_begin(month);
	until_at timestamptz := sluice.month_begin(
	    (month + interval '1 month')::date);
BEGIN
	PERFORM sluice.fees_close(l, month);
	RETURN (
		SELECT json_build_object('version', 1, 'type', 'statement',
		    'licence', l.id, 'customer', c.name, 'dataset', d.name,
		    'agreement', a.name, 'currency', a.currency,
		    'programme', l.programme,
		    'period', json_build_object('from', sluice.words(from_at),
			'until', sluice.words(until_at)),
		    'opening', sluice.ledger_head_before(l.id, from_at),
		    'rows', (SELECT COALESCE(json_agg(sluice.ledger_json(g, d.name)
			ORDER BY g.number), '[]') FROM sluice.ledger AS g
			WHERE g.licence = l.id AND g.at >= from_at AND
			    g.at < until_at),
		    'closing', sluice.ledger_head_before(l.id, until_at),
		    'issued', sluice.words(clock_timestamp()))
		FROM sluice.customer AS c
		JOIN sluice.dataset AS d ON d.id = l.dataset
		LEFT JOIN sluice.agreement AS a ON a.id = l.agreement
		WHERE c.id = l.customer);
END
$$;

-- ---- rows to invoice ----

-- One object per licence and kind of row, with the amount as a statement's line
-- has it.
CREATE FUNCTION sluice.usage_export(in_month text, in_customer text)
RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wanted date := sluice.month_from(in_month);
	from_at timestamptz := sluice.month_begin(wanted);
	until_at timestamptz := sluice.month_begin(
	    (wanted + interval '1 month')::date);
	c uuid := sluice.customer_id(in_customer);
	due record;
BEGIN
	-- by agreement, so that no two of these wait for each other
	FOR due IN
		SELECT l.id FROM sluice.licence_total AS t
		JOIN sluice.licence AS l ON l.id = t.licence
		WHERE t.fee_month <= wanted AND (c IS NULL OR l.customer = c)
		ORDER BY l.agreement, l.id
	LOOP
		PERFORM sluice.fees_close(sluice.licence_lock(due.id::text), wanted);
	END LOOP;
	RETURN (
		SELECT COALESCE(json_agg(json_build_object('month', in_month,
		    'customer', x.name, 'customer_title', x.title,
		    'agreement', a.name, 'licence', l.id, 'dataset', d.name,
		    'programme', l.programme, 'kind', s.kind,
		    'episodes', s.episodes, 'duration_ms', s.duration_ms,
		    'bytes', s.bytes, 'currency', s.currency,
		    'amount_micro', s.amount_micro,
		    'amount', sluice.money_text(s.amount_micro, s.currency),
		    'first_row', s.first_row, 'last_row', s.last_row)
		    ORDER BY x.name, a.name, d.name, l.id, array_position(
			ARRAY['charge', 'fee', 'credit'], s.kind)), '[]')
		FROM (
			SELECT g.licence, g.kind, sum(g.episodes)::bigint AS episodes,
			    sum(g.duration_ms)::bigint AS duration_ms,
			    sum(g.bytes)::bigint AS bytes,
			    sum(g.amount_micro)::bigint AS amount_micro,
			    max(g.currency) AS currency, min(g.number) AS first_row,
			    max(g.number) AS last_row
			FROM sluice.ledger AS g
			WHERE g.at >= from_at AND g.at < until_at
			GROUP BY g.licence, g.kind) AS s
		JOIN sluice.licence AS l ON l.id = s.licence
		JOIN sluice.customer AS x ON x.id = l.customer
		JOIN sluice.dataset AS d ON d.id = l.dataset
		LEFT JOIN sluice.agreement AS a ON a.id = l.agreement
		WHERE c IS NULL OR l.customer = c);
END
$$;

-- ---- reconcile ----

-- Walk one licence's ledger from its first row and say what is not as the rows
-- before it make it, in the end the totals.  The invariants of sql/checks ask
-- the same in sums over all rows.
CREATE FUNCTION sluice.reconcile_licence(l sluice.licence)
RETURNS TABLE (number bigint, trouble text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	g sluice.ledger;
	t sluice.licence_total;
	own sluice.licence_total;
	dataset_name text := (SELECT d.name FROM sluice.dataset AS d
	    WHERE d.id = l.dataset);
	numbers int4multirange := '{}';
	due bigint;
BEGIN
	SELECT * INTO t FROM sluice.licence_total AS x WHERE x.licence = l.id;
	own := ROW(l.id, 0, 0, 0, 0, '-infinity'::date, 0, 0, 0, 0, 0, 0,
	    t.fee_month, '-infinity'::timestamptz, 0, sluice.zero_hash());
	FOR g IN
		SELECT * FROM sluice.ledger AS x WHERE x.licence = l.id
		ORDER BY x.number
	LOOP
		number := g.number;
		IF g.number <> own.ledger_number + 1 OR
		    g.previous <> own.ledger_head THEN
			trouble := 'does not follow the row before';
			RETURN NEXT;
			RETURN;
		END IF;
		IF g.hash <> sha256(g.previous || convert_to(
		    sluice.ledger_text(g, dataset_name), 'UTF8')) THEN
			trouble := 'is not what was hashed';
			RETURN NEXT;
			RETURN;
		END IF;
		IF g.at < own.last_at THEN
			trouble := 'is older than the row before';
			RETURN NEXT;
		END IF;
		own := sluice.total_at(own, g.at);
		due := CASE WHEN g.kind = 'charge' THEN COALESCE(
		    sluice.price_amount(g.price::jsonb,
			own.priced_episodes + g.episodes,
			own.priced_duration_ms + g.duration_ms) -
		    sluice.price_amount(g.price::jsonb, own.priced_episodes,
			own.priced_duration_ms), 0) ELSE g.amount_micro END;
		IF g.amount_micro <> due THEN
			trouble := format('costs %s, not %s micro-units', due,
			    g.amount_micro);
			RETURN NEXT;
		END IF;
		IF g.kind = 'charge' AND (numbers && g.numbers OR
		    g.episodes <> sluice.size_of(g.numbers)) THEN
			trouble := 'charges an episode twice';
			RETURN NEXT;
		END IF;
		numbers := numbers + g.numbers;
		own.used_episodes := own.used_episodes + g.episodes;
		own.used_duration_ms := own.used_duration_ms + g.duration_ms;
		own.used_bytes := own.used_bytes + g.bytes;
		own.amount_micro := own.amount_micro + g.amount_micro;
		own.month_episodes := own.month_episodes + g.episodes;
		own.month_duration_ms := own.month_duration_ms + g.duration_ms;
		own.month_bytes := own.month_bytes + g.bytes;
		own.month_amount_micro := own.month_amount_micro + g.amount_micro;
		IF g.kind = 'charge' THEN
			own.priced_episodes := own.priced_episodes + g.episodes;
			own.priced_duration_ms := own.priced_duration_ms + g.duration_ms;
		END IF;
		own.ledger_number := g.number;
		own.ledger_head := g.hash;
	END LOOP;
	IF own IS DISTINCT FROM t THEN
		number := own.ledger_number;
		trouble := 'the totals are not those of the ledger';
		RETURN NEXT;
	END IF;
END
$$;

-- [] if everything adds up.
CREATE FUNCTION sluice.reconcile() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT COALESCE(json_agg(json_build_object('licence', x.licence,
	    'agreement', x.agreement, 'number', x.number, 'trouble', x.trouble)
	    ORDER BY x.licence, x.number), '[]')
	FROM (
		SELECT l.id AS licence, NULL AS agreement, r.number, r.trouble
		FROM sluice.licence AS l
		CROSS JOIN LATERAL sluice.reconcile_licence(l) AS r
		UNION ALL
		SELECT NULL, a.name, NULL,
		    'the agreement''s totals are not those of its licences'
		FROM sluice.agreement AS a
		LEFT JOIN sluice.agreement_total AS u ON u.agreement = a.id
		CROSS JOIN LATERAL (
			SELECT COALESCE(sum(t.used_episodes), 0) AS episodes,
			    COALESCE(sum(t.used_duration_ms), 0) AS duration_ms,
			    COALESCE(sum(t.used_bytes), 0) AS bytes,
			    COALESCE(sum(t.amount_micro), 0) AS amount_micro
			FROM sluice.licence AS l
			JOIN sluice.licence_total AS t ON t.licence = l.id
			WHERE l.agreement = a.id) AS s
		WHERE (u.used_episodes, u.used_duration_ms, u.used_bytes,
		    u.amount_micro) IS DISTINCT FROM
		    (s.episodes, s.duration_ms, s.bytes, s.amount_micro)) AS x
$$;
