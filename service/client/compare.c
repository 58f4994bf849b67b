#include "sluice/client/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "evidence.h"
#include "inspection.h"
#include "seal.h"
#include "sight.h"
#include "sluice/base/file.h"
#include "standing.h"

#define PORTABLE_FIRST "c2sp.org/tlog-proof@"

/* One of the two. */
struct side {
	const char *name;
	struct sl_sight_note note;
	/* The leaves that are here, of this mirror. */
	struct sl_check *mirror; /* owned, or NULL */
	struct sl_verify_options options;
	struct sl_verify_result ignored;
};

struct comparison {
	struct side sides[2];
	struct side home;     /* the mirror that a file lies in, or --trust */
	struct sl_trust file; /* --trust FILE */
	const struct sl_trust *keys; /* or NULL */
	bool has_proof;
	struct sl_log_proof proof;
};

/* -- reading -- */

static void
side_clear(struct side *side)
{
	if (side->mirror != NULL)
		sl_check_clear(side->mirror);
	free(side->mirror);
	sl_sight_note_clear(&side->note);
}

static bool
is_folder(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* A mirror, checked against its own proof. */
static enum sl_status
open_mirror(struct side *side, const char *dir, struct sl_error *err)
{
	enum sl_status status;

	side->options.dir = dir;
	side->mirror = calloc(1, sizeof(*side->mirror));
	if (side->mirror == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	side->mirror->options = &side->options;
	side->mirror->result = &side->ignored;
	side->mirror->is_brief = true;
	status = sl_check_open(side->mirror, SL_MIRROR_LOOK, err);
	if (status != SL_OK) {
		free(side->mirror);
		side->mirror = NULL;
		return status;
	}
	return sl_check_load_whole(side->mirror, err);
}

static enum sl_status
set_note(struct side *side, struct sl_slice text, struct sl_error *err)
{
	struct sl_log_portable portable;
	size_t first = strlen(PORTABLE_FIRST);
	enum sl_status status = SL_OK;

	if (text.len > first && memcmp(text.data, PORTABLE_FIRST, first) == 0) {
		status = sl_log_portable_parse(&portable, text, err);
		text = portable.note;
	}
	if (status == SL_OK)
		status = sl_sight_note_set(&side->note, text, err);
	return status == SL_OK ? SL_OK
	                       : sl_error_prefix(err, status, "%s", side->name);
}

static enum sl_status
no_checkpoint(const struct side *side, struct sl_error *err)
{
	return sl_error_code(err, SL_ERR_PARTIAL, "cannot_tell",
	    "%s: no checkpoint of the log was seen here", side->name);
}

static enum sl_status
read_side(struct side *side, const char *path, struct sl_error *err)
{
	const struct sl_sight_note *kept;
	enum sl_status status;
	struct sl_buf text;

	side->name = path;
	if (is_folder(path)) {
		status = open_mirror(side, path, err);
		if (status != SL_OK)
			return status;
		kept = &side->mirror->notary.sight.kept;
		return kept->text.len == 0
		    ? no_checkpoint(side, err)
		    : sl_sight_note_set(
		          &side->note, sl_buf_slice(&kept->text), err);
	}
	sl_buf_init(&text, SL_EVIDENCE_BYTES_MAX);
	status = sl_file_read(&text, path, err);
	if (status == SL_OK)
		status = set_note(side, sl_buf_slice(&text), err);
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
not_two_sides(const char *path, const char *what, struct sl_error *err)
{
	return sl_error_code(err, SL_ERR_INVALID, "not_two_sides",
	    "%s is %s, which alone holds both sides (.sluice/log/fork-N): give "
	    "B, the mirror or checkpoint to compare it with",
	    path, what);
}

static enum sl_status
read_fork(struct comparison *comparison, const char *path, struct sl_error *err)
{
	struct sl_evidence evidence;
	enum sl_status status;
	struct sl_buf text;

	if (is_folder(path))
		return not_two_sides(path, "a folder", err);
	sl_buf_init(&text, SL_EVIDENCE_BYTES_MAX);
	status = sl_file_read(&text, path, err);
	if (status != SL_OK)
		sl_error_prefix(err, status, "%s", path);
	else if (sl_evidence_parse(&evidence, sl_buf_slice(&text), err) !=
	    SL_OK)
		status = not_two_sides(path, "no fork file", err);
	for (int i = 0; status == SL_OK && i < 2; i++) {
		comparison->sides[i].name = i == 0 ? "the first" : "the second";
		status =
		    set_note(&comparison->sides[i], evidence.notes[i], err);
	}
	if (status == SL_OK && evidence.has_proof)
		status =
		    sl_log_proof_parse(&comparison->proof, evidence.proof, err);
	comparison->has_proof = status == SL_OK && evidence.has_proof;
	sl_buf_clear(&text);
	return status;
}

/* -- whose keys -- */

/* The mirror in whose .sluice/log the file lies; the caller frees.  NULL if it
 * lies elsewhere. */
static char *
home_of(const char *path)
{
	static const char place[] = "/.sluice/log/";
	char *whole = realpath(path, NULL);
	char *at = whole == NULL ? NULL : strstr(whole, place);

	if (at == NULL || strchr(at + sizeof(place) - 1, '/') != NULL) {
		free(whole);
		return NULL;
	}
	*at = '\0';
	return whole;
}

static enum sl_status
read_trust(
    struct comparison *comparison, const char *path, struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;

	if (is_folder(path)) {
		status = open_mirror(&comparison->home, path, err);
		if (status == SL_OK)
			comparison->keys =
			    &comparison->home.mirror->notary.chain.newest;
		return status;
	}
	sl_buf_init(&text, SL_TRUST_BYTES_MAX);
	status = sl_file_read(&text, path, err);
	if (status == SL_OK)
		status =
		    sl_trust_parse(&comparison->file, sl_buf_slice(&text), err);
	sl_buf_clear(&text);
	if (status == SL_OK)
		comparison->keys = &comparison->file;
	return status == SL_OK ? SL_OK
	                       : sl_error_prefix(err, status, "%s", path);
}

static enum sl_status
find_keys(struct comparison *comparison,
    const struct sl_compare_options *options, struct sl_error *err)
{
	const char *paths[2] = {options->a, options->b};
	enum sl_status status = SL_OK;

	if (options->trust != NULL)
		return read_trust(comparison, options->trust, err);
	for (int i = 0; i < 2 && comparison->keys == NULL; i++) {
		const struct sl_check *mirror = comparison->sides[i].mirror;

		if (mirror != NULL)
			comparison->keys = &mirror->notary.chain.newest;
	}
	for (int i = 0; i < 2 && comparison->keys == NULL; i++) {
		char *home = paths[i] == NULL ? NULL : home_of(paths[i]);

		if (home != NULL)
			status = read_trust(comparison, home, err);
		free(home);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

/* A revoked key's statement was made all the same. */
static enum sl_status
check_signed(const struct comparison *comparison, struct sl_error *err)
{
	for (int i = 0; i < 2; i++) {
		const struct side *side = &comparison->sides[i];
		struct sl_error why = {0};
		struct sl_note note;
		enum sl_status status =
		    sl_note_parse(&note, sl_buf_slice(&side->note.text), &why);

		if (status == SL_OK)
			status = sl_seal_check_line(comparison->keys,
			    &side->note.checkpoint, &note, &why);
		if (status != SL_OK && strcmp(why.code, "revoked_key") != 0)
			return sl_error_code(err, status, why.code, "%s: %s",
			    side->name, why.text);
	}
	return SL_OK;
}

/* -- the question -- */

static enum sl_status
fork(const struct comparison *comparison, const char *why, struct sl_error *err)
{
	char roots[2][SL_SEAL_ROOT_TEXT];
	const struct sl_checkpoint *a = &comparison->sides[0].note.checkpoint;
	const struct sl_checkpoint *b = &comparison->sides[1].note.checkpoint;

	sl_seal_show_root(roots[0], &a->tree.root);
	sl_seal_show_root(roots[1], &b->tree.root);
	return sl_error_code(err, SL_ERR_INTEGRITY, "fork",
	    "two histories of %.80s/%s, epoch %u: %s (size %" PRIu64
	    " root %s; size %" PRIu64 " root %s)%s",
	    a->origin, a->dataset, a->epoch, why, a->tree.size, roots[0],
	    b->tree.size, roots[1],
	    comparison->keys == NULL ? "; signatures were not checked: --trust"
	                             : "; the log signed both");
}

static enum sl_status
check_names(const struct comparison *comparison, struct sl_error *err)
{
	const struct sl_checkpoint *a = &comparison->sides[0].note.checkpoint;
	const struct sl_checkpoint *b = &comparison->sides[1].note.checkpoint;

	if (strcmp(a->origin, b->origin) != 0 ||
	    strcmp(a->dataset, b->dataset) != 0)
		return sl_error_code(err, SL_ERR_INVALID, "different_logs",
		    "A is of %.80s/%s, B of %.80s/%s: two logs have two "
		    "histories; give two views of one dataset",
		    a->origin, a->dataset, b->origin, b->dataset);
	if (a->epoch != b->epoch)
		return sl_error_code(err, SL_ERR_PARTIAL, "cannot_tell",
		    "one is of epoch %u of the log, the other of epoch %u: "
		    "between them counts what root says",
		    a->epoch, b->epoch);
	return SL_OK;
}

/* Do the leaves of a mirror have the roots of both sides, as far as they go?
 * *told says whether they went far enough. */
static enum sl_status
ask_leaves(const struct comparison *comparison, const struct sl_check *mirror,
    bool *told, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	int count = 0;

	for (int i = 0; status == SL_OK && i < 2; i++) {
		const struct side *side = &comparison->sides[i];
		const struct sl_log_tree *tree = &side->note.checkpoint.tree;
		struct sl_log_hash own;

		/* Its own batches were proven to be in its checkpoint. */
		count += side->mirror == mirror;
		if (side->mirror == mirror ||
		    tree->size > sl_sight_proven(&mirror->notary.sight))
			continue;
		status = sl_standing_root(
		    &own, &mirror->heads, (size_t)tree->size, err);
		count++;
		if (status == SL_OK && !sl_log_hash_is(&own, &tree->root))
			return fork(comparison,
			    "the signed batches of the mirror have another "
			    "root",
			    err);
	}
	*told = count == 2;
	return status;
}

/* Two mirrors: batch by batch. */
static enum sl_status
compare_leaves(const struct comparison *comparison, struct sl_error *err)
{
	const struct sl_check *a = comparison->sides[0].mirror;
	const struct sl_check *b = comparison->sides[1].mirror;
	uint32_t count = sl_sight_proven(&a->notary.sight);
	char why[64];

	if (sl_sight_proven(&b->notary.sight) < count)
		count = sl_sight_proven(&b->notary.sight);
	for (uint32_t i = 0; i < count; i++) {
		if (sl_log_hash_is(
		        &a->heads.batches[i].leaf, &b->heads.batches[i].leaf))
			continue;
		snprintf(why, sizeof(why), "batch %u is not the same", i + 1);
		return fork(comparison, why, err);
	}
	return SL_OK;
}

static enum sl_status
ask_mirrors(const struct comparison *comparison, struct sl_error *err)
{
	const struct side *const all[] = {
	    &comparison->sides[0], &comparison->sides[1], &comparison->home};
	enum sl_status status = SL_OK;
	bool told = false;

	if (all[0]->mirror != NULL && all[1]->mirror != NULL)
		status = compare_leaves(comparison, err);
	for (size_t i = 0; status == SL_OK && i < 3; i++) {
		bool this_told = false;

		if (all[i]->mirror != NULL &&
		    strcmp(all[i]->mirror->heads.dataset,
		        all[0]->note.checkpoint.dataset) == 0)
			status = ask_leaves(
			    comparison, all[i]->mirror, &this_told, err);
		told = told || this_told;
	}
	if (status != SL_OK || told)
		return status;
	return sl_error_code(err, SL_ERR_PARTIAL, "cannot_tell",
	    "size %" PRIu64 " and size %" PRIu64
	    ", and %s whether one continues the other; a mirror with the "
	    "batches of both can tell",
	    comparison->sides[0].note.checkpoint.tree.size,
	    comparison->sides[1].note.checkpoint.tree.size,
	    comparison->has_proof
	        ? "what the server gave as proof does not show"
	        : "nothing here says");
}

static enum sl_status
judge(const struct comparison *comparison, struct sl_error *err)
{
	const struct sl_log_tree *a =
	    &comparison->sides[0].note.checkpoint.tree;
	const struct sl_log_tree *b =
	    &comparison->sides[1].note.checkpoint.tree;
	const struct sl_log_tree *old = a->size <= b->size ? a : b;
	enum sl_status status = check_names(comparison, err);

	if (status != SL_OK)
		return status;
	if (a->size == b->size)
		return sl_log_hash_is(&a->root, &b->root)
		    ? SL_OK
		    : fork(comparison, "two roots for one size", err);
	if (comparison->has_proof &&
	    sl_log_verify_consistency(
	        old, old == a ? b : a, &comparison->proof) == SL_OK)
		return SL_OK;
	/* The proof is not signed: one that fails says nothing of the log. */
	return ask_mirrors(comparison, err);
}

enum sl_status
sl_compare(const struct sl_compare_options *options,
    struct sl_compare_result *result, struct sl_error *err)
{
	struct comparison comparison = {0};
	enum sl_status status = SL_OK;

	memset(result, 0, sizeof(*result));
	sl_trust_init(&comparison.file);
	if (options->b == NULL)
		status = read_fork(&comparison, options->a, err);
	else
		status = read_side(&comparison.sides[0], options->a, err);
	if (status == SL_OK && options->b != NULL)
		status = read_side(&comparison.sides[1], options->b, err);
	if (status == SL_OK)
		status = find_keys(&comparison, options, err);
	if (status == SL_OK) {
		result->has_sides = true;
		for (int i = 0; i < 2; i++)
			result->sides[i] = comparison.sides[i].note.checkpoint;
	}
	if (status == SL_OK && comparison.keys != NULL) {
		status = check_signed(&comparison, err);
		result->is_signed = status == SL_OK;
	}
	if (status == SL_OK)
		status = judge(&comparison, err);
	for (int i = 0; i < 2; i++)
		side_clear(&comparison.sides[i]);
	side_clear(&comparison.home);
	sl_trust_clear(&comparison.file);
	return status;
}
