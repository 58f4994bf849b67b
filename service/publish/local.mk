noinst_LIBRARIES += service/publish/libsl_publish.a
service_publish_libsl_publish_a_SOURCES = \
	include/sluice/publish/publish.h service/publish/publish.c \
	service/publish/batch.h service/publish/batch.c \
	service/publish/carry.h service/publish/carry.c \
	service/publish/erase.c \
	include/sluice/publish/log.h service/publish/log.c \
	service/publish/log_signer.h service/publish/log_signer.c \
	service/publish/log_settle.c \
	service/publish/log_head.h service/publish/log_head.c \
	service/publish/log_leaf.h service/publish/log_leaf.c \
	service/publish/log_lock.h service/publish/log_lock.c \
	service/publish/log_state.h service/publish/log_state.c \
	service/publish/log_tiles.h service/publish/log_tiles.c \
	service/publish/log_trust.h service/publish/log_trust.c \
	service/publish/witness.h service/publish/witness.c \
	service/publish/known.h service/publish/known.c \
	service/publish/match.h service/publish/match.c \
	service/publish/offline.h service/publish/offline.c \
	service/publish/plan.h service/publish/plan.c \
	service/publish/plan_build.h service/publish/plan_dataset.c \
	service/publish/withdrawn.h service/publish/withdrawn.c
EXTRA_DIST += service/publish/README.md service/publish/.may_include
