/* Keys of the log and the witness. */
#ifndef SL_SLUICE_PUBLISH_LOG_KEY_H
#define SL_SLUICE_PUBLISH_LOG_KEY_H

#include "sluice/base/error.h"
#include "sluice/crypto/key.h"

struct sl_run;

/* keys/NAME.key of this home; NULL, and SL_OK, if there is none. */
SL_MUST_CHECK enum sl_status log_find_key(struct sl_sign_key **out,
    struct sl_run *run, const char *name, struct sl_error *err);

#endif /* SL_SLUICE_PUBLISH_LOG_KEY_H */
