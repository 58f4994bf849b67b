/* One episode of a mirror: which it is, and where it comes from. */
#ifndef SL_CLIENT_EPISODE_H
#define SL_CLIENT_EPISODE_H

#include <jansson.h>
#include <stdint.h>

#include "heads.h"
#include "mirror.h"
#include "sluice/base/error.h"

/* By number or id.  SL_ERR_NOT_FOUND, code no_such_episode. */
SL_MUST_CHECK enum sl_status sl_episode_find(uint32_t *out,
    const struct sl_heads *heads, const char *text, struct sl_error *err);

/* What sl_history_provenance() says. */
SL_MUST_CHECK enum sl_status sl_episode_tell(json_t **out,
    const struct sl_mirror *mirror, const struct sl_heads *heads,
    uint32_t number, struct sl_error *err);

/* Id of the key that signed a batch's manifest, "" if that cannot be read. */
void sl_episode_signer(char out[SL_KEY_ID_TEXT_LEN + 1],
    const struct sl_mirror *mirror, uint32_t seq);

#endif /* SL_CLIENT_EPISODE_H */
