#include "refusal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "seal.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/json.h"

#define FILE_NAME "refused.json"
#define BYTES_MAX 4096

static enum sl_status
write_refusal(struct sl_mirror *mirror, json_t *object, struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;

	sl_buf_init(&text, BYTES_MAX);
	status = sl_json_dump(&text, object);
	if (status == SL_OK)
		status = sl_buf_append_text(&text, "\n");
	if (status == SL_OK)
		status = sl_mirror_write(
		    mirror, FILE_NAME, sl_buf_slice(&text), err);
	else
		sl_error_set(err, status, FILE_NAME);
	sl_buf_clear(&text);
	return status;
}

enum sl_status
sl_refusal_keep(struct sl_mirror *mirror, enum sl_status status,
    const struct sl_error *refusal, struct sl_error *err)
{
	char at[SL_TIME_TEXT_MAX];
	enum sl_status written;
	json_t *object;

	if ((status != SL_ERR_DENIED && status != SL_ERR_AUTH) ||
	    refusal->code[0] == '\0' || !mirror->has_state)
		return SL_OK;
	sl_time_format(at, sl_clock_wall_us());
	object = json_pack("{s:i, s:s, s:s, s:s}", "version", 1, "code",
	    refusal->code, "text", refusal->text, "at", at);
	if (object == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	written = write_refusal(mirror, object, err);
	json_decref(object);
	return written;
}

enum sl_status
sl_refusal_forget(struct sl_mirror *mirror, struct sl_error *err)
{
	return sl_mirror_drop(mirror, FILE_NAME, err);
}

bool
sl_refusal_withholds(const struct sl_error *refusal)
{
	static const char *const codes[] = {
	    "not_found", "batch_not_released", "retracted", "erased"};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (strcmp(refusal->code, codes[i]) == 0)
			return true;
	}
	return false;
}

enum sl_status
sl_refusal_name_withheld(uint32_t granted,
    const struct sl_checkpoint *checkpoint, struct sl_error *refusal)
{
	struct sl_error why = *refusal;
	char root[SL_SEAL_ROOT_TEXT];

	sl_seal_show_root(root, &checkpoint->tree.root);
	return sl_error_code(refusal, SL_ERR_INTEGRITY, "withheld",
	    "batches up to %u are granted, the log has %" PRIu64
	    " (root %s), and yet the server does not send what is in them: "
	    "%s (%.160s)",
	    granted, checkpoint->tree.size, root, why.code, why.text);
}

static enum sl_status
parse(struct sl_refusal *out, const json_t *object)
{
	static const char *const keys[] = {
	    "version", "code", "text", "at", NULL};
	const char *code = NULL, *text = NULL;
	enum sl_status status = sl_json_only_keys(object, keys, NULL);

	if (status == SL_OK)
		status = sl_json_need_version(object, 1, NULL);
	if (status == SL_OK)
		status = sl_json_need_text(&code, object, "code", NULL);
	if (status == SL_OK)
		status = sl_json_need_text(&text, object, "text", NULL);
	if (status == SL_OK)
		status = sl_json_need_time(&out->at_us, object, "at", NULL);
	if (status != SL_OK)
		return status;
	snprintf(out->code, sizeof(out->code), "%s", code);
	snprintf(out->text, sizeof(out->text), "%s", text);
	return SL_OK;
}

void
sl_refusal_read(const struct sl_mirror *mirror, struct sl_refusal *out)
{
	json_t *object = NULL;
	struct sl_buf text;

	memset(out, 0, sizeof(*out));
	sl_buf_init(&text, BYTES_MAX);
	if (sl_mirror_read(mirror, FILE_NAME, &text, NULL) == SL_OK &&
	    sl_json_parse(&object, sl_buf_slice(&text), BYTES_MAX, NULL) ==
	        SL_OK &&
	    parse(out, object) != SL_OK)
		memset(out, 0, sizeof(*out));
	json_decref(object);
	sl_buf_clear(&text);
}
