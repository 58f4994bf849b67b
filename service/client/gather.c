#include "gather.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chunk_job.h"
#include "delivery.h"
#include "problem.h"
#include "sluice/base/clock.h"
#include "sluice/base/workers.h"
#include "sluice/catalog/fetch.h"
#include "sluice/client/book.h"

/* Two per core: half of them wait for the disk. */
#define THREADS_MIN 4
#define THREADS_MAX 16
/* A share of a delivery, unless less is left. */
#define SHARE_MIN (UINT64_C(16) << 20)
#define SHARE_MAX (UINT64_C(1) << 30)
/* Shares per job: the last ones end at about the same time. */
#define SHARES_PER_JOB 2
/* Chunks up to this many decoded bytes are not worth a change of thread. */
#define INLINE_MAX  (96 * 1024)
#define STEP_MS     100
#define PATIENCE_MS UINT64_MAX

struct gather;

/* One delivery at a time, and its chunk on a worker. */
struct lane {
	struct gather *gather;
	struct sl_call call;
	struct sl_delivery delivery;
	struct sl_buf request;
	char path[128];
	bool is_open;    /* the call is under way */
	size_t skip;     /* bytes of the paused piece that were used */
	bool is_waiting; /* paused until the chunk on the worker is done */
	/* Two buffers: one receives, one is worked on. */
	unsigned char *buffers[2];
	int receiving;
	struct sl_job job;
	bool is_busy;
	struct sl_chunk_task task;
	struct sl_want *want;
	enum sl_status outcome;
	struct sl_error outcome_err;
	struct lane *next_done;
};

struct gather {
	const struct sl_gather_options *options;
	struct sl_gather_result *result;
	struct sl_wants *wants;
	struct sl_transport *transport;
	struct sl_workers *workers;
	struct sl_bench *bench;
	struct lane *lanes;
	unsigned lane_count;
	uint64_t share;
	struct sl_backoff backoff;
	uint64_t patience_ms;
	bool has_failed; /* nothing more is to be done */
	bool is_refused; /* what is open may come, nothing new */
	struct sl_error failure;
	pthread_mutex_t lock;
	struct lane *done; /* by workers, under lock */
};

/* The first failure stays. */
static void
fail(struct gather *gather, const struct sl_error *err)
{
	if (gather->has_failed)
		return;
	gather->has_failed = true;
	gather->failure = *err;
}

static void
refuse(struct gather *gather, const struct sl_error *err)
{
	if (gather->is_refused || gather->has_failed)
		return;
	gather->is_refused = true;
	gather->failure = *err;
}

/* -- the chunk -- */

static void
run_job(struct sl_job *job)
{
	struct lane *lane =
	    (struct lane *)(void *)((char *)job - offsetof(struct lane, job));

	lane->outcome = sl_chunk_task_run(
	    lane->gather->bench, &lane->task, &lane->outcome_err);
}

static void
job_done(struct sl_job *job)
{
	struct lane *lane =
	    (struct lane *)(void *)((char *)job - offsetof(struct lane, job));
	struct gather *gather = lane->gather;

	pthread_mutex_lock(&gather->lock);
	lane->next_done = gather->done;
	gather->done = lane;
	sl_transport_wake(gather->transport);
	pthread_mutex_unlock(&gather->lock);
}

/* The chunk of lane->task is recorded, or has failed. */
static void
settle(struct lane *lane)
{
	const struct sl_index_chunk *chunk;
	struct gather *gather = lane->gather;
	struct sl_wants *wants = gather->wants;
	struct sl_want *want = lane->want;

	lane->is_busy = false;
	if (lane->outcome != SL_OK) {
		lane->outcome_err.status = lane->outcome;
		fail(gather, &lane->outcome_err);
		return;
	}
	chunk = &want->index->chunks[lane->task.chunk];
	wants->decoded_done += chunk->decoded_bytes;
	gather->result->received_chunks++;
	sl_backoff_progress(&gather->backoff);
	if (--want->chunks_left > 0)
		return;
	sl_segment_reader_free(want->reader);
	want->reader = NULL;
	if (--wants->episodes[want->episode] == 0)
		wants->episodes_done++;
}

static enum sl_status
start_chunk(struct lane *lane, struct sl_error *err)
{
	struct gather *gather = lane->gather;
	struct sl_slice stored =
	    sl_slice_of(lane->delivery.buffer, lane->delivery.len);
	enum sl_status status;

	lane->want = sl_delivery_current(&lane->delivery, &lane->task.chunk);
	status = sl_want_open_reader(lane->want, err);
	if (status != SL_OK)
		return status;
	lane->task.want = lane->want;
	lane->task.stored = stored;
	lane->task.stage = gather->options->stage;
	lane->task.journal = gather->options->journal;
	lane->task.checks = gather->options->checks;
	memset(&lane->outcome_err, 0, sizeof(lane->outcome_err));
	lane->is_busy = true;
	lane->receiving ^= 1;
	sl_delivery_next(&lane->delivery, lane->buffers[lane->receiving]);
	if (lane->want->index->chunks[lane->task.chunk].decoded_bytes <=
	    INLINE_MAX) {
		run_job(&lane->job);
		settle(lane);
		return SL_OK;
	}
	lane->job.run = run_job;
	lane->job.done = job_done;
	sl_workers_submit(gather->workers, &lane->job);
	return SL_OK;
}

/* -- the delivery -- */

static enum sl_take
on_body(struct sl_call *call, struct sl_slice bytes)
{
	struct lane *lane = call->ctx;
	size_t len = bytes.len;
	size_t skip = lane->skip < len ? lane->skip : len;

	lane->skip -= skip;
	bytes = sl_slice_of(bytes.data + skip, len - skip);
	while (!lane->gather->has_failed) {
		switch (sl_delivery_push(
		    &lane->delivery, &bytes, !lane->is_busy, &call->err)) {
		case SL_DELIVERY_MORE:
			return SL_TAKE_ALL;
		case SL_DELIVERY_FULL:
			if (start_chunk(lane, &call->err) != SL_OK)
				return SL_TAKE_STOP;
			break;
		case SL_DELIVERY_ABOUT:
			lane->skip = len - bytes.len;
			lane->is_waiting = true;
			return SL_TAKE_LATER;
		case SL_DELIVERY_WRONG:
			return SL_TAKE_STOP;
		}
	}
	call->err = lane->gather->failure;
	return SL_TAKE_STOP;
}

static enum sl_status
keep_head(struct gather *gather, const struct sl_end_record *end,
    struct sl_error *err)
{
	const struct sl_gather_options *options = gather->options;
	struct sl_book_head head = {
	    .number = end->ledger_number,
	    .at_us = sl_clock_wall_us(),
	    .source = "end",
	};

	if (end->ledger_number > gather->result->ledger_number)
		gather->result->ledger_number = end->ledger_number;
	if (options->book == NULL)
		return SL_OK;
	memcpy(head.head, end->ledger_head, sizeof(head.head));
	err->status = sl_book_keep(options->book, options->licence, &head, err);
	return err->status;
}

/* The end record of a body that was received to its end. */
static void
judge_end(struct lane *lane, struct sl_error *err, bool *transient)
{
	const struct sl_end_record *end = &lane->delivery.end;

	*transient = true;
	if (!sl_delivery_has_end(&lane->delivery)) {
		sl_error_code(err, SL_ERR_NETWORK, "incomplete",
		    "a delivery ended before its end");
		return;
	}
	if (end->has_ledger && keep_head(lane->gather, end, err) != SL_OK) {
		*transient = false;
		return;
	}
	switch (end->status) {
	case SL_END_COMPLETE:
		break;
	case SL_END_INTERRUPTED:
		sl_error_code(err, SL_ERR_NETWORK, end->code,
		    "the server interrupted a delivery (%s)", end->text);
		break;
	case SL_END_REFUSED:
		*transient = false;
		sl_error_code(err,
		    sl_problem_status(end->code, SL_ERR_CONFLICT), end->code,
		    "%s", end->text);
		break;
	}
}

static void
on_end(struct sl_call *call)
{
	struct lane *lane = call->ctx;
	struct gather *gather = lane->gather;
	struct sl_error err = call->err;
	bool transient = call->is_transient;

	lane->is_open = false;
	lane->is_waiting = false;
	gather->result->received_bytes += call->received_bytes;
	if (err.status == SL_OK)
		judge_end(lane, &err, &transient);
	if (sl_delivery_put_back(&lane->delivery, gather->wants) != SL_OK)
		sl_error_set(&err, SL_ERR_NOMEM, "out of memory");
	sl_delivery_clear(&lane->delivery);
	sl_buf_clear(&lane->request);
	if (err.status == SL_OK)
		return;
	if (transient) {
		if (!sl_backoff_fail(&gather->backoff, gather->patience_ms,
		        call->retry_after_ms))
			fail(gather, &err);
		else
			sl_transport_note(
			    gather->transport, "%s; trying again", err.text);
	} else if (err.status == SL_ERR_QUOTA || err.status == SL_ERR_DENIED) {
		refuse(gather, &err);
	} else {
		fail(gather, &err);
	}
}

static enum sl_status
add_to_request(struct sl_fetch *fetch, const struct sl_run_of *run)
{
	const struct sl_index_segment *segment = run->want->segment;

	if (run->first == segment->chunk_first &&
	    run->count == segment->chunk_count)
		return sl_fetch_add_segments(fetch, run->want->seq,
		    run->want->ordinal, run->want->ordinal);
	return sl_fetch_add_chunks(
	    fetch, run->want->seq, run->first, run->first + run->count - 1);
}

static enum sl_status
format_request(struct lane *lane)
{
	const struct sl_gather_options *options = lane->gather->options;
	enum sl_status status = SL_OK;
	struct sl_fetch fetch;

	sl_fetch_init(&fetch);
	fetch.has_licence = options->wish->has_licence;
	fetch.licence = options->wish->licence;
	snprintf(
	    fetch.purpose, sizeof(fetch.purpose), "%s", options->wish->purpose);
	for (size_t i = 0; status == SL_OK && i < lane->delivery.run_count; i++)
		status = add_to_request(&fetch, &lane->delivery.runs[i]);
	sl_buf_init(&lane->request, SL_FETCH_BYTES_MAX);
	if (status == SL_OK)
		status = sl_fetch_format(&lane->request, &fetch);
	sl_fetch_clear(&fetch);
	return status;
}

static enum sl_status
prepare_stage(struct lane *lane, struct sl_error *err)
{
	const struct sl_gather_options *options = lane->gather->options;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < lane->delivery.run_count;
	     i++) {
		uint32_t seq = lane->delivery.runs[i].want->seq;

		status = sl_stage_prepare(options->stage, seq, err);
		if (status == SL_OK && options->checks != NULL)
			status = sl_checks_prepare(options->checks, seq, err);
	}
	return status;
}

static enum sl_status
open_call(struct lane *lane, struct sl_error *err)
{
	struct gather *gather = lane->gather;
	enum sl_status status = prepare_stage(lane, err);

	if (status != SL_OK)
		return status;
	memset(&lane->call, 0, sizeof(lane->call));
	snprintf(lane->path, sizeof(lane->path), "/v1/datasets/%s/fetch",
	    gather->options->dataset);
	lane->call.path = lane->path;
	lane->call.body = sl_buf_slice(&lane->request);
	lane->call.accept = "application/zstd";
	lane->call.on_body = on_body;
	lane->call.on_end = on_end;
	lane->call.ctx = lane;
	lane->skip = 0;
	lane->delivery.buffer = lane->buffers[lane->receiving];
	status = sl_transport_start(gather->transport, &lane->call, err);
	lane->is_open = status == SL_OK;
	return status;
}

/* Give an idle lane its share. */
static enum sl_status
start_lane(struct lane *lane, struct sl_error *err)
{
	struct gather *gather = lane->gather;
	uint64_t share = gather->share;
	enum sl_status status;

	for (;;) {
		struct sl_run_of *runs;
		size_t count;

		status = sl_wants_take(gather->wants, share, &runs, &count);
		if (status != SL_OK || count == 0) {
			free(runs);
			break;
		}
		status = sl_delivery_init(&lane->delivery, runs, count);
		if (status == SL_OK)
			status = format_request(lane);
		if (status == SL_OK)
			return open_call(lane, err);
		sl_buf_clear(&lane->request);
		/* Too many small pieces for one request: take fewer. */
		if (status != SL_ERR_LIMIT || share < 1024 ||
		    sl_delivery_put_back(&lane->delivery, gather->wants) !=
		        SL_OK)
			break;
		sl_delivery_clear(&lane->delivery);
		share /= 4;
	}
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

static void
start_lanes(struct gather *gather)
{
	if (gather->is_refused || gather->has_failed ||
	    gather->wants->run_count == 0 ||
	    sl_clock_monotonic_ms() < gather->backoff.next_ms)
		return;
	for (unsigned i = 0; i < gather->lane_count; i++) {
		struct lane *lane = &gather->lanes[i];
		struct sl_error err = {0};

		if (lane->is_open || lane->is_busy)
			continue;
		if (start_lane(lane, &err) != SL_OK)
			fail(gather, &err);
	}
}

/* Take in what workers have finished; go on where that was waited for. */
static void
settle_done(struct gather *gather)
{
	struct lane *lane, *next;

	pthread_mutex_lock(&gather->lock);
	lane = gather->done;
	gather->done = NULL;
	pthread_mutex_unlock(&gather->lock);
	for (; lane != NULL; lane = next) {
		next = lane->next_done;
		settle(lane);
		if (lane->is_waiting && lane->is_open) {
			lane->is_waiting = false;
			sl_transport_resume(&lane->call);
		}
	}
}

static bool
is_idle(const struct gather *gather)
{
	for (unsigned i = 0; i < gather->lane_count; i++) {
		if (gather->lanes[i].is_open || gather->lanes[i].is_busy)
			return false;
	}
	return true;
}

static void
close_lanes(struct gather *gather)
{
	for (unsigned i = 0; i < gather->lane_count; i++) {
		struct lane *lane = &gather->lanes[i];

		if (lane->is_open) {
			sl_transport_cancel(&lane->call);
			gather->result->received_bytes +=
			    lane->call.received_bytes;
			lane->is_open = false;
		}
		sl_delivery_clear(&lane->delivery);
		sl_buf_clear(&lane->request);
	}
}

static void
work(struct gather *gather)
{
	for (;;) {
		start_lanes(gather);
		if (gather->has_failed)
			break;
		if (is_idle(gather) &&
		    (gather->wants->run_count == 0 || gather->is_refused))
			break;
		sl_transport_step(gather->transport, STEP_MS);
		settle_done(gather);
		if (gather->options->on_progress != NULL)
			gather->options->on_progress(
			    gather->options->ctx, gather->wants);
		if (sl_transport_is_cancelled(gather->transport)) {
			struct sl_error err = {0};

			sl_error_set(&err, SL_ERR_CANCELLED, "interrupted");
			fail(gather, &err);
		}
	}
	close_lanes(gather);
	/* Chunks on workers end by themselves and are still recorded. */
	while (!is_idle(gather)) {
		sl_transport_step(gather->transport, STEP_MS);
		settle_done(gather);
	}
}

static unsigned
thread_count(void)
{
	long threads = 2 * sysconf(_SC_NPROCESSORS_ONLN);

	if (threads < THREADS_MIN)
		return THREADS_MIN;
	return threads > THREADS_MAX ? THREADS_MAX : (unsigned)threads;
}

static enum sl_status
gather_init(struct gather *gather, struct sl_error *err)
{
	uint64_t parts = (uint64_t)gather->lane_count * SHARES_PER_JOB;
	unsigned threads = thread_count();

	pthread_mutex_init(&gather->lock, NULL);
	gather->share = gather->wants->stored_bytes / parts + 1;
	if (gather->share < SHARE_MIN)
		gather->share = SHARE_MIN;
	if (gather->share > SHARE_MAX)
		gather->share = SHARE_MAX;
	gather->patience_ms =
	    sl_transport_patience(gather->transport, PATIENCE_MS);
	gather->lanes = calloc(gather->lane_count, sizeof(*gather->lanes));
	if (gather->lanes == NULL ||
	    sl_bench_new(&gather->bench, threads + 1) != SL_OK ||
	    sl_workers_new(&gather->workers, threads) != SL_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (unsigned i = 0; i < gather->lane_count; i++) {
		struct lane *lane = &gather->lanes[i];

		lane->gather = gather;
		lane->buffers[0] = malloc(SL_INDEX_STORED_MAX);
		lane->buffers[1] = malloc(SL_INDEX_STORED_MAX);
		if (lane->buffers[0] == NULL || lane->buffers[1] == NULL)
			return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	return SL_OK;
}

static void
gather_clear(struct gather *gather)
{
	sl_workers_free(gather->workers);
	sl_bench_free(gather->bench);
	for (unsigned i = 0; gather->lanes != NULL && i < gather->lane_count;
	     i++) {
		free(gather->lanes[i].buffers[0]);
		free(gather->lanes[i].buffers[1]);
	}
	free(gather->lanes);
	pthread_mutex_destroy(&gather->lock);
}

enum sl_status
sl_gather_run(struct sl_wants *wants, const struct sl_gather_options *options,
    struct sl_gather_result *result, struct sl_error *err)
{
	struct gather gather = {
	    .options = options,
	    .result = result,
	    .wants = wants,
	    .transport = options->client->transport,
	    .lane_count = options->jobs,
	};
	enum sl_status status;

	if (wants->run_count == 0)
		return SL_OK;
	if (gather.lane_count > wants->chunks)
		gather.lane_count = (unsigned)wants->chunks;
	status = gather_init(&gather, err);
	if (status == SL_OK) {
		work(&gather);
		status = gather.failure.status;
		if (status != SL_OK && err != NULL)
			*err = gather.failure;
	}
	gather_clear(&gather);
	return status;
}
