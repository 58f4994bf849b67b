#include "guard.h"

#include <string.h>
#include <sys/statvfs.h>

static enum sl_status
note_layer(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	bool *has_layer = ctx;

	(void)seq;
	(void)err;
	*has_layer =
	    *has_layer || strcmp(index->segments[ordinal].layer, "meta") != 0;
	return SL_OK;
}

/* Layers are asked for, and no episode has one of them. */
static bool
lacks_layers(const struct sl_heads *heads, const struct sl_plan *plan,
    const struct sl_wish *wish)
{
	const struct sl_layers *layers = &wish->layers;
	bool has_layer = false;

	if (!wish->has_layers || layers->all ||
	    (layers->count == 1 && strcmp(layers->name[0], "meta") == 0) ||
	    sl_plan_each(heads, &plan->target, note_layer, &has_layer, NULL) !=
	        SL_OK)
		return false;
	return !has_layer;
}

enum sl_status
sl_guard_wish(const struct sl_mirror *mirror, const struct sl_heads *heads,
    const struct sl_plan *plan, const struct sl_wish *wish,
    struct sl_error *err)
{
	if (sl_wish_is_equal(wish, &mirror->state.wish))
		return SL_OK;
	if (plan->episodes > 0 && lacks_layers(heads, plan, wish))
		return sl_error_code(err, SL_ERR_NOT_FOUND, "nothing_matches",
		    "no episode of %s has a layer that is asked for now; %s "
		    "was left as it was",
		    heads->dataset, mirror->dir);
	if (plan->episodes > 0 || plan->left.count == 0)
		return SL_OK;
	return sl_error_code(err, SL_ERR_NOT_FOUND, "nothing_matches",
	    "no episode of %s is what is asked for now; %s was left as it was",
	    heads->dataset, mirror->dir);
}

enum sl_status
sl_guard_room(const struct sl_mirror *mirror, const struct sl_wants *wants,
    struct sl_error *err)
{
	uint64_t need = wants->decoded_bytes - wants->decoded_done;
	struct statvfs info;
	uint64_t room;

	if (fstatvfs(mirror->root, &info) != 0)
		return SL_OK;
	room = (uint64_t)info.f_bavail * info.f_frsize;
	if (room >= need)
		return SL_OK;
	return sl_error_code(err, SL_ERR_FULL, "disk_full",
	    "%s: %llu kB are to be fetched and only %llu kB are free; make "
	    "room and pull again",
	    mirror->dir, (unsigned long long)(need / 1000),
	    (unsigned long long)(room / 1000));
}
