/* bundle: a delivery into a file, for a customer without a network. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundle_file.h"
#include "commands.h"
#include "place.h"
#include "sluice/base/file.h"
#include "sluice/command/interrupt.h"
#include "sluice/command/run.h"
#include "sluice/command/value.h"
#include "sluice/loop/loop.h"
#include "sluice/session/counters.h"
#include "sluice/session/delivery.h"
#include "sluice/session/session.h"
#include "sluice/store/bundle.h"
#include "sluice/store/lease.h"

static const struct sl_option bundle_options[] = {
    {.name = "licence",
        .kind = SL_VALUE_TEXT,
        .argument = "ID",
        .is_required = true,
        .help = "whose licence serves it, and is charged"},
    {.name = "out",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .is_required = true,
        .help = "where the bundle is written"},
    {.name = "after",
        .kind = SL_VALUE_U64,
        .argument = "SEQ",
        .help = "only what is new since batch SEQ"},
    {.name = "until",
        .kind = SL_VALUE_U64,
        .argument = "SEQ",
        .help = "up to batch SEQ; without it the newest"},
    {.name = "purpose",
        .kind = SL_VALUE_TEXT,
        .argument = "PURPOSE",
        .help = "what the customer said that it is for"},
    {0},
};

struct bundle {
	struct sl_run *run;
	struct sl_bundle_order order;
	struct sl_bundle_target target;
	uint32_t until;
	char *part; /* where it is written before it is whole */
	struct sl_loop *loop;
	struct sl_db *db;
	struct sl_objects *objects;
	struct sl_session *session;
	struct sl_counters counters;
	char worker[64];
	struct bundle_file file;
	bool has_file;
	struct sl_error refusal; /* status SL_OK: none */
};

/* -- the delivery -- */

static void
on_flushed(void *ctx, enum sl_status status, const struct sl_lease_row *rows,
    size_t count, const struct sl_error *err)
{
	struct bundle *bundle = ctx;

	(void)status;
	(void)rows;
	(void)count;
	(void)err;
	sl_loop_stop(bundle->loop);
}

/* The lease was closed by a call before this one; wait for both. */
static void
flush(struct bundle *bundle)
{
	const struct sl_uuid none = {{0}};
	struct sl_error ignored = {0};

	if (sl_store_lease_check(
	        bundle->db, &none, 0, on_flushed, bundle, &ignored) != SL_OK)
		sl_loop_stop(bundle->loop);
}

static void
on_refused(void *ctx, const struct sl_error *err)
{
	struct bundle *bundle = ctx;

	bundle->refusal = *err;
	flush(bundle);
}

static void
on_ended(void *ctx)
{
	flush(ctx);
}

static enum sl_status
deliver(struct bundle *bundle, struct sl_error *err)
{
	struct sl_delivery_order order = {
	    .kind = SL_DELIVERY_STREAM,
	    .outlet = &bundle->file.outlet,
	    .account = &bundle->target.account,
	    .dataset = &bundle->target.dataset,
	    .licence = &bundle->order.licence,
	    .request_id = "bundle",
	    .purpose = sl_run_text(bundle->run, "purpose"),
	    .after = bundle->order.after,
	    .until = bundle->until,
	    .known = {.size = bundle->order.after,
	        .epoch = bundle->target.epoch},
	    .status = 200,
	    .refused = on_refused,
	    .ended = on_ended,
	    .ctx = bundle,
	};
	struct sl_delivery *delivery;
	enum sl_status status;

	status = sl_delivery_start(&delivery, bundle->session, &order, err);
	if (status == SL_OK)
		status = sl_loop_run(bundle->loop);
	return status;
}

/* How it ended, in words. */
static enum sl_status
judge(const struct bundle *bundle, struct sl_error *err)
{
	const struct bundle_file *file = &bundle->file;

	if (bundle->refusal.status != SL_OK) {
		*err = bundle->refusal;
		return err->status;
	}
	if (file->status != SL_OK) {
		*err = file->err;
		return file->status;
	}
	if (!file->has_end)
		return sl_error_code(err, SL_ERR_NETWORK, "incomplete",
		    "the bundle ended before its end; run it again: what was "
		    "charged is not charged again");
	if (file->end.status == SL_END_COMPLETE)
		return SL_OK;
	return sl_error_code(err,
	    file->end.status == SL_END_REFUSED ? SL_ERR_DENIED : SL_ERR_NETWORK,
	    file->end.code, "%s", file->end.text);
}

/* -- before it -- */

static enum sl_status
read_order(struct bundle *bundle, const char *dataset, struct sl_error *err)
{
	struct sl_run *run = bundle->run;
	const char *licence = sl_run_text(run, "licence");
	uint64_t after = sl_run_number(run, "after", 0);
	uint64_t until = sl_run_number(run, "until", SL_SEQ_MAX);

	bundle->order.dataset = dataset;
	if (sl_uuid_parse(&bundle->order.licence, sl_slice_text(licence)) !=
	    SL_OK)
		return sl_run_usage(
		    run, err, "--licence: '%s' is no licence's id", licence);
	if (after > SL_SEQ_MAX || until > SL_SEQ_MAX || until <= after)
		return sl_run_usage(run, err,
		    "--after is below --until, and both are numbers of "
		    "batches");
	bundle->order.after = (uint32_t)after;
	bundle->until = (uint32_t)until;
	return SL_OK;
}

static enum sl_status
check_range(struct bundle *bundle, struct sl_error *err)
{
	uint32_t newest = bundle->target.dataset.seq;

	if (bundle->until > newest)
		bundle->until = newest;
	if (bundle->until <= bundle->order.after)
		return sl_error_code(err, SL_ERR_NOT_FOUND, "nothing_new",
		    "%s has nothing after batch %" PRIu32,
		    bundle->order.dataset, bundle->order.after);
	if (bundle->until - bundle->order.after > SL_DELIVERY_BATCHES_MAX)
		return sl_error_code(err, SL_ERR_LIMIT, "too_many_batches",
		    "a bundle has at most %u batches: give --until, then "
		    "another one with --after",
		    SL_DELIVERY_BATCHES_MAX);
	return SL_OK;
}

/* Ask who it is for, on a connection that waits. */
static enum sl_status
open_target(struct bundle *bundle, struct sl_error *err)
{
	struct sl_db *db;
	enum sl_status status = place_connect(&db, bundle->run, err);

	if (status != SL_OK)
		return status;
	status = sl_store_bundle_open(&bundle->target, db, &bundle->order, err);
	if (strcmp(err->code, "no_bundles") == 0)
		sl_run_hint(bundle->run,
		    "the operator allows it: GRANT sluice_bundle TO the login");
	sl_db_close(db);
	return status;
}

static enum sl_status
open_session(struct bundle *bundle, struct sl_error *err)
{
	const char *conninfo = sl_run_text(bundle->run, "db");
	const struct sl_session_parts parts = {
	    .counters = &bundle->counters,
	    .worker = bundle->worker,
	    .lease_seconds = SL_LEASE_SECONDS,
	};
	struct sl_session_parts whole = parts;
	char host[32] = "";
	enum sl_status status = sl_loop_new(&bundle->loop);

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	snprintf(bundle->worker, sizeof(bundle->worker), "%s:%d", host,
	    (int)getpid());
	if (status != SL_OK)
		return sl_error_set(err, status, "the event loop");
	/* One connection, so that calls are answered in their order. */
	status = sl_db_open(&bundle->db, bundle->loop,
	    conninfo == NULL ? "" : conninfo, 1, err);
	if (status == SL_OK)
		status = place_objects(&bundle->objects, bundle->run, err);
	if (status != SL_OK)
		return status;
	whole.loop = bundle->loop;
	whole.db = bundle->db;
	whole.objects = bundle->objects;
	status = sl_session_new(&bundle->session, &whole);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

static void
bundle_clear(struct bundle *bundle)
{
	if (bundle->has_file)
		bundle_file_close(&bundle->file);
	sl_db_close(bundle->db);
	sl_session_free(bundle->session);
	sl_objects_close(bundle->objects);
	sl_loop_free(bundle->loop);
	free(bundle->part);
}

static enum sl_status
write_bundle(struct bundle *bundle, const char *out, struct sl_error *err)
{
	enum sl_status status = open_target(bundle, err);

	if (status == SL_OK)
		status = check_range(bundle, err);
	if (status == SL_OK)
		status = open_session(bundle, err);
	if (status == SL_OK && asprintf(&bundle->part, "%s.part", out) < 0) {
		bundle->part = NULL;
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	if (status == SL_OK) {
		status = bundle_file_open(
		    &bundle->file, bundle->loop, bundle->part, err);
		bundle->has_file = status == SL_OK;
	}
	if (status == SL_OK)
		status = deliver(bundle, err);
	if (status == SL_OK)
		status = judge(bundle, err);
	if (status == SL_OK && rename(bundle->part, out) != 0)
		status = sl_error_errno(err, "%s", out);
	if (status != SL_OK && bundle->has_file && bundle->part != NULL)
		unlink(bundle->part);
	return status;
}

static enum sl_status
run_bundle(struct sl_run *run, struct sl_error *err)
{
	struct bundle bundle = {.run = run};
	const char *out = sl_run_text(run, "out");
	enum sl_status status = read_order(&bundle, sl_run_arg(run, 0), err);
	char bytes[SL_VALUE_SHOW_MAX];

	sl_interrupt_catch();
	if (status == SL_OK)
		status = write_bundle(&bundle, out, err);
	if (status == SL_OK) {
		sl_value_show_bytes(bytes, bundle.file.bytes);
		sl_run_print(run,
		    "%s: %s batch %" PRIu32 " to %" PRIu32 " for %s, %s; "
		    "ledger row %" PRIu64,
		    out, bundle.order.dataset, bundle.order.after + 1,
		    bundle.until, bundle.target.account.customer_name, bytes,
		    bundle.file.end.ledger_number);
		sl_run_json(run,
		    json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "file",
		        out, "dataset", bundle.order.dataset, "customer",
		        bundle.target.account.customer_name, "after",
		        (json_int_t)bundle.order.after, "until",
		        (json_int_t)bundle.until, "bytes",
		        (json_int_t)bundle.file.bytes, "ledger_number",
		        (json_int_t)bundle.file.end.ledger_number));
	}
	bundle_clear(&bundle);
	return status;
}

const struct sl_command command_bundle = {
    .name = "bundle",
    .summary = "write a delivery into a file, for a customer without a network",
    .arguments = "DATASET",
    .args_min = 1,
    .args_max = 1,
    .options = bundle_options,
    .details =
        "Head and segments, as GET .../stream sends them, decided by the "
        "licence and charged like any delivery: each tranche is in the ledger "
        "before it is in the file.  A run that was killed is repeated, and "
        "what was charged is not charged again.  Needs a login that the "
        "operator made a member of sluice_bundle.  A licence that is bound to "
        "networks allows no bundle.  The customer applies it with `sluice pull "
        "--bundle FILE`.",
    .run = run_bundle,
};
