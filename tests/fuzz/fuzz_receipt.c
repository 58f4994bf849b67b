/* Receipts that are accepted are written the same for ever. */
#include "fuzz.h"
#include "sluice/catalog/receipt.h"

static void
try_receipt(struct sl_slice text)
{
	struct sl_receipt receipt;
	struct sl_buf first;
	struct sl_buf second;

	sl_receipt_init(&receipt);
	sl_buf_init(&first, 2 * SL_RECEIPT_BYTES_MAX);
	sl_buf_init(&second, 2 * SL_RECEIPT_BYTES_MAX);
	if (sl_receipt_parse(&receipt, text, NULL) == SL_OK) {
		FUZZ_ASSERT(sl_receipt_format(&first, &receipt) == SL_OK);
		FUZZ_ASSERT(sl_receipt_parse(
		                &receipt, sl_buf_slice(&first), NULL) == SL_OK);
		FUZZ_ASSERT(sl_receipt_format(&second, &receipt) == SL_OK);
		FUZZ_ASSERT(
		    sl_slice_is(sl_buf_slice(&first), sl_buf_slice(&second)));
	}
	sl_buf_clear(&first);
	sl_buf_clear(&second);
	sl_receipt_clear(&receipt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_receipt(sl_slice_of(data, size));
	return 0;
}
