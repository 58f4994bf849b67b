/* Lines of paths, put into one set: what is accepted cannot leave the mirror
 * nor name our own folder, and a set never holds two that clash. */
#include <string.h>

#include "fuzz.h"
#include "sluice/catalog/path.h"

#define PATHS_MAX 64

/* Said once more, in another way than path.c says it. */
static void
check_harmless(struct sl_slice path)
{
	char text[SL_PATH_MAX + 3] = "/";

	FUZZ_ASSERT(path.len > 0 && path.len <= SL_PATH_MAX);
	memcpy(text + 1, path.data, path.len);
	text[path.len + 1] = '/';
	FUZZ_ASSERT(strlen(text) == path.len + 2);
	FUZZ_ASSERT(strstr(text, "//") == NULL);
	FUZZ_ASSERT(strstr(text, "/./") == NULL);
	FUZZ_ASSERT(strstr(text, "/../") == NULL);
	FUZZ_ASSERT(strcasestr(text, "/.sluice/") == NULL);
	FUZZ_ASSERT(strpbrk(text, "\\\n\r\t\x1b\x7f") == NULL);
}

/* Neither is the other, its parent, nor differs from it only in ASCII case. */
static void
check_apart(struct sl_slice a, struct sl_slice b)
{
	size_t len = a.len < b.len ? a.len : b.len;

	if (strncasecmp((const char *)a.data, (const char *)b.data, len) != 0)
		return;
	FUZZ_ASSERT(a.len != b.len);
	FUZZ_ASSERT((a.len > b.len ? a.data : b.data)[len] != '/');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_slice held[PATHS_MAX];
	struct sl_path_set *set;
	size_t count = 0;
	size_t start = 0;

	FUZZ_ASSERT(sl_path_set_new(&set) == SL_OK);
	for (size_t i = 0; i <= size && count < PATHS_MAX; i++) {
		struct sl_slice path;
		enum sl_status status;

		if (i < size && data[i] != '\n')
			continue;
		path = sl_slice_of(size == 0 ? NULL : data + start, i - start);
		start = i + 1;
		status = sl_path_set_add(set, path, (uint32_t)count, NULL);
		if (status != SL_OK)
			continue;
		check_harmless(path);
		for (size_t j = 0; j < count; j++)
			check_apart(held[j], path);
		held[count++] = path;
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t owner = 0;

		FUZZ_ASSERT(sl_path_set_find(set, held[i], &owner) == SL_OK);
		FUZZ_ASSERT(owner == i);
		FUZZ_ASSERT(sl_path_set_remove(set, held[i]) == SL_OK);
	}
	sl_path_set_free(set);
	return 0;
}
