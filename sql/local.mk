## sluicectl finds these under $(pkgdatadir), or where --sql-dir says.
sqldir = $(pkgdatadir)/sql
migrationsdir = $(sqldir)/migrations
checksdir = $(sqldir)/checks
dist_sql_DATA = sql/roles.sql sql/README.md
dist_migrations_DATA = \
	sql/migrations/0001_tables.sql \
	sql/migrations/0002_words.sql \
	sql/migrations/0003_publication.sql \
	sql/migrations/0004_seal.sql \
	sql/migrations/0005_show.sql \
	sql/migrations/0006_charge.sql \
	sql/migrations/0007_licence.sql \
	sql/migrations/0008_catalog.sql \
	sql/migrations/0009_serve.sql \
	sql/migrations/0010_admin.sql \
	sql/migrations/0011_key.sql \
	sql/migrations/0012_ended.sql \
	sql/migrations/0013_price.sql \
	sql/migrations/0014_credit.sql \
	sql/migrations/0015_statement.sql \
	sql/migrations/0016_policy.sql \
	sql/migrations/0017_agreement.sql \
	sql/migrations/0018_acceptance.sql \
	sql/migrations/0019_receipt.sql \
	sql/migrations/0020_request.sql \
	sql/migrations/0021_notice.sql \
	sql/migrations/0022_release.sql \
	sql/migrations/0023_activation.sql \
	sql/migrations/0024_rights.sql \
	sql/migrations/0025_backup.sql \
	sql/migrations/0026_trust.sql \
	sql/migrations/0027_log.sql sql/migrations/0028_bundle.sql \
	sql/migrations/0029_witness.sql sql/migrations/0030_bounds.sql
dist_checks_DATA = \
	sql/checks/audit_chain.sql \
	sql/checks/batches.sql \
	sql/checks/credits.sql \
	sql/checks/episodes.sql \
	sql/checks/ledger_amounts.sql \
	sql/checks/ledger_chain.sql \
	sql/checks/ledger_held.sql \
	sql/checks/ledger_totals.sql \
	sql/checks/limits.sql \
	sql/checks/logs.sql \
	sql/checks/receipts.sql \
	sql/checks/segments.sql \
	sql/checks/versions.sql
