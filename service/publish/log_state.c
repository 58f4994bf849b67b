#include "log_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/catalog/note.h"

#include "log_lock.h"

#define FORKS_MAX 1000

enum sl_status
log_state_open(struct log_state *state, const char *home, const char *kind,
    const char *dataset, struct sl_error *err)
{
	char *lock = NULL;
	char *what = NULL;
	enum sl_status status;

	*state = (struct log_state){.dataset = dataset, .lock_fd = -1};
	sl_buf_init(&state->text, SL_NOTE_BYTES_MAX);
	if (asprintf(&state->dir, "%s/%s", home, kind) < 0) {
		state->dir = NULL;
		return SL_ERR_NOMEM;
	}
	status = sl_file_make_dirs(state->dir, err);
	if (status != SL_OK)
		return status;
	if (asprintf(&lock, "%s/%s.lock", state->dir, dataset) < 0 ||
	    asprintf(&what, "the log of %s", dataset) < 0)
		status = SL_ERR_NOMEM;
	else
		status = log_lock_take(&state->lock_fd, lock, what, err);
	free(what);
	free(lock);
	return status;
}

enum sl_status
log_state_read(struct log_state *state, uint32_t epoch, struct sl_error *err)
{
	enum sl_status status;

	free(state->path);
	if (asprintf(&state->path, "%s/%s.%" PRIu32, state->dir, state->dataset,
	        epoch) < 0) {
		state->path = NULL;
		return SL_ERR_NOMEM;
	}
	sl_buf_reset(&state->text);
	status = sl_file_read(&state->text, state->path, err);
	state->has = status == SL_OK;
	return status == SL_ERR_NOT_FOUND ? sl_error_clear(err) : status;
}

enum sl_status
log_state_write(
    struct log_state *state, struct sl_slice text, struct sl_error *err)
{
	return sl_file_replace(state->path, text, 0600, err);
}

enum sl_status
log_state_keep_fork(
    const struct log_state *state, struct sl_slice text, struct sl_error *err)
{
	for (unsigned n = 1; n <= FORKS_MAX; n++) {
		enum sl_status status;
		char *path;
		bool is_free;

		if (asprintf(&path, "%s/%s.fork-%u", state->dir, state->dataset,
		        n) < 0)
			return SL_ERR_NOMEM;
		is_free = access(path, F_OK) != 0 && errno == ENOENT;
		status =
		    is_free ? sl_file_replace(path, text, 0600, err) : SL_OK;
		free(path);
		if (is_free)
			return status;
	}
	return sl_error_set(err, SL_ERR_LIMIT, "too much evidence of forks");
}

void
log_state_close(struct log_state *state)
{
	if (state->lock_fd >= 0)
		close(state->lock_fd);
	free(state->dir);
	free(state->path);
	sl_buf_clear(&state->text);
}
