#include <stdio.h>
#include <string.h>

#include "naive_log.h"
#include "sluice/catalog/tile.h"
#include "suites.h"

START_TEST(a_tile_has_one_path)
{
	static const struct {
		const char *path;
		struct sl_tile tile;
	} rows[] = {
	    {"tile/0/000", {false, 0, 0, 256}},
	    {"tile/0/000.p/1", {false, 0, 0, 1}},
	    {"tile/1/x001/x234/067.p/255", {false, 1, 1234067, 255}},
	    {"tile/5/999", {false, 5, 999, 256}},
	    {"tile/0/x001/000", {false, 0, 1000, 256}},
	    {"tile/entries/x001/002.p/17", {true, 0, 1002, 17}},
	    {"tile/0/x001/x099/x511/x627/775",
	        {false, 0, SL_TILE_INDEX_MAX, 256}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sl_tile read;
		char path[SL_TILE_PATH_MAX];

		sl_tile_format_path(path, &rows[i].tile);
		ck_assert_str_eq(path, rows[i].path);
		ck_assert(sl_tile_parse_path(
		              &read, sl_slice_text(rows[i].path)) == SL_OK);
		ck_assert(read.is_entries == rows[i].tile.is_entries);
		ck_assert_uint_eq(read.level, rows[i].tile.level);
		ck_assert_uint_eq(read.index, rows[i].tile.index);
		ck_assert_uint_eq(read.width, rows[i].tile.width);
	}
}
END_TEST

START_TEST(other_spellings_and_foreign_paths_are_refused)
{
	static const char *const wrong[] = {"", "tile", "tile/", "tile/0",
	    "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000",
	    "tile/6/000", "tile/-1/000", "tile/0/x000/000",
	    "tile/0/x000/x001/000", "tile/0/001/002", "tile/0/x001",
	    "tile/0/x001/", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0",
	    "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/1000",
	    "tile/0/000.p/1/", "tile/0/000/", "tile/8/0/000", "/tile/0/000",
	    "tile/0/../0/000", "tile/entries/", "tile/entries/0",
	    "tile/entrie/000", "tile/entries0/000",
	    "tile/0/x001/x099/x511/x627/776", "tile/0/x999/x999/x999/x999/999",
	    "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/999"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct sl_tile tile;

		ck_assert_msg(sl_tile_parse_path(&tile,
		                  sl_slice_text(wrong[i])) == SL_ERR_INVALID,
		    "%s", wrong[i]);
	}
}
END_TEST

START_TEST(a_tile_is_as_wide_as_the_tree_makes_it)
{
	ck_assert_uint_eq(sl_tile_width(0, 0, 0), 0);
	ck_assert_uint_eq(sl_tile_width(0, 0, 1), 1);
	ck_assert_uint_eq(sl_tile_width(0, 0, 256), 256);
	ck_assert_uint_eq(sl_tile_width(0, 1, 256), 0);
	ck_assert_uint_eq(sl_tile_width(0, 1, 257), 1);
	ck_assert_uint_eq(sl_tile_width(1, 0, 255), 0);
	ck_assert_uint_eq(sl_tile_width(1, 0, 256), 1);
	ck_assert_uint_eq(sl_tile_width(1, 0, 70000), 256);
	ck_assert_uint_eq(sl_tile_width(1, 1, 70000), 17);
	ck_assert_uint_eq(sl_tile_width(2, 0, 70000), 1);
	ck_assert_uint_eq(sl_tile_width(6, 0, SL_LOG_SIZE_MAX), 0);
	ck_assert_uint_eq(sl_tile_width(0, UINT64_MAX, SL_LOG_SIZE_MAX), 0);
}
END_TEST

START_TEST(a_bundle_that_is_cut_short_is_refused)
{
	static const unsigned char cut[][4] = {
	    {0}, {0, 1}, {0, 3, 'a', 'b'}, {0xff, 0xff, 'a', 'b'}};
	static const size_t lens[] = {1, 2, 4, 4};
	struct sl_slice leaf;

	for (size_t i = 0; i < 4; i++) {
		struct sl_slice rest = sl_slice_of(cut[i], lens[i]);

		ck_assert(sl_tile_next_entry(&leaf, &rest) == SL_ERR_INVALID);
	}
}
END_TEST

START_TEST(a_bundle_gives_its_leaves_again)
{
	static unsigned char big[SL_TILE_ENTRY_MAX + 1];
	struct sl_slice leaf;
	struct sl_slice rest;
	struct sl_buf buf;

	sl_buf_init(&buf, 1 << 20);
	ck_assert(sl_tile_append_entry(&buf, sl_slice_text("one")) == SL_OK);
	ck_assert(sl_tile_append_entry(&buf, sl_slice_text("")) == SL_OK);
	ck_assert(sl_tile_append_entry(
	              &buf, sl_slice_of(big, SL_TILE_ENTRY_MAX)) == SL_OK);
	ck_assert(sl_tile_append_entry(&buf, sl_slice_of(big, sizeof(big))) ==
	    SL_ERR_LIMIT);
	rest = sl_buf_slice(&buf);
	ck_assert(sl_tile_next_entry(&leaf, &rest) == SL_OK);
	ck_assert(sl_slice_is_text(leaf, "one"));
	ck_assert(sl_tile_next_entry(&leaf, &rest) == SL_OK);
	ck_assert_uint_eq(leaf.len, 0);
	ck_assert(sl_tile_next_entry(&leaf, &rest) == SL_OK);
	ck_assert_uint_eq(leaf.len, SL_TILE_ENTRY_MAX);
	ck_assert(sl_tile_next_entry(&leaf, &rest) == SL_ERR_NOT_FOUND);
	sl_buf_clear(&buf);
}
END_TEST

/* ---- a tree out of tiles ---- */

struct shelf {
	bool has_only_full;
	unsigned read_count;
};

static enum sl_status
read_tile(void *ctx, const struct sl_tile *tile,
    unsigned char out[SL_TILE_BYTES_MAX], struct sl_error *err)
{
	struct shelf *shelf = ctx;
	size_t step = (size_t)1 << (8 * tile->level);

	(void)err;
	shelf->read_count++;
	if (shelf->has_only_full && tile->width < SL_TILE_WIDTH &&
	    tile->level == 0 && tile->index == 0)
		return SL_ERR_NOT_FOUND;
	for (size_t i = 0; i < tile->width; i++) {
		size_t begin = (tile->index * SL_TILE_WIDTH + i) * step;

		if (begin + step > NAIVE_MAX)
			return SL_ERR_IO;
		memcpy(
		    out + i * 32, naive_root(begin, begin + step)->bytes, 32);
	}
	return SL_OK;
}

START_TEST(proofs_from_tiles_are_those_of_the_definition)
{
	static struct sl_tile_source source;

	for (size_t size = 1; size <= NAIVE_MAX; size += 13) {
		struct shelf shelf = {false, 0};
		struct sl_log_reader reader;

		sl_tile_source_init(&source, size, read_tile, &shelf);
		reader = sl_tile_source_reader(&source);
		for (size_t index = 0; index < size; index++) {
			struct sl_log_proof expected = {.count = 0};
			struct sl_log_proof made;

			naive_path(&expected, index, 0, size);
			ck_assert(sl_log_prove_inclusion(&made, index, size,
			              &reader, NULL) == SL_OK);
			ck_assert_uint_eq(made.count, expected.count);
			ck_assert_mem_eq(made.hashes, expected.hashes,
			    made.count * sizeof(made.hashes[0]));
		}
		/* Two tiles of level 0 take turns; more is not read. */
		ck_assert_uint_le(shelf.read_count, size <= 256 ? 1 : 600);
	}
}
END_TEST

START_TEST(a_full_tile_serves_where_the_partial_one_is_gone)
{
	static struct sl_tile_source source;
	struct shelf shelf = {true, 0};
	struct sl_log_range range;
	struct sl_log_hash root;
	struct sl_log_reader reader;

	sl_tile_source_init(&source, 200, read_tile, &shelf);
	reader = sl_tile_source_reader(&source);
	ck_assert(sl_log_read_range(&range, 200, &reader, NULL) == SL_OK);
	ck_assert(sl_log_range_root(&root, &range) == SL_OK);
	ck_assert(sl_log_hash_is(&root, naive_root(0, 200)));
}
END_TEST

START_TEST(what_lies_beyond_the_tree_is_not_read)
{
	static struct sl_tile_source source;
	struct shelf shelf = {false, 0};
	struct sl_log_range range;
	struct sl_log_reader reader;

	sl_tile_source_init(&source, 100, read_tile, &shelf);
	reader = sl_tile_source_reader(&source);
	ck_assert(
	    sl_log_read_range(&range, 101, &reader, NULL) == SL_ERR_INVALID);
	ck_assert(
	    sl_log_read_range(&range, 300, &reader, NULL) == SL_ERR_INVALID);
	ck_assert(sl_log_read_range(&range, SL_LOG_SIZE_MAX, &reader, NULL) ==
	    SL_ERR_INVALID);
}
END_TEST

TCase *
tile_cases(void)
{
	TCase *cases = tcase_create("tile");

	tcase_add_checked_fixture(cases, naive_fill, NULL);
	tcase_add_test(cases, other_spellings_and_foreign_paths_are_refused);
	tcase_add_test(cases, a_bundle_that_is_cut_short_is_refused);
	tcase_add_test(cases, what_lies_beyond_the_tree_is_not_read);
	tcase_add_test(cases, a_tile_has_one_path);
	tcase_add_test(cases, a_tile_is_as_wide_as_the_tree_makes_it);
	tcase_add_test(cases, a_bundle_gives_its_leaves_again);
	tcase_add_test(cases, proofs_from_tiles_are_those_of_the_definition);
	tcase_add_test(cases, a_full_tile_serves_where_the_partial_one_is_gone);
	return cases;
}
