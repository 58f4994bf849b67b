#include "log_leaf.h"

#include <string.h>

#include "sluice/catalog/manifest.h"

enum sl_status
log_leaf_check(const struct log_leaf *leaf, const struct sl_trust *trust,
    struct sl_error *err)
{
	const struct sl_log_pending *pending = leaf->pending;
	struct sl_slice text = sl_buf_slice(&pending->manifest);
	struct sl_manifest manifest;
	enum sl_status status = sl_manifest_parse(&manifest, text, err);

	if (status != SL_OK)
		return sl_error_code(err, SL_ERR_INTEGRITY, "bad_leaf",
		    "batch %u of %s has no manifest that can be read",
		    pending->seq, pending->dataset);
	if (strcmp(manifest.dataset, pending->dataset) != 0 ||
	    manifest.seq != pending->seq ||
	    memcmp(manifest.previous, leaf->previous,
	        sizeof(manifest.previous)) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "bad_leaf",
		    "the manifest of batch %u of %s is of another dataset or "
		    "seq, or does not continue the batch before",
		    pending->seq, pending->dataset);
	status = sl_trust_verify_manifest(trust, text,
	    sl_buf_slice(&pending->minisig), &manifest, leaf->is_vouched, NULL,
	    err);
	if (status == SL_OK)
		return SL_OK;
	return sl_error_prefix(
	    err, status, "batch %u of %s", pending->seq, pending->dataset);
}
