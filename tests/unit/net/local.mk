if HAVE_CHECK
check_PROGRAMS += tests/unit/net/test_net
TESTS += tests/unit/net/test_net
endif
tests_unit_net_test_net_SOURCES = \
	tests/unit/net/certificate.c tests/unit/net/peer.h \
	tests/unit/net/peer_client.c tests/unit/net/peer_server.c \
	tests/unit/net/suites.h tests/unit/net/test_body.c \
	tests/unit/net/test_deadline.c tests/unit/net/test_net.c \
	tests/unit/net/test_parser.c tests/unit/net/test_server.c \
	tests/unit/net/test_tls.c
tests_unit_net_test_net_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_net_test_net_LDADD = $(net_libs) $(CHECK_LIBS)
