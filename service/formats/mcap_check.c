#include "sluice/formats/mcap_index.h"
#include "sluice/formats/media.h"

enum sl_status
sl_mcap_check(struct sl_media_info *out, int fd, uint64_t file_bytes,
    struct sl_error *err)
{
	struct sl_mcap_index *index;
	enum sl_status status;

	(void)file_bytes;
	/* Messages are not frames: no count is told. */
	*out = (struct sl_media_info){0};
	status = sl_mcap_index_open(&index, fd, err);
	if (status == SL_ERR_NOT_FOUND)
		return sl_error_clear(err); /* whole, without a summary */
	if (status == SL_ERR_INTEGRITY || status == SL_ERR_LIMIT)
		return SL_ERR_INVALID;
	if (status != SL_OK)
		return status;
	sl_mcap_index_free(index);
	return SL_OK;
}
