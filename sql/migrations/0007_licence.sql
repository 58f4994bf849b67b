-- Licences, for admins; each change is audited.

CREATE FUNCTION sluice.dataset_find_any(in_name text) RETURNS sluice.dataset
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.dataset;
BEGIN
	SELECT * INTO found_row FROM sluice.dataset AS d WHERE d.name = in_name;
	IF found_row.id IS NULL THEN
		RAISE EXCEPTION 'dataset_not_found: there is no dataset %', in_name
		    USING ERRCODE = 'SLNFD';
	END IF;
	RETURN found_row;
END
$$;

CREATE FUNCTION sluice.licence_find(in_id text) RETURNS sluice.licence
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.licence;
BEGIN
	IF lower(in_id) ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
		SELECT * INTO found_row FROM sluice.licence AS l
		WHERE l.id = in_id::uuid;
	END IF;
	IF found_row.id IS NULL THEN
		RAISE EXCEPTION 'licence_not_found: there is no licence %', in_id
		    USING ERRCODE = 'SLNFD';
	END IF;
	RETURN found_row;
END
$$;

-- For a change: its agreement is locked first, as by the charge.
CREATE FUNCTION sluice.licence_lock(in_id text) RETURNS sluice.licence
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_find(in_id);
BEGIN
	PERFORM FROM sluice.agreement AS a WHERE a.id = l.agreement FOR UPDATE;
	SELECT * INTO l FROM sluice.licence AS x WHERE x.id = l.id FOR UPDATE;
	RETURN l;
END
$$;

-- ---- as JSON ----

CREATE FUNCTION sluice.usage_json(t sluice.licence_total) RETURNS jsonb
LANGUAGE sql STABLE
RETURN jsonb_build_object('episodes', t.used_episodes,
    'duration_s', sluice.seconds(t.used_duration_ms),
    'duration_ms', t.used_duration_ms, 'bytes', t.used_bytes,
    'ledger', jsonb_build_object('number', t.ledger_number,
	'head', encode(t.ledger_head, 'hex')));

-- What the end of the licence asks of its holder: {"duty","days","due",
-- "certified"}; due is NULL before the end, certified when a receipt on the chain
-- said that all is gone, and nothing was charged since.
CREATE FUNCTION sluice.licence_duty(l sluice.licence) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	duty jsonb;
	ended timestamptz;
	certified timestamptz;
BEGIN
	SELECT v.terms -> 'on_expiry' INTO duty FROM sluice.licence_version AS v
	WHERE v.licence = l.id AND v.version = l.version;
	SELECT LEAST(l.grace_until, min(e.at) FILTER (WHERE e.status = 'revoked'))
	INTO ended FROM sluice.licence_event AS e WHERE e.licence = l.id;
	SELECT max(r.at) INTO certified FROM sluice.removal AS x
	JOIN sluice.receipt AS r
	    ON r.licence = x.licence AND r.number = x.receipt
	WHERE x.licence = l.id AND x.episode IS NULL AND r.on_chain AND
	    r.ledger_number >= (
		SELECT COALESCE(max(g.number), 0) FROM sluice.ledger AS g
		WHERE g.licence = l.id AND g.kind = 'charge');
	RETURN COALESCE(duty, '{"duty":"none","days":0}') || jsonb_build_object(
	    'due', CASE WHEN duty ->> 'duty' <> 'none' AND
		clock_timestamp() >= ended THEN sluice.words(
		ended + (duty ->> 'days')::int * interval '1 day') END,
	    'certified', sluice.words(certified));
END
$$;

CREATE FUNCTION sluice.licence_json(l sluice.licence) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', l.id, 'id', l.id, 'version', l.version,
	    'status', l.status,
	    'effective', COALESCE(sluice.licence_trouble(l),
		CASE WHEN clock_timestamp() >= l.valid_until THEN 'in_grace'
		ELSE 'active' END),
	    'customer', c.name, 'dataset', d.name, 'dataset_title', d.title,
	    'kind', d.kind,
	    'seq', CASE WHEN d.early_seq IS NULL THEN d.seq
		ELSE sluice.released_seq(d.id, l.class) END,
	    'release', CASE WHEN d.early_seq IS NOT NULL
		THEN sluice.release_next(d.id, l.class) END,
	    'agreement', (SELECT a.name FROM sluice.agreement AS a
		WHERE a.id = l.agreement),
	    'class', l.class, 'programme', l.programme,
	    'use', v.terms -> 'use', 'price', v.terms -> 'price',
	    'text', jsonb_build_object('sha256', l.text_sha256,
		'acceptance', CASE WHEN l.text_required THEN 'required'
		    ELSE 'none' END),
	    'accepted', NOT l.text_required OR
		COALESCE(l.accepted_sha256 = l.text_sha256, false),
	    'on_expiry', sluice.licence_duty(l),
	    'valid_from', sluice.words(l.valid_from),
	    'valid_until', sluice.words(l.valid_until),
	    'layers', v.terms -> 'layers', 'where', v.terms -> 'where',
	    'window', v.terms -> 'window',
	    'quota', jsonb_build_object('episodes', l.quota_episodes,
		'duration_ms', l.quota_duration_ms,
		'duration_s', sluice.seconds(l.quota_duration_ms),
		'bytes', l.quota_bytes, 'per', l.quota_per),
	    'used', sluice.usage_json(t),
	    'created', sluice.words(l.created))
	FROM sluice.customer AS c, sluice.dataset AS d,
	    sluice.licence_version AS v, sluice.licence_total AS t
	WHERE c.id = l.customer AND d.id = l.dataset AND v.licence = l.id AND
	    v.version = l.version AND t.licence = l.id;
END;

-- ---- licences ----

-- A quota with the overage that is allowed; quota that was given back adds to
-- it, and still fits.
CREATE FUNCTION sluice.quota_limit(quota bigint, overage_percent bigint)
RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT
RETURN LEAST(4611686018427387904,
    div(quota::numeric * (100 + overage_percent), 100))::bigint;

-- The terms' own values, for the row that the charge reads.
CREATE FUNCTION sluice.licence_apply_terms(l sluice.licence, terms jsonb)
RETURNS sluice.licence
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	term jsonb := terms -> 'term';
	quota jsonb := terms -> 'quota';
	price jsonb := terms -> 'price';
	overage bigint := COALESCE((quota ->> 'overage_percent')::bigint, 0);
BEGIN
	l.class := COALESCE(terms ->> 'class', 'standard');
	l.programme := COALESCE(terms ->> 'programme', '');
	l.valid_from := (term ->> 'from')::timestamptz;
	l.valid_until := (term ->> 'until')::timestamptz;
	l.grace_until := l.valid_until + COALESCE(
	    (term ->> 'grace_s')::bigint, 0) * interval '1 second';
	l.quota_per := COALESCE(quota ->> 'per', 'total');
	l.quota_episodes := (quota ->> 'episodes')::bigint;
	l.quota_duration_ms := (quota ->> 'duration_ms')::bigint;
	l.quota_bytes := (quota ->> 'bytes')::bigint;
	IF LEAST(overage, l.quota_episodes, l.quota_duration_ms, l.quota_bytes,
	    (term ->> 'grace_s')::bigint) < 0 THEN
		RAISE EXCEPTION 'bad_terms: a quota, overage or grace is negative'
		    USING ERRCODE = 'SLINV';
	END IF;
	l.limit_episodes := sluice.quota_limit(l.quota_episodes, overage);
	l.limit_duration_ms := sluice.quota_limit(l.quota_duration_ms, overage);
	l.limit_bytes := sluice.quota_limit(l.quota_bytes, overage);
	l.deliveries := (terms ->> 'deliveries')::int;
	l.text_sha256 := terms -> 'text' ->> 'sha256';
	l.text_required := COALESCE(terms -> 'text' ->> 'acceptance', 'none') =
	    'required';
	l.price := sluice.price_text(terms -> 'price')::json::text;
	IF LEAST((price ->> 'per_episode')::bigint, (price ->> 'per_hour')::bigint,
	    (price ->> 'per_month')::bigint, (price ->> 'cap')::bigint,
	    (price -> 'included' ->> 'episodes')::bigint,
	    (price -> 'included' ->> 'duration_ms')::bigint) < 0 THEN
		RAISE EXCEPTION 'bad_terms: a part of the price is negative'
		    USING ERRCODE = 'SLINV';
	END IF;
	IF l.price IS NOT NULL AND l.agreement IS NULL THEN
		RAISE EXCEPTION 'agreement_required: a price needs an agreement, '
		    'which has the currency' USING ERRCODE = 'SLINV';
	END IF;
	RETURN l;
END
$$;

CREATE FUNCTION sluice.licence_set_terms(l sluice.licence,
    terms jsonb, reason text)
RETURNS sluice.licence
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF terms ->> 'version' IS DISTINCT FROM '1' OR
	    terms ->> 'dataset' IS DISTINCT FROM (
		SELECT d.name FROM sluice.dataset AS d WHERE d.id = l.dataset) THEN
		RAISE EXCEPTION 'bad_terms: the terms are not of this version and '
		    'dataset' USING ERRCODE = 'SLINV';
	END IF;
	-- Months that are over are billed by the terms that they ran under.
	PERFORM sluice.fees_close(x, (sluice.month_of(clock_timestamp()) -
	    interval '1 month')::date) FROM sluice.licence AS x WHERE x.id = l.id;
	INSERT INTO sluice.licence_version (licence, version, terms, reason)
	VALUES (l.id, l.version, licence_set_terms.terms,
	    licence_set_terms.reason);
	l := sluice.licence_apply_terms(l, terms);
	UPDATE sluice.licence AS x SET version = l.version, class = l.class,
	    programme = l.programme, valid_from = l.valid_from,
	    valid_until = l.valid_until, grace_until = l.grace_until,
	    quota_per = l.quota_per, quota_episodes = l.quota_episodes,
	    quota_duration_ms = l.quota_duration_ms, quota_bytes = l.quota_bytes,
	    limit_episodes = l.limit_episodes,
	    limit_duration_ms = l.limit_duration_ms, limit_bytes = l.limit_bytes,
	    deliveries = l.deliveries, text_sha256 = l.text_sha256,
	    text_required = l.text_required, price = l.price
	WHERE x.id = l.id RETURNING * INTO l;
	IF l.valid_from >= l.valid_until THEN
		RAISE EXCEPTION 'bad_terms: the term ends before it begins'
		    USING ERRCODE = 'SLINV';
	END IF;
	PERFORM sluice.fee_schedule(l);
	RETURN l;
EXCEPTION WHEN data_exception OR not_null_violation OR check_violation THEN
	RAISE EXCEPTION 'bad_terms: term, quota, class, text or price cannot be read'
	    USING ERRCODE = 'SLINV';
END
$$;

CREATE FUNCTION sluice.licence_tell(l sluice.licence) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM sluice.event_add('licence', l.dataset, l.id,
	    jsonb_build_object('licence', l.id, 'version', l.version,
		'status', l.status,
		'dataset', (SELECT d.name FROM sluice.dataset AS d
		    WHERE d.id = l.dataset),
		'valid_until', sluice.words(l.valid_until)));
END
$$;

-- ---- grants and changes ----

-- What a change may change.
CREATE FUNCTION sluice.licence_fields(l sluice.licence) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('customer', c.name, 'dataset', d.name,
	    'agreement', (SELECT a.name FROM sluice.agreement AS a
		WHERE a.id = l.agreement),
	    'status', l.status, 'terms', v.terms)
	FROM sluice.customer AS c, sluice.dataset AS d,
	    sluice.licence_version AS v
	WHERE c.id = l.customer AND d.id = l.dataset AND v.licence = l.id AND
	    v.version = l.version;
END;

-- May a licence under this agreement (NULL: none) have these terms?
CREATE FUNCTION sluice.licence_check(terms jsonb, d sluice.dataset,
    a sluice.agreement)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	quota jsonb := terms -> 'quota';
BEGIN
	PERFORM sluice.terms_check(terms, d);
	-- A contract that was signed elsewhere need not be here.
	IF terms -> 'text' ->> 'acceptance' = 'required' THEN
		PERFORM sluice.terms_text_find(terms -> 'text' ->> 'sha256');
	END IF;
	IF (terms -> 'term' ->> 'from')::timestamptz < a.valid_from OR
	    (terms -> 'term' ->> 'until')::timestamptz > a.valid_until THEN
		RAISE EXCEPTION 'beyond_agreement: agreement % is from % until %',
		    a.name, sluice.words(a.valid_from), sluice.words(a.valid_until)
		    USING ERRCODE = 'SLINV';
	END IF;
	IF (quota ->> 'episodes')::bigint > a.ceiling_episodes OR
	    (quota ->> 'duration_ms')::bigint > a.ceiling_duration_ms OR
	    (quota ->> 'bytes')::bigint > a.ceiling_bytes THEN
		RAISE EXCEPTION 'beyond_agreement: the quota is above the ceiling of '
		    'agreement %', a.name USING ERRCODE = 'SLINV';
	END IF;
END
$$;

-- A second grant with the same id changes nothing.
CREATE FUNCTION sluice.licence_granted(l sluice.licence, c sluice.customer,
    in_dataset text, in_terms jsonb, in_agreement text)
RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF l.customer <> c.id OR NOT EXISTS (
		SELECT FROM sluice.licence_version AS v
		WHERE v.licence = l.id AND v.version = 1 AND
		    v.terms = in_terms) OR
	    sluice.licence_fields(l) ->> 'dataset' <> in_dataset OR
	    sluice.licence_fields(l) ->> 'agreement' IS DISTINCT FROM
		in_agreement THEN
		RAISE EXCEPTION 'licence_exists: there is another licence %', l.id
		    USING ERRCODE = 'SLEXI';
	END IF;
	RETURN sluice.licence_json(l) || '{"changes":{}}';
END
$$;

-- in_agreement is the name of one of the customer's, or NULL; in_id the
-- licence's, if the caller chooses it.
CREATE FUNCTION sluice.licence_grant(in_customer text, in_dataset text,
    in_terms jsonb, in_agreement text, in_reason text,
    in_id uuid DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer := sluice.customer_find(in_customer);
	d sluice.dataset := sluice.dataset_find_any(in_dataset);
	a sluice.agreement;
	l sluice.licence;
	answer jsonb;
BEGIN
	SELECT * INTO l FROM sluice.licence AS x WHERE x.id = in_id;
	IF l.id IS NOT NULL THEN
		RETURN sluice.licence_granted(l, c, in_dataset, in_terms,
		    in_agreement);
	END IF;
	IF in_agreement IS NOT NULL THEN
		a := sluice.agreement_find(c, in_agreement, true);
		IF a.status = 'ended' THEN
			RAISE EXCEPTION 'agreement_ended: agreement % has been ended',
			    in_agreement USING ERRCODE = 'SLSTA';
		END IF;
	END IF;
	PERFORM sluice.licence_check(in_terms, d, a);
	INSERT INTO sluice.licence (id, customer, agreement, dataset, version,
	    valid_from, valid_until)
	VALUES (COALESCE(in_id, gen_random_uuid()), c.id, a.id, d.id, 1,
	    'infinity', 'infinity') RETURNING * INTO l;
	INSERT INTO sluice.licence_total (licence) VALUES (l.id);
	l := sluice.licence_set_terms(l, in_terms, COALESCE(in_reason, ''));
	INSERT INTO sluice.licence_event (licence, number, status, reason)
	VALUES (l.id, 1, 'active', COALESCE(in_reason, ''));
	answer := sluice.changed('licence_grant', l.id::text, in_reason,
	    sluice.licence_json(l),
	    sluice.changes(NULL, sluice.licence_fields(l)));
	PERFORM sluice.licence_tell(l);
	RETURN answer;
END
$$;

-- The next version of a locked licence.
CREATE FUNCTION sluice.licence_next(old sluice.licence, terms jsonb,
    in_version int, action text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset;
	a sluice.agreement;
	l sluice.licence := old;
	answer jsonb;
BEGIN
	IF in_version <> old.version THEN
		RAISE EXCEPTION 'licence_changed: licence % is at version % now',
		    old.id, old.version USING ERRCODE = 'SLCON';
	END IF;
	IF old.status = 'revoked' THEN
		RAISE EXCEPTION 'licence_revoked: licence % is revoked', old.id
		    USING ERRCODE = 'SLSTA';
	END IF;
	IF terms = sluice.licence_fields(old) -> 'terms' THEN
		RETURN sluice.licence_json(old) || '{"changes":{}}';
	END IF;
	SELECT * INTO d FROM sluice.dataset AS x WHERE x.id = old.dataset;
	SELECT * INTO a FROM sluice.agreement AS x WHERE x.id = old.agreement;
	PERFORM sluice.licence_check(terms, d, a);
	l.version := old.version + 1;
	l := sluice.licence_set_terms(l, terms, COALESCE(in_reason, ''));
	answer := sluice.changed(action, l.id::text, in_reason,
	    sluice.licence_json(l), sluice.changes(sluice.licence_fields(old),
		sluice.licence_fields(l)));
	PERFORM sluice.licence_tell(l);
	RETURN answer;
END
$$;

CREATE FUNCTION sluice.licence_amend(in_licence text, in_terms jsonb,
    in_version int, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN sluice.licence_next(sluice.licence_lock(in_licence), in_terms,
	    in_version, 'licence_amend', in_reason);
END
$$;

-- Only the end of the term changes.
CREATE FUNCTION sluice.licence_renew(in_licence text, in_until_us bigint,
    in_version int, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_lock(in_licence);
	until_ text := sluice.words(sluice.from_us(in_until_us));
BEGIN
	IF until_ IS NULL THEN
		RAISE EXCEPTION 'bad_period: say until when the licence is renewed'
		    USING ERRCODE = 'SLINV';
	END IF;
	IF sluice.from_us(in_until_us) < l.valid_until THEN
		RAISE EXCEPTION 'bad_period: the licence runs until % already; an '
		    'amendment lets it end earlier', sluice.words(l.valid_until)
		    USING ERRCODE = 'SLINV';
	END IF;
	RETURN sluice.licence_next(l, jsonb_set(sluice.licence_fields(l) -> 'terms',
	    '{term,until}', to_jsonb(until_)), in_version, 'licence_renew',
	    in_reason);
END
$$;

CREATE FUNCTION sluice.licence_set_status(in_licence text, in_status text,
    in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_lock(in_licence);
	old jsonb := sluice.licence_fields(l);
	answer jsonb;
BEGIN
	IF COALESCE(in_status, '') NOT IN ('active', 'suspended', 'revoked') THEN
		RAISE EXCEPTION 'bad_status: % is no status of a licence', in_status
		    USING ERRCODE = 'SLINV';
	END IF;
	IF l.status = 'revoked' THEN
		RAISE EXCEPTION 'licence_revoked: licence % is revoked for good', l.id
		    USING ERRCODE = 'SLSTA';
	END IF;
	IF l.status = in_status THEN
		RETURN sluice.licence_json(l) || '{"changes":{}}';
	END IF;
	INSERT INTO sluice.licence_event (licence, number, status, reason)
	SELECT l.id, max(e.number) + 1, in_status, COALESCE(in_reason, '')
	FROM sluice.licence_event AS e WHERE e.licence = l.id;
	UPDATE sluice.licence SET status = in_status
	WHERE id = l.id RETURNING * INTO l;
	answer := sluice.changed('licence_' || in_status, l.id::text, in_reason,
	    sluice.licence_json(l),
	    sluice.changes(old, sluice.licence_fields(l)));
	PERFORM sluice.licence_tell(l);
	RETURN answer;
END
$$;
