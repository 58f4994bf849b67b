/* Where things are: the publisher's home, the database, the objects. */
#ifndef SL_SLUICE_PUBLISH_PLACE_H
#define SL_SLUICE_PUBLISH_PLACE_H

#include <stdbool.h>

#include "sluice/base/error.h"
#include "sluice/crypto/key.h"
#include "sluice/db/db.h"
#include "sluice/objects/objects.h"

struct sl_run;

/* --home, else $XDG_STATE_HOME/sluice-publish, else the same below
 * ~/.local/state.  The caller frees. */
SL_MUST_CHECK enum sl_status place_home(
    char **out, struct sl_run *run, struct sl_error *err);

/* <home>/keys/NAME.key; the caller frees.  `name` NULL: "default".  The folder
 * is made. */
SL_MUST_CHECK enum sl_status place_key_path(char **out, struct sl_run *run,
    const char *name, const char *extension, struct sl_error *err);

/* Make a pair: NAME.key and NAME.pub.  Its passphrase is in the file that
 * --passphrase-file names, or asked for at a terminal unless `is_plain`; `what`
 * is for that question.  The caller frees *out; it may be NULL. */
SL_MUST_CHECK enum sl_status place_make_key(struct sl_sign_key **out,
    struct sl_run *run, const char *path, const char *public_path,
    const char *what, bool is_plain, struct sl_error *err);

/* A secret key's file, with its passphrase if it needs one: from
 * --passphrase-file, or asked for. */
SL_MUST_CHECK enum sl_status place_open_key(struct sl_sign_key **out,
    struct sl_run *run, const char *path, struct sl_error *err);

/* The signing key that --key names. */
SL_MUST_CHECK enum sl_status place_load_key(
    struct sl_sign_key **out, struct sl_run *run, struct sl_error *err);

SL_MUST_CHECK enum sl_status place_connect(
    struct sl_db **out, struct sl_run *run, struct sl_error *err);

SL_MUST_CHECK enum sl_status place_objects(
    struct sl_objects **out, struct sl_run *run, struct sl_error *err);

#endif /* SL_SLUICE_PUBLISH_PLACE_H */
