noinst_LIBRARIES += service/base/libsl_base.a
service_base_libsl_base_a_SOURCES = \
	include/sluice/base/array.h service/base/array.c \
	include/sluice/base/base64.h service/base/base64.c \
	include/sluice/base/buf.h service/base/buf.c \
	include/sluice/base/bulk.h service/base/bulk.c \
	include/sluice/base/checked.h service/base/checked.c \
	include/sluice/base/clock.h service/base/clock.c \
	include/sluice/base/error.h service/base/error.c \
	include/sluice/base/file.h service/base/file.c \
	include/sluice/base/hex.h service/base/hex.c \
	include/sluice/base/log.h service/base/log.c \
	include/sluice/base/range.h \
	include/sluice/base/secret.h service/base/secret.c \
	include/sluice/base/slice.h \
	include/sluice/base/status.h service/base/status.c \
	include/sluice/base/uuid.h service/base/uuid.c \
	include/sluice/base/workers.h service/base/workers.c
EXTRA_DIST += service/base/README.md service/base/.may_include
