/* The profile that a customer gets: endpoint, token, keys to trust. */
#ifndef SLUICECTL_PROFILE_H
#define SLUICECTL_PROFILE_H

#include "ctl.h"
#include "sluice/base/secret.h"
#include "sluice/catalog/profile.h"

/* --out-profile, --endpoint, --ca, --pepper-file */
#define CTL_PROFILE_OPTIONS                                               \
	{.name = "out-profile",                                           \
	    .kind = SL_VALUE_TEXT,                                        \
	    .argument = "FILE",                                           \
	    .help = "write the customer's profile; else print the token " \
	            "once"},                                              \
	    {.name = "endpoint",                                          \
	        .kind = SL_VALUE_TEXT,                                    \
	        .argument = "URL",                                        \
	        .help = "the server: https://HOST[:PORT]"},               \
	    {.name = "ca",                                                \
	        .kind = SL_VALUE_TEXT,                                    \
	        .argument = "FILE",                                       \
	        .help = "the server's CA, for the profile; default the "  \
	                "system's"},                                      \
	{                                                                 \
		.name = "pepper-file", .kind = SL_VALUE_TEXT,             \
		.argument = "FILE", .env = "SLUICE_PEPPER_FILE",          \
		.help = "the secret that tokens are hashed with"          \
	}

/* The secret that sluiced hashes tokens with, too. */
SL_MUST_CHECK enum sl_status ctl_load_pepper(
    struct sl_secret *out, struct sl_run *run, struct sl_error *err);

/* Do the options go together, and can the profile be written? */
SL_MUST_CHECK enum sl_status ctl_check_profile(
    struct sl_run *run, struct sl_error *err);
SL_MUST_CHECK enum sl_status ctl_check_endpoint(
    struct sl_run *run, struct sl_error *err);

/* All but the token and its expiry. */
SL_MUST_CHECK enum sl_status ctl_fill_profile(struct sl_profile *profile,
    struct sl_run *run, struct sl_db *db, struct sl_error *err);

/* Mode 0600, with the expiry of `token`. */
SL_MUST_CHECK enum sl_status ctl_write_profile(struct sl_profile *profile,
    struct sl_run *run, const json_t *token, struct sl_error *err);

#endif /* SLUICECTL_PROFILE_H */
