-- Customers, licences and tokens, for admins; each change is audited.

CREATE FUNCTION sluice.customer_find(in_name text) RETURNS sluice.customer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.customer;
BEGIN
	SELECT * INTO found_row FROM sluice.customer AS c WHERE c.name = in_name;
	IF found_row.id IS NULL THEN
		RAISE EXCEPTION 'customer_not_found: there is no customer %', in_name
		    USING ERRCODE = 'SLNFD';
	END IF;
	RETURN found_row;
END
$$;

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

-- Locked, and its agreement before it, as in the charge.
CREATE FUNCTION sluice.licence_find(in_id text) RETURNS sluice.licence
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wanted uuid;
	found_row sluice.licence;
BEGIN
	IF lower(in_id) ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
		wanted := in_id::uuid;
	END IF;
	PERFORM FROM sluice.licence AS l
	JOIN sluice.agreement AS a ON a.id = l.agreement
	WHERE l.id = wanted FOR UPDATE OF a;
	SELECT * INTO found_row FROM sluice.licence AS l
	WHERE l.id = wanted FOR UPDATE;
	IF found_row.id IS NULL THEN
		RAISE EXCEPTION 'licence_not_found: there is no licence %', in_id
		    USING ERRCODE = 'SLNFD';
	END IF;
	RETURN found_row;
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

CREATE FUNCTION sluice.licence_json(l sluice.licence) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', l.id, 'id', l.id, 'version', l.version,
	    'status', l.status,
	    'effective', COALESCE(sluice.licence_trouble(l), 'active'),
	    'customer', c.name, 'dataset', d.name, 'dataset_title', d.title,
	    'kind', d.kind, 'seq', d.seq,
	    'valid_from', sluice.words(l.valid_from),
	    'valid_until', sluice.words(l.valid_until),
	    'layers', v.terms -> 'layers', 'where', v.terms -> 'where',
	    'window', v.terms -> 'window',
	    'quota', jsonb_build_object('episodes', l.quota_episodes,
		'duration_ms', l.quota_duration_ms,
		'duration_s', sluice.seconds(l.quota_duration_ms),
		'bytes', l.quota_bytes),
	    'used', sluice.usage_json(t),
	    'created', sluice.words(l.created))
	FROM sluice.customer AS c, sluice.dataset AS d,
	    sluice.licence_version AS v, sluice.licence_total AS t
	WHERE c.id = l.customer AND d.id = l.dataset AND v.licence = l.id AND
	    v.version = l.version AND t.licence = l.id;
END;

CREATE FUNCTION sluice.scope_words(scopes int) RETURNS jsonb
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(s.word ORDER BY s.bit), '[]')
	FROM (VALUES (1, 'catalog:read'), (2, 'deliver'), (4, 'usage:read'))
	    AS s (bit, word)
	WHERE scopes & s.bit <> 0;
END;

CREATE FUNCTION sluice.token_json(t sluice.token) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', t.name, 'id', t.id,
	    'customer', c.name, 'licence', t.licence, 'tail', t.tail,
	    'scopes', sluice.scope_words(t.scopes),
	    'created', sluice.words(t.created),
	    'expires', sluice.words(t.expires),
	    'revoked', sluice.words(t.revoked),
	    'status', CASE WHEN t.revoked IS NOT NULL THEN 'revoked'
		WHEN t.expires <= clock_timestamp() THEN 'expired'
		ELSE 'active' END)
	FROM sluice.customer AS c WHERE c.id = t.customer;
END;

CREATE FUNCTION sluice.customer_json(c sluice.customer) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', c.name, 'id', c.id, 'title', c.title,
	    'contact', c.contact, 'status', c.status,
	    'created', sluice.words(c.created),
	    'licences', (SELECT count(*) FROM sluice.licence AS l
		WHERE l.customer = c.id),
	    'tokens', (SELECT count(*) FROM sluice.token AS t
		WHERE t.customer = c.id AND t.revoked IS NULL AND
		    t.expires > clock_timestamp()));
END;

-- ---- customers ----

CREATE FUNCTION sluice.customer_add(in_name text, in_title text,
    in_contact text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made sluice.customer;
BEGIN
	INSERT INTO sluice.customer (name, title, contact)
	VALUES (in_name, COALESCE(NULLIF(btrim(in_title), ''), in_name),
	    COALESCE(in_contact, '')) RETURNING * INTO made;
	PERFORM sluice.audit_add('customer_add', in_name,
	    COALESCE(NULLIF(btrim(in_reason), ''), 'new customer'),
	    jsonb_build_object('id', made.id));
	RETURN sluice.customer_json(made);
EXCEPTION
	WHEN unique_violation THEN
		RAISE EXCEPTION 'customer_exists: there is a customer % already',
		    in_name USING ERRCODE = 'SLEXI';
	WHEN check_violation OR not_null_violation THEN
		RAISE EXCEPTION 'bad_name: a customer''s name is lower-case letters, '
		    'digits, dots, hyphens and underscores'
		    USING ERRCODE = 'SLINV';
END
$$;

CREATE FUNCTION sluice.customer_list() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(sluice.customer_json(c) ORDER BY c.name), '[]')
	FROM sluice.customer AS c;
END;

CREATE FUNCTION sluice.customer_show(in_name text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer := sluice.customer_find(in_name);
BEGIN
	RETURN sluice.customer_json(c) || jsonb_build_object(
	    'licences', (SELECT COALESCE(jsonb_agg(sluice.licence_json(l)
		ORDER BY l.created), '[]') FROM sluice.licence AS l
		WHERE l.customer = c.id),
	    'tokens', (SELECT COALESCE(jsonb_agg(sluice.token_json(t)
		ORDER BY t.created), '[]') FROM sluice.token AS t
		WHERE t.customer = c.id));
END
$$;

-- ---- licences ----

-- A quota with the overage that is allowed.
CREATE FUNCTION sluice.quota_limit(quota bigint, overage_percent bigint)
RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT
RETURN LEAST(9223372036854775807,
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

CREATE FUNCTION sluice.licence_grant(in_customer text, in_dataset text,
    in_terms jsonb, in_agreement text, in_reason text,
    in_id uuid DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer := sluice.customer_find(in_customer);
	d sluice.dataset := sluice.dataset_find_any(in_dataset);
	l sluice.licence;
BEGIN
	INSERT INTO sluice.licence (id, customer, agreement, dataset, version,
	    valid_from, valid_until)
	VALUES (COALESCE(in_id, gen_random_uuid()), c.id,
	    (SELECT a.id FROM sluice.agreement AS a
		WHERE a.customer = c.id AND a.name = in_agreement),
	    d.id, 1, 'infinity', 'infinity') RETURNING * INTO l;
	INSERT INTO sluice.licence_total (licence) VALUES (l.id);
	l := sluice.licence_set_terms(l, in_terms, in_reason);
	INSERT INTO sluice.licence_event (licence, number, status, reason)
	VALUES (l.id, 1, 'active', in_reason);
	PERFORM sluice.audit_add('licence_grant', l.id::text, in_reason,
	    jsonb_build_object('customer', c.name, 'dataset', d.name,
		'terms', in_terms));
	PERFORM sluice.licence_tell(l);
	RETURN sluice.licence_json(l);
END
$$;

CREATE FUNCTION sluice.licence_amend(in_licence text, in_terms jsonb,
    in_version int, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_find(in_licence);
BEGIN
	IF l.status = 'revoked' THEN
		RAISE EXCEPTION 'licence_revoked: licence % is revoked', l.id
		    USING ERRCODE = 'SLSTA';
	END IF;
	IF in_version <> l.version THEN
		RAISE EXCEPTION 'licence_changed: licence % is at version % now', l.id,
		    l.version USING ERRCODE = 'SLCON';
	END IF;
	l.version := l.version + 1;
	l := sluice.licence_set_terms(l, in_terms, in_reason);
	PERFORM sluice.audit_add('licence_amend', l.id::text, in_reason,
	    jsonb_build_object('version', l.version, 'terms', in_terms));
	PERFORM sluice.licence_tell(l);
	RETURN sluice.licence_json(l);
END
$$;

CREATE FUNCTION sluice.licence_set_status(in_licence text, in_status text,
    in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_find(in_licence);
BEGIN
	IF in_status NOT IN ('active', 'suspended', 'revoked') THEN
		RAISE EXCEPTION 'bad_status: % is no status of a licence', in_status
		    USING ERRCODE = 'SLINV';
	END IF;
	IF l.status = in_status THEN
		RETURN sluice.licence_json(l);
	END IF;
	IF l.status = 'revoked' THEN
		RAISE EXCEPTION 'licence_revoked: licence % is revoked for good', l.id
		    USING ERRCODE = 'SLSTA';
	END IF;
	PERFORM sluice.audit_add('licence_' || in_status, l.id::text, in_reason,
	    jsonb_build_object('from', l.status, 'to', in_status));
	INSERT INTO sluice.licence_event (licence, number, status, reason)
	SELECT l.id, max(e.number) + 1, in_status, in_reason
	FROM sluice.licence_event AS e WHERE e.licence = l.id;
	UPDATE sluice.licence SET status = in_status
	WHERE id = l.id RETURNING * INTO l;
	PERFORM sluice.licence_tell(l);
	RETURN sluice.licence_json(l);
END
$$;

CREATE FUNCTION sluice.licence_list(in_customer text, in_dataset text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer;
	d sluice.dataset;
BEGIN
	IF in_customer IS NOT NULL THEN
		c := sluice.customer_find(in_customer);
	END IF;
	IF in_dataset IS NOT NULL THEN
		d := sluice.dataset_find_any(in_dataset);
	END IF;
	RETURN (
		SELECT COALESCE(jsonb_agg(sluice.licence_json(l) ORDER BY l.created),
		    '[]')
		FROM sluice.licence AS l
		WHERE (c.id IS NULL OR l.customer = c.id) AND
		    (d.id IS NULL OR l.dataset = d.id));
END
$$;

CREATE FUNCTION sluice.licence_show(in_licence text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_find(in_licence);
BEGIN
	RETURN sluice.licence_json(l) || jsonb_build_object(
	    'terms', (SELECT v.terms FROM sluice.licence_version AS v
		WHERE v.licence = l.id AND v.version = l.version),
	    'versions', (SELECT jsonb_agg(jsonb_build_object(
		'version', v.version, 'terms', v.terms, 'actor', v.actor,
		'reason', v.reason, 'created', sluice.words(v.created))
		ORDER BY v.version) FROM sluice.licence_version AS v
		WHERE v.licence = l.id),
	    'events', (SELECT jsonb_agg(jsonb_build_object(
		'status', e.status, 'actor', e.actor, 'reason', e.reason,
		'at', sluice.words(e.at)) ORDER BY e.number)
		FROM sluice.licence_event AS e WHERE e.licence = l.id));
END
$$;

-- ---- tokens ----

CREATE FUNCTION sluice.token_issue(in_customer text, in_licence text,
    in_name text, in_mac bytea, in_tail text, in_scopes int,
    in_expires_us bigint, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer := sluice.customer_find(in_customer);
	l sluice.licence;
	made sluice.token;
	token_name text := COALESCE(in_name, 'default');
	expiry timestamptz := COALESCE(
	    sluice.from_us(in_expires_us), clock_timestamp() + interval '1 year');
BEGIN
	PERFORM FROM sluice.customer AS x WHERE x.id = c.id FOR UPDATE;
	IF in_licence IS NOT NULL THEN
		l := sluice.licence_find(in_licence);
		IF l.customer <> c.id THEN
			RAISE EXCEPTION 'licence_not_found: licence % is not of %',
			    in_licence, in_customer USING ERRCODE = 'SLNFD';
		END IF;
	END IF;
	IF expiry > clock_timestamp() + interval '366 days' THEN
		RAISE EXCEPTION 'bad_expiry: a token lives at most one year'
		    USING ERRCODE = 'SLINV';
	END IF;
	IF (SELECT count(*) FROM sluice.token AS t
	    WHERE t.customer = c.id AND t.name = token_name AND
		t.licence IS NOT DISTINCT FROM l.id AND t.revoked IS NULL AND
		t.expires > clock_timestamp()) >=
	    sluice.setting_int('tokens_per_name') THEN
		RAISE EXCEPTION 'token_limit: % has live tokens named % already; '
		    'revoke one or choose another name', in_customer, token_name
		    USING ERRCODE = 'SLLIM';
	END IF;
	INSERT INTO sluice.token (customer, licence, name, mac, tail, scopes,
	    expires)
	VALUES (c.id, l.id, token_name, in_mac, in_tail, in_scopes, expiry)
	RETURNING * INTO made;
	PERFORM sluice.audit_add('token_issue', made.id::text,
	    COALESCE(NULLIF(btrim(in_reason), ''), 'new token'),
	    jsonb_build_object('customer', c.name, 'licence', l.id));
	RETURN sluice.token_json(made);
EXCEPTION WHEN check_violation OR not_null_violation THEN
	RAISE EXCEPTION 'bad_token: name, scopes or hash of the token are not '
	    'allowed' USING ERRCODE = 'SLINV';
END
$$;

CREATE FUNCTION sluice.token_list(in_customer text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer;
BEGIN
	IF in_customer IS NOT NULL THEN
		c := sluice.customer_find(in_customer);
	END IF;
	RETURN (
		SELECT COALESCE(jsonb_agg(sluice.token_json(t) ORDER BY t.created),
		    '[]')
		FROM sluice.token AS t WHERE c.id IS NULL OR t.customer = c.id);
END
$$;

CREATE FUNCTION sluice.token_revoke(in_token text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t sluice.token;
BEGIN
	SELECT * INTO t FROM sluice.token AS x
	WHERE x.id::text = lower(in_token) FOR UPDATE;
	IF t.id IS NULL THEN
		RAISE EXCEPTION 'token_not_found: there is no token %', in_token
		    USING ERRCODE = 'SLNFD';
	END IF;
	IF t.revoked IS NULL THEN
		UPDATE sluice.token SET revoked = clock_timestamp()
		WHERE id = t.id RETURNING * INTO t;
		PERFORM sluice.audit_add('token_revoke', t.id::text, in_reason, '{}');
		UPDATE sluice.lease AS e SET killed = 'token_revoked'
		WHERE e.token = t.id AND e.killed IS NULL;
		PERFORM pg_notify('sluice_session', e.id::text)
		FROM sluice.lease AS e
		WHERE e.token = t.id AND e.expires > clock_timestamp();
	END IF;
	RETURN sluice.token_json(t);
END
$$;
