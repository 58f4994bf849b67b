#include "log_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include "sluice/base/clock.h"

/* Another signer's batch takes milliseconds. */
#define LOCK_WAIT_MS 10000
#define LOCK_STEP_MS 20

enum sl_status
log_lock_take(int *fd, const char *path, const char *what, struct sl_error *err)
{
	int64_t give_up = sl_clock_monotonic_ms() + LOCK_WAIT_MS;
	int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum sl_status status = SL_OK;

	*fd = -1;
	if (lock < 0)
		return sl_error_errno(err, "cannot open %s", path);
	while (status == SL_OK && flock(lock, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			status = sl_error_errno(err, "cannot lock %s", path);
		else if (sl_clock_monotonic_ms() >= give_up)
			status = sl_error_code(err, SL_ERR_CONFLICT, "log_busy",
			    "another program works on %s", what);
		else
			(void)poll(NULL, 0, LOCK_STEP_MS);
	}
	if (status == SL_OK)
		*fd = lock;
	else
		close(lock);
	return status;
}
