#include "sluice/catalog/selection.h"

#include <stdlib.h>
#include <string.h>

#include "live_store.h"

/* While a selection is computed. */
struct work {
	const struct sl_live *live;
	const struct sl_scope *scope;
	const struct sl_request *request;
	struct sl_selection *selection;
	size_t item_capacity;
	size_t episode_capacity;
	uint16_t
	    *rank; /* by the live state's layer: place in selection->layers */
	bool *covered;    /* by the live state's layer */
	uint32_t counted; /* episodes so far, without number 0 */
};

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum sl_status
copy_layers(struct work *work)
{
	struct sl_selection *selection = work->selection;
	const struct sl_intern *names = &work->live->layer_names;

	if (names->count > UINT16_MAX)
		return SL_ERR_LIMIT;
	selection->layers =
	    calloc((size_t)names->count + 1, sizeof(*selection->layers));
	work->rank = calloc((size_t)names->count + 1, sizeof(*work->rank));
	work->covered =
	    calloc((size_t)names->count + 1, sizeof(*work->covered));
	if (selection->layers == NULL || work->rank == NULL ||
	    work->covered == NULL)
		return SL_ERR_NOMEM;
	for (uint32_t i = 0; i < names->count; i++) {
		selection->layers[i] = strdup(sl_intern_text(names, i));
		if (selection->layers[i] == NULL)
			return SL_ERR_NOMEM;
		selection->layer_count++;
	}
	if (selection->layer_count > 0)
		qsort(selection->layers, selection->layer_count,
		    sizeof(*selection->layers), compare_texts);
	return SL_OK;
}

/* What holds for a layer whatever the episode. */
static void
rank_layers(struct work *work)
{
	struct sl_selection *selection = work->selection;
	const struct sl_intern *names = &work->live->layer_names;

	for (uint32_t i = 0; i < names->count; i++) {
		const char *name = sl_intern_text(names, i);
		char **found =
		    bsearch(&name, selection->layers, selection->layer_count,
		        sizeof(*selection->layers), compare_texts);

		work->rank[i] = (uint16_t)(found - selection->layers);
		work->covered[i] =
		    (work->scope == NULL ||
		        sl_scope_covers_layer(work->scope, name)) &&
		    (work->request->layers == NULL ||
		        sl_layers_cover(work->request->layers, name));
	}
}

/* Room for `more` items and one episode. */
static enum sl_status
make_room(struct work *work, size_t more)
{
	struct sl_selection *selection = work->selection;

	if (selection->item_count + more > work->item_capacity) {
		size_t capacity = work->item_capacity * 2 + more + 64;
		void *grown = realloc(
		    selection->items, capacity * sizeof(*selection->items));

		if (grown == NULL)
			return SL_ERR_NOMEM;
		selection->items = grown;
		work->item_capacity = capacity;
	}
	if (selection->episode_count == work->episode_capacity) {
		size_t capacity = work->episode_capacity * 2 + 64;
		void *grown = realloc(selection->episodes,
		    capacity * sizeof(*selection->episodes));

		if (grown == NULL)
			return SL_ERR_NOMEM;
		selection->episodes = grown;
		work->episode_capacity = capacity;
	}
	return SL_OK;
}

static bool
is_wanted(const struct work *work, uint32_t number,
    const struct sl_live_record *record)
{
	const char *values[SL_FACET_COUNT];

	if (number == 0)
		return true;
	for (size_t i = 0; i < SL_FACET_COUNT; i++)
		values[i] =
		    sl_intern_text(&work->live->texts, record->facets[i]);
	return (work->scope == NULL ||
	           sl_scope_covers_values(
	               work->scope, number, record->first_seq, values)) &&
	    sl_where_matches_values(work->request->where, values);
}

/* The covered layers of one live episode; none: it is not in the selection. */
static enum sl_status
select_episode(struct work *work, uint32_t number)
{
	struct sl_selection *selection = work->selection;
	const struct sl_live_record *record = &work->live->records[number];
	size_t before = selection->item_count;
	enum sl_status status;

	if (!sl_live_is_live(record) || !is_wanted(work, number, record))
		return SL_OK;
	status = make_room(work, record->place_count);
	if (status != SL_OK)
		return status;
	for (uint32_t i = 0; i < record->place_count; i++) {
		const struct sl_live_place *place =
		    &work->live->places[record->place_first + i];

		if (work->covered[place->layer])
			selection->items[selection->item_count++] =
			    (struct sl_selection_item){number, place->seq,
			        place->ordinal, work->rank[place->layer]};
	}
	if (selection->item_count == before)
		return SL_OK;
	selection->episodes[selection->episode_count++] =
	    (struct sl_selection_episode){
	        number, record->revision, record->duration_ms};
	if (number == 0)
		return SL_OK;
	selection->duration_ms += record->duration_ms;
	work->counted++;
	return SL_OK;
}

static bool
is_full(const struct work *work)
{
	return work->request->max_episodes != 0 &&
	    work->counted >= work->request->max_episodes;
}

static enum sl_status
select_range(struct work *work, uint32_t first, uint32_t last)
{
	enum sl_status status = SL_OK;

	if (last > work->live->max_number)
		last = work->live->max_number;
	for (uint32_t number = first == 0 ? 1 : first;
	     status == SL_OK && number <= last && !is_full(work); number++)
		status = select_episode(work, number);
	return status;
}

static enum sl_status
select_all(struct work *work)
{
	const struct sl_multirange *wanted = work->request->episodes;
	enum sl_status status = select_episode(work, 0);

	if (status == SL_OK && wanted == NULL)
		return select_range(work, 1, work->live->max_number);
	for (size_t i = 0; status == SL_OK && i < wanted->count; i++)
		status = select_range(
		    work, wanted->ranges[i].first, wanted->ranges[i].last);
	return status;
}

enum sl_status
sl_selection_compute(struct sl_selection **out, const struct sl_live *live,
    const struct sl_scope *scope, const struct sl_request *request,
    struct sl_error *err)
{
	static const struct sl_request no_limit;
	struct work work = {.live = live, .scope = scope};
	enum sl_status status;

	*out = NULL;
	work.request = request == NULL ? &no_limit : request;
	work.selection = calloc(1, sizeof(*work.selection));
	if (work.selection == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	work.selection->seq = live->seq;
	status = copy_layers(&work);
	if (status == SL_OK) {
		rank_layers(&work);
		status = select_all(&work);
	}
	free(work.rank);
	free(work.covered);
	if (status != SL_OK) {
		sl_selection_free(work.selection);
		return sl_error_set(
		    err, status, "selection: %s", sl_status_text(status));
	}
	*out = work.selection;
	return SL_OK;
}

void
sl_selection_free(struct sl_selection *selection)
{
	if (selection == NULL)
		return;
	for (size_t i = 0; i < selection->layer_count; i++)
		free(selection->layers[i]);
	free(selection->layers);
	free(selection->items);
	free(selection->episodes);
	free(selection);
}

const char *
sl_selection_layer(
    const struct sl_selection *selection, const struct sl_selection_item *item)
{
	return selection->layers[item->layer];
}

const struct sl_selection_item *
sl_selection_find(
    const struct sl_selection *selection, uint32_t number, const char *layer)
{
	size_t low = 0;
	size_t high = selection->item_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct sl_selection_item *item =
		    &selection->items[middle];

		if (item->number < number ||
		    (item->number == number &&
		        strcmp(selection->layers[item->layer], layer) < 0))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == selection->item_count ||
	    selection->items[low].number != number ||
	    strcmp(selection->layers[selection->items[low].layer], layer) != 0)
		return NULL;
	return &selection->items[low];
}

/* By number, then layer name; the two may be of different selections. */
static int
compare_items(const struct sl_selection *from,
    const struct sl_selection_item *a, const struct sl_selection *to,
    const struct sl_selection_item *b)
{
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return strcmp(from->layers[a->layer], to->layers[b->layer]);
}

static bool
is_same_place(
    const struct sl_selection_item *a, const struct sl_selection_item *b)
{
	return a->seq == b->seq && a->ordinal == b->ordinal;
}

static void
compare_all_items(struct sl_selection_diff *out,
    const struct sl_selection *from, const struct sl_selection *to)
{
	size_t i = 0;
	size_t j = 0;

	while (i < from->item_count || j < to->item_count) {
		int order;

		if (i == from->item_count)
			order = 1;
		else if (j == to->item_count)
			order = -1;
		else
			order = compare_items(
			    from, &from->items[i], to, &to->items[j]);
		if (order == 0 &&
		    is_same_place(&from->items[i], &to->items[j])) {
			i++;
			j++;
			continue;
		}
		if (order <= 0)
			out->drop[out->drop_count++] = from->items[i++];
		if (order >= 0)
			out->fetch[out->fetch_count++] = to->items[j++];
	}
}

static enum sl_status
note_gone(
    struct sl_selection_diff *out, const struct sl_live *live, uint32_t number)
{
	struct sl_live_episode episode;

	if (sl_live_find(&episode, live, number) == SL_OK && episode.retracted)
		return sl_multirange_add(&out->retracted, number, number);
	return sl_multirange_add(&out->left, number, number);
}

static enum sl_status
compare_episodes(struct sl_selection_diff *out, const struct sl_selection *from,
    const struct sl_selection *to, const struct sl_live *live)
{
	enum sl_status status = SL_OK;
	size_t i = 0;
	size_t j = 0;

	while (status == SL_OK &&
	    (i < from->episode_count || j < to->episode_count)) {
		bool has_old = i < from->episode_count;
		bool has_new = j < to->episode_count;
		uint32_t old = has_old ? from->episodes[i].number : UINT32_MAX;
		uint32_t new = has_new ? to->episodes[j].number : UINT32_MAX;

		if (old == new) {
			i++;
			j++;
		} else if (old < new) {
			status = note_gone(out, live, old);
			i++;
		} else {
			status = sl_multirange_add(&out->joined, new, new);
			j++;
		}
	}
	return status;
}

enum sl_status
sl_selection_compare(struct sl_selection_diff *out,
    const struct sl_selection *from, const struct sl_selection *to,
    const struct sl_live *live)
{
	static const struct sl_selection nothing;
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	if (from == NULL)
		from = &nothing;
	out->fetch = calloc(to->item_count + 1, sizeof(*out->fetch));
	out->drop = calloc(from->item_count + 1, sizeof(*out->drop));
	if (out->fetch == NULL || out->drop == NULL) {
		sl_selection_diff_clear(out);
		return SL_ERR_NOMEM;
	}
	compare_all_items(out, from, to);
	status = compare_episodes(out, from, to, live);
	if (status != SL_OK)
		sl_selection_diff_clear(out);
	return status;
}

void
sl_selection_diff_clear(struct sl_selection_diff *diff)
{
	free(diff->fetch);
	free(diff->drop);
	sl_multirange_clear(&diff->joined);
	sl_multirange_clear(&diff->left);
	sl_multirange_clear(&diff->retracted);
	memset(diff, 0, sizeof(*diff));
}
