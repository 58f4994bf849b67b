/* Licences as the server tells them. */
#ifndef SLUICE_BIN_LICENCE_H
#define SLUICE_BIN_LICENCE_H

#include <jansson.h>

#include "sluice/base/error.h"
#include "sluice/client/client.h"

struct sl_run;

#define LICENCE_DUTY_MAX 160

/* The licence with this id, or the only one on the dataset of this name; the
 * caller owns *out.  SL_ERR_NOT_FOUND, or SL_ERR_CONFLICT if there are
 * several. */
SL_MUST_CHECK enum sl_status licence_find(struct sl_run *run,
    struct sl_client *client, const char *word, json_t **out,
    struct sl_error *err);

/* What its end obliges to ("delete by 2026-12-21", "certified 2026-12-01"), ""
 * for nothing.  `licence` is what the server said, maybe long ago. */
void licence_duty(char out[LICENCE_DUTY_MAX], const json_t *licence);

#endif /* SLUICE_BIN_LICENCE_H */
