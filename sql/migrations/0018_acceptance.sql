-- Texts of terms, named by their SHA-256, and who accepted them.

CREATE TABLE sluice.terms_text (
	sha256 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
	words text NOT NULL,
	actor name NOT NULL DEFAULT session_user,
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);

CREATE TABLE sluice.acceptance (
	licence uuid NOT NULL REFERENCES sluice.licence,
	number int NOT NULL CHECK (number > 0),
	sha256 text NOT NULL REFERENCES sluice.terms_text,
	person text NOT NULL,
	at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (licence, number)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON sluice.terms_text FOR EACH STATEMENT
	EXECUTE FUNCTION sluice.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON sluice.acceptance FOR EACH STATEMENT
	EXECUTE FUNCTION sluice.refuse_change();

CREATE FUNCTION sluice.text_sha256(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN encode(sha256(convert_to(words, 'UTF8')), 'hex');

-- Without the words.
CREATE FUNCTION sluice.terms_text_json(x sluice.terms_text) RETURNS jsonb
LANGUAGE sql STABLE
RETURN jsonb_build_object('name', x.sha256, 'sha256', x.sha256,
    'bytes', octet_length(convert_to(x.words, 'UTF8')),
    'created', sluice.words(x.created));

-- As it was stored: a text that is not what its name says is not shown.
CREATE FUNCTION sluice.terms_text_find(in_sha256 text)
RETURNS sluice.terms_text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.terms_text;
BEGIN
	SELECT * INTO found_row FROM sluice.terms_text AS x
	WHERE x.sha256 = in_sha256;
	IF found_row.sha256 IS NULL THEN
		RAISE EXCEPTION 'terms_text_not_found: there is no text %',
		    COALESCE(left(in_sha256, 80), 'of terms')
		    USING ERRCODE = 'SLNFD';
	END IF;
	IF sluice.text_sha256(found_row.words) <> in_sha256 THEN
		RAISE EXCEPTION 'terms_text_damaged: the text % is not what it was',
		    in_sha256 USING ERRCODE = 'SLINT';
	END IF;
	RETURN found_row;
END
$$;

CREATE FUNCTION sluice.terms_text_add(in_text text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made sluice.terms_text;
BEGIN
	IF COALESCE(btrim(in_text), '') = '' OR octet_length(in_text) > 1048576 THEN
		RAISE EXCEPTION 'bad_terms_text: a text of terms is 1 byte to 1 MiB of '
		    'UTF-8' USING ERRCODE = 'SLINV';
	END IF;
	INSERT INTO sluice.terms_text (sha256, words)
	VALUES (sluice.text_sha256(in_text), in_text)
	ON CONFLICT (sha256) DO NOTHING RETURNING * INTO made;
	IF made.sha256 IS NULL THEN
		made := sluice.terms_text_find(sluice.text_sha256(in_text));
		RETURN sluice.terms_text_json(made) || '{"changes":{}}';
	END IF;
	RETURN sluice.changed('terms_text_add', made.sha256, in_reason,
	    sluice.terms_text_json(made),
	    jsonb_build_object('sha256', jsonb_build_array(NULL, made.sha256)));
END
$$;

CREATE FUNCTION sluice.terms_text(in_sha256 text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	x sluice.terms_text := sluice.terms_text_find(lower(in_sha256));
BEGIN
	RETURN sluice.terms_text_json(x) || jsonb_build_object('text', x.words);
END
$$;

-- ---- the customer's side ----

CREATE FUNCTION sluice.licence_of(in_customer uuid, in_licence uuid)
RETURNS sluice.licence
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found_row sluice.licence;
BEGIN
	SELECT * INTO found_row FROM sluice.licence AS l
	WHERE l.id = in_licence AND l.customer = in_customer;
	IF found_row.id IS NULL THEN
		RAISE EXCEPTION 'licence_not_found: there is no licence %', in_licence
		    USING ERRCODE = 'SLNFD';
	END IF;
	RETURN found_row;
END
$$;

CREATE FUNCTION sluice.acceptance_json(l sluice.licence) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', a.person, 'at', sluice.words(a.at))
	FROM sluice.acceptance AS a
	WHERE a.licence = l.id AND a.sha256 = l.text_sha256
	ORDER BY a.number DESC LIMIT 1;
END;

-- One licence as its holder sees it.
CREATE FUNCTION sluice.customer_licence(in_customer uuid, in_licence uuid)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_of(in_customer, in_licence);
BEGIN
	RETURN sluice.licence_json(l) || jsonb_build_object(
	    'terms', (SELECT v.terms FROM sluice.licence_version AS v
		WHERE v.licence = l.id AND v.version = l.version),
	    'acceptance', sluice.acceptance_json(l),
	    'release', sluice.release_next(l.dataset, l.class),
	    'agreement', (SELECT jsonb_build_object('name', a.name,
		'status', a.status, 'used', sluice.agreement_used(a.id)) ||
		sluice.agreement_terms(a)
		FROM sluice.agreement AS a WHERE a.id = l.agreement));
END
$$;

CREATE FUNCTION sluice.licence_text(in_customer uuid, in_licence uuid)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_of(in_customer, in_licence);
	x sluice.terms_text := sluice.terms_text_find(l.text_sha256);
BEGIN
	RETURN jsonb_build_object('licence', l.id, 'sha256', x.sha256,
	    'text', x.words, 'required', l.text_required,
	    'accepted', sluice.acceptance_json(l));
END
$$;

-- A person of the customer has read the text with this hash.
CREATE FUNCTION sluice.licence_accept(in_customer uuid, in_licence uuid,
    in_sha256 text, in_person text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_of(in_customer, in_licence);
	answer jsonb;
BEGIN
	l := sluice.licence_lock(l.id::text);
	PERFORM sluice.terms_text_find(l.text_sha256);
	IF lower(in_sha256) IS DISTINCT FROM l.text_sha256 THEN
		RAISE EXCEPTION 'terms_changed: the terms of the licence are another '
		    'text now; read that one' USING ERRCODE = 'SLCON';
	END IF;
	IF btrim(COALESCE(in_person, '')) = '' OR length(in_person) > 200 OR
	    in_person ~ '[[:cntrl:]]' THEN
		RAISE EXCEPTION 'bad_name: say who accepts, in at most 200 characters'
		    USING ERRCODE = 'SLINV';
	END IF;
	answer := jsonb_build_object('licence', l.id, 'sha256', l.text_sha256);
	IF l.accepted_sha256 IS NOT DISTINCT FROM l.text_sha256 THEN
		RETURN answer || sluice.acceptance_json(l) || '{"changes":{}}';
	END IF;
	INSERT INTO sluice.acceptance (licence, number, sha256, person)
	SELECT l.id, count(*) + 1, l.text_sha256, btrim(in_person)
	FROM sluice.acceptance AS a WHERE a.licence = l.id;
	UPDATE sluice.licence AS x SET accepted_sha256 = l.text_sha256
	WHERE x.id = l.id;
	answer := sluice.changed('licence_accept', l.id::text,
	    'accepted by ' || btrim(in_person),
	    answer || sluice.acceptance_json(l),
	    jsonb_build_object('accepted', jsonb_build_array(l.accepted_sha256,
		l.text_sha256)));
	PERFORM sluice.licence_tell(l);
	RETURN answer;
END
$$;
