-- Who may call what.  Nobody but the owner writes a table.

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA sluice FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA sluice FROM PUBLIC;

DO $$
DECLARE
	rights CONSTANT jsonb := '{
	    "sluice_server": ["authenticate", "dataset_find", "catalog",
		"dataset_show", "dataset_episodes", "dataset_batches", "batches",
		"segments", "entries", "licences", "charge", "quote",
		"customer_licences", "customer_usage", "lease_open",
		"lease_renew", "lease_redecided", "lease_close", "events",
		"events_of", "subscription"],
	    "sluice_publisher": ["dataset_create", "dataset_list",
		"dataset_known", "publication_reserve", "publication_sign",
		"publication_seal", "publication_sealed", "publication_show",
		"publication_abandon", "publication_list", "erase",
		"erase_done", "key_register", "key_list"],
	    "sluice_admin": ["customer_add", "customer_list", "customer_show",
		"licence_grant", "licence_amend", "licence_set_status",
		"licence_list", "licence_show", "token_issue", "token_list",
		"token_revoke", "publisher_add", "publisher_list", "key_list",
		"key_revoke", "trusted_keys", "dataset_list", "usage_report",
		"session_list", "session_kick", "status", "audit_list",
		"setting_list", "setting_set"],
	    "sluice_auditor": ["usage_report", "audit_list", "status",
		"audit_text", "ledger_text", "size_of", "zero_hash",
		"layers_resolve"]}';
	granted record;
BEGIN
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
REVOKE SELECT ON sluice.token FROM sluice_admin, sluice_auditor;
