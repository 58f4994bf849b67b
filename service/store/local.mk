noinst_LIBRARIES += service/store/libsl_store.a
service_store_libsl_store_a_SOURCES = \
	include/sluice/store/reply.h service/store/call.c service/store/call.h \
	include/sluice/store/acceptance.h service/store/acceptance.c \
	include/sluice/store/account.h service/store/account.c \
	include/sluice/store/agreement.h service/store/agreement.c \
	include/sluice/store/audit.h service/store/audit.c \
	include/sluice/store/batch.h service/store/batch.c \
	include/sluice/store/bundle.h service/store/bundle.c \
	include/sluice/store/customer.h service/store/customer.c \
	include/sluice/store/dataset.h service/store/dataset.c \
	include/sluice/store/event.h service/store/event.c \
	include/sluice/store/lease.h service/store/lease.c \
	include/sluice/store/licence.h service/store/licence.c \
	include/sluice/store/licence_admin.h service/store/licence_admin.c \
	include/sluice/store/log.h service/store/log.c \
	include/sluice/store/notice.h service/store/notice.c \
	include/sluice/store/operator.h service/store/operator.c \
	include/sluice/store/policy.h service/store/policy.c \
	include/sluice/store/publication.h service/store/publication.c \
	include/sluice/store/publisher.h service/store/publisher.c \
	include/sluice/store/receipt.h service/store/receipt.c \
	include/sluice/store/release.h service/store/release.c \
	include/sluice/store/request.h service/store/request.c \
	include/sluice/store/setting.h service/store/setting.c \
	include/sluice/store/token.h service/store/token.c \
	include/sluice/store/trust.h service/store/trust.c \
	include/sluice/store/usage.h service/store/usage.c \
	include/sluice/store/witness.h service/store/witness.c
EXTRA_DIST += service/store/README.md service/store/.may_include
