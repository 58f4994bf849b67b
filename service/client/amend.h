/* An interrupted apply whose staged files someone removed or changed since. */
#ifndef SL_CLIENT_AMEND_H
#define SL_CLIENT_AMEND_H

#include "files.h"
#include "heads.h"
#include "mirror.h"
#include "redo.h"
#include "sluice/base/error.h"

/* Which of `files`, all those that the apply is to put in place, are neither
 * staged as they were signed nor in place already?  Their segments are taken
 * out of it whole: no file of them stays in the tree, the next state does not
 * hold them and is incomplete, so that a pull fetches them again.  A repair
 * just leaves such files as they are.  May be repeated. */
SL_MUST_CHECK enum sl_status sl_amend(struct sl_mirror *mirror,
    const struct sl_heads *heads, struct sl_redo *redo,
    const struct sl_file_list *files, struct sl_error *err);

#endif /* SL_CLIENT_AMEND_H */
