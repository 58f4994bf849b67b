/* The input is a table.  Read twice it gives the same rows; a row has a value
 * for each name, and each is finite or not a number. */
#include "fuzz.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/csv.h"

static uint64_t
read_table(int fd, size_t size)
{
	const double *row = NULL;
	struct sl_csv *csv;
	uint64_t sum = 1;
	uint64_t rows = 0;

	if (sl_csv_open(&csv, fd, size, NULL) != SL_OK) {
		FUZZ_ASSERT(csv == NULL);
		return 0;
	}
	FUZZ_ASSERT(sl_csv_columns(csv) >= 1);
	while (sl_csv_next(csv, &row, NULL) == SL_OK && row != NULL) {
		/* A line of its own, at least. */
		FUZZ_ASSERT(++rows <= size);
		for (size_t i = 0; i < sl_csv_columns(csv); i++) {
			uint64_t bits;

			FUZZ_ASSERT(!isinf(row[i]));
			memcpy(&bits, &row[i], sizeof(bits));
			sum = sum * 31 + bits;
		}
	}
	for (size_t i = 0; i < sl_csv_columns(csv); i++)
		sum = sum * 31 + strlen(sl_csv_name(csv, i));
	sl_csv_free(csv);
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_ASSERT(fd >= 0);
	FUZZ_ASSERT(sl_file_write_all(fd, data, size, NULL) == SL_OK);
	FUZZ_ASSERT(read_table(fd, size) == read_table(fd, size));
	close(fd);
	return 0;
}
