-- Who may call what.  Nobody but the owner writes a table.

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA sluice FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA sluice FROM PUBLIC;

DO $$
DECLARE
	rights CONSTANT jsonb := '{
	    "sluice_server": ["authenticate", "dataset_find", "catalog",
		"dataset_show", "dataset_episodes", "dataset_batches", "batches",
		"segments", "entries", "licences", "charge", "quote", "ledger_rows",
		"customer_licences", "customer_licence", "customer_usage",
		"lease_check", "lease_open", "lease_renew",
		"lease_redecided", "lease_close", "events", "events_of",
		"subscription", "tokens_ended", "tick",
		"licence_text", "licence_accept", "customer_key_add",
		"customer_keys", "receipt_add", "customer_receipts",
		"request_add", "customer_requests", "activation_redeem",
		"billing_keys"],
	    "sluice_publisher": ["dataset_create", "dataset_list",
		"dataset_known", "publication_reserve", "publication_sign",
		"publication_seal", "publication_show", "publication_wait",
		"publication_abandon", "publication_list", "erase",
		"erase_done", "key_register", "key_list"],
	    "sluice_admin": ["customer_add", "customer_list", "customer_show",
		"customer_set", "customer_set_status", "policy_list",
		"policy_show", "policy_set", "policy_remove", "agreement_add",
		"agreement_amend", "agreement_list", "agreement_show",
		"agreement_set_status", "licence_grant", "licence_amend",
		"licence_renew", "licence_set_status", "licence_list",
		"licence_show", "licence_explain_state", "licence_export",
		"terms_text_add", "terms_text", "token_issue", "token_rotate",
		"token_list", "token_revoke", "token_revoke_all",
		"activation_add", "activation_list", "request_list",
		"request_show", "request_approve", "request_reject",
		"receipt_list", "receipt_show", "customer_key_revoke",
		"dataset_set_visibility", "price_set", "notice_add",
		"notice_list", "notice_remove", "recall", "release_list",
		"publisher_add", "publisher_list", "publisher_login_add",
		"publisher_login_remove", "key_list", "key_revoke",
		"billing_key_add", "billing_key_list",
		"billing_key_revoke", "dataset_list", "usage_report",
		"usage_adjust", "usage_export", "statement", "reconcile",
		"session_list", "session_kick", "status", "audit_list",
		"audit_verify", "setting_list", "setting_set"],
	    "sluice_auditor": ["customer_list", "customer_show", "policy_list",
		"policy_show", "agreement_list", "agreement_show",
		"licence_list", "licence_show", "licence_explain_state",
		"licence_export", "terms_text", "token_list",
		"activation_list", "request_list", "request_show",
		"receipt_list", "receipt_show", "notice_list", "recall",
		"release_list", "publisher_list", "key_list",
		"billing_key_list", "dataset_list", "usage_report",
		"session_list", "status", "audit_list", "audit_verify",
		"setting_list", "audit_text", "ledger_text", "size_of",
		"zero_hash", "layers_resolve", "text_sha256", "reconcile",
		"price_amount", "half_even", "month_of", "quota_limit"]}';
	granted record;
	unknown text;
BEGIN
	SELECT string_agg(f.name, ', ') INTO unknown
	FROM jsonb_each(rights) AS r
	CROSS JOIN jsonb_array_elements_text(r.value) AS f (name)
	WHERE NOT EXISTS (
		SELECT FROM pg_catalog.pg_proc AS p
		WHERE p.pronamespace = 'sluice'::regnamespace AND
		    p.proname = f.name);
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION 'rights name functions that are not there: %', unknown;
	END IF;
	FOR granted IN
		SELECT r.key AS role_name, p.oid::regprocedure AS function_name
		FROM jsonb_each(rights) AS r
		CROSS JOIN jsonb_array_elements_text(r.value) AS f (name)
		JOIN pg_catalog.pg_proc AS p ON p.proname = f.name
		JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace AND
		    n.nspname = 'sluice'
	LOOP
		EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO %I',
		    granted.function_name, granted.role_name);
	END LOOP;
END
$$;

GRANT SELECT ON ALL TABLES IN SCHEMA sluice TO sluice_admin, sluice_auditor;
-- Hashes of secrets.
REVOKE SELECT ON sluice.token, sluice.activation
    FROM sluice_admin, sluice_auditor;
