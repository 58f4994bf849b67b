-- Advisory locks are open to every login, so none of ours may guard anything
-- that a stranger could hold up.  Turns are rows that only the owner's functions
-- can lock; who publishes is recorded beside a lock whose key nobody can know
-- before it is taken.

-- ---- turns: for the rest of a transaction ----

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

CREATE OR REPLACE FUNCTION sluice.audit_add(
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

CREATE OR REPLACE FUNCTION sluice.event_add(
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

-- ---- the holder of a dataset's publication: for the rest of a session ----

CREATE TABLE sluice.publication_holder (
	dataset bigint PRIMARY KEY REFERENCES sluice.dataset,
	pid int NOT NULL,
	key bigint NOT NULL
);

-- Does that session still hold its key?  Who takes the key over has another
-- pid, and who gets the pid does not hold the key.
CREATE FUNCTION sluice.holder_lives(h sluice.publication_holder)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN EXISTS (
		SELECT FROM pg_locks AS l
		JOIN pg_database AS d ON d.oid = l.database
		WHERE d.datname = current_database() AND
		    l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND
		    l.pid = h.pid AND
		    l.classid::bigint = (h.key >> 32) & 4294967295 AND
		    l.objid::bigint = h.key & 4294967295);
END
$$;

-- One session at a time works on a dataset.  That of a program that was just
-- killed may take a moment to go.
CREATE OR REPLACE FUNCTION sluice.publication_lock(in_dataset sluice.dataset)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET lock_timeout = '3s' AS $$
DECLARE
	h sluice.publication_holder;
	give_up CONSTANT timestamptz := clock_timestamp() + interval '3 seconds';
BEGIN
	INSERT INTO sluice.publication_holder VALUES (in_dataset.id, 0, 0)
	ON CONFLICT DO NOTHING;
	LOOP
		SELECT * INTO h FROM sluice.publication_holder AS x
		WHERE x.dataset = in_dataset.id;
		IF NOT sluice.holder_lives(h) THEN
			SELECT * INTO h FROM sluice.publication_holder AS x
			WHERE x.dataset = in_dataset.id FOR UPDATE;
		END IF;
		EXIT WHEN NOT sluice.holder_lives(h);
		IF h.pid = pg_backend_pid() THEN
			RETURN;
		END IF;
		IF clock_timestamp() >= give_up THEN
			RAISE lock_not_available;
		END IF;
		PERFORM pg_sleep(0.02);
	END LOOP;
	LOOP
		h.key := ('x' || substr(replace(gen_random_uuid()::text, '-', ''),
		    1, 16))::bit(64)::bigint;
		EXIT WHEN pg_try_advisory_lock(h.key);
	END LOOP;
	UPDATE sluice.publication_holder AS x
	SET pid = pg_backend_pid(), key = h.key
	WHERE x.dataset = in_dataset.id;
EXCEPTION WHEN lock_not_available THEN
	RAISE EXCEPTION 'publication_busy: another session is publishing %',
	    in_dataset.name USING ERRCODE = 'SLCON';
END
$$;

-- What was sealed lies under the publication's objects; nobody asks for it here.
DROP FUNCTION sluice.publication_sealed(uuid);

-- ---- tokens that ended while somebody listens with them ----

CREATE FUNCTION sluice.tokens_ended(in_tokens uuid[])
RETURNS TABLE (token uuid, code text)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
	SELECT w.token, r.code
	FROM unnest(in_tokens) AS w (token)
	LEFT JOIN sluice.token AS t ON t.id = w.token
	LEFT JOIN sluice.customer AS c ON c.id = t.customer
	CROSS JOIN LATERAL (SELECT CASE
		WHEN t.id IS NULL OR t.revoked IS NOT NULL THEN 'token_revoked'
		WHEN t.expires <= clock_timestamp() THEN 'token_expired'
		WHEN c.status <> 'active' THEN 'customer_disabled'
	END) AS r (code)
	WHERE r.code IS NOT NULL;
END;
REVOKE ALL ON FUNCTION sluice.tokens_ended(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sluice.tokens_ended(uuid[]) TO sluice_server;

-- Whoever takes a token's or a customer's access away, sluiced hears of it.
CREATE FUNCTION sluice.on_token_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM pg_notify('sluice_session', NEW.id::text);
	RETURN NULL;
END
$$;
CREATE TRIGGER ended AFTER UPDATE OF revoked, expires ON sluice.token
FOR EACH ROW EXECUTE FUNCTION sluice.on_token_ended();

CREATE FUNCTION sluice.on_customer_disabled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE sluice.lease AS e SET killed = 'customer_disabled'
	FROM sluice.licence AS l
	WHERE l.id = e.licence AND l.customer = NEW.id AND e.killed IS NULL;
	PERFORM pg_notify('sluice_session', NEW.id::text);
	RETURN NULL;
END
$$;
CREATE TRIGGER disabled AFTER UPDATE OF status ON sluice.customer
FOR EACH ROW WHEN (NEW.status <> 'active')
EXECUTE FUNCTION sluice.on_customer_disabled();

REVOKE ALL ON FUNCTION sluice.turn_take(text),
    sluice.holder_lives(sluice.publication_holder), sluice.on_token_ended(),
    sluice.on_customer_disabled() FROM PUBLIC;
GRANT SELECT ON sluice.turn, sluice.publication_holder
    TO sluice_admin, sluice_auditor;
