#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OWNER_MAX 128

static void
write_owner(int fd)
{
	char host[64] = "";
	char text[OWNER_MAX];
	int len;

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	len = snprintf(
	    text, sizeof(text), "process %ld on %s\n", (long)getpid(), host);
	/* Only for people: a failure changes nothing. */
	if (len > 0 && ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, text, (size_t)len, 0);
}

static enum sl_status
held_by_other(int fd, struct sl_error *err)
{
	char text[OWNER_MAX] = "";
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return sl_error_code(err, SL_ERR_CONFLICT, "mirror_locked",
	    "the mirror is in use by another sluice (%s)",
	    text[0] == '\0' ? "unknown process" : text);
}

enum sl_status
sl_lock_take(int folder, int *out_fd, struct sl_error *err)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	enum sl_status status;
	int fd;

	*out_fd = -1;
	fd = openat(
	    folder, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return sl_error_errno(err, ".sluice/lock");
	if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
		status = errno == EAGAIN || errno == EACCES
		    ? held_by_other(fd, err)
		    : sl_error_errno(err, ".sluice/lock");
		close(fd);
		return status;
	}
	write_owner(fd);
	*out_fd = fd;
	return SL_OK;
}

void
sl_lock_drop(int fd)
{
	if (fd < 0)
		return;
	(void)!ftruncate(fd, 0);
	close(fd);
}
