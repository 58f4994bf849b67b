#include "sluice/ingest/draft_store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/file.h"

enum sl_status
sl_draft_store_read(struct sl_draft **out, const char *dir, const char *dataset,
    struct sl_error *err)
{
	struct sl_buf buf;
	char *path = NULL;
	enum sl_status status;

	*out = NULL;
	if (asprintf(&path, "%s/draft.json", dir) < 0)
		return SL_ERR_NOMEM;
	sl_buf_init(&buf, SL_DRAFT_BYTES_MAX);
	status = sl_file_read(&buf, path, err);
	if (status == SL_OK) {
		status = sl_draft_parse(out, sl_buf_slice(&buf), err);
		if (status != SL_OK)
			status = sl_error_prefix(err, status, "%s", path);
	}
	if (status == SL_OK && dataset != NULL &&
	    strcmp((*out)->dataset, dataset) != 0) {
		status = sl_error_set(err, SL_ERR_INVALID,
		    "%s is a draft of %s, not of %s", dir, (*out)->dataset,
		    dataset);
		sl_draft_free(*out);
		*out = NULL;
	}
	sl_buf_clear(&buf);
	free(path);
	return status;
}

static enum sl_status
add_draft(struct sl_stored_drafts *drafts, const char *dir, const char *id,
    struct sl_draft *draft)
{
	struct sl_stored_draft *items;
	struct sl_stored_draft *item;

	items = reallocarray(
	    drafts->items, drafts->count + 1, sizeof(*drafts->items));
	if (items == NULL) {
		sl_draft_free(draft);
		return SL_ERR_NOMEM;
	}
	drafts->items = items;
	item = &items[drafts->count++];
	*item = (struct sl_stored_draft){.dir = strdup(dir), .draft = draft};
	memcpy(item->dataset, draft->dataset, sizeof(item->dataset));
	snprintf(item->id, sizeof(item->id), "%s", id);
	return item->dir == NULL ? SL_ERR_NOMEM : SL_OK;
}

static enum sl_status
add_dir(struct sl_stored_drafts *drafts, const char *parent, const char *id,
    const char *dataset, struct sl_error *err)
{
	struct sl_draft *draft;
	char *dir = NULL;
	enum sl_status status;

	if (asprintf(&dir, "%s/%s", parent, id) < 0)
		return SL_ERR_NOMEM;
	status = sl_draft_store_read(&draft, dir, dataset, err);
	if (status == SL_OK)
		status = add_draft(drafts, dir, id, draft);
	else if (status == SL_ERR_NOT_FOUND) {
		status = SL_OK; /* no draft, or removed meanwhile */
		if (err != NULL)
			*err = (struct sl_error){0};
	}
	free(dir);
	return status;
}

/* Call for each name in the folder that does not begin with a dot. */
typedef enum sl_status each_name_fn(
    void *ctx, const char *parent, const char *name, struct sl_error *err);

static enum sl_status
each_name(
    const char *parent, each_name_fn *each, void *ctx, struct sl_error *err)
{
	DIR *dir = opendir(parent);
	enum sl_status status = SL_OK;
	struct dirent *entry;

	if (dir == NULL)
		return errno == ENOENT ? SL_OK
		                       : sl_error_errno(err, "%s", parent);
	while (status == SL_OK && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			status = each(ctx, parent, entry->d_name, err);
	}
	closedir(dir);
	return status;
}

struct listing {
	struct sl_stored_drafts *drafts;
	const char *dataset;
};

static enum sl_status
on_draft(void *ctx, const char *parent, const char *name, struct sl_error *err)
{
	struct listing *listing = ctx;

	return add_dir(listing->drafts, parent, name, listing->dataset, err);
}

static enum sl_status
on_dataset(
    void *ctx, const char *parent, const char *name, struct sl_error *err)
{
	struct listing *listing = ctx;
	char *dir = NULL;
	enum sl_status status;

	if (asprintf(&dir, "%s/%s", parent, name) < 0)
		return SL_ERR_NOMEM;
	listing->dataset = name;
	status = each_name(dir, on_draft, listing, err);
	free(dir);
	return status;
}

static int
compare_drafts(const void *a, const void *b)
{
	const struct sl_stored_draft *x = a;
	const struct sl_stored_draft *y = b;
	int datasets = strcmp(x->dataset, y->dataset);

	return datasets != 0 ? datasets : strverscmp(x->id, y->id);
}

enum sl_status
sl_draft_store_list(struct sl_stored_drafts *out, const char *home,
    const char *dataset, struct sl_error *err)
{
	struct listing listing = {.drafts = out};
	char *parent = NULL;
	enum sl_status status;

	*out = (struct sl_stored_drafts){0};
	if (asprintf(&parent, "%s/drafts", home) < 0)
		return SL_ERR_NOMEM;
	if (dataset == NULL)
		status = each_name(parent, on_dataset, &listing, err);
	else
		status = on_dataset(&listing, parent, dataset, err);
	free(parent);
	if (status != SL_OK) {
		sl_stored_drafts_clear(out);
		return status;
	}
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items),
		    compare_drafts);
	return SL_OK;
}

static void
clear_item(struct sl_stored_draft *item)
{
	free(item->dir);
	sl_draft_free(item->draft);
}

static bool
is_superseded(const struct sl_stored_drafts *drafts, size_t i)
{
	const struct sl_stored_draft *old = &drafts->items[i];

	for (size_t n = i + 1; n < drafts->count; n++) {
		const struct sl_stored_draft *item = &drafts->items[n];

		if (strcmp(item->dataset, old->dataset) == 0 &&
		    strcmp(item->draft->site, old->draft->site) == 0 &&
		    strcmp(item->draft->into, old->draft->into) == 0)
			return true;
	}
	return false;
}

void
sl_draft_store_keep_newest(struct sl_stored_drafts *drafts)
{
	size_t kept = 0;

	for (size_t i = 0; i < drafts->count; i++) {
		if (is_superseded(drafts, i))
			clear_item(&drafts->items[i]);
		else
			drafts->items[kept++] = drafts->items[i];
	}
	drafts->count = kept;
}

enum sl_status
sl_draft_store_find(struct sl_stored_drafts *out, const char *home,
    const char *dataset, const char *id, struct sl_error *err)
{
	struct sl_draft *draft;
	const char *name = strrchr(id, '/');
	char *dir = NULL;
	enum sl_status status;

	*out = (struct sl_stored_drafts){0};
	if (name == NULL
	        ? asprintf(&dir, "%s/drafts/%s/%s", home, dataset, id) < 0
	        : asprintf(&dir, "%s", id) < 0)
		return SL_ERR_NOMEM;
	status = sl_draft_store_read(&draft, dir, dataset, err);
	if (status == SL_ERR_NOT_FOUND)
		status =
		    sl_error_set(err, status, "no draft %s of %s", id, dataset);
	if (status == SL_OK)
		status =
		    add_draft(out, dir, name == NULL ? id : name + 1, draft);
	free(dir);
	if (status != SL_OK)
		sl_stored_drafts_clear(out);
	return status;
}

void
sl_stored_drafts_clear(struct sl_stored_drafts *drafts)
{
	for (size_t i = 0; i < drafts->count; i++)
		clear_item(&drafts->items[i]);
	free(drafts->items);
	*drafts = (struct sl_stored_drafts){0};
}
