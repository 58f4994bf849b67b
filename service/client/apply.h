/* Makes the tree what the next state says: seal, redo journal, remove, rename,
 * fsync, sums, state last.
 *
 * redo.json: {"version":1,"stage":"staging","state":{…},"files":[[seq,ordinal,
 * file],…]|null}.  Files that are named are put in place again (a repair);
 * otherwise what to do is the difference between state.json and "state".
 * Everything after redo.json is idempotent, so a crash anywhere is mended by
 * sl_apply_finish() with the next command. */
#ifndef SL_CLIENT_APPLY_H
#define SL_CLIENT_APPLY_H

#include "files.h"
#include "heads.h"
#include "mirror.h"
#include "sluice/base/error.h"
#include "stage.h"

/* For tests: called before each step that a crash may follow. */
extern void (*sl_apply_step)(void);

/* The staged files of `next` that the tree has not are all there; make it so.
 * SL_ERR_INTEGRITY, and nothing was touched, if something foreign is in the
 * way. */
SL_MUST_CHECK enum sl_status sl_apply(struct sl_mirror *mirror,
    const struct sl_heads *heads, struct sl_stage *stage,
    const struct sl_state *next, struct sl_error *err);

/* Put these files in place again from the folder "repair". */
SL_MUST_CHECK enum sl_status sl_apply_repair(struct sl_mirror *mirror,
    const struct sl_heads *heads, const struct sl_file_list *files,
    struct sl_error *err);

/* Complete an apply that was interrupted; nothing to do is fine.  *was_pending
 * (NULL is allowed) says whether there was one. */
SL_MUST_CHECK enum sl_status sl_apply_finish(struct sl_mirror *mirror,
    const struct sl_heads *heads, bool *was_pending, struct sl_error *err);

#endif /* SL_CLIENT_APPLY_H */
