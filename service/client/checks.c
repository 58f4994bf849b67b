#include "checks.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tree.h"

#define CHECK_BYTES 4
#define PRIME_1     UINT64_C(0x9E3779B185EBCA87)
#define PRIME_2     UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME_3     UINT64_C(0x165667B19E3779F9)
#define PRIME_4     UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME_5     UINT64_C(0x27D4EB2F165667C5)

static uint64_t
rotate(uint64_t value, int bits)
{
	return value << bits | value >> (64 - bits);
}

static uint64_t
little_endian(const unsigned char *bytes, int count)
{
	uint64_t value = 0;

	for (int i = count; i-- > 0;)
		value = value << 8 | bytes[i];
	return value;
}

static uint64_t
mix(uint64_t lane, uint64_t input)
{
	return rotate(lane + input * PRIME_2, 31) * PRIME_1;
}

static uint64_t
merge(uint64_t hash, uint64_t lane)
{
	return (hash ^ mix(0, lane)) * PRIME_1 + PRIME_4;
}

/* What is left after the blocks of 32 bytes. */
static uint64_t
finish(uint64_t hash, const unsigned char *at, size_t left)
{
	for (; left >= 8; left -= 8, at += 8)
		hash =
		    rotate(hash ^ mix(0, little_endian(at, 8)), 27) * PRIME_1 +
		    PRIME_4;
	if (left >= 4) {
		hash = rotate(hash ^ little_endian(at, 4) * PRIME_1, 23) *
		        PRIME_2 +
		    PRIME_3;
		at += 4;
		left -= 4;
	}
	for (; left > 0; left--, at++)
		hash = rotate(hash ^ *at * PRIME_5, 11) * PRIME_1;
	hash = (hash ^ hash >> 33) * PRIME_2;
	hash = (hash ^ hash >> 29) * PRIME_3;
	return hash ^ hash >> 32;
}

/* XXH64 with seed 0 (xxHash specification, version 0.1.1). */
static uint64_t
xxh64(const unsigned char *at, size_t len)
{
	uint64_t lanes[4] = {PRIME_1 + PRIME_2, PRIME_2, 0, 0 - PRIME_1};
	uint64_t hash = PRIME_5;
	size_t left = len;

	if (len >= 32) {
		for (; left >= 32; left -= 32, at += 32)
			for (size_t i = 0; i < 4; i++)
				lanes[i] =
				    mix(lanes[i], little_endian(at + 8 * i, 8));
		hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) +
		    rotate(lanes[2], 12) + rotate(lanes[3], 18);
		for (size_t i = 0; i < 4; i++)
			hash = merge(hash, lanes[i]);
	}
	return finish(hash + len, at, left);
}

uint32_t
sl_checks_of(struct sl_slice decoded)
{
	return (uint32_t)xxh64(decoded.data, decoded.len);
}

enum sl_status
sl_checks_open(
    struct sl_checks *checks, int meta, size_t count, struct sl_error *err)
{
	checks->folder = -1;
	checks->count = count;
	checks->batches = calloc(count + 1, sizeof(*checks->batches));
	if (checks->batches == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		checks->batches[i] = -1;
	return sl_tree_make_folder(meta, "checks", &checks->folder, err);
}

void
sl_checks_close(struct sl_checks *checks)
{
	for (size_t i = 0; checks->batches != NULL && i < checks->count; i++) {
		if (checks->batches[i] >= 0)
			close(checks->batches[i]);
	}
	free(checks->batches);
	if (checks->folder >= 0)
		close(checks->folder);
	checks->batches = NULL;
	checks->folder = -1;
}

enum sl_status
sl_checks_prepare(struct sl_checks *checks, uint32_t seq, struct sl_error *err)
{
	char name[16];

	if (seq == 0 || seq > checks->count)
		return sl_error_set(err, SL_ERR_STATE, "no batch %u", seq);
	if (checks->batches[seq - 1] >= 0)
		return SL_OK;
	snprintf(name, sizeof(name), "%06u", seq);
	checks->batches[seq - 1] = openat(checks->folder, name,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (checks->batches[seq - 1] < 0)
		return sl_error_errno(err, ".sluice/checks/%s", name);
	return SL_OK;
}

void
sl_checks_note(const struct sl_checks *checks, uint32_t seq, uint32_t chunk,
    struct sl_slice stored)
{
	if (stored.len < CHECK_BYTES)
		return;
	(void)!pwrite(checks->batches[seq - 1],
	    stored.data + stored.len - CHECK_BYTES, CHECK_BYTES,
	    (off_t)chunk * CHECK_BYTES);
}

uint32_t
sl_checks_get(const struct sl_checks *checks, uint32_t seq, uint32_t chunk)
{
	unsigned char bytes[CHECK_BYTES];

	if (pread(checks->batches[seq - 1], bytes, sizeof(bytes),
	        (off_t)chunk * CHECK_BYTES) != (ssize_t)sizeof(bytes))
		return 0;
	return (uint32_t)little_endian(bytes, CHECK_BYTES);
}
