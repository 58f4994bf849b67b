#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

#define DATASET_MIN    2
#define DATASET_MAX    63
#define NAME_MAX_BYTES 64
/* openat2 reports EAGAIN when a rename raced with the walk. */
#define OPEN_TRIES 8

static bool
is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Lower-case letters and digits, then also what is in `others`. */
static bool
is_name(const char *text, size_t min, size_t max, const char *others)
{
	size_t len = strnlen(text, max + 1);

	if (len < min || len > max || !is_lower_alnum(text[0]))
		return false;
	for (size_t i = 1; i < len; i++) {
		if (!is_lower_alnum(text[i]) && strchr(others, text[i]) == NULL)
			return false;
	}
	return true;
}

bool
sl_objects_is_dataset(const char *name)
{
	return is_name(name, DATASET_MIN, DATASET_MAX, "-");
}

enum sl_status
sl_objects_path(char out[SL_OBJECTS_PATH_MAX], const char *dataset,
    const struct sl_uuid *publication, const char *name, struct sl_error *err)
{
	char uuid[SL_UUID_TEXT_LEN + 1] = "";

	if (!sl_objects_is_dataset(dataset))
		return sl_error_set(
		    err, SL_ERR_INVALID, "not a name of a dataset");
	if (name != NULL && !is_name(name, 1, NAME_MAX_BYTES, "._-"))
		return sl_error_set(
		    err, SL_ERR_INVALID, "not a name of an object");
	if (publication != NULL)
		sl_uuid_format(uuid, publication);
	snprintf(out, SL_OBJECTS_PATH_MAX, "%s%s%s%s%s", dataset,
	    publication == NULL ? "" : "/", uuid, name == NULL ? "" : "/",
	    name == NULL ? "" : name);
	return SL_OK;
}

int
sl_objects_openat(int dir_fd, const char *path, int flags)
{
	struct open_how how = {
	    .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
	    .resolve =
	        RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	for (int i = 0; i < OPEN_TRIES; i++) {
		fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return (int)fd;
}
