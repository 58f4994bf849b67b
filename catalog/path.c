#include "sluice/catalog/path.h"

#include <stdlib.h>
#include <string.h>

#include "letter.h"

/* Room for a path in an error, every odd byte as \xNN. */
#define SHOWN_MAX 200

static void
show(char out[SHOWN_MAX], struct sl_slice path)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = 0;

	for (size_t i = 0; i < path.len && len + 8 < SHOWN_MAX; i++) {
		unsigned char c = path.data[i];

		if (c >= 0x20 && c < 0x7f && c != '\\') {
			out[len++] = (char)c;
			continue;
		}
		out[len++] = '\\';
		out[len++] = 'x';
		out[len++] = digits[c >> 4];
		out[len++] = digits[c & 15];
	}
	out[len] = '\0';
}

static enum sl_status
refuse(struct sl_slice path, const char *why, struct sl_error *err)
{
	char shown[SHOWN_MAX];

	show(shown, path);
	return sl_error_code(
	    err, SL_ERR_INVALID, "path_invalid", "path \"%s\" %s", shown, why);
}

/* Both are UTF-8. */
static bool
fold_is_equal(struct sl_slice a, struct sl_slice b)
{
	size_t i = 0;
	size_t j = 0;

	if (sl_slice_is(a, b))
		return true;
	while (i < a.len && j < b.len) {
		uint32_t left = 0;
		uint32_t right = 0;

		i += sl_letter_decode(&left, a.data + i, a.len - i);
		j += sl_letter_decode(&right, b.data + j, b.len - j);
		if (sl_letter_fold(left) != sl_letter_fold(right))
			return false;
	}
	return i == a.len && j == b.len;
}

/* NULL, or what is wrong with one component of proper UTF-8. */
static const char *
component_fault(struct sl_slice text)
{
	if (text.len == 0)
		return "has an empty component";
	if (sl_slice_is_text(text, ".") || sl_slice_is_text(text, ".."))
		return "has a . or .. component";
	if (fold_is_equal(text, sl_slice_text(".sluice")))
		return "has a .sluice component";
	return NULL;
}

/* NULL, or what is wrong with the characters. */
static const char *
letters_fault(struct sl_slice path)
{
	size_t i = 0;

	while (i < path.len) {
		uint32_t letter = 0;
		size_t len =
		    sl_letter_decode(&letter, path.data + i, path.len - i);

		if (len == 0)
			return "is not UTF-8";
		if (letter == '\\' || letter < 0x20 || letter == 0x7f)
			return "has a backslash or control character";
		if (letter > 0x7f && !sl_letter_is_plain(letter))
			return "has a character that may not be in NFC";
		i += len;
	}
	return NULL;
}

enum sl_status
sl_path_judge(struct sl_slice path, struct sl_error *err)
{
	const char *fault;
	size_t start = 0;

	if (path.len == 0)
		return refuse(path, "is empty", err);
	if (path.len > SL_PATH_MAX)
		return refuse(path, "is longer than 240 bytes", err);
	if (path.data[0] == '/')
		return refuse(path, "is not relative", err);
	fault = letters_fault(path);
	for (size_t i = 0; fault == NULL && i <= path.len; i++) {
		if (i < path.len && path.data[i] != '/')
			continue;
		fault =
		    component_fault(sl_slice_of(path.data + start, i - start));
		start = i + 1;
	}
	return fault == NULL ? SL_OK : refuse(path, fault, err);
}

/* A file, or a folder above one.  Nodes are found by their folded path. */
struct node {
	struct node *next; /* of the same bucket */
	uint32_t hash;
	uint32_t value; /* of a file: owner; of a folder: how many below */
	uint16_t len;
	bool is_folder;
	char path[];
};

struct sl_path_set {
	struct node **buckets;
	size_t bucket_count; /* a power of two */
	size_t node_count;
};

/* FNV-1a over the folded characters, then mixed.  Collisions cost time only,
 * and the limits of an index bound that. */
static uint32_t
fold_hash(struct sl_slice path)
{
	uint32_t hash = 2166136261U;
	size_t i = 0;

	while (i < path.len) {
		uint32_t letter = path.data[i];

		i += letter < 0x80
		    ? 1
		    : sl_letter_decode(&letter, path.data + i, path.len - i);
		hash = (hash ^ sl_letter_fold(letter)) * 16777619U;
	}
	hash ^= hash >> 15;
	hash *= 0x2c1b3c6dU;
	return hash ^ hash >> 12;
}

static struct sl_slice
node_path(const struct node *node)
{
	return sl_slice_of(node->path, node->len);
}

/* The link to the node with the same folded path, or to where it would go. */
static struct node **
locate(const struct sl_path_set *set, struct sl_slice path, uint32_t hash)
{
	struct node **link = &set->buckets[hash & (set->bucket_count - 1)];

	while (*link != NULL &&
	    ((*link)->hash != hash || !fold_is_equal(node_path(*link), path)))
		link = &(*link)->next;
	return link;
}

enum sl_status
sl_path_set_new(struct sl_path_set **out)
{
	struct sl_path_set *set;

	*out = NULL;
	set = calloc(1, sizeof(*set));
	if (set == NULL)
		return SL_ERR_NOMEM;
	set->bucket_count = 256;
	set->buckets = calloc(set->bucket_count, sizeof(*set->buckets));
	if (set->buckets == NULL) {
		free(set);
		return SL_ERR_NOMEM;
	}
	*out = set;
	return SL_OK;
}

static enum sl_status
grow(struct sl_path_set *set)
{
	size_t count = set->bucket_count * 2;
	struct node **buckets;

	if (set->node_count < set->bucket_count)
		return SL_OK;
	buckets = calloc(count, sizeof(*buckets));
	if (buckets == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < set->bucket_count; i++) {
		struct node *node = set->buckets[i];

		while (node != NULL) {
			struct node *next = node->next;
			struct node **link = &buckets[node->hash & (count - 1)];

			node->next = *link;
			*link = node;
			node = next;
		}
	}
	free(set->buckets);
	set->buckets = buckets;
	set->bucket_count = count;
	return SL_OK;
}

static enum sl_status
clash(const struct node *node, struct sl_slice path, const char *why,
    struct sl_error *err)
{
	char shown[SHOWN_MAX];
	char other[SHOWN_MAX];

	show(shown, path);
	show(other, node_path(node));
	return sl_error_code(err, SL_ERR_CONFLICT, "path_conflict",
	    "path \"%s\" %s \"%s\"", shown, why, other);
}

/* May `path` be added, as a file or as a folder above one? */
static enum sl_status
check_node(const struct sl_path_set *set, struct sl_slice path,
    struct sl_slice whole, struct sl_error *err)
{
	const struct node *node = *locate(set, path, fold_hash(path));

	if (node == NULL)
		return SL_OK;
	if (!sl_slice_is(node_path(node), path))
		return clash(node, whole, "differs only in case from", err);
	if (path.len < whole.len && node->is_folder)
		return SL_OK;
	if (path.len < whole.len)
		return clash(node, whole, "is below the file", err);
	return clash(node, whole,
	    node->is_folder ? "is also the folder" : "is there twice:", err);
}

/* The node, made if it is not there; folders count one more below. */
static enum sl_status
put_node(struct sl_path_set *set, struct sl_slice path, bool is_folder,
    uint32_t owner)
{
	uint32_t hash = fold_hash(path);
	struct node **link = locate(set, path, hash);
	struct node *node = *link;

	if (node == NULL) {
		node = malloc(sizeof(*node) + path.len);
		if (node == NULL)
			return SL_ERR_NOMEM;
		node->next = NULL;
		node->hash = hash;
		node->value = is_folder ? 0 : owner;
		node->len = (uint16_t)path.len;
		node->is_folder = is_folder;
		memcpy(node->path, path.data, path.len);
		*link = node;
		set->node_count++;
	}
	if (is_folder)
		node->value++;
	return SL_OK;
}

static void
take_node(struct sl_path_set *set, struct sl_slice path)
{
	struct node **link = locate(set, path, fold_hash(path));
	struct node *node = *link;

	if (node->is_folder && --node->value > 0)
		return;
	*link = node->next;
	free(node);
	set->node_count--;
}

/* Length of the prefix before the next slash at or after `from`; the whole
 * path's length when there is none. */
static size_t
next_prefix(struct sl_slice path, size_t from)
{
	const unsigned char *slash = from >= path.len
	    ? NULL
	    : memchr(path.data + from, '/', path.len - from);

	return slash == NULL ? path.len : (size_t)(slash - path.data);
}

enum sl_status
sl_path_set_add(struct sl_path_set *set, struct sl_slice path, uint32_t owner,
    struct sl_error *err)
{
	enum sl_status status = sl_path_judge(path, err);
	size_t len = 0;

	while (status == SL_OK && len < path.len) {
		len = next_prefix(path, len + 1);
		status =
		    check_node(set, sl_slice_of(path.data, len), path, err);
	}
	if (status != SL_OK)
		return status;
	for (len = 0; len < path.len;) {
		size_t end = next_prefix(path, len + 1);

		status = grow(set);
		if (status == SL_OK)
			status = put_node(set, sl_slice_of(path.data, end),
			    end < path.len, owner);
		if (status != SL_OK)
			goto undo;
		len = end;
	}
	return SL_OK;

undo:
	for (size_t done = 0; done < len;) {
		done = next_prefix(path, done + 1);
		take_node(set, sl_slice_of(path.data, done));
	}
	return sl_error_set(err, status, "out of memory");
}

enum sl_status
sl_path_set_find(
    const struct sl_path_set *set, struct sl_slice path, uint32_t *owner)
{
	const struct node *node;

	if (sl_path_judge(path, NULL) != SL_OK)
		return SL_ERR_NOT_FOUND;
	node = *locate(set, path, fold_hash(path));
	if (node == NULL || node->is_folder ||
	    !sl_slice_is(node_path(node), path))
		return SL_ERR_NOT_FOUND;
	*owner = node->value;
	return SL_OK;
}

enum sl_status
sl_path_set_remove(struct sl_path_set *set, struct sl_slice path)
{
	uint32_t owner;
	enum sl_status status = sl_path_set_find(set, path, &owner);

	for (size_t len = 0; status == SL_OK && len < path.len;) {
		len = next_prefix(path, len + 1);
		take_node(set, sl_slice_of(path.data, len));
	}
	return status;
}

void
sl_path_set_free(struct sl_path_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->bucket_count; i++) {
		struct node *node = set->buckets[i];

		while (node != NULL) {
			struct node *next = node->next;

			free(node);
			node = next;
		}
	}
	free(set->buckets);
	free(set);
}
