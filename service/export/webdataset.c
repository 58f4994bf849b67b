/* WebDataset: tar shards of which members with one basename, up to its first
 * dot, are a sample; here an episode. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mirror_file.h"
#include "sample.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"
#include "sluice/pack/tar.h"

#define MAKER       "sluice-webdataset/1"
#define SHARD_BYTES UINT64_C(1000000000)
#define FACTS_MAX   (32u << 20)
#define EXT_MAX     16

/* Episodes that are one shard: first … last - 1 of the contents. */
struct shard {
	size_t first;
	size_t last;
	uint32_t number;
};

struct tape {
	struct export_run *run;
	int fd;
	struct sl_error *err;
};

static bool
has_sample(const struct sl_contents_episode *episode)
{
	return episode->number != 0 && episode->file_count > 0;
}

/* ---- members ---- */

/* "mp4" of "a/b.c.mp4"; "bin" where there is none that a name can have. */
static void
find_ext(char out[EXT_MAX + 1], const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash == NULL ? path : slash, '.');
	size_t len = dot == NULL ? 0 : strlen(dot + 1);

	snprintf(out, EXT_MAX + 1, "bin");
	if (len == 0 || len > EXT_MAX ||
	    strspn(dot + 1,
	        "abcdefghijklmnopqrstuvwxyz"
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != len)
		return;
	snprintf(out, EXT_MAX + 1, "%s", dot + 1);
}

/* "NAME.LAYER.EXT"; the others of a layer are "NAME.LAYER.1.EXT" and so on. */
static void
member_path(char out[SL_TAR_PATH_MAX + 1], const char *name,
    const struct sl_contents_file *file, size_t place)
{
	char ext[EXT_MAX + 1];

	find_ext(ext, file->path);
	if (place == 0)
		snprintf(out, SL_TAR_PATH_MAX + 1, "%s.%s.%s", name,
		    file->layer, ext);
	else
		snprintf(out, SL_TAR_PATH_MAX + 1, "%s.%s.%zu.%s", name,
		    file->layer, place, ext);
}

static enum sl_status
put_header(struct tape *tape, const char *path, uint64_t bytes, size_t *padding)
{
	struct sl_tar_layout layout;
	enum sl_status status =
	    sl_tar_layout(&layout, sl_slice_text(path), bytes, 0);

	if (status != SL_OK)
		return sl_error_set(
		    tape->err, status, "%s does not fit into a tar file", path);
	*padding = layout.padding_len;
	return sl_file_write_all(
	    tape->fd, layout.header, layout.header_len, tape->err);
}

static enum sl_status
put_zeros(struct tape *tape, size_t count)
{
	static const unsigned char zeros[2 * SL_TAR_BLOCK_BYTES];

	return sl_file_write_all(tape->fd, zeros, count, tape->err);
}

static enum sl_status
put_file(
    struct tape *tape, const char *path, const struct sl_contents_file *file)
{
	size_t padding = 0;
	enum sl_status status = put_header(tape, path, file->bytes, &padding);

	if (status == SL_OK)
		status = mirror_file_copy(tape->run, file, tape->fd, tape->err);
	return status == SL_OK ? put_zeros(tape, padding) : status;
}

static enum sl_status
put_facts(struct tape *tape, const char *name,
    const struct sl_contents_episode *episode)
{
	json_t *facts = sample_facts(tape->run, episode);
	char path[SAMPLE_NAME_MAX + 8];
	struct sl_buf text;
	size_t padding = 0;
	enum sl_status status;

	snprintf(path, sizeof(path), "%s.json", name);
	sl_buf_init(&text, FACTS_MAX);
	status = facts == NULL ? SL_ERR_NOMEM : sl_json_dump(&text, facts);
	json_decref(facts);
	if (status == SL_OK)
		status = put_header(tape, path, text.len, &padding);
	if (status == SL_OK)
		status =
		    sl_file_write_all(tape->fd, text.data, text.len, tape->err);
	sl_buf_clear(&text);
	return status == SL_OK ? put_zeros(tape, padding) : status;
}

static enum sl_status
put_sample(struct tape *tape, const struct sl_contents_episode *episode)
{
	const struct sl_contents_file **files = sample_files(episode);
	char path[SL_TAR_PATH_MAX + 1];
	char name[SAMPLE_NAME_MAX + 1];
	size_t place = 0;
	enum sl_status status;

	if (files == NULL)
		return SL_ERR_NOMEM;
	sample_name(name, episode);
	status = put_facts(tape, name, episode);
	for (size_t i = 0; status == SL_OK && i < episode->file_count; i++) {
		bool is_more =
		    i > 0 && strcmp(files[i]->layer, files[i - 1]->layer) == 0;

		place = is_more ? place + 1 : 0;
		member_path(path, name, files[i], place);
		status = put_file(tape, path, files[i]);
	}
	free(files);
	return status;
}

/* ---- shards ---- */

/* Without its facts, which are small and would have to be read. */
static uint64_t
sample_bytes(const struct sl_contents_episode *episode)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < episode->file_count; i++) {
		uint64_t bytes = episode->files[i].bytes;

		if (bytes > UINT64_MAX / 2 - sum)
			return UINT64_MAX / 2;
		sum += bytes;
	}
	return sum;
}

/* The next shard: episodes of one batch, so that later batches leave it as it
 * is; at least one, and else no more than fit. */
static bool
next_shard(const struct export_run *run, struct shard *shard)
{
	const struct sl_contents *contents = run->contents;
	uint64_t limit = run->options->shard_bytes;
	uint64_t sum = 0;
	size_t at = shard->last;

	while (at < contents->episode_count &&
	    !has_sample(&contents->episodes[at]))
		at++;
	if (at == contents->episode_count)
		return false;
	shard->first = at;
	if (limit == 0)
		limit = SHARD_BYTES;
	for (; at < contents->episode_count; at++) {
		const struct sl_contents_episode *episode =
		    &contents->episodes[at];
		uint64_t bytes = sample_bytes(episode);

		if (at > shard->first &&
		    (episode->batch != contents->episodes[shard->first].batch ||
		        sum > limit || bytes > limit - sum))
			break;
		sum += bytes;
	}
	shard->last = at;
	return true;
}

static enum sl_status
add_files(struct sl_sha256 *hash, const struct sl_contents_episode *episode)
{
	const struct sl_contents_file **files = sample_files(episode);

	if (files == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < episode->file_count; i++) {
		sl_sha256_update(hash, files[i]->sha256, 32);
		sl_sha256_update(
		    hash, files[i]->layer, strlen(files[i]->layer) + 1);
		sl_sha256_update(
		    hash, files[i]->path, strlen(files[i]->path) + 1);
	}
	free(files);
	return SL_OK;
}

static enum sl_status
shard_key(const struct export_run *run, const struct shard *shard, char key[65])
{
	const struct sl_contents *contents = run->contents;
	unsigned char digest[32];
	struct sl_sha256 hash;
	enum sl_status status = sl_sha256_init(&hash);

	if (status != SL_OK)
		return status;
	sl_sha256_update(&hash, MAKER, sizeof(MAKER));
	sl_sha256_update(
	    &hash, contents->dataset, strlen(contents->dataset) + 1);
	for (size_t i = shard->first; status == SL_OK && i < shard->last; i++) {
		if (!has_sample(&contents->episodes[i]))
			continue;
		sample_add_to_key(&hash, &contents->episodes[i]);
		status = add_files(&hash, &contents->episodes[i]);
	}
	if (status == SL_OK)
		status = sl_sha256_final(&hash, digest);
	else
		sl_sha256_clear(&hash);
	if (status == SL_OK)
		sl_hex_encode(key, digest, 32);
	return status;
}

static enum sl_status
fill_shard(struct tape *tape, const struct shard *shard)
{
	const struct sl_contents *contents = tape->run->contents;
	enum sl_status status = SL_OK;

	for (size_t i = shard->first; status == SL_OK && i < shard->last; i++) {
		if (has_sample(&contents->episodes[i]))
			status = put_sample(tape, &contents->episodes[i]);
	}
	/* The end of a tar file is two empty blocks. */
	return status == SL_OK ? put_zeros(tape, 2 * SL_TAR_BLOCK_BYTES)
	                       : status;
}

static enum sl_status
make_shard(
    struct export_run *run, const struct shard *shard, struct sl_error *err)
{
	struct tape tape = {.run = run, .fd = -1, .err = err};
	char path[32];
	char key[65];
	enum sl_status status = shard_key(run, shard, key);

	if (status != SL_OK)
		return status;
	snprintf(path, sizeof(path), "shard-%06" PRIu32 ".tar", shard->number);
	if (export_folder_keep(&run->folder, path, key) != NULL)
		return SL_OK;
	status = export_folder_begin(&run->folder, path, &tape.fd, err);
	if (status == SL_OK)
		status = fill_shard(&tape, shard);
	if (status == SL_OK)
		return export_folder_commit(
		    &run->folder, tape.fd, key, NULL, err);
	export_folder_abandon(&run->folder, tape.fd);
	return status;
}

enum sl_status
export_webdataset(struct export_run *run, struct sl_error *err)
{
	struct shard shard = {0};
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < run->contents->episode_count; i++)
		run->result->episodes +=
		    has_sample(&run->contents->episodes[i]);
	if (run->result->episodes == 0)
		return sl_error_code(err, SL_ERR_INVALID, "no_episode",
		    "no episode of the mirror can be exported");
	while (status == SL_OK && next_shard(run, &shard)) {
		status = make_shard(run, &shard, err);
		shard.number++;
	}
	return status == SL_OK ? sample_dataset_files(run, err) : status;
}
