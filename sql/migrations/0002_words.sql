-- Small functions that the others are made of.

CREATE FUNCTION sluice.us(at timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (EXTRACT(epoch FROM at) * 1000000)::bigint;

CREATE FUNCTION sluice.from_us(us bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN 'epoch'::timestamptz + us * interval '1 microsecond';

-- 2026-11-21T01:15:00Z
CREATE FUNCTION sluice.words(at timestamptz) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');

CREATE FUNCTION sluice.seconds(ms bigint) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN round(ms / 1000.0, 3);

CREATE FUNCTION sluice.zero_hash() RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN decode(repeat('00', 32), 'hex');

-- How many numbers are in a set.
CREATE FUNCTION sluice.size_of(numbers int4multirange) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT COALESCE(sum(upper(span) - lower(span)), 0)::bigint
	FROM unnest(numbers) AS spans (span);
END;

-- The conditions of `task=pick|place,robot=ur5e`; raises bad_where.
CREATE FUNCTION sluice.where_parts(filter text)
RETURNS TABLE (key text, choices text[])
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	part text;
	seen text[] := '{}';
BEGIN
	IF COALESCE(filter, '') = '' THEN
		RETURN;
	END IF;
	FOREACH part IN ARRAY string_to_array(filter, ',') LOOP
		key := split_part(part, '=', 1);
		choices := string_to_array(substr(part, length(key) + 2), '|');
		IF key <> ALL (ARRAY['task', 'success', 'failure_mode', 'source',
		    'site', 'robot', 'recorded', 'embodiment', 'environment',
		    'consent']) OR key = ANY (seen) OR
		    part !~ '^[a-z_]+=[a-z0-9._-]+(\|[a-z0-9._-]+)*$' THEN
			RAISE EXCEPTION 'bad_where: cannot read the condition "%"',
			    left(part, 80) USING ERRCODE = 'SLINV';
		END IF;
		seen := seen || key;
		RETURN NEXT;
	END LOOP;
END
$$;

-- Does an episode with these facets match?  Absent facets match nothing.
CREATE FUNCTION sluice.where_matches(facets jsonb, filter text)
RETURNS boolean
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
	SELECT NOT EXISTS (
		SELECT FROM sluice.where_parts(filter) AS part
		WHERE CASE part.key
			WHEN 'recorded' THEN NOT EXISTS (
				SELECT FROM unnest(part.choices) AS choice
				WHERE facets ->> 'recorded' = choice OR
				    facets ->> 'recorded' LIKE choice || '-%' OR
				    facets ->> 'recorded' LIKE choice || 'T%')
			ELSE COALESCE(facets ->> part.key, '') <> ALL (part.choices)
		END);
END;

-- ---- what a change changes ----

-- The leaves of a JSON value by dotted path; arrays are leaves, nulls are none.
CREATE FUNCTION sluice.leaves(value jsonb)
RETURNS TABLE (path text, leaf jsonb)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE walk (path, leaf) AS (
		SELECT f.key, f.value FROM jsonb_each(value) AS f
		UNION ALL
		SELECT w.path || '.' || f.key, f.value
		FROM walk AS w
		CROSS JOIN LATERAL jsonb_each(CASE jsonb_typeof(w.leaf)
		    WHEN 'object' THEN w.leaf ELSE '{}' END) AS f
	)
	SELECT w.path, w.leaf FROM walk AS w
	WHERE jsonb_typeof(w.leaf) NOT IN ('object', 'null')
$$;

-- {path: [old, new], ...} of what differs; NULL is an object that is not there.
CREATE FUNCTION sluice.changes(old jsonb, new jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT COALESCE(jsonb_object_agg(COALESCE(o.path, n.path),
	    jsonb_build_array(o.leaf, n.leaf)), '{}')
	FROM sluice.leaves(old) AS o
	FULL JOIN sluice.leaves(new) AS n ON n.path = o.path
	WHERE o.leaf IS DISTINCT FROM n.leaf
$$;

-- ---- turns: one at a time, for the rest of a transaction ----

-- Advisory locks are open to every login, so none of ours may guard anything
-- that a stranger could hold up: turns are rows that only the owner's functions
-- can lock.
CREATE TABLE sluice.turn (
	name text PRIMARY KEY
);
INSERT INTO sluice.turn VALUES ('audit'), ('event');

CREATE FUNCTION sluice.turn_take(in_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM FROM sluice.turn AS t WHERE t.name = in_name FOR UPDATE;
END
$$;

-- ---- audit ----

CREATE FUNCTION sluice.audit_text(row_ sluice.audit) RETURNS text
LANGUAGE sql STABLE
RETURN concat_ws(E'\n', 'sluice-audit/v1', row_.number,
    to_char(row_.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    row_.actor, row_.action, row_.object, row_.reason, row_.detail, '');

-- One row under the session's login.  Rows are numbered one after the other,
-- so that changes wait for each other; they are few.
CREATE FUNCTION sluice.audit_add(
    action text, object text, reason text, detail jsonb)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	new_row sluice.audit;
BEGIN
	IF COALESCE(btrim(reason), '') = '' THEN
		RAISE EXCEPTION 'reason_required: say why (a reason is recorded)'
		    USING ERRCODE = 'SLINV';
	END IF;
	PERFORM sluice.turn_take('audit');
	SELECT a.number + 1, a.hash INTO new_row.number, new_row.previous
	FROM sluice.audit AS a ORDER BY a.number DESC LIMIT 1;
	new_row.number := COALESCE(new_row.number, 1);
	new_row.previous := COALESCE(new_row.previous, sluice.zero_hash());
	new_row.at := clock_timestamp();
	new_row.actor := session_user;
	new_row.action := action;
	new_row.object := object;
	new_row.reason := btrim(regexp_replace(reason, '\s+', ' ', 'g'));
	new_row.detail := detail;
	new_row.hash := sha256(new_row.previous ||
	    convert_to(sluice.audit_text(new_row), 'UTF8'));
	INSERT INTO sluice.audit SELECT (new_row).*;
END
$$;

-- How a change function ends: audited, unless nothing changed.
CREATE FUNCTION sluice.changed(action text, object text, reason text,
    answer jsonb, changes jsonb)
RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF changes <> '{}' THEN
		PERFORM sluice.audit_add(action, object, reason,
		    jsonb_build_object('changes', changes));
	END IF;
	RETURN answer || jsonb_build_object('changes', changes);
END
$$;

-- ---- events ----

-- Ids ascend in order of commit: the lock is held until then, so call this
-- late in a transaction.
CREATE FUNCTION sluice.event_add(
    kind text, dataset bigint, licence uuid, data jsonb)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	new_id bigint;
BEGIN
	PERFORM sluice.turn_take('event');
	SELECT COALESCE(max(e.id), 0) + 1 INTO new_id FROM sluice.event AS e;
	INSERT INTO sluice.event (id, kind, dataset, licence, data)
	VALUES (new_id, kind, dataset, licence, data);
	PERFORM pg_notify(
	    CASE kind WHEN 'licence' THEN 'sluice_licence' ELSE 'sluice_batch' END,
	    CASE kind WHEN 'licence' THEN licence::text ELSE new_id::text END);
	RETURN new_id;
END
$$;

-- ---- who may see what ----

-- A licence that serves now.
CREATE FUNCTION sluice.is_licensed(in_customer uuid, in_dataset bigint)
RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT EXISTS (
		SELECT FROM sluice.licence AS l
		WHERE l.customer = in_customer AND l.dataset = in_dataset AND
		    l.status = 'active' AND l.valid_from <= clock_timestamp() AND
		    l.valid_until > clock_timestamp());
END;

CREATE FUNCTION sluice.can_see(in_customer uuid, in_dataset bigint,
    visibility text)
RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT visibility <> 'private' OR EXISTS (
		SELECT FROM sluice.licence AS l
		WHERE l.customer = in_customer AND l.dataset = in_dataset AND
		    l.status <> 'revoked');
END;

CREATE FUNCTION sluice.visible_dataset(in_customer uuid, in_name text)
RETURNS sluice.dataset
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.dataset;
BEGIN
	SELECT * INTO found_row FROM sluice.dataset AS d
	WHERE d.name = in_name AND
	    sluice.can_see(in_customer, d.id, d.visibility);
	IF found_row.id IS NULL THEN
		RAISE EXCEPTION 'not_found: there is no dataset %', in_name
		    USING ERRCODE = 'SLNFD';
	END IF;
	RETURN found_row;
END
$$;

CREATE FUNCTION sluice.setting_int(in_name text) RETURNS bigint
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT s.value::bigint FROM sluice.setting AS s WHERE s.name = in_name;
END;

-- ---- early access ----

-- As what class batch_release counts a class for this batch.
CREATE FUNCTION sluice.release_class(in_dataset bigint, in_seq int,
    in_class text)
RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT CASE WHEN EXISTS (
		SELECT FROM sluice.batch_release AS r
		WHERE r.dataset = in_dataset AND r.seq = in_seq AND
		    r.class = in_class) THEN in_class ELSE '*' END;
END;

-- The newest batch that a class of licences has.
CREATE FUNCTION sluice.released_seq(in_dataset bigint, in_class text)
RETURNS int
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT COALESCE((
		SELECT min(r.seq) - 1 FROM sluice.batch_release AS r
		WHERE r.dataset = in_dataset AND r.released IS NULL AND
		    r.at > clock_timestamp() AND
		    r.class = sluice.release_class(r.dataset, r.seq, in_class)),
	    d.seq)
	FROM sluice.dataset AS d WHERE d.id = in_dataset;
END;

-- {"seq":8,"at":"…Z"}: the next batch that a class gets, or NULL.
CREATE FUNCTION sluice.release_next(in_dataset bigint, in_class text)
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('seq', r.seq, 'at', sluice.words(r.at))
	FROM sluice.batch_release AS r
	WHERE r.dataset = in_dataset AND r.released IS NULL AND
	    r.at > clock_timestamp() AND
	    r.class = sluice.release_class(r.dataset, r.seq, in_class)
	ORDER BY r.seq LIMIT 1;
END;

CREATE FUNCTION sluice.is_audience(audience jsonb, class text)
RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN audience IS NULL THEN true
    WHEN audience ? 'class' THEN audience ->> 'class' = class
    ELSE NOT audience -> 'except' ? class END;
