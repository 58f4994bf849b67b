noinst_LIBRARIES += service/store/libsl_store.a
service_store_libsl_store_a_SOURCES = \
	include/sluice/store/reply.h service/store/call.c service/store/call.h \
	include/sluice/store/account.h service/store/account.c \
	include/sluice/store/batch.h service/store/batch.c \
	include/sluice/store/customer.h service/store/customer.c \
	include/sluice/store/dataset.h service/store/dataset.c \
	include/sluice/store/event.h service/store/event.c \
	include/sluice/store/lease.h service/store/lease.c \
	include/sluice/store/licence.h service/store/licence.c \
	include/sluice/store/publication.h service/store/publication.c
EXTRA_DIST += service/store/README.md service/store/.may_include
