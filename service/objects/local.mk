noinst_LIBRARIES += service/objects/libsl_objects.a
service_objects_libsl_objects_a_SOURCES = \
	include/sluice/objects/objects.h service/objects/internal.h \
	service/objects/log.c service/objects/name.c service/objects/read.c \
	service/objects/sweep.c service/objects/write.c
EXTRA_DIST += service/objects/README.md service/objects/.may_include
