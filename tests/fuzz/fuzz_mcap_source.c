/* Any bytes as the only .mcap file of a source: it is refused, or each episode
 * is left out with words, or has a file per layer, each of which was made and
 * is a whole MCAP file again; a file that was begun is ended or dropped.  Only
 * two episodes of one key end the run. */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/mcap_reader.h"
#include "sluice/formats/source.h"

#include "../support/scan_memory.h"

static char root[64];
static char path[96];

static void
remove_root(void)
{
	(void)unlink(path);
	(void)rmdir(root);
}

static void
write_file(const uint8_t *data, size_t size)
{
	int fd;

	if (root[0] == '\0') {
		snprintf(root, sizeof(root), "/tmp/sl-fuzz-XXXXXX");
		FUZZ_ASSERT(mkdtemp(root) != NULL);
		snprintf(path, sizeof(path), "%s/a.mcap", root);
		FUZZ_ASSERT(atexit(remove_root) == 0);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FUZZ_ASSERT(fd >= 0);
	FUZZ_ASSERT(sl_file_write_all(fd, data, size, NULL) == SL_OK);
	close(fd);
}

static void
check_file(const struct scan_memory *memory, const struct sl_source_file *file)
{
	const struct sl_mcap_record *record = NULL;
	int fd = scan_memory_file(memory, &file->made);
	struct sl_mcap_reader *reader;

	FUZZ_ASSERT(fd >= 0);
	FUZZ_ASSERT(file->layer != NULL);
	FUZZ_ASSERT(sl_mcap_reader_new(&reader, fd) == SL_OK);
	do {
		FUZZ_ASSERT(
		    sl_mcap_reader_next(reader, &record, NULL) == SL_OK);
	} while (record != NULL);
	sl_mcap_reader_free(reader);
}

static void
check_episodes(const struct sl_source *source, const struct scan_memory *memory)
{
	FUZZ_ASSERT(source->episode_count > 0);
	for (size_t i = 0; i < source->episode_count; i++) {
		const struct sl_source_episode *episode = &source->episodes[i];

		FUZZ_ASSERT(episode->key[0] != '\0');
		FUZZ_ASSERT(strchr(episode->key, '/') == NULL);
		for (size_t n = 0; n < episode->file_count; n++)
			check_file(memory, &episode->files[n]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sl_mcap_source_options options = {0};
	struct scan_memory memory = {0};
	struct sl_source *source = NULL;
	struct sl_error err = {0};
	enum sl_status status;

	write_file(data, size);
	FUZZ_ASSERT(
	    sl_mcap_source_open(&source, root, &options, NULL) == SL_OK);
	status = scan_memory_fill(&memory, source, &err);
	if (status == SL_OK)
		check_episodes(source, &memory);
	else
		FUZZ_ASSERT(strcmp(err.code, "duplicate_key") == 0);
	FUZZ_ASSERT(memory.open_count == 0);
	scan_memory_clear(&memory);
	sl_source_free(source);
	return 0;
}
