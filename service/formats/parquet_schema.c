#include "sluice/formats/parquet_schema.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/array.h"

#include "parquet_format.h"

/* A walk over the tree, depth first. */
struct walk {
	struct sl_parquet_schema *schema;
	uint32_t at;
	uint32_t top;
	unsigned depth;
	unsigned rep;
	unsigned def;
	struct sl_error *err;
};

static enum sl_status
add_leaf(struct walk *walk, uint32_t node)
{
	struct sl_parquet_schema *schema = walk->schema;
	struct sl_parquet_leaf *leaves =
	    sl_array_room(schema->leaves, schema->leaf_count, sizeof(*leaves));

	if (leaves == NULL)
		return SL_ERR_NOMEM;
	schema->leaves = leaves;
	leaves[schema->leaf_count++] = (struct sl_parquet_leaf){.node = node,
	    .top = walk->top,
	    .max_rep = walk->rep,
	    .max_def = walk->def};
	return SL_OK;
}

static enum sl_status
walk_node(struct walk *walk)
{
	const struct sl_parquet_schema *schema = walk->schema;
	const struct sl_parquet_node *node;
	struct walk before = *walk;
	enum sl_status status = SL_OK;

	if (walk->at >= schema->node_count ||
	    walk->depth > SL_PARQUET_DEPTH_MAX)
		return sl_error_set(walk->err, SL_ERR_INVALID,
		    "parquet: the schema is no tree");
	node = &schema->nodes[walk->at];
	if (walk->depth == 1)
		walk->top = walk->at;
	if (walk->depth > 0) {
		walk->rep += node->repetition == SL_PARQUET_REPEATED;
		walk->def += node->repetition != SL_PARQUET_REQUIRED;
	}
	if (!node->is_group) {
		status = add_leaf(walk, walk->at++);
	} else {
		walk->at++;
		walk->depth++;
		for (uint32_t i = 0; status == SL_OK && i < node->child_count;
		     i++)
			status = walk_node(walk);
	}
	walk->depth = before.depth;
	walk->rep = before.rep;
	walk->def = before.def;
	return status;
}

enum sl_status
parquet_schema_seal(struct sl_parquet_schema *schema, struct sl_error *err)
{
	struct walk walk = {.schema = schema, .err = err};
	enum sl_status status;

	schema->leaf_count = 0;
	if (schema->node_count == 0 || !schema->nodes[0].is_group)
		return sl_error_set(
		    err, SL_ERR_INVALID, "parquet: the schema has no root");
	status = walk_node(&walk);
	if (status == SL_OK && walk.at != schema->node_count)
		return sl_error_set(
		    err, SL_ERR_INVALID, "parquet: the schema is no tree");
	return status;
}

enum sl_status
parquet_schema_add_node(struct sl_parquet_schema *schema,
    const struct sl_parquet_node *node, struct sl_slice name)
{
	struct sl_parquet_node *nodes;
	char *copy;

	if (schema->node_count >= SL_PARQUET_NODES_MAX)
		return SL_ERR_LIMIT;
	nodes =
	    sl_array_room(schema->nodes, schema->node_count, sizeof(*nodes));
	if (nodes == NULL)
		return SL_ERR_NOMEM;
	schema->nodes = nodes;
	copy = name.data == NULL ? strdup("")
	                         : strndup((const char *)name.data, name.len);
	if (copy == NULL)
		return SL_ERR_NOMEM;
	nodes[schema->node_count] = *node;
	nodes[schema->node_count++].name = copy;
	return SL_OK;
}

enum sl_status
sl_parquet_find(size_t *leaf, const struct sl_parquet_schema *schema,
    const char *name, struct sl_error *err)
{
	size_t found = 0;

	for (size_t i = 0; i < schema->leaf_count; i++) {
		uint32_t top = schema->leaves[i].top;

		if (strcmp(schema->nodes[top].name, name) != 0)
			continue;
		*leaf = i;
		found++;
	}
	if (found == 0)
		return sl_error_set(
		    err, SL_ERR_NOT_FOUND, "no column \"%.80s\"", name);
	if (found > 1)
		return sl_error_set(err, SL_ERR_INVALID,
		    "column \"%.80s\" is more than one value", name);
	return SL_OK;
}

enum sl_status
sl_parquet_schema_init(struct sl_parquet_schema *schema)
{
	struct sl_parquet_node root = {
	    .is_group = true, .converted = SL_PARQUET_PLAIN};

	*schema = (struct sl_parquet_schema){0};
	return parquet_schema_add_node(schema, &root, sl_slice_text("schema"));
}

enum sl_status
sl_parquet_schema_add(struct sl_parquet_schema *schema, const char *name,
    enum sl_parquet_type type, int32_t converted, unsigned lists)
{
	struct sl_parquet_node list = {.repetition = SL_PARQUET_OPTIONAL,
	    .is_group = true,
	    .converted = SL_PARQUET_LIST,
	    .child_count = 1};
	struct sl_parquet_node repeated = {.repetition = SL_PARQUET_REPEATED,
	    .is_group = true,
	    .converted = SL_PARQUET_PLAIN,
	    .child_count = 1};
	struct sl_parquet_node leaf = {.repetition = SL_PARQUET_OPTIONAL,
	    .type = type,
	    .converted = converted};
	const char *called = name;
	enum sl_status status = SL_OK;

	for (unsigned i = 0; status == SL_OK && i < lists; i++) {
		status = parquet_schema_add_node(
		    schema, &list, sl_slice_text(called));
		if (status == SL_OK)
			status = parquet_schema_add_node(
			    schema, &repeated, sl_slice_text("list"));
		called = "element";
	}
	if (status == SL_OK)
		status = parquet_schema_add_node(
		    schema, &leaf, sl_slice_text(called));
	if (status != SL_OK)
		return status;
	schema->nodes[0].child_count++;
	return parquet_schema_seal(schema, NULL);
}

/* Nodes of the tree that begins at `top`. */
static uint32_t
count_below(const struct sl_parquet_schema *schema, uint32_t top)
{
	uint32_t open = 1;
	uint32_t at = top;

	while (open > 0 && at < schema->node_count) {
		open += schema->nodes[at].child_count;
		open--;
		at++;
	}
	return at - top;
}

enum sl_status
sl_parquet_schema_copy(struct sl_parquet_schema *schema,
    const struct sl_parquet_schema *from, uint32_t top)
{
	uint32_t count = count_below(from, top);

	for (uint32_t i = top; i < top + count; i++) {
		enum sl_status status = parquet_schema_add_node(schema,
		    &from->nodes[i], sl_slice_text(from->nodes[i].name));

		if (status != SL_OK)
			return status;
	}
	schema->nodes[0].child_count++;
	return parquet_schema_seal(schema, NULL);
}

void
sl_parquet_schema_clear(struct sl_parquet_schema *schema)
{
	for (size_t i = 0; i < schema->node_count; i++)
		free(schema->nodes[i].name);
	free(schema->nodes);
	free(schema->leaves);
	*schema = (struct sl_parquet_schema){0};
}
