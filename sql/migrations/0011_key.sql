-- Publishers with their logins and keys, and the operator's billing keys.

CREATE FUNCTION sluice.publisher_json(p sluice.publisher) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', p.name, 'title', p.title,
	    'login', (SELECT l.login FROM sluice.publisher_login AS l
		WHERE l.publisher = p.id ORDER BY l.created, l.login LIMIT 1),
	    'logins', (SELECT COALESCE(jsonb_agg(jsonb_build_object(
		'name', l.login, 'site', l.site,
		'created', sluice.words(l.created))
		ORDER BY l.created, l.login), '[]')
		FROM sluice.publisher_login AS l WHERE l.publisher = p.id),
	    'created', sluice.words(p.created),
	    'datasets', (SELECT count(*) FROM sluice.dataset AS d
		WHERE d.publisher = p.id),
	    'keys', (SELECT COALESCE(jsonb_agg(k.public_key ORDER BY k.created),
		'[]') FROM sluice.publisher_key AS k
		WHERE k.publisher = p.id AND k.status = 'active'));
END;

CREATE FUNCTION sluice.publisher_find(in_name text) RETURNS sluice.publisher
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.publisher;
BEGIN
	SELECT * INTO found_row FROM sluice.publisher AS p
	WHERE p.name = in_name FOR UPDATE;
	IF found_row.id IS NULL THEN
		RAISE EXCEPTION 'publisher_not_found: there is no publisher %', in_name
		    USING ERRCODE = 'SLNFD';
	END IF;
	RETURN found_row;
END
$$;

-- Somebody who can publish: a role that may log in as a publisher.
CREATE FUNCTION sluice.publisher_role_check(in_login text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles AS r
	    WHERE r.rolname = in_login AND r.rolcanlogin) THEN
		RAISE EXCEPTION 'login_not_found: PostgreSQL has no login %: make it '
		    'by CREATE ROLE … LOGIN IN ROLE sluice_publisher', in_login
		    USING ERRCODE = 'SLNFD';
	END IF;
	IF NOT pg_has_role(in_login, 'sluice_publisher', 'MEMBER') THEN
		RAISE EXCEPTION 'login_not_publisher: the login % is no member of '
		    'sluice_publisher: GRANT sluice_publisher TO it', in_login
		    USING ERRCODE = 'SLSTA';
	END IF;
END
$$;

CREATE FUNCTION sluice.publisher_add(in_name text, in_title text,
    in_login text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made sluice.publisher;
	title_ text := COALESCE(NULLIF(btrim(in_title), ''), in_name);
BEGIN
	SELECT p.* INTO made FROM sluice.publisher AS p
	JOIN sluice.publisher_login AS l ON l.publisher = p.id
	WHERE p.name = in_name AND p.title = title_ AND l.login = in_login;
	IF made.id IS NOT NULL THEN
		RETURN sluice.publisher_json(made) || '{"changes":{}}';
	END IF;
	INSERT INTO sluice.publisher (name, title) VALUES (in_name, title_)
	RETURNING * INTO made;
	INSERT INTO sluice.publisher_login (login, publisher)
	VALUES (in_login, made.id);
	PERFORM sluice.publisher_role_check(in_login);
	RETURN sluice.changed('publisher_add', in_name,
	    COALESCE(NULLIF(btrim(in_reason), ''), 'new publisher'),
	    sluice.publisher_json(made), sluice.changes(NULL,
		jsonb_build_object('name', in_name, 'title', title_,
		    'login', in_login)));
EXCEPTION
	WHEN unique_violation THEN
		RAISE EXCEPTION 'publisher_exists: there is a publisher % or one with '
		    'the login % already', in_name, in_login
		    USING ERRCODE = 'SLEXI';
	WHEN check_violation OR not_null_violation THEN
		RAISE EXCEPTION 'bad_name: a publisher''s name is lower-case letters, '
		    'digits, dots, hyphens and underscores'
		    USING ERRCODE = 'SLINV';
END
$$;

CREATE FUNCTION sluice.publisher_list() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(sluice.publisher_json(p) ORDER BY p.name), '[]')
	FROM sluice.publisher AS p;
END;

-- ---- logins ----

CREATE FUNCTION sluice.publisher_login_add(in_publisher text,
    in_login text, in_site text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p sluice.publisher := sluice.publisher_find(in_publisher);
	old sluice.publisher_login;
BEGIN
	IF COALESCE(in_login, '') = '' OR length(in_login) > 63 THEN
		RAISE EXCEPTION 'bad_name: a login is a PostgreSQL role'
		    USING ERRCODE = 'SLINV';
	END IF;
	SELECT * INTO old FROM sluice.publisher_login AS l
	WHERE l.login = in_login FOR UPDATE;
	IF old.publisher <> p.id THEN
		RAISE EXCEPTION 'login_exists: the login % is another publisher''s',
		    in_login USING ERRCODE = 'SLEXI';
	END IF;
	PERFORM sluice.publisher_role_check(in_login);
	INSERT INTO sluice.publisher_login AS l (login, publisher, site)
	VALUES (in_login, p.id, in_site)
	ON CONFLICT (login) DO UPDATE SET site = EXCLUDED.site;
	RETURN sluice.changed('publisher_login_add', p.name || ' ' || in_login,
	    in_reason, sluice.publisher_json(p), sluice.changes(
		jsonb_build_object('login', old.login, 'site', old.site),
		jsonb_build_object('login', in_login, 'site', in_site)));
END
$$;

CREATE FUNCTION sluice.publisher_login_remove(in_publisher text,
    in_login text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p sluice.publisher := sluice.publisher_find(in_publisher);
BEGIN
	DELETE FROM sluice.publisher_login AS l
	WHERE l.login = in_login AND l.publisher = p.id;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'login_not_found: % has no login %', in_publisher,
		    in_login USING ERRCODE = 'SLNFD';
	END IF;
	RETURN sluice.changed('publisher_login_remove',
	    p.name || ' ' || in_login, in_reason, sluice.publisher_json(p),
	    sluice.changes(jsonb_build_object('login', in_login), NULL));
END
$$;

-- ---- keys of publishers ----

CREATE FUNCTION sluice.key_revoke(in_key text, in_reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old sluice.publisher_key;
	k sluice.publisher_key;
BEGIN
	SELECT * INTO old FROM sluice.publisher_key AS x
	WHERE x.public_key = in_key FOR UPDATE;
	IF old.public_key IS NULL THEN
		RAISE EXCEPTION 'key_not_found: no such key is registered'
		    USING ERRCODE = 'SLNFD';
	END IF;
	UPDATE sluice.publisher_key AS x SET status = 'revoked'
	WHERE x.public_key = in_key RETURNING * INTO k;
	RETURN sluice.changed('key_revoke', in_key, in_reason,
	    sluice.key_json(k), sluice.changes(
		jsonb_build_object('status', old.status),
		jsonb_build_object('status', k.status)));
END
$$;

-- ---- keys that statements and licence files are signed with ----

CREATE TABLE sluice.billing_key (
	public_key text PRIMARY KEY,
	status text NOT NULL DEFAULT 'active'
		CHECK (status IN ('active', 'revoked')),
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);

CREATE FUNCTION sluice.billing_key_json(k sluice.billing_key) RETURNS jsonb
LANGUAGE sql STABLE
RETURN jsonb_build_object('name', k.public_key, 'public_key', k.public_key,
    'key_id', encode(sluice.key_id(k.public_key), 'hex'),
    'status', k.status, 'created', sluice.words(k.created));

-- The active ones, as a customer's profile pins them.
CREATE FUNCTION sluice.billing_keys() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(k.public_key ORDER BY k.created), '[]')
	FROM sluice.billing_key AS k WHERE k.status = 'active';
END;

CREATE FUNCTION sluice.billing_key_list() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(sluice.billing_key_json(k)
	    ORDER BY k.created), '[]')
	FROM sluice.billing_key AS k;
END;

CREATE FUNCTION sluice.billing_key_add(in_key text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made sluice.billing_key;
BEGIN
	PERFORM sluice.key_id(in_key);
	INSERT INTO sluice.billing_key (public_key) VALUES (in_key)
	ON CONFLICT DO NOTHING RETURNING * INTO made;
	IF made.public_key IS NOT NULL THEN
		RETURN sluice.changed('billing_key_add', in_key, in_reason,
		    sluice.billing_key_json(made),
		    '{"status":[null,"active"]}');
	END IF;
	SELECT * INTO made FROM sluice.billing_key AS k
	WHERE k.public_key = in_key;
	IF made.status = 'revoked' THEN
		RAISE EXCEPTION 'key_revoked: the key was revoked and stays so'
		    USING ERRCODE = 'SLSTA';
	END IF;
	RETURN sluice.billing_key_json(made) || '{"changes":{}}';
END
$$;

CREATE FUNCTION sluice.billing_key_revoke(in_key text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old sluice.billing_key;
	k sluice.billing_key;
BEGIN
	SELECT * INTO old FROM sluice.billing_key AS x
	WHERE x.public_key = in_key FOR UPDATE;
	IF old.public_key IS NULL THEN
		RAISE EXCEPTION 'key_not_found: no such billing key is registered'
		    USING ERRCODE = 'SLNFD';
	END IF;
	UPDATE sluice.billing_key AS x SET status = 'revoked'
	WHERE x.public_key = in_key RETURNING * INTO k;
	RETURN sluice.changed('billing_key_revoke', in_key, in_reason,
	    sluice.billing_key_json(k), sluice.changes(
		jsonb_build_object('status', old.status),
		jsonb_build_object('status', k.status)));
END
$$;
