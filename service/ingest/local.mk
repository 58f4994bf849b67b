noinst_LIBRARIES += service/ingest/libsl_ingest.a
service_ingest_libsl_ingest_a_SOURCES = \
	include/sluice/ingest/draft_store.h service/ingest/draft_store.c \
	include/sluice/ingest/ingest.h service/ingest/ingest.c \
	service/ingest/describe.h service/ingest/describe.c \
	service/ingest/cache_line.h service/ingest/cache_line.c \
	service/ingest/crew.h service/ingest/crew.c \
	service/ingest/file_cache.h service/ingest/file_cache.c \
	service/ingest/items.h service/ingest/items.c \
	service/ingest/object_copy.h service/ingest/object_copy.c \
	service/ingest/run.h \
	service/ingest/scan_cache.h service/ingest/scan_cache.c \
	service/ingest/scan_units.h service/ingest/scan_units.c \
	service/ingest/workplace.h service/ingest/workplace.c
EXTRA_DIST += service/ingest/README.md service/ingest/.may_include
