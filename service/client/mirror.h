/* An open mirror: its folder, its lock, its state. */
#ifndef SL_CLIENT_MIRROR_H
#define SL_CLIENT_MIRROR_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "state.h"

struct sl_mirror {
	char *dir;
	char *meta_dir; /* DIR/.sluice */
	int root;       /* descriptor of DIR */
	int meta;       /* of DIR/.sluice */
	int lock;       /* -1 if it is not ours */
	bool has_state;
	bool is_state_lost; /* there are files, and no state that can be read */
	bool made_root;     /* the folder is new, and .sluice */
	bool made_meta;
	struct sl_state state;
};

enum sl_mirror_mode {
	SL_MIRROR_LOOK,   /* read-only, no lock; must exist */
	SL_MIRROR_WRITE,  /* lock; must exist */
	SL_MIRROR_CREATE, /* lock; made if it is not there */
};

/* The owner embeds it; on failure it is closed.  SL_ERR_NOT_FOUND if `dir` is
 * no mirror, SL_ERR_CONFLICT if it is in use, or (create) if it is a folder
 * with other files in it.  A state.json that cannot be read is SL_ERR_INTEGRITY
 * with code state_damaged, unless the mode is create. */
SL_MUST_CHECK enum sl_status sl_mirror_open(struct sl_mirror *mirror,
    const char *dir, enum sl_mirror_mode mode, struct sl_error *err);
void sl_mirror_close(struct sl_mirror *mirror);

/* Instead of close, after a failure: what create made goes again if nothing
 * came into it. */
void sl_mirror_abandon(struct sl_mirror *mirror);

/* Path of a file of .sluice; the caller frees.  NULL when out of memory. */
char *sl_mirror_path(const struct sl_mirror *mirror, const char *name);

/* Make state.json durably this; the mirror's state becomes a copy. */
SL_MUST_CHECK enum sl_status sl_mirror_save_state(struct sl_mirror *mirror,
    const struct sl_state *state, struct sl_error *err);

/* INCOMPLETE: a line for people.  Durable; NULL removes it. */
SL_MUST_CHECK enum sl_status sl_mirror_mark(
    struct sl_mirror *mirror, const char *why, struct sl_error *err);
bool sl_mirror_has(const struct sl_mirror *mirror, const char *name);

/* Replace a file of .sluice durably. */
SL_MUST_CHECK enum sl_status sl_mirror_write(struct sl_mirror *mirror,
    const char *name, struct sl_slice bytes, struct sl_error *err);
/* Read one whole. */
SL_MUST_CHECK enum sl_status sl_mirror_read(const struct sl_mirror *mirror,
    const char *name, struct sl_buf *buf, struct sl_error *err);
/* Remove one durably; nothing there is fine. */
SL_MUST_CHECK enum sl_status sl_mirror_drop(
    struct sl_mirror *mirror, const char *name, struct sl_error *err);

#endif /* SL_CLIENT_MIRROR_H */
