#include "history.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const history_layers[HISTORY_LAYERS] = {
    "audio", "meta", "state", "video.left", "video.right"};

void
history_init(struct history *history)
{
	memset(history, 0, sizeof(*history));
}

void
history_clear(struct history *history)
{
	for (size_t i = 0; i < history->batch_count; i++)
		sl_entry_clear(&history->batch[i]);
	history->batch_count = 0;
}

static void
shuffle_facets(struct sl_facets *facets)
{
	static const char *const tasks[] = {"", "pick", "place"};
	static const char *const success[] = {"", "true", "false"};

	memset(facets, 0, sizeof(*facets));
	(void)snprintf(
	    facets->value[SL_FACET_TASK], 65, "%s", tasks[rand() % 3]);
	(void)snprintf(
	    facets->value[SL_FACET_SUCCESS], 65, "%s", success[rand() % 3]);
	facets->duration_ms = (uint32_t)(rand() % 1000);
}

static void
put_layer(struct history *history, struct sl_entry *entry, int which,
    enum sl_entry_layer_kind kind, uint32_t *ordinal)
{
	struct history_episode *episode = &history->episodes[entry->number];
	struct sl_entry_layer layer = {"", kind, 0, 0};

	(void)snprintf(
	    layer.name, sizeof(layer.name), "%s", history_layers[which]);
	if (kind == SL_LAYER_NEW) {
		episode->has[which] = true;
		episode->seq[which] = history->seq;
		episode->ordinal[which] = (*ordinal)++;
	}
	if (kind == SL_LAYER_DROPPED) {
		episode->has[which] = false;
	} else {
		layer.seq = episode->seq[which];
		layer.ordinal = episode->ordinal[which];
	}
	ck_assert(sl_entry_add_layer(entry, &layer, NULL) == SL_OK);
}

/* Every layer that is there is kept, replaced or dropped; others may come. */
static void
put_layers(struct history *history, struct sl_entry *entry, uint32_t *ordinal)
{
	struct history_episode *episode = &history->episodes[entry->number];
	bool some = false;

	for (int i = 0; i < HISTORY_LAYERS; i++) {
		int dice = rand() % 4;

		if (entry->number == 0 && i != 1)
			continue;
		if (i == 1 && (entry->number == 0 || !some))
			dice = 3; /* meta: never without any layer */
		if (!episode->has[i] && dice < 2)
			continue;
		some = true;
		if (episode->has[i] && dice == 0)
			put_layer(history, entry, i, SL_LAYER_DROPPED, ordinal);
		else if (episode->has[i] && dice == 1)
			put_layer(history, entry, i, SL_LAYER_KEPT, ordinal);
		else
			put_layer(history, entry, i, SL_LAYER_NEW, ordinal);
	}
}

static void
speak_of(struct history *history, uint32_t number, uint32_t *ordinal)
{
	struct history_episode *episode = &history->episodes[number];
	struct sl_entry *entry = &history->batch[history->batch_count++];
	bool keeps = false;

	sl_entry_init(entry);
	entry->number = number;
	entry->revision = ++episode->revision;
	memcpy(entry->id.bytes, &number, sizeof(number));
	if (entry->revision == 1)
		episode->first_seq = history->seq;
	else
		entry->op = SL_ENTRY_REVISE;
	if (entry->revision > 1 && number != 0 && rand() % 4 == 0) {
		entry->op = SL_ENTRY_RETRACT;
		(void)snprintf(entry->reason, 65, "consent_withdrawn");
		episode->retracted = true;
		return;
	}
	if (number != 0)
		shuffle_facets(&episode->facets);
	entry->facets = episode->facets;
	put_layers(history, entry, ordinal);
	for (size_t i = 0; i < entry->layer_count; i++)
		keeps = keeps || entry->layers[i].kind != SL_LAYER_DROPPED;
	if (!keeps) { /* all were dropped: keep the last instead */
		struct sl_entry_layer *last =
		    &entry->layers[entry->layer_count - 1];

		for (int i = 0; i < HISTORY_LAYERS; i++) {
			if (strcmp(history_layers[i], last->name) != 0)
				continue;
			last->kind = SL_LAYER_KEPT;
			last->seq = episode->seq[i];
			last->ordinal = episode->ordinal[i];
			episode->has[i] = true;
		}
	}
}

void
history_step(struct history *history)
{
	uint32_t known = history->max_number;
	uint32_t added = (uint32_t)(rand() % 5);
	uint32_t ordinal = 0;

	history_clear(history);
	history->seq++;
	if (known + added > HISTORY_EPISODES)
		added = HISTORY_EPISODES - known;
	history->max_number += added;
	for (uint32_t i = 0; i <= history->max_number; i++)
		if (!history->episodes[i].retracted &&
		    (i > known || rand() % 5 == 0))
			speak_of(history, i, &ordinal);
}
