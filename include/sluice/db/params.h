/* The parameters of one call, in order.
 *
 * The caller embeds the struct, adds every parameter and hands it to
 * sl_db_call() or sl_db_wait(), which empty it.  Nothing here fails: what does
 * not fit (memory, more than SL_PARAMS_MAX) is reported by the call. */
#ifndef SLUICE_DB_PARAMS_H
#define SLUICE_DB_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/slice.h"
#include "sluice/base/status.h"
#include "sluice/base/uuid.h"

#define SL_PARAMS_MAX 20

struct sl_params {
	char *values[SL_PARAMS_MAX]; /* text format; NULL is SQL's NULL */
	int count;
	enum sl_status status;
};

void sl_params_init(struct sl_params *params);

/* Wipes and frees; only needed when the struct goes to no call. */
void sl_params_clear(struct sl_params *params);

void sl_params_null(struct sl_params *params);

/* NULL gives SQL's NULL. */
void sl_params_text(struct sl_params *params, const char *text);

/* A NUL byte in it makes the call fail with SL_ERR_INVALID. */
void sl_params_slice(struct sl_params *params, struct sl_slice text);

void sl_params_int8(struct sl_params *params, int64_t value);
void sl_params_bool(struct sl_params *params, bool value);

/* NULL gives SQL's NULL. */
void sl_params_uuid(struct sl_params *params, const struct sl_uuid *uuid);

void sl_params_bytea(struct sl_params *params, struct sl_slice bytes);

#endif /* SLUICE_DB_PARAMS_H */
