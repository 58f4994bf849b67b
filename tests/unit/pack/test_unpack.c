#include "sluice/pack/unpack.h"

#include "sluice/pack/frame.h"
#include "sluice/pack/tar.h"
#include "suites.h"

#define LONG_PATH                                                              \
	".sluice/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh" \
	"ijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvw"

static struct sl_buf stream;
static struct sl_buf got; /* "path\0bytes\0…" of everything that came */
static struct sl_unpack *unpack;
static struct sl_unpack_limits limits;
static int open_members;

static enum sl_status
on_begin(void *ctx, const struct sl_unpack_member *member, struct sl_error *err)
{
	(void)ctx;
	(void)err;
	ck_assert_int_eq(open_members++, 0);
	ck_assert_int_eq(member->mtime_us, PUBLISHED_US);
	ck_assert_int_eq(member->path.data[member->path.len], '\0');
	return sl_buf_append(&got, member->path.data, member->path.len + 1);
}

static enum sl_status
on_data(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	(void)ctx;
	(void)err;
	ck_assert_uint_gt(bytes.len, 0);
	return sl_buf_append(&got, bytes.data, bytes.len);
}

static enum sl_status
on_end(void *ctx, struct sl_error *err)
{
	(void)ctx;
	(void)err;
	ck_assert_int_eq(open_members--, 1);
	return sl_buf_append(&got, "", 1);
}

static void
new_unpack(void)
{
	static const struct sl_unpack_handler handler = {
	    .on_begin = on_begin, .on_data = on_data, .on_end = on_end};

	sl_unpack_free(unpack);
	sl_buf_reset(&got);
	open_members = 0;
	ck_assert(sl_unpack_new(&unpack, &limits, &handler) == SL_OK);
}

static void
set_up(void)
{
	sl_buf_init(&stream, 1 << 24);
	sl_buf_init(&got, 1 << 24);
	limits = (struct sl_unpack_limits){1 << 23, 100, 1 << 24};
	new_unpack();
}

static void
tear_down(void)
{
	sl_unpack_free(unpack);
	sl_buf_clear(&got);
	sl_buf_clear(&stream);
}

static void
append_member(const char *path, struct sl_slice content)
{
	ck_assert(sl_frame_member(&stream, sl_slice_text(path), content,
	              PUBLISHED_US, NULL) == SL_OK);
}

static void
append_end(enum sl_end_status status, bool at_boundary)
{
	struct sl_end_record record = {.status = status};

	ck_assert(sl_end_record_finish(
	              &stream, &record, at_boundary, PUBLISHED_US) == SL_OK);
}

/* Any bytes of tar as a frame. */
static void
append_frame(const void *bytes, size_t len)
{
	ck_assert(sl_frame_bytes(&stream, SL_LEVEL_HEAD,
	              sl_slice_of(bytes, len)) == SL_OK);
}

static void
make_head(void)
{
	sl_buf_reset(&stream);
	append_member(".sluice/grant.json", sl_slice_text("{\"version\":1}\n"));
	append_member(".sluice/empty", sl_slice_text(""));
	append_member(LONG_PATH, sl_slice_text("long"));
	append_end(SL_END_COMPLETE, true);
}

static const char head_content[] =
    ".sluice/grant.json\0{\"version\":1}\n\0.sluice/empty\0\0" LONG_PATH
    "\0long";

static void
assert_head_came(void)
{
	ck_assert_uint_eq(got.len, sizeof(head_content));
	ck_assert_mem_eq(got.data, head_content, got.len);
}

static enum sl_status
push_all(void)
{
	return sl_unpack_push(unpack, sl_buf_slice(&stream), NULL);
}

START_TEST(no_changed_byte_yields_other_content)
{
	make_head();
	for (size_t i = 0; i < stream.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			stream.data[i] ^= (unsigned char)(1 << bit);
			new_unpack();
			if (push_all() == SL_OK &&
			    sl_unpack_finish(unpack, NULL) == SL_OK)
				assert_head_came();
			stream.data[i] ^= (unsigned char)(1 << bit);
		}
	}
}
END_TEST

START_TEST(a_stream_cut_anywhere_is_incomplete)
{
	size_t record_end;

	/* Right after the end record nothing more is promised. */
	append_member(".sluice/grant.json", sl_slice_text("{\"version\":1}\n"));
	append_member(".sluice/empty", sl_slice_text(""));
	append_member(LONG_PATH, sl_slice_text("long"));
	append_end(SL_END_COMPLETE, false);
	record_end = stream.len;
	make_head();
	for (size_t len = 0; len < stream.len; len++) {
		new_unpack();
		ck_assert(sl_unpack_push(unpack, sl_slice_of(stream.data, len),
		              NULL) == SL_OK);
		ck_assert(sl_unpack_finish(unpack, NULL) ==
		    (len == record_end ? SL_OK : SL_ERR_PARTIAL));
		ck_assert((sl_unpack_end_record(unpack) != NULL) ==
		    (len >= record_end));
	}
}
END_TEST

START_TEST(a_frame_that_claims_too_much_is_refused)
{
	/* Window 512 MiB, then a single segment of 4 MiB and one byte. */
	ck_assert(
	    sl_unpack_push(unpack,
	        sl_slice_of("\x28\xB5\x2F\xFD\x84\x98\x00\x10\x00\x00", 10),
	        NULL) == SL_ERR_INTEGRITY);
	ck_assert(sl_unpack_push(unpack, sl_slice_text("x"), NULL) ==
	    SL_ERR_INTEGRITY);
	new_unpack();
	ck_assert(sl_unpack_push(unpack,
	              sl_slice_of("\x28\xB5\x2F\xFD\xA4\x01\x00\x40\x00", 9),
	              NULL) == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(other_skippable_frames_are_refused)
{
	ck_assert(
	    sl_unpack_push(unpack, sl_slice_of("\x50\x2A\x4D\x18\0\0\0\0", 8),
	        NULL) == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(members_above_the_limits_are_refused)
{
	limits.member_bytes = 13;
	new_unpack();
	make_head();
	ck_assert(push_all() == SL_ERR_LIMIT);
	limits.member_bytes = 14;
	limits.member_count = 2;
	new_unpack();
	ck_assert(push_all() == SL_ERR_LIMIT);
	limits.member_count = 3;
	limits.total_bytes = 4096;
	new_unpack();
	ck_assert(push_all() == SL_ERR_LIMIT);
	limits.total_bytes = 1 << 20;
	new_unpack();
	ck_assert(push_all() == SL_OK);
}
END_TEST

START_TEST(tar_headers_that_are_not_ours_are_refused)
{
	struct sl_tar_layout layout;

	ck_assert(sl_tar_layout(
	              &layout, sl_slice_text("a/b"), 0, PUBLISHED_US) == SL_OK);
	for (size_t i = 0; i < layout.header_len; i++) {
		sl_buf_reset(&stream);
		new_unpack();
		layout.header[i] ^= 1;
		append_frame(layout.header, layout.header_len);
		ck_assert_msg(push_all() == SL_ERR_INTEGRITY, "byte %zu", i);
		layout.header[i] ^= 1;
	}
	sl_buf_reset(&stream);
	new_unpack();
	append_frame(layout.header, layout.header_len);
	ck_assert(push_all() == SL_OK);
}
END_TEST

START_TEST(pax_headers_that_are_not_ours_are_refused)
{
	struct sl_tar_layout layout;

	ck_assert(sl_tar_layout(&layout, sl_slice_text(LONG_PATH),
	              UINT64_C(1) << 34, PUBLISHED_US) == SL_OK);
	ck_assert_uint_eq(layout.header_len, 1536);
	limits.member_bytes = UINT64_MAX;
	for (size_t i = 0; i < layout.header_len; i++) {
		sl_buf_reset(&stream);
		new_unpack();
		layout.header[i] ^= 1;
		append_frame(layout.header, layout.header_len);
		/* Path and size in the records may be others and still be a
		 * header of ours, if no length changes. */
		if (push_all() == SL_OK && got.len > 0)
			ck_assert(i >= 512 && i < 1024);
		layout.header[i] ^= 1;
	}
}
END_TEST

START_TEST(padding_that_is_not_zero_is_refused)
{
	struct sl_tar_layout layout;
	unsigned char member[1024] = {0};

	ck_assert(sl_tar_layout(&layout, sl_slice_text("a"), 1, PUBLISHED_US) ==
	    SL_OK);
	memcpy(member, layout.header, 512);
	member[1023] = 1;
	append_frame(member, sizeof(member));
	ck_assert(push_all() == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(nothing_may_follow_the_end)
{
	struct sl_slice end = sl_frame_end_of_archive();

	make_head();
	append_member("late", sl_slice_text("x"));
	ck_assert(push_all() == SL_ERR_INTEGRITY);
	make_head();
	append_end(SL_END_COMPLETE, false);
	new_unpack();
	ck_assert(push_all() == SL_ERR_INTEGRITY);
	make_head();
	ck_assert(sl_buf_append(&stream, end.data, end.len) == SL_OK);
	new_unpack();
	ck_assert(push_all() == SL_ERR_INTEGRITY);
	make_head();
	ck_assert(sl_buf_append(&stream, "x", 1) == SL_OK);
	new_unpack();
	ck_assert(push_all() == SL_OK);
	ck_assert(sl_unpack_finish(unpack, NULL) == SL_ERR_PARTIAL);
}
END_TEST

START_TEST(after_the_end_record_only_its_own_member_comes)
{
	append_end(SL_END_COMPLETE, false);
	append_member("other", sl_slice_text("x"));
	ck_assert(push_all() == SL_ERR_INTEGRITY);
	sl_buf_reset(&stream);
	append_end(SL_END_COMPLETE, false);
	append_member(SL_END_RECORD_MEMBER, sl_slice_text("{}"));
	new_unpack();
	ck_assert(push_all() == SL_ERR_INTEGRITY);
	/* As long as the right one, but refused instead of complete. */
	sl_buf_reset(&stream);
	append_end(SL_END_COMPLETE, false);
	append_member(SL_END_RECORD_MEMBER,
	    sl_slice_text("{\"version\":1,\"status\":\"complete\",\"code\":"
	                  "\"\",\"text\":\"\",\"position\":null,\"ledger\":"
	                  "nulL}"));
	new_unpack();
	ck_assert(push_all() == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(the_end_member_may_not_come_by_itself)
{
	append_member(SL_END_RECORD_MEMBER, sl_slice_text("{}"));
	ck_assert(push_all() == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(complete_inside_a_file_is_refused)
{
	struct sl_tar_layout layout;

	ck_assert(sl_tar_layout(
	              &layout, sl_slice_text("a"), 512, PUBLISHED_US) == SL_OK);
	append_frame(layout.header, 512);
	append_end(SL_END_COMPLETE, false);
	ck_assert(push_all() == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(interrupted_inside_a_file_ends_the_stream)
{
	struct sl_tar_layout layout;
	unsigned char zeros[512] = {0};

	ck_assert(sl_tar_layout(
	              &layout, sl_slice_text("a"), 512, PUBLISHED_US) == SL_OK);
	append_frame(layout.header, 512);
	append_end(SL_END_INTERRUPTED, false);
	ck_assert(push_all() == SL_OK);
	ck_assert(sl_unpack_finish(unpack, NULL) == SL_OK);
	ck_assert_int_eq(
	    (int)sl_unpack_end_record(unpack)->status, SL_END_INTERRUPTED);
	append_frame(zeros, sizeof(zeros));
	new_unpack();
	ck_assert(push_all() == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(a_head_is_read_whatever_the_pieces)
{
	make_head();
	for (size_t step = 1; step < stream.len; step += step < 40 ? 1 : 97) {
		new_unpack();
		for (size_t at = 0; at < stream.len; at += step) {
			size_t len = stream.len - at;

			if (len > step)
				len = step;
			ck_assert(sl_unpack_push(unpack,
			              sl_slice_of(stream.data + at, len),
			              NULL) == SL_OK);
		}
		ck_assert(sl_unpack_finish(unpack, NULL) == SL_OK);
		assert_head_came();
		ck_assert_int_eq(
		    (int)sl_unpack_end_record(unpack)->status, SL_END_COMPLETE);
	}
}
END_TEST

START_TEST(a_member_of_several_frames_is_read)
{
	struct sl_buf text;

	sl_buf_init(&text, 1 << 24);
	append_text(&text, 5000000);
	append_member("index.json", sl_buf_slice(&text));
	append_end(SL_END_COMPLETE, true);
	ck_assert(push_all() == SL_OK);
	ck_assert(sl_unpack_finish(unpack, NULL) == SL_OK);
	ck_assert_uint_eq(got.len, 11 + text.len + 1);
	ck_assert_mem_eq(got.data + 11, text.data, text.len);
	sl_buf_clear(&text);
}
END_TEST

static enum sl_status
no_space(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	(void)ctx;
	(void)bytes;
	return sl_error_set(err, SL_ERR_FULL, "no space left");
}

START_TEST(a_handler_can_stop_the_reader)
{
	struct sl_unpack_handler handler = {.on_data = no_space};

	make_head();
	sl_unpack_free(unpack);
	ck_assert(sl_unpack_new(&unpack, &limits, &handler) == SL_OK);
	ck_assert(push_all() == SL_ERR_FULL);
	ck_assert(sl_unpack_finish(unpack, NULL) == SL_ERR_FULL);
}
END_TEST

START_TEST(a_head_of_the_first_release_is_read)
{
	read_golden(&stream, "head.tar.zst");
	ck_assert(push_all() == SL_OK);
	ck_assert(sl_unpack_finish(unpack, NULL) == SL_OK);
	assert_head_came();
}
END_TEST

START_TEST(a_pack_of_the_first_release_is_read)
{
	static const char content[] =
	    "meta/info.json\0{\"fps\":20}\n\0state/0.csv\0"
	    "1,2\n3,4\n";

	read_golden(&stream, "pack.tar.zst");
	ck_assert(push_all() == SL_OK);
	ck_assert(sl_unpack_finish(unpack, NULL) == SL_OK);
	ck_assert_ptr_null(sl_unpack_end_record(unpack));
	ck_assert_uint_eq(got.len, sizeof(content));
	ck_assert_mem_eq(got.data, content, got.len);
}
END_TEST

TCase *
unpack_cases(void)
{
	TCase *cases = tcase_create("unpack");

	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, no_changed_byte_yields_other_content);
	tcase_add_test(cases, a_stream_cut_anywhere_is_incomplete);
	tcase_add_test(cases, a_frame_that_claims_too_much_is_refused);
	tcase_add_test(cases, other_skippable_frames_are_refused);
	tcase_add_test(cases, members_above_the_limits_are_refused);
	tcase_add_test(cases, tar_headers_that_are_not_ours_are_refused);
	tcase_add_test(cases, pax_headers_that_are_not_ours_are_refused);
	tcase_add_test(cases, padding_that_is_not_zero_is_refused);
	tcase_add_test(cases, nothing_may_follow_the_end);
	tcase_add_test(cases, after_the_end_record_only_its_own_member_comes);
	tcase_add_test(cases, the_end_member_may_not_come_by_itself);
	tcase_add_test(cases, complete_inside_a_file_is_refused);
	tcase_add_test(cases, interrupted_inside_a_file_ends_the_stream);
	tcase_add_test(cases, a_head_is_read_whatever_the_pieces);
	tcase_add_test(cases, a_member_of_several_frames_is_read);
	tcase_add_test(cases, a_handler_can_stop_the_reader);
	tcase_add_test(cases, a_head_of_the_first_release_is_read);
	tcase_add_test(cases, a_pack_of_the_first_release_is_read);
	return cases;
}
