-- Terms of licences as a grant may write them, and policies to grant from.

-- ---- reading terms; each of these names what is wrong ----

CREATE FUNCTION sluice.bad_terms(code text, words text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION '%: %', code, words USING ERRCODE = 'SLINV';
END
$$;

-- An object with exactly these keys.
CREATE FUNCTION sluice.terms_keys(value jsonb, what text, keys text[])
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	bad text;
BEGIN
	IF jsonb_typeof(value) IS DISTINCT FROM 'object' THEN
		PERFORM sluice.bad_terms('bad_terms', what || ' is missing');
	END IF;
	SELECT min(k) INTO bad FROM jsonb_object_keys(value) AS k
	WHERE k <> ALL (keys);
	IF bad IS NOT NULL THEN
		PERFORM sluice.bad_terms('bad_terms', what || ' has an unknown key "' ||
		    left(bad, 80) || '"');
	END IF;
	SELECT min(k) INTO bad FROM unnest(keys) AS k WHERE NOT value ? k;
	IF bad IS NOT NULL THEN
		PERFORM sluice.bad_terms('bad_terms', what || ' has no "' || bad ||
		    '"');
	END IF;
END
$$;

-- A whole number from low to high, as JSON.
CREATE FUNCTION sluice.terms_number(value jsonb, what text, code text,
    low bigint, high bigint)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF jsonb_typeof(value) IS DISTINCT FROM 'number' OR
	    value::text !~ '^-?[0-9]{1,30}$' THEN
		PERFORM sluice.bad_terms(code, what || ' is not a whole number');
	END IF;
	IF value::numeric < low THEN
		PERFORM sluice.bad_terms(code, what || ' is below ' || low);
	END IF;
	IF value::numeric > high THEN
		PERFORM sluice.bad_terms(code, what || ' is above ' || high);
	END IF;
END
$$;

-- An array of up to `most` different texts that match `pattern`.
CREATE FUNCTION sluice.terms_words(value jsonb, what text, code text,
    pattern text, least_ int, most int)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	bad text;
BEGIN
	IF jsonb_typeof(value) IS DISTINCT FROM 'array' THEN
		PERFORM sluice.bad_terms(code, what || ' is not a list');
	END IF;
	IF jsonb_array_length(value) NOT BETWEEN least_ AND most THEN
		PERFORM sluice.bad_terms(code, what || ' has less than ' || least_ ||
		    ' or more than ' || most || ' entries');
	END IF;
	SELECT min(left(w #>> '{}', 80)) INTO bad
	FROM jsonb_array_elements(value) AS w
	WHERE jsonb_typeof(w) <> 'string' OR w #>> '{}' !~ pattern;
	IF bad IS NOT NULL OR EXISTS (
		SELECT FROM jsonb_array_elements(value) AS w
		WHERE jsonb_typeof(w) <> 'string') THEN
		PERFORM sluice.bad_terms(code, what || ' cannot be ' ||
		    COALESCE('"' || bad || '"', 'that'));
	END IF;
	IF (SELECT count(*) <> count(DISTINCT w)
	    FROM jsonb_array_elements(value) AS w) THEN
		PERFORM sluice.bad_terms(code, what || ' says a thing twice');
	END IF;
END
$$;

-- 2026-11-21T01:15:00Z
CREATE FUNCTION sluice.terms_time(value jsonb, what text, code text)
RETURNS timestamptz
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF jsonb_typeof(value) = 'string' AND value #>> '{}' ~
	    '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$' THEN
		RETURN (value #>> '{}')::timestamptz;
	END IF;
	PERFORM sluice.bad_terms(code, what ||
	    ' is not a time like 2026-11-21T01:15:00Z');
	RETURN NULL;
EXCEPTION WHEN data_exception THEN
	PERFORM sluice.bad_terms(code, what || ' is a time that does not exist');
	RETURN NULL;
END
$$;

CREATE FUNCTION sluice.terms_check_quota(quota jsonb, code text,
    keys text[])
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY keys LOOP
		IF quota -> name <> 'null' THEN
			PERFORM sluice.terms_number(quota -> name, name, code, 0,
			    9223372036854775807);
		END IF;
	END LOOP;
END
$$;

CREATE FUNCTION sluice.price_check(price jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM sluice.terms_keys(price, 'the price', ARRAY['per_episode',
	    'per_hour', 'per_month', 'included', 'cap']);
	PERFORM sluice.terms_keys(price -> 'included', 'what the price includes',
	    ARRAY['episodes', 'duration_ms']);
	-- A thousand million for one thing is a slip, and a month of it would not
	-- fit the ledger.
	PERFORM sluice.terms_number(p.value, p.key, 'bad_price', 0,
	    CASE WHEN starts_with(p.key, 'per_') THEN 1000000000000000
	    ELSE 9223372036854775807 END)
	FROM (SELECT * FROM jsonb_each(price - 'included')
	    UNION ALL SELECT * FROM jsonb_each(price -> 'included')) AS p
	WHERE p.key <> 'cap' OR p.value <> 'null';
END
$$;

-- Which layers, and which episodes of them.
CREATE FUNCTION sluice.terms_check_scope(terms jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM sluice.terms_words(terms -> 'layers', 'a layer', 'unknown_layer',
	    '^(\*|meta|(annotation|audio|calibration|depth|force|raw|state|'
		'video)(\.[a-z0-9][a-z0-9_-]{0,50})?)$', 1, 256);
	IF jsonb_typeof(terms -> 'where') <> 'string' THEN
		PERFORM sluice.bad_terms('bad_where', 'the filter is not a text');
	END IF;
	PERFORM sluice.where_parts(terms ->> 'where');
	IF terms ->> 'class' !~ '^[a-z0-9][a-z0-9._-]{0,63}$' OR
	    jsonb_typeof(terms -> 'class') <> 'string' THEN
		PERFORM sluice.bad_terms('bad_class', 'the class is lower-case '
		    'letters, digits, dots, hyphens and underscores');
	END IF;
	IF terms ->> 'programme' !~ '^([a-z0-9][a-z0-9._-]{0,63})?$' OR
	    jsonb_typeof(terms -> 'programme') <> 'string' THEN
		PERFORM sluice.bad_terms('bad_programme', 'the programme is lower-case '
		    'letters, digits, dots, hyphens and underscores, or nothing');
	END IF;
END
$$;

-- What for, and where.
CREATE FUNCTION sluice.terms_check_use(terms jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	network text;
BEGIN
	IF COALESCE(terms ->> 'use', '') <> ALL (ARRAY['evaluate', 'research', 'internal_train',
	    'commercial_train', 'deploy_model']) THEN
		PERFORM sluice.bad_terms('bad_use', '"' ||
		    left(COALESCE(terms ->> 'use', 'null'), 80) || '" is no use');
	END IF;
	PERFORM sluice.terms_keys(terms -> 'fields', 'fields of use',
	    ARRAY['allow', 'deny']);
	PERFORM sluice.terms_words(terms -> 'fields' -> 'allow', 'a field of use',
	    'bad_field', '^(\*|[a-z0-9][a-z0-9._-]{0,63})$', 1, 256);
	PERFORM sluice.terms_words(terms -> 'fields' -> 'deny', 'a field of use',
	    'bad_field', '^[a-z0-9][a-z0-9._-]{0,63}$', 0, 256);
	PERFORM sluice.terms_keys(terms -> 'territory', 'the territory',
	    ARRAY['networks', 'countries']);
	PERFORM sluice.terms_words(terms -> 'territory' -> 'countries', 'a country',
	    'bad_territory', '^(\*|[A-Z]{2})$', 1, 300);
	PERFORM sluice.terms_words(terms -> 'territory' -> 'networks', 'a network',
	    'bad_territory', '^(\*|[0-9a-fA-F:.]+/[0-9]{1,3})$', 1, 256);
	FOR network IN
		SELECT n FROM jsonb_array_elements_text(
		    terms -> 'territory' -> 'networks') AS n WHERE n <> '*'
	LOOP
		BEGIN
			PERFORM network::cidr;
		EXCEPTION WHEN data_exception THEN
			PERFORM sluice.bad_terms('bad_territory', network ||
			    ' is no network');
		END;
	END LOOP;
END
$$;

-- How much, and what happens then.
CREATE FUNCTION sluice.terms_check_limits(terms jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	quota jsonb := terms -> 'quota';
	text_ jsonb := terms -> 'text';
BEGIN
	PERFORM sluice.terms_keys(quota, 'the quota', ARRAY['episodes',
	    'duration_ms', 'bytes', 'per', 'overage_percent']);
	PERFORM sluice.terms_check_quota(quota, 'bad_quota',
	    ARRAY['episodes', 'duration_ms', 'bytes']);
	PERFORM sluice.terms_number(quota -> 'overage_percent', 'the overage',
	    'bad_quota', 0, 1000);
	IF quota -> 'per' NOT IN ('"total"', '"month"') THEN
		PERFORM sluice.bad_terms('bad_quota', 'a quota is per total or month');
	END IF;
	IF terms -> 'deliveries' <> 'null' THEN
		PERFORM sluice.terms_number(terms -> 'deliveries',
		    'the number of deliveries', 'bad_deliveries', 1, 10000);
	END IF;
	PERFORM sluice.terms_keys(terms -> 'on_expiry', 'the duty on expiry',
	    ARRAY['duty', 'days']);
	IF terms -> 'on_expiry' -> 'duty' NOT IN
	    ('"none"', '"delete"', '"certify"') THEN
		PERFORM sluice.bad_terms('bad_duty', 'a duty is none, delete or '
		    'certify');
	END IF;
	PERFORM sluice.terms_number(terms -> 'on_expiry' -> 'days',
	    'the days of the duty', 'bad_duty', 0, 3650);
	PERFORM sluice.terms_keys(text_, 'the text', ARRAY['sha256', 'acceptance']);
	IF text_ -> 'acceptance' NOT IN ('"none"', '"required"') OR
	    (text_ -> 'sha256' <> 'null' AND
		(text_ ->> 'sha256' !~ '^[0-9a-f]{64}$' OR
		jsonb_typeof(text_ -> 'sha256') <> 'string')) OR
	    (text_ -> 'acceptance' = '"required"' AND text_ -> 'sha256' = 'null')
	THEN
		PERFORM sluice.bad_terms('bad_text', 'the text is named by its SHA-256 '
		    'in hex, and acceptance, none or required, needs one');
	END IF;
	IF terms -> 'price' <> 'null' THEN
		PERFORM sluice.price_check(terms -> 'price');
	END IF;
END
$$;

CREATE FUNCTION sluice.terms_check_rest(terms jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF octet_length(terms::text) > 65536 THEN
		PERFORM sluice.bad_terms('bad_terms', 'the terms are too long');
	END IF;
	IF terms -> 'version' <> '1' THEN
		PERFORM sluice.bad_terms('bad_terms', 'the terms are of another '
		    'version');
	END IF;
	PERFORM sluice.terms_check_scope(terms);
	PERFORM sluice.terms_check_use(terms);
	PERFORM sluice.terms_check_limits(terms);
END
$$;

-- The terms of a licence on this dataset.
CREATE FUNCTION sluice.terms_check(terms jsonb, d sluice.dataset)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	unknown text;
	from_ timestamptz;
	until_ timestamptz;
BEGIN
	PERFORM sluice.terms_keys(terms, 'the terms', ARRAY['version', 'dataset',
	    'class', 'programme', 'layers', 'where', 'window', 'term', 'use',
	    'fields', 'territory', 'quota', 'deliveries', 'on_expiry', 'text',
	    'price']);
	IF terms ->> 'dataset' IS DISTINCT FROM d.name THEN
		PERFORM sluice.bad_terms('bad_terms', 'the terms are for another '
		    'dataset');
	END IF;
	PERFORM sluice.terms_keys(terms -> 'term', 'the term',
	    ARRAY['from', 'until', 'grace_s']);
	from_ := sluice.terms_time(terms -> 'term' -> 'from',
	    'the term''s begin', 'bad_period');
	until_ := sluice.terms_time(terms -> 'term' -> 'until',
	    'the term''s end', 'bad_period');
	IF from_ >= until_ THEN
		PERFORM sluice.bad_terms('bad_period', 'the term ends before it '
		    'begins');
	END IF;
	PERFORM sluice.terms_number(terms -> 'term' -> 'grace_s', 'the grace',
	    'bad_period', 0, 31622400);
	PERFORM sluice.terms_keys(terms -> 'window', 'the window',
	    ARRAY['from', 'until']);
	PERFORM sluice.terms_number(terms -> 'window' -> 'from', 'the first batch',
	    'bad_window', 1, 2147483647);
	IF terms -> 'window' -> 'until' <> 'null' THEN
		PERFORM sluice.terms_number(terms -> 'window' -> 'until',
		    'the last batch', 'bad_window',
		    (terms -> 'window' ->> 'from')::bigint, 2147483647);
	END IF;
	PERFORM sluice.terms_check_rest(terms);
	-- Of a dataset that grows no more, a layer that no episode has is a slip.
	SELECT min(w.name) INTO unknown
	FROM jsonb_array_elements_text(terms -> 'layers') AS w (name)
	WHERE w.name NOT IN ('*', 'meta') AND d.kind = 'prebuilt' AND d.seq > 0 AND
	    NOT EXISTS (
		SELECT FROM sluice.dataset_layer AS l WHERE l.dataset = d.id AND
		    (l.layer = w.name OR starts_with(l.layer, w.name || '.')));
	IF unknown IS NOT NULL THEN
		PERFORM sluice.bad_terms('unknown_layer', d.name || ' has no layer ' ||
		    unknown);
	END IF;
END
$$;

CREATE FUNCTION sluice.policy_check(policy jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM sluice.terms_keys(policy, 'the policy', ARRAY['version', 'class',
	    'programme', 'layers', 'where', 'window', 'term', 'use', 'fields',
	    'territory', 'quota', 'deliveries', 'on_expiry', 'text', 'price']);
	PERFORM sluice.terms_keys(policy -> 'term', 'the term',
	    ARRAY['days', 'grace_s']);
	PERFORM sluice.terms_number(policy -> 'term' -> 'days', 'the term',
	    'bad_period', 1, 36500);
	PERFORM sluice.terms_number(policy -> 'term' -> 'grace_s', 'the grace',
	    'bad_period', 0, 31622400);
	PERFORM sluice.terms_keys(policy -> 'window', 'the window',
	    ARRAY['history', 'future']);
	IF (policy -> 'window' ->> 'history' ~
	    '^(all|none|(last|from):[1-9][0-9]{0,8})$' AND
	    policy -> 'window' ->> 'future' ~ '^(all|none|until:[1-9][0-9]{0,8})$')
	    IS NOT TRUE THEN
		PERFORM sluice.bad_terms('bad_window', 'history is all, none, last:N '
		    'or from:SEQ, future all, none or until:SEQ');
	END IF;
	PERFORM sluice.terms_check_rest(policy);
END
$$;

-- ---- policies ----

CREATE TABLE sluice.policy (
	name sluice.slug PRIMARY KEY,
	version int NOT NULL DEFAULT 1 CHECK (version > 0),
	is_builtin boolean NOT NULL DEFAULT false,
	policy jsonb NOT NULL,
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	changed timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);

INSERT INTO sluice.policy (name, is_builtin, policy)
SELECT b.name, true, jsonb_build_object('version', 1, 'class', 'standard',
    'programme', '', 'layers', '["*"]'::jsonb, 'where', '',
    'window', '{"history":"all","future":"all"}'::jsonb,
    'term', jsonb_build_object('days', b.days, 'grace_s', 0), 'use', b.use,
    'fields', '{"allow":["*"],"deny":[]}'::jsonb,
    'territory', '{"networks":["*"],"countries":["*"]}'::jsonb,
    'quota', jsonb_build_object('episodes', b.episodes, 'duration_ms', NULL,
	'bytes', NULL, 'per', 'total', 'overage_percent', 0),
    'deliveries', NULL, 'on_expiry', '{"duty":"none","days":30}'::jsonb,
    'text', '{"sha256":null,"acceptance":"none"}'::jsonb, 'price', NULL)
FROM (VALUES ('standard', 365, 'commercial_train', NULL::int),
	('research', 365, 'research', NULL), ('trial', 14, 'evaluate', 5))
    AS b (name, days, use, episodes);

CREATE FUNCTION sluice.policy_json(p sluice.policy) RETURNS jsonb
LANGUAGE sql STABLE
RETURN jsonb_build_object('name', p.name, 'builtin', p.is_builtin,
    'version', p.version, 'policy', p.policy,
    'created', sluice.words(p.created), 'changed', sluice.words(p.changed));

CREATE FUNCTION sluice.policy_list() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(sluice.policy_json(p) ORDER BY p.name), '[]')
	FROM sluice.policy AS p;
END;

CREATE FUNCTION sluice.policy_find(in_name text) RETURNS sluice.policy
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.policy;
BEGIN
	SELECT * INTO found_row FROM sluice.policy AS p WHERE p.name = in_name;
	IF found_row.name IS NULL THEN
		RAISE EXCEPTION 'policy_not_found: there is no policy %', in_name
		    USING ERRCODE = 'SLNFD';
	END IF;
	RETURN found_row;
END
$$;

CREATE FUNCTION sluice.policy_show(in_name text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN sluice.policy_json(sluice.policy_find(in_name));
END
$$;

-- What was granted from it before stays as it is.
CREATE FUNCTION sluice.policy_set(in_name text, in_policy jsonb,
    in_version int, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old sluice.policy;
	made sluice.policy;
BEGIN
	PERFORM sluice.policy_check(in_policy);
	IF COALESCE(in_name, '') !~ '^[a-z0-9][a-z0-9._-]{0,63}$' THEN
		RAISE EXCEPTION 'bad_name: a policy''s name is lower-case letters, '
		    'digits, dots, hyphens and underscores' USING ERRCODE = 'SLINV';
	END IF;
	SELECT * INTO old FROM sluice.policy AS p WHERE p.name = in_name FOR UPDATE;
	IF in_version <> COALESCE(old.version, 0) THEN
		RAISE EXCEPTION 'policy_changed: policy % is at version % now', in_name,
		    COALESCE(old.version, 0) USING ERRCODE = 'SLCON';
	END IF;
	IF old.policy = in_policy THEN
		RETURN sluice.policy_json(old) || '{"changes":{}}';
	END IF;
	INSERT INTO sluice.policy AS p (name, policy) VALUES (in_name, in_policy)
	ON CONFLICT (name) DO UPDATE SET policy = EXCLUDED.policy,
	    version = p.version + 1, changed = clock_timestamp()
	RETURNING * INTO made;
	RETURN sluice.changed('policy_set', in_name, in_reason,
	    sluice.policy_json(made), sluice.changes(old.policy, made.policy));
END
$$;

CREATE FUNCTION sluice.policy_remove(in_name text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p sluice.policy := sluice.policy_find(in_name);
BEGIN
	IF p.is_builtin THEN
		RAISE EXCEPTION 'policy_builtin: policy % is built in and stays',
		    in_name USING ERRCODE = 'SLSTA';
	END IF;
	DELETE FROM sluice.policy AS x WHERE x.name = in_name;
	RETURN sluice.changed('policy_remove', in_name, in_reason,
	    sluice.policy_json(p), sluice.changes(p.policy, NULL));
END
$$;
