#include "sluice/catalog/manifest.h"

#include <inttypes.h>
#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/index.h"
#include "sluice/crypto/sha256.h"

#include "reader.h"

/* Sums that no batch reaches; below 2^53, so that JSON readers agree. */
#define BYTES_MAX    (UINT64_C(1) << 52)
#define DURATION_MAX (UINT64_C(1) << 42)

static const char *const object_names[SL_MANIFEST_OBJECT_COUNT] = {
    [SL_MANIFEST_INDEX] = "index.json",
    [SL_MANIFEST_FILES] = "files.sha256",
    [SL_MANIFEST_QUALITY] = "quality.json",
};

const char *
sl_manifest_object_name(enum sl_manifest_object object)
{
	return object_names[object];
}

static void
take_counts(struct sl_reader *reader, struct sl_manifest *manifest)
{
	sl_reader_text(reader, "# episodes: added=");
	manifest->added =
	    (uint32_t)sl_reader_number(reader, ' ', SL_INDEX_EPISODES_MAX);
	sl_reader_text(reader, "revised=");
	manifest->revised =
	    (uint32_t)sl_reader_number(reader, ' ', SL_INDEX_EPISODES_MAX);
	sl_reader_text(reader, "retracted=");
	manifest->retracted =
	    (uint32_t)sl_reader_number(reader, '\n', SL_INDEX_EPISODES_MAX);
	sl_reader_text(reader, "# duration_s: ");
	manifest->duration_ms =
	    1000 * sl_reader_number(reader, '.', DURATION_MAX / 1000);
	manifest->duration_ms += sl_reader_number(reader, '\n', 999);
	sl_reader_text(reader, "# content_bytes: ");
	manifest->content_bytes = sl_reader_number(reader, '\n', BYTES_MAX);
	sl_reader_text(reader, "# pack_bytes: ");
	manifest->pack_bytes = sl_reader_number(reader, '\n', BYTES_MAX);
}

static void
take_objects(struct sl_reader *reader, struct sl_manifest *manifest)
{
	sl_reader_text(reader, "# bytes:");
	for (size_t i = 0; i < SL_MANIFEST_OBJECT_COUNT; i++) {
		sl_reader_text(reader, " ");
		sl_reader_text(reader, object_names[i]);
		sl_reader_text(reader, "=");
		manifest->object[i].bytes = sl_reader_number(reader,
		    i + 1 < SL_MANIFEST_OBJECT_COUNT ? ' ' : '\n', BYTES_MAX);
		if (i + 1 < SL_MANIFEST_OBJECT_COUNT && !reader->failed) {
			reader->rest.data--; /* the space is the next one's */
			reader->rest.len++;
		}
	}
	for (size_t i = 0; i < SL_MANIFEST_OBJECT_COUNT; i++) {
		sl_reader_text(reader, "SHA256 (");
		sl_reader_text(reader, object_names[i]);
		sl_reader_text(reader, ") = ");
		sl_reader_hex(reader, '\n', manifest->object[i].sha256);
	}
}

/* The text has a second spelling (a leading zero, a fraction of a second …)
 * unless writing it again gives the same bytes. */
static bool
is_canonical(const struct sl_manifest *manifest, struct sl_slice text)
{
	struct sl_buf again;
	bool same;

	sl_buf_init(&again, SL_MANIFEST_BYTES_MAX);
	same = sl_manifest_format(&again, manifest, NULL) == SL_OK &&
	    sl_slice_is(sl_buf_slice(&again), text);
	sl_buf_clear(&again);
	return same;
}

enum sl_status
sl_manifest_parse(
    struct sl_manifest *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_manifest manifest = {0};
	struct sl_reader reader = {text, false};

	if (text.len > SL_MANIFEST_BYTES_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "a manifest of more than %d bytes", SL_MANIFEST_BYTES_MAX);
	sl_reader_text(&reader, "# sluice-manifest/v1\n# dataset: ");
	sl_reader_dataset(&reader, '\n', manifest.dataset);
	sl_reader_text(&reader, "# seq: ");
	manifest.seq = (uint32_t)sl_reader_number(&reader, '\n', SL_SEQ_MAX);
	sl_reader_text(&reader, "# previous: ");
	sl_reader_hex(&reader, '\n', manifest.previous);
	sl_reader_text(&reader, "# published: ");
	manifest.published_us = sl_reader_time(&reader, '\n');
	take_counts(&reader, &manifest);
	take_objects(&reader, &manifest);
	if (reader.failed || reader.rest.len != 0 ||
	    !is_canonical(&manifest, text))
		return sl_error_set(err, SL_ERR_INVALID,
		    "not a sluice-manifest/v1 (at byte %zu)",
		    text.len - reader.rest.len);
	*out = manifest;
	return SL_OK;
}

static bool
is_sound(const struct sl_manifest *manifest)
{
	static const unsigned char zeros[32];
	bool first = memcmp(manifest->previous, zeros, sizeof(zeros)) == 0;

	return sl_dataset_name_is_valid(sl_slice_text(manifest->dataset)) &&
	    manifest->seq >= 1 && manifest->seq <= SL_SEQ_MAX &&
	    first == (manifest->seq == 1) && manifest->published_us >= 0 &&
	    manifest->published_us % 1000000 == 0 &&
	    manifest->added <= SL_INDEX_EPISODES_MAX &&
	    manifest->revised <= SL_INDEX_EPISODES_MAX &&
	    manifest->retracted <= SL_INDEX_EPISODES_MAX &&
	    manifest->duration_ms <= DURATION_MAX &&
	    manifest->content_bytes <= BYTES_MAX &&
	    manifest->pack_bytes <= BYTES_MAX &&
	    manifest->object[SL_MANIFEST_INDEX].bytes <= SL_INDEX_BYTES_MAX &&
	    manifest->object[SL_MANIFEST_FILES].bytes <= SL_FILES_BYTES_MAX &&
	    manifest->object[SL_MANIFEST_QUALITY].bytes <= SL_QUALITY_BYTES_MAX;
}

static enum sl_status
write_text(struct sl_buf *buf, const struct sl_manifest *manifest)
{
	char previous[65];
	char published[SL_TIME_TEXT_MAX];
	enum sl_status status;

	sl_hex_encode(previous, manifest->previous, 32);
	sl_time_format(published, manifest->published_us);
	status = sl_buf_printf(buf,
	    "# sluice-manifest/v1\n# dataset: %s\n# seq: %u\n"
	    "# previous: %s\n# published: %s\n"
	    "# episodes: added=%u revised=%u retracted=%u\n"
	    "# duration_s: %" PRIu64 ".%03u\n# content_bytes: %" PRIu64 "\n"
	    "# pack_bytes: %" PRIu64 "\n# bytes:",
	    manifest->dataset, manifest->seq, previous, published,
	    manifest->added, manifest->revised, manifest->retracted,
	    manifest->duration_ms / 1000,
	    (unsigned)(manifest->duration_ms % 1000), manifest->content_bytes,
	    manifest->pack_bytes);
	for (size_t i = 0; status == SL_OK && i < SL_MANIFEST_OBJECT_COUNT; i++)
		status = sl_buf_printf(buf, " %s=%" PRIu64, object_names[i],
		    manifest->object[i].bytes);
	if (status == SL_OK)
		status = sl_buf_append_text(buf, "\n");
	for (size_t i = 0; status == SL_OK && i < SL_MANIFEST_OBJECT_COUNT;
	     i++) {
		char hash[65];

		sl_hex_encode(hash, manifest->object[i].sha256, 32);
		status = sl_buf_printf(
		    buf, "SHA256 (%s) = %s\n", object_names[i], hash);
	}
	return status;
}

enum sl_status
sl_manifest_format(struct sl_buf *buf, const struct sl_manifest *manifest,
    struct sl_error *err)
{
	enum sl_status status;

	if (!is_sound(manifest))
		return sl_error_set(
		    err, SL_ERR_INVALID, "values that no manifest may have");
	status = write_text(buf, manifest);
	if (status != SL_OK)
		return sl_error_set(
		    err, status, "a manifest: %s", sl_status_text(status));
	return SL_OK;
}

enum sl_status
sl_manifest_hash(unsigned char out[32], struct sl_slice text)
{
	return sl_sha256_of(out, text);
}

enum sl_status
sl_manifest_check_object(const struct sl_manifest *manifest,
    enum sl_manifest_object object, struct sl_slice bytes, struct sl_error *err)
{
	unsigned char hash[32];
	enum sl_status status;

	if (bytes.len != manifest->object[object].bytes)
		return sl_error_code(err, SL_ERR_INTEGRITY, "object_length",
		    "%s of batch %u has %zu bytes, its manifest says %" PRIu64,
		    object_names[object], manifest->seq, bytes.len,
		    manifest->object[object].bytes);
	status = sl_sha256_of(hash, bytes);
	if (status != SL_OK)
		return sl_error_set(err, status, "SHA-256 is not available");
	if (memcmp(hash, manifest->object[object].sha256, sizeof(hash)) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "object_hash",
		    "%s of batch %u does not have the hash its manifest says",
		    object_names[object], manifest->seq);
	return SL_OK;
}
