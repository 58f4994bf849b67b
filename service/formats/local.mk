noinst_LIBRARIES += service/formats/libsl_formats.a
service_formats_libsl_formats_a_SOURCES = \
	include/sluice/formats/media.h service/formats/media.c \
	include/sluice/formats/mcap_index.h \
	include/sluice/formats/mcap_reader.h \
	include/sluice/formats/mcap_record.h service/formats/mcap_record.c \
	include/sluice/formats/mcap_writer.h \
	include/sluice/formats/source.h service/formats/source.c \
	service/formats/files.c \
	service/formats/lerobot.c \
	service/formats/lerobot_path.h service/formats/lerobot_path.c \
	service/formats/mcap_bytes.h \
	service/formats/mp4.c \
	service/formats/parquet.c \
	service/formats/source_build.h \
	service/formats/source_tree.c
EXTRA_DIST += service/formats/README.md service/formats/.may_include
