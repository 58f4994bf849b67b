noinst_LIBRARIES += service/db/libsl_db.a
service_db_libsl_db_a_SOURCES = \
	include/sluice/db/db.h service/db/db.c service/db/wait.c \
	service/db/pending.c service/db/pending.h service/db/pool.h \
	include/sluice/db/listen.h service/db/listen.c \
	include/sluice/db/migrations.h service/db/migrations.c \
	include/sluice/db/params.h service/db/params.c \
	include/sluice/db/rows.h service/db/rows.c service/db/rows_private.h \
	service/db/link.c service/db/link.h \
	service/db/map.c service/db/map.h
EXTRA_DIST += service/db/README.md service/db/.may_include
