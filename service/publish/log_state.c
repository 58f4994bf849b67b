#include "log_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/catalog/note.h"

/* Another signer's batch takes milliseconds. */
#define LOCK_WAIT_MS 10000
#define LOCK_STEP_MS 20
#define FORKS_MAX    1000

static enum sl_status
wait_lock(struct log_state *state, struct sl_error *err)
{
	int64_t give_up = sl_clock_monotonic_ms() + LOCK_WAIT_MS;

	while (flock(state->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return sl_error_errno(
			    err, "cannot lock %s", state->dir);
		if (sl_clock_monotonic_ms() >= give_up)
			return sl_error_code(err, SL_ERR_CONFLICT, "log_busy",
			    "another program works on the log of %s",
			    state->dataset);
		(void)poll(NULL, 0, LOCK_STEP_MS);
	}
	return SL_OK;
}

enum sl_status
log_state_open(struct log_state *state, const char *home, const char *kind,
    const char *dataset, struct sl_error *err)
{
	char *lock = NULL;
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
	if (asprintf(&lock, "%s/%s.lock", state->dir, dataset) < 0)
		return SL_ERR_NOMEM;
	state->lock_fd =
	    open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (state->lock_fd < 0)
		status = sl_error_errno(err, "cannot open %s", lock);
	free(lock);
	return status == SL_OK ? wait_lock(state, err) : status;
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
