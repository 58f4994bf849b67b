#include "findings.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "resume.h"
#include "tree.h"

#define THREADS     4
#define PROGRESS_MS 20

struct search {
	struct sl_findings *findings;
	const struct sl_mirror *mirror;
	const struct sl_file_list *files;
	const struct sl_verify_options *options;
	struct sl_path_set *paths;
	pthread_mutex_t lock; /* findings, bytes, files_done */
	uint64_t bytes;
	uint64_t files_done;
	pthread_t owner;
};

void
sl_findings_clear(struct sl_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		free(findings->items[i].path);
	free(findings->items);
	memset(findings, 0, sizeof(*findings));
}

static enum sl_status
add(struct sl_findings *findings, enum sl_damage damage, const char *path,
    size_t file)
{
	struct sl_finding *item;

	if (findings->count == findings->capacity) {
		size_t capacity =
		    findings->capacity == 0 ? 32 : findings->capacity * 2;
		struct sl_finding *more =
		    reallocarray(findings->items, capacity, sizeof(*more));

		if (more == NULL)
			return SL_ERR_NOMEM;
		findings->items = more;
		findings->capacity = capacity;
	}
	item = &findings->items[findings->count];
	item->path = strdup(path);
	if (item->path == NULL)
		return SL_ERR_NOMEM;
	item->damage = damage;
	item->file = file;
	findings->count++;
	return SL_OK;
}

static enum sl_status
report(struct search *search, enum sl_damage damage, const char *path,
    size_t file, struct sl_error *err)
{
	enum sl_status status;

	pthread_mutex_lock(&search->lock);
	status = add(search->findings, damage, path, file);
	pthread_mutex_unlock(&search->lock);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

/* Does the content differ?  SL_ERR_INTEGRITY if so. */
static enum sl_status
compare_content(const struct search *search, const struct sl_file_ref *file,
    const struct stat *info, struct sl_error *err)
{
	enum sl_status status;
	int fd;

	if ((uint64_t)info->st_size != file->info->bytes)
		return SL_ERR_INTEGRITY;
	if (search->options->is_quick)
		return info->st_mtim.tv_sec == file->published_us / 1000000
		    ? SL_OK
		    : SL_ERR_INTEGRITY;
	status = sl_tree_open(search->mirror->root, file->info->path, &fd, err);
	if (status != SL_OK)
		return status;
	status = sl_file_hash_check(fd, file->info, err);
	close(fd);
	return status;
}

static enum sl_status
check_file(void *ctx, size_t item, struct sl_error *err)
{
	struct search *search = ctx;
	const struct sl_file_ref *file = &search->files->items[item];
	const char *path = file->info->path;
	enum sl_tree_kind kind;
	enum sl_status status;
	struct stat info;

	if (search->options->is_cancelled != NULL &&
	    search->options->is_cancelled())
		return sl_error_set(err, SL_ERR_CANCELLED, "interrupted");
	status = sl_tree_look(search->mirror->root, path, &kind, &info, err);
	if (status != SL_OK)
		return status;
	if (kind == SL_TREE_NOTHING)
		status = report(search, SL_DAMAGE_MISSING, path, item, err);
	else if (kind != SL_TREE_FILE)
		status = report(search, SL_DAMAGE_LINK, path, item, err);
	else
		status = compare_content(search, file, &info, err);
	if (status == SL_ERR_INTEGRITY)
		status = report(search, SL_DAMAGE_CHANGED, path, item, err);
	pthread_mutex_lock(&search->lock);
	search->bytes += file->info->bytes;
	search->files_done++;
	pthread_mutex_unlock(&search->lock);
	return status;
}

static enum sl_status
on_entry(
    void *ctx, const char *path, enum sl_tree_kind kind, struct sl_error *err)
{
	struct search *search = ctx;
	uint32_t owner;

	/* What should be there was looked at already. */
	if (sl_path_set_find(search->paths, sl_slice_text(path), &owner) ==
	    SL_OK)
		return SL_OK;
	return report(search,
	    kind == SL_TREE_FILE ? SL_DAMAGE_EXTRA : SL_DAMAGE_LINK, path,
	    SIZE_MAX, err);
}

static int
by_path(const void *a, const void *b)
{
	const struct sl_finding *left = a;
	const struct sl_finding *right = b;

	return strcmp(left->path, right->path);
}

/* Threads compare while this one tells how far they are. */
struct helper {
	struct search *search;
	enum sl_status status;
	struct sl_error *err;
	bool is_done; /* under search->lock */
};

static void *
run_compare(void *arg)
{
	struct helper *helper = arg;
	unsigned threads = helper->search->options->is_quick ? 1 : THREADS;

	helper->status = sl_file_list_each(helper->search->files, threads,
	    check_file, helper->search, helper->err);
	pthread_mutex_lock(&helper->search->lock);
	helper->is_done = true;
	pthread_mutex_unlock(&helper->search->lock);
	return NULL;
}

static void
show_progress(struct helper *helper)
{
	const struct search *search = helper->search;
	const struct sl_verify_options *options = search->options;
	bool done = false;

	while (!done) {
		uint64_t bytes, files;

		pthread_mutex_lock(&helper->search->lock);
		bytes = search->bytes;
		files = search->files_done;
		done = helper->is_done;
		pthread_mutex_unlock(&helper->search->lock);
		if (options->on_progress != NULL)
			options->on_progress(
			    options->ctx, bytes, search->files->bytes, files);
		if (!done)
			poll(NULL, 0, PROGRESS_MS);
	}
}

static enum sl_status
compare_all(struct search *search, struct sl_error *err)
{
	struct helper helper = {.search = search, .err = err};
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_compare, &helper) != 0)
		return sl_error_set(err, SL_ERR_NOMEM, "threads");
	show_progress(&helper);
	pthread_join(thread, NULL);
	return helper.status;
}

enum sl_status
sl_findings_make(struct sl_findings *findings, const struct sl_mirror *mirror,
    const struct sl_heads *heads, const struct sl_file_list *files,
    const struct sl_verify_options *options, struct sl_error *err)
{
	struct search search = {
	    .findings = findings,
	    .mirror = mirror,
	    .files = files,
	    .options = options,
	};
	enum sl_status status;

	memset(findings, 0, sizeof(*findings));
	status = sl_plan_paths(&search.paths, heads, &mirror->state.held, err);
	if (status != SL_OK)
		return status;
	pthread_mutex_init(&search.lock, NULL);
	status = compare_all(&search, err);
	if (status == SL_OK)
		status = sl_tree_walk(
		    mirror->root, ".sluice", on_entry, &search, err);
	pthread_mutex_destroy(&search.lock);
	sl_path_set_free(search.paths);
	if (status != SL_OK)
		sl_findings_clear(findings);
	else if (findings->count > 0)
		qsort(findings->items, findings->count,
		    sizeof(*findings->items), by_path);
	return status;
}
