-- Tokens, and one-time activations that become one.  Only keyed hashes are kept.

CREATE TABLE sluice.activation (
	id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	customer uuid NOT NULL REFERENCES sluice.customer,
	licence uuid REFERENCES sluice.licence,
	name sluice.slug NOT NULL,
	code_mac bytea NOT NULL UNIQUE CHECK (octet_length(code_mac) = 32),
	scopes int NOT NULL CHECK (scopes BETWEEN 1 AND 7),
	expires timestamptz NOT NULL,
	token_expires timestamptz, -- NULL: a year after it is redeemed
	token uuid REFERENCES sluice.token,
	redeemed timestamptz,
	revoked timestamptz,
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE INDEX activation_customer ON sluice.activation (customer);

-- ---- tokens ----

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

-- Of a customer whose row is locked.
CREATE FUNCTION sluice.token_make(t sluice.token) RETURNS sluice.token
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made sluice.token;
BEGIN
	t.expires := COALESCE(t.expires, clock_timestamp() + interval '1 year');
	IF t.expires > clock_timestamp() + interval '366 days' OR
	    t.expires <= clock_timestamp() THEN
		RAISE EXCEPTION 'bad_expiry: a token lives at most one year from now'
		    USING ERRCODE = 'SLINV';
	END IF;
	IF (SELECT count(*) FROM sluice.token AS x
	    WHERE x.customer = t.customer AND x.name = t.name AND
		x.licence IS NOT DISTINCT FROM t.licence AND x.revoked IS NULL AND
		x.expires > clock_timestamp()) >=
	    sluice.setting_int('tokens_per_name') THEN
		RAISE EXCEPTION 'token_limit: there are live tokens named % already; '
		    'revoke one or choose another name', t.name
		    USING ERRCODE = 'SLLIM';
	END IF;
	INSERT INTO sluice.token (customer, licence, name, mac, tail, scopes,
	    expires)
	VALUES (t.customer, t.licence, t.name, t.mac, t.tail, t.scopes, t.expires)
	RETURNING * INTO made;
	RETURN made;
EXCEPTION
	WHEN unique_violation THEN
		RAISE EXCEPTION 'token_exists: there is such a token already'
		    USING ERRCODE = 'SLEXI';
	WHEN check_violation OR not_null_violation THEN
		RAISE EXCEPTION 'bad_token: name, scopes or hash of the token are not '
		    'allowed' USING ERRCODE = 'SLINV';
END
$$;

-- The customer, locked, and the licence of it that is named, if any.
CREATE FUNCTION sluice.token_for(in_customer text, in_licence text)
RETURNS sluice.token
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer := sluice.customer_find(in_customer);
	l sluice.licence;
	t sluice.token;
BEGIN
	PERFORM FROM sluice.customer AS x WHERE x.id = c.id FOR UPDATE;
	IF in_licence IS NOT NULL THEN
		l := sluice.licence_find(in_licence);
		IF l.customer <> c.id THEN
			RAISE EXCEPTION 'licence_not_found: licence % is not of %',
			    in_licence, in_customer USING ERRCODE = 'SLNFD';
		END IF;
	END IF;
	t.customer := c.id;
	t.licence := l.id;
	RETURN t;
END
$$;

CREATE FUNCTION sluice.token_issue(in_customer text, in_licence text,
    in_name text, in_mac bytea, in_tail text, in_scopes int,
    in_expires_us bigint, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t sluice.token := sluice.token_for(in_customer, in_licence);
	old sluice.token;
BEGIN
	SELECT * INTO old FROM sluice.token AS x
	WHERE x.mac = in_mac AND x.customer = t.customer;
	IF old.id IS NOT NULL THEN
		RETURN sluice.token_json(old) || '{"changes":{}}';
	END IF;
	t.name := COALESCE(in_name, 'default');
	t.mac := in_mac;
	t.tail := in_tail;
	t.scopes := in_scopes;
	t.expires := sluice.from_us(in_expires_us);
	t := sluice.token_make(t);
	RETURN sluice.changed('token_issue', t.id::text,
	    COALESCE(NULLIF(btrim(in_reason), ''), 'new token'),
	    sluice.token_json(t), sluice.changes(NULL, jsonb_build_object(
		'customer', in_customer, 'licence', t.licence, 'name', t.name,
		'scopes', sluice.scope_words(t.scopes),
		'expires', sluice.words(t.expires), 'status', 'active')));
EXCEPTION WHEN check_violation OR not_null_violation THEN
	RAISE EXCEPTION 'bad_token: name, scopes or hash of the token are not '
	    'allowed' USING ERRCODE = 'SLINV';
END
$$;

CREATE FUNCTION sluice.token_list(in_customer text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c uuid := sluice.customer_id(in_customer);
BEGIN
	RETURN (
		SELECT COALESCE(jsonb_agg(sluice.token_json(t) ORDER BY t.created),
		    '[]')
		FROM sluice.token AS t WHERE c IS NULL OR t.customer = c);
END
$$;

-- The token, its customer's row locked first.
CREATE FUNCTION sluice.token_lock(in_token text) RETURNS sluice.token
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t sluice.token;
BEGIN
	SELECT * INTO t FROM sluice.token AS x WHERE x.id::text = lower(in_token);
	IF t.id IS NULL THEN
		RAISE EXCEPTION 'token_not_found: there is no token %', in_token
		    USING ERRCODE = 'SLNFD';
	END IF;
	PERFORM FROM sluice.customer AS c WHERE c.id = t.customer FOR UPDATE;
	SELECT * INTO t FROM sluice.token AS x WHERE x.id = t.id FOR UPDATE;
	RETURN t;
END
$$;

CREATE FUNCTION sluice.token_rotate(in_token text, in_mac bytea,
    in_tail text, in_expires_us bigint, in_overlap_s int, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old sluice.token := sluice.token_lock(in_token);
	t sluice.token := old;
	ends timestamptz;
BEGIN
	IF old.revoked IS NOT NULL OR old.expires <= clock_timestamp() THEN
		RAISE EXCEPTION 'token_not_active: token % is revoked or expired',
		    in_token USING ERRCODE = 'SLSTA';
	END IF;
	IF COALESCE(in_overlap_s, -1) NOT BETWEEN 0 AND 31622400 THEN
		RAISE EXCEPTION 'bad_overlap: the tokens overlap for 0 s to 366 days'
		    USING ERRCODE = 'SLINV';
	END IF;
	t.mac := in_mac;
	t.tail := in_tail;
	t.expires := sluice.from_us(in_expires_us);
	t := sluice.token_make(t);
	ends := LEAST(old.expires,
	    clock_timestamp() + in_overlap_s * interval '1 second');
	UPDATE sluice.token AS x SET expires = ends WHERE x.id = old.id;
	RETURN sluice.changed('token_rotate', old.id::text, in_reason,
	    sluice.token_json(t) || jsonb_build_object('replaces', old.id,
		'replaced_expires', sluice.words(ends)),
	    jsonb_build_object(
		'token', jsonb_build_array(old.id, t.id),
		'expires', jsonb_build_array(sluice.words(old.expires),
		    sluice.words(t.expires)),
		'replaced_expires', jsonb_build_array(sluice.words(old.expires),
		    sluice.words(ends))));
END
$$;

-- Deliveries of a token that has gone end.
CREATE FUNCTION sluice.token_end(in_token uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE sluice.token AS t SET revoked = clock_timestamp()
	WHERE t.id = in_token;
	UPDATE sluice.lease AS e SET killed = 'token_revoked'
	WHERE e.token = in_token AND e.killed IS NULL;
	PERFORM pg_notify('sluice_session', e.id::text)
	FROM sluice.lease AS e
	WHERE e.token = in_token AND e.expires > clock_timestamp();
END
$$;

CREATE FUNCTION sluice.token_revoke(in_token text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old sluice.token := sluice.token_lock(in_token);
	t sluice.token;
BEGIN
	IF old.revoked IS NOT NULL THEN
		RETURN sluice.token_json(old) || '{"changes":{}}';
	END IF;
	PERFORM sluice.token_end(old.id);
	SELECT * INTO t FROM sluice.token AS x WHERE x.id = old.id;
	RETURN sluice.changed('token_revoke', t.id::text, in_reason,
	    sluice.token_json(t), sluice.changes(
		sluice.token_json(old) - 'revoked',
		sluice.token_json(t) - 'revoked'));
END
$$;

CREATE FUNCTION sluice.token_revoke_all(in_customer text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer := sluice.customer_find(in_customer);
	live uuid[];
	open_ bigint;
BEGIN
	PERFORM FROM sluice.customer AS x WHERE x.id = c.id FOR UPDATE;
	SELECT COALESCE(array_agg(t.id ORDER BY t.id), '{}') INTO live
	FROM sluice.token AS t
	WHERE t.customer = c.id AND t.revoked IS NULL AND
	    t.expires > clock_timestamp();
	PERFORM sluice.token_end(x.id) FROM unnest(live) AS x (id);
	UPDATE sluice.activation AS a SET revoked = clock_timestamp()
	WHERE a.customer = c.id AND a.redeemed IS NULL AND a.revoked IS NULL;
	GET DIAGNOSTICS open_ = ROW_COUNT;
	RETURN sluice.changed('token_revoke_all', c.name, in_reason,
	    jsonb_build_object('customer', c.name,
		'revoked', cardinality(live), 'activations', open_),
	    (SELECT COALESCE(jsonb_object_agg(w.what,
		jsonb_build_array(w.count, 0)), '{}')
		FROM (VALUES ('tokens', cardinality(live)::bigint),
		    ('activations', open_)) AS w (what, count)
		WHERE w.count > 0));
END
$$;

-- ---- activations ----

CREATE FUNCTION sluice.activation_json(a sluice.activation) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', a.name, 'id', a.id,
	    'customer', c.name, 'licence', a.licence,
	    'scopes', sluice.scope_words(a.scopes),
	    'created', sluice.words(a.created),
	    'expires', sluice.words(a.expires), 'token', a.token,
	    'redeemed', sluice.words(a.redeemed),
	    'status', CASE WHEN a.redeemed IS NOT NULL THEN 'used'
		WHEN a.revoked IS NOT NULL THEN 'revoked'
		WHEN a.expires <= clock_timestamp() THEN 'expired'
		ELSE 'open' END)
	FROM sluice.customer AS c WHERE c.id = a.customer;
END;

CREATE FUNCTION sluice.activation_add(in_customer text, in_licence text,
    in_name text, in_code_mac bytea, in_scopes int, in_expires_us bigint,
    in_token_expires_us bigint, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t sluice.token := sluice.token_for(in_customer, in_licence);
	ends timestamptz := COALESCE(sluice.from_us(in_expires_us),
	    clock_timestamp() + interval '3 days');
	a sluice.activation;
BEGIN
	SELECT * INTO a FROM sluice.activation AS x
	WHERE x.code_mac = in_code_mac AND x.customer = t.customer;
	IF a.id IS NOT NULL THEN
		RETURN sluice.activation_json(a) || '{"changes":{}}';
	END IF;
	IF ends <= clock_timestamp() OR
	    ends > clock_timestamp() + interval '31 days' THEN
		RAISE EXCEPTION 'bad_expiry: an activation lives at most 31 days from '
		    'now' USING ERRCODE = 'SLINV';
	END IF;
	INSERT INTO sluice.activation (customer, licence, name, code_mac, scopes,
	    expires, token_expires)
	VALUES (t.customer, t.licence, COALESCE(in_name, 'default'), in_code_mac,
	    in_scopes, ends, sluice.from_us(in_token_expires_us))
	RETURNING * INTO a;
	RETURN sluice.changed('activation_add', a.id::text, in_reason,
	    sluice.activation_json(a), sluice.changes(NULL, jsonb_build_object(
		'customer', in_customer, 'licence', a.licence, 'name', a.name,
		'scopes', sluice.scope_words(a.scopes),
		'expires', sluice.words(a.expires), 'status', 'open')));
EXCEPTION
	WHEN unique_violation THEN
		RAISE EXCEPTION 'activation_exists: there is such an activation already'
		    USING ERRCODE = 'SLEXI';
	WHEN check_violation OR not_null_violation THEN
		RAISE EXCEPTION 'bad_token: name, scopes or hash of the activation are '
		    'not allowed' USING ERRCODE = 'SLINV';
END
$$;

CREATE FUNCTION sluice.activation_list(in_customer text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c uuid := sluice.customer_id(in_customer);
BEGIN
	RETURN (
		SELECT COALESCE(jsonb_agg(sluice.activation_json(a)
		    ORDER BY a.created), '[]')
		FROM sluice.activation AS a WHERE c IS NULL OR a.customer = c);
END
$$;

-- Once.  What comes back is what a profile is made of.
CREATE FUNCTION sluice.activation_redeem(in_code_mac bytea,
    in_token_mac bytea, in_tail text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a sluice.activation;
	c sluice.customer;
	t sluice.token;
	billing jsonb;
BEGIN
	SELECT * INTO a FROM sluice.activation AS x WHERE x.code_mac = in_code_mac;
	SELECT * INTO c FROM sluice.customer AS x
	WHERE x.id = a.customer FOR UPDATE;
	SELECT * INTO a FROM sluice.activation AS x
	WHERE x.id = a.id FOR UPDATE;
	IF a.id IS NULL OR a.revoked IS NOT NULL OR c.status <> 'active' THEN
		RAISE EXCEPTION 'activation_not_found: there is no such activation'
		    USING ERRCODE = 'SLNFD';
	END IF;
	IF a.redeemed IS NOT NULL THEN
		RAISE EXCEPTION 'activation_used: the activation has been used; ask '
		    'for another one' USING ERRCODE = 'SLSTA';
	END IF;
	IF a.expires <= clock_timestamp() THEN
		RAISE EXCEPTION 'activation_expired: the activation has expired; ask '
		    'for another one' USING ERRCODE = 'SLSTA';
	END IF;
	billing := sluice.billing_keys();
	IF jsonb_array_length(billing) > 16 THEN
		RAISE EXCEPTION 'too_many_keys: a profile has room for 16 keys; ask '
		    'the provider to revoke old ones' USING ERRCODE = 'SLLIM';
	END IF;
	t.customer := a.customer;
	t.licence := a.licence;
	t.name := a.name;
	t.mac := in_token_mac;
	t.tail := in_tail;
	t.scopes := a.scopes;
	t.expires := a.token_expires;
	t := sluice.token_make(t);
	UPDATE sluice.activation AS x SET redeemed = clock_timestamp(),
	    token = t.id WHERE x.id = a.id;
	PERFORM sluice.audit_add('activation_redeem', a.id::text,
	    'activation of ' || c.name,
	    jsonb_build_object('token', t.id, 'customer', c.name));
	RETURN jsonb_build_object('token', sluice.token_json(t),
	    'customer', jsonb_build_object('name', c.name, 'title', c.title),
	    'billing', billing, 'pin', sluice.trust_pin());
END
$$;
