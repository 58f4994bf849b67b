#include "pins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/array.h"
#include "sluice/crypto/minisig.h"
#include "tree.h"

#define MINISIG    ".minisig"
#define CHECKPOINT ".checkpoint"
#define FILE_NAME_MAX \
	(sizeof(SL_PIN_FOLDER "/") + SL_SLUG_MAX + sizeof(CHECKPOINT))
/* More are not listed. */
#define PINS_MAX 65536

static bool
ends_with(const char *name, const char *tail)
{
	size_t len = strlen(name), tail_len = strlen(tail);

	return len >= tail_len && strcmp(name + len - tail_len, tail) == 0;
}

bool
sl_pins_name_is_valid(const char *name)
{
	return sl_slug_is_valid(sl_slice_text(name)) &&
	    !ends_with(name, MINISIG) && !ends_with(name, CHECKPOINT) &&
	    !ends_with(name, ".new");
}

static enum sl_status
check_name(const char *name, struct sl_error *err)
{
	if (sl_pins_name_is_valid(name))
		return SL_OK;
	return sl_error_code(err, SL_ERR_INVALID, "bad_pin_name",
	    "'%.80s' is no name for a pin: use small letters, digits, '-', "
	    "'_' and '.', at most %d",
	    name, SL_SLUG_MAX);
}

static void
file_name(char out[FILE_NAME_MAX], const char *name, const char *tail)
{
	snprintf(out, FILE_NAME_MAX, SL_PIN_FOLDER "/%s%s", name, tail);
}

enum sl_status
sl_pins_load(const struct sl_mirror *mirror, const char *name,
    struct sl_buf *text, struct sl_buf *minisig, struct sl_error *err)
{
	char file[FILE_NAME_MAX];
	enum sl_status status = check_name(name, err);

	if (status != SL_OK)
		return status;
	file_name(file, name, "");
	status = sl_mirror_read(mirror, file, text, err);
	if (status == SL_ERR_NOT_FOUND)
		return sl_error_code(err, status, "no_such_pin",
		    "%s has no pin %s", mirror->dir, name);
	if (status != SL_OK)
		return status;
	file_name(file, name, MINISIG);
	status = sl_mirror_read(mirror, file, minisig, err);
	if (status == SL_ERR_NOT_FOUND)
		return sl_error_code(err, SL_ERR_INTEGRITY, "bad_signature",
		    "%s/%s: the pin's signature is gone", mirror->meta_dir,
		    file);
	return status;
}

static enum sl_status
check_signature(const struct sl_mirror *mirror, const char *name,
    const struct sl_verify_key *key, const struct sl_buf *bytes,
    struct sl_error *err)
{
	enum sl_status status = sl_minisig_verify(sl_buf_slice(&bytes[1]),
	    sl_buf_slice(&bytes[0]), key, 1, NULL, err);

	if (status == SL_ERR_INVALID && err != NULL)
		status = sl_error_code(err, SL_ERR_INTEGRITY, "bad_signature",
		    "the signature file is damaged");
	return status == SL_OK
	    ? SL_OK
	    : sl_error_prefix(err, status, "%s: pin %s", mirror->dir, name);
}

enum sl_status
sl_pins_read(struct sl_pin *out, const struct sl_mirror *mirror,
    const char *name, const struct sl_verify_key *key, struct sl_error *err)
{
	struct sl_buf bytes[2]; /* text, signature */
	enum sl_status status;

	sl_buf_init(&bytes[0], SL_PIN_BYTES_MAX);
	sl_buf_init(&bytes[1], SL_MINISIG_MAX);
	status = sl_pins_load(mirror, name, &bytes[0], &bytes[1], err);
	if (status == SL_OK && key != NULL)
		status = check_signature(mirror, name, key, bytes, err);
	if (status == SL_OK) {
		status = sl_pin_parse(out, sl_buf_slice(&bytes[0]), err);
		if (status == SL_OK && strcmp(out->name, name) != 0)
			status = sl_error_set(
			    err, SL_ERR_INVALID, "it is of another name");
		if (status != SL_OK && status != SL_ERR_NOMEM)
			status = sl_error_code(err, SL_ERR_INTEGRITY,
			    "pin_damaged", "%s/" SL_PIN_FOLDER "/%s is damaged",
			    mirror->meta_dir, name);
	}
	sl_buf_clear(&bytes[0]);
	sl_buf_clear(&bytes[1]);
	return status;
}

/* Signature first: a pin that is there has one. */
static enum sl_status
write_files(struct sl_mirror *mirror, const char *name, struct sl_slice text,
    struct sl_slice minisig, struct sl_slice checkpoint, struct sl_error *err)
{
	char file[FILE_NAME_MAX];
	enum sl_status status;

	file_name(file, name, CHECKPOINT);
	status = sl_mirror_write(mirror, file, checkpoint, err);
	file_name(file, name, MINISIG);
	if (status == SL_OK)
		status = sl_mirror_write(mirror, file, minisig, err);
	file_name(file, name, "");
	if (status == SL_OK)
		status = sl_mirror_write(mirror, file, text, err);
	return status;
}

enum sl_status
sl_pins_store(struct sl_mirror *mirror, const struct sl_pin *pin,
    const struct sl_sign_key *key, struct sl_slice checkpoint,
    struct sl_error *err)
{
	enum sl_status status = check_name(pin->name, err);
	struct sl_buf text, minisig;
	char comment[SL_SLUG_MAX + 32];
	int folder = -1;

	sl_buf_init(&text, SL_PIN_BYTES_MAX);
	sl_buf_init(&minisig, SL_MINISIG_MAX);
	snprintf(comment, sizeof(comment), "sluice pin %s", pin->name);
	if (status == SL_OK)
		status = sl_pin_format(&text, pin, err);
	if (status == SL_OK) {
		status = sl_minisig_write(
		    &minisig, key, sl_buf_slice(&text), comment);
		if (status != SL_OK)
			sl_error_set(err, status, "the pin's signature");
	}
	if (status == SL_OK)
		status = sl_tree_make_folder(
		    mirror->meta, SL_PIN_FOLDER, &folder, err);
	if (status == SL_OK && fsync(mirror->meta) != 0)
		status = sl_error_errno(err, "%s", mirror->meta_dir);
	if (status == SL_OK)
		status = write_files(mirror, pin->name, sl_buf_slice(&text),
		    sl_buf_slice(&minisig), checkpoint, err);
	if (folder >= 0)
		close(folder);
	sl_buf_clear(&text);
	sl_buf_clear(&minisig);
	return status;
}

void
sl_pin_names_free(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum sl_status
add_name(char ***names, size_t *count, const char *name)
{
	char **room = sl_array_room(*names, *count, sizeof(*room));

	if (room == NULL)
		return SL_ERR_NOMEM;
	*names = room;
	room[*count] = strdup(name);
	if (room[*count] == NULL)
		return SL_ERR_NOMEM;
	++*count;
	return SL_OK;
}

enum sl_status
sl_pins_list(char ***out, size_t *count, const struct sl_mirror *mirror,
    struct sl_error *err)
{
	int fd = openat(mirror->meta, SL_PIN_FOLDER,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	enum sl_status status = SL_OK;
	const struct dirent *entry;

	*out = NULL;
	*count = 0;
	if (folder == NULL) {
		if (fd >= 0)
			close(fd);
		return errno == ENOENT
		    ? SL_OK
		    : sl_error_errno(
		          err, "%s/" SL_PIN_FOLDER, mirror->meta_dir);
	}
	while (status == SL_OK && *count < PINS_MAX &&
	    (entry = readdir(folder)) != NULL) {
		if (sl_pins_name_is_valid(entry->d_name))
			status = add_name(out, count, entry->d_name);
	}
	closedir(folder);
	if (status != SL_OK) {
		sl_pin_names_free(*out, *count);
		*out = NULL;
		*count = 0;
		return sl_error_set(err, status, "out of memory");
	}
	if (*count > 0)
		qsort(*out, *count, sizeof(**out), by_name);
	return SL_OK;
}

enum sl_status
sl_pins_holdings(struct sl_holdings *out, const struct sl_pin *pin)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < pin->batch_count; i++) {
		const struct sl_pin_batch *batch = &pin->batches[i];

		for (size_t r = 0; status == SL_OK && r < batch->segments.count;
		     r++)
			status = sl_holdings_add(out, batch->seq,
			    batch->segments.ranges[r].first,
			    batch->segments.ranges[r].last);
	}
	return status;
}

enum sl_status
sl_pin_read(struct sl_pin *out, const char *dir, const char *name,
    const struct sl_verify_key *key, struct sl_error *err)
{
	struct sl_mirror mirror;
	enum sl_status status =
	    sl_mirror_open(&mirror, dir, SL_MIRROR_LOOK, err);

	if (status != SL_OK)
		return status;
	status = sl_pins_read(out, &mirror, name, key, err);
	sl_mirror_close(&mirror);
	return status;
}

enum sl_status
sl_pin_names(char ***out, size_t *count, const char *dir, struct sl_error *err)
{
	struct sl_mirror mirror;
	enum sl_status status =
	    sl_mirror_open(&mirror, dir, SL_MIRROR_LOOK, err);

	*out = NULL;
	*count = 0;
	if (status != SL_OK)
		return status;
	status = sl_pins_list(out, count, &mirror, err);
	sl_mirror_close(&mirror);
	return status;
}
