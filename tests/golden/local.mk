EXTRA_DIST += tests/golden/pack/end-complete \
	tests/golden/pack/end-of-archive tests/golden/pack/end-refused \
	tests/golden/pack/head.tar.zst tests/golden/pack/header-pax-both \
	tests/golden/pack/header-pax-path tests/golden/pack/header-pax-size \
	tests/golden/pack/header-plain tests/golden/pack/header-prefix
