if HAVE_CHECK
check_PROGRAMS += tests/unit/crypto/test_crypto
TESTS += tests/unit/crypto/test_crypto
endif
tests_unit_crypto_test_crypto_SOURCES = tests/unit/crypto/suites.h \
	tests/unit/crypto/test_crypto.c tests/unit/crypto/test_hash.c \
	tests/unit/crypto/test_key.c tests/unit/crypto/test_minisig.c \
	tests/unit/crypto/test_stock.c tests/unit/crypto/test_token.c \
	tests/unit/crypto/test_wycheproof.c
tests_unit_crypto_test_crypto_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_crypto_test_crypto_LDADD = $(crypto_libs) $(JANSSON_LIBS) \
	$(CHECK_LIBS)
