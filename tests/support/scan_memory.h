/* The files that scans make, kept in memory: as hash each has its number. */
#ifndef SL_TESTS_SCAN_MEMORY_H
#define SL_TESTS_SCAN_MEMORY_H

#include "sluice/formats/source.h"

struct scan_memory {
	int *fds; /* -1: dropped */
	size_t count;
	size_t open_count;
	uint64_t read; /* bytes of units */
	bool is_cancelled;
};

void scan_memory_clear(struct scan_memory *memory);

/* Scan and add every unit of the source. */
SL_MUST_CHECK enum sl_status scan_memory_fill(
    struct scan_memory *memory, struct sl_source *source, struct sl_error *err);

/* At its beginning; the memory keeps it. */
int scan_memory_file(
    const struct scan_memory *memory, const struct sl_scan_file *file);

#endif /* SL_TESTS_SCAN_MEMORY_H */
