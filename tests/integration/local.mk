TESTS += tests/integration/admin/test_admin
TESTS += tests/integration/admin/test_day \
	tests/integration/admin/test_bad
EXTRA_DIST += tests/integration/admin/admin.py \
	tests/integration/admin/test_admin \
	tests/integration/admin/test_bad \
	tests/integration/admin/test_day
TESTS += tests/integration/ingest/test_ingest \
	tests/integration/ingest/test_damaged \
	tests/integration/ingest/test_resume \
	tests/integration/publish/test_publish
EXTRA_DIST += tests/integration/ingest/test_ingest \
	tests/integration/ingest/test_damaged \
	tests/integration/ingest/test_resume \
	tests/integration/publish/publisher.py \
	tests/integration/publish/test_publish
TESTS += tests/integration/log/test_log.py
EXTRA_DIST += tests/integration/log/keeper.py \
	tests/integration/log/test_log.py
TESTS += tests/integration/serve/test_serve.py \
	tests/integration/serve/test_faults.py \
	tests/integration/serve/test_pressure.py \
	tests/integration/serve/test_account.py \
	tests/integration/serve/test_early.py \
	tests/integration/serve/test_endings.py \
	tests/integration/serve/test_keyless.py \
	tests/integration/serve/test_log.py
EXTRA_DIST += tests/integration/serve/README.md \
	tests/integration/serve/instance.py \
	tests/integration/serve/logmaker.py \
	tests/integration/serve/test_keyless.py \
	tests/integration/serve/test_log.py \
	tests/integration/serve/test_serve.py \
	tests/integration/serve/test_faults.py \
	tests/integration/serve/test_pressure.py \
	tests/integration/serve/test_account.py \
	tests/integration/serve/test_early.py \
	tests/integration/serve/test_endings.py
TESTS += tests/integration/demo/test_demo
TESTS += tests/integration/simulate/test_simulate
EXTRA_DIST += tests/integration/simulate/test_simulate
TESTS += tests/integration/keys/test_keys.py
EXTRA_DIST += tests/integration/keys/test_keys.py
EXTRA_DIST += tests/integration/demo/test_demo
TESTS += tests/integration/pull/test_account.py \
	tests/integration/pull/test_bill.py \
	tests/integration/pull/test_desk.py \
	tests/integration/pull/test_pull.py \
	tests/integration/pull/test_hostile.py \
	tests/integration/pull/test_trust.py
EXTRA_DIST += tests/integration/pull/README.md \
	tests/integration/pull/biller.py tests/integration/pull/test_bill.py \
	tests/integration/pull/customer.py tests/integration/pull/forger.py \
	tests/integration/pull/proxy.py \
	tests/integration/pull/test_account.py \
	tests/integration/pull/test_desk.py \
	tests/integration/pull/test_pull.py \
	tests/integration/pull/test_hostile.py \
	tests/integration/pull/test_trust.py
TESTS += tests/integration/bill/test_bundle.py \
	tests/integration/bill/test_pin.py
EXTRA_DIST += tests/integration/bill/README.md \
	tests/integration/bill/merkle.py tests/integration/bill/test_pin.py \
	tests/integration/bill/test_bundle.py
TESTS += tests/integration/completion/test_completion
EXTRA_DIST += tests/integration/completion/test_completion
TESTS += tests/integration/malicious/test_golden.py \
	tests/integration/malicious/test_honest.py \
	tests/integration/malicious/test_offline.py \
	tests/integration/malicious/test_malicious.py
EXTRA_DIST += tests/integration/malicious
TESTS += tests/integration/stock/test_stock.py
EXTRA_DIST += tests/integration/stock/note.go \
	tests/integration/stock/test_stock.py tests/integration/stock/tools.py
TESTS += tests/integration/export/test_export.py \
	tests/integration/export/test_mcap.py \
	tests/integration/export/test_mcap_layers.py \
	tests/integration/export/test_mcap_made.py \
	tests/integration/export/test_mcap_odd.py \
	tests/integration/export/test_mcap_topics.py
EXTRA_DIST += tests/integration/export/lab.py \
	tests/integration/export/mcap_made.py \
	tests/integration/export/parquet_made.py \
	tests/integration/export/test_export.py \
	tests/integration/export/test_mcap.py \
	tests/integration/export/test_mcap_layers.py \
	tests/integration/export/test_mcap_made.py \
	tests/integration/export/test_mcap_odd.py \
	tests/integration/export/test_mcap_topics.py
