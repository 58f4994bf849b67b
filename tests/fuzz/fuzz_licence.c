/* Licence files that are accepted are written the same for ever. */
#include "fuzz.h"
#include "sluice/catalog/licence_file.h"

static void
try_licence(struct sl_slice text)
{
	struct sl_licence_file file;
	struct sl_buf first;
	struct sl_buf second;

	sl_licence_file_init(&file);
	sl_buf_init(&first, 2 * SL_LICENCE_FILE_BYTES_MAX);
	sl_buf_init(&second, 2 * SL_LICENCE_FILE_BYTES_MAX);
	if (sl_licence_file_parse(&file, text, NULL) == SL_OK) {
		FUZZ_ASSERT(sl_licence_file_format(&first, &file) == SL_OK);
		FUZZ_ASSERT(sl_licence_file_parse(
		                &file, sl_buf_slice(&first), NULL) == SL_OK);
		FUZZ_ASSERT(sl_licence_file_format(&second, &file) == SL_OK);
		FUZZ_ASSERT(
		    sl_slice_is(sl_buf_slice(&first), sl_buf_slice(&second)));
	}
	sl_buf_clear(&first);
	sl_buf_clear(&second);
	sl_licence_file_clear(&file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_licence(sl_slice_of(data, size));
	return 0;
}
