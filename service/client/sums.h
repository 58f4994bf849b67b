/* .sluice/SHA256SUMS of the tree, for stock `sha256sum -c`. */
#ifndef SL_CLIENT_SUMS_H
#define SL_CLIENT_SUMS_H

#include "heads.h"
#include "mirror.h"

#define SL_SUMS_BYTES_MAX ((size_t)2 << 30)

/* Append the text: lines of sha256sum, by path. */
SL_MUST_CHECK enum sl_status sl_sums_text(struct sl_buf *out,
    const struct sl_heads *heads, const struct sl_holdings *held,
    struct sl_error *err);

SL_MUST_CHECK enum sl_status sl_sums_write(struct sl_mirror *mirror,
    const struct sl_heads *heads, const struct sl_holdings *held,
    struct sl_error *err);

#endif /* SL_CLIENT_SUMS_H */
