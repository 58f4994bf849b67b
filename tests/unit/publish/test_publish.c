#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"

#define PUBLISHED_US INT64_C(1795223700000000)

static void
add_files(struct sl_index *index, uint32_t number)
{
	static const char *const layers[2] = {"state", "force"};

	for (unsigned i = 0; i < 2; i++) {
		struct sl_index_file file = {
		    .media_type = "text/csv", .bytes = 1000 + i};
		char path[64];

		snprintf(path, sizeof(path), "ep-%u/%s.csv", number, layers[i]);
		file.path = path;
		file.sha256[0] = (unsigned char)(number + 100 * i);
		ck_assert(sl_index_add_file(
		              index, number, layers[i], &file, NULL) == SL_OK);
	}
}

static void
add_entry(struct sl_index *index, uint32_t number)
{
	struct sl_entry entry;
	struct sl_entry_layer force = {.name = "force"};
	struct sl_entry_layer state = {.name = "state"};

	sl_entry_init(&entry);
	entry.op = SL_ENTRY_ADD;
	entry.number = number;
	entry.revision = 1;
	entry.id.bytes[15] = (unsigned char)number;
	ck_assert(sl_entry_add_layer(&entry, &force, NULL) == SL_OK);
	ck_assert(sl_entry_add_layer(&entry, &state, NULL) == SL_OK);
	ck_assert(sl_index_add_entry(index, &entry, NULL) == SL_OK);
	sl_entry_clear(&entry);
	add_files(index, number);
}

static void
fill_episode(struct known *known, uint32_t number)
{
	struct known_episode *episode = &known->episodes[number - 1];
	char key[32];

	snprintf(key, sizeof(key), "ep-%u", number);
	*episode = (struct known_episode){
	    .number = number, .revision = 1, .site = "lab", .layer_count = 2};
	episode->id.bytes[15] = (unsigned char)number;
	ck_assert(json_array_append_new(known->rows, json_string(key)) == 0);
	episode->key =
	    json_string_value(json_array_get(known->rows, number - 1));
	episode->layers = calloc(2, sizeof(*episode->layers));
	episode->layers[0] = (struct known_layer){"force", 1, 2 * (number - 1)};
	episode->layers[1] =
	    (struct known_layer){"state", 1, 2 * (number - 1) + 1};
	known->by_key[number - 1] = episode;
}

void
make_known(struct known *out, uint32_t episodes)
{
	struct sl_index *index;

	*out = (struct known){.rows = json_array(),
	    .dataset = "test",
	    .episode_count = episodes,
	    .batch_count = 1};
	out->episodes = calloc(episodes, sizeof(*out->episodes));
	out->by_key = calloc(episodes, sizeof(struct known_episode *));
	out->batches = calloc(1, sizeof(*out->batches));
	ck_assert(
	    sl_index_build_new(&index, "test", 1, PUBLISHED_US, NULL) == SL_OK);
	for (uint32_t number = 1; number <= episodes; number++) {
		add_entry(index, number);
		fill_episode(out, number);
	}
	ck_assert(sl_index_seal(index, NULL) == SL_OK);
	out->batches[0].seq = 1;
	out->batches[0].index = index;
}

static void
add_file(struct sl_draft *draft, const char *key, const char *layer,
    unsigned char hash)
{
	char path[64];
	struct sl_draft_file file = {.layer = layer,
	    .path = path,
	    .media_type = "text/csv",
	    .bytes = 1000};

	snprintf(path, sizeof(path), "%s/%s.csv", key, layer);
	file.sha256[0] = hash;
	ck_assert(sl_draft_add_file(draft, &file) == SL_OK);
}

struct sl_draft *
make_draft(const char *const *keys, const unsigned char *state,
    const unsigned char *force, size_t count)
{
	const struct sl_facets facets = {0};
	json_t *metadata = json_object();
	struct sl_draft *draft;

	ck_assert(sl_draft_new(&draft, "test", "lab", "", NULL) == SL_OK);
	for (size_t i = 0; i < count; i++) {
		ck_assert(sl_draft_add_episode(
		              draft, keys[i], metadata, &facets) == SL_OK);
		add_file(draft, keys[i], "state", state[i]);
		add_file(draft, keys[i], "force", force[i]);
	}
	ck_assert(sl_draft_seal(draft, NULL) == SL_OK);
	json_decref(metadata);
	return draft;
}

int
main(void)
{
	Suite *suite = suite_create("publish");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, match_cases());
	suite_add_tcase(suite, plan_cases());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
