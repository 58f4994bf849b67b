#include <string.h>

#include "sluice/catalog/log.h"

/* Leaves begin … end - 1; begin is a multiple of the smallest power of two
 * that has room for them. */
struct span {
	uint64_t begin;
	uint64_t end;
};

/* Leaves of the left subtree: the greatest power of two below the number of
 * leaves, which is 2 or more (RFC 9162, section 2.1.1). */
static uint64_t
split(uint64_t count)
{
	return UINT64_C(1) << (63 - __builtin_clzll(count - 1));
}

static enum sl_status
read_span(struct sl_log_range *range, struct span span,
    const struct sl_log_reader *reader, struct sl_error *err)
{
	sl_log_range_init(range);
	range->size = span.end - span.begin;
	for (unsigned level = 63; level-- > 0;) {
		enum sl_status status;

		if ((range->size >> level & 1) == 0)
			continue;
		status = reader->read(reader->ctx, &range->nodes[range->count],
		    level, span.begin >> level, err);
		if (status != SL_OK)
			return status;
		range->count++;
		span.begin += UINT64_C(1) << level;
	}
	return SL_OK;
}

enum sl_status
sl_log_read_range(struct sl_log_range *out, uint64_t size,
    const struct sl_log_reader *reader, struct sl_error *err)
{
	if (size > SL_LOG_SIZE_MAX)
		return sl_error_set(
		    err, SL_ERR_INVALID, "no log has so many leaves");
	return read_span(out, (struct span){0, size}, reader, err);
}

/* Append the root of a span to a proof; there is room, because each step
 * downwards halves the tree. */
static enum sl_status
push(struct sl_log_proof *proof, struct span span,
    const struct sl_log_reader *reader, struct sl_error *err)
{
	struct sl_log_range range;
	enum sl_status status = read_span(&range, span, reader, err);

	if (status != SL_OK)
		return status;
	return sl_log_range_root(&proof->hashes[proof->count++], &range);
}

/* Proofs are made from the root down and read from the leaf up. */
static void
turn(struct sl_log_proof *proof)
{
	for (size_t i = 0; i < proof->count / 2; i++) {
		struct sl_log_hash *other =
		    &proof->hashes[proof->count - 1 - i];
		struct sl_log_hash kept = proof->hashes[i];

		proof->hashes[i] = *other;
		*other = kept;
	}
}

/* Go to the half that leaf `index` is in; the other half is the proof's. */
static enum sl_status
descend(struct span *span, uint64_t index, struct sl_log_proof *proof,
    const struct sl_log_reader *reader, struct sl_error *err)
{
	uint64_t middle = span->begin + split(span->end - span->begin);
	struct span other = *span;

	if (index < middle) {
		other.begin = middle;
		span->end = middle;
	} else {
		other.end = middle;
		span->begin = middle;
	}
	return push(proof, other, reader, err);
}

enum sl_status
sl_log_prove_inclusion(struct sl_log_proof *out, uint64_t index, uint64_t size,
    const struct sl_log_reader *reader, struct sl_error *err)
{
	struct span span = {0, size};

	out->count = 0;
	if (index >= size || size > SL_LOG_SIZE_MAX)
		return sl_error_set(
		    err, SL_ERR_INVALID, "the log has no such leaf");
	while (span.end - span.begin > 1) {
		enum sl_status status = descend(&span, index, out, reader, err);

		if (status != SL_OK)
			return status;
	}
	turn(out);
	return SL_OK;
}

/* SUBPROOF of RFC 9162, section 2.1.4.1, without recursion: down to the
 * subtree that ends where the old tree does. */
enum sl_status
sl_log_prove_consistency(struct sl_log_proof *out, uint64_t old_size,
    uint64_t new_size, const struct sl_log_reader *reader, struct sl_error *err)
{
	struct span span = {0, new_size};
	enum sl_status status = SL_OK;

	out->count = 0;
	if (old_size == 0 || old_size > new_size || new_size > SL_LOG_SIZE_MAX)
		return sl_error_set(err, SL_ERR_INVALID,
		    "between these sizes there is nothing to prove");
	while (status == SL_OK && span.end != old_size)
		status = descend(&span, old_size - 1, out, reader, err);
	/* The old tree itself is known to who asks. */
	if (status == SL_OK && span.begin != 0)
		status = push(out, span, reader, err);
	if (status != SL_OK)
		return status;
	turn(out);
	return SL_OK;
}
