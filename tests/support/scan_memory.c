#include "scan_memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/array.h"
#include "sluice/base/file.h"

struct open_file {
	struct scan_memory *memory;
	size_t number;
};

void
scan_memory_clear(struct scan_memory *memory)
{
	for (size_t i = 0; i < memory->count; i++)
		if (memory->fds[i] >= 0)
			close(memory->fds[i]);
	free(memory->fds);
	*memory = (struct scan_memory){0};
}

static enum sl_status
begin_file(void *ctx, void **out, struct sl_error *err)
{
	struct scan_memory *memory = ctx;
	struct open_file *file = calloc(1, sizeof(*file));
	int *fds = sl_array_room(memory->fds, memory->count, sizeof(*fds));

	(void)err;
	*out = file;
	if (fds != NULL)
		memory->fds = fds;
	if (file == NULL || fds == NULL) {
		free(file);
		*out = NULL;
		return SL_ERR_NOMEM;
	}
	*file = (struct open_file){.memory = memory, .number = memory->count};
	fds[memory->count++] = memfd_create("scanned", MFD_CLOEXEC);
	memory->open_count++;
	return SL_OK;
}

static enum sl_status
write_file(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	const struct open_file *file = ctx;

	return sl_file_write_all(
	    file->memory->fds[file->number], bytes.data, bytes.len, err);
}

static enum sl_status
end_file(void *ctx, struct sl_scan_file *made, struct sl_error *err)
{
	struct open_file *file = ctx;
	struct stat info;

	(void)err;
	*made = (struct sl_scan_file){0};
	if (fstat(file->memory->fds[file->number], &info) == 0)
		made->bytes = (uint64_t)info.st_size;
	memcpy(made->sha256, &file->number, sizeof(file->number));
	file->memory->open_count--;
	free(file);
	return SL_OK;
}

static void
drop_file(void *ctx)
{
	struct open_file *file = ctx;

	close(file->memory->fds[file->number]);
	file->memory->fds[file->number] = -1;
	file->memory->open_count--;
	free(file);
}

static bool
on_read(void *ctx, uint64_t bytes)
{
	struct scan_memory *memory = ctx;

	memory->read += bytes;
	return !memory->is_cancelled;
}

enum sl_status
scan_memory_fill(
    struct scan_memory *memory, struct sl_source *source, struct sl_error *err)
{
	const struct sl_scan_place place = {.ctx = memory,
	    .begin = begin_file,
	    .write = write_file,
	    .end = end_file,
	    .drop = drop_file,
	    .on_read = on_read};
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < source->unit_count; i++) {
		char *told;

		status = sl_source_scan(
		    &told, source, source->units[i], &place, err);
		if (status == SL_OK)
			status = sl_source_add_scan(source, i, told, err);
		free(told);
	}
	return status;
}

int
scan_memory_file(
    const struct scan_memory *memory, const struct sl_scan_file *file)
{
	size_t number;

	memcpy(&number, file->sha256, sizeof(number));
	if (number >= memory->count || memory->fds[number] < 0 ||
	    lseek(memory->fds[number], 0, SEEK_SET) != 0)
		return -1;
	return memory->fds[number];
}
