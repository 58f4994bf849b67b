/* The decoded tar of a response to a request for a head.  Only the true
 * provider has the keys: whatever comes, the trust file and the batches that
 * are accepted are those of tests/golden/v1. */
#include <string.h>

#include "../../service/client/receiver.h"
#include "fuzz.h"
#include "sluice/base/hex.h"
#include "sluice/pack/end_record.h"
#include "sluice/pack/frame.h"

#define DATASET "gr1"
/* When the head was made. */
#define NOW_US  (INT64_C(1790812920) * 1000000)
#define BATCHES 2
#define ROOTS   3

static const char *const roots[ROOTS] = {
    "RWRTncJQnup81sHRBOCznoxhF9g3rG+84+r1rpIQAV6c7bXeihmfHqsD",
    "RWS4h7tiiJaFUOmFVqm95JQGVLSh1KLxxCBB/HVlQq2gENcs5JlH/+kB",
    "RWStjgWvQ/gJRaFbRBSzTKdwkH5l3QzoG41CBbO08wORncftwTkuLOZo",
};
static const char trust_sha256[] =
    "4fd2b25da7eccf0696eb3c738275f7b1f588248a9c31ae44a74306bb20353200";
static const char *const manifest_sha256[BATCHES] = {
    "6bb431a1283cd08fb1a153a424f9ca025f4a5b399d1b477d6c9c04837e3ef720",
    "999b4f75b3a1fbef9158b279ca4f2f2e5427ac133c02d97642d33c4fdc1e8852",
};

static void
make_pin(struct sl_trust_pin *pin)
{
	memset(pin, 0, sizeof(*pin));
	pin->version = 1;
	pin->threshold = 2;
	pin->key_count = ROOTS;
	for (size_t i = 0; i < ROOTS; i++)
		FUZZ_ASSERT(sl_verify_key_parse(&pin->keys[i],
		                sl_slice_text(roots[i])) == SL_OK);
}

static void
check_hash(const unsigned char hash[32], const char *expected)
{
	unsigned char bytes[32];

	FUZZ_ASSERT(sl_hex_decode(bytes, sizeof(bytes),
	                sl_slice_text(expected)) == SL_OK);
	FUZZ_ASSERT(memcmp(hash, bytes, sizeof(bytes)) == 0);
}

static void
check_accepted(const struct sl_heads *heads, const struct sl_trust_chain *chain)
{
	FUZZ_ASSERT(sl_trust_chain_version(chain) <= 1);
	if (sl_trust_chain_version(chain) == 1)
		check_hash(chain->hash, trust_sha256);
	FUZZ_ASSERT(heads->count <= BATCHES);
	for (size_t i = 0; i < heads->count; i++)
		check_hash(heads->batches[i].hash, manifest_sha256[i]);
}

/* As it comes over the wire: frames, and an end record. */
static void
make_wire(struct sl_buf *out, const uint8_t *data, size_t size)
{
	const struct sl_end_record end = {.status = SL_END_COMPLETE};

	for (size_t at = 0; at < size; at += SL_CHUNK_DECODED_MAX) {
		size_t len = size - at;

		if (len > SL_CHUNK_DECODED_MAX)
			len = SL_CHUNK_DECODED_MAX;
		FUZZ_ASSERT(sl_frame_bytes(out, SL_LEVEL_MEDIA,
		                sl_slice_of(data + at, len)) == SL_OK);
	}
	FUZZ_ASSERT(sl_end_record_finish(out, &end, true, NOW_US) == SL_OK);
}

static void
receive(struct sl_heads *heads, struct sl_notary *notary, struct sl_slice wire)
{
	struct sl_receiver *receiver;
	struct sl_error err = {0};
	bool is_transient;
	enum sl_status status;

	FUZZ_ASSERT(sl_receiver_new(&receiver, heads, notary, NULL) == SL_OK);
	status = sl_receiver_push(receiver, wire, &err);
	if (status == SL_OK)
		status = sl_receiver_finish(receiver, &is_transient, &err);
	if (status != SL_OK)
		FUZZ_ASSERT(err.text[0] != '\0');
	sl_receiver_free(receiver);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_trust_pin pin;
	const struct sl_notary_options options = {
	    .dataset = DATASET,
	    .pin = &pin,
	    .meta = -1,
	    .rule = {.now_us = NOW_US},
	};
	struct sl_notary notary;
	struct sl_heads heads;
	struct sl_buf wire;

	make_pin(&pin);
	sl_buf_init(&wire, 2 * size + SL_CHUNK_STORED_MAX);
	make_wire(&wire, data, size);
	FUZZ_ASSERT(sl_notary_open(&notary, &options, NULL, NULL) == SL_OK);
	FUZZ_ASSERT(
	    sl_heads_init(&heads, DATASET, &notary.chain, NULL) == SL_OK);
	receive(&heads, &notary, sl_buf_slice(&wire));
	check_accepted(&heads, &notary.chain);
	sl_heads_clear(&heads);
	sl_notary_clear(&notary);
	sl_buf_clear(&wire);
	return 0;
}
