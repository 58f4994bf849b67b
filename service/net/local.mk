EXTRA_DIST += service/net/README.md service/net/.may_include \
	include/sluice/net/exchange.h \
	include/sluice/net/http.h \
	include/sluice/net/listen.h \
	include/sluice/net/server.h \
	include/sluice/net/tls.h
