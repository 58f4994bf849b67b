/* refused.json: the server's last answer to a request for a head was no.
 *
 *   {"version":1,"code":"licence_revoked","text":"…","at":"…Z"}
 */
#ifndef SL_CLIENT_REFUSAL_H
#define SL_CLIENT_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "mirror.h"
#include "sluice/base/error.h"
#include "sluice/catalog/checkpoint.h"

/* code[0] is 0 if there is none. */
struct sl_refusal {
	char code[SL_ERROR_CODE_MAX];
	char text[SL_ERROR_TEXT_MAX];
	int64_t at_us;
};

/* Keep `refusal` if it is about the customer's rights; others say nothing of
 * them, and a mirror without a completed pull has nothing to tell. */
SL_MUST_CHECK enum sl_status sl_refusal_keep(struct sl_mirror *mirror,
    enum sl_status status, const struct sl_error *refusal,
    struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_refusal_forget(
    struct sl_mirror *mirror, struct sl_error *err);

/* Was something refused that a grant and the log say is there? */
bool sl_refusal_withholds(const struct sl_error *refusal);
/* Make it SL_ERR_INTEGRITY with code withheld, the checkpoint as evidence. */
enum sl_status sl_refusal_name_withheld(uint32_t granted,
    const struct sl_checkpoint *checkpoint, struct sl_error *refusal);

/* One that cannot be read says nothing. */
void sl_refusal_read(const struct sl_mirror *mirror, struct sl_refusal *out);

#endif /* SL_CLIENT_REFUSAL_H */
