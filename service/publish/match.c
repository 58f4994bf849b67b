#include "match.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/crypto/sha256.h"

#include "withdrawn.h"

/* A layer of a known episode, by its content whatever the paths. */
struct trace {
	unsigned char hash[32];
	uint64_t bytes;
	struct known_episode *episode;
};

struct traces {
	struct trace *items; /* by hash */
	size_t count;
};

bool
match_is_in_scope(
    const struct sl_draft *draft, const struct known_episode *episode)
{
	size_t into_len = strlen(draft->into);

	if (episode->number == 0 || strcmp(episode->site, draft->site) != 0)
		return false;
	if (into_len == 0)
		return strchr(episode->key, '/') == NULL;
	return strncmp(episode->key, draft->into, into_len) == 0 &&
	    episode->key[into_len] == '/' &&
	    strchr(episode->key + into_len + 1, '/') == NULL;
}

/* ---- candidates ---- */

/* Content that was retracted stays away, under whatever key; a new recording
 * under the key of a retracted episode is welcome. */
static void
add_candidate(struct matches *matches, const struct known *known,
    const struct withdrawn *withdrawn, const struct sl_publish_draft *draft,
    const struct sl_draft_episode *episode)
{
	struct known_episode *found =
	    known_find(known, draft->draft->site, episode->key);
	bool same = found != NULL &&
	    memcmp(found->digest, episode->digest, sizeof(found->digest)) == 0;

	if (same && !found->retracted) {
		found->claimed = true;
		matches->same_count++;
		return;
	}
	if (same || withdrawn_has_file_of(withdrawn, episode)) {
		matches->withdrawn_count++;
		return;
	}
	matches->candidates[matches->count++] =
	    (struct candidate){.draft = draft,
	        .episode = episode,
	        .known = found != NULL && !found->retracted ? found : NULL};
}

static enum sl_status
check_drafts(
    const struct sl_publish_draft *drafts, size_t count, struct sl_error *err)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t n = 0; n < i; n++) {
			const struct sl_draft *a = drafts[i].draft;
			const struct sl_draft *b = drafts[n].draft;

			if (strcmp(a->site, b->site) == 0 &&
			    strcmp(a->into, b->into) == 0)
				return sl_error_set(err, SL_ERR_INVALID,
				    "two drafts of site %s%s%s: give the "
				    "newest one only",
				    a->site, a->into[0] == '\0' ? "" : " in ",
				    a->into);
		}
	}
	return SL_OK;
}

/* ---- moved episodes ---- */

static enum sl_status
hash_layer(unsigned char out[32], const char *layer,
    unsigned char (*hashes)[32], size_t count)
{
	struct sl_sha256 hash;
	enum sl_status status;

	status = sl_sha256_init(&hash);
	if (status != SL_OK)
		return status;
	sl_sha256_update(&hash, layer, strlen(layer) + 1);
	sl_sha256_update(&hash, hashes, count * sizeof(*hashes));
	return sl_sha256_final(&hash, out);
}

static int
compare_hashes(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static enum sl_status
trace_known_layer(struct trace *out, struct known *known,
    const struct known_layer *layer, struct sl_error *err)
{
	const struct sl_index_file *files = NULL;
	unsigned char(*hashes)[32];
	size_t count = 0;
	enum sl_status status;

	status = known_files(&files, &count, known, layer, err);
	if (status != SL_OK)
		return status;
	hashes = calloc(count + 1, sizeof(*hashes));
	if (hashes == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		memcpy(hashes[i], files[i].sha256, 32);
		out->bytes += files[i].bytes;
	}
	qsort(hashes, count, sizeof(*hashes), compare_hashes);
	status = hash_layer(out->hash, layer->name, hashes, count);
	free(hashes);
	return status;
}

static int
compare_traces(const void *a, const void *b)
{
	const struct trace *x = a;
	const struct trace *y = b;

	return memcmp(x->hash, y->hash, sizeof(x->hash));
}

static bool
is_in_any_scope(const struct known_episode *episode,
    const struct sl_publish_draft *drafts, size_t draft_count)
{
	for (size_t i = 0; i < draft_count; i++) {
		if (match_is_in_scope(drafts[i].draft, episode))
			return true;
	}
	return false;
}

/* The layers of all known episodes that are not found unchanged. */
static enum sl_status
trace_known(struct traces *out, struct known *known,
    const struct sl_publish_draft *drafts, size_t draft_count,
    struct sl_error *err)
{
	size_t room = 0;

	*out = (struct traces){0};
	for (size_t i = 0; i < known->episode_count; i++)
		room += known->episodes[i].layer_count;
	out->items = calloc(room + 1, sizeof(*out->items));
	if (out->items == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < known->episode_count; i++) {
		struct known_episode *episode = &known->episodes[i];

		if (episode->retracted || episode->claimed ||
		    !is_in_any_scope(episode, drafts, draft_count))
			continue;
		for (size_t n = 0; n < episode->layer_count; n++) {
			struct trace *trace = &out->items[out->count++];
			enum sl_status status;

			trace->episode = episode;
			status = trace_known_layer(
			    trace, known, &episode->layers[n], err);
			if (status != SL_OK)
				return status;
		}
	}
	qsort(out->items, out->count, sizeof(*out->items), compare_traces);
	return SL_OK;
}

/* The one trace with this hash; NULL if there is none or it is ambiguous, as
 * shared calibrations are. */
static const struct trace *
find_trace(const struct traces *traces, const unsigned char hash[32])
{
	struct trace wanted;
	const struct trace *found;
	const struct trace *end = traces->items + traces->count;

	if (traces->count == 0)
		return NULL;
	memcpy(wanted.hash, hash, sizeof(wanted.hash));
	found = bsearch(&wanted, traces->items, traces->count, sizeof(wanted),
	    compare_traces);
	if (found == NULL || found->bytes == 0 ||
	    (found > traces->items && compare_traces(found - 1, found) == 0) ||
	    (found + 1 < end && compare_traces(found, found + 1) == 0))
		return NULL;
	return found;
}

struct best {
	struct known_episode *episode;
	uint64_t bytes; /* of the largest layer that is shared */
	bool own;       /* a layer is shared with the one of the same key */
};

static enum sl_status
weigh_layer(struct best *best, const struct candidate *candidate,
    const struct traces *traces, size_t first, size_t count)
{
	const struct sl_draft_file *files = candidate->episode->files + first;
	unsigned char(*hashes)[32] = calloc(count, sizeof(*hashes));
	unsigned char hash[32];
	const struct trace *trace;
	enum sl_status status;

	if (hashes == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		memcpy(hashes[i], files[i].sha256, 32);
	qsort(hashes, count, sizeof(*hashes), compare_hashes);
	status = hash_layer(hash, files[0].layer, hashes, count);
	free(hashes);
	if (status != SL_OK)
		return status;
	trace = find_trace(traces, hash);
	if (trace == NULL || trace->episode->claimed ||
	    strcmp(trace->episode->site, candidate->draft->draft->site) != 0)
		return SL_OK;
	if (trace->episode == candidate->known)
		best->own = true;
	if (trace->bytes > best->bytes) {
		best->bytes = trace->bytes;
		best->episode = trace->episode;
	}
	return SL_OK;
}

static enum sl_status
find_moved(struct candidate *candidate, const struct traces *traces)
{
	const struct sl_draft_episode *episode = candidate->episode;
	struct best best = {0};
	size_t first = 0;

	assert(episode != NULL);
	while (first < episode->file_count) {
		size_t end = first + 1;
		enum sl_status status;

		while (end < episode->file_count &&
		    strcmp(episode->files[end].layer,
		        episode->files[first].layer) == 0)
			end++;
		status =
		    weigh_layer(&best, candidate, traces, first, end - first);
		if (status != SL_OK)
			return status;
		first = end;
	}
	if (best.episode != NULL && best.episode != candidate->known &&
	    !best.own) {
		candidate->known = best.episode;
		candidate->moved = true;
		best.episode->claimed = true;
	}
	return SL_OK;
}

/* Moves first: who keeps its key takes what is left. */
static enum sl_status
settle(struct matches *matches, const struct traces *traces)
{
	for (size_t i = 0; i < matches->count; i++) {
		enum sl_status status =
		    find_moved(&matches->candidates[i], traces);

		if (status != SL_OK)
			return status;
	}
	for (size_t i = 0; i < matches->count; i++) {
		struct candidate *candidate = &matches->candidates[i];

		if (candidate->known == NULL || candidate->moved)
			continue;
		if (candidate->known->claimed)
			candidate->known = NULL; /* it lives elsewhere now */
		else
			candidate->known->claimed = true;
	}
	return SL_OK;
}

/* Episodes that ingest left out are still there, only not usable now. */
static void
claim_left_out(struct known *known, const struct sl_draft *draft)
{
	for (size_t i = 0; i < draft->left_out_count; i++) {
		struct known_episode *found =
		    known_find(known, draft->site, draft->left_out[i].key);

		if (found != NULL)
			found->claimed = true;
	}
}

enum sl_status
matches_make(struct matches *out, struct known *known,
    const struct sl_publish_draft *drafts, size_t draft_count,
    struct sl_error *err)
{
	struct withdrawn withdrawn = {0};
	struct traces traces = {0};
	size_t room = 0;
	enum sl_status status;

	*out = (struct matches){0};
	status = check_drafts(drafts, draft_count, err);
	if (status != SL_OK)
		return status;
	for (size_t i = 0; i < draft_count; i++)
		room += drafts[i].draft->episode_count;
	out->candidates = calloc(room + 1, sizeof(*out->candidates));
	if (out->candidates == NULL)
		return SL_ERR_NOMEM;
	status = withdrawn_load(&withdrawn, known, err);
	for (size_t i = 0; status == SL_OK && i < draft_count; i++) {
		const struct sl_draft *draft = drafts[i].draft;

		claim_left_out(known, draft);
		for (size_t n = 0; n < draft->episode_count; n++)
			add_candidate(out, known, &withdrawn, &drafts[i],
			    &draft->episodes[n]);
	}
	if (status == SL_OK && out->count > 0)
		status = trace_known(&traces, known, drafts, draft_count, err);
	if (status == SL_OK)
		status = settle(out, &traces);
	free(traces.items);
	withdrawn_clear(&withdrawn);
	return status;
}

void
matches_clear(struct matches *matches)
{
	free(matches->candidates);
	*matches = (struct matches){0};
}
