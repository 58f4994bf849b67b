#include "chunk_job.h"

#include <stdlib.h>

#include "sluice/pack/chunk.h"

/* For direct I/O out of it (stage.c). */
#define BUFFER_ALIGN 4096

struct seat {
	struct sl_chunk_decoder *decoder;
	unsigned char *decoded;
	struct seat *next;
};

struct sl_bench {
	pthread_mutex_t lock;
	pthread_cond_t has_seat;
	struct seat *idle;
	struct seat *seats;
	unsigned count;
};

enum sl_status
sl_bench_new(struct sl_bench **out, unsigned seats)
{
	struct sl_bench *bench = calloc(1, sizeof(*bench));

	*out = NULL;
	if (bench == NULL)
		return SL_ERR_NOMEM;
	pthread_mutex_init(&bench->lock, NULL);
	pthread_cond_init(&bench->has_seat, NULL);
	bench->seats = calloc(seats, sizeof(*bench->seats));
	for (; bench->seats != NULL && bench->count < seats; bench->count++) {
		struct seat *seat = &bench->seats[bench->count];

		seat->decoded =
		    aligned_alloc(BUFFER_ALIGN, SL_CHUNK_DECODED_MAX);
		if (seat->decoded == NULL ||
		    sl_chunk_decoder_new(&seat->decoder) != SL_OK)
			break;
		seat->next = bench->idle;
		bench->idle = seat;
	}
	if (bench->count < seats) {
		bench->count += bench->seats != NULL;
		sl_bench_free(bench);
		return SL_ERR_NOMEM;
	}
	*out = bench;
	return SL_OK;
}

void
sl_bench_free(struct sl_bench *bench)
{
	if (bench == NULL)
		return;
	for (unsigned i = 0; bench->seats != NULL && i < bench->count; i++) {
		sl_chunk_decoder_free(bench->seats[i].decoder);
		free(bench->seats[i].decoded);
	}
	free(bench->seats);
	pthread_cond_destroy(&bench->has_seat);
	pthread_mutex_destroy(&bench->lock);
	free(bench);
}

static struct seat *
sit(struct sl_bench *bench)
{
	struct seat *seat;

	pthread_mutex_lock(&bench->lock);
	while (bench->idle == NULL)
		pthread_cond_wait(&bench->has_seat, &bench->lock);
	seat = bench->idle;
	bench->idle = seat->next;
	pthread_mutex_unlock(&bench->lock);
	return seat;
}

static void
stand(struct sl_bench *bench, struct seat *seat)
{
	pthread_mutex_lock(&bench->lock);
	seat->next = bench->idle;
	bench->idle = seat;
	pthread_cond_signal(&bench->has_seat);
	pthread_mutex_unlock(&bench->lock);
}

static enum sl_status
on_extent(
    void *ctx, const struct sl_segment_extent *extent, struct sl_error *err)
{
	const struct sl_chunk_task *task = ctx;
	const unsigned char *files = task->want->files;
	const struct sl_stage_file file = {
	    task->want->seq, task->want->ordinal, (uint32_t)extent->file};

	if (files != NULL &&
	    (files[extent->file / 8] & (1u << (extent->file % 8))) == 0)
		return SL_OK;
	return sl_stage_write(
	    task->stage, &file, extent->offset, extent->bytes, err);
}

static enum sl_status
decode_and_write(
    struct seat *seat, const struct sl_chunk_task *task, struct sl_error *err)
{
	const struct sl_index_chunk *chunk =
	    &task->want->index->chunks[task->chunk];
	struct sl_chunk_task copy = *task;
	enum sl_status status;

	status = sl_chunk_decode(seat->decoder, task->stored, seat->decoded,
	    chunk->decoded_bytes, err);
	if (status == SL_OK)
		status = sl_segment_reader_walk(task->want->reader,
		    task->chunk - task->want->segment->chunk_first,
		    sl_slice_of(seat->decoded, chunk->decoded_bytes), on_extent,
		    &copy, err);
	return status;
}

enum sl_status
sl_chunk_task_run(struct sl_bench *bench, const struct sl_chunk_task *task,
    struct sl_error *err)
{
	const struct sl_want *want = task->want;
	enum sl_status status;
	struct seat *seat;

	status = sl_chunk_check(
	    task->stored, want->index->chunks[task->chunk].blake2b);
	if (status != SL_OK)
		return sl_error_code(err, SL_ERR_INTEGRITY, "chunk_damaged",
		    "batch %u, chunk %u: its bytes are not what the signed "
		    "index says; nothing of it was kept",
		    want->seq, task->chunk);
	seat = sit(bench);
	status = decode_and_write(seat, task, err);
	stand(bench, seat);
	if (status == SL_ERR_INTEGRITY)
		return sl_error_prefix(
		    err, status, "batch %u, chunk %u", want->seq, task->chunk);
	if (status == SL_OK && task->checks != NULL)
		sl_checks_note(
		    task->checks, want->seq, task->chunk, task->stored);
	if (status == SL_OK && task->journal != NULL)
		status = sl_journal_append(
		    task->journal, want->seq, task->chunk, err);
	return status;
}
