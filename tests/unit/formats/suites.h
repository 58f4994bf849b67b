/* One test case per module of formats, and what they share. */
#ifndef TEST_FORMATS_SUITES_H
#define TEST_FORMATS_SUITES_H

#include <check.h>

#include "sluice/base/buf.h"

TCase *csv_cases(void);
TCase *film_cases(void);
TCase *lerobot_path_cases(void);
TCase *lerobot_stats_cases(void);
TCase *lerobot_v3_cases(void);
TCase *mcap_cases(void);
TCase *mcap_source_cases(void);
TCase *mp4_cases(void);
TCase *parquet_cases(void);
TCase *parquet_file_cases(void);
TCase *parquet_page_cases(void);
TCase *robot_log_cases(void);
TCase *robot_message_cases(void);
TCase *source_cases(void);
TCase *varint_cases(void);

/* The bytes in a file without a name; the caller closes it. */
int open_bytes(struct sl_slice bytes);

/* From here on this test has 64 MiB of memory more than it uses now; under
 * AddressSanitizer, which needs the address space itself, no limit. */
void limit_memory(void);

#endif /* TEST_FORMATS_SUITES_H */
