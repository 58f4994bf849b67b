noinst_LIBRARIES += service/pack/libsl_pack.a
service_pack_libsl_pack_a_SOURCES = \
	include/sluice/pack/chunk.h service/pack/chunk.c \
	include/sluice/pack/end_record.h service/pack/end_record.c \
	service/pack/end_record_json.c \
	include/sluice/pack/frame.h service/pack/frame.c \
	service/pack/frame_header.h service/pack/frame_header.c \
	include/sluice/pack/pack_writer.h service/pack/pack_writer.c \
	include/sluice/pack/segment_reader.h service/pack/segment_reader.c \
	include/sluice/pack/tar.h service/pack/tar.c \
	include/sluice/pack/unpack.h service/pack/unpack.c \
	service/pack/unpack_tar.h service/pack/unpack_tar.c
EXTRA_DIST += service/pack/README.md service/pack/.may_include
