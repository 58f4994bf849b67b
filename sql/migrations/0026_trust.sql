-- Trust files: the root statements that customers' clients check themselves.
-- Whether enough root keys signed is theirs and sluicectl's to judge; here the
-- versions follow each other without a gap and nothing is changed.

CREATE TABLE sluice.trust (
	version int PRIMARY KEY CHECK (version > 0),
	text bytea NOT NULL CHECK (octet_length(text) <= 65536),
	sha256 bytea NOT NULL GENERATED ALWAYS AS (sha256(text)) STORED,
	installed timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	actor name NOT NULL DEFAULT session_user
);

CREATE TABLE sluice.trust_signature (
	version int NOT NULL REFERENCES sluice.trust,
	key_id text NOT NULL CHECK (key_id ~ '^[0-9A-F]{16}$'),
	minisig text NOT NULL CHECK (octet_length(minisig) <= 2048),
	PRIMARY KEY (version, key_id)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON sluice.trust FOR EACH STATEMENT
	EXECUTE FUNCTION sluice.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON sluice.trust_signature FOR EACH STATEMENT
	EXECUTE FUNCTION sluice.refuse_change();

-- With its signatures: {"KEYID16": "the minisign file"}.
CREATE FUNCTION sluice.trust_json(t sluice.trust) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('version', t.version,
	    'text', convert_from(t.text, 'UTF8'),
	    'sha256', encode(t.sha256, 'hex'),
	    'installed', sluice.words(t.installed), 'actor', t.actor,
	    'signatures', (
		SELECT jsonb_object_agg(s.key_id, s.minisig)
		FROM sluice.trust_signature AS s WHERE s.version = t.version));
END;

CREATE FUNCTION sluice.trust_field(t sluice.trust, field text) RETURNS text
LANGUAGE sql STABLE
RETURN (regexp_match(convert_from(t.text, 'UTF8'),
    '\n# ' || field || ': ([^\n]*)\n'))[1];

CREATE FUNCTION sluice.bad_trust(words text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'bad_trust: %', words USING ERRCODE = 'SLINV';
END
$$;

CREATE FUNCTION sluice.trust_check(in_version int, in_text bytea,
    in_signatures jsonb)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	head text := format(E'# sluice-trust/v1\n# version: %s\n', in_version);
BEGIN
	IF in_version IS NULL OR in_text IS NULL OR octet_length(in_text) > 65536 OR
	    substr(in_text, 1, octet_length(head)) <> convert_to(head, 'UTF8') OR
	    encode(in_text, 'escape') ~ '\\' THEN
		PERFORM sluice.bad_trust('this is not a trust file of version ' ||
		    COALESCE(in_version::text, '?'));
	END IF;
	IF jsonb_typeof(in_signatures) IS DISTINCT FROM 'object' THEN
		PERFORM sluice.bad_trust('the signatures are missing');
	END IF;
	IF NOT EXISTS (SELECT FROM jsonb_each(in_signatures)) OR
	    (SELECT count(*) FROM jsonb_each(in_signatures)) > 32 OR
	    EXISTS (SELECT FROM jsonb_each(in_signatures) AS s
		WHERE s.key !~ '^[0-9A-F]{16}$' OR
		    jsonb_typeof(s.value) <> 'string' OR
		    octet_length(s.value #>> '{}') > 2048) THEN
		PERFORM sluice.bad_trust('a signature is missing, malformed or one '
		    'too many');
	END IF;
END
$$;

-- The next version; the newest one again, with the same bytes, changes nothing.
CREATE FUNCTION sluice.trust_install(in_version int, in_text bytea,
    in_signatures jsonb)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	newest sluice.trust;
	made sluice.trust;
BEGIN
	PERFORM sluice.trust_check(in_version, in_text, in_signatures);
	LOCK TABLE sluice.trust IN SHARE ROW EXCLUSIVE MODE;
	SELECT * INTO newest FROM sluice.trust AS t
	ORDER BY t.version DESC LIMIT 1;
	IF newest.version = in_version AND newest.text = in_text THEN
		RETURN sluice.trust_json(newest) || '{"changes": {}}';
	END IF;
	IF in_version <> COALESCE(newest.version, 0) + 1 THEN
		RAISE EXCEPTION 'trust_version: version % does not follow version %, '
		    'which is the newest', in_version, COALESCE(newest.version, 0)
		    USING ERRCODE = 'SLCON';
	END IF;
	INSERT INTO sluice.trust (version, text) VALUES (in_version, in_text)
	RETURNING * INTO made;
	INSERT INTO sluice.trust_signature (version, key_id, minisig)
	SELECT in_version, s.key, s.value #>> '{}'
	FROM jsonb_each(in_signatures) AS s;
	RETURN sluice.changed('trust_install', 'version ' || in_version,
	    'signed by root', sluice.trust_json(made), sluice.changes(
		jsonb_build_object('version', newest.version,
		    'sha256', encode(newest.sha256, 'hex')),
		jsonb_build_object('version', made.version,
		    'sha256', encode(made.sha256, 'hex'))));
END
$$;

CREATE FUNCTION sluice.trust_latest() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	newest sluice.trust;
BEGIN
	SELECT * INTO newest FROM sluice.trust AS t
	ORDER BY t.version DESC LIMIT 1;
	IF newest.version IS NULL THEN
		RAISE EXCEPTION 'no_trust: no trust file is installed'
		    USING ERRCODE = 'SLSTA';
	END IF;
	RETURN sluice.trust_json(newest);
END
$$;

CREATE FUNCTION sluice.trust_show(in_version int) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.trust;
BEGIN
	SELECT * INTO found_row FROM sluice.trust AS t
	WHERE t.version = in_version;
	IF found_row.version IS NULL THEN
		RAISE EXCEPTION 'trust_not_found: there is no trust file of version %',
		    in_version USING ERRCODE = 'SLNFD';
	END IF;
	RETURN sluice.trust_json(found_row);
END
$$;

-- Versions above this one, oldest first, at most so many; NULL: the newest
-- alone.
CREATE FUNCTION sluice.trust_versions(in_after int, in_limit int)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(sluice.trust_json(t) ORDER BY t.version), '[]')
	FROM (SELECT * FROM sluice.trust AS x
	    WHERE x.version > COALESCE(in_after,
		(SELECT max(y.version) - 1 FROM sluice.trust AS y))
	    ORDER BY x.version LIMIT LEAST(in_limit, 64)) AS t;
END;

CREATE FUNCTION sluice.trust_list() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(jsonb_build_object('version', t.version,
	    'issued', sluice.trust_field(t, 'issued'),
	    'expires', sluice.trust_field(t, 'expires'),
	    'installed', sluice.words(t.installed), 'actor', t.actor,
	    'sha256', encode(t.sha256, 'hex'),
	    'signatures', (SELECT count(*) FROM sluice.trust_signature AS s
		WHERE s.version = t.version)) ORDER BY t.version), '[]')
	FROM sluice.trust AS t;
END;

-- What profiles pin of the newest version: its root keys that are not revoked.
-- NULL without a trust file.
CREATE FUNCTION sluice.trust_pin() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT jsonb_build_object('version', t.version,
	    'threshold', (regexp_match(sluice.trust_field(t, 'threshold'),
		'^root=([0-9]+) '))[1]::int,
	    'keys', (
		SELECT jsonb_agg(r.line[1] ORDER BY r.line[1] COLLATE "C")
		FROM regexp_matches(convert_from(t.text, 'UTF8'),
		    '^root (RW[A-Za-z0-9+/]{54})$', 'gn') AS r (line)
		WHERE NOT EXISTS (
			SELECT FROM regexp_matches(convert_from(t.text, 'UTF8'),
			    '^revoked (RW[A-Za-z0-9+/]{54}) ', 'gn') AS v (line)
			WHERE substr(decode(v.line[1], 'base64'), 11) =
			    substr(decode(r.line[1], 'base64'), 11))))
	FROM sluice.trust AS t ORDER BY t.version DESC LIMIT 1;
END;

GRANT EXECUTE ON FUNCTION sluice.trust_install, sluice.trust_list
    TO sluice_admin;
GRANT EXECUTE ON FUNCTION sluice.trust_list TO sluice_auditor;
GRANT EXECUTE ON FUNCTION sluice.trust_latest, sluice.trust_show,
    sluice.trust_versions, sluice.trust_pin TO sluice_admin, sluice_auditor,
    sluice_publisher, sluice_log, sluice_witness, sluice_server;
GRANT SELECT ON sluice.trust, sluice.trust_signature
    TO sluice_admin, sluice_auditor;
