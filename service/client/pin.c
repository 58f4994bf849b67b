#include "sluice/client/pin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frozen.h"
#include "inspection.h"
#include "leaves.h"
#include "pins.h"
#include "plan.h"
#include "sluice/base/clock.h"
#include "sluice/crypto/minisig.h"
#include "sluice/crypto/sha256.h"
#include "sums.h"

struct pinning {
	const struct sl_pin_options *options;
	struct sl_check check;
	struct sl_pin *pin;
	struct sl_buf sums;
	struct sl_buf checkpoint;
};

/* -- what the pin says -- */

static enum sl_status
fill_log(struct pinning *pinning, struct sl_error *err)
{
	char log[SL_CHECKPOINT_NAME_MAX];
	struct sl_checkpoint checkpoint;
	struct sl_pin *pin = pinning->pin;
	struct sl_note note;
	enum sl_status status = sl_leaves_checkpoint(&checkpoint, &note,
	    &pinning->checkpoint, &pinning->check.mirror, err);

	if (status != SL_OK)
		return status;
	sl_checkpoint_name(log, &checkpoint);
	snprintf(pin->log, sizeof(pin->log), "%s", log);
	pin->log_size = checkpoint.tree.size;
	memcpy(
	    pin->log_root, checkpoint.tree.root.bytes, sizeof(pin->log_root));
	return SL_OK;
}

static enum sl_status
fill_wish(struct sl_pin *pin, const struct sl_wish *wish)
{
	enum sl_status status;
	struct sl_buf text;

	snprintf(pin->purpose, sizeof(pin->purpose), "%s", wish->purpose);
	if (wish->has_layers)
		pin->layers = wish->layers;
	if (wish->where == NULL)
		return SL_OK;
	sl_buf_init(&text, SL_WHERE_TEXT_MAX + 1);
	status = sl_where_format(&text, wish->where);
	if (status == SL_OK)
		status = sl_where_parse(&pin->where, sl_buf_slice(&text), NULL);
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
fill_batches(struct sl_pin *pin, const struct sl_heads *heads,
    const struct sl_holdings *held)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < held->count; i++) {
		const struct sl_holding *batch = &held->batches[i];
		struct sl_multirange segments = {0};

		if (batch->set.count == 0 || batch->seq > heads->count)
			continue;
		status = sl_multirange_copy(&segments, &batch->set);
		if (status == SL_OK)
			status = sl_pin_add_batch(pin, batch->seq,
			    heads->batches[batch->seq - 1].hash, &segments);
		sl_multirange_clear(&segments);
	}
	return status;
}

/* Episodes by number, as they were at the pin's batch. */
struct roll {
	struct sl_pin_episode *of;
	bool *is_held;
	uint32_t max;
};

static enum sl_status
mark_held(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	uint32_t number = index->segments[ordinal].number;
	struct roll *roll = ctx;

	(void)seq;
	(void)err;
	if (number <= roll->max)
		roll->is_held[number] = true;
	return SL_OK;
}

static void
read_roll(struct roll *roll, const struct sl_heads *heads, uint32_t until)
{
	for (uint32_t seq = 1; seq <= until; seq++) {
		const struct sl_index *index = sl_heads_index(heads, seq);

		for (uint32_t i = 0; index != NULL && i < index->entry_count;
		     i++) {
			const struct sl_entry *entry = &index->entries[i];

			if (entry->number > roll->max)
				continue;
			roll->of[entry->number].number = entry->number;
			roll->of[entry->number].id = entry->id;
			roll->of[entry->number].revision = entry->revision;
		}
	}
}

static enum sl_status
fill_episodes(struct sl_pin *pin, const struct sl_heads *heads,
    const struct sl_holdings *held, struct sl_error *err)
{
	struct roll roll = {.max = sl_live_max_number(heads->live)};
	enum sl_status status = SL_OK;

	roll.of = calloc((size_t)roll.max + 1, sizeof(*roll.of));
	roll.is_held = calloc((size_t)roll.max + 1, sizeof(*roll.is_held));
	if (roll.of != NULL && roll.is_held != NULL) {
		read_roll(&roll, heads, pin->seq);
		status = sl_plan_each(heads, held, mark_held, &roll, err);
		for (uint32_t n = 1; status == SL_OK && n <= roll.max; n++)
			if (roll.is_held[n])
				status = sl_pin_add_episode(pin, &roll.of[n]);
	} else {
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	free(roll.of);
	free(roll.is_held);
	return status;
}

static enum sl_status
fill(struct pinning *pinning, struct sl_error *err)
{
	const struct sl_state *state = &pinning->check.mirror.state;
	const struct sl_heads *heads = &pinning->check.heads;
	struct sl_pin *pin = pinning->pin;
	enum sl_status status;

	snprintf(pin->name, sizeof(pin->name), "%s", pinning->options->name);
	snprintf(pin->dataset, sizeof(pin->dataset), "%s", state->dataset);
	pin->seq = state->seq;
	pin->licence = heads->grant.licence;
	pin->created_us = sl_clock_wall_us() / 1000000 * 1000000;
	pin->files = pinning->check.files.count;
	pin->bytes = pinning->check.files.bytes;
	status = fill_wish(pin, &state->wish);
	if (status == SL_OK)
		status = fill_batches(pin, heads, &state->held);
	if (status == SL_OK)
		status = fill_episodes(pin, heads, &state->held, err);
	if (status == SL_OK)
		status = sl_sha256_of(pin->tree, sl_buf_slice(&pinning->sums));
	if (status != SL_OK)
		return err->status == status
		    ? status
		    : sl_error_set(err, status, "the pin");
	return fill_log(pinning, err);
}

/* -- may it be pinned? -- */

static enum sl_status
open_mirror(struct pinning *pinning, struct sl_error *err)
{
	struct sl_check *check = &pinning->check;
	enum sl_status status = sl_check_open(check, SL_MIRROR_WRITE, err);

	if (status != SL_OK)
		return status;
	status = sl_check_load_whole(check, err);
	if (status == SL_OK)
		status = sl_check_look(check, err);
	if (status == SL_OK && !check->result->is_complete)
		status = sl_error_code(err, SL_ERR_PARTIAL, "incomplete",
		    "%s is not complete: `sluice pull` goes on, then pin it",
		    check->mirror.dir);
	if (status == SL_OK && !check->heads.has_grant)
		status = sl_error_code(err, SL_ERR_NOT_FOUND, "nothing_applied",
		    "%s: no pull has told the licence yet", check->mirror.dir);
	sl_check_report(check);
	if (status == SL_OK && check->result->damaged > 0)
		status = sl_error_code(err, SL_ERR_INTEGRITY, "damaged",
		    "%s: damaged or missing files: %llu; `sluice repair` it, "
		    "then pin it",
		    check->mirror.dir,
		    (unsigned long long)check->result->damaged);
	if (status == SL_OK)
		status = sl_sums_text(&pinning->sums, &check->heads,
		    &check->mirror.state.held, err);
	return status;
}

/* A pin of that name is there: does it say what the tree is now? */
static enum sl_status
take_old(struct pinning *pinning, struct sl_error *err)
{
	unsigned char tree[SL_SHA256_BYTES];
	struct sl_verify_key key;
	enum sl_status status;

	sl_sign_key_public(pinning->options->key, &key);
	status = sl_pins_read(pinning->pin, &pinning->check.mirror,
	    pinning->options->name, &key, err);
	if (status != SL_OK)
		return status;
	status = sl_sha256_of(tree, sl_buf_slice(&pinning->sums));
	if (status != SL_OK)
		return sl_error_set(err, status, "SHA-256 is not available");
	if (memcmp(tree, pinning->pin->tree, sizeof(tree)) != 0)
		return sl_error_code(err, SL_ERR_EXISTS, "pin_exists",
		    "%s has a pin %s of batch %u, and the tree is another one "
		    "now: choose another name",
		    pinning->options->dir, pinning->options->name,
		    pinning->pin->seq);
	return SL_OK;
}

static enum sl_status
freeze(struct pinning *pinning, struct sl_error *err)
{
	struct sl_mirror *mirror = &pinning->check.mirror;
	struct sl_buf text, minisig;
	enum sl_status status;

	sl_buf_init(&text, SL_PIN_BYTES_MAX);
	sl_buf_init(&minisig, SL_MINISIG_MAX);
	status =
	    sl_pins_load(mirror, pinning->options->name, &text, &minisig, err);
	if (status == SL_OK) {
		const struct sl_frozen_order order = {
		    .mirror = mirror,
		    .heads = &pinning->check.heads,
		    .segments = &mirror->state.held,
		    .path = pinning->options->tree,
		    .may_copy = pinning->options->may_copy,
		    .is_cancelled = pinning->options->is_cancelled,
		    .pin = sl_buf_slice(&text),
		    .minisig = sl_buf_slice(&minisig),
		    .sums = sl_buf_slice(&pinning->sums),
		};

		status = sl_frozen_make(&order, err);
	}
	sl_buf_clear(&text);
	sl_buf_clear(&minisig);
	return status;
}

static enum sl_status
make(struct pinning *pinning, bool *is_new, struct sl_error *err)
{
	enum sl_status status = open_mirror(pinning, err);

	if (status != SL_OK)
		return status;
	if (pinning->check.mirror.lock < 0)
		return sl_error_code(err, SL_ERR_IO, "read_only",
		    "%s cannot be written, and the pin is kept there",
		    pinning->options->dir);
	status = take_old(pinning, err);
	if (status == SL_ERR_NOT_FOUND) {
		sl_error_clear(err);
		*is_new = true;
		status = fill(pinning, err);
		if (status == SL_OK)
			status = sl_pins_store(&pinning->check.mirror,
			    pinning->pin, pinning->options->key,
			    sl_buf_slice(&pinning->checkpoint), err);
	}
	if (status == SL_OK && pinning->options->tree != NULL)
		status = freeze(pinning, err);
	return status;
}

enum sl_status
sl_pin_make(struct sl_pin *out, bool *is_new,
    const struct sl_pin_options *options, struct sl_error *err)
{
	const struct sl_verify_options look = {
	    .dir = options->dir,
	    .is_quick = true,
	    .is_cancelled = options->is_cancelled,
	};
	struct sl_verify_result found = {0};
	struct pinning pinning = {
	    .options = options,
	    .check = {.options = &look, .result = &found},
	    .pin = out,
	};
	struct sl_error local = {0};
	enum sl_status status;

	*is_new = false;
	pinning.check.mirror.root = pinning.check.mirror.meta = -1;
	pinning.check.mirror.lock = -1;
	sl_buf_init(&pinning.sums, SL_SUMS_BYTES_MAX);
	sl_buf_init(&pinning.checkpoint, SL_NOTE_BYTES_MAX);
	status = make(&pinning, is_new, &local);
	sl_check_clear(&pinning.check);
	sl_buf_clear(&pinning.sums);
	sl_buf_clear(&pinning.checkpoint);
	if (status != SL_OK && err != NULL)
		*err = local;
	return status;
}
