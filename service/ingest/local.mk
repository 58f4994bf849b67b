noinst_LIBRARIES += service/ingest/libsl_ingest.a
service_ingest_libsl_ingest_a_SOURCES = \
	include/sluice/ingest/draft_store.h service/ingest/draft_store.c \
	include/sluice/ingest/ingest.h service/ingest/ingest.c \
	service/ingest/describe.h service/ingest/describe.c \
	service/ingest/file_cache.h service/ingest/file_cache.c \
	service/ingest/object_copy.h service/ingest/object_copy.c \
	service/ingest/workplace.h service/ingest/workplace.c
EXTRA_DIST += service/ingest/README.md service/ingest/.may_include
