#include "sluice/base/error.h"
#include "sluice/catalog/json.h"
#include "sluice/publish/publish.h"
#include "sluice/store/publication.h"

#include "known.h"

static enum sl_status
zero_segment(const struct sl_publish_options *options, const json_t *row,
    struct sl_error *err)
{
	struct sl_object_name object = {
	    .dataset = options->dataset, .name = "pack.tar.zst"};
	uint64_t offset = 0;
	uint64_t bytes = 0;
	enum sl_status status;

	status =
	    sl_json_need_uuid(&object.publication, row, "publication", err);
	if (status == SL_OK)
		status = sl_json_need_u64(
		    &offset, row, "pack_offset", INT64_MAX, err);
	if (status == SL_OK)
		status = sl_json_need_u64(
		    &bytes, row, "stored_bytes", INT64_MAX, err);
	if (status == SL_OK)
		status = sl_objects_zero(
		    options->objects, &object, offset, bytes, err);
	return status;
}

static enum sl_status
erase_number(json_t **out, const struct sl_publish_options *options,
    uint32_t number, const char *reason, struct sl_error *err)
{
	json_t *segments = NULL;
	const json_t *row;
	size_t i;
	enum sl_status status;

	status = sl_store_erase(
	    out, options->db, options->dataset, number, reason, err);
	if (status == SL_OK)
		status = sl_json_need_array(&segments, *out, "segments", err);
	if (status != SL_OK)
		return status;
	json_array_foreach (segments, i, row) {
		status = zero_segment(options, row, err);
		if (status != SL_OK)
			return sl_error_prefix(
			    err, status, "episode %u", number);
	}
	return sl_store_erase_done(options->db, options->dataset, number, err);
}

enum sl_status
sl_publish_erase(json_t **out, const struct sl_publish_options *options,
    const char *episode, const char *reason, struct sl_error *err)
{
	struct known_episode *found = NULL;
	struct known known = {0};
	json_t *publications;
	enum sl_status status;

	*out = NULL;
	status = sl_store_publication_list(
	    &publications, options->db, options->dataset, err);
	if (status != SL_OK)
		return status;
	status = known_load(&known, options->db, options->objects,
	    options->dataset, publications, err);
	json_decref(publications);
	if (status == SL_OK)
		status = known_resolve(&found, &known, episode, err);
	if (status == SL_OK)
		status = erase_number(out, options, found->number, reason, err);
	known_clear(&known);
	return status;
}
