-- A delivery into a file, for a customer without a network.  It is decided,
-- leased and charged as any other; only nobody shows a token.  Who writes it is
-- the dataset's own publisher, under a login that the operator also made a
-- member of sluice_bundle: it sees licences of customers and charges them.

-- The licence, if the caller may write bundles for it.
CREATE FUNCTION sluice.bundle_licence(in_licence uuid) RETURNS sluice.licence
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	me sluice.publisher := sluice.my_publisher();
	l sluice.licence;
BEGIN
	IF NOT pg_has_role(session_user, 'sluice_bundle', 'MEMBER') THEN
		RAISE EXCEPTION 'no_bundles: the login % may not write bundles',
		    session_user USING ERRCODE = 'SLDEN';
	END IF;
	SELECT x.* INTO l FROM sluice.licence AS x
	JOIN sluice.dataset AS d ON d.id = x.dataset
	WHERE x.id = in_licence AND d.publisher = me.id;
	IF l.id IS NULL THEN
		RAISE EXCEPTION 'licence_not_found: % has no dataset with such a '
		    'licence', me.name USING ERRCODE = 'SLNFD';
	END IF;
	IF NOT EXISTS (SELECT FROM sluice.customer AS c
	    WHERE c.id = l.customer AND c.status = 'active') THEN
		RAISE EXCEPTION 'customer_disabled: the customer''s access was taken '
		    'away' USING ERRCODE = 'SLDEN';
	END IF;
	RETURN l;
END
$$;

-- Who it is for, and of what; the audit log has it.
CREATE FUNCTION sluice.bundle_open(in_dataset text, in_licence uuid,
    in_after bigint)
RETURNS TABLE (customer uuid, customer_name text, dataset_id bigint,
    kind text, seq bigint, epoch bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	d sluice.dataset := sluice.my_dataset(in_dataset);
	l sluice.licence := sluice.bundle_licence(in_licence);
BEGIN
	IF l.dataset <> d.id THEN
		RAISE EXCEPTION 'licence_not_found: the licence is not on %',
		    in_dataset USING ERRCODE = 'SLNFD';
	END IF;
	IF in_after < 0 OR in_after > d.seq THEN
		RAISE EXCEPTION 'batch_not_found: % has batches 1 to %', in_dataset,
		    d.seq USING ERRCODE = 'SLNFD';
	END IF;
	PERFORM sluice.audit_add('bundle_open', in_licence::text,
	    format('bundle of %s after batch %s', in_dataset, in_after),
	    jsonb_build_object('dataset', in_dataset, 'after', in_after,
		'until', d.seq));
	RETURN QUERY SELECT c.id, c.name::text, d.id, d.kind::text, d.seq::bigint,
	    COALESCE((SELECT max(p.epoch) FROM sluice.checkpoint AS p
		WHERE p.dataset = d.id AND p.size = in_after), 1)::bigint
	FROM sluice.customer AS c WHERE c.id = l.customer;
END
$$;

-- A receipt that came back as a file.  The caller has checked the signature,
-- which is kept with it; a key that nobody has becomes the customer's.
CREATE FUNCTION sluice.receipt_carry(in_key text, in_receipt text,
    in_minisig text, in_reason text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	customer uuid;
	answer jsonb;
	r sluice.receipt;
	known bigint;
BEGIN
	SELECT c.id INTO customer FROM sluice.customer AS c
	WHERE c.name = in_receipt::jsonb ->> 'customer';
	IF customer IS NULL THEN
		RAISE EXCEPTION 'customer_not_found: the receipt is of no customer '
		    'of ours' USING ERRCODE = 'SLNFD';
	END IF;
	SELECT count(*) INTO known FROM sluice.receipt AS x
	WHERE x.sha256 = sha256(convert_to(in_receipt, 'UTF8'));
	PERFORM sluice.customer_key_add(customer, in_key);
	answer := sluice.receipt_add(customer, in_key, in_receipt, in_minisig);
	SELECT * INTO r FROM sluice.receipt AS x
	WHERE x.licence = (answer ->> 'licence')::uuid AND
	    x.number = (answer ->> 'number')::int;
	RETURN sluice.changed('receipt_carry', r.licence || '/' || r.number,
	    in_reason, sluice.receipt_json(r), CASE known WHEN 0 THEN
		jsonb_build_object('receipt', jsonb_build_array(NULL, r.number))
		ELSE '{}' END);
EXCEPTION WHEN data_exception THEN
	RAISE EXCEPTION 'bad_receipt: the receipt cannot be read'
	    USING ERRCODE = 'SLINV';
END
$$;

GRANT EXECUTE ON FUNCTION sluice.receipt_carry TO sluice_admin;
GRANT EXECUTE ON FUNCTION sluice.bundle_open, sluice.licences,
    sluice.batches, sluice.segments, sluice.entries, sluice.charge,
    sluice.lease_open, sluice.lease_check, sluice.lease_renew,
    sluice.lease_redecided, sluice.lease_close, sluice.tick,
    sluice.log_checkpoint, sluice.trust_latest, sluice.trust_show,
    sluice.trust_versions TO sluice_bundle;
