#include "sluice/formats/media.h"

#include <string.h>
#include <strings.h>

typedef enum sl_status check_fn(struct sl_media_info *out, int fd,
    uint64_t file_bytes, struct sl_error *err);

struct media {
	const char *extension;
	const char *type;
	check_fn *check;
};

static const struct media media_table[] = {
    {"parquet", "application/vnd.apache.parquet", sl_parquet_check},
    {"mp4", "video/mp4", sl_mp4_check},
    {"mov", "video/quicktime", NULL},
    {"mkv", "video/x-matroska", NULL},
    {"webm", "video/webm", NULL},
    {"avi", "video/x-msvideo", NULL},
    {"h264", "video/h264", NULL},
    {"png", "image/png", NULL},
    {"jpg", "image/jpeg", NULL},
    {"jpeg", "image/jpeg", NULL},
    {"webp", "image/webp", NULL},
    {"wav", "audio/wav", NULL},
    {"flac", "audio/flac", NULL},
    {"opus", "audio/ogg", NULL},
    {"ogg", "audio/ogg", NULL},
    {"mp3", "audio/mpeg", NULL},
    {"zip", "application/zip", NULL},
    {"gz", "application/gzip", NULL},
    {"zst", "application/zstd", NULL},
    {"json", "application/json", NULL},
    {"jsonl", "application/jsonl", NULL},
    {"csv", "text/csv", NULL},
    {"txt", "text/plain", NULL},
    {"md", "text/markdown", NULL},
    {"yaml", "application/yaml", NULL},
    {"yml", "application/yaml", NULL},
    {"mcap", "application/x-mcap", sl_mcap_check},
    {"urdf", "application/xml", NULL},
    {"xml", "application/xml", NULL},
};

static const struct media *
find_media(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot == NULL || strchr(dot, '/') != NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(media_table) / sizeof(*media_table);
	     i++) {
		if (strcasecmp(dot + 1, media_table[i].extension) == 0)
			return &media_table[i];
	}
	return NULL;
}

enum sl_status
sl_media_check(struct sl_media_info *out, int fd, const char *path,
    uint64_t file_bytes, struct sl_error *err)
{
	const struct media *media = find_media(path);

	*out = (struct sl_media_info){0};
	if (media == NULL || media->check == NULL)
		return SL_OK;
	return media->check(out, fd, file_bytes, err);
}

const char *
sl_media_type(const char *path)
{
	const struct media *media = find_media(path);

	return media == NULL ? "application/octet-stream" : media->type;
}
