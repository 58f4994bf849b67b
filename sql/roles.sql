-- Group roles, the schema and the table of applied migrations.  May run again.
-- Needs a login that may create roles and schemas.

DO $$
DECLARE
	wanted text;
BEGIN
	FOREACH wanted IN ARRAY ARRAY['sluice_owner', 'sluice_server',
	    'sluice_admin', 'sluice_publisher', 'sluice_auditor', 'sluice_log',
	    'sluice_witness', 'sluice_bundle']
	LOOP
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
		    WHERE rolname = wanted) THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted);
		END IF;
	END LOOP;
	IF NOT pg_catalog.pg_has_role(session_user, 'sluice_owner', 'MEMBER') THEN
		EXECUTE pg_catalog.format('GRANT sluice_owner TO %I', session_user);
	END IF;
END
$$;

-- What ends a session that keeps others from changing anything (turn_take); where
-- this login may not grant it, they are told who does.
DO $$
BEGIN
	GRANT pg_signal_backend, pg_read_all_stats TO sluice_owner;
EXCEPTION WHEN insufficient_privilege THEN
	RAISE WARNING 'sluice_owner may not end a session that keeps others from '
	    'changing anything: run ''sluicectl db init'' as a superuser, or '
	    'grant it pg_signal_backend and pg_read_all_stats';
END
$$;

CREATE SCHEMA IF NOT EXISTS sluice AUTHORIZATION sluice_owner;
REVOKE ALL ON SCHEMA sluice FROM PUBLIC;
GRANT USAGE ON SCHEMA sluice TO sluice_server, sluice_admin, sluice_publisher,
    sluice_auditor, sluice_log, sluice_witness, sluice_bundle;

-- Functions are called by whom a migration grants them to, by nobody else.
ALTER DEFAULT PRIVILEGES FOR ROLE sluice_owner
    REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE IF NOT EXISTS sluice.schema_version (
	version int PRIMARY KEY,
	name text NOT NULL,
	sha256 bytea NOT NULL,
	applied timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
ALTER TABLE sluice.schema_version OWNER TO sluice_owner;
GRANT SELECT ON sluice.schema_version TO sluice_server, sluice_admin,
    sluice_publisher, sluice_auditor, sluice_log, sluice_witness,
    sluice_bundle;
