if HAVE_CHECK
check_PROGRAMS += tests/unit/db/test_db
TESTS += tests/unit/db/test_db
endif
tests_unit_db_test_db_SOURCES = tests/unit/db/test_db.c \
	tests/unit/db/suites.h tests/unit/db/test_params.c \
	tests/unit/db/test_rows.c tests/unit/db/test_pool.c \
	tests/unit/db/test_listen.c tests/unit/db/test_migrations.c \
	tests/unit/db/test_transaction.c \
	tests/support/cluster.c tests/support/cluster.h
tests_unit_db_test_db_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_db_test_db_LDADD = $(db_libs) $(CHECK_LIBS)
