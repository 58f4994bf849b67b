noinst_LIBRARIES += service/session/libsl_session.a
service_session_libsl_session_a_SOURCES = \
	include/sluice/session/access.h service/session/access.c \
	include/sluice/session/counters.h \
	include/sluice/session/delivery.h service/session/delivery.c \
	include/sluice/session/logbook.h service/session/logbook.c \
	include/sluice/session/outlet.h service/session/outlet.h \
	service/session/outlet.c \
	include/sluice/session/session.h service/session/session.c \
	service/session/body.c \
	service/session/check.c \
	service/session/evidence.h service/session/evidence.c \
	service/session/freshness.c \
	service/session/head.h service/session/head.c \
	service/session/internal.h \
	service/session/lease.c \
	service/session/listing.h service/session/listing.c \
	service/session/pipeline.c \
	service/session/plan.h service/session/plan.c \
	service/session/quote.c \
	service/session/release.c
EXTRA_DIST += service/session/README.md service/session/.may_include
