-- Rows of the ledger that are no charges: monthly fees, and credits.

-- ---- monthly fees ----

-- When the licence and its agreement were active, by their histories; an
-- agreement's first version counts from ever.
CREATE FUNCTION sluice.active_spans(l sluice.licence)
RETURNS TABLE (span tstzrange)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY -- case: fee_active
	SELECT tstzrange(l.valid_from, l.valid_until) * e.span * a.span
	FROM (
		SELECT x.status, tstzrange(x.at, GREATEST(x.at, lead(x.at, 1,
		    'infinity') OVER (ORDER BY x.number))) AS span
		FROM sluice.licence_event AS x WHERE x.licence = l.id) AS e
	CROSS JOIN (
		SELECT v.status, tstzrange((v.terms ->> 'from')::timestamptz,
		    (v.terms ->> 'until')::timestamptz) * tstzrange(
		    CASE WHEN v.version = 1 THEN '-infinity' ELSE v.created END,
		    GREATEST(v.created, lead(v.created, 1, 'infinity')
			OVER (ORDER BY v.version))) AS span
		FROM sluice.agreement_version AS v
		WHERE v.agreement = l.agreement) AS a
	WHERE e.status = 'active' AND a.status = 'active';
END
$$;

-- The months from..until that owe a fee still: there is some time in them at
-- which the licence could serve.
CREATE FUNCTION sluice.fee_months(l sluice.licence, from_month date,
    until_month date)
RETURNS SETOF date
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT m.month::date
	FROM generate_series(from_month::timestamp, until_month::timestamp,
	    '1 month') AS m (month)
	WHERE EXISTS (
		SELECT FROM sluice.active_spans(l) AS a
		WHERE a.span && tstzrange(m.month AT TIME ZONE 'UTC',
		    (m.month + '1 month') AT TIME ZONE 'UTC')) AND NOT EXISTS (
		SELECT FROM sluice.ledger AS g
		WHERE g.licence = l.id AND g.kind = 'fee' AND
		    g.reference = to_char(m.month, 'YYYY-MM'))
	ORDER BY 1;
END;

-- What the fees that are not in the ledger yet add up to.
CREATE FUNCTION sluice.fees_due(l sluice.licence, t sluice.licence_total,
    until_month date)
RETURNS bigint
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT count(*) * COALESCE((l.price::jsonb ->> 'per_month')::bigint, 0)
	FROM sluice.fee_months(l, t.fee_month, until_month);
END;

-- Write them, each at the end of its month, or now; `room` is what the
-- agreement's ceiling leaves (NULL: no ceiling), and they do not go beyond it.
CREATE FUNCTION sluice.fees_write(l sluice.licence, t sluice.licence_total,
    until_month date, room bigint, in_currency text, dataset_name text)
RETURNS sluice.licence_total
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	g sluice.ledger;
	due date;
	fee bigint;
BEGIN
	FOR due IN
		SELECT m.month
		FROM sluice.fee_months(l, t.fee_month, until_month) AS m (month)
	LOOP
		t := sluice.total_at(t, LEAST(clock_timestamp(),
		    (due + interval '1 month') AT TIME ZONE 'UTC' -
		    interval '1 microsecond'));
		t.fee_month := due + interval '1 month';
		fee := LEAST((l.price::jsonb ->> 'per_month')::bigint,
		    CASE WHEN room IS NOT NULL THEN GREATEST(room, 0) END);
		room := room - fee;
		g := ROW(l.id, 0, NULL, 'fee', l.version, l.dataset, 0,
		    '{}'::int4multirange, '{}'::int4multirange, 0, 0, 0, '',
		    in_currency, l.price, fee, to_char(due, 'YYYY-MM'),
		    'monthly fee', NULL, NULL);
		t := sluice.ledger_append(g, t, l.agreement, dataset_name);
	END LOOP;
	-- A month that is not over may owe one yet.
	until_month := LEAST(until_month,
	    (sluice.month_of(clock_timestamp()) - interval '1 month')::date);
	IF t.fee_month <= until_month THEN
		t.fee_month := until_month + interval '1 month';
		UPDATE sluice.licence_total SET fee_month = t.fee_month
		WHERE licence = l.id;
	END IF;
	RETURN t; -- case: fees_of_months fee_at_ceiling
END
$$;

-- Write what is due until this month, whatever it is now.
CREATE FUNCTION sluice.fees_close(l sluice.licence, until_month date)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t sluice.licence_total;
	a sluice.agreement;
BEGIN
	SELECT * INTO t FROM sluice.licence_total AS x WHERE x.licence = l.id;
	IF t.fee_month <= until_month THEN
		SELECT * INTO a FROM sluice.agreement AS x WHERE x.id = l.agreement;
		PERFORM sluice.fees_write(l, t, until_month, a.ceiling_money_micro -
		    (SELECT u.amount_micro FROM sluice.agreement_total AS u
			WHERE u.agreement = a.id), a.currency,
		    (SELECT d.name FROM sluice.dataset AS d WHERE d.id = l.dataset));
	END IF;
END
$$;

-- The licence has these terms now: from when on is a monthly fee due?  Its term
-- may begin earlier than that of the terms before; no month is billed twice.
CREATE FUNCTION sluice.fee_schedule(l sluice.licence) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE sluice.licence_total AS t SET fee_month = CASE
	    WHEN (l.price::jsonb ->> 'per_month')::bigint > 0
	    THEN LEAST(t.fee_month, sluice.month_of(
		GREATEST(clock_timestamp(), l.valid_from))) END
	WHERE t.licence = l.id AND (l.price IS NOT NULL OR
	    t.fee_month IS NOT NULL)
$$;

-- ---- credits ----

-- One line without control characters.
CREATE FUNCTION sluice.ledger_line(words text, what text, longest int)
RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	line text := COALESCE(btrim(regexp_replace(words, '\s+', ' ', 'g')), '');
BEGIN
	IF line ~ '[[:cntrl:]]' OR octet_length(line) > longest THEN
		RAISE EXCEPTION 'bad_%: the % has control characters or is longer '
		    'than % bytes', what, what, longest
		    USING ERRCODE = 'SLINV'; -- case: bad_line
	END IF;
	RETURN line; -- case: line_folded
END
$$;

-- What is left of a row after the credits for it.
CREATE FUNCTION sluice.credit_left(g sluice.ledger,
    OUT amount_micro bigint, OUT episodes bigint, OUT duration_ms bigint,
    OUT bytes bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT (g.amount_micro + COALESCE(sum(c.amount_micro), 0))::bigint,
	    (g.episodes + COALESCE(sum(c.episodes), 0))::bigint,
	    (g.duration_ms + COALESCE(sum(c.duration_ms), 0))::bigint,
	    (g.bytes + COALESCE(sum(c.bytes), 0))::bigint
	FROM sluice.ledger AS c
	WHERE c.licence = g.licence AND c.kind = 'credit' AND
	    (c.reference = 'row ' || g.number OR
		c.reference LIKE 'row ' || g.number || ' %');
END;

-- The figures of the credit that was asked for, as negative numbers in a row of
-- the ledger.  `charged` is the row that it is for, if any.
CREATE FUNCTION sluice.credit_row(l sluice.licence, charged sluice.ledger,
    in_amount_micro bigint, in_restore_quota boolean, in_episodes bigint,
    in_duration_ms bigint, in_bytes bigint)
RETURNS sluice.ledger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	g sluice.ledger;
	rest record;
	has_figures boolean := COALESCE(in_episodes, in_duration_ms,
	    in_bytes) IS NOT NULL;
BEGIN
	IF LEAST(in_amount_micro, in_episodes, in_duration_ms, in_bytes) < 0 THEN
		RAISE EXCEPTION 'bad_credit: a credit is given as positive figures'
		    USING ERRCODE = 'SLINV'; -- case: credit_negative
	END IF;
	IF has_figures AND NOT COALESCE(in_restore_quota, false) THEN
		RAISE EXCEPTION 'bad_credit: quota comes back only when it is to be '
		    'restored' USING ERRCODE = 'SLINV'; -- case: credit_of_quota
	END IF;
	IF charged.licence IS NULL AND (in_amount_micro IS NULL OR
	    in_restore_quota AND NOT has_figures) THEN
		RAISE EXCEPTION 'bad_credit: say which row, or how much'
		    USING ERRCODE = 'SLINV'; -- case: credit_of_what
	END IF;
	rest := sluice.credit_left(charged);
	IF in_restore_quota AND NOT has_figures THEN
		in_episodes := rest.episodes;
		in_duration_ms := rest.duration_ms;
		in_bytes := rest.bytes;
	END IF;
	g := ROW(l.id, 0, NULL, 'credit', l.version, l.dataset, 0,
	    '{}'::int4multirange, '{}'::int4multirange,
	    -COALESCE(in_episodes, 0), -COALESCE(in_duration_ms, 0),
	    -COALESCE(in_bytes, 0), '', NULL, NULL,
	    -COALESCE(in_amount_micro, rest.amount_micro), '', '', NULL, NULL);
	IF charged.licence IS NOT NULL AND
	    LEAST(rest.amount_micro + g.amount_micro, rest.episodes + g.episodes,
	    rest.duration_ms + g.duration_ms, rest.bytes + g.bytes) < 0 THEN
		RAISE EXCEPTION 'credit_too_large: % of the price, % episodes, % ms '
		    'and % bytes are left of row %',
		    trim_scale(rest.amount_micro / 1000000.0), rest.episodes,
		    rest.duration_ms, rest.bytes, charged.number
		    USING ERRCODE = 'SLLIM'; -- case: credit_over_row
	END IF;
	IF (g.amount_micro, g.episodes, g.duration_ms, g.bytes) = (0, 0, 0, 0) THEN
		RAISE EXCEPTION 'bad_credit: there is nothing to give back'
		    USING ERRCODE = 'SLINV'; -- case: credit_of_nothing
	END IF;
	RETURN g; -- case: credit_given
END
$$;

-- The credit that has this reference already, if it is the same.
CREATE FUNCTION sluice.credit_again(l sluice.licence, in_reference text,
    in_amount_micro bigint, in_episodes bigint, in_duration_ms bigint,
    in_bytes bigint)
RETURNS sluice.ledger
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	g sluice.ledger;
BEGIN
	SELECT * INTO g FROM sluice.ledger AS x
	WHERE x.licence = l.id AND x.kind = 'credit' AND
	    x.reference = in_reference;
	IF g.licence IS NOT NULL AND (
	    -g.amount_micro <> COALESCE(in_amount_micro, -g.amount_micro) OR
	    -g.episodes <> COALESCE(in_episodes, -g.episodes) OR
	    -g.duration_ms <> COALESCE(in_duration_ms, -g.duration_ms) OR
	    -g.bytes <> COALESCE(in_bytes, -g.bytes)) THEN
		RAISE EXCEPTION 'reference_used: row % is another credit for "%", and '
		    'each has a reference of its own', g.number, in_reference
		    USING ERRCODE = 'SLCON'; -- case: credit_other
	END IF;
	RETURN g; -- case: credit_again
END
$$;

CREATE FUNCTION sluice.ledger_json(g sluice.ledger, dataset_name text)
RETURNS json
LANGUAGE sql STABLE
RETURN json_build_object('licence', g.licence, 'number', g.number,
    'at', to_char(g.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'kind', g.kind, 'licence_version', g.licence_version,
    'dataset', dataset_name, 'seq', g.seq, 'ordinals', g.ordinals::text,
    'numbers', g.numbers::text, 'episodes', g.episodes,
    'duration_ms', g.duration_ms, 'bytes', g.bytes, 'purpose', g.purpose,
    'currency', COALESCE(g.currency, '-'), 'price', COALESCE(g.price, '-'),
    'amount_micro', g.amount_micro, 'reference', g.reference,
    'reason', g.reason, 'previous', encode(g.previous, 'hex'),
    'hash', encode(g.hash, 'hex'));

-- in_row NULL: for nothing in particular.  in_amount_micro NULL: what is left
-- of the row.  Quota comes back only with in_restore_quota.
CREATE FUNCTION sluice.usage_adjust(in_licence text, in_row bigint,
    in_amount_micro bigint, in_restore_quota boolean, in_episodes bigint,
    in_duration_ms bigint, in_bytes bigint, in_reference text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_lock(in_licence);
	ticket text := sluice.ledger_line(in_reference, 'reference', 150);
	full_reference text := btrim(concat('row ' || in_row, ' ', ticket));
	dataset_name text := (SELECT d.name FROM sluice.dataset AS d
	    WHERE d.id = l.dataset);
	t sluice.licence_total;
	charged sluice.ledger;
	g sluice.ledger;
	changes jsonb;
BEGIN
	IF full_reference = '' OR in_row IS NULL AND ticket ~ '^row [0-9]' THEN
		RAISE EXCEPTION 'bad_reference: a credit names a row of the ledger or '
		    'a ticket' USING ERRCODE = 'SLINV'; -- case: credit_reference
	END IF;
	-- so that the fees of months that are over stay in their months
	PERFORM sluice.fees_close(l, (sluice.month_of(clock_timestamp()) -
	    interval '1 month')::date);
	SELECT * INTO t FROM sluice.licence_total AS x WHERE x.licence = l.id;
	g := sluice.credit_again(l, full_reference, in_amount_micro, in_episodes,
	    in_duration_ms, in_bytes);
	IF g.licence IS NOT NULL THEN
		RETURN jsonb_build_object('row', sluice.ledger_json(g, dataset_name),
		    'changes', '{}'::jsonb); -- case: credit_again
	END IF;
	IF in_row IS NOT NULL THEN
		SELECT * INTO charged FROM sluice.ledger AS x
		WHERE x.licence = l.id AND x.number = in_row AND x.kind <> 'credit';
		IF charged.licence IS NULL THEN
			RAISE EXCEPTION 'row_not_found: licence % has no charge or fee '
			    'number %', l.id, in_row
			    USING ERRCODE = 'SLNFD'; -- case: credit_no_row
		END IF;
	END IF;
	g := sluice.credit_row(l, charged, in_amount_micro, in_restore_quota,
	    in_episodes, in_duration_ms, in_bytes);
	IF LEAST(t.amount_micro + g.amount_micro, t.used_episodes + g.episodes,
	    t.used_duration_ms + g.duration_ms, t.used_bytes + g.bytes) < 0 THEN
		RAISE EXCEPTION 'credit_too_large: more than the licence was charged'
		    USING ERRCODE = 'SLLIM'; -- case: credit_over_all
	END IF;
	g.currency := (SELECT a.currency FROM sluice.agreement AS a
	    WHERE a.id = l.agreement AND g.amount_micro <> 0);
	g.reference := full_reference;
	g.reason := sluice.ledger_line(in_reason, 'reason', 1000);
	changes := jsonb_build_object(
	    'amount_micro', jsonb_build_array(t.amount_micro,
		t.amount_micro + g.amount_micro));
	IF g.episodes <> 0 OR g.duration_ms <> 0 OR g.bytes <> 0 THEN
		changes := changes || jsonb_build_object(
		    'used_episodes', jsonb_build_array(t.used_episodes,
			t.used_episodes + g.episodes),
		    'used_duration_ms', jsonb_build_array(t.used_duration_ms,
			t.used_duration_ms + g.duration_ms),
		    'used_bytes', jsonb_build_array(t.used_bytes,
			t.used_bytes + g.bytes));
	END IF;
	t := sluice.ledger_append(g, sluice.total_at(t, clock_timestamp()),
	    l.agreement, dataset_name);
	SELECT * INTO g FROM sluice.ledger AS x
	WHERE x.licence = l.id AND x.number = t.ledger_number;
	PERFORM sluice.audit_add('usage_adjust', l.id::text, in_reason,
	    jsonb_build_object('number', g.number, 'reference', g.reference,
		'amount_micro', g.amount_micro, 'episodes', g.episodes,
		'duration_ms', g.duration_ms, 'bytes', g.bytes));
	RETURN jsonb_build_object('row', sluice.ledger_json(g, dataset_name),
	    'changes', changes); -- case: credit_told
END
$$;
