/* Numbers of things, in words. */
#ifndef SLUICE_BIN_COUNT_H
#define SLUICE_BIN_COUNT_H

#include <inttypes.h>

/* printf("%" COUNT, COUNTED(n, "file")): "1 file", "2 files". */
#define COUNT            PRIu64 " %s%s"
#define COUNTED(n, word) (uint64_t)(n), (word), ((n) == 1 ? "" : "s")

#endif /* SLUICE_BIN_COUNT_H */
