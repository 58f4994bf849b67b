/* Which pinned runs used an episode that was retracted or revised since. */
#include <string.h>

#include "inspection.h"
#include "pins.h"
#include "sluice/client/pin.h"

static void
tell(struct sl_affected *out, const struct sl_affected_options *options,
    const struct sl_pin_event *event)
{
	if (event->op == SL_ENTRY_RETRACT)
		out->retracted++;
	else
		out->revised++;
	if (options->on_event != NULL)
		options->on_event(options->ctx, event);
}

/* Numbers are never given again, so number and pin name the episode. */
static bool
read_batch(struct sl_affected *out, const struct sl_affected_options *options,
    const struct sl_pin *pin, const struct sl_index *index)
{
	bool is_affected = false;

	for (uint32_t i = 0; i < index->entry_count; i++) {
		const struct sl_entry *entry = &index->entries[i];
		const struct sl_pin_episode *episode =
		    sl_pin_find_episode(pin, entry->number);
		const struct sl_pin_event event = {
		    .pin = pin->name,
		    .dataset = pin->dataset,
		    .number = entry->number,
		    .id = entry->id,
		    .pinned_revision = episode == NULL ? 0 : episode->revision,
		    .op = entry->op,
		    .revision = entry->revision,
		    .reason = entry->reason,
		    .seq = index->seq,
		    .published_us = index->published_us,
		};

		if (episode == NULL || entry->op == SL_ENTRY_ADD)
			continue;
		is_affected = true;
		tell(out, options, &event);
	}
	return is_affected;
}

static enum sl_status
read_pin(struct sl_affected *out, const struct sl_affected_options *options,
    const struct sl_check *check, const char *name, struct sl_error *err)
{
	bool is_affected = false;
	enum sl_status status;
	struct sl_pin pin;

	sl_pin_init(&pin);
	status = sl_pins_read(&pin, &check->mirror, name, options->key, err);
	if (status == SL_OK) {
		out->pins++;
		for (size_t seq = (size_t)pin.seq + 1;
		     seq <= check->heads.count; seq++)
			if (read_batch(out, options, &pin,
			        sl_heads_index(&check->heads, (uint32_t)seq)))
				is_affected = true;
		out->pins_affected += is_affected;
	}
	sl_pin_clear(&pin);
	return status;
}

static enum sl_status
read_all(struct sl_affected *out, const struct sl_affected_options *options,
    struct sl_check *check, struct sl_error *err)
{
	enum sl_status status = sl_check_load_whole(check, err);
	char **names = NULL;
	size_t count = 0;

	if (status != SL_OK)
		return status;
	out->seq = (uint32_t)check->heads.count;
	if (options->name != NULL)
		return read_pin(out, options, check, options->name, err);
	status = sl_pins_list(&names, &count, &check->mirror, err);
	for (size_t i = 0; status == SL_OK && i < count; i++)
		status = read_pin(out, options, check, names[i], err);
	sl_pin_names_free(names, count);
	return status;
}

enum sl_status
sl_affected_find(struct sl_affected *out,
    const struct sl_affected_options *options, struct sl_error *err)
{
	const struct sl_verify_options look = {.dir = options->dir};
	struct sl_verify_result unused = {0};
	struct sl_check check = {.options = &look, .result = &unused};
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	status = sl_check_open(&check, SL_MIRROR_LOOK, err);
	if (status != SL_OK)
		return status;
	status = read_all(out, options, &check, err);
	sl_check_clear(&check);
	return status;
}
