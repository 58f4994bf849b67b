EXTRA_PROGRAMS += tests/bench/serve_file
tests_bench_serve_file_SOURCES = tests/bench/serve_file.c
tests_bench_serve_file_LDADD = $(net_libs)
