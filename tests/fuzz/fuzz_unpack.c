/* Input: a byte that says how long the pieces are, then a delivery.  However
 * it is cut, the reader must say the same and hand out the same. */
#include "fuzz.h"

#include <string.h>

#include "sluice/crypto/sha256.h"
#include "sluice/pack/unpack.h"

#define MEMBER_BYTES_MAX 100000
#define MEMBER_COUNT_MAX 50
#define TOTAL_BYTES_MAX  1000000

struct outcome {
	struct sl_sha256 hash;
	unsigned char digest[SL_SHA256_BYTES];
	enum sl_status pushed;
	enum sl_status finished;
	uint64_t member_left;
	uint64_t member_count;
};

static enum sl_status
on_begin(void *ctx, const struct sl_unpack_member *member, struct sl_error *err)
{
	struct outcome *outcome = ctx;

	(void)err;
	FUZZ_ASSERT(member->bytes <= MEMBER_BYTES_MAX);
	FUZZ_ASSERT(
	    member->path.len == strlen((const char *)member->path.data));
	FUZZ_ASSERT(++outcome->member_count <= MEMBER_COUNT_MAX);
	outcome->member_left = member->bytes;
	sl_sha256_update(
	    &outcome->hash, member->path.data, member->path.len + 1);
	return SL_OK;
}

static enum sl_status
on_data(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	struct outcome *outcome = ctx;

	(void)err;
	FUZZ_ASSERT(bytes.len > 0 && bytes.len <= outcome->member_left);
	outcome->member_left -= bytes.len;
	sl_sha256_update(&outcome->hash, bytes.data, bytes.len);
	return SL_OK;
}

static enum sl_status
on_end(void *ctx, struct sl_error *err)
{
	struct outcome *outcome = ctx;

	(void)err;
	FUZZ_ASSERT(outcome->member_left == 0);
	return SL_OK;
}

static void
run_pieces(struct outcome *out, const uint8_t *data, size_t size, size_t piece)
{
	struct sl_unpack_limits limits = {
	    MEMBER_BYTES_MAX, MEMBER_COUNT_MAX, TOTAL_BYTES_MAX};
	struct sl_unpack_handler handler = {on_begin, on_data, on_end, out};
	struct sl_unpack *unpack;

	FUZZ_ASSERT(sl_sha256_init(&out->hash) == SL_OK);
	FUZZ_ASSERT(sl_unpack_new(&unpack, &limits, &handler) == SL_OK);
	for (size_t at = 0; at < size && out->pushed == SL_OK; at += piece) {
		size_t len = size - at < piece ? size - at : piece;

		out->pushed =
		    sl_unpack_push(unpack, sl_slice_of(data + at, len), NULL);
	}
	out->finished = sl_unpack_finish(unpack, NULL);
	FUZZ_ASSERT(out->pushed == SL_OK || out->finished == out->pushed);
	sl_unpack_free(unpack);
	FUZZ_ASSERT(sl_sha256_final(&out->hash, out->digest) == SL_OK);
	sl_sha256_clear(&out->hash);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole = {0};
	struct outcome pieces = {0};

	if (size < 1)
		return 0;
	run_pieces(&whole, data + 1, size - 1, size);
	run_pieces(&pieces, data + 1, size - 1, (size_t)data[0] + 1);
	/* What a broken stream handed out before it broke may differ. */
	FUZZ_ASSERT(whole.pushed == pieces.pushed);
	FUZZ_ASSERT(whole.finished == pieces.finished);
	if (whole.pushed == SL_OK)
		FUZZ_ASSERT(
		    memcmp(whole.digest, pieces.digest, SL_SHA256_BYTES) == 0);
	return 0;
}
