#include "files.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "sluice/base/workers.h"

#define THREADS_MAX 8

enum sl_status
sl_file_list_add(struct sl_file_list *list, const struct sl_file_ref *file)
{
	if (list->count == list->capacity) {
		size_t capacity =
		    list->capacity == 0 ? 256 : list->capacity * 2;
		struct sl_file_ref *more =
		    reallocarray(list->items, capacity, sizeof(*more));

		if (more == NULL)
			return SL_ERR_NOMEM;
		list->items = more;
		list->capacity = capacity;
	}
	list->items[list->count++] = *file;
	list->bytes += file->info->bytes;
	return SL_OK;
}

static enum sl_status
add_segment(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	const struct sl_index_segment *segment = &index->segments[ordinal];

	for (uint32_t i = 0; i < segment->file_count; i++) {
		const struct sl_file_ref file = {
		    .place = {seq, ordinal, i},
		    .info = &index->files[segment->file_first + i],
		    .published_us = index->published_us,
		};

		if (sl_file_list_add(ctx, &file) != SL_OK)
			return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	return SL_OK;
}

enum sl_status
sl_file_list_build(struct sl_file_list *list, const struct sl_heads *heads,
    const struct sl_holdings *segments, struct sl_error *err)
{
	enum sl_status status;

	memset(list, 0, sizeof(*list));
	status = sl_plan_each(heads, segments, add_segment, list, err);
	if (status != SL_OK)
		sl_file_list_clear(list);
	return status;
}

static int
by_path(const void *a, const void *b)
{
	const struct sl_file_ref *left = a;
	const struct sl_file_ref *right = b;

	return strcmp(left->info->path, right->info->path);
}

void
sl_file_list_sort(struct sl_file_list *list)
{
	if (list->count > 0)
		qsort(list->items, list->count, sizeof(*list->items), by_path);
}

void
sl_file_list_clear(struct sl_file_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

/* What the threads of one sl_file_list_each share. */
struct sweep {
	sl_file_fn *run;
	void *ctx;
	size_t count;
	size_t next; /* under lock */
	enum sl_status status;
	struct sl_error *err;
	pthread_mutex_t lock;
};

struct sweep_job {
	struct sl_job job;
	struct sweep *sweep;
};

/* False when there is nothing left or something failed. */
static bool
take_item(struct sweep *sweep, size_t *item)
{
	bool has;

	pthread_mutex_lock(&sweep->lock);
	has = sweep->status == SL_OK && sweep->next < sweep->count;
	if (has)
		*item = sweep->next++;
	pthread_mutex_unlock(&sweep->lock);
	return has;
}

static void
run_sweep(struct sl_job *job)
{
	struct sweep *sweep = ((struct sweep_job *)(void *)job)->sweep;
	size_t item;

	while (take_item(sweep, &item)) {
		struct sl_error err = {0};
		enum sl_status status = sweep->run(sweep->ctx, item, &err);

		if (status == SL_OK)
			continue;
		pthread_mutex_lock(&sweep->lock);
		if (sweep->status == SL_OK) {
			sweep->status = status;
			err.status = status;
			if (sweep->err != NULL)
				*sweep->err = err;
		}
		pthread_mutex_unlock(&sweep->lock);
	}
}

enum sl_status
sl_file_list_each(const struct sl_file_list *list, unsigned threads,
    sl_file_fn *run, void *ctx, struct sl_error *err)
{
	struct sweep_job jobs[THREADS_MAX] = {0};
	struct sweep sweep = {
	    .run = run, .ctx = ctx, .count = list->count, .err = err};
	struct sl_workers *workers;

	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	if (threads == 0 || sl_workers_new(&workers, threads) != SL_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "threads");
	pthread_mutex_init(&sweep.lock, NULL);
	for (unsigned i = 0; i < threads; i++) {
		jobs[i].sweep = &sweep;
		jobs[i].job.run = run_sweep;
		sl_workers_submit(workers, &jobs[i].job);
	}
	for (unsigned i = 0; i < threads; i++)
		sl_workers_wait(workers, &jobs[i].job);
	sl_workers_free(workers);
	pthread_mutex_destroy(&sweep.lock);
	return sweep.status;
}
