#include "sluice/formats/parquet_column.h"

#include <stdlib.h>
#include <string.h>

#include "parquet_page.h"
#include "parquet_values.h"

/* Writers stop at some 100,000. */
#define DICTIONARY_MAX (8u << 20)

struct sl_parquet_column {
	struct sl_parquet_file *file;
	size_t leaf_index;
	const struct sl_parquet_leaf *leaf;
	const struct sl_parquet_node *node;
	struct parquet_pages pages;
	struct parquet_dictionary dictionary;
	struct sl_buf dictionary_bytes; /* what BYTES in it point into */
	size_t group;                   /* under way; group_count: the end */
	bool is_inside;                 /* of a group */
	uint64_t row;                   /* begun so far, in the file */
	uint64_t entries_left;          /* of the chunk, behind the page */
	uint32_t page_left;             /* entries of the page */
	struct parquet_rle rep;
	struct parquet_rle def;
	struct parquet_values values;
	struct sl_buf joined; /* values of a page that are not in its bytes */
	uint64_t used;        /* bytes; part of the file's memory_used */
	/* Levels that were read ahead and belong to rows not asked for. */
	size_t held;
	size_t held_at;
	unsigned char rep_levels[SL_PARQUET_BATCH_MAX];
	unsigned char def_levels[SL_PARQUET_BATCH_MAX];
	/* Of any type; aligned for all. */
	struct sl_slice room[SL_PARQUET_BATCH_MAX];
};

static enum sl_status
column_error(const struct sl_parquet_column *column, struct sl_error *err,
    const char *why)
{
	return sl_error_set(err, SL_ERR_INVALID, "parquet: column %.80s: %s",
	    column->file->schema.nodes[column->leaf->top].name, why);
}

/* Tell the file what the column has in memory now. */
static void
count_memory(struct sl_parquet_column *column)
{
	size_t width = parquet_value_bytes(column->node->type);
	uint64_t used = sizeof(*column) + column->pages.window.capacity +
	    column->pages.unpacker.plain.capacity +
	    column->dictionary_bytes.capacity + column->joined.capacity +
	    (uint64_t)column->dictionary.count * width;

	column->file->memory_used += used - column->used;
	column->used = used;
}

static uint64_t
memory_left(const struct sl_parquet_column *column)
{
	const struct sl_parquet_file *file = column->file;

	return file->memory_used < file->memory_max
	    ? file->memory_max - file->memory_used
	    : 0;
}

static enum sl_status
need_memory(
    struct sl_parquet_column *column, uint64_t more_bytes, struct sl_error *err)
{
	count_memory(column);
	if (more_bytes <= memory_left(column))
		return SL_OK;
	return sl_error_set(err, SL_ERR_LIMIT,
	    "parquet: its columns need more than %llu MiB at once: write it "
	    "again with smaller pages or fewer columns",
	    (unsigned long long)(column->file->memory_max >> 20));
}

/* Bytes by which it has to grow for so many. */
static size_t
growth(const struct sl_buf *buf, size_t bytes)
{
	return bytes > buf->capacity ? bytes - buf->capacity : 0;
}

static enum sl_status
load_bytes(struct sl_parquet_column *column, const struct parquet_page *page,
    struct sl_slice *levels, struct sl_slice *body, struct sl_error *err)
{
	struct parquet_pages *pages = &column->pages;
	enum sl_status status = need_memory(column,
	    (uint64_t)growth(&pages->window, page->stored_bytes) +
	        growth(&pages->unpacker.plain, page->plain_bytes),
	    err);

	if (status == SL_OK)
		status = parquet_pages_load(pages, page, levels, body, err);
	count_memory(column);
	return status;
}

enum sl_status
sl_parquet_column_new(
    struct sl_parquet_column **out, struct sl_parquet_file *file, size_t leaf)
{
	struct sl_parquet_column *column;

	*out = NULL;
	column = calloc(1, sizeof(*column));
	if (column == NULL)
		return SL_ERR_NOMEM;
	column->file = file;
	column->leaf_index = leaf;
	column->leaf = &file->schema.leaves[leaf];
	column->node = &file->schema.nodes[column->leaf->node];
	parquet_pages_init(&column->pages, file->fd);
	sl_buf_init(&column->dictionary_bytes, SL_PARQUET_PAGE_MAX);
	sl_buf_init(&column->joined, SL_PARQUET_PAGE_MAX);
	column->values.dictionary = &column->dictionary;
	column->values.joined = &column->joined;
	*out = column;
	return SL_OK;
}

void
sl_parquet_column_free(struct sl_parquet_column *column)
{
	if (column == NULL)
		return;
	column->file->memory_used -= column->used;
	parquet_pages_clear(&column->pages);
	sl_buf_clear(&column->dictionary_bytes);
	sl_buf_clear(&column->joined);
	free(column->dictionary.values);
	free(column);
}

static enum sl_status
decode_dictionary(struct sl_parquet_column *column,
    const struct parquet_page *page, struct sl_slice body, struct sl_error *err)
{
	struct parquet_dictionary *dictionary = &column->dictionary;
	size_t width = parquet_value_bytes(column->node->type);
	struct parquet_values values = {.dictionary = dictionary};
	uint32_t stored = parquet_width(column->node);
	enum sl_status status;

	if (column->node->type == SL_PARQUET_BOOLEAN ||
	    page->entry_count > DICTIONARY_MAX ||
	    page->entry_count > body.len / (stored == 0 ? 4 : stored))
		return column_error(column, err, "a damaged dictionary");
	status = parquet_values_init(
	    &values, column->node, PARQUET_PLAIN, body, page->entry_count, err);
	if (status != SL_OK)
		return status;
	free(dictionary->values);
	dictionary->values = NULL;
	dictionary->count = 0;
	status = need_memory(column, (uint64_t)page->entry_count * width, err);
	if (status != SL_OK)
		return status;
	dictionary->values = calloc((size_t)page->entry_count + 1, width);
	if (dictionary->values == NULL)
		return SL_ERR_NOMEM;
	if (!parquet_values_read(
	        &values, dictionary->values, page->entry_count))
		return column_error(column, err, "a damaged dictionary");
	dictionary->count = page->entry_count;
	dictionary->is_there = true;
	count_memory(column);
	return SL_OK;
}

static enum sl_status
load_dictionary(struct sl_parquet_column *column,
    const struct parquet_page *page, struct sl_error *err)
{
	struct sl_slice levels;
	struct sl_slice body;
	enum sl_status status;

	if (column->dictionary.is_there)
		return column_error(column, err, "two dictionaries");
	if (page->encoding != PARQUET_PLAIN &&
	    page->encoding != PARQUET_PLAIN_DICTIONARY)
		return column_error(column, err, "an unknown dictionary");
	status = load_bytes(column, page, &levels, &body, err);
	if (status == SL_OK)
		status = need_memory(
		    column, growth(&column->dictionary_bytes, body.len), err);
	if (status != SL_OK)
		return status;
	/* The next page takes the place of these bytes. */
	sl_buf_reset(&column->dictionary_bytes);
	status = sl_buf_append(&column->dictionary_bytes, body.data, body.len);
	if (status != SL_OK)
		return status;
	return decode_dictionary(
	    column, page, sl_buf_slice(&column->dictionary_bytes), err);
}

/* Levels of a version 1 page: their length, then their runs. */
static bool
take_levels(struct parquet_rle *rle, struct sl_slice *body, unsigned max)
{
	uint32_t len;

	if (max == 0)
		return true;
	if (body->len < 4)
		return false;
	len = parquet_le32(body->data);
	if (len > body->len - 4 ||
	    !parquet_rle_init(rle, sl_slice_of(body->data + 4, len),
	        parquet_bit_width(max), max))
		return false;
	*body = sl_slice_of(body->data + 4 + len, body->len - 4 - len);
	return true;
}

static bool
begin_levels(struct sl_parquet_column *column, const struct parquet_page *page,
    struct sl_slice levels, struct sl_slice *body)
{
	unsigned max_rep = column->leaf->max_rep;
	unsigned max_def = column->leaf->max_def;

	if (page->type == PARQUET_DATA_PAGE)
		return (max_rep == 0 || page->rep_encoding == PARQUET_RLE) &&
		    (max_def == 0 || page->def_encoding == PARQUET_RLE) &&
		    take_levels(&column->rep, body, max_rep) &&
		    take_levels(&column->def, body, max_def);
	return parquet_rle_init(&column->rep,
	           sl_slice_of(levels.data, page->rep_bytes),
	           parquet_bit_width(max_rep), max_rep) &&
	    parquet_rle_init(&column->def,
	        sl_slice_of(levels.data + page->rep_bytes, page->def_bytes),
	        parquet_bit_width(max_def), max_def);
}

static enum sl_status
load_page(struct sl_parquet_column *column, const struct parquet_page *page,
    struct sl_error *err)
{
	struct sl_slice levels;
	struct sl_slice body;
	uint64_t left;
	enum sl_status status;

	status = load_bytes(column, page, &levels, &body, err);
	if (status != SL_OK)
		return status;
	if (!begin_levels(column, page, levels, &body))
		return column_error(column, err, "damaged levels");
	left = memory_left(column) + column->joined.capacity;
	column->joined.max =
	    left < SL_PARQUET_PAGE_MAX ? (size_t)left : SL_PARQUET_PAGE_MAX;
	status = parquet_values_init(&column->values, column->node,
	    page->encoding, body, page->entry_count, err);
	count_memory(column);
	if (status == SL_OK)
		column->page_left = page->entry_count;
	return status;
}

/* Rows of a page that can be told without decoding it. */
static bool
page_rows(const struct sl_parquet_column *column,
    const struct parquet_page *page, uint64_t *out)
{
	if (column->leaf->max_rep == 0)
		*out = page->entry_count;
	else if (page->type == PARQUET_DATA_PAGE_V2)
		*out = page->row_count;
	else
		return false;
	return true;
}

static enum sl_status
next_page(
    struct sl_parquet_column *column, uint64_t skip_until, struct sl_error *err)
{
	struct parquet_page page;
	uint64_t rows;
	enum sl_status status;

	if (!parquet_pages_more(&column->pages))
		return column_error(column, err, "rows are missing");
	status = parquet_pages_next(&column->pages, &page, err);
	if (status != SL_OK)
		return status;
	if (page.type == PARQUET_INDEX_PAGE) {
		parquet_pages_skip(&column->pages, &page);
		return SL_OK;
	}
	if (page.type == PARQUET_DICTIONARY_PAGE)
		return load_dictionary(column, &page, err);
	if (page.entry_count > column->entries_left)
		return column_error(column, err, "more values than it says");
	column->entries_left -= page.entry_count;
	if (page_rows(column, &page, &rows) && rows <= skip_until &&
	    column->row <= skip_until - rows) {
		column->row += rows;
		parquet_pages_skip(&column->pages, &page);
		return SL_OK;
	}
	return load_page(column, &page, err);
}

static enum sl_status
leave_group(struct sl_parquet_column *column, struct sl_error *err)
{
	const struct parquet_group *group =
	    &column->file->groups[column->group];

	if (column->row != group->first_row + group->rows)
		return column_error(column, err, "other rows than its group");
	column->is_inside = false;
	column->group++;
	return SL_OK;
}

static void
enter_group(struct sl_parquet_column *column)
{
	const struct parquet_chunk *chunk =
	    &column->file->groups[column->group].chunks[column->leaf_index];

	parquet_pages_enter(&column->pages, chunk);
	column->entries_left = chunk->value_count;
	column->dictionary.is_there = false;
	column->is_inside = true;
}

/* Have a page with entries, unless the rows end.  Whole groups and pages
 * before `skip_until` are passed over. */
static enum sl_status
advance(
    struct sl_parquet_column *column, uint64_t skip_until, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	while (status == SL_OK && column->page_left == 0 &&
	    column->group < column->file->group_count) {
		const struct parquet_group *group =
		    &column->file->groups[column->group];

		if (column->is_inside && column->entries_left == 0) {
			status = leave_group(column, err);
		} else if (column->is_inside) {
			status = next_page(column, skip_until, err);
		} else if (group->first_row + group->rows <= skip_until) {
			column->row += group->rows;
			column->group++;
		} else {
			enter_group(column);
		}
	}
	return status;
}

/* Read ahead the levels of up to a batch of entries. */
static bool
hold_levels(struct sl_parquet_column *column)
{
	size_t count = column->page_left < SL_PARQUET_BATCH_MAX
	    ? column->page_left
	    : SL_PARQUET_BATCH_MAX;

	if (column->leaf->max_rep > 0 &&
	    !parquet_rle_bytes(&column->rep, column->rep_levels, count))
		return false;
	if (column->leaf->max_def > 0 &&
	    !parquet_rle_bytes(&column->def, column->def_levels, count))
		return false;
	column->held = count;
	column->held_at = 0;
	return true;
}

/* Entries among those held that belong to rows before `until`; counts the
 * rows that they begin. */
static size_t
count_entries(struct sl_parquet_column *column, uint64_t until)
{
	const unsigned char *rep = column->rep_levels + column->held_at;
	size_t held = column->held - column->held_at;
	size_t count = 0;

	if (column->leaf->max_rep == 0) {
		uint64_t wanted = until > column->row ? until - column->row : 0;

		count = wanted < held ? (size_t)wanted : held;
		column->row += count;
		return count;
	}
	for (; count < held; count++) {
		if (rep[count] != 0)
			continue;
		if (column->row >= until)
			break;
		column->row++;
	}
	return count;
}

static size_t
count_values(const struct sl_parquet_column *column, size_t count)
{
	const unsigned char *def = column->def_levels + column->held_at;
	unsigned max = column->leaf->max_def;
	size_t values = 0;

	if (max == 0)
		return count;
	for (size_t i = 0; i < count; i++)
		values += def[i] == max;
	return values;
}

static enum sl_status
give(struct sl_parquet_column *column, uint64_t until,
    struct sl_parquet_batch *out, struct sl_error *err)
{
	bool begins =
	    column->row == column->file->groups[column->group].first_row &&
	    column->leaf->max_rep > 0;
	size_t count;
	size_t values;

	if (column->held_at == column->held && !hold_levels(column))
		return column_error(column, err, "damaged levels");
	if (begins && column->rep_levels[column->held_at] != 0)
		return column_error(column, err, "a row without a beginning");
	count = count_entries(column, until);
	values = count_values(column, count);
	if (!parquet_values_read(&column->values, column->room, values))
		return column_error(column, err, "damaged values");
	*out = (struct sl_parquet_batch){.count = count, .value_count = values};
	if (column->leaf->max_rep > 0)
		out->rep = column->rep_levels + column->held_at;
	if (column->leaf->max_def > 0)
		out->def = column->def_levels + column->held_at;
	out->values.any = column->room;
	column->held_at += count;
	column->page_left -= (uint32_t)count;
	return SL_OK;
}

/* Could the next entry belong to a row before `until`? */
static bool
is_done(const struct sl_parquet_column *column, uint64_t until)
{
	if (column->row < until || column->row == 0)
		return column->row >= until;
	if (column->leaf->max_rep == 0)
		return true;
	/* The last row may go on in this batch or page, in this group. */
	if (column->held_at < column->held)
		return column->rep_levels[column->held_at] == 0;
	return column->page_left == 0 && column->entries_left == 0;
}

enum sl_status
sl_parquet_column_read(struct sl_parquet_column *column, uint64_t until,
    struct sl_parquet_batch *out, struct sl_error *err)
{
	enum sl_status status;

	*out = (struct sl_parquet_batch){0};
	if (until > column->file->rows)
		until = column->file->rows;
	while (out->count == 0 && !is_done(column, until)) {
		status = advance(column, 0, err);
		if (status == SL_OK && column->page_left > 0)
			status = give(column, until, out, err);
		else if (status == SL_OK && column->row < until)
			status = column_error(column, err, "rows are missing");
		if (status != SL_OK) {
			*out = (struct sl_parquet_batch){0};
			return status;
		}
	}
	/* The last page of the last group: is it as long as it said? */
	if (out->count == 0 && until == column->file->rows)
		return advance(column, 0, err);
	return SL_OK;
}

enum sl_status
sl_parquet_column_skip(
    struct sl_parquet_column *column, uint64_t until, struct sl_error *err)
{
	struct sl_parquet_batch batch = {.count = 1};
	enum sl_status status = SL_OK;

	if (until > column->file->rows)
		until = column->file->rows;
	while (status == SL_OK && batch.count > 0) {
		if (column->page_left == 0 && column->row < until)
			status = advance(column, until, err);
		if (status == SL_OK)
			status =
			    sl_parquet_column_read(column, until, &batch, err);
	}
	return status;
}
