#include "sluice/publish/publish.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"
#include "sluice/crypto/sha256.h"
#include "sluice/publish/log.h"
#include "sluice/store/publication.h"
#include "sluice/store/trust.h"

#include "batch.h"
#include "offline.h"
#include "plan.h"

#define THREADS_MAX 64
/* Publications that an earlier run can have left open: one, by the database's
 * rule; a second look makes sure. */
#define LEFTOVERS_MAX 4

struct run {
	const struct sl_publish_options *options;
	struct sl_publish_result *result;
	struct sl_publish_progress progress;
	struct known known;
	struct plan plan;
	struct sl_workers *workers;
	unsigned thread_count;
	struct sl_error *err;
};

/* ---- what an earlier run left behind ---- */

/* Log what is sealed and show what enough witnesses have seen. */
static enum sl_status
log_and_show(struct run *run)
{
	const struct sl_publish_options *options = run->options;
	struct sl_log_options log = {.db = options->db,
	    .objects = options->objects,
	    .home = options->home,
	    .key = options->log_key,
	    .witness_key = options->witness_key,
	    .dataset = options->dataset,
	    .stop_after = SL_LOG_SHOW};
	json_t *logged = NULL;
	enum sl_status status = sl_log_run(&logged, &log, run->err);

	if (status == SL_OK &&
	    json_array_extend(
	        run->result->batches, json_object_get(logged, "shown")) != 0)
		status = SL_ERR_NOMEM;
	if (json_array_size(json_object_get(logged, "waiting")) > 0)
		run->result->waits_for = "witness";
	json_decref(logged);
	return status;
}

/* What is sealed becomes visible, or waits for whom it takes. */
static enum sl_status
show(struct run *run)
{
	if (run->options->log_key != NULL)
		return log_and_show(run);
	run->result->waits_for = "log";
	return SL_OK;
}

static enum sl_status
abandon(struct run *run, const struct sl_uuid *id, const char *reason)
{
	enum sl_status status;

	status = sl_store_publication_abandon(
	    run->options->db, id, reason, run->err);
	if (status != SL_OK)
		return status;
	return sl_objects_remove(
	    run->options->objects, run->options->dataset, id, run->err);
}

static bool
is_state(const json_t *row, const char *state)
{
	const char *text = json_string_value(json_object_get(row, "state"));

	return text != NULL && strcmp(text, state) == 0;
}

/* Objects of an abandoned publication that a crash kept from removal. */
static enum sl_status
remove_abandoned(struct run *run, const json_t *publications)
{
	const json_t *row;
	size_t i;

	json_array_foreach (publications, i, row) {
		struct sl_uuid id;
		enum sl_status status;

		if (!is_state(row, "abandoned"))
			continue;
		status = sl_json_need_uuid(&id, row, "id", run->err);
		if (status == SL_OK)
			status = sl_objects_remove(run->options->objects,
			    run->options->dataset, &id, run->err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static bool
has_open(const json_t *publications)
{
	const json_t *row;
	size_t i;

	json_array_foreach (publications, i, row) {
		if (!is_state(row, "visible") && !is_state(row, "abandoned"))
			return true;
	}
	return false;
}

/* Sealed is completed, anything else abandoned. */
static enum sl_status
clear_one(struct run *run)
{
	static const char zeros[] = "00000000000000000000000000000000"
	                            "00000000000000000000000000000000";
	struct sl_publication open;
	enum sl_status status;

	status = sl_store_publication_reserve(
	    &open, run->options->db, run->options->dataset, zeros, run->err);
	if (status != SL_OK)
		return status;
	if (open.state != SL_PUBLICATION_SEALED &&
	    open.state != SL_PUBLICATION_LOGGED)
		return abandon(run, &open.id,
		    open.resumed ? "left unfinished" : "not needed");
	status = show(run);
	if (status == SL_OK && run->result->waits_for == NULL)
		run->result->completed_count++;
	return status;
}

/* The publication that waits for its signature; NULL if there is none. */
static const json_t *
find_waiting(const json_t *publications)
{
	const json_t *row;
	size_t i;

	json_array_foreach (publications, i, row) {
		if (json_is_true(json_object_get(row, "waits")))
			return row;
	}
	return NULL;
}

/* It is given up on purpose, or the request is told once more. */
static enum sl_status
meet_waiting(struct run *run, const json_t *row)
{
	const struct sl_publish_options *options = run->options;
	struct sl_uuid id;
	enum sl_status status = sl_json_need_uuid(&id, row, "id", run->err);

	if (status != SL_OK)
		return status;
	if (options->discards_request)
		return abandon(run, &id, "its signature was given up");
	if (options->key != NULL)
		return sl_error_code(run->err, SL_ERR_CONFLICT,
		    "publication_waits",
		    "a batch of %s waits for its signature", options->dataset);
	run->result->waits_for = "signature";
	return offline_read(
	    &run->result->request, options, &id, "manifest", run->err);
}

/* *out is the dataset's list of publications, none of them open, or NULL if one
 * waits for somebody else. */
static enum sl_status
clear_leftovers(struct run *run, json_t **out)
{
	enum sl_status status;

	for (unsigned i = 0; i < LEFTOVERS_MAX; i++) {
		status = sl_store_publication_list(
		    out, run->options->db, run->options->dataset, run->err);
		if (status != SL_OK)
			return status;
		if (!has_open(*out))
			return remove_abandoned(run, *out);
		status = find_waiting(*out) != NULL
		    ? meet_waiting(run, find_waiting(*out))
		    : clear_one(run);
		json_decref(*out);
		*out = NULL;
		if (status != SL_OK || run->result->waits_for != NULL)
			return status;
	}
	return sl_error_code(run->err, SL_ERR_CONFLICT, "publication_busy",
	    "another session is publishing %s", run->options->dataset);
}

/* ---- one batch ---- */

static enum sl_status
digest_items(const struct plan *plan, size_t first, size_t count, char out[65])
{
	unsigned char digest[32];
	struct sl_sha256 hash;
	enum sl_status status;

	status = sl_sha256_init(&hash);
	if (status != SL_OK)
		return status;
	for (size_t i = first; i < first + count; i++) {
		const struct plan_item *item = &plan->items[i];

		sl_sha256_update(
		    &hash, item->entry.id.bytes, sizeof(item->entry.id.bytes));
		sl_sha256_update(&hash, item->digest, sizeof(item->digest));
	}
	status = sl_sha256_final(&hash, digest);
	if (status == SL_OK)
		sl_hex_encode(out, digest, sizeof(digest));
	return status;
}

static enum sl_status
reserve(struct run *run, struct batch *batch, size_t first, size_t count,
    uint32_t seq)
{
	const struct sl_publish_options *options = run->options;
	char digest[65];
	enum sl_status status;

	status = digest_items(&run->plan, first, count, digest);
	if (status == SL_OK)
		status = sl_store_publication_reserve(&batch->publication,
		    options->db, options->dataset, digest, run->err);
	if (status != SL_OK)
		return status;
	if (!batch->publication.resumed && batch->publication.seq == seq)
		return SL_OK;
	/* Somebody published since we looked; nothing of ours is out yet. */
	if (!batch->publication.resumed) {
		status = abandon(
		    run, &batch->publication.id, "planned on an older state");
		if (status != SL_OK)
			return status;
	}
	return sl_error_code(run->err, SL_ERR_CONFLICT, "publication_busy",
	    "%s was published to meanwhile; run it again", options->dataset);
}

static enum sl_status
seal(struct run *run, struct batch *batch)
{
	struct sl_seal sealed = {.manifest = sl_buf_slice(&batch->manifest),
	    .minisig = sl_buf_slice(&batch->minisig),
	    .index = sl_buf_slice(&batch->index_text),
	    .release = run->options->release};
	json_t *identities = batch_identities(batch);
	json_t *objects = batch_objects(batch);
	enum sl_status status = SL_ERR_NOMEM;

	if (identities != NULL && objects != NULL) {
		sealed.identities = identities;
		sealed.objects = objects;
		status = sl_store_publication_seal(&batch->publication,
		    run->options->db, &batch->publication.id, &sealed,
		    run->err);
	}
	json_decref(identities);
	json_decref(objects);
	return status;
}

static bool
stops_after(struct run *run, enum sl_publish_step step)
{
	if (run->options->stop_after != step)
		return false;
	run->result->stopped = true;
	return true;
}

static enum sl_status
ask_signature(struct run *run, struct batch *batch)
{
	enum sl_status status = offline_keep(batch, run->err);

	if (status == SL_OK)
		status = sl_store_publication_wait(
		    run->options->db, &batch->publication.id, run->err);
	if (status == SL_OK)
		status = sl_buf_append(&run->result->request,
		    batch->manifest.data, batch->manifest.len);
	if (status == SL_OK)
		run->result->waits_for = "signature";
	return status;
}

static enum sl_status
publish_batch(struct run *run, struct batch *batch)
{
	struct sl_uuid id = batch->publication.id;
	enum sl_status status;

	if (stops_after(run, SL_PUBLISH_RESERVE))
		return SL_OK;
	status = batch_write(batch, run->err);
	if (status != SL_OK || stops_after(run, SL_PUBLISH_WRITE))
		return status;
	if (run->options->key == NULL)
		return ask_signature(run, batch);
	status = sl_store_publication_sign(
	    &batch->publication, run->options->db, &id, run->err);
	if (status != SL_OK || stops_after(run, SL_PUBLISH_SIGN))
		return status;
	status = seal(run, batch);
	if (status != SL_OK || stops_after(run, SL_PUBLISH_SEAL))
		return status;
	return show(run);
}

/* What can be given up cleanly is; a failure here is left to the next run. */
static void
give_up(struct run *run, const struct batch *batch)
{
	const struct sl_uuid *id = &batch->publication.id;
	struct sl_error ignored = {0};

	if (sl_store_publication_abandon(run->options->db, id,
	        "the publisher failed", &ignored) == SL_OK)
		(void)(sl_objects_remove(run->options->objects,
		           run->options->dataset, id, &ignored) == SL_OK);
}

static enum sl_status
run_batch(struct run *run, size_t first, size_t count, uint32_t seq)
{
	struct batch batch;
	enum sl_status status;

	batch_init(&batch);
	batch.options = run->options;
	batch.workers = run->workers;
	batch.thread_count = run->thread_count;
	batch.progress = &run->progress;
	batch.items = calloc(count, sizeof(struct plan_item *));
	if (batch.items == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		batch.items[i] = &run->plan.items[first + i];
	batch.item_count = count;
	run->progress.seq = seq;
	status = reserve(run, &batch, first, count, seq);
	if (status == SL_OK) {
		status = publish_batch(run, &batch);
		if (status != SL_OK)
			give_up(run, &batch);
	}
	free(batch.items);
	batch_clear(&batch);
	return status;
}

/* ---- all ---- */

static enum sl_status
run_plan(struct run *run)
{
	uint32_t seq = (uint32_t)run->known.batch_count + 1;
	size_t at = 0;
	enum sl_status status;

	run->progress.total_bytes = run->plan.new_bytes;
	run->progress.total_episodes = run->plan.count;
	status = sl_workers_new(&run->workers, run->thread_count);
	while (status == SL_OK && at < run->plan.count &&
	    !run->result->stopped && run->result->waits_for == NULL) {
		size_t count = plan_batch_size(&run->plan, at);

		status = run_batch(run, at, count, seq++);
		at += count;
	}
	sl_workers_free(run->workers);
	return status;
}

/* What a key signs that does not count could be neither logged nor taken
 * back. */
static enum sl_status
check_key(struct run *run)
{
	const struct sl_publish_options *options = run->options;
	struct sl_verify_key verify;
	struct sl_trust trust;
	enum sl_status status;

	if (options->key == NULL)
		return SL_OK;
	sl_trust_init(&trust);
	sl_sign_key_public(options->key, &verify);
	status = sl_store_trust_load(&trust, options->db, run->err);
	if (status == SL_OK)
		status = sl_trust_check_publisher(&trust, &verify,
		    options->dataset, sl_clock_wall_us(), false, run->err);
	sl_trust_clear(&trust);
	return status;
}

static enum sl_status
run_all(struct run *run)
{
	const struct sl_publish_options *options = run->options;
	json_t *publications = NULL;
	enum sl_status status;

	status = clear_leftovers(run, &publications);
	if (run->result->waits_for != NULL)
		return status;
	if (status == SL_OK)
		status = known_load(&run->known, options->db, options->objects,
		    options->dataset, publications, run->err);
	json_decref(publications);
	if (status == SL_OK)
		status = plan_make(
		    &run->plan, &run->known, options, run->result, run->err);
	if (status == SL_OK && options->release != NULL &&
	    run->result->retracted_count > 0)
		status = sl_error_code(run->err, SL_ERR_INVALID,
		    "release_retracts",
		    "what retracts episodes reaches everybody at once: publish "
		    "without a release");
	if (status == SL_OK && run->plan.count > 0)
		status = check_key(run);
	if (status == SL_OK && run->plan.count > 0)
		status = run_plan(run);
	return status;
}

/* Nobody could check a batch of a service without root keys. */
static enum sl_status
need_trust(struct run *run)
{
	json_t *trust = NULL;
	enum sl_status status =
	    sl_store_trust_latest(&trust, run->options->db, run->err);

	json_decref(trust);
	return status;
}

static enum sl_status
init_result(struct sl_publish_result *out)
{
	*out = (struct sl_publish_result){
	    .batches = json_array(), .vanished = json_array()};
	sl_buf_init(&out->request, SL_MANIFEST_BYTES_MAX);
	return out->batches == NULL || out->vanished == NULL ? SL_ERR_NOMEM
	                                                     : SL_OK;
}

enum sl_status
sl_publish_run(struct sl_publish_result *out,
    const struct sl_publish_options *options, struct sl_error *err)
{
	struct run run = {.options = options, .result = out, .err = err};
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	enum sl_status status;

	status = init_result(out);
	if (status != SL_OK)
		return status;
	run.thread_count = options->thread_count > 0 ? options->thread_count
	    : processors > 0                         ? (unsigned)processors
	                                             : 1;
	if (run.thread_count > THREADS_MAX)
		run.thread_count = THREADS_MAX;
	status = need_trust(&run);
	if (status == SL_OK)
		status = run_all(&run);
	plan_clear(&run.plan);
	known_clear(&run.known);
	return status;
}

void
sl_publish_result_clear(struct sl_publish_result *result)
{
	json_decref(result->batches);
	json_decref(result->vanished);
	sl_buf_clear(&result->request);
	*result = (struct sl_publish_result){0};
}
