#include "evidence.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cabinet.h"
#include "tree.h"

#define FOLDER    "log"
#define FIRST     "sluice-fork/v1\n"
#define SEPARATOR "\n--\n"
/* More than these are not kept: a server may send as many as it likes. */
#define FORKS_MAX 64

enum sl_status
sl_evidence_format(struct sl_buf *buf, const struct sl_evidence *evidence)
{
	enum sl_status status = sl_buf_append_text(buf, FIRST);

	for (int i = 0; status == SL_OK && i < 2; i++) {
		if (i > 0)
			status = sl_buf_append_text(buf, &SEPARATOR[1]);
		if (status == SL_OK)
			status = sl_buf_append(buf, evidence->notes[i].data,
			    evidence->notes[i].len);
	}
	if (status == SL_OK && evidence->has_proof)
		status = sl_buf_append_text(buf, &SEPARATOR[1]);
	if (status == SL_OK && evidence->has_proof)
		status = sl_buf_append(
		    buf, evidence->proof.data, evidence->proof.len);
	return status;
}

/* What is before the next separator, its own newline included, is taken off
 * the text; all of it if there is none. */
static struct sl_slice
take_part(struct sl_slice *text, bool *was_last)
{
	const size_t separator = sizeof(SEPARATOR) - 1;
	const unsigned char *end = text->len == 0
	    ? NULL
	    : memmem(text->data, text->len, SEPARATOR, separator);
	struct sl_slice part = *text;

	*was_last = end == NULL;
	if (end == NULL) {
		*text = sl_slice_of(NULL, 0);
		return part;
	}
	part.len = (size_t)(end - text->data) + 1;
	*text =
	    sl_slice_of(end + separator, text->len - part.len + 1 - separator);
	return part;
}

enum sl_status
sl_evidence_parse(
    struct sl_evidence *out, struct sl_slice text, struct sl_error *err)
{
	const size_t first = sizeof(FIRST) - 1;
	bool was_last = false;

	memset(out, 0, sizeof(*out));
	if (text.len > SL_EVIDENCE_BYTES_MAX)
		return sl_error_set(err, SL_ERR_LIMIT, "too long");
	if (text.len < first || memcmp(text.data, FIRST, first) != 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "does not begin with sluice-fork/v1");
	text = sl_slice_of(text.data + first, text.len - first);
	out->notes[0] = take_part(&text, &was_last);
	if (was_last)
		return sl_error_set(err, SL_ERR_INVALID, "has one note only");
	out->notes[1] = take_part(&text, &was_last);
	if (was_last)
		return SL_OK;
	out->has_proof = true;
	out->proof = take_part(&text, &was_last);
	return was_last
	    ? SL_OK
	    : sl_error_set(err, SL_ERR_INVALID, "has more than three parts");
}

/* Is this what `name` has already? */
static bool
is_kept(int folder, const char *name, struct sl_slice text)
{
	struct sl_buf kept;
	bool is_same;

	sl_buf_init(&kept, SL_EVIDENCE_BYTES_MAX);
	is_same = sl_cabinet_read(folder, name, &kept, NULL) == SL_OK &&
	    sl_slice_is(sl_buf_slice(&kept), text);
	sl_buf_clear(&kept);
	return is_same;
}

static enum sl_status
keep(int folder, struct sl_slice text, char name[SL_EVIDENCE_NAME_MAX],
    struct sl_error *err)
{
	for (int i = 1; i <= FORKS_MAX; i++) {
		const char *file = name + sizeof(FOLDER);
		struct sl_cabinet_file one;

		snprintf(name, SL_EVIDENCE_NAME_MAX, FOLDER "/fork-%d", i);
		if (is_kept(folder, file, text))
			return SL_OK;
		if (faccessat(folder, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		one.name = file;
		one.bytes = text;
		return sl_cabinet_replace(folder, &one, err);
	}
	return SL_OK;
}

enum sl_status
sl_evidence_keep(int meta, const struct sl_evidence *evidence,
    char name[SL_EVIDENCE_NAME_MAX], struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;
	int folder;

	sl_buf_init(&text, SL_EVIDENCE_BYTES_MAX);
	status = sl_evidence_format(&text, evidence);
	if (status != SL_OK) {
		sl_buf_clear(&text);
		return sl_error_set(err, status, "evidence of a fork");
	}
	status = sl_tree_make_folder(meta, FOLDER, &folder, err);
	if (status == SL_OK) {
		status = keep(folder, sl_buf_slice(&text), name, err);
		close(folder);
	}
	sl_buf_clear(&text);
	return status;
}
