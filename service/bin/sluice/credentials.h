/* Where the profile is kept: $XDG_CONFIG_HOME/sluice/credentials, mode 0600,
 * and beside it customer.key. */
#ifndef SLUICE_BIN_CREDENTIALS_H
#define SLUICE_BIN_CREDENTIALS_H

#include <stdbool.h>

#include "sluice/base/error.h"
#include "sluice/catalog/profile.h"

struct sl_run;

/* A file of the folder where the profile is kept; the caller frees.  NULL when
 * out of memory. */
char *credentials_path(const char *name);

/* The same of what this program remembers: $XDG_STATE_HOME/sluice, by default
 * ~/.local/state/sluice. */
char *credentials_state_path(const char *name);

/* --profile (or $SLUICE_PROFILE), else the kept one.  SL_ERR_AUTH if there is
 * none or others can read it.  *out must be initialised. */
SL_MUST_CHECK enum sl_status credentials_load(
    struct sl_run *run, struct sl_profile *out, struct sl_error *err);

/* The kept one, whatever the options say.  SL_ERR_NOT_FOUND. */
SL_MUST_CHECK enum sl_status credentials_kept(struct sl_profile *out);

/* Did a profile fail because of its token? */
bool credentials_is_garbled(const struct sl_error *err);

/* Make the folder, readable by its owner only. */
SL_MUST_CHECK enum sl_status credentials_make_folder(struct sl_error *err);

SL_MUST_CHECK enum sl_status credentials_save(
    const struct sl_profile *profile, struct sl_error *err);

/* SL_ERR_NOT_FOUND if nothing was kept. */
SL_MUST_CHECK enum sl_status credentials_remove(struct sl_error *err);

#endif /* SLUICE_BIN_CREDENTIALS_H */
