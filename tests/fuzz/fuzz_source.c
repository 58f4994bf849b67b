/* Any bytes as the episodes.jsonl of a source: it is refused, or every episode
 * has a key of its own and at least one file with a layer. */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/source.h"

static char root[64];

static void
remove_root(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/episodes.jsonl", root);
	(void)unlink(path);
	(void)rmdir(root);
}

static void
write_list(const uint8_t *data, size_t size)
{
	char path[96];
	int fd;

	if (root[0] == '\0') {
		snprintf(root, sizeof(root), "/tmp/sl-fuzz-XXXXXX");
		FUZZ_ASSERT(mkdtemp(root) != NULL);
		FUZZ_ASSERT(atexit(remove_root) == 0);
	}
	snprintf(path, sizeof(path), "%s/episodes.jsonl", root);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FUZZ_ASSERT(fd >= 0);
	FUZZ_ASSERT(sl_file_write_all(fd, data, size, NULL) == SL_OK);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_source *source = NULL;

	write_list(data, size);
	if (sl_files_open(&source, root, NULL) != SL_OK) {
		FUZZ_ASSERT(source == NULL);
		return 0;
	}
	FUZZ_ASSERT(source->episode_count > 0);
	for (size_t i = 0; i < source->episode_count; i++) {
		const struct sl_source_episode *episode = &source->episodes[i];

		FUZZ_ASSERT(episode->key[0] != '\0');
		FUZZ_ASSERT(strchr(episode->key, '/') == NULL);
		FUZZ_ASSERT(episode->file_count > 0);
		for (size_t n = 0; n < episode->file_count; n++)
			FUZZ_ASSERT(episode->files[n].layer != NULL);
		for (size_t n = 0; n < i; n++)
			FUZZ_ASSERT(
			    strcmp(source->episodes[n].key, episode->key) != 0);
	}
	sl_source_free(source);
	return 0;
}
