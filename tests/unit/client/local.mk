if HAVE_CHECK
check_PROGRAMS += tests/unit/client/test_client
TESTS += tests/unit/client/test_client
endif
tests_unit_client_test_client_SOURCES = tests/unit/client/suites.h \
	tests/unit/client/authority.h tests/unit/client/authority.c \
	tests/unit/client/fixture.h tests/unit/client/fixture.c \
	tests/unit/client/test_apply.c tests/unit/client/test_book.c \
	tests/unit/client/test_budget.c \
	tests/unit/client/test_chain.c tests/unit/client/test_client.c \
	tests/unit/client/test_delivery.c tests/unit/client/test_heads.c \
	tests/unit/client/scene.h tests/unit/client/scene.c \
	tests/unit/client/test_notary.c tests/unit/client/test_receiver.c \
	tests/unit/client/test_state.c tests/unit/client/test_tree.c
tests_unit_client_test_client_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) \
	-I$(top_srcdir)/service/client
tests_unit_client_test_client_LDADD = $(client_libs) $(CHECK_LIBS)
