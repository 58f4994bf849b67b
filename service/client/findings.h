/* Comparing a tree with what it must be: the work behind verify and repair. */
#ifndef SL_CLIENT_FINDINGS_H
#define SL_CLIENT_FINDINGS_H

#include "files.h"
#include "heads.h"
#include "mirror.h"
#include "sluice/client/verify.h"

struct sl_finding {
	enum sl_damage damage;
	char *path;  /* owned */
	size_t file; /* place in the list; not for extra ones */
};

/* The owner embeds it and calls clear. */
struct sl_findings {
	struct sl_finding *items; /* by path */
	size_t count;
	size_t capacity;
};

/* `files` are those that the tree must have. */
SL_MUST_CHECK enum sl_status sl_findings_make(struct sl_findings *findings,
    const struct sl_mirror *mirror, const struct sl_heads *heads,
    const struct sl_file_list *files, const struct sl_verify_options *options,
    struct sl_error *err);
void sl_findings_clear(struct sl_findings *findings);

#endif /* SL_CLIENT_FINDINGS_H */
