## The schema itself, through psql against a private cluster.
TESTS += tests/sql/run
EXTRA_DIST += tests/sql/README.md tests/sql/run tests/sql/fixture.sql \
	tests/sql/admin_account.sql tests/sql/admin_customer.sql \
	tests/sql/admin_dataset.sql tests/sql/admin_licence.sql \
	tests/sql/bundle.sql tests/sql/catalog.sql tests/sql/charge.sql \
	tests/sql/charge_cases.sql tests/sql/concurrency.sh \
	tests/sql/concurrency_money.sh tests/sql/crash.sh \
	tests/sql/credit.sql tests/sql/holders.sh \
	tests/sql/hostile.sql \
	tests/sql/log.sql tests/sql/log_race.sh \
	tests/sql/publication.sql tests/sql/release.sql tests/sql/rights.sql \
	tests/sql/rights_roles.sql tests/sql/seen.sql tests/sql/tamper.sh \
	tests/sql/trust.sql tests/sql/turn.sh tests/sql/witness.sql \
	tests/sql/witness_cases.tsv
