/* What a client pays for the log: proofs checked against a tree of a million
 * batches.  See README.md. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/catalog/tile.h"

#define LEAVES       UINT64_C(1000000)
#define ROUNDS       2000
#define BUILDS       500
#define LEVELS       20 /* of perfect subtrees below 2^20 leaves */
#define MANIFEST_LEN 600

/* All perfect subtrees of the leaves. */
struct forest {
	struct sl_log_hash *levels[LEVELS];
	struct sl_log_range range;
	struct sl_log_tree tree;
};

static void
need(enum sl_status status)
{
	if (status == SL_OK)
		return;
	fprintf(stderr, "bench_log: %s\n", sl_status_text(status));
	exit(1);
}

/* A manifest's length, and different for each batch. */
static struct sl_log_hash
leaf_of(uint64_t index)
{
	char manifest[MANIFEST_LEN] = {0};
	struct sl_log_hash leaf;

	snprintf(manifest, sizeof(manifest), "%" PRIu64, index);
	need(sl_log_hash_leaf(&leaf, sl_slice_of(manifest, sizeof(manifest))));
	return leaf;
}

static void
plant(struct forest *forest)
{
	for (unsigned level = 0; level < LEVELS; level++) {
		uint64_t count = LEAVES >> level;

		forest->levels[level] = calloc(count, sizeof(**forest->levels));
		if (forest->levels[level] == NULL)
			need(SL_ERR_NOMEM);
		for (uint64_t i = 0; i < count; i++) {
			struct sl_log_hash *out = &forest->levels[level][i];

			if (level == 0)
				*out = leaf_of(i);
			else
				need(sl_log_hash_node(out,
				    &forest->levels[level - 1][2 * i],
				    &forest->levels[level - 1][2 * i + 1]));
		}
	}
}

static void
grow(struct forest *forest)
{
	sl_log_range_init(&forest->range);
	for (uint64_t i = 0; i < LEAVES; i++)
		need(
		    sl_log_range_append(&forest->range, &forest->levels[0][i]));
	forest->tree.size = LEAVES;
	need(sl_log_range_root(&forest->tree.root, &forest->range));
}

static enum sl_status
read_node(void *ctx, struct sl_log_hash *out, unsigned level, uint64_t index,
    struct sl_error *err)
{
	const struct forest *forest = ctx;

	(void)err;
	*out = forest->levels[level][index];
	return SL_OK;
}

static void
show(const char *name, int64_t begin_ms, unsigned count, const char *unit)
{
	double ms = (double)(sl_clock_monotonic_ms() - begin_ms) / count;

	printf("%s %.3f %s\n", name, unit[0] == 'u' ? ms * 1000 : ms, unit);
}

/* A batch more: from LEAVES - 1 to LEAVES, and the newest is in it. */
static void
check_proofs(const struct forest *forest, const struct sl_log_reader *reader)
{
	struct sl_log_tree before = {.size = LEAVES - 1};
	struct sl_log_proof consistency, inclusion;
	struct sl_log_range range;
	int64_t begin_ms;

	need(sl_log_read_range(&range, before.size, reader, NULL));
	need(sl_log_range_root(&before.root, &range));
	need(sl_log_prove_consistency(
	    &consistency, before.size, LEAVES, reader, NULL));
	need(sl_log_prove_inclusion(
	    &inclusion, LEAVES - 1, LEAVES, reader, NULL));
	begin_ms = sl_clock_monotonic_ms();
	for (int i = 0; i < ROUNDS; i++) {
		need(sl_log_verify_consistency(
		    &before, &forest->tree, &consistency));
		need(sl_log_verify_prefix(&forest->range,
		    &forest->levels[0][LEAVES - 1], &forest->tree, &inclusion));
	}
	show("log_proof_check", begin_ms, ROUNDS, "us");
	printf("log_proof_bytes %zu bytes\n",
	    (consistency.count + inclusion.count) * 45 + 16);
}

/* Any batch of the million, as a third party does. */
static void
check_any(const struct forest *forest, const struct sl_log_reader *reader)
{
	static struct sl_log_proof proofs[ROUNDS];
	const uint64_t step = LEAVES / ROUNDS;
	int64_t begin_ms;

	for (uint64_t i = 0; i < ROUNDS; i++)
		need(sl_log_prove_inclusion(
		    &proofs[i], i * step, LEAVES, reader, NULL));
	begin_ms = sl_clock_monotonic_ms();
	for (uint64_t i = 0; i < ROUNDS; i++)
		need(sl_log_verify_inclusion(&forest->levels[0][i * step],
		    i * step, LEAVES, &proofs[i], &forest->tree.root));
	show("log_inclusion_check", begin_ms, ROUNDS, "us");
}

/* A tile as the server reads it, but from memory. */
static enum sl_status
read_tile(void *ctx, const struct sl_tile *tile,
    unsigned char out[SL_TILE_BYTES_MAX], struct sl_error *err)
{
	const struct forest *forest = ctx;

	(void)err;
	memcpy(out,
	    &forest->levels[8 * tile->level][tile->index * SL_TILE_WIDTH],
	    (size_t)tile->width * SL_LOG_HASH_BYTES);
	return SL_OK;
}

/* What a head takes: both proofs to somebody who knows some size, each time
 * from tiles that were not read before. */
static void
build(struct forest *forest)
{
	struct sl_tile_source *source = calloc(1, sizeof(*source));
	struct sl_log_proof consistency, inclusion;
	int64_t begin_ms = sl_clock_monotonic_ms();

	need(source == NULL ? SL_ERR_NOMEM : SL_OK);
	for (uint64_t i = 0; i < BUILDS; i++) {
		struct sl_log_reader reader;

		sl_tile_source_init(source, LEAVES, read_tile, forest);
		reader = sl_tile_source_reader(source);
		need(sl_log_prove_consistency(&consistency,
		    1 + i * (LEAVES / BUILDS), LEAVES, &reader, NULL));
		need(sl_log_prove_inclusion(
		    &inclusion, LEAVES - 1 - i, LEAVES, &reader, NULL));
	}
	show("log_proof_build", begin_ms, BUILDS, "us");
	free(source);
}

int
main(void)
{
	struct forest forest = {0};
	const struct sl_log_reader reader = {read_node, &forest};
	int64_t begin_ms;

	plant(&forest);
	begin_ms = sl_clock_monotonic_ms();
	grow(&forest);
	show("log_replay", begin_ms, 1, "ms");
	check_proofs(&forest, &reader);
	check_any(&forest, &reader);
	build(&forest);
	for (unsigned level = 0; level < LEVELS; level++)
		free(forest.levels[level]);
	return 0;
}
