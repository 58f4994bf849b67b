/* Any bytes as the only .mcap file of a source: it is refused, or each episode
 * is left out with words, or has a file per layer, each of which can be made
 * and is a whole MCAP file again. */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/mcap_reader.h"
#include "sluice/formats/source.h"

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
check_file(const struct sl_source *source, const struct sl_source_file *file)
{
	const struct sl_mcap_record *record = NULL;
	int fd = memfd_create("made", MFD_CLOEXEC);
	struct sl_mcap_reader *reader;

	FUZZ_ASSERT(fd >= 0);
	FUZZ_ASSERT(file->layer != NULL);
	FUZZ_ASSERT(sl_source_make_file(fd, source, file, NULL) == SL_OK);
	FUZZ_ASSERT(lseek(fd, 0, SEEK_SET) == 0);
	FUZZ_ASSERT(sl_mcap_reader_new(&reader, fd) == SL_OK);
	do {
		FUZZ_ASSERT(
		    sl_mcap_reader_next(reader, &record, NULL) == SL_OK);
	} while (record != NULL);
	sl_mcap_reader_free(reader);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sl_mcap_source_options options = {0};
	struct sl_source *source = NULL;

	write_file(data, size);
	if (sl_mcap_source_open(&source, root, &options, NULL) != SL_OK) {
		FUZZ_ASSERT(source == NULL);
		return 0;
	}
	FUZZ_ASSERT(source->episode_count > 0);
	for (size_t i = 0; i < source->episode_count; i++) {
		const struct sl_source_episode *episode = &source->episodes[i];

		FUZZ_ASSERT(episode->key[0] != '\0');
		FUZZ_ASSERT(strchr(episode->key, '/') == NULL);
		for (size_t n = 0; n < episode->file_count; n++)
			check_file(source, &episode->files[n]);
	}
	sl_source_free(source);
	return 0;
}
