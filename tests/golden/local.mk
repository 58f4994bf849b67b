EXTRA_DIST += tests/golden/pack/end-complete \
	tests/golden/pack/end-of-archive tests/golden/pack/end-refused \
	tests/golden/pack/head.tar.zst tests/golden/pack/header-pax-both \
	tests/golden/pack/header-pax-path tests/golden/pack/header-pax-size \
	tests/golden/pack/header-plain tests/golden/pack/header-prefix \
	tests/golden/pack/pack.tar.zst
EXTRA_DIST += tests/golden/draft-v1.json tests/golden/episode-v1.json tests/golden/explain-v1.json \
	tests/golden/files-v1.sha256 tests/golden/grant-v1.json \
	tests/golden/index-v1.json tests/golden/ledger-v1 \
	tests/golden/licence-v1.json tests/golden/manifest-v1 tests/golden/pin-v1 \
	tests/golden/odrl-v1.json tests/golden/policy-v1.json \
	tests/golden/receipt-v1.json tests/golden/statement-v1.json \
	tests/golden/terms-v1.json tests/golden/trust-v1
EXTRA_DIST += tests/golden/README.md tests/golden/v1
