#include "sluice/catalog/live.h"

#include <stdio.h>
#include <stdlib.h>

#include "history.h"
#include "suites.h"

/* A dataset of one batch: episodes 1 and 2, each with meta and state. */
struct fixture {
	struct sl_live *live;
	struct sl_entry entry; /* what a test does next */
};

static void
put_layer(struct sl_entry *entry, const char *name,
    enum sl_entry_layer_kind kind, uint32_t seq, uint32_t ordinal)
{
	struct sl_entry_layer layer = {"", kind, seq, ordinal};

	(void)snprintf(layer.name, sizeof(layer.name), "%s", name);
	ck_assert(sl_entry_add_layer(entry, &layer, NULL) == SL_OK);
}

static void
start_entry(struct sl_entry *entry, enum sl_entry_op op, uint32_t number,
    uint32_t revision)
{
	sl_entry_clear(entry);
	entry->op = op;
	entry->number = number;
	entry->revision = revision;
	memcpy(entry->id.bytes, &number, sizeof(number));
	if (op == SL_ENTRY_RETRACT)
		(void)snprintf(entry->reason, 65, "defect");
}

static void
start(struct fixture *fixture)
{
	struct sl_entry entries[2];

	memset(fixture, 0, sizeof(*fixture));
	for (uint32_t i = 0; i < 2; i++) {
		sl_entry_init(&entries[i]);
		start_entry(&entries[i], SL_ENTRY_ADD, i + 1, 1);
		entries[i].facets.duration_ms = 100;
		put_layer(&entries[i], "meta", SL_LAYER_NEW, 1, 2 * i);
		put_layer(&entries[i], "state", SL_LAYER_NEW, 1, 2 * i + 1);
	}
	ck_assert(sl_live_new(&fixture->live) == SL_OK);
	ck_assert(sl_live_apply(fixture->live, 1, entries, 2, NULL) == SL_OK);
	sl_entry_clear(&entries[0]);
	sl_entry_clear(&entries[1]);
}

static enum sl_status
apply(struct fixture *fixture, uint32_t seq)
{
	struct sl_error err = {0};
	enum sl_status status =
	    sl_live_apply(fixture->live, seq, &fixture->entry, 1, &err);

	if (status == SL_ERR_INTEGRITY)
		ck_assert_str_eq(err.code, "history_invalid");
	return status;
}

static void
finish(struct fixture *fixture)
{
	sl_entry_clear(&fixture->entry);
	sl_live_free(fixture->live);
}

START_TEST(batches_must_be_dense)
{
	struct fixture f;

	start(&f);
	start_entry(&f.entry, SL_ENTRY_RETRACT, 1, 2);
	ck_assert(apply(&f, 1) == SL_ERR_INTEGRITY);
	ck_assert(apply(&f, 3) == SL_ERR_INTEGRITY);
	ck_assert(apply(&f, 0) == SL_ERR_INTEGRITY);
	ck_assert_uint_eq(sl_live_seq(f.live), 1);
	ck_assert(sl_live_apply(f.live, 2, NULL, 0, NULL) == SL_OK);
	ck_assert(apply(&f, 3) == SL_OK);
	finish(&f);
}
END_TEST

START_TEST(an_add_takes_the_next_number_and_a_new_id)
{
	struct fixture f;

	start(&f);
	start_entry(&f.entry, SL_ENTRY_ADD, 4, 1);
	put_layer(&f.entry, "meta", SL_LAYER_NEW, 2, 0);
	ck_assert(apply(&f, 2) == SL_ERR_INTEGRITY);
	f.entry.number = 2;
	ck_assert(apply(&f, 2) == SL_ERR_INTEGRITY);
	f.entry.number = 3;
	f.entry.id.bytes[0] = 2; /* episode 2's */
	ck_assert(apply(&f, 2) == SL_ERR_INTEGRITY);
	f.entry.id.bytes[0] = 3;
	f.entry.layers[0].seq = 1;
	ck_assert(apply(&f, 2) == SL_ERR_INTEGRITY);
	f.entry.layers[0].seq = 2;
	ck_assert(apply(&f, 2) == SL_OK);
	finish(&f);
}
END_TEST

START_TEST(two_entries_of_a_batch_have_two_ids)
{
	struct sl_entry twins[2];
	struct fixture f;

	start(&f);
	for (uint32_t i = 0; i < 2; i++) {
		sl_entry_init(&twins[i]);
		start_entry(&twins[i], SL_ENTRY_ADD, 3 + i, 1);
		put_layer(&twins[i], "meta", SL_LAYER_NEW, 2, i);
	}
	twins[1].id = twins[0].id;
	ck_assert(sl_live_apply(f.live, 2, twins, 2, NULL) == SL_ERR_INTEGRITY);
	twins[1].id.bytes[0]++;
	twins[1].number = 3;
	ck_assert(sl_live_apply(f.live, 2, twins, 2, NULL) == SL_ERR_INTEGRITY);
	ck_assert_uint_eq(sl_live_max_number(f.live), 2);
	sl_entry_clear(&twins[0]);
	sl_entry_clear(&twins[1]);
	finish(&f);
}
END_TEST

START_TEST(a_revision_follows_its_episode)
{
	struct fixture f;

	start(&f);
	start_entry(&f.entry, SL_ENTRY_REVISE, 1, 3);
	put_layer(&f.entry, "meta", SL_LAYER_NEW, 2, 0);
	put_layer(&f.entry, "state", SL_LAYER_KEPT, 1, 1);
	ck_assert(apply(&f, 2) == SL_ERR_INTEGRITY);
	f.entry.revision = 2;
	f.entry.id.bytes[0] = 2;
	ck_assert(apply(&f, 2) == SL_ERR_INTEGRITY);
	f.entry.id.bytes[0] = 1;
	f.entry.layers[1].ordinal = 3;
	ck_assert(apply(&f, 2) == SL_ERR_INTEGRITY);
	f.entry.layers[1].ordinal = 1;
	f.entry.number = 3;
	ck_assert(apply(&f, 2) == SL_ERR_INTEGRITY);
	f.entry.number = 1;
	ck_assert(apply(&f, 2) == SL_OK);
	finish(&f);
}
END_TEST

START_TEST(a_revision_speaks_of_every_layer)
{
	struct fixture f;

	start(&f);
	start_entry(&f.entry, SL_ENTRY_REVISE, 1, 2);
	put_layer(&f.entry, "meta", SL_LAYER_NEW, 2, 0);
	ck_assert(apply(&f, 2) == SL_ERR_INTEGRITY);
	put_layer(&f.entry, "raw", SL_LAYER_DROPPED, 0, 0);
	put_layer(&f.entry, "state", SL_LAYER_DROPPED, 0, 0);
	ck_assert(apply(&f, 2) == SL_ERR_INTEGRITY);
	start_entry(&f.entry, SL_ENTRY_REVISE, 1, 2);
	put_layer(&f.entry, "audio", SL_LAYER_KEPT, 1, 1);
	put_layer(&f.entry, "meta", SL_LAYER_NEW, 2, 0);
	put_layer(&f.entry, "state", SL_LAYER_DROPPED, 0, 0);
	ck_assert(apply(&f, 2) == SL_ERR_INTEGRITY);
	f.entry.layers[0].kind = SL_LAYER_NEW;
	f.entry.layers[0].seq = 2;
	ck_assert(apply(&f, 2) == SL_OK);
	finish(&f);
}
END_TEST

START_TEST(a_retraction_is_final)
{
	struct sl_live_episode episode;
	struct fixture f;

	start(&f);
	start_entry(&f.entry, SL_ENTRY_RETRACT, 1, 2);
	ck_assert(apply(&f, 2) == SL_OK);
	ck_assert_uint_eq(sl_live_count(f.live), 1);
	ck_assert_uint_eq(sl_live_duration_ms(f.live), 100);
	ck_assert(sl_live_find(&episode, f.live, f.entry.number) == SL_OK);
	ck_assert(episode.retracted);
	ck_assert_str_eq(episode.reason, "defect");
	ck_assert_uint_eq(episode.layer_count, 0);
	ck_assert_uint_eq(episode.first_seq, 1);
	ck_assert_uint_eq(episode.last_seq, 2);
	f.entry.revision = 3;
	ck_assert(apply(&f, 3) == SL_ERR_INTEGRITY);
	start_entry(&f.entry, SL_ENTRY_REVISE, 1, 3);
	put_layer(&f.entry, "meta", SL_LAYER_NEW, 3, 0);
	ck_assert(apply(&f, 3) == SL_ERR_INTEGRITY);
	f.entry.op = SL_ENTRY_ADD;
	f.entry.revision = 1;
	f.entry.number = 3; /* with the id of the retracted one */
	ck_assert(apply(&f, 3) == SL_ERR_INTEGRITY);
	finish(&f);
}
END_TEST

static void
assert_episode(
    const struct sl_live *live, const struct history *history, uint32_t number)
{
	const struct history_episode *model = &history->episodes[number];
	struct sl_live_episode episode;
	struct sl_entry_layer layer;
	uint32_t at = 0;

	if (model->revision == 0) {
		ck_assert(
		    sl_live_find(&episode, live, number) == SL_ERR_NOT_FOUND);
		return;
	}
	ck_assert(sl_live_find(&episode, live, number) == SL_OK);
	ck_assert_uint_eq(episode.revision, model->revision);
	ck_assert_uint_eq(episode.first_seq, model->first_seq);
	ck_assert(episode.retracted == model->retracted);
	if (model->retracted)
		return;
	ck_assert_str_eq(
	    episode.facets[SL_FACET_TASK], model->facets.value[SL_FACET_TASK]);
	for (int i = 0; i < HISTORY_LAYERS; i++) {
		if (!model->has[i])
			continue;
		ck_assert(sl_live_layer(&layer, live, number, at++) == SL_OK);
		ck_assert_str_eq(layer.name, history_layers[i]);
		ck_assert_uint_eq(layer.seq, model->seq[i]);
		ck_assert_uint_eq(layer.ordinal, model->ordinal[i]);
	}
	ck_assert_uint_eq(episode.layer_count, at);
	ck_assert(sl_live_layer(&layer, live, number, at) == SL_ERR_NOT_FOUND);
}

START_TEST(any_history_gives_the_state_of_the_model)
{
	static struct history history;

	srand(2);
	for (int round = 0; round < 50; round++) {
		struct sl_live *live;
		struct sl_error err = {0};

		history_init(&history);
		ck_assert(sl_live_new(&live) == SL_OK);
		for (int i = 0; i < 30; i++) {
			history_step(&history);
			ck_assert_msg(
			    sl_live_apply(live, history.seq, history.batch,
			        history.batch_count, &err) == SL_OK,
			    "%s", err.text);
			for (uint32_t n = 0; n <= HISTORY_EPISODES; n++)
				assert_episode(live, &history, n);
		}
		history_clear(&history);
		sl_live_free(live);
	}
}
END_TEST

TCase *
live_cases(void)
{
	TCase *tc = tcase_create("live");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, batches_must_be_dense);
	tcase_add_test(tc, an_add_takes_the_next_number_and_a_new_id);
	tcase_add_test(tc, two_entries_of_a_batch_have_two_ids);
	tcase_add_test(tc, a_revision_follows_its_episode);
	tcase_add_test(tc, a_revision_speaks_of_every_layer);
	tcase_add_test(tc, a_retraction_is_final);
	tcase_add_test(tc, any_history_gives_the_state_of_the_model);
	return tc;
}
