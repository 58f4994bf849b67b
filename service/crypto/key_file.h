/* Two-line key files and the 42 bytes that a verify key's text encodes. */
#ifndef SL_CRYPTO_KEY_FILE_H
#define SL_CRYPTO_KEY_FILE_H

#include <stdbool.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

#define KEY_ALGORITHM    "Ed"
#define KEY_COMMENT      "untrusted comment: "
#define KEY_FILE_MAX     1024
#define KEY_PREFIX_BYTES 10 /* algorithm and key id */
#define KEY_PUBLIC_BYTES (KEY_PREFIX_BYTES + 32)
#define KEY_SECRET_BYTES (KEY_PREFIX_BYTES + 64)

/* The second line of "untrusted comment: …\nLINE\n" (the last newline may be
 * missing); SL_ERR_INVALID for any other form. */
SL_MUST_CHECK enum sl_status sl_key_file_line(
    struct sl_slice *out, struct sl_slice file);

/* Create a file that does not exist, mode 0600, fsynced with its folder. */
SL_MUST_CHECK enum sl_status sl_key_file_create(
    const char *path, struct sl_slice bytes, struct sl_error *err);

/* Take the first line of `rest`, without its newline, off its front; false if
 * there is no newline. */
bool sl_key_take_line(struct sl_slice *rest, struct sl_slice *line);

#endif /* SL_CRYPTO_KEY_FILE_H */
