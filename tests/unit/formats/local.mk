if HAVE_CHECK
check_PROGRAMS += tests/unit/formats/test_formats
TESTS += tests/unit/formats/test_formats
endif
tests_unit_formats_test_formats_SOURCES = tests/unit/formats/suites.h \
	tests/unit/formats/test_formats.c \
	tests/unit/formats/test_csv.c tests/unit/formats/test_film.c \
	tests/support/scan_memory.h tests/support/scan_memory.c \
	tests/unit/formats/mcap_sample.h tests/unit/formats/mcap_sample.c \
	tests/unit/formats/test_mcap.c \
	tests/unit/formats/test_mcap_source.c \
	tests/unit/formats/test_lerobot_v3.c \
	tests/unit/formats/test_lerobot_path.c \
	tests/unit/formats/test_lerobot_stats.c tests/unit/formats/test_mp4.c \
	tests/unit/formats/test_parquet.c \
	tests/unit/formats/test_parquet_file.c \
	tests/unit/formats/test_parquet_page.c tests/unit/formats/test_source.c \
	tests/unit/formats/test_robot_log.c \
	tests/unit/formats/test_robot_message.c \
	tests/unit/formats/test_varint.c
tests_unit_formats_test_formats_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(srcdir)/service/formats
tests_unit_formats_test_formats_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_formats_test_formats_LDADD = $(formats_libs) -lm \
	-lbrotlienc $(CHECK_LIBS)

check_PROGRAMS += tests/unit/formats/mcap_conformance
TESTS += tests/unit/formats/mcap_conformance
tests_unit_formats_mcap_conformance_SOURCES = \
	tests/unit/formats/mcap_conformance.c
tests_unit_formats_mcap_conformance_LDADD = $(formats_libs) -lm
