-- Tokens that ended while somebody listens with them.

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
