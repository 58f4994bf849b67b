/* Changes: one transaction each, told field by field, from old to new.
 *
 * With --dry-run the same is done and rolled back, so that it says exactly
 * what would happen, errors included. */
#ifndef SLUICECTL_CHANGE_H
#define SLUICECTL_CHANGE_H

#include "ctl.h"

/* The options that every change has. */
#define CTL_CHANGE_OPTIONS                                          \
	{.name = "reason",                                          \
	    .kind = SL_VALUE_TEXT,                                  \
	    .argument = "TEXT",                                     \
	    .is_required = true,                                    \
	    .help = "why, for the audit log"},                      \
	{                                                           \
		.name = "dry-run", .letter = 'n',                   \
		.help = "say what would change, and change nothing" \
	}

/* For changes that two admins may want to make at once. */
#define CTL_VERSION_OPTION                                                   \
	{                                                                    \
		.name = "if-version", .kind = SL_VALUE_U64, .argument = "N", \
		.help = "only if it is at this version still, else fail "    \
		        "with exit code 11"                                  \
	}

/* --if-version, else `now`. */
SL_MUST_CHECK enum sl_status ctl_read_version(
    uint32_t *out, struct sl_run *run, uint32_t now, struct sl_error *err);

/* Run `fn` in a transaction and commit it, or roll it back.  *out is what it
 * answered: the object with "changes".  Needs sluice_admin. */
SL_MUST_CHECK enum sl_status ctl_change(json_t **out, struct sl_run *run,
    ctl_fn *fn, void *ctx, struct sl_error *err);
/* The same by another role. */
SL_MUST_CHECK enum sl_status ctl_change_as(json_t **out, struct sl_run *run,
    const char *role, ctl_fn *fn, void *ctx, struct sl_error *err);

/* "KIND NAME: FIELD OLD -> NEW" lines, or "KIND NAME: nothing to change"; the
 * object with --json, with "dry_run" if it is one.  `name` NULL: the object's
 * "id".  Takes `object`. */
SL_MUST_CHECK enum sl_status ctl_tell(struct sl_run *run, const char *kind,
    const char *name, json_t *object, struct sl_error *err);

/* Both, for a change that needs nothing but the run. */
SL_MUST_CHECK enum sl_status ctl_change_told(struct sl_run *run,
    const char *kind, const char *name, ctl_fn *fn, struct sl_error *err);

#endif /* SLUICECTL_CHANGE_H */
