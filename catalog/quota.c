#include "sluice/catalog/quota.h"

#include "sluice/catalog/json.h"

static const char *const per_names[] = {
    [SL_QUOTA_PER_TOTAL] = "total",
    [SL_QUOTA_PER_MONTH] = "month",
};

const char *
sl_quota_per_name(enum sl_quota_per per)
{
	return per_names[per];
}

enum sl_status
sl_quota_per_by_name(enum sl_quota_per *out, struct sl_slice name)
{
	for (size_t i = 0; i < sizeof(per_names) / sizeof(per_names[0]); i++) {
		if (sl_slice_is_text(name, per_names[i])) {
			*out = (enum sl_quota_per)i;
			return SL_OK;
		}
	}
	return SL_ERR_NOT_FOUND;
}

uint64_t
sl_quota_limit(uint64_t quota, uint32_t percent)
{
	__extension__ unsigned __int128 limit;

	if (quota == SL_QUOTA_NONE)
		return SL_QUOTA_NONE;
	limit = quota;
	limit = limit * (100 + (uint64_t)percent) / 100;
	return limit > INT64_MAX ? INT64_MAX : (uint64_t)limit;
}

enum sl_status
sl_quota_read(
    uint64_t *out, const json_t *object, const char *key, struct sl_error *err)
{
	if (json_is_null(json_object_get(object, key))) {
		*out = SL_QUOTA_NONE;
		return SL_OK;
	}
	return sl_json_need_u64(out, object, key, INT64_MAX, err);
}

json_t *
sl_quota_to_json(uint64_t quota)
{
	return quota == SL_QUOTA_NONE ? json_null()
	                              : json_integer((json_int_t)quota);
}
