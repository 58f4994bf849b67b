-- Customers, sessions, settings, reports, the audit log, for admins.

-- ---- customers ----

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

-- For lists that a name may narrow: NULL for no name.
CREATE FUNCTION sluice.customer_id(in_name text) RETURNS uuid
LANGUAGE sql STABLE STRICT
BEGIN ATOMIC
	SELECT (sluice.customer_find(in_name)).id;
END;

CREATE FUNCTION sluice.dataset_id(in_name text) RETURNS bigint
LANGUAGE sql STABLE STRICT
BEGIN ATOMIC
	SELECT (sluice.dataset_find_any(in_name)).id;
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

CREATE FUNCTION sluice.customer_fields(c sluice.customer) RETURNS jsonb
LANGUAGE sql STABLE
RETURN jsonb_build_object('name', c.name, 'title', c.title,
    'contact', c.contact, 'status', c.status);

-- The very same again changes nothing.
CREATE FUNCTION sluice.customer_add(in_name text, in_title text,
    in_contact text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made sluice.customer;
	title_ text := COALESCE(NULLIF(btrim(in_title), ''), in_name);
BEGIN
	SELECT * INTO made FROM sluice.customer AS c
	WHERE c.name = in_name AND c.title = title_ AND
	    c.contact = COALESCE(in_contact, '');
	IF made.id IS NOT NULL THEN
		RETURN sluice.customer_json(made) || '{"changes":{}}';
	END IF;
	INSERT INTO sluice.customer (name, title, contact)
	VALUES (in_name, title_, COALESCE(in_contact, '')) RETURNING * INTO made;
	RETURN sluice.changed('customer_add', in_name,
	    COALESCE(NULLIF(btrim(in_reason), ''), 'new customer'),
	    sluice.customer_json(made),
	    sluice.changes(NULL, sluice.customer_fields(made)));
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

CREATE FUNCTION sluice.customer_write(old sluice.customer,
    wanted sluice.customer, action text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	what jsonb := sluice.changes(sluice.customer_fields(old),
	    sluice.customer_fields(wanted));
BEGIN
	IF what <> '{}' THEN
		UPDATE sluice.customer AS x SET name = wanted.name,
		    title = wanted.title, contact = wanted.contact,
		    status = wanted.status
		WHERE x.id = old.id;
	END IF;
	RETURN sluice.changed(action, old.name, in_reason,
	    sluice.customer_json(wanted), what);
EXCEPTION
	WHEN unique_violation THEN
		RAISE EXCEPTION 'customer_exists: there is a customer % already',
		    wanted.name USING ERRCODE = 'SLEXI';
	WHEN check_violation THEN
		RAISE EXCEPTION 'bad_name: a customer''s name is lower-case letters, '
		    'digits, dots, hyphens and underscores'
		    USING ERRCODE = 'SLINV';
END
$$;

CREATE FUNCTION sluice.customer_lock(in_name text) RETURNS sluice.customer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer := sluice.customer_find(in_name);
BEGIN
	SELECT * INTO c FROM sluice.customer AS x WHERE x.id = c.id FOR UPDATE;
	RETURN c;
END
$$;

-- NULL leaves a field as it is.
CREATE FUNCTION sluice.customer_set(in_customer text, in_title text,
    in_contact text, in_name text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old sluice.customer := sluice.customer_lock(in_customer);
	wanted sluice.customer := old;
BEGIN
	IF in_name !~ '^[a-z0-9][a-z0-9._-]{0,63}$' THEN
		RAISE EXCEPTION 'bad_name: a customer''s name is lower-case letters, '
		    'digits, dots, hyphens and underscores'
		    USING ERRCODE = 'SLINV';
	END IF;
	wanted.title := COALESCE(NULLIF(btrim(in_title), ''), old.title);
	wanted.contact := COALESCE(in_contact, old.contact);
	wanted.name := COALESCE(in_name, old.name);
	RETURN sluice.customer_write(old, wanted, 'customer_set', in_reason);
END
$$;

CREATE FUNCTION sluice.customer_set_status(in_customer text,
    in_status text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old sluice.customer := sluice.customer_lock(in_customer);
	wanted sluice.customer := old;
BEGIN
	IF COALESCE(in_status, '') NOT IN ('active', 'disabled') THEN
		RAISE EXCEPTION 'bad_status: a customer is active or disabled'
		    USING ERRCODE = 'SLINV';
	END IF;
	wanted.status := in_status;
	RETURN sluice.customer_write(old, wanted, 'customer_' || in_status,
	    in_reason);
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
	    'agreements', sluice.agreement_list(c.name),
	    'keys', (SELECT COALESCE(jsonb_agg(sluice.customer_key_json(k)
		ORDER BY k.created), '[]') FROM sluice.customer_key AS k
		WHERE k.customer = c.id),
	    'activations', sluice.activation_list(c.name),
	    'tokens', (SELECT COALESCE(jsonb_agg(sluice.token_json(t)
		ORDER BY t.created), '[]') FROM sluice.token AS t
		WHERE t.customer = c.id));
END
$$;

-- ---- reports, sessions, settings ----

CREATE FUNCTION sluice.usage_report(in_customer text, in_dataset text,
    in_month text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c uuid := sluice.customer_id(in_customer);
	d bigint := sluice.dataset_id(in_dataset);
BEGIN
	RETURN sluice.usage_rows(c, d, NULL, in_month);
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
	LEFT JOIN sluice.token AS t ON t.id = e.token
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
	RETURN sluice.changed('session_kick', in_what, in_reason,
	    jsonb_build_object('kicked', kicked),
	    jsonb_build_object('deliveries', jsonb_build_array(kicked, 0)));
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
		WHERE p.state IN ('reserved', 'signed', 'sealed',
		    'logged')),
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

-- Recompute the chain: is it whole, and where does it break first?
CREATE FUNCTION sluice.audit_verify() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT jsonb_build_object('rows', count(*),
	    'head', encode(COALESCE((SELECT a.hash FROM sluice.audit AS a
		ORDER BY a.number DESC LIMIT 1), sluice.zero_hash()), 'hex'),
	    'whole', min(x.number) FILTER (WHERE x.is_bad) IS NULL,
	    'broken', min(x.number) FILTER (WHERE x.is_bad))
	FROM (
		SELECT a.number, a.number <> row_number() OVER walk OR
		    a.previous <> lag(a.hash, 1, sluice.zero_hash()) OVER walk OR
		    a.hash <> sha256(a.previous ||
			convert_to(sluice.audit_text(a), 'UTF8')) AS is_bad
		FROM sluice.audit AS a WINDOW walk AS (ORDER BY a.number)) AS x;
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
	IF COALESCE(in_value, '') !~ '^[0-9]{1,9}$' THEN
		RAISE EXCEPTION 'bad_value: the setting % is a whole number', in_name
		    USING ERRCODE = 'SLINV';
	END IF;
	UPDATE sluice.setting SET value = in_value WHERE name = in_name;
	RETURN sluice.changed('setting_set', in_name, in_reason,
	    jsonb_build_object('name', in_name, 'value', in_value,
		'summary', s.summary),
	    sluice.changes(jsonb_build_object('value', s.value),
		jsonb_build_object('value', in_value)));
END
$$;
