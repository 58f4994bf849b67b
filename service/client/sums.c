#include "sums.h"

#include "files.h"
#include "sluice/base/hex.h"

enum sl_status
sl_sums_text(struct sl_buf *out, const struct sl_heads *heads,
    const struct sl_holdings *held, struct sl_error *err)
{
	struct sl_file_list files;
	enum sl_status status;

	status = sl_file_list_build(&files, heads, held, err);
	if (status != SL_OK)
		return status;
	sl_file_list_sort(&files);
	for (size_t i = 0; status == SL_OK && i < files.count; i++) {
		const struct sl_index_file *info = files.items[i].info;
		char hex[2 * sizeof(info->sha256) + 1];

		sl_hex_encode(hex, info->sha256, sizeof(info->sha256));
		status = sl_buf_printf(out, "%s  %s\n", hex, info->path);
	}
	sl_file_list_clear(&files);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "SHA256SUMS");
}

enum sl_status
sl_sums_write(struct sl_mirror *mirror, const struct sl_heads *heads,
    const struct sl_holdings *held, struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;

	sl_buf_init(&text, SL_SUMS_BYTES_MAX);
	status = sl_sums_text(&text, heads, held, err);
	if (status == SL_OK)
		status = sl_mirror_write(
		    mirror, "SHA256SUMS", sl_buf_slice(&text), err);
	sl_buf_clear(&text);
	return status;
}
