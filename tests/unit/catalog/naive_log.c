#include "naive_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

static struct sl_log_hash roots[NAIVE_MAX][NAIVE_MAX + 1];

static size_t
greatest_power_below(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

static void
fill_one(size_t begin, size_t end)
{
	unsigned char bytes[65] = {0};
	size_t len;
	size_t k;

	if (end - begin == 1) {
		len = (size_t)snprintf(
		    (char *)bytes + 1, sizeof(bytes) - 1, "leaf %zu", begin);
		SHA256(bytes, len + 1, roots[begin][end].bytes);
		return;
	}
	k = greatest_power_below(end - begin);
	bytes[0] = 1;
	memcpy(bytes + 1, roots[begin][begin + k].bytes, 32);
	memcpy(bytes + 33, roots[begin + k][end].bytes, 32);
	SHA256(bytes, 65, roots[begin][end].bytes);
}

void
naive_fill(void)
{
	static bool filled;

	if (filled)
		return;
	filled = true;
	for (size_t len = 1; len <= NAIVE_MAX; len++) {
		for (size_t begin = 0; begin + len <= NAIVE_MAX; begin++)
			fill_one(begin, begin + len);
	}
}

const struct sl_log_hash *
naive_root(size_t begin, size_t end)
{
	return &roots[begin][end];
}

void
naive_path(struct sl_log_proof *out, size_t index, size_t begin, size_t end)
{
	size_t k;

	if (end - begin == 1)
		return;
	k = greatest_power_below(end - begin);
	if (index < k) {
		naive_path(out, index, begin, begin + k);
		out->hashes[out->count++] = roots[begin + k][end];
	} else {
		naive_path(out, index - k, begin + k, end);
		out->hashes[out->count++] = roots[begin][begin + k];
	}
}

void
naive_subproof(struct sl_log_proof *out, size_t size, size_t begin, size_t end,
    bool is_whole)
{
	size_t k;

	if (size == end - begin) {
		if (!is_whole)
			out->hashes[out->count++] = roots[begin][end];
		return;
	}
	k = greatest_power_below(end - begin);
	if (size <= k) {
		naive_subproof(out, size, begin, begin + k, is_whole);
		out->hashes[out->count++] = roots[begin + k][end];
	} else {
		naive_subproof(out, size - k, begin + k, end, false);
		out->hashes[out->count++] = roots[begin][begin + k];
	}
}

enum sl_status
naive_read(void *ctx, struct sl_log_hash *out, unsigned level, uint64_t index,
    struct sl_error *err)
{
	uint64_t begin = index << level;
	uint64_t end = (index + 1) << level;

	(void)ctx;
	(void)err;
	if (end > NAIVE_MAX)
		return SL_ERR_IO;
	*out = roots[begin][end];
	return SL_OK;
}
