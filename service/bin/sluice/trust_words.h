/* What is known of root, log and witnesses, for people and scripts. */
#ifndef SLUICE_BIN_TRUST_WORDS_H
#define SLUICE_BIN_TRUST_WORDS_H

#include <jansson.h>
#include <stdint.h>

#include "sluice/client/trust_state.h"

struct sl_run;

/* Lines of status. */
void trust_print(struct sl_run *run, const struct sl_trust_state *trust,
    uint64_t max_age_ms);

/* What needs somebody soon: no witness, a trust file that expires. */
void trust_warn(struct sl_run *run, const struct sl_trust_state *trust);

/* {"version","expires","root","checkpoint","proven","freshness",
 * "freshness_age_s","witness"}; null where there is none. */
json_t *trust_json(const struct sl_trust_state *trust);

/* "RW…" keys and threshold of a pin: "SHA256:… (version 2, 2 of 3 keys)". */
void trust_print_pin(
    struct sl_run *run, const struct sl_trust_pin *pin, const char *label);

#endif /* SLUICE_BIN_TRUST_WORDS_H */
