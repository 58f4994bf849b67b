/* .sluice/SHA256SUMS of the tree, for stock `sha256sum -c`. */
#ifndef SL_CLIENT_SUMS_H
#define SL_CLIENT_SUMS_H

#include "heads.h"
#include "mirror.h"

SL_MUST_CHECK enum sl_status sl_sums_write(struct sl_mirror *mirror,
    const struct sl_heads *heads, const struct sl_holdings *held,
    struct sl_error *err);

#endif /* SL_CLIENT_SUMS_H */
