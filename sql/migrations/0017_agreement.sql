-- Agreements: the contract that a customer's licences stand under.  A change is
-- a new version; the old ones stay.  And licences as admins read them.

CREATE TABLE sluice.agreement_version (
	agreement uuid NOT NULL REFERENCES sluice.agreement,
	version int NOT NULL CHECK (version > 0),
	status text NOT NULL,
	terms jsonb NOT NULL,
	actor name NOT NULL DEFAULT session_user,
	reason text NOT NULL,
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (agreement, version)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON sluice.agreement_version FOR EACH STATEMENT
	EXECUTE FUNCTION sluice.refuse_change();

-- {"from","until","currency","ceiling":{…}}
CREATE FUNCTION sluice.agreement_terms(a sluice.agreement) RETURNS jsonb
LANGUAGE sql STABLE
RETURN jsonb_build_object('from', sluice.words(a.valid_from),
    'until', sluice.words(a.valid_until), 'currency', a.currency,
    'ceiling', jsonb_build_object('episodes', a.ceiling_episodes,
	'duration_ms', a.ceiling_duration_ms, 'bytes', a.ceiling_bytes,
	'money_micro', a.ceiling_money_micro));

CREATE FUNCTION sluice.agreement_fields(a sluice.agreement) RETURNS jsonb
LANGUAGE sql STABLE
RETURN sluice.agreement_terms(a) || jsonb_build_object('status', a.status);

CREATE FUNCTION sluice.agreement_used(in_agreement uuid) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('episodes', u.used_episodes,
	    'duration_ms', u.used_duration_ms, 'bytes', u.used_bytes,
	    'money_micro', u.amount_micro)
	FROM sluice.agreement_total AS u WHERE u.agreement = in_agreement;
END;

CREATE FUNCTION sluice.agreement_json(a sluice.agreement) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', a.name, 'id', a.id,
	    'customer', c.name, 'version', a.version, 'status', a.status,
	    'effective', CASE WHEN a.status <> 'active' THEN a.status
		WHEN clock_timestamp() < a.valid_from THEN 'not_yet_valid'
		WHEN clock_timestamp() >= a.valid_until THEN 'expired'
		ELSE 'active' END,
	    'used', sluice.agreement_used(a.id),
	    'licences', (SELECT count(*) FROM sluice.licence AS l
		WHERE l.agreement = a.id),
	    'created', sluice.words(a.created)) || sluice.agreement_terms(a)
	FROM sluice.customer AS c WHERE c.id = a.customer;
END;

-- Locked, if it is to be changed; before any of its licences.
CREATE FUNCTION sluice.agreement_find(c sluice.customer, in_name text,
    is_locked boolean)
RETURNS sluice.agreement
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.agreement;
BEGIN
	SELECT * INTO found_row FROM sluice.agreement AS a
	WHERE a.customer = c.id AND a.name = in_name;
	IF is_locked THEN
		SELECT * INTO found_row FROM sluice.agreement AS a
		WHERE a.id = found_row.id FOR UPDATE;
	END IF;
	IF found_row.id IS NULL THEN
		RAISE EXCEPTION 'agreement_not_found: % has no agreement %', c.name,
		    in_name USING ERRCODE = 'SLNFD';
	END IF;
	RETURN found_row;
END
$$;

-- The row with these terms.
CREATE FUNCTION sluice.agreement_apply(a sluice.agreement, terms jsonb)
RETURNS sluice.agreement
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ceiling jsonb := terms -> 'ceiling';
BEGIN
	PERFORM sluice.terms_keys(terms, 'the agreement',
	    ARRAY['from', 'until', 'currency', 'ceiling']);
	a.valid_from := sluice.terms_time(terms -> 'from',
	    'the agreement''s begin', 'bad_period');
	a.valid_until := sluice.terms_time(terms -> 'until',
	    'the agreement''s end', 'bad_period');
	IF a.valid_from >= a.valid_until THEN
		PERFORM sluice.bad_terms('bad_period', 'the agreement ends before it '
		    'begins');
	END IF;
	a.currency := terms ->> 'currency';
	IF sluice.currency_digits(a.currency) IS NULL THEN
		PERFORM sluice.bad_terms('bad_currency', 'a currency is three capital '
		    'letters of ISO 4217, like EUR');
	END IF;
	PERFORM sluice.terms_keys(ceiling, 'the ceiling',
	    ARRAY['episodes', 'duration_ms', 'bytes', 'money_micro']);
	PERFORM sluice.terms_check_quota(ceiling, 'bad_ceiling',
	    ARRAY['episodes', 'duration_ms', 'bytes', 'money_micro']);
	a.ceiling_episodes := (ceiling ->> 'episodes')::bigint;
	a.ceiling_duration_ms := (ceiling ->> 'duration_ms')::bigint;
	a.ceiling_bytes := (ceiling ->> 'bytes')::bigint;
	a.ceiling_money_micro := (ceiling ->> 'money_micro')::bigint;
	RETURN a;
END
$$;

-- What is under way looks at it again.
CREATE FUNCTION sluice.agreement_tell(a sluice.agreement) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT sluice.licence_tell(l) FROM sluice.licence AS l
	WHERE l.agreement = a.id AND l.status = 'active' ORDER BY l.id
$$;

CREATE FUNCTION sluice.agreement_add(in_customer text, in_name text,
    in_terms jsonb, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer := sluice.customer_find(in_customer);
	made sluice.agreement;
	wanted sluice.agreement := sluice.agreement_apply(NULL, in_terms);
BEGIN
	IF COALESCE(in_name, '') !~ '^[a-z0-9][a-z0-9._-]{0,63}$' THEN
		RAISE EXCEPTION 'bad_name: an agreement''s name is lower-case letters, '
		    'digits, dots, hyphens and underscores' USING ERRCODE = 'SLINV';
	END IF;
	INSERT INTO sluice.agreement (customer, name, valid_from, valid_until,
	    currency, ceiling_episodes, ceiling_duration_ms, ceiling_bytes,
	    ceiling_money_micro)
	VALUES (c.id, in_name, wanted.valid_from, wanted.valid_until,
	    wanted.currency, wanted.ceiling_episodes, wanted.ceiling_duration_ms,
	    wanted.ceiling_bytes, wanted.ceiling_money_micro)
	ON CONFLICT (customer, name) DO NOTHING RETURNING * INTO made;
	IF made.id IS NULL THEN
		made := sluice.agreement_find(c, in_name, false);
		IF sluice.agreement_terms(made) = sluice.agreement_terms(wanted) THEN
			RETURN sluice.agreement_json(made) || '{"changes":{}}';
		END IF;
		RAISE EXCEPTION 'agreement_exists: % has another agreement % already',
		    in_customer, in_name USING ERRCODE = 'SLEXI';
	END IF;
	INSERT INTO sluice.agreement_version (agreement, version, status, terms,
	    reason)
	VALUES (made.id, 1, made.status, sluice.agreement_terms(made),
	    COALESCE(in_reason, ''));
	RETURN sluice.changed('agreement_add', in_customer || ' ' || in_name,
	    in_reason, sluice.agreement_json(made),
	    sluice.changes(NULL, sluice.agreement_fields(made)));
END
$$;

-- The next version of a locked agreement.
CREATE FUNCTION sluice.agreement_write(old sluice.agreement,
    wanted sluice.agreement, action text, customer_name text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a sluice.agreement;
	what jsonb := sluice.changes(sluice.agreement_fields(old),
	    sluice.agreement_fields(wanted));
BEGIN
	IF what = '{}' THEN
		RETURN sluice.agreement_json(old) || '{"changes":{}}';
	END IF;
	UPDATE sluice.agreement AS x SET version = old.version + 1,
	    status = wanted.status, valid_from = wanted.valid_from,
	    valid_until = wanted.valid_until, currency = wanted.currency,
	    ceiling_episodes = wanted.ceiling_episodes,
	    ceiling_duration_ms = wanted.ceiling_duration_ms,
	    ceiling_bytes = wanted.ceiling_bytes,
	    ceiling_money_micro = wanted.ceiling_money_micro
	WHERE x.id = old.id RETURNING * INTO a;
	INSERT INTO sluice.agreement_version (agreement, version, status, terms,
	    reason)
	VALUES (a.id, a.version, a.status, sluice.agreement_terms(a),
	    COALESCE(in_reason, ''));
	what := sluice.changed(action, customer_name || ' ' || a.name, in_reason,
	    sluice.agreement_json(a), what);
	PERFORM sluice.agreement_tell(a);
	RETURN what;
END
$$;

CREATE FUNCTION sluice.agreement_amend(in_customer text, in_name text,
    in_terms jsonb, in_version int, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer := sluice.customer_find(in_customer);
	old sluice.agreement := sluice.agreement_find(c, in_name, true);
	wanted sluice.agreement := sluice.agreement_apply(old, in_terms);
BEGIN
	IF in_version <> old.version THEN
		RAISE EXCEPTION 'agreement_changed: agreement % is at version % now',
		    in_name, old.version USING ERRCODE = 'SLCON';
	END IF;
	IF old.status = 'ended' THEN
		RAISE EXCEPTION 'agreement_ended: agreement % has been ended', in_name
		    USING ERRCODE = 'SLSTA';
	END IF;
	IF wanted.currency <> old.currency AND EXISTS (
		SELECT FROM sluice.licence AS l WHERE l.agreement = old.id AND
		    (l.price IS NOT NULL OR EXISTS (SELECT FROM sluice.ledger AS g
			WHERE g.licence = l.id AND g.currency IS NOT NULL))) THEN
		RAISE EXCEPTION 'currency_fixed: prices or charges of agreement % are '
		    'in %', in_name, old.currency USING ERRCODE = 'SLSTA';
	END IF;
	RETURN sluice.agreement_write(old, wanted, 'agreement_amend', c.name,
	    in_reason);
END
$$;

CREATE FUNCTION sluice.agreement_set_status(in_customer text, in_name text,
    in_status text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer := sluice.customer_find(in_customer);
	old sluice.agreement := sluice.agreement_find(c, in_name, true);
	wanted sluice.agreement := old;
BEGIN
	IF COALESCE(in_status, '') NOT IN ('active', 'suspended', 'ended') THEN
		RAISE EXCEPTION 'bad_status: % is no status of an agreement', in_status
		    USING ERRCODE = 'SLINV';
	END IF;
	IF old.status = 'ended' THEN
		RAISE EXCEPTION 'agreement_ended: agreement % has been ended', in_name
		    USING ERRCODE = 'SLSTA';
	END IF;
	wanted.status := in_status;
	RETURN sluice.agreement_write(old, wanted, 'agreement_' || in_status,
	    c.name, in_reason);
END
$$;

CREATE FUNCTION sluice.agreement_list(in_customer text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c uuid := sluice.customer_id(in_customer);
BEGIN
	RETURN (
		SELECT COALESCE(jsonb_agg(sluice.agreement_json(a) ORDER BY a.created),
		    '[]')
		FROM sluice.agreement AS a WHERE c IS NULL OR a.customer = c);
END
$$;

CREATE FUNCTION sluice.agreement_show(in_customer text, in_name text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a sluice.agreement := sluice.agreement_find(
	    sluice.customer_find(in_customer), in_name, false);
BEGIN
	RETURN sluice.agreement_json(a) || jsonb_build_object(
	    'licences', (SELECT COALESCE(jsonb_agg(sluice.licence_json(l)
		ORDER BY l.created), '[]') FROM sluice.licence AS l
		WHERE l.agreement = a.id),
	    'versions', (SELECT jsonb_agg(jsonb_build_object(
		'version', v.version, 'status', v.status, 'terms', v.terms,
		'actor', v.actor, 'reason', v.reason,
		'created', sluice.words(v.created)) ORDER BY v.version)
		FROM sluice.agreement_version AS v WHERE v.agreement = a.id));
END
$$;

-- ---- licences, read ----

CREATE FUNCTION sluice.licence_list(in_customer text, in_dataset text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c uuid := sluice.customer_id(in_customer);
	d bigint := sluice.dataset_id(in_dataset);
BEGIN
	RETURN (
		SELECT COALESCE(jsonb_agg(sluice.licence_json(l) ORDER BY l.created),
		    '[]')
		FROM sluice.licence AS l
		WHERE (c IS NULL OR l.customer = c) AND
		    (d IS NULL OR l.dataset = d));
END
$$;

CREATE FUNCTION sluice.licence_show(in_licence text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_find(in_licence);
BEGIN
	RETURN sluice.licence_json(l) || jsonb_build_object(
	    'terms', (SELECT v.terms FROM sluice.licence_version AS v
		WHERE v.licence = l.id AND v.version = l.version),
	    'acceptances', (SELECT COALESCE(jsonb_agg(jsonb_build_object(
		'sha256', x.sha256, 'name', x.person, 'at', sluice.words(x.at))
		ORDER BY x.number), '[]') FROM sluice.acceptance AS x
		WHERE x.licence = l.id),
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

-- What sl_licence_decide() needs, besides the terms.
CREATE FUNCTION sluice.licence_state(l sluice.licence) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('status', l.status,
	    'accepted', NOT l.text_required OR
		COALESCE(l.accepted_sha256 = l.text_sha256, false),
	    'released_seq', sluice.released_seq(l.dataset, l.class),
	    'deliveries', (SELECT count(*) FROM sluice.lease AS e
		WHERE e.licence = l.id AND e.expires > clock_timestamp()),
	    'deliveries_max', sluice.setting_int('deliveries_per_licence'),
	    'used', jsonb_build_object('episodes', GREATEST(w.episodes, 0),
		'duration_ms', GREATEST(w.duration_ms, 0),
		'bytes', GREATEST(w.bytes, 0)),
	    'agreement', (SELECT jsonb_build_object('name', a.name,
		'status', a.status, 'used', sluice.agreement_used(a.id)) ||
		sluice.agreement_terms(a)
		FROM sluice.agreement AS a WHERE a.id = l.agreement))
	FROM sluice.licence_total AS t
	CROSS JOIN LATERAL sluice.used_window(l, t) AS w
	WHERE t.licence = l.id;
END;

CREATE FUNCTION sluice.licence_explain_state(in_licence text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_find(in_licence);
	fields jsonb := sluice.licence_fields(l);
BEGIN
	RETURN jsonb_build_object('licence', l.id, 'version', l.version,
	    'status', l.status, 'customer', fields -> 'customer',
	    'dataset', fields -> 'dataset',
	    'now_us', sluice.us(clock_timestamp()),
	    'terms', fields -> 'terms', 'state', sluice.licence_state(l));
END
$$;

-- The licence file's document; json keeps the order of its keys.
CREATE FUNCTION sluice.licence_export(in_licence text) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_find(in_licence);
BEGIN
	RETURN (
		SELECT json_build_object('version', 1, 'type', 'licence',
		    'licence', l.id, 'licence_version', l.version,
		    'customer', json_build_object('name', c.name,
			'title', c.title),
		    'agreement', (SELECT json_build_object('name', a.name,
			'from', sluice.words(a.valid_from),
			'until', sluice.words(a.valid_until),
			'currency', a.currency,
			'ceiling', json_build_object(
			    'episodes', a.ceiling_episodes,
			    'duration_ms', a.ceiling_duration_ms,
			    'bytes', a.ceiling_bytes,
			    'money_micro', a.ceiling_money_micro))
			FROM sluice.agreement AS a WHERE a.id = l.agreement),
		    'dataset', json_build_object('name', d.name,
			'title', d.title, 'publisher', p.name),
		    'status', l.status, 'terms', v.terms,
		    'issued', sluice.words(clock_timestamp()),
		    'issuer', session_user)
		FROM sluice.customer AS c, sluice.dataset AS d
		JOIN sluice.publisher AS p ON p.id = d.publisher,
		    sluice.licence_version AS v
		WHERE c.id = l.customer AND d.id = l.dataset AND
		    v.licence = l.id AND v.version = l.version);
END
$$;
