/* redo.json: an apply that has begun (see apply.h). */
#ifndef SL_CLIENT_REDO_H
#define SL_CLIENT_REDO_H

#include <stdbool.h>

#include "files.h"
#include "heads.h"
#include "mirror.h"
#include "state.h"

/* The owner embeds it and calls clear. */
struct sl_redo {
	const char *stage; /* "staging" or "repair" */
	bool is_repair;
	struct sl_state next;
	struct sl_stage_file *files; /* of a repair */
	size_t file_count;
};

void sl_redo_clear(struct sl_redo *redo);
SL_MUST_CHECK enum sl_status sl_redo_name_files(
    struct sl_redo *redo, const struct sl_file_list *files);
/* The named files, found in the heads. */
SL_MUST_CHECK enum sl_status sl_redo_files(const struct sl_redo *redo,
    const struct sl_heads *heads, struct sl_file_list *files,
    struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_redo_write(
    struct sl_mirror *mirror, const struct sl_redo *redo, struct sl_error *err);
/* The newest batch that the tree, or an apply that has begun, is of. */
uint32_t sl_redo_newest(const struct sl_mirror *mirror);
/* SL_ERR_NOT_FOUND if there is none. */
SL_MUST_CHECK enum sl_status sl_redo_read(
    const struct sl_mirror *mirror, struct sl_redo *redo, struct sl_error *err);

#endif /* SL_CLIENT_REDO_H */
