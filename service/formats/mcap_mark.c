#include "mcap_mark.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/array.h"
#include "sluice/base/checked.h"
#include "sluice/catalog/path.h"

/* Longer than any key; a longer one is no good, and that is all to know. */
#define KEY_KEPT_MAX (MCAP_KEY_MAX + 1)

bool
mcap_key_is_good(const char *key)
{
	size_t len = strlen(key);

	/* It becomes a part of paths. */
	return len <= MCAP_KEY_MAX && key[0] != '.' &&
	    strchr(key, '/') == NULL &&
	    sl_path_judge(sl_slice_of(key, len), NULL) == SL_OK;
}

/* The caller frees it; "" for what is no text. */
static char *
copy_key(struct sl_slice key)
{
	if (key.len == 0 || memchr(key.data, '\0', key.len) != NULL)
		return strdup("");
	return strndup((const char *)key.data,
	    key.len < KEY_KEPT_MAX ? key.len : KEY_KEPT_MAX);
}

static bool
find_time(
    const struct sl_mcap_metadata *metadata, const char *key, uint64_t *out)
{
	char text[24];
	struct sl_slice value;

	if (!sl_mcap_map_find(metadata->metadata, key, &value) ||
	    value.len >= sizeof(text))
		return false;
	memcpy(text, value.data, value.len);
	text[value.len] = '\0';
	return strlen(text) == value.len && sl_parse_u64(text, UINT64_MAX, out);
}

enum sl_status
mcap_marks_add(struct mcap_marks *marks,
    const struct sl_mcap_metadata *metadata, uint64_t offset,
    struct sl_error *err)
{
	struct mcap_mark mark = {.offset = offset};
	struct mcap_mark *items;
	struct sl_slice key;

	if (marks->count >= MCAP_MARKS_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "it marks more than %d episodes", MCAP_MARKS_MAX);
	items = sl_array_room(marks->items, marks->count, sizeof(*items));
	if (items == NULL)
		return SL_ERR_NOMEM;
	marks->items = items;
	mark.has_times = find_time(metadata, "start_ns", &mark.start_time) &&
	    find_time(metadata, "end_ns", &mark.end_time) &&
	    mark.end_time > mark.start_time;
	if (sl_mcap_map_find(metadata->metadata, "key", &key) ||
	    sl_mcap_map_find(metadata->metadata, "episode_id", &key)) {
		mark.key = copy_key(key);
		if (mark.key == NULL)
			return SL_ERR_NOMEM;
	}
	items[marks->count++] = mark;
	return SL_OK;
}

void
mcap_marks_clear(struct mcap_marks *marks)
{
	for (size_t i = 0; i < marks->count; i++)
		free(marks->items[i].key);
	free(marks->items);
	*marks = (struct mcap_marks){0};
}

static int
compare_marks(const void *a, const void *b)
{
	const struct mcap_mark *x = a;
	const struct mcap_mark *y = b;

	return (x->start_time > y->start_time) -
	    (x->start_time < y->start_time);
}

enum sl_status
mcap_marks_sort(struct mcap_marks *marks, struct sl_error *why)
{
	for (size_t i = 0; i < marks->count; i++) {
		const struct mcap_mark *mark = &marks->items[i];

		if (mark->key == NULL)
			return sl_error_set(why, SL_ERR_INVALID,
			    "episode %zu of %zu has no key", i + 1,
			    marks->count);
		if (!mcap_key_is_good(mark->key))
			return sl_error_set(why, SL_ERR_INVALID,
			    "\"%.80s\" cannot be an episode's key", mark->key);
		if (!mark->has_times)
			return sl_error_set(why, SL_ERR_INVALID,
			    "episode %s of %zu in one file needs start_ns and "
			    "end_ns",
			    mark->key, marks->count);
	}
	qsort(marks->items, marks->count, sizeof(*marks->items), compare_marks);
	for (size_t i = 1; i < marks->count; i++) {
		if (marks->items[i].start_time < marks->items[i - 1].end_time)
			return sl_error_set(why, SL_ERR_INVALID,
			    "episodes %s and %s overlap in time",
			    marks->items[i - 1].key, marks->items[i].key);
	}
	return SL_OK;
}
