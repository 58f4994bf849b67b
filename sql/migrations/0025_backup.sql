-- For the operator: what a backup must bring back, and logins of people.

-- The heads of all hash chains, as they are now.
CREATE FUNCTION sluice.backup_heads() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT jsonb_build_object('version', 1,
	    'migration', (SELECT max(v.version) FROM sluice.schema_version AS v),
	    'audit', (SELECT jsonb_build_object('number', count(*),
		'head', encode(COALESCE((SELECT a.hash FROM sluice.audit AS a
		    ORDER BY a.number DESC LIMIT 1), sluice.zero_hash()), 'hex'))
		FROM sluice.audit),
	    'ledgers', (SELECT COALESCE(jsonb_agg(jsonb_build_object(
		'licence', t.licence, 'number', t.ledger_number,
		'head', encode(t.ledger_head, 'hex')) ORDER BY t.licence), '[]')
		FROM sluice.licence_total AS t));
END;

-- The same with the name of the snapshot, for pg_dump; within a transaction,
-- which must stay open until the dump is done.
CREATE FUNCTION sluice.backup_start() RETURNS jsonb
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object('snapshot', pg_export_snapshot(),
	    'heads', sluice.backup_heads() || jsonb_build_object(
		'at', sluice.words(clock_timestamp())))
$$;

-- ---- logins: these run with the caller's rights, who owns the schema and may
-- make roles ----

CREATE FUNCTION sluice.login_roles(in_login text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT COALESCE(jsonb_agg(substr(g.rolname, 8) ORDER BY g.rolname), '[]')
	FROM pg_auth_members AS m
	JOIN pg_roles AS r ON r.oid = m.member
	JOIN pg_roles AS g ON g.oid = m.roleid
	WHERE r.rolname = in_login AND g.rolname IN ('sluice_server',
	    'sluice_admin', 'sluice_publisher', 'sluice_auditor', 'sluice_log',
	    'sluice_witness', 'sluice_bundle')
$$;

CREATE FUNCTION sluice.login_json(in_login text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object('name', in_login,
	    'roles', sluice.login_roles(in_login),
	    'publisher', (SELECT p.name FROM sluice.publisher_login AS l
		JOIN sluice.publisher AS p ON p.id = l.publisher
		WHERE l.login = in_login),
	    'expires', (SELECT sluice.words(r.rolvaliduntil) FROM pg_roles AS r
		WHERE r.rolname = in_login AND isfinite(r.rolvaliduntil)))
$$;

-- Who makes or removes roles is in the audit log, too.
CREATE FUNCTION sluice.login_changed(action text, in_login text,
    in_reason text, answer jsonb, changes jsonb)
RETURNS jsonb
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT sluice.changed(action, in_login, in_reason, answer, changes)
$$;

CREATE FUNCTION sluice.login_list() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT COALESCE(jsonb_agg(sluice.login_json(r.rolname)
	    ORDER BY r.rolname), '[]')
	FROM pg_roles AS r
	WHERE r.rolcanlogin AND sluice.login_roles(r.rolname) <> '[]'
$$;

-- in_role is server, admin, publisher or auditor; the login may have others.
CREATE FUNCTION sluice.login_add(in_login text, in_role text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old jsonb := sluice.login_roles(in_login);
BEGIN
	IF COALESCE(in_login, '') !~ '^[a-z_][a-z0-9_-]{0,62}$' OR
	    in_login ~ '^(pg|sluice)_' THEN
		RAISE EXCEPTION 'bad_name: a login is lower-case letters, digits, '
		    'hyphens and underscores' USING ERRCODE = 'SLINV';
	END IF;
	IF COALESCE(in_role, '') NOT IN ('server', 'admin', 'publisher',
	    'auditor', 'log', 'witness') THEN
		RAISE EXCEPTION 'bad_role: a role is server, admin, publisher, '
		    'auditor, log or witness' USING ERRCODE = 'SLINV';
	END IF;
	IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = in_login) THEN
		EXECUTE format('CREATE ROLE %I LOGIN', in_login);
	ELSIF EXISTS (SELECT FROM pg_roles AS r
	    WHERE r.rolname = in_login AND (r.rolsuper OR NOT r.rolcanlogin)) THEN
		RAISE EXCEPTION 'login_exists: the role % is there and is no login of '
		    'this kind', in_login USING ERRCODE = 'SLEXI';
	END IF;
	IF NOT old ? in_role THEN
		EXECUTE format('GRANT %I TO %I', 'sluice_' || in_role, in_login);
	END IF;
	RETURN sluice.login_changed('login_add', in_login, in_reason,
	    sluice.login_json(in_login), sluice.changes(
		jsonb_build_object('roles', NULLIF(old, '[]')),
		jsonb_build_object('roles', sluice.login_roles(in_login))));
END
$$;

CREATE FUNCTION sluice.login_remove(in_login text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old jsonb := sluice.login_roles(in_login);
BEGIN
	IF old = '[]' OR EXISTS (SELECT FROM pg_roles AS r
	    WHERE r.rolname = in_login AND r.rolsuper) THEN
		RAISE EXCEPTION 'login_not_found: there is no login % of Sluice''s',
		    in_login USING ERRCODE = 'SLNFD';
	END IF;
	IF in_login = session_user OR EXISTS (
		SELECT FROM sluice.publisher_login AS l WHERE l.login = in_login) THEN
		RAISE EXCEPTION 'login_in_use: % is your own, or a publisher''s: '
		    'remove it there first', in_login USING ERRCODE = 'SLSTA';
	END IF;
	EXECUTE format('DROP ROLE %I', in_login);
	RETURN sluice.login_changed('login_remove', in_login, in_reason,
	    jsonb_build_object('name', in_login), sluice.changes(
		jsonb_build_object('roles', old), NULL));
EXCEPTION WHEN dependent_objects_still_exist THEN
	RAISE EXCEPTION 'login_in_use: something in PostgreSQL belongs to %',
	    in_login USING ERRCODE = 'SLSTA';
END
$$;

GRANT EXECUTE ON FUNCTION sluice.backup_heads TO sluice_admin, sluice_auditor;
GRANT EXECUTE ON FUNCTION sluice.login_list TO sluice_admin, sluice_auditor;
