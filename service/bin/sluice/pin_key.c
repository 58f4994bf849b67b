#include "pin_key.h"

#include <string.h>

#include "customer_key.h"
#include "sluice/command/run.h"

enum sl_status
pin_key(struct sl_run *run, struct sl_verify_key *out, struct sl_error *err)
{
	const char *file = sl_run_text(run, "key");
	struct sl_sign_key *own = NULL;
	enum sl_status status;

	if (file != NULL)
		return sl_verify_key_load(out, file, err);
	status = customer_key_load(&own, err);
	if (status == SL_ERR_NOT_FOUND) {
		sl_run_hint(run, "name the signer's public key with --key");
		return sl_error_set(err, status,
		    "you have no key of your own here, which the first `sluice "
		    "pin` makes");
	}
	if (status == SL_OK)
		sl_sign_key_public(own, out);
	sl_sign_key_free(own);
	return status;
}

enum sl_status
pin_answer(
    struct sl_run *run, enum sl_status status, const struct sl_error *err)
{
	return status != SL_OK && strcmp(err->code, "bad_pin_name") == 0
	    ? sl_run_blame(run, status)
	    : status;
}
