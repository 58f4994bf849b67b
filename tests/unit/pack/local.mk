if HAVE_CHECK
check_PROGRAMS += tests/unit/pack/test_pack
TESTS += tests/unit/pack/test_pack
endif
tests_unit_pack_test_pack_SOURCES = tests/unit/pack/suites.h \
	tests/unit/pack/test_chunk.c tests/unit/pack/test_end_record.c \
	tests/unit/pack/test_frame.c tests/unit/pack/test_pack.c \
	tests/unit/pack/test_pack_writer.c \
	tests/unit/pack/test_segment_reader.c tests/unit/pack/test_stock.c \
	tests/unit/pack/test_tar.c tests/unit/pack/test_unpack.c
tests_unit_pack_test_pack_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_pack_test_pack_LDADD = $(pack_libs) $(CHECK_LIBS)
