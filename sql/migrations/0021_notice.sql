-- What an admin says of a dataset: who sees it, its price, notices; and who
-- still holds an episode that is to go away.

CREATE TABLE sluice.notice (
	dataset bigint NOT NULL REFERENCES sluice.dataset,
	number bigint NOT NULL CHECK (number > 0),
	kind text NOT NULL
		CHECK (kind IN ('delay', 'schema', 'deprecation', 'info')),
	words text NOT NULL,
	at timestamptz, -- when it takes effect
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	removed timestamptz,
	PRIMARY KEY (dataset, number)
);

-- ---- visibility and price ----

CREATE FUNCTION sluice.dataset_lock(in_name text) RETURNS sluice.dataset
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.dataset_find_any(in_name);
BEGIN
	SELECT * INTO d FROM sluice.dataset AS x WHERE x.id = d.id FOR UPDATE;
	RETURN d;
END
$$;

CREATE FUNCTION sluice.dataset_set_visibility(in_dataset text,
    in_visibility text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old sluice.dataset := sluice.dataset_lock(in_dataset);
	d sluice.dataset;
BEGIN
	IF COALESCE(in_visibility, '') NOT IN ('public', 'listed', 'private') THEN
		RAISE EXCEPTION 'bad_visibility: a dataset is public, listed or private'
		    USING ERRCODE = 'SLINV';
	END IF;
	UPDATE sluice.dataset AS x SET visibility = in_visibility
	WHERE x.id = old.id RETURNING * INTO d;
	RETURN sluice.changed('dataset_set_visibility', d.name, in_reason,
	    sluice.dataset_json(d, NULL), sluice.changes(
		jsonb_build_object('visibility', old.visibility),
		jsonb_build_object('visibility', d.visibility)));
END
$$;

-- What the page shows; licences have prices of their own.
CREATE FUNCTION sluice.price_set(in_dataset text, in_price jsonb,
    in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	old sluice.dataset := sluice.dataset_lock(in_dataset);
	d sluice.dataset;
	price jsonb := NULLIF(in_price, 'null');
BEGIN
	IF price IS NOT NULL THEN
		IF sluice.currency_digits(price ->> 'currency') IS NULL THEN
			PERFORM sluice.bad_terms('bad_currency', 'a currency is three '
			    'capital letters of ISO 4217, like EUR');
		END IF;
		PERFORM sluice.price_check(price - 'currency');
	END IF;
	UPDATE sluice.dataset AS x SET price = price_set.price
	FROM (SELECT price) AS price_set (price)
	WHERE x.id = old.id RETURNING x.* INTO d;
	RETURN sluice.changed('price_set', d.name, in_reason,
	    sluice.dataset_json(d, NULL), sluice.changes(
		jsonb_build_object('price', old.price),
		jsonb_build_object('price', d.price)));
END
$$;

-- ---- notices ----

CREATE FUNCTION sluice.notice_json(n sluice.notice) RETURNS jsonb
LANGUAGE sql STABLE
RETURN jsonb_build_object('name', n.number, 'number', n.number,
    'kind', n.kind, 'text', n.words, 'at', sluice.words(n.at),
    'created', sluice.words(n.created));

-- Newest first, as the page shows them.
CREATE FUNCTION sluice.notices(in_dataset bigint) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(sluice.notice_json(n) ORDER BY n.number DESC),
	    '[]')
	FROM sluice.notice AS n
	WHERE n.dataset = in_dataset AND n.removed IS NULL;
END;

CREATE FUNCTION sluice.notice_add(in_dataset text, in_kind text,
    in_text text, in_at_us bigint, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.dataset_lock(in_dataset);
	n sluice.notice;
	answer jsonb;
BEGIN
	IF COALESCE(in_kind, '') NOT IN ('delay', 'schema', 'deprecation', 'info')
	    OR COALESCE(btrim(in_text), '') = '' OR length(in_text) > 2000 THEN
		RAISE EXCEPTION 'bad_notice: a notice is a delay, schema, deprecation '
		    'or info of 1 to 2000 characters' USING ERRCODE = 'SLINV';
	END IF;
	SELECT * INTO n FROM sluice.notice AS x
	WHERE x.dataset = d.id AND x.kind = in_kind AND
	    x.words = btrim(in_text) AND x.removed IS NULL AND
	    x.at IS NOT DISTINCT FROM sluice.from_us(in_at_us);
	IF n.number IS NOT NULL THEN
		RETURN sluice.notice_json(n) || jsonb_build_object('dataset', d.name,
		    'changes', '{}'::jsonb);
	END IF;
	INSERT INTO sluice.notice (dataset, number, kind, words, at)
	SELECT d.id, count(*) + 1, in_kind, btrim(in_text),
	    sluice.from_us(in_at_us)
	FROM sluice.notice AS x WHERE x.dataset = d.id RETURNING * INTO n;
	answer := sluice.changed('notice_add', d.name || ' ' || n.number,
	    in_reason, sluice.notice_json(n) ||
		jsonb_build_object('dataset', d.name),
	    sluice.changes(NULL, jsonb_build_object('kind', n.kind,
		'text', n.words, 'at', sluice.words(n.at))));
	PERFORM sluice.event_add('notice', d.id, NULL, jsonb_build_object(
	    'dataset', d.name, 'number', n.number, 'kind', n.kind,
	    'text', n.words, 'at', sluice.words(n.at)));
	RETURN answer;
END
$$;

CREATE FUNCTION sluice.notice_list(in_dataset text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN sluice.notices((sluice.dataset_find_any(in_dataset)).id);
END
$$;

CREATE FUNCTION sluice.notice_remove(in_dataset text, in_number bigint,
    in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.dataset_lock(in_dataset);
	n sluice.notice;
BEGIN
	SELECT * INTO n FROM sluice.notice AS x
	WHERE x.dataset = d.id AND x.number = in_number;
	IF n.number IS NULL THEN
		RAISE EXCEPTION 'notice_not_found: % has no notice %', in_dataset,
		    in_number USING ERRCODE = 'SLNFD';
	END IF;
	UPDATE sluice.notice AS x SET removed = clock_timestamp()
	WHERE x.dataset = d.id AND x.number = in_number AND x.removed IS NULL;
	RETURN sluice.changed('notice_remove', d.name || ' ' || in_number,
	    in_reason, sluice.notice_json(n),
	    CASE WHEN FOUND THEN sluice.changes(
		jsonb_build_object('text', n.words), NULL) ELSE '{}' END);
END
$$;

-- ---- recall ----

-- By what a licence's holder confirmed that the episode is gone, or NULL: by a
-- receipt on the chain that knows of all of the episode that was delivered.
CREATE FUNCTION sluice.removal_json(in_licence uuid, e sluice.episode)
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('how', x.how, 'receipt', x.receipt,
	    'on_chain', r.on_chain, 'at', sluice.words(r.at))
	FROM sluice.removal AS x
	JOIN sluice.receipt AS r
	    ON r.licence = x.licence AND r.number = x.receipt
	WHERE x.licence = in_licence AND
	    (x.episode = e.id OR x.episode IS NULL) AND r.on_chain AND
	    r.ledger_number >= (
		SELECT COALESCE(max(g.number), 0)
		FROM sluice.segment AS s
		JOIN sluice.ledger AS g ON g.licence = in_licence AND
		    g.kind = 'charge' AND g.dataset = s.dataset AND
		    g.seq = s.seq AND g.ordinals @> s.ordinal
		WHERE s.dataset = e.dataset AND s.number = e.number)
	ORDER BY x.receipt LIMIT 1;
END;

CREATE FUNCTION sluice.recall_holders(e sluice.episode) RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT COALESCE(jsonb_agg(jsonb_build_object('name', c.name,
	    'customer', c.name, 'contact', c.contact, 'licence', l.id,
	    'status', l.status,
	    'confirmed', sluice.removal_json(l.id, e))
	    ORDER BY c.name, l.id), '[]')
	FROM sluice.held_episodes AS h
	JOIN sluice.licence AS l ON l.id = h.licence
	JOIN sluice.customer AS c ON c.id = l.customer
	WHERE h.dataset = e.dataset AND h.numbers @> e.number;
END;

CREATE FUNCTION sluice.recall(in_dataset text, in_episode text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.dataset_find_any(in_dataset);
	e sluice.episode;
	holders jsonb;
	confirmed bigint;
BEGIN
	SELECT * INTO e FROM sluice.episode AS x
	WHERE x.dataset = d.id AND x.number > 0 AND
	    (x.id::text = lower(in_episode) OR x.number::text = in_episode);
	IF e.id IS NULL THEN
		RAISE EXCEPTION 'episode_not_found: % has no episode %', in_dataset,
		    in_episode USING ERRCODE = 'SLNFD';
	END IF;
	holders := sluice.recall_holders(e);
	SELECT count(*) INTO confirmed FROM jsonb_array_elements(holders) AS h
	WHERE h -> 'confirmed' <> 'null';
	RETURN jsonb_build_object('name', e.id, 'dataset', d.name,
	    'episode', e.id, 'number', e.number,
	    'retracted_seq', e.retracted_seq, 'reason', e.reason,
	    'erased', e.erased_done IS NOT NULL, 'holders', holders,
	    'confirmed', confirmed,
	    'open', jsonb_array_length(holders) - confirmed);
END
$$;
