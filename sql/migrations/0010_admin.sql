-- Publishers, sessions, settings, reports, for admins.

CREATE FUNCTION sluice.publisher_json(p sluice.publisher) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', p.name, 'title', p.title,
	    'login', p.login, 'created', sluice.words(p.created),
	    'datasets', (SELECT count(*) FROM sluice.dataset AS d
		WHERE d.publisher = p.id),
	    'keys', (SELECT COALESCE(jsonb_agg(k.public_key ORDER BY k.created),
		'[]') FROM sluice.publisher_key AS k
		WHERE k.publisher = p.id AND k.status = 'active'));
END;

CREATE FUNCTION sluice.publisher_add(in_name text, in_title text,
    in_login text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made sluice.publisher;
BEGIN
	INSERT INTO sluice.publisher (name, title, login)
	VALUES (in_name, COALESCE(NULLIF(btrim(in_title), ''), in_name), in_login)
	RETURNING * INTO made;
	PERFORM sluice.audit_add('publisher_add', in_name,
	    COALESCE(NULLIF(btrim(in_reason), ''), 'new publisher'),
	    jsonb_build_object('login', in_login));
	RETURN sluice.publisher_json(made);
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

CREATE FUNCTION sluice.key_revoke(in_key text, in_reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	k sluice.publisher_key;
BEGIN
	UPDATE sluice.publisher_key AS x SET status = 'revoked'
	WHERE x.public_key = in_key RETURNING * INTO k;
	IF k.public_key IS NULL THEN
		RAISE EXCEPTION 'key_not_found: no such key is registered'
		    USING ERRCODE = 'SLNFD';
	END IF;
	PERFORM sluice.audit_add('key_revoke', in_key, in_reason, '{}');
	RETURN sluice.key_json(k);
END
$$;

-- Keys of the publishers of a customer's datasets, or all active ones.
CREATE FUNCTION sluice.trusted_keys(in_customer text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer;
BEGIN
	IF in_customer IS NOT NULL THEN
		c := sluice.customer_find(in_customer);
	END IF;
	RETURN (
		SELECT COALESCE(jsonb_agg(k.public_key ORDER BY k.created), '[]')
		FROM sluice.publisher_key AS k
		WHERE k.status = 'active' AND (c.id IS NULL OR EXISTS (
			SELECT FROM sluice.licence AS l
			JOIN sluice.dataset AS d ON d.id = l.dataset
			WHERE l.customer = c.id AND d.publisher = k.publisher)));
END
$$;

CREATE FUNCTION sluice.usage_report(in_customer text, in_dataset text,
    in_month text)
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
	RETURN sluice.usage_rows(c.id, d.id, NULL, in_month);
END
$$;

CREATE FUNCTION sluice.session_list() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(jsonb_build_object('name', e.id,
	    'delivery', e.id, 'customer', c.name, 'dataset', d.name,
	    'licence', e.licence, 'licence_version', e.version,
	    'token', t.name, 'kind', e.kind, 'worker', e.worker, 'peer', e.peer,
	    'started', sluice.words(e.started), 'wire_bytes', e.wire_bytes,
	    'state', COALESCE(e.killed, 'running')) ORDER BY e.started), '[]')
	FROM sluice.lease AS e
	JOIN sluice.licence AS l ON l.id = e.licence
	JOIN sluice.customer AS c ON c.id = l.customer
	JOIN sluice.dataset AS d ON d.id = l.dataset
	JOIN sluice.token AS t ON t.id = e.token
	WHERE e.expires > clock_timestamp();
END;

-- A delivery by its id, all of a customer's by name, all of a licence's by id.
CREATE FUNCTION sluice.session_kick(in_what text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kicked bigint;
BEGIN
	WITH ended AS (
		UPDATE sluice.lease AS e SET killed = 'killed'
		FROM sluice.licence AS l
		JOIN sluice.customer AS c ON c.id = l.customer
		WHERE l.id = e.licence AND e.expires > clock_timestamp() AND
		    e.killed IS NULL AND
		    (e.id::text = lower(in_what) OR l.id::text = lower(in_what) OR
			c.name = in_what)
		RETURNING e.id
	), told AS (
		SELECT pg_notify('sluice_session', ended.id::text) FROM ended
	)
	SELECT count(*) INTO kicked FROM told;
	IF kicked = 0 THEN
		RAISE EXCEPTION 'session_not_found: nothing is delivered to %', in_what
		    USING ERRCODE = 'SLNFD';
	END IF;
	PERFORM sluice.audit_add('session_kick', in_what, in_reason,
	    jsonb_build_object('kicked', kicked));
	RETURN jsonb_build_object('kicked', kicked);
END
$$;

CREATE FUNCTION sluice.status() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT jsonb_build_object(
	    'migration', (SELECT max(v.version) FROM sluice.schema_version AS v),
	    'postgresql', current_setting('server_version'),
	    'fsync', current_setting('fsync'),
	    'synchronous_commit', current_setting('synchronous_commit'),
	    'customers', (SELECT count(*) FROM sluice.customer),
	    'licences', (SELECT count(*) FROM sluice.licence AS l
		WHERE l.status = 'active'),
	    'datasets', (SELECT count(*) FROM sluice.dataset),
	    'batches', (SELECT count(*) FROM sluice.batch AS b
		WHERE b.visible_at IS NOT NULL),
	    'open_publications', (SELECT count(*) FROM sluice.publication AS p
		WHERE p.state IN ('reserved', 'signed', 'sealed')),
	    'events', (SELECT COALESCE(max(e.id), 0) FROM sluice.event AS e),
	    'deliveries', (SELECT count(*) FROM sluice.lease AS e
		WHERE e.expires > clock_timestamp()),
	    'workers', (SELECT COALESCE(jsonb_agg(jsonb_build_object(
		'name', w.worker, 'deliveries', w.deliveries) ORDER BY w.worker),
		'[]') FROM (
			SELECT e.worker, count(*) AS deliveries
			FROM sluice.lease AS e WHERE e.expires > clock_timestamp()
			GROUP BY e.worker) AS w));
END;

CREATE FUNCTION sluice.audit_list(in_limit int) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(jsonb_build_object('name', a.number,
	    'number', a.number, 'at', sluice.words(a.at), 'actor', a.actor,
	    'action', a.action, 'object', a.object, 'reason', a.reason,
	    'detail', a.detail, 'hash', encode(a.hash, 'hex'))
	    ORDER BY a.number DESC), '[]')
	FROM (
		SELECT * FROM sluice.audit ORDER BY number DESC
		LIMIT COALESCE(NULLIF(in_limit, 0), 100)) AS a;
END;

CREATE FUNCTION sluice.setting_list() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(jsonb_build_object('name', s.name,
	    'value', s.value, 'summary', s.summary) ORDER BY s.name), '[]')
	FROM sluice.setting AS s;
END;

CREATE FUNCTION sluice.setting_set(in_name text, in_value text,
    in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s sluice.setting;
BEGIN
	SELECT * INTO s FROM sluice.setting AS x WHERE x.name = in_name FOR UPDATE;
	IF s.name IS NULL THEN
		RAISE EXCEPTION 'setting_not_found: there is no setting %', in_name
		    USING ERRCODE = 'SLNFD';
	END IF;
	IF in_value !~ '^[0-9]{1,9}$' THEN
		RAISE EXCEPTION 'bad_value: the setting % is a whole number', in_name
		    USING ERRCODE = 'SLINV';
	END IF;
	PERFORM sluice.audit_add('setting_set', in_name, in_reason,
	    jsonb_build_object('from', s.value, 'to', in_value));
	UPDATE sluice.setting SET value = in_value WHERE name = in_name;
	RETURN jsonb_build_object('name', in_name, 'value', in_value,
	    'summary', s.summary);
END
$$;
