#include "sluice/catalog/selection.h"

#include <stdio.h>
#include <stdlib.h>

#include "history.h"
#include "suites.h"

/* A scope and a request at random. */
struct question {
	struct sl_scope scope;
	struct sl_layers layers;
	struct sl_where *where;
	struct sl_multirange episodes;
	struct sl_request request;
};

static struct sl_where *
make_where(const char *text)
{
	struct sl_where *where;

	ck_assert(sl_where_parse(&where, sl_slice_text(text), NULL) == SL_OK);
	return where;
}

static void
ask(struct question *question)
{
	static const char *const layers[] = {
	    "*", "meta", "state", "video", "video.left,audio"};
	static const char *const wheres[] = {"", "", "task=pick",
	    "success=true|false", "task=place,success=true"};

	memset(question, 0, sizeof(*question));
	sl_scope_init(&question->scope);
	ck_assert(sl_layers_parse(&question->scope.layers,
	              sl_slice_text(layers[rand() % 5]), NULL) == SL_OK);
	question->scope.where = make_where(wheres[rand() % 5]);
	question->scope.window_from = (uint32_t)(rand() % 5);
	if (rand() % 2 == 0)
		question->scope.window_until = (uint32_t)(rand() % 30 + 1);
	ck_assert(sl_layers_parse(&question->layers,
	              sl_slice_text(layers[rand() % 5]), NULL) == SL_OK);
	question->where = make_where(wheres[rand() % 5]);
	for (int i = 0; i < 3; i++) {
		uint32_t first = (uint32_t)(rand() % HISTORY_EPISODES);

		ck_assert(sl_multirange_add(&question->episodes, first,
		              first + (uint32_t)(rand() % 40)) == SL_OK);
	}
	if (rand() % 2 == 0)
		question->request.layers = &question->layers;
	if (rand() % 2 == 0)
		question->request.where = question->where;
	if (rand() % 3 == 0)
		question->request.episodes = &question->episodes;
	if (rand() % 3 == 0)
		question->request.max_episodes = (uint32_t)(rand() % 20);
}

static void
forget(struct question *question)
{
	sl_scope_clear(&question->scope);
	sl_where_free(question->where);
	sl_multirange_clear(&question->episodes);
}

/* Straight from the words of the design. */
static bool
is_expected(const struct history *history, const struct question *question,
    uint32_t number, int layer)
{
	const struct history_episode *episode = &history->episodes[number];
	const struct sl_scope *scope = &question->scope;
	const struct sl_request *request = &question->request;

	if (episode->revision == 0 || episode->retracted ||
	    !episode->has[layer])
		return false;
	if (!sl_layers_cover(&scope->layers, history_layers[layer]) ||
	    (request->layers != NULL &&
	        !sl_layers_cover(request->layers, history_layers[layer])))
		return false;
	if (number == 0)
		return true;
	return episode->first_seq >= scope->window_from &&
	    (scope->window_until == 0 ||
	        episode->first_seq <= scope->window_until) &&
	    sl_where_matches(scope->where, &episode->facets) &&
	    sl_where_matches(request->where, &episode->facets) &&
	    (request->episodes == NULL ||
	        sl_multirange_contains(request->episodes, number));
}

static void
assert_expected(const struct sl_selection *selection,
    const struct history *history, const struct question *question)
{
	size_t at = 0;
	size_t episodes = 0;
	uint32_t counted = 0;

	for (uint32_t number = 0; number <= HISTORY_EPISODES; number++) {
		const struct history_episode *model =
		    &history->episodes[number];
		size_t before = at;

		if (question->request.max_episodes != 0 &&
		    counted == question->request.max_episodes)
			break;
		for (int i = 0; i < HISTORY_LAYERS; i++) {
			const struct sl_selection_item *item;

			if (!is_expected(history, question, number, i))
				continue;
			ck_assert_uint_lt(at, selection->item_count);
			item = &selection->items[at++];
			ck_assert_uint_eq(item->number, number);
			ck_assert_str_eq(sl_selection_layer(selection, item),
			    history_layers[i]);
			ck_assert_uint_eq(item->seq, model->seq[i]);
			ck_assert_uint_eq(item->ordinal, model->ordinal[i]);
			ck_assert_ptr_eq(item,
			    sl_selection_find(
			        selection, number, history_layers[i]));
		}
		if (at == before)
			continue;
		ck_assert_uint_eq(selection->episodes[episodes].number, number);
		ck_assert_uint_eq(
		    selection->episodes[episodes++].revision, model->revision);
		counted += number != 0;
	}
	ck_assert_uint_eq(selection->item_count, at);
	ck_assert_uint_eq(selection->episode_count, episodes);
}

static bool
holds(const struct sl_selection *selection, const char *layer,
    const struct sl_selection_item *wanted)
{
	const struct sl_selection_item *item =
	    sl_selection_find(selection, wanted->number, layer);

	return item != NULL && item->seq == wanted->seq &&
	    item->ordinal == wanted->ordinal;
}

/* from - drop + fetch = to, item by item; nothing is fetched that is held. */
static void
assert_diff(const struct sl_selection *from, const struct sl_selection *to,
    const struct sl_selection_diff *diff)
{
	size_t kept = 0;

	for (size_t i = 0; i < diff->fetch_count; i++) {
		const char *layer = sl_selection_layer(to, &diff->fetch[i]);

		ck_assert(holds(to, layer, &diff->fetch[i]));
		ck_assert(!holds(from, layer, &diff->fetch[i]));
	}
	for (size_t i = 0; i < diff->drop_count; i++) {
		const char *layer = sl_selection_layer(from, &diff->drop[i]);

		ck_assert(holds(from, layer, &diff->drop[i]));
		ck_assert(!holds(to, layer, &diff->drop[i]));
	}
	for (size_t i = 0; i < to->item_count; i++)
		kept += holds(
		    from, sl_selection_layer(to, &to->items[i]), &to->items[i]);
	ck_assert_uint_eq(kept + diff->fetch_count, to->item_count);
	ck_assert_uint_eq(kept + diff->drop_count, from->item_count);
}

static bool
has_episode(const struct sl_selection *selection, uint32_t number)
{
	for (size_t i = 0; i < selection->episode_count; i++)
		if (selection->episodes[i].number == number)
			return true;
	return false;
}

static void
assert_episodes(const struct sl_selection *from, const struct sl_selection *to,
    const struct sl_selection_diff *diff, const struct history *history)
{
	for (uint32_t i = 0; i <= HISTORY_EPISODES; i++) {
		bool was = has_episode(from, i);
		bool is = has_episode(to, i);
		bool retracted = history->episodes[i].retracted;

		ck_assert(
		    sl_multirange_contains(&diff->joined, i) == (is && !was));
		ck_assert(sl_multirange_contains(&diff->left, i) ==
		    (was && !is && !retracted));
		ck_assert(sl_multirange_contains(&diff->retracted, i) ==
		    (was && !is && retracted));
	}
}

static void
check_history(struct history *history, struct sl_live *live)
{
	struct sl_selection *from = NULL;
	int steps = rand() % 20 + 2;

	for (int i = 0; i < steps; i++) {
		struct question question;
		struct sl_selection_diff diff;
		struct sl_selection *to;

		history_step(history);
		ck_assert(sl_live_apply(live, history->seq, history->batch,
		              history->batch_count, NULL) == SL_OK);
		if (i > 0 && rand() % 2 == 0)
			continue;
		ask(&question);
		ck_assert(sl_selection_compute(&to, live, &question.scope,
		              &question.request, NULL) == SL_OK);
		assert_expected(to, history, &question);
		ck_assert(sl_selection_compare(&diff, from, to, live) == SL_OK);
		if (from != NULL) {
			assert_diff(from, to, &diff);
			assert_episodes(from, to, &diff, history);
		} else {
			ck_assert_uint_eq(diff.fetch_count, to->item_count);
			ck_assert_uint_eq(diff.drop_count, 0);
		}
		sl_selection_diff_clear(&diff);
		sl_selection_free(from);
		forget(&question);
		from = to;
	}
	sl_selection_free(from);
}

START_TEST(any_history_and_question_give_the_expected_items)
{
	static struct history history;

	srand(3);
	for (int round = 0; round < 300; round++) {
		struct sl_live *live;

		history_init(&history);
		ck_assert(sl_live_new(&live) == SL_OK);
		check_history(&history, live);
		history_clear(&history);
		sl_live_free(live);
	}
}
END_TEST

START_TEST(without_a_scope_everything_live_is_selected)
{
	static struct history history;
	struct sl_selection *selection;
	struct sl_live *live;
	size_t items = 0;

	srand(4);
	history_init(&history);
	ck_assert(sl_live_new(&live) == SL_OK);
	ck_assert(
	    sl_selection_compute(&selection, live, NULL, NULL, NULL) == SL_OK);
	ck_assert_uint_eq(selection->item_count, 0);
	ck_assert_uint_eq(selection->episode_count, 0);
	ck_assert_ptr_null(sl_selection_find(selection, 1, "meta"));
	sl_selection_free(selection);
	for (int i = 0; i < 10; i++) {
		history_step(&history);
		ck_assert(sl_live_apply(live, history.seq, history.batch,
		              history.batch_count, NULL) == SL_OK);
	}
	for (uint32_t i = 0; i <= HISTORY_EPISODES; i++)
		for (int j = 0; j < HISTORY_LAYERS; j++)
			items += !history.episodes[i].retracted &&
			    history.episodes[i].has[j];
	ck_assert(
	    sl_selection_compute(&selection, live, NULL, NULL, NULL) == SL_OK);
	ck_assert_uint_eq(selection->item_count, items);
	ck_assert_uint_eq(selection->seq, 10);
	ck_assert_uint_eq(selection->duration_ms, sl_live_duration_ms(live));
	sl_selection_free(selection);
	history_clear(&history);
	sl_live_free(live);
}
END_TEST

/* One batch of 2,000 episodes after `first` with two layers each. */
static void
apply_many(struct sl_live *live, struct sl_entry *entries, uint32_t seq)
{
	for (uint32_t i = 0; i < 2000; i++) {
		struct sl_entry *entry = &entries[i];

		entry->number = (seq - 1) * 2000 + i + 1;
		memcpy(entry->id.bytes, &entry->number, sizeof(entry->number));
		(void)snprintf(entry->facets.value[SL_FACET_RECORDED], 65,
		    "2026-%02u-%02uT%02u:%02u:%02uZ", seq % 12 + 1, i % 28 + 1,
		    i % 24, seq % 60, i % 60);
		for (uint32_t j = 0; j < 2; j++) {
			entry->layers[j].seq = seq;
			entry->layers[j].ordinal = 2 * i + j;
		}
	}
	ck_assert(sl_live_apply(live, seq, entries, 2000, NULL) == SL_OK);
}

START_TEST(a_million_episodes_are_no_trouble)
{
	struct sl_entry *entries = calloc(2000, sizeof(*entries));
	struct sl_selection *selection;
	struct sl_selection_diff diff;
	struct sl_scope scope;
	struct sl_live *live;

	ck_assert_ptr_nonnull(entries);
	for (uint32_t i = 0; i < 2000; i++) {
		struct sl_entry_layer meta = {"meta", SL_LAYER_NEW, 1, 0};
		struct sl_entry_layer state = {"state", SL_LAYER_NEW, 1, 0};

		entries[i].revision = 1;
		(void)snprintf(entries[i].facets.value[SL_FACET_TASK], 65,
		    i % 2 == 0 ? "pick" : "place");
		ck_assert(
		    sl_entry_add_layer(&entries[i], &meta, NULL) == SL_OK);
		ck_assert(
		    sl_entry_add_layer(&entries[i], &state, NULL) == SL_OK);
	}
	ck_assert(sl_live_new(&live) == SL_OK);
	for (uint32_t seq = 1; seq <= 500; seq++)
		apply_many(live, entries, seq);
	for (uint32_t i = 0; i < 2000; i++)
		sl_entry_clear(&entries[i]);
	free(entries);
	sl_scope_init(&scope);
	scope.where = make_where("task=pick");
	ck_assert(sl_selection_compute(&selection, live, &scope, NULL, NULL) ==
	    SL_OK);
	ck_assert_uint_eq(selection->episode_count, 500000);
	ck_assert_uint_eq(selection->item_count, 1000000);
	ck_assert(sl_selection_compare(&diff, NULL, selection, live) == SL_OK);
	ck_assert_uint_eq(diff.fetch_count, 1000000);
	sl_selection_diff_clear(&diff);
	sl_selection_free(selection);
	sl_scope_clear(&scope);
	sl_live_free(live);
}
END_TEST

TCase *
selection_cases(void)
{
	TCase *tc = tcase_create("selection");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, any_history_and_question_give_the_expected_items);
	tcase_add_test(tc, without_a_scope_everything_live_is_selected);
	tcase_add_test(tc, a_million_episodes_are_no_trouble);
	return tc;
}
