/* Micro figures of pack and crypto: "name value unit" lines, in MB (10^6
 * bytes of content) per second of wall time.  Everything is in memory; two
 * worker threads, as on a machine with two cores. */
#include <stdio.h>
#include <stdlib.h>

#include "sluice/base/clock.h"
#include "sluice/crypto/random.h"
#include "sluice/pack/pack_writer.h"

#define THREADS       2
#define CONTENT_BYTES ((size_t)256 << 20)
#define FILE_BYTES    ((size_t)32 << 20)

static unsigned char *content;
static struct sl_buf pack;

static void
check(enum sl_status status, const char *what)
{
	if (status == SL_OK)
		return;
	fprintf(stderr, "bench_pack: %s: %s\n", what, sl_status_text(status));
	exit(EXIT_FAILURE);
}

static void
report(const char *name, int64_t since_ms)
{
	int64_t took_ms = sl_clock_monotonic_ms() - since_ms;

	printf("%s %.0f MB/s\n", name,
	    (double)CONTENT_BYTES / 1e3 / (double)(took_ms > 0 ? took_ms : 1));
}

/* Random bytes, as video is, or text like a robot's state log. */
static void
fill_media(void)
{
	sl_random(content, CONTENT_BYTES);
}

static void
fill_text(void)
{
	size_t len = 0;

	for (unsigned i = 0; len < CONTENT_BYTES - 64; i++)
		len += (size_t)snprintf((char *)content + len, 64,
		    "{\"frame\":%u,\"q\":[%u.%03u,%u]}\n", i, i % 7,
		    i * 7919 % 1000, sl_random_below(10000));
	for (; len < CONTENT_BYTES; len++)
		content[len] = ' ';
}

static enum sl_status
to_buffer(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	(void)err;
	return sl_buf_append(ctx, bytes.data, bytes.len);
}

/* Segments of one file each. */
static void
write_pack(struct sl_pack_writer *writer, enum sl_level level)
{
	for (size_t at = 0; at < CONTENT_BYTES; at += FILE_BYTES) {
		struct sl_slice bytes = sl_slice_of(content + at, FILE_BYTES);
		struct sl_pack_file file = {
		    sl_slice_text("f"), bytes.len, NULL};
		struct sl_pack_span span;

		check(
		    sl_pack_writer_begin_segment(writer, level, NULL), "begin");
		check(sl_pack_writer_add_bytes(writer, &file, bytes, NULL),
		    "add");
		check(sl_pack_writer_end_segment(writer, &span, NULL), "end");
	}
	check(sl_pack_writer_finish(writer, NULL), "finish");
}

/* What a client does with each chunk, on one thread. */
static void
read_pack(const struct sl_pack_writer *writer)
{
	struct sl_chunk_decoder *decoder;
	uint32_t count;
	const struct sl_pack_chunk *chunks =
	    sl_pack_writer_chunks(writer, &count);
	unsigned char *decoded = malloc(SL_CHUNK_DECODED_MAX);
	size_t at = 0;

	check(decoded == NULL ? SL_ERR_NOMEM : SL_OK, "memory");
	check(sl_chunk_decoder_new(&decoder), "decoder");
	for (uint32_t i = 0; i < count; i++) {
		struct sl_slice stored =
		    sl_slice_of(pack.data + at, chunks[i].stored_bytes);

		check(sl_chunk_check(stored, chunks[i].hash), "check");
		check(sl_chunk_decode(decoder, stored, decoded,
		          chunks[i].decoded_bytes, NULL),
		    "decode");
		at += stored.len;
	}
	sl_chunk_decoder_free(decoder);
	free(decoded);
}

static void
bench_level(const char *kind, enum sl_level level)
{
	struct sl_pack_options options = {
	    .thread_count = THREADS, .sink = to_buffer, .sink_ctx = &pack};
	struct sl_pack_writer *writer;
	char name[64];
	int64_t since;

	/* A first pack that nobody times touches all the memory. */
	for (int i = 0; i < 2; i++) {
		check(sl_workers_new(&options.workers, THREADS), "workers");
		sl_buf_reset(&pack);
		check(sl_pack_writer_new(&writer, &options), "writer");
		since = sl_clock_monotonic_ms();
		write_pack(writer, level);
		if (i == 0) {
			sl_pack_writer_free(writer);
			sl_workers_free(options.workers);
		}
	}
	snprintf(name, sizeof(name), "pack_write_%s", kind);
	report(name, since);
	since = sl_clock_monotonic_ms();
	read_pack(writer);
	snprintf(name, sizeof(name), "chunk_verify_decode_%s", kind);
	report(name, since);
	printf("pack_size_%s %.3f ratio\n", kind,
	    (double)pack.len / (double)CONTENT_BYTES);
	sl_pack_writer_free(writer);
	sl_workers_free(options.workers);
}

static void
bench_hashes(void)
{
	unsigned char digest[32];
	int64_t since = sl_clock_monotonic_ms();

	check(sl_sha256_of(digest, sl_slice_of(content, CONTENT_BYTES)),
	    "sha256");
	report("sha256", since);
	since = sl_clock_monotonic_ms();
	sl_blake2b_of(digest, sl_slice_of(content, CONTENT_BYTES));
	report("blake2b", since);
}

int
main(void)
{
	content = malloc(CONTENT_BYTES);
	check(content == NULL ? SL_ERR_NOMEM : SL_OK, "memory");
	sl_buf_init(&pack, 2 * CONTENT_BYTES);
	check(sl_buf_reserve(&pack, CONTENT_BYTES + (16 << 20)), "memory");
	fill_media();
	bench_hashes();
	bench_level("media", SL_LEVEL_MEDIA);
	fill_text();
	bench_level("text", SL_LEVEL_DATA);
	sl_buf_clear(&pack);
	free(content);
	return EXIT_SUCCESS;
}
