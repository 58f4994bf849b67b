-- Receipts: what customers signed of what they hold.  The signature is checked
-- by sluiced; here is whether what it says fits the ledger.

CREATE TABLE sluice.customer_key (
	public_key text PRIMARY KEY,
	customer uuid NOT NULL REFERENCES sluice.customer,
	status text NOT NULL DEFAULT 'active'
		CHECK (status IN ('active', 'revoked')),
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE INDEX customer_key_customer ON sluice.customer_key (customer);

CREATE TABLE sluice.receipt (
	licence uuid NOT NULL REFERENCES sluice.licence,
	number int NOT NULL CHECK (number > 0),
	public_key text NOT NULL REFERENCES sluice.customer_key,
	words text NOT NULL, -- as signed
	minisig text NOT NULL,
	sha256 bytea NOT NULL,
	seq int NOT NULL,
	ledger_number bigint NOT NULL,
	ledger_head bytea NOT NULL,
	on_chain boolean NOT NULL,
	said_at timestamptz NOT NULL, -- by the customer's clock
	at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (licence, number),
	UNIQUE (licence, sha256)
);

-- Episodes that a receipt says are gone; all of the licence if `episode` is NULL.
CREATE TABLE sluice.removal (
	licence uuid NOT NULL,
	receipt int NOT NULL,
	how text NOT NULL CHECK (how IN ('retraction', 'deletion')),
	episode uuid,
	said_at timestamptz NOT NULL,
	FOREIGN KEY (licence, receipt) REFERENCES sluice.receipt
);
CREATE INDEX removal_licence ON sluice.removal (licence, episode);
-- A customer may name a million episodes, and then ask for its receipts.
CREATE INDEX removal_receipt ON sluice.removal (licence, receipt);

CREATE INDEX receipt_day ON sluice.receipt (licence, at);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON sluice.receipt FOR EACH STATEMENT
	EXECUTE FUNCTION sluice.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON sluice.removal FOR EACH STATEMENT
	EXECUTE FUNCTION sluice.refuse_change();

-- ---- keys ----

CREATE FUNCTION sluice.customer_key_json(k sluice.customer_key)
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', k.public_key, 'key', k.public_key,
	    'key_id', encode(sluice.key_id(k.public_key), 'hex'),
	    'customer', c.name, 'status', k.status,
	    'created', sluice.words(k.created))
	FROM sluice.customer AS c WHERE c.id = k.customer;
END;

CREATE FUNCTION sluice.customer_key_add(in_customer uuid, in_key text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c sluice.customer;
	k sluice.customer_key;
BEGIN
	PERFORM sluice.key_id(in_key);
	SELECT * INTO c FROM sluice.customer AS x
	WHERE x.id = in_customer FOR UPDATE;
	SELECT * INTO k FROM sluice.customer_key AS x WHERE x.public_key = in_key;
	IF k.customer = in_customer AND k.status = 'active' THEN
		RETURN sluice.customer_key_json(k) || '{"changes":{}}';
	END IF;
	IF k.public_key IS NOT NULL OR c.id IS NULL THEN
		RAISE EXCEPTION 'key_exists: the key is revoked, or another''s'
		    USING ERRCODE = 'SLEXI';
	END IF;
	IF (SELECT count(*) FROM sluice.customer_key AS x
	    WHERE x.customer = in_customer AND x.status = 'active') >= 16 THEN
		RAISE EXCEPTION 'too_many_keys: a customer has at most 16 keys'
		    USING ERRCODE = 'SLLIM';
	END IF;
	INSERT INTO sluice.customer_key (public_key, customer)
	VALUES (in_key, in_customer) RETURNING * INTO k;
	RETURN sluice.changed('customer_key_add', c.name, 'new receipt key',
	    sluice.customer_key_json(k),
	    jsonb_build_object('key', jsonb_build_array(NULL, in_key)));
EXCEPTION WHEN unique_violation THEN
	RAISE EXCEPTION 'key_exists: the key is revoked, or another''s'
	    USING ERRCODE = 'SLEXI';
END
$$;

CREATE FUNCTION sluice.customer_keys(in_customer uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(k.public_key ORDER BY k.created), '[]')
	FROM sluice.customer_key AS k
	WHERE k.customer = in_customer AND k.status = 'active';
END;

CREATE FUNCTION sluice.customer_key_revoke(in_key text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old sluice.customer_key;
	k sluice.customer_key;
BEGIN
	SELECT * INTO old FROM sluice.customer_key AS x
	WHERE x.public_key = in_key FOR UPDATE;
	IF old.public_key IS NULL THEN
		RAISE EXCEPTION 'key_not_found: no customer has this key'
		    USING ERRCODE = 'SLNFD';
	END IF;
	UPDATE sluice.customer_key AS x SET status = 'revoked'
	WHERE x.public_key = in_key RETURNING * INTO k;
	RETURN sluice.changed('customer_key_revoke', in_key, in_reason,
	    sluice.customer_key_json(k), sluice.changes(
		jsonb_build_object('status', old.status),
		jsonb_build_object('status', k.status)));
END
$$;

-- ---- receipts ----

CREATE FUNCTION sluice.receipt_json(r sluice.receipt) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('name', r.licence || '/' || r.number,
	    'number', r.number, 'licence', r.licence, 'customer', c.name,
	    'dataset', d.name, 'seq', r.seq, 'on_chain', r.on_chain,
	    'ledger', jsonb_build_object('number', r.ledger_number,
		'head', encode(r.ledger_head, 'hex')),
	    'retractions', (SELECT count(*) FROM sluice.removal AS x
		WHERE x.licence = r.licence AND x.receipt = r.number AND
		    x.how = 'retraction'),
	    'deletions', (SELECT count(*) FROM sluice.removal AS x
		WHERE x.licence = r.licence AND x.receipt = r.number AND
		    x.how = 'deletion'),
	    'key', r.public_key, 'said_at', sluice.words(r.said_at),
	    'at', sluice.words(r.at))
	FROM sluice.licence AS l
	JOIN sluice.customer AS c ON c.id = l.customer
	JOIN sluice.dataset AS d ON d.id = l.dataset
	WHERE l.id = r.licence;
END;

-- The head of a licence's chain after row `in_number`; NULL if it is not so
-- long.
CREATE FUNCTION sluice.ledger_head_at(in_licence uuid, in_number bigint)
RETURNS bytea
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT CASE in_number WHEN 0 THEN sluice.zero_hash() ELSE (
	    SELECT g.hash FROM sluice.ledger AS g
	    WHERE g.licence = in_licence AND g.number = in_number) END;
END;

-- What sluiced answers: the server's row of that number, its newest if there
-- is none.
CREATE FUNCTION sluice.receipt_answer(r sluice.receipt) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('number', r.number, 'licence', r.licence,
	    'on_chain', r.on_chain,
	    'row', jsonb_build_object('number', n.number, 'head',
		encode(sluice.ledger_head_at(r.licence, n.number), 'hex')))
	FROM sluice.licence_total AS t
	CROSS JOIN LATERAL (
		SELECT LEAST(r.ledger_number, t.ledger_number)) AS n (number)
	WHERE t.licence = r.licence;
END;

CREATE FUNCTION sluice.receipt_removals(r sluice.receipt, body jsonb)
RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO sluice.removal (licence, receipt, how, episode, said_at)
	SELECT r.licence, r.number, 'retraction', (x ->> 1)::uuid, r.said_at
	FROM jsonb_array_elements(body -> 'retractions') AS x
	UNION ALL
	SELECT r.licence, r.number, 'deletion',
	    NULLIF(x ->> 'episode', '*')::uuid, (x ->> 'at')::timestamptz
	FROM jsonb_array_elements(body -> 'deletions') AS x
$$;

-- What a licence's receipts of a day may be: one for each pull, and a few that
-- name every episode.
CREATE FUNCTION sluice.receipt_room(in_licence uuid, more bigint)
RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF (SELECT count(*) >= 4096 OR
	    sum(octet_length(x.words)) + more > 67108864
	    FROM sluice.receipt AS x
	    WHERE x.licence = in_licence AND
		x.at > clock_timestamp() - interval '1 day') THEN
		RAISE EXCEPTION 'too_many_receipts: a licence has at most 4096 '
		    'receipts, or 64 MiB of them, in a day'
		    USING ERRCODE = 'SLLIM';
	END IF;
END
$$;

-- One that the customer signed: kept whether or not it fits.
CREATE FUNCTION sluice.receipt_add(in_customer uuid, in_key text,
    in_receipt text, in_minisig text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	body jsonb;
	l sluice.licence;
	r sluice.receipt;
	hash bytea := sha256(convert_to(in_receipt, 'UTF8'));
BEGIN
	body := in_receipt::jsonb;
	IF NOT EXISTS (
		SELECT FROM sluice.customer_key AS k WHERE k.public_key = in_key AND
		    k.customer = in_customer AND k.status = 'active') THEN
		RAISE EXCEPTION 'key_not_found: the receipt''s key is none of the '
		    'customer''s' USING ERRCODE = 'SLNFD';
	END IF;
	l := sluice.licence_of(in_customer, (body ->> 'licence')::uuid);
	IF body ->> 'version' IS DISTINCT FROM '1' OR
	    body ->> 'type' IS DISTINCT FROM 'receipt' OR
	    octet_length(in_receipt) > 4194304 OR
	    body ->> 'customer' IS DISTINCT FROM (SELECT c.name::text
		FROM sluice.customer AS c WHERE c.id = in_customer) OR
	    body ->> 'dataset' IS DISTINCT FROM (SELECT d.name
		FROM sluice.dataset AS d WHERE d.id = l.dataset) THEN
		RAISE EXCEPTION 'bad_receipt: the receipt is not of this customer, '
		    'dataset and version' USING ERRCODE = 'SLINV';
	END IF;
	-- The chain does not grow meanwhile.
	PERFORM FROM sluice.licence AS x WHERE x.id = l.id FOR UPDATE;
	SELECT * INTO r FROM sluice.receipt AS x
	WHERE x.licence = l.id AND x.sha256 = hash;
	IF r.number IS NOT NULL THEN
		RETURN sluice.receipt_answer(r);
	END IF;
	PERFORM sluice.receipt_room(l.id, octet_length(in_receipt));
	r.ledger_number := (body -> 'ledger' ->> 'number')::bigint;
	r.ledger_head := decode(body -> 'ledger' ->> 'head', 'hex');
	INSERT INTO sluice.receipt (licence, number, public_key, words, minisig,
	    sha256, seq, ledger_number, ledger_head, on_chain, said_at)
	SELECT l.id, COALESCE(max(x.number), 0) + 1, in_key, in_receipt, in_minisig, hash,
	    (body ->> 'seq')::int, r.ledger_number, r.ledger_head,
	    COALESCE(r.ledger_head = sluice.ledger_head_at(l.id, r.ledger_number),
		false),
	    (body ->> 'at')::timestamptz
	FROM sluice.receipt AS x WHERE x.licence = l.id
	RETURNING * INTO r;
	PERFORM sluice.receipt_removals(r, body);
	RETURN sluice.receipt_answer(r);
EXCEPTION WHEN data_exception OR not_null_violation THEN
	RAISE EXCEPTION 'bad_receipt: the receipt cannot be read'
	    USING ERRCODE = 'SLINV';
END
$$;

CREATE FUNCTION sluice.customer_receipts(in_customer uuid, in_licence uuid)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT jsonb_build_object('receipts', COALESCE(jsonb_agg(
	    sluice.receipt_json(n.r) ORDER BY (n.r).at DESC), '[]'))
	FROM (
		SELECT r FROM sluice.receipt AS r
		JOIN sluice.licence AS l ON l.id = r.licence
		WHERE l.customer = in_customer AND
		    (in_licence IS NULL OR l.id = in_licence)
		ORDER BY r.at DESC LIMIT 1000) AS n;
END;

CREATE FUNCTION sluice.receipt_list(in_customer text, in_licence text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c uuid := sluice.customer_id(in_customer);
	l sluice.licence;
BEGIN
	IF in_licence IS NOT NULL THEN
		l := sluice.licence_find(in_licence);
	END IF;
	RETURN (
		SELECT COALESCE(jsonb_agg(sluice.receipt_json(r)
		    ORDER BY r.at DESC), '[]')
		FROM sluice.receipt AS r
		JOIN sluice.licence AS x ON x.id = r.licence
		WHERE (c IS NULL OR x.customer = c) AND
		    (l.id IS NULL OR x.id = l.id));
END
$$;

CREATE FUNCTION sluice.receipt_show(in_licence text, in_number bigint)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l sluice.licence := sluice.licence_find(in_licence);
	r sluice.receipt;
BEGIN
	SELECT * INTO r FROM sluice.receipt AS x
	WHERE x.licence = l.id AND x.number = in_number;
	IF r.number IS NULL THEN
		RAISE EXCEPTION 'receipt_not_found: licence % has no receipt %', l.id,
		    in_number USING ERRCODE = 'SLNFD';
	END IF;
	RETURN sluice.receipt_json(r) || jsonb_build_object('receipt', r.words,
	    'minisig', r.minisig);
END
$$;
