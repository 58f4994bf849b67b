if HAVE_CHECK
check_PROGRAMS += tests/unit/store/test_store
TESTS += tests/unit/store/test_store
endif
tests_unit_store_test_store_SOURCES = tests/unit/store/test_store.c \
	tests/unit/store/suites.h tests/unit/store/test_admin.c \
	tests/unit/store/server.c tests/unit/store/server.h \
	tests/unit/store/test_account.c \
	tests/unit/store/test_contract.c tests/unit/store/test_catalog.c tests/unit/store/test_licensing.c \
	tests/unit/store/test_log.c \
	tests/unit/store/test_money.c \
	tests/unit/store/test_publication.c tests/unit/store/test_usage.c \
	tests/support/cluster.c tests/support/cluster.h
tests_unit_store_test_store_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_store_test_store_LDADD = $(store_libs) $(CHECK_LIBS)
