/* Publishing in two steps, with the signature made on another machine. */
#ifndef SL_SLUICE_PUBLISH_OFFLINE_H
#define SL_SLUICE_PUBLISH_OFFLINE_H

#include "sluice/publish/publish.h"

struct sl_run;

/* What the command line says of it; zeros for a key that is here. */
struct offline {
	bool is_asked;         /* --offline: stop with a request */
	const char *request;   /* --out: where the request goes, or NULL */
	const char *signature; /* --signature: its file, or NULL */
};

/* Write the manifest that is to be signed, and say what comes next. */
SL_MUST_CHECK enum sl_status offline_ask(struct sl_run *run,
    const struct offline *offline, const struct sl_buf *manifest,
    struct sl_error *err);

/* Seal what waits with --signature. */
SL_MUST_CHECK enum sl_status offline_take(struct sl_run *run,
    const struct offline *offline, const struct sl_publish_options *options,
    struct sl_error *err);

#endif /* SL_SLUICE_PUBLISH_OFFLINE_H */
