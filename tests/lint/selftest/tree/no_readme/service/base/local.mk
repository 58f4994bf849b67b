x_SOURCES = service/base/x.c
