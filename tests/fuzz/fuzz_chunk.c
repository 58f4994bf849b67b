/* Input: three bytes of decoded size, then a stored chunk. */
#include "fuzz.h"

#include "sluice/pack/chunk.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sl_chunk_decoder *decoder;
	size_t decoded_bytes;
	unsigned char *out;

	if (decoder == NULL)
		FUZZ_ASSERT(sl_chunk_decoder_new(&decoder) == SL_OK);
	if (size < 3)
		return 0;
	decoded_bytes = (size_t)data[0] | (size_t)data[1] << 8 |
	    (size_t)(data[2] & 0x1f) << 16;
	out = malloc(decoded_bytes + 1);
	FUZZ_ASSERT(out != NULL);
	/* Not one byte past the end may change. */
	out[decoded_bytes] = 0xA5;
	(void)!sl_chunk_decode(
	    decoder, sl_slice_of(data + 3, size - 3), out, decoded_bytes, NULL);
	FUZZ_ASSERT(out[decoded_bytes] == 0xA5);
	free(out);
	return 0;
}
