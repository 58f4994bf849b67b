#include "sluice/catalog/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/array.h"

#include "trust_text.h"

static const char *const role_names[SL_TRUST_ROLE_COUNT] = {
    [SL_TRUST_ROOT] = "root",
    [SL_TRUST_PUBLISHER] = "publisher",
    [SL_TRUST_LOG] = "log",
    [SL_TRUST_WITNESS] = "witness",
    [SL_TRUST_BILLING] = "billing",
};

const size_t sl_trust_role_max[SL_TRUST_ROLE_COUNT] = {
    [SL_TRUST_ROOT] = SL_TRUST_ROOTS_MAX,
    [SL_TRUST_PUBLISHER] = SL_TRUST_KEYS_MAX,
    [SL_TRUST_LOG] = 8,
    [SL_TRUST_WITNESS] = 8,
    [SL_TRUST_BILLING] = 8,
};

void
sl_trust_init(struct sl_trust *trust)
{
	memset(trust, 0, sizeof(*trust));
}

void
sl_trust_clear(struct sl_trust *trust)
{
	for (size_t role = 0; role < SL_TRUST_ROLE_COUNT; role++) {
		for (size_t i = 0; i < trust->key_count[role]; i++)
			free(trust->keys[role][i].scope);
		free(trust->keys[role]);
	}
	free(trust->revoked);
	free(trust->vouches);
	free(trust->epochs);
	sl_trust_init(trust);
}

const char *
sl_trust_role_name(enum sl_trust_role role)
{
	return role_names[role];
}

bool
sl_trust_role_parse(enum sl_trust_role *out, const char *name)
{
	for (size_t i = 0; i < SL_TRUST_ROLE_COUNT; i++) {
		if (strcmp(name, role_names[i]) == 0) {
			*out = (enum sl_trust_role)i;
			return true;
		}
	}
	return false;
}

bool
sl_trust_origin_is_valid(struct sl_slice origin)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";

	if (origin.len == 0 || origin.len > SL_TRUST_ORIGIN_MAX)
		return false;
	for (size_t i = 0; i < origin.len; i++)
		if (memchr(allowed, origin.data[i], sizeof(allowed) - 1) ==
		    NULL)
			return false;
	return true;
}

/* The next name of a scope, off its front; empty at its end or before a comma
 * that nothing precedes. */
static struct sl_slice
next_name(struct sl_slice *rest)
{
	const unsigned char *comma =
	    rest->len == 0 ? NULL : memchr(rest->data, ',', rest->len);
	struct sl_slice name = *rest;

	if (comma == NULL) {
		rest->len = 0;
		return name;
	}
	name.len = (size_t)(comma - rest->data);
	rest->data += name.len + 1;
	rest->len -= name.len + 1;
	return name;
}

static int
order_slices(struct sl_slice a, struct sl_slice b)
{
	int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

	if (order == 0 && a.len != b.len)
		order = a.len < b.len ? -1 : 1;
	return order;
}

bool
sl_trust_scope_is_valid(struct sl_slice scope)
{
	struct sl_slice previous = {0};

	if (sl_slice_is_text(scope, "*"))
		return true;
	if (scope.len == 0 || scope.data[scope.len - 1] == ',')
		return false;
	while (scope.len > 0) {
		struct sl_slice name = next_name(&scope);

		if (!sl_dataset_name_is_valid(name) ||
		    (previous.len > 0 && order_slices(previous, name) >= 0))
			return false;
		previous = name;
	}
	return true;
}

bool
sl_trust_scope_has(const char *scope, const char *dataset)
{
	struct sl_slice rest = sl_slice_text(scope);

	if (sl_slice_is_text(rest, "*"))
		return true;
	while (rest.len > 0)
		if (sl_slice_is_text(next_name(&rest), dataset))
			return true;
	return false;
}

int
sl_trust_key_order(const struct sl_verify_key *a, const struct sl_verify_key *b)
{
	char a_text[SL_KEY_TEXT_LEN + 1];
	char b_text[SL_KEY_TEXT_LEN + 1];

	sl_verify_key_format(a_text, a);
	sl_verify_key_format(b_text, b);
	return strcmp(a_text, b_text);
}

static int
point_order(const void *item_a, const void *item_b)
{
	const struct sl_trust_point *a = item_a;
	const struct sl_trust_point *b = item_b;
	char a_epoch[12];
	char b_epoch[12];
	int order = strcmp(a->dataset, b->dataset);

	if (order != 0)
		return order;
	(void)snprintf(a_epoch, sizeof(a_epoch), "%u", a->epoch);
	(void)snprintf(b_epoch, sizeof(b_epoch), "%u", b->epoch);
	return strcmp(a_epoch, b_epoch);
}

static int
role_key_order(const void *a, const void *b)
{
	return sl_trust_key_order(&((const struct sl_trust_key *)a)->key,
	    &((const struct sl_trust_key *)b)->key);
}

static int
revocation_order(const void *a, const void *b)
{
	return sl_trust_key_order(&((const struct sl_trust_revocation *)a)->key,
	    &((const struct sl_trust_revocation *)b)->key);
}

/* An array in the order of its lines. */
struct list {
	void *items;
	size_t count;
	size_t item_bytes;
	size_t max;
	int (*order)(const void *, const void *);
};

/* Where `item` is or belongs. */
static size_t
place_of(const struct list *list, const void *item, bool *is_there)
{
	size_t i = 0;
	int order = -1;

	while (i < list->count &&
	    (order = list->order(
	         (char *)list->items + i * list->item_bytes, item)) < 0)
		i++;
	*is_there = i < list->count && order == 0;
	return i;
}

/* `item` (copied) in its place; what it replaces goes to `replaced`. */
static enum sl_status
insert(struct list *list, const void *item, void *replaced)
{
	bool is_there;
	size_t place = place_of(list, item, &is_there);
	char *at;

	memset(replaced, 0, list->item_bytes);
	if (!is_there) {
		void *moved;

		if (list->count >= list->max)
			return SL_ERR_LIMIT;
		moved =
		    sl_array_room(list->items, list->count, list->item_bytes);
		if (moved == NULL)
			return SL_ERR_NOMEM;
		list->items = moved;
	}
	at = (char *)list->items + place * list->item_bytes;
	if (is_there) {
		memcpy(replaced, at, list->item_bytes);
	} else {
		memmove(at + list->item_bytes, at,
		    (list->count - place) * list->item_bytes);
		list->count++;
	}
	memcpy(at, item, list->item_bytes);
	return SL_OK;
}

static struct list
list_of_role(const struct sl_trust *trust, enum sl_trust_role role)
{
	return (struct list){trust->keys[role], trust->key_count[role],
	    sizeof(struct sl_trust_key), sl_trust_role_max[role],
	    role_key_order};
}

enum sl_status
sl_trust_add_key(struct sl_trust *trust, enum sl_trust_role role,
    const struct sl_trust_key *key)
{
	struct list list = list_of_role(trust, role);
	struct sl_trust_key copy = *key;
	struct sl_trust_key replaced;
	enum sl_status status;

	if (key->scope != NULL) {
		copy.scope = strdup(key->scope);
		if (copy.scope == NULL)
			return SL_ERR_NOMEM;
	}
	status = insert(&list, &copy, &replaced);
	free(status == SL_OK ? replaced.scope : copy.scope);
	trust->keys[role] = list.items;
	trust->key_count[role] = list.count;
	return status;
}

bool
sl_trust_drop_key(struct sl_trust *trust, enum sl_trust_role role,
    const struct sl_verify_key *key)
{
	struct list list = list_of_role(trust, role);
	struct sl_trust_key wanted = {.key = *key};
	struct sl_trust_key *at;
	bool is_there;
	size_t place = place_of(&list, &wanted, &is_there);

	if (!is_there)
		return false;
	at = &trust->keys[role][place];
	free(at->scope);
	trust->key_count[role]--;
	memmove(at, at + 1, (trust->key_count[role] - place) * sizeof(*at));
	return true;
}

enum sl_status
sl_trust_add_revoked(
    struct sl_trust *trust, const struct sl_trust_revocation *revoked)
{
	struct list list = {trust->revoked, trust->revoked_count,
	    sizeof(*revoked), SL_TRUST_REVOKED_MAX, revocation_order};
	struct sl_trust_revocation replaced;
	enum sl_status status = insert(&list, revoked, &replaced);

	trust->revoked = list.items;
	trust->revoked_count = list.count;
	return status;
}

static enum sl_status
add_point(struct sl_trust_point **points, size_t *count, size_t max,
    const struct sl_trust_point *point)
{
	struct list list = {*points, *count, sizeof(*point), max, point_order};
	struct sl_trust_point replaced;
	enum sl_status status = insert(&list, point, &replaced);

	*points = list.items;
	*count = list.count;
	return status;
}

enum sl_status
sl_trust_add_vouch(struct sl_trust *trust, const struct sl_trust_point *point)
{
	return add_point(&trust->vouches, &trust->vouch_count,
	    SL_TRUST_POINTS_MAX - trust->epoch_count, point);
}

enum sl_status
sl_trust_add_epoch(struct sl_trust *trust, const struct sl_trust_point *point)
{
	return add_point(&trust->epochs, &trust->epoch_count,
	    SL_TRUST_POINTS_MAX - trust->vouch_count, point);
}

static const struct sl_trust_point *
find_point(const struct sl_trust_point *points, size_t count,
    const char *dataset, uint32_t epoch)
{
	for (size_t i = 0; i < count; i++)
		if (points[i].epoch == epoch &&
		    strcmp(points[i].dataset, dataset) == 0)
			return &points[i];
	return NULL;
}

uint32_t
sl_trust_epoch(const struct sl_trust *trust, const char *dataset)
{
	uint32_t newest = 1;

	for (size_t i = 0; i < trust->epoch_count; i++)
		if (strcmp(trust->epochs[i].dataset, dataset) == 0 &&
		    trust->epochs[i].epoch > newest)
			newest = trust->epochs[i].epoch;
	return newest;
}

const struct sl_trust_point *
sl_trust_epoch_start(
    const struct sl_trust *trust, const char *dataset, uint32_t epoch)
{
	return find_point(trust->epochs, trust->epoch_count, dataset, epoch);
}

const struct sl_trust_point *
sl_trust_vouch(
    const struct sl_trust *trust, const char *dataset, uint32_t epoch)
{
	return find_point(trust->vouches, trust->vouch_count, dataset, epoch);
}
