noinst_LIBRARIES += service/net/libsl_net.a
service_net_libsl_net_a_SOURCES = \
	include/sluice/net/exchange.h include/sluice/net/http.h \
	include/sluice/net/listen.h include/sluice/net/server.h \
	include/sluice/net/tls.h \
	service/net/connection.c service/net/connection.h \
	service/net/exchange.c service/net/file_read.c \
	service/net/headers.c service/net/listen.c service/net/parser.c \
	service/net/pool.c service/net/pool.h service/net/receive.c \
	service/net/request.c service/net/request.h \
	service/net/response.c service/net/send.c service/net/server.c \
	service/net/stream.c service/net/stream.h service/net/target.c \
	service/net/tls.c service/net/tls.h
EXTRA_DIST += service/net/README.md service/net/.may_include
