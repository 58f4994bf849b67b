-- What customers ask for: access to a dataset, or data to be collected.

CREATE TABLE sluice.request (
	id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	customer uuid NOT NULL REFERENCES sluice.customer,
	kind text NOT NULL CHECK (kind IN ('access', 'collection')),
	dataset bigint REFERENCES sluice.dataset,
	purpose text NOT NULL,
	message text NOT NULL,
	status text NOT NULL DEFAULT 'open'
		CHECK (status IN ('open', 'approved', 'rejected')),
	licence uuid REFERENCES sluice.licence,
	answer text NOT NULL DEFAULT '',
	decided_by name,
	decided timestamptz,
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	CHECK (kind = 'collection' OR dataset IS NOT NULL)
);
CREATE INDEX request_customer ON sluice.request (customer, created);

-- As the customer sees it; admins see who asks and who decided, too.
CREATE FUNCTION sluice.request_json(r sluice.request) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', r.id, 'id', r.id, 'kind', r.kind,
	    'dataset', (SELECT d.name FROM sluice.dataset AS d
		WHERE d.id = r.dataset),
	    'purpose', r.purpose, 'message', r.message, 'status', r.status,
	    'answer', r.answer, 'licence', r.licence,
	    'created', sluice.words(r.created),
	    'decided', sluice.words(r.decided));
END;

CREATE FUNCTION sluice.request_admin_json(r sluice.request) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT sluice.request_json(r) || jsonb_build_object(
	    'customer', c.name, 'contact', c.contact,
	    'decided_by', r.decided_by)
	FROM sluice.customer AS c WHERE c.id = r.customer;
END;

-- ---- the customer's side ----

CREATE FUNCTION sluice.request_add(in_customer uuid, in_kind text,
    in_dataset text, in_purpose text, in_message text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer;
	d sluice.dataset;
	r sluice.request;
BEGIN
	IF COALESCE(in_kind, '') NOT IN ('access', 'collection') OR
	    (in_kind = 'access' AND in_dataset IS NULL) OR
	    length(in_purpose) > 200 OR length(in_message) > 4000 OR
	    COALESCE(in_purpose, '') ~ '[[:cntrl:]]' THEN
		RAISE EXCEPTION 'bad_request: a request is for access to a dataset or '
		    'for a collection; purpose 200, message 4000 characters'
		    USING ERRCODE = 'SLINV';
	END IF;
	IF in_dataset IS NOT NULL THEN
		d := sluice.visible_dataset(in_customer, in_dataset);
	END IF;
	SELECT * INTO c FROM sluice.customer AS x
	WHERE x.id = in_customer FOR UPDATE;
	SELECT * INTO r FROM sluice.request AS x
	WHERE x.customer = in_customer AND x.status = 'open' AND
	    x.kind = in_kind AND x.dataset IS NOT DISTINCT FROM d.id AND
	    x.purpose = COALESCE(in_purpose, '') AND
	    x.message = COALESCE(in_message, '');
	IF r.id IS NOT NULL THEN
		RETURN sluice.request_json(r) || '{"changes":{}}';
	END IF;
	IF (SELECT count(*) FROM sluice.request AS x
	    WHERE x.customer = in_customer AND x.status = 'open') >= 20 THEN
		RAISE EXCEPTION 'too_many_requests: 20 requests wait for an answer '
		    'already' USING ERRCODE = 'SLLIM';
	END IF;
	INSERT INTO sluice.request (customer, kind, dataset, purpose, message)
	VALUES (c.id, in_kind, d.id, COALESCE(in_purpose, ''),
	    COALESCE(in_message, '')) RETURNING * INTO r;
	RETURN sluice.changed('request_add', r.id::text,
	    in_kind || ' asked for by ' || c.name, sluice.request_json(r),
	    sluice.changes(NULL, jsonb_build_object('kind', r.kind,
		'customer', c.name, 'dataset', d.name, 'status', r.status)));
END
$$;

CREATE FUNCTION sluice.customer_requests(in_customer uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT jsonb_build_object('requests', COALESCE(jsonb_agg(
	    sluice.request_json(n.r) ORDER BY (n.r).created DESC), '[]'))
	FROM (
		SELECT r FROM sluice.request AS r WHERE r.customer = in_customer
		ORDER BY r.created DESC LIMIT 1000) AS n;
END;

-- ---- admins ----

CREATE FUNCTION sluice.request_list(in_status text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF in_status NOT IN ('open', 'approved', 'rejected') THEN
		RAISE EXCEPTION 'bad_status: a request is open, approved or rejected'
		    USING ERRCODE = 'SLINV';
	END IF;
	RETURN (
		SELECT COALESCE(jsonb_agg(sluice.request_admin_json(r)
		    ORDER BY r.created DESC), '[]')
		FROM sluice.request AS r
		WHERE in_status IS NULL OR r.status = in_status);
END
$$;

CREATE FUNCTION sluice.request_find(in_id text) RETURNS sluice.request
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.request;
BEGIN
	SELECT * INTO found_row FROM sluice.request AS r
	WHERE r.id::text = lower(in_id);
	IF found_row.id IS NULL THEN
		RAISE EXCEPTION 'request_not_found: there is no request %', in_id
		    USING ERRCODE = 'SLNFD';
	END IF;
	RETURN found_row;
END
$$;

CREATE FUNCTION sluice.request_show(in_id text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN sluice.request_admin_json(sluice.request_find(in_id));
END
$$;

-- The same decision again changes nothing, another one is an error.
CREATE FUNCTION sluice.request_decide(in_id text, in_status text,
    in_licence uuid, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old sluice.request := sluice.request_find(in_id);
	r sluice.request;
BEGIN
	SELECT * INTO old FROM sluice.request AS x WHERE x.id = old.id FOR UPDATE;
	IF old.status = in_status AND
	    old.licence IS NOT DISTINCT FROM in_licence THEN
		RETURN sluice.request_admin_json(old) || '{"changes":{}}';
	END IF;
	IF old.status <> 'open' THEN
		RAISE EXCEPTION 'request_decided: request % is %', old.id, old.status
		    USING ERRCODE = 'SLSTA';
	END IF;
	UPDATE sluice.request AS x SET status = in_status, licence = in_licence,
	    answer = COALESCE(btrim(in_reason), ''), decided_by = session_user,
	    decided = clock_timestamp()
	WHERE x.id = old.id RETURNING * INTO r;
	RETURN sluice.changed('request_' || in_status, r.id::text, in_reason,
	    sluice.request_admin_json(r), sluice.changes(
		jsonb_build_object('status', old.status),
		jsonb_build_object('status', r.status, 'licence', r.licence)));
END
$$;

CREATE FUNCTION sluice.request_approve(in_id text, in_licence text,
    in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r sluice.request := sluice.request_find(in_id);
	l sluice.licence;
BEGIN
	IF in_licence IS NOT NULL THEN
		l := sluice.licence_find(in_licence);
		IF l.customer <> r.customer OR
		    l.dataset <> COALESCE(r.dataset, l.dataset) THEN
			RAISE EXCEPTION 'licence_not_found: licence % is not of the '
			    'customer and dataset of the request', in_licence
			    USING ERRCODE = 'SLNFD';
		END IF;
	ELSIF r.kind = 'access' THEN
		RAISE EXCEPTION 'licence_required: say which licence gives the access'
		    USING ERRCODE = 'SLINV';
	END IF;
	RETURN sluice.request_decide(in_id, 'approved', l.id, in_reason);
END
$$;

CREATE FUNCTION sluice.request_reject(in_id text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN sluice.request_decide(in_id, 'rejected', NULL, in_reason);
END
$$;
