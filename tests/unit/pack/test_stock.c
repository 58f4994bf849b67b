/* Packs and deliveries against tar and zstd. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/pack/end_record.h"
#include "sluice/pack/frame.h"
#include "sluice/pack/pack_writer.h"
#include "suites.h"

#define DEEP                                                                   \
	"deep/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz/"           \
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnop" \
	"qrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm\xc3\xa9"

static char folder[] = "/tmp/sluice-stock-XXXXXX";
static struct sl_workers *workers;
static struct sl_buf pack;
static struct sl_buf text;
static struct sl_pack_chunk chunks[16];
static struct sl_pack_span spans[3];

static int run(const char *fmt, ...) SL_PRINTF(1, 2);

static int
run(const char *fmt, ...)
{
	char command[1024];
	va_list args;
	int used;
	int status;

	used = snprintf(command, sizeof(command), "cd %s && ", folder);
	va_start(args, fmt);
	vsnprintf(command + used, sizeof(command) - (size_t)used, fmt, args);
	va_end(args);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool
is_missing(const char *program)
{
	if (run("command -v %s >/dev/null", program) == 0)
		return false;
	printf("skipped: %s is not installed\n", program);
	return true;
}

static enum sl_status
to_buffer(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	(void)err;
	return sl_buf_append(ctx, bytes.data, bytes.len);
}

static void
write_file(const char *name, struct sl_slice bytes)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	ck_assert(sl_file_replace(path, bytes, 0644, NULL) == SL_OK);
}

/* Three segments: small files, a large one, a deep path. */
static void
write_segments(struct sl_pack_writer *writer)
{
	static const char *const paths[3] = {"meta/info.json", "large", DEEP};

	for (size_t i = 0; i < 3; i++) {
		struct sl_slice content =
		    sl_slice_of(text.data, i == 1 ? text.len : 100 + i);
		struct sl_pack_file file = {
		    sl_slice_text(paths[i]), content.len, NULL};
		struct sl_pack_file empty = {
		    sl_slice_text("meta/empty"), 0, NULL};

		ck_assert(sl_pack_writer_begin_segment(
		              writer, SL_LEVEL_DATA, NULL) == SL_OK);
		ck_assert(sl_pack_writer_add_bytes(
		              writer, &file, content, NULL) == SL_OK);
		if (i == 0)
			ck_assert(sl_pack_writer_add_bytes(writer, &empty,
			              sl_slice_text(""), NULL) == SL_OK);
		ck_assert(sl_pack_writer_end_segment(writer, &spans[i], NULL) ==
		    SL_OK);
	}
}

static void
set_up(void)
{
	struct sl_pack_options options = {
	    .published_us = PUBLISHED_US, .sink = to_buffer, .sink_ctx = &pack};
	struct sl_pack_writer *writer;
	uint32_t count;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	sl_buf_init(&pack, 1 << 26);
	sl_buf_init(&text, 1 << 26);
	append_text(&text, 10000000);
	ck_assert(sl_workers_new(&workers, 2) == SL_OK);
	options.workers = workers;
	options.thread_count = 2;
	ck_assert(sl_pack_writer_new(&writer, &options) == SL_OK);
	write_segments(writer);
	ck_assert(sl_pack_writer_finish(writer, NULL) == SL_OK);
	sl_pack_writer_chunks(writer, &count);
	ck_assert_uint_le(count, 16);
	memcpy(chunks, sl_pack_writer_chunks(writer, &count),
	    count * sizeof(*chunks));
	sl_pack_writer_free(writer);
	sl_workers_free(workers);
	write_file("pack.tar.zst", sl_buf_slice(&pack));
	write_file("large.expected", sl_buf_slice(&text));
}

static void
tear_down(void)
{
	sl_buf_clear(&pack);
	sl_buf_clear(&text);
	ck_assert_int_eq(run("rm -r %s", folder), 0);
}

/* Segment `k`'s stored bytes. */
static struct sl_slice
segment(size_t k)
{
	size_t from = 0;
	size_t len = 0;

	for (uint32_t i = 0; i < spans[k].chunk_first; i++)
		from += chunks[i].stored_bytes;
	for (uint32_t i = 0; i < spans[k].chunk_count; i++)
		len += chunks[spans[k].chunk_first + i].stored_bytes;
	return sl_slice_of(pack.data + from, len);
}

START_TEST(zstd_and_tar_read_a_pack)
{
	if (is_missing("zstd") || is_missing("tar"))
		return;
	ck_assert_int_eq(run("zstd -qt pack.tar.zst"), 0);
	ck_assert_int_eq(
	    run("mkdir out && tar -C out --zstd -xf pack.tar.zst"), 0);
	ck_assert_int_eq(run("cmp out/large large.expected"), 0);
	ck_assert_int_eq(run("test -f 'out/%s' && test -f out/meta/empty && "
	                     "test ! -s out/meta/empty",
	                     DEEP),
	    0);
	ck_assert_int_eq(run("test \"$(find out -type f | wc -l)\" = 4"), 0);
	ck_assert_int_eq(run("test \"$(stat -c %%Y.%%a out/large)\" = "
	                     "1795223700.644"),
	    0);
}
END_TEST

START_TEST(tar_reads_any_subset_of_segments_with_an_end)
{
	struct sl_end_record record = {.status = SL_END_COMPLETE};
	struct sl_slice first = segment(0);
	struct sl_slice third = segment(2);
	struct sl_buf delivery;

	if (is_missing("zstd") || is_missing("tar"))
		return;
	sl_buf_init(&delivery, 1 << 20);
	ck_assert(sl_buf_append(&delivery, first.data, first.len) == SL_OK);
	ck_assert(sl_buf_append(&delivery, third.data, third.len) == SL_OK);
	ck_assert(sl_end_record_finish(
	              &delivery, &record, true, PUBLISHED_US) == SL_OK);
	write_file("delivery", sl_buf_slice(&delivery));
	sl_buf_clear(&delivery);
	ck_assert_int_eq(run("zstd -qt <delivery"), 0);
	ck_assert_int_eq(
	    run("mkdir out && zstd -qdc <delivery | tar -C out -xf -"), 0);
	ck_assert_int_eq(run("test \"$(find out -type f | wc -l)\" = 4"), 0);
	ck_assert_int_eq(run("grep -q '\"status\":\"complete\"' "
	                     "out/.sluice/end.json"),
	    0);
}
END_TEST

START_TEST(gnu_tar_writes_the_same_plain_headers)
{
	if (is_missing("tar"))
		return;

	ck_assert_int_eq(
	    run("zstd -qdc pack.tar.zst | head -c 512 >ours && mkdir meta && "
	        "head -c 100 large.expected >meta/info.json && "
	        "tar --format=ustar --numeric-owner --owner=0 --group=0 --mode=0644 "
	        "--mtime=@1795223700 -cf - meta/info.json | head -c 512 >gnu"),
	    0);
	ck_assert_int_eq(run("cmp ours gnu"), 0);
}
END_TEST

TCase *
stock_cases(void)
{
	TCase *cases = tcase_create("stock programs");

	tcase_set_timeout(cases, 30);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, zstd_and_tar_read_a_pack);
	tcase_add_test(cases, tar_reads_any_subset_of_segments_with_an_end);
	tcase_add_test(cases, gnu_tar_writes_the_same_plain_headers);
	return cases;
}
